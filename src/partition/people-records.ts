// What the records between partitions say about people (docs/identity.md "Records"), as msgpack:
// - merge:   the row of a contact, or only its name where it had none, that is now part of another
// - forward: an event of an id that leads elsewhere, whole, with what was settled about it where it came in
// - void:    nothing; who it was about is forgotten
// - tie:     two persons are one by what a third id was tied to; sent to where the one lives that is to join the other
//
// Each says whom it is for, and carries the ids that it came through: the trail that ends a circle.

import { Packr } from "msgpackr";
import type { ContactKey } from "../model/ids.ts";
import type { RowRecord } from "./row-record.ts";

interface Addressed {
  readonly to: ContactKey;
  readonly trail: readonly ContactKey[];
  /** Log time at which the first of the trail made it, ms: what was made before somebody was forgotten is forgotten with them. */
  readonly made: number;
}

export interface MergeRecord extends Addressed {
  readonly kind: "merge";
  readonly old: ContactKey;
  /** null: it had no row. */
  readonly row: RowRecord | null;
}

export interface ForwardRecord extends Addressed {
  readonly kind: "forward";
  readonly event: Uint8Array;
  /** Event time as it was settled, stored time, position and index of the event. */
  readonly at: number;
  readonly storedMs: number;
  readonly position: number;
  readonly index: number;
}

/** `to` is to join `into`. */
export interface TieRecord extends Addressed {
  readonly kind: "tie";
  readonly into: ContactKey;
}

/** In the place of a record whose contact was forgotten before it stood in the log: its number must be there. */
export interface VoidRecord {
  readonly kind: "void";
}

export type PeopleRecord = MergeRecord | ForwardRecord | TieRecord | VoidRecord;

/** All ids that the record is about. */
export function idsOf(record: Exclude<PeopleRecord, VoidRecord>): readonly ContactKey[] {
  const more = record.kind === "merge" ? [record.old] : record.kind === "tie" ? [record.into] : [];
  return [record.to, ...more, ...record.trail];
}

const packr = new Packr({ useRecords: false });
const VERSION = 1;

export const packPeople = (record: PeopleRecord): Uint8Array => Uint8Array.from(packr.pack({ v: VERSION, ...record }));

/** Throws a RangeError for what this version cannot read: records are trusted by their subject, and passing over one would lose it. */
export function unpackPeople(body: Uint8Array): PeopleRecord {
  const { v, ...record } = packr.unpack(body) as { v: number } & PeopleRecord;
  if (v !== VERSION) throw new RangeError(`a record between partitions of version ${v}; this engine reads ${VERSION}`);
  return record as PeopleRecord;
}

export const sameContact = (a: ContactKey, b: ContactKey): boolean => a.kind === b.kind && a.id === b.id;
