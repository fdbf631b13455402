// Who is who, in one partition (docs/identity.md): which ids lead to somebody else, and the records with which rows and events go there.
// What a tie does where the old id lives, what becomes of an event of an id that leads elsewhere, and what a record does where it
// arrives. Rows, and what an event does to one, are the partition's: it is asked through `Household`.
//
// The invariant: an id has a row or a redirect, never both; and whatever leaves a row or passes a redirect is in exactly one
// record, until it is in exactly one row.

import type { IncomingEvent } from "../engine/apply.ts";
import type { Dropped } from "../engine/dropped.ts";
import { type HashedContact, isHashed } from "../model/forget.ts";
import type { ContactKey } from "../model/ids.ts";
import { partitionOf } from "../model/partition-of.ts";
import type { Settings } from "../model/settings.ts";
import { BOUNDS } from "../packs/bounds.ts";
import { type PairRecord, PairRecords, type PairState } from "./pair-records.ts";
import { type ForwardRecord, idsOf, type MergeRecord, packPeople, sameContact, unpackPeople } from "./people-records.ts";
import { Redirects, type RedirectsDump } from "./redirects.ts";
import type { RowRecord } from "./row-record.ts";

/** Ids that a record may have come through; behind so many the next is where it ends, redirect or not. */
export const MAX_HOPS = BOUNDS.record_hops.most;

/** What is asked of the partition. */
export interface Household {
  /** What is kept of the contact, its own deadlines up to now handled; null where nothing is. */
  give(contact: ContactKey, logTime: number): RowRecord | null;
  drop(contact: ContactKey): void;
  has(contact: ContactKey): boolean;
  /** Whether the contact has a row, and `other` is another name of it. */
  isKnownAs(contact: ContactKey, other: ContactKey, logTime: number): boolean;
  merge(record: MergeRecord, logTime: number): void;
  apply(contact: ContactKey, event: IncomingEvent, logTime: number): void;
}

/** An event as it came, beside what was read of it. */
export interface RawEvent {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly storedMs: number;
}

/** Whether what the contact did at `at` is to be forgotten. */
export type IsForgotten = (contact: ContactKey, at: number) => boolean;

/** Reads a forwarded event under the live packs. */
export type ReadForward = (record: ForwardRecord) => IncomingEvent;

export interface PeopleState {
  readonly redirects: RedirectsDump | undefined;
  readonly pairs: PairState | undefined;
}

export class People {
  readonly redirects: Redirects;
  readonly pairs: PairRecords;
  readonly #mergesUsers: boolean;
  readonly #recordBytes: number;
  readonly #household: Household;
  readonly #dropped: () => Dropped;

  constructor(partition: number, settings: Settings, household: Household, dropped: () => Dropped, state?: PeopleState) {
    this.redirects = new Redirects(state?.redirects);
    this.pairs = new PairRecords(partition, state?.pairs);
    this.#mergesUsers = settings.identity.two_users === "merge";
    this.#recordBytes = settings.limits.record_bytes;
    this.#household = household;
    this.#dropped = dropped;
  }

