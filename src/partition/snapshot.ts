// A partition's state as bytes and back: the part of a checkpoint that this partition makes. Equal states give equal bytes, so
// the digest of a state is the digest of its snapshot. What is derived (index, timers, scratch rows, where things lie) is not
// in it. Where rows still lie in the layout of earlier packs, those packs' texts are.

import { Packr } from "msgpackr";
import type { ContactKey } from "../model/ids.ts";
import type { Settings } from "../model/settings.ts";
import type { Program } from "../packs/program.ts";
import { Duplicates } from "./duplicates.ts";
import { Keys } from "./keys.ts";
import { type Emit, type Live, Partition } from "./partition.ts";
import { Table } from "./table.ts";

const FORMAT = 1;
const packr = new Packr({ useRecords: false });

interface Snapshot {
  readonly format: number;
  readonly partition: number;
  readonly cursor: number;
  readonly deadlinesFired: number;
  readonly ids: { readonly bytes: Uint8Array; readonly lengths: Uint8Array; readonly kinds: Uint8Array };
  readonly rows: {
    readonly fields: readonly (readonly string[])[];
    readonly generation: Uint8Array;
    readonly numbers: Uint8Array;
    readonly tailLengths: Uint8Array;
    readonly tails: Uint8Array;
  };
  readonly duplicates: { readonly high: Uint8Array; readonly low: Uint8Array; readonly seenAt: Uint8Array };
  /** Texts of the packs of each layout but the current one. */
  readonly packsBefore: readonly (readonly string[])[];
}

export function snapshotOf(partition: Partition): Uint8Array {
  const { layouts, generation, numbers, tailLengths, tails } = partition.table.dump();
  const duplicates = partition.duplicates.state();
  const snapshot: Snapshot = {
    format: FORMAT,
    partition: partition.id,
    cursor: partition.cursor,
    deadlinesFired: partition.deadlinesFired,
    ids: idsOf(partition.keys),
    rows: {
      fields: layouts.map((layout) => [...layout.numbers, ...layout.lists, ...layout.texts]),
      generation,
      numbers: bytesOf(numbers),
      tailLengths: bytesOf(tailLengths),
      tails,
    },
    duplicates: { high: bytesOf(duplicates.high), low: bytesOf(duplicates.low), seenAt: bytesOf(duplicates.seenAt) },
    packsBefore: partition.programsBefore().map((program) => program.packs.map((pack) => pack.definition.text)),
  };
  return packr.pack(snapshot);
}

/** `compileTexts` makes the program of earlier packs again. Throws a RangeError where the bytes do not fit the live packs. */
export function restorePartition(
  bytes: Uint8Array,
  settings: Settings,
  live: Live,
  emit: Emit,
  compileTexts: (texts: readonly string[]) => Program,
): Partition {
  const snapshot = packr.unpack(bytes) as Snapshot;
  if (snapshot.format !== FORMAT) throw new RangeError(`partition snapshot of format ${snapshot.format}, this engine reads ${FORMAT}`);
  const before = snapshot.packsBefore.map(compileTexts);
  const layouts = [...before, live.program].map((program) => program.layout);
  for (const [index, fields] of snapshot.rows.fields.entries()) {
    const layout = layouts[index];
    if (layout === undefined || fields.join("\n") !== [...layout.numbers, ...layout.lists, ...layout.texts].join("\n"))
      throw new RangeError(`partition ${snapshot.partition}: its rows are not laid out as the packs are`);
  }
  const { rows } = snapshot;
  const table = Table.restore(
    {
      generation: rows.generation,
      numbers: new Float64Array(aligned(rows.numbers)),
      tailLengths: new Uint32Array(aligned(rows.tailLengths)),
      tails: Buffer.from(rows.tails),
    },
    layouts,
  );
  const duplicates = new Duplicates(settings.duplicates.capacity, settings.duplicates.window_ms);
  duplicates.restore({
    high: new Uint32Array(aligned(snapshot.duplicates.high)),
    low: new Uint32Array(aligned(snapshot.duplicates.low)),
    seenAt: new Float64Array(aligned(snapshot.duplicates.seenAt)),
  });
  const partition = new Partition(snapshot.partition, settings, live, emit, { keys: keysOf(snapshot.ids), table, duplicates, cursor: snapshot.cursor, before });
  partition.deadlinesFired = snapshot.deadlinesFired;
  return partition;
}

const bytesOf = (array: Float64Array | Uint32Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** A copy whose buffer begins at 0, as typed arrays of wider numbers need it. */
const aligned = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;

function idsOf(keys: Keys): Snapshot["ids"] {
  const contacts = Array.from({ length: keys.count }, (_, slot) => keys.at(slot));
  const ids = contacts.map((contact) => Buffer.from(contact.id));
  return {
    bytes: Buffer.concat(ids),
    lengths: bytesOf(Uint32Array.from(ids, (id) => id.length)),
    kinds: Uint8Array.from(contacts, (contact) => (contact.kind === "user" ? 1 : 0)),
  };
}

function keysOf(ids: Snapshot["ids"]): Keys {
  const keys = new Keys();
  const bytes = Buffer.from(ids.bytes);
  let at = 0;
  for (const [slot, length] of new Uint32Array(aligned(ids.lengths)).entries()) {
    const contact: ContactKey = { kind: ids.kinds[slot] === 1 ? "user" : "anonymous", id: bytes.toString("utf8", at, at + length) };
    keys.add(contact);
    at += length;
  }
  return keys;
}
