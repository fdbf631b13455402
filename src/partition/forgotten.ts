// Whom we were asked to forget: a tombstone for each, which says by a hash that it was this contact, and when. What the contact did up
// to then counts as `forgotten`, however late it comes; what it does after that begins a new contact. Every worker reads the same
// `forget` records, so all have the same tombstones, and a checkpoint keeps them once, beside its other records.
//
// What is to be erased of somebody beside that is in erasures.ts.
//
// Bounded twice: a tombstone goes after `keep_ms` of log time, and the oldest goes where there is no room for another. The position of the
// newest stays: a start may still have to see that no generation of before is left, however long the engine was away.

import { contactHash, contactProbe } from "../model/contact-hash.ts";
import type { ContactKey } from "../model/ids.ts";
import type { Settings } from "../model/settings.ts";
import { type Erasure, Erasures } from "./erasures.ts";

export interface Tombstone {
  /** Name of the request, as whoever made it was told. */
  readonly request: string;
  /** `contactHash` and `contactProbe` of the contact. */
  readonly hash: string;
  readonly probe: number;
  /** Log time and position of the record. */
  readonly at: number;
  readonly position: number;
}

/** As a checkpoint keeps them. */
export interface ForgottenRecord {
  readonly type: "forgotten";
  readonly tombstones: readonly Tombstone[];
  /** Position of the newest that there ever was; absent: of one that is there. */
  readonly newest?: number;
  /** Absent: none. */
  readonly erasures?: readonly Erasure[];
}

/** What is remembered of a request. */
export type Remembered = Tombstone & Partial<Pick<Erasure, "erase" | "erased">>;

export class Forgotten {
  readonly #limits: Settings["forgotten"];
  readonly erasures: Erasures;
  /** By hash, the oldest first. */
  readonly #tombstones = new Map<string, Tombstone>();
  /** Derived: whoever is asked for is almost never among them, and the probe says so at the price of a look-up. */
  readonly #byProbe = new Map<number, Tombstone[]>();
  #newest = 0;
  #text: string | undefined;
  #textOf = -1;

  constructor(limits: Settings["forgotten"]) {
    this.#limits = limits;
    this.erasures = new Erasures(limits);
  }

  get size(): number {
    return this.#tombstones.size;
  }

  /** Log time from which the oldest is no longer kept; Infinity where there is none. */
  get nextExpiry(): number {
    return Math.min(this.#nextExpiry, this.erasures.nextExpiry);
  }

  /** Position of the newest that there ever was; 0 where there was none. */
  get newest(): number {
    return this.#newest;
  }

  /** A contact that is forgotten again counts from now on. Returns whether the oldest had to make room. */
  remember(of: Tombstone): boolean {
    this.#remove(of.hash);
    this.#newest = Math.max(this.#newest, of.position);
    const full = this.#tombstones.size >= this.#limits.capacity;
    if (full && this.#oldest !== undefined) this.#remove(this.#oldest.hash);
    this.#tombstones.set(of.hash, of);
    this.#byProbe.set(of.probe, [...(this.#byProbe.get(of.probe) ?? []), of]);
    this.#text = undefined;
    return full;
  }

  /** Whether what this contact did at `at` is to be forgotten. */
  covers(contact: ContactKey, at: number): boolean {
    if (this.#tombstones.size === 0) return false;
    const near = this.#byProbe.get(contactProbe(contact));
    if (near === undefined) return false;
    const hash = contactHash(contact);
    return near.some((tombstone) => tombstone.hash === hash && at <= tombstone.at);
  }

  expire(now: number): void {
    while (this.#nextExpiry <= now) this.#remove((this.#oldest as Tombstone).hash);
    this.erasures.expire(now);
  }

  /** undefined where it is not kept; or where nothing was to be erased, and the contact was forgotten again since. */
  find(request: string): Remembered | undefined {
    const erasure = this.erasures.find(request);
    const tombstone = this.#tombstoneOf(request) ?? (erasure === undefined ? undefined : namedBy(erasure));
    return tombstone === undefined || erasure === undefined ? tombstone : { ...tombstone, erase: erasure.erase, erased: erasure.erased };
  }

  restore({ tombstones, newest = 0, erasures = [] }: ForgottenRecord): void {
    for (const tombstone of tombstones) this.remember(tombstone);
    this.#newest = Math.max(this.#newest, newest);
    this.erasures.restore(erasures);
  }

  /** A `ForgottenRecord` for a checkpoint; undefined where there is nothing to keep. Made anew only after a change. */
  text(): string | undefined {
    const erasures = this.erasures.all();
    if (this.#newest === 0 && erasures.length === 0) return undefined;
    if (this.#textOf !== this.erasures.version) this.#text = undefined;
    this.#textOf = this.erasures.version;
    this.#text ??= JSON.stringify(this.#record(erasures));
    return this.#text;
  }

  #record(erasures: readonly Erasure[]): ForgottenRecord {
    const tombstones = [...this.#tombstones.values()];
    const isThere = tombstones.some(({ position }) => position === this.#newest);
    return { type: "forgotten", tombstones, ...(isThere ? {} : { newest: this.#newest }), ...(erasures.length === 0 ? {} : { erasures }) };
  }

  get #nextExpiry(): number {
    const oldest = this.#oldest;
    return oldest === undefined ? Number.POSITIVE_INFINITY : oldest.at + this.#limits.keep_ms + 1;
  }

  #tombstoneOf(request: string): Tombstone | undefined {
    for (const tombstone of this.#tombstones.values()) if (tombstone.request === request) return tombstone;
    return undefined;
  }

  get #oldest(): Tombstone | undefined {
    return this.#tombstones.values().next().value;
  }

  #remove(hash: string): void {
    const known = this.#tombstones.get(hash);
    if (known === undefined) return;
    this.#tombstones.delete(hash);
    this.#text = undefined;
    const others = (this.#byProbe.get(known.probe) ?? []).filter((tombstone) => tombstone !== known);
    if (others.length === 0) this.#byProbe.delete(known.probe);
    else this.#byProbe.set(known.probe, others);
  }
}

/** Of a request whose contact was forgotten again since. */
function namedBy({ request, at, position, contacts: [first] }: Erasure): Tombstone | undefined {
  return first === undefined ? undefined : { request, hash: first.hash, probe: first.probe, at, position };
}
