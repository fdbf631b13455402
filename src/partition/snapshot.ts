// A partition's state as bytes and back: the part of a checkpoint that this partition makes. Equal states give equal bytes, so
// the digest of a state is the digest of its snapshot. What is derived (index, timers, scratch rows, where things lie) is not
// in it. Where rows still lie in the layout of earlier packs, those packs' texts are.

import { Packr } from "msgpackr";
import type { Settings } from "../model/settings.ts";
import type { Program } from "../packs/program.ts";
import type { BroadcastState } from "./broadcasts.ts";
import { Duplicates } from "./duplicates.ts";
import type { EndOfHistoryState } from "./end-of-history.ts";
import { Keys } from "./keys.ts";
import type { KeysCopy, KeysDump } from "./keys-copy.ts";
import type { Live } from "./live.ts";
import type { Emit } from "./numbering.ts";
import type { PairState } from "./pair-records.ts";
import { Partition } from "./partition.ts";
import type { PopulationState } from "./population-counts.ts";
import type { RecutState } from "./recut-sweep.ts";
import { finishRedirects, type RedirectsCopy, type RedirectsDump } from "./redirects.ts";
import { Table } from "./table.ts";
import type { TableCopy } from "./table-copy.ts";

const FORMAT = 1;
const packr = new Packr({ useRecords: false });

interface Snapshot {
  readonly format: number;
  readonly partition: number;
  readonly cursor: number;
  readonly deadlinesFired: number;
  readonly ids: Omit<StoredKeys, "free">;
  /** Slots that nobody has (u32), in the order in which they were freed; only where there are any. */
  readonly free?: Uint8Array;
  readonly rows: {
    readonly fields: readonly (readonly string[])[];
    readonly generation: Uint8Array;
    readonly numbers: Uint8Array;
    readonly tailLengths: Uint8Array;
    readonly tails: Uint8Array;
  };
  readonly duplicates: { readonly high: Uint8Array; readonly low: Uint8Array; readonly seenAt: Uint8Array };
  /** Texts of the packs, and of the policy, of each layout but the current one. */
  readonly packsBefore: readonly (readonly string[])[];
  /** Only where packs compute numbers of the population; the sweep only while one is under way. */
  readonly population?: PopulationState;
  readonly recut?: RecutState;
  /** Only where there was one. */
  readonly broadcasts?: BroadcastState;
  /** Only while its sweep is under way. */
  readonly endOfHistory?: EndOfHistoryState;
  /** Only where an id ever led to somebody else; where the partition ever sent or took a record. */
  readonly redirects?: StoredRedirects;
  readonly pairs?: PairState;
}

interface StoredKeys {
  readonly bytes: Uint8Array;
  readonly lengths: Uint8Array;
  readonly kinds: Uint8Array;
  /** Only where there are any. */
  readonly free?: Uint8Array;
}

interface StoredRedirects {
  readonly from: StoredKeys;
  readonly to: StoredKeys;
  readonly targets: Uint8Array;
  readonly before: RedirectsDump["before"];
}

export function snapshotOf(partition: Partition): Uint8Array {
  const copy = new PartitionCopy(partition);
  copy.slice(partition.rows.slots);
  return copy.finish();
}

/** A partition's snapshot as of the moment at which it was begun, made in slices while the partition goes on. */
export class PartitionCopy {
  readonly partition: number;
  readonly #rows: TableCopy;
  readonly #keys: KeysCopy;
  /** Slots at the beginning. */
  readonly slots: number;
  readonly #begun: Pick<Snapshot, "cursor" | "deadlinesFired" | "duplicates" | "packsBefore">;
  /** Each only where there is something; the order is that of the bytes. */
  readonly #sweeps: Pick<Snapshot, "population" | "recut" | "broadcasts" | "endOfHistory">;
  readonly #pairs: Pick<Snapshot, "pairs">;
  readonly #redirects: RedirectsCopy | undefined;