  /** The same text as each kind of id that it may be: of one that nothing is known of only a redirect is left, unless nothing is known of any. */
  tieAll(old: readonly ContactKey[], to: ContactKey, logTime: number): void {
    if (old.length === 1) return this.tie(old[0] as ContactKey, to, logTime);
    const known = old.map((id) => this.#household.has(id) || this.leadsAway(id));
    for (const [index, id] of old.entries()) {
      if (known[index] || (index === 0 && !known.includes(true))) this.tie(id, to, logTime);
      else if (!sameContact(id, to)) this.redirects.set(id, to);
    }
  }

  /** `old`, which lives here, and `to` are one person. One that is known already costs a look at the index. */
  tie(old: ContactKey, to: ContactKey, logTime: number, trail: readonly ContactKey[] = []): void {
    const entry = this.redirects.find(old);
    if (entry >= 0) {
      if (!this.redirects.leadsTo(entry, to)) this.#tieAgain(entry, old, to, logTime, trail);
    } else if (!sameContact(old, to) && !this.#household.isKnownAs(old, to, logTime)) this.#tieFirst(old, to, logTime);
  }

  /** Nothing leads to the contact any more, or from it, and no record that waits brings it anywhere. */
  forget(of: HashedContact): void {
    this.redirects.forget(of.probe, (contact) => isHashed(of, contact));
    this.pairs.replace((body) => {
      const record = unpackPeople(body);
      return record.kind !== "void" && idsOf(record).some((id) => isHashed(of, id)) ? packPeople({ kind: "void" }) : body;
    });
  }

  /** The row goes, a redirect is left, and a record brings what was known. */
  #tieFirst(old: ContactKey, to: ContactKey, logTime: number): void {
    if (this.redirects.wasRefused(old, to)) return;
    const row = this.#household.give(old, logTime);
    const body = packPeople({ kind: "merge", to, old, row, trail: [old], made: logTime });
    if (body.length > this.#recordBytes) {
      this.#dropped().merge_too_large++;
      this.redirects.refuse(old, to);
      return;
    }
    if (row !== null) this.#household.drop(old);
    this.redirects.set(old, to);
    this.#send(to, body);
  }

  /** An id that leads to one person is seen with another: a device that two share, or two names of one person. */
  #tieAgain(entry: number, old: ContactKey, to: ContactKey, made: number, trail: readonly ContactKey[]): void {
    const known = this.redirects.wasTiedTo(entry, to);
    if (this.#mergesUsers) {
      if (known) return;
      const into = this.redirects.target(entry);
      this.redirects.note(entry, to);
      if (trail.length < MAX_HOPS && !sameContact(to, old)) this.#send(to, packPeople({ kind: "tie", to, into, trail: [...trail, old], made }));
      return;
    }
    if (sameContact(to, old)) return;
    this.redirects.moveOn(entry, to);
    if (known) return;
    this.#dropped().two_users_refused++;
    this.#send(to, packPeople({ kind: "merge", to, old, row: null, trail: [old], made }));
  }

  /** Whether events of the id are somebody else's. */
  leadsAway(id: ContactKey): boolean {
    return this.redirects.find(id) >= 0;
  }

  /** Sends an event of an id that leads elsewhere on. */
  forward(id: ContactKey, { at, position, index }: IncomingEvent, made: number, { bytes, start, end, storedMs }: RawEvent): "applied" | "too_large" {
    const to = this.redirects.target(this.redirects.find(id));
    const body = packPeople({ kind: "forward", to, event: bytes.slice(start, end), at, storedMs, position, index, trail: [id], made });
    if (body.length > this.#recordBytes) return "too_large";
    this.#send(to, body);
    return "applied";
  }

  /** A record for this partition stands in the log here. */
  receive({ from, number, body }: PairRecord, logTime: number, read: ReadForward, isForgotten: IsForgotten): void {
    if (!this.pairs.takes(from, number)) return;
    const record = unpackPeople(body);
    if (record.kind === "void") return;
    const at = record.kind === "forward" ? Math.min(record.made, record.at) : record.made;
    if (idsOf(record).some((id) => isForgotten(id, at))) {
      this.#dropped().record_forgotten++;
      return;
    }
    if (record.kind === "tie") return this.tie(record.to, record.into, logTime, record.trail);
    if (!this.#passOn(record)) this.#arrive(record, logTime, read);
  }

  /** Where the addressee has gone on itself the record follows, unless that would be a circle or too long a way: then it ends here. */
  #passOn(record: MergeRecord | ForwardRecord): boolean {
    const entry = this.redirects.find(record.to);
    if (entry < 0) return false;
    const next = this.redirects.target(entry);
    if (record.trail.length >= MAX_HOPS || record.trail.some((id) => sameContact(id, next))) {
      this.redirects.remove(entry);
      return false;
    }
    this.#send(next, packPeople({ ...record, to: next, trail: [...record.trail, record.to] }));
    return true;
  }

  #arrive(record: MergeRecord | ForwardRecord, logTime: number, read: ReadForward): void {
    if (record.kind === "merge") this.#household.merge(record, logTime);
    else this.#household.apply(record.to, read(record), logTime);
  }

  #send(to: ContactKey, body: Uint8Array): void {
    this.pairs.send(partitionOf(to.id), body);
  }
}