  constructor(of: Partition) {
    const { rows, sweeps } = of;
    this.partition = of.id;
    this.#rows = rows.table.beginCopy();
    this.#keys = rows.keys.beginCopy();
    this.slots = rows.slots;
    this.#redirects = of.people.redirects.beginCopy();
    const { high, low, seenAt } = of.duplicates.state();
    this.#begun = {
      cursor: rows.layouts.cursor,
      deadlinesFired: rows.deadlinesFired,
      duplicates: { high: bytesOf(high), low: bytesOf(low), seenAt: bytesOf(seenAt) },
      packsBefore: rows.layouts.programsBefore().map(textsOf),
    };
    this.#sweeps = given({
      population: rows.counts.isEmpty ? undefined : rows.counts.state(),
      recut: sweeps.recut.state(),
      broadcasts: sweeps.broadcasts.state(),
      endOfHistory: sweeps.endOfHistory.state(),
    });
    this.#pairs = given({ pairs: of.people.pairs.state() });
  }

  get done(): boolean {
    return this.#rows.done && this.#keys.done;
  }

  /** Copies up to so many slots more; returns how many it were. Either copy may have gone ahead by itself, so keys are taken by themselves. */
  slice(slots: number): number {
    this.#keys.slice(slots);
    return this.#rows.slice(slots);
  }

  /** The snapshot's bytes, once it is done. */
  finish(): Uint8Array {
    const { free, ...ids } = storedKeys(this.#keys.finish());
    const { layouts, generation, numbers, tailLengths, tails } = this.#rows.finish();
    const snapshot: Snapshot = {
      format: FORMAT,
      partition: this.partition,
      cursor: this.#begun.cursor,
      deadlinesFired: this.#begun.deadlinesFired,
      ids,
      ...given({ free }),
      rows: {
        fields: layouts.map((layout) => [...layout.numbers, ...layout.lists, ...layout.texts]),
        generation,
        numbers: bytesOf(numbers),
        tailLengths: bytesOf(tailLengths),
        tails,
      },
      duplicates: this.#begun.duplicates,
      packsBefore: this.#begun.packsBefore,
      ...this.#sweeps,
      ...given({ redirects: this.#redirects && storedRedirects(finishRedirects(this.#redirects)) }),
      ...this.#pairs,
    };
    // The packer's buffer is larger and is used again; these bytes change hands.
    return Uint8Array.from(packr.pack(snapshot));
  }
}

const textsOf = ({ packs, policy }: Program): string[] => [...packs.map((pack) => pack.definition.text), ...(policy === null ? [] : [policy.definition.text])];

/** What is there, in its order: a snapshot has no name for what is not. */
const given = <T extends object>(of: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };

const storedKeys = ({ bytes, lengths, kinds, free }: KeysDump): StoredKeys => ({
  bytes,
  lengths: bytesOf(lengths),
  kinds,
  ...(free.length === 0 ? {} : { free: bytesOf(free) }),
});

const storedRedirects = ({ from, to, targets, before }: RedirectsDump): StoredRedirects => ({
  from: storedKeys(from),
  to: storedKeys(to),
  targets: bytesOf(targets),
  before,
});

const keysOf = ({ bytes, lengths, kinds, free }: StoredKeys): KeysDump => ({
  bytes,
  lengths: new Uint32Array(aligned(lengths)),
  kinds,
  free: free === undefined ? new Uint32Array(0) : new Uint32Array(aligned(free)),
});

const redirectsOf = (stored: StoredRedirects | undefined): RedirectsDump | undefined =>
  stored === undefined
    ? undefined
    : { from: keysOf(stored.from), to: keysOf(stored.to), targets: new Int32Array(aligned(stored.targets)), before: stored.before };

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
  const keys = Keys.restore(keysOf({ ...snapshot.ids, ...given({ free: snapshot.free }) }));
  const { cursor, deadlinesFired, population, recut, broadcasts, endOfHistory, pairs } = snapshot;
  return new Partition(snapshot.partition, settings, live, emit, {
    rows: { keys, table, cursor, before, deadlinesFired, population },
    sweeps: { recut, broadcasts, endOfHistory },
    people: { redirects: redirectsOf(snapshot.redirects), pairs },
    duplicates,
  });
}

const bytesOf = (array: Float64Array | Uint32Array | Int32Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** A copy whose buffer begins at 0, as typed arrays of wider numbers need it. */
const aligned = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;
