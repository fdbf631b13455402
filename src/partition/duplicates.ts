// Which messages were seen: 64-bit fingerprints of (contact, messageId) over the last `window_ms` of log time or the last
// `capacity` ids of the partition, whichever is shorter (DESIGN 4). The ring, in the order of arrival, is the state; the
// open-addressing set over it is derived. Two different messages take each other's fingerprint once in 2^64: at a full window
// of 65,536 ids about once in 2.8e14 events.

import type { ContactKey } from "../model/ids.ts";

const FIRST_SIZE = 256;

export interface DuplicatesState {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  readonly seenAt: Float64Array;
}

export class Duplicates {
  readonly #capacity: number;
  readonly #windowMs: number;
  #high = new Uint32Array(FIRST_SIZE);
  #low = new Uint32Array(FIRST_SIZE);
  #seenAt = new Float64Array(FIRST_SIZE);
  #first = 0;
  #count = 0;
  /** Ring index + 1 by hash; 0 is empty. Twice the ring's size. */
  #set = new Int32Array(FIRST_SIZE * 2);
  #fingerprintHigh = 0;
  #fingerprintLow = 0;

  constructor(capacity: number, windowMs: number) {
    this.#capacity = capacity;
    this.#windowMs = windowMs;
  }

  get size(): number {
    return this.#count;
  }

  /** Log time of the oldest id that is remembered; NaN where there is none. */
  get oldest(): number {
    return this.#count === 0 ? Number.NaN : (this.#seenAt[this.#first] as number);
  }

  /**
   * How far back an id is surely remembered at log time `now`, ms. Where there is room ids are forgotten by age alone, so it is the whole
   * window. Where there is none the next new id puts out the oldest, and it is no further than that.
   */
  reach(now: number): number {
    return this.#count < this.#capacity ? this.#windowMs : Math.min(this.#windowMs, Math.max(0, now - this.oldest));
  }

  /** Whether this message was seen within the window; if not, it is remembered as seen at log time `now`. */
  seen(contact: ContactKey, messageId: string, now: number): boolean {
    while (this.#count > 0 && now - (this.#seenAt[this.#first] as number) > this.#windowMs) this.#forgetOldest();
    this.#fingerprint(contact, messageId);
    if (this.#find() >= 0) return true;
    if (this.#count === this.#capacity) this.#forgetOldest();
    this.#remember(now);
    return false;
  }

  /** Oldest first. */
  state(): DuplicatesState {
    return { high: this.#inOrder(this.#high), low: this.#inOrder(this.#low), seenAt: this.#inOrder(this.#seenAt) };
  }

  /** The ring's used part, from the oldest on: at most two pieces. */
  #inOrder<A extends Uint32Array | Float64Array>(ring: A): A {
    const end = this.#first + this.#count;
    const whole = ring.slice(this.#first, end) as A;
    if (end <= ring.length) return whole;
    const joined = ring.slice(0, this.#count) as A;
    joined.set(whole, 0);
    joined.set(ring.subarray(0, end - ring.length), whole.length);
    return joined;
  }

  restore(state: DuplicatesState): void {
    for (let i = 0; i < state.seenAt.length; i++) {
      this.#fingerprintHigh = state.high[i] as number;
      this.#fingerprintLow = state.low[i] as number;
      this.#remember(state.seenAt[i] as number);
    }
  }

  /** Two multiplicative hashes over kind, id and messageId, finished as in MurmurHash3. */
  #fingerprint(contact: ContactKey, messageId: string): void {
    let a = contact.kind === "user" ? 0x9e3779b9 : 0x7f4a7c15;
    let b = 0x85ebca6b;
    const { id } = contact;
    for (let i = 0; i < id.length; i++) {
      a = Math.imul(a ^ id.charCodeAt(i), 2654435761);
      b = Math.imul(b ^ id.charCodeAt(i), 1597334677);
    }
    a = Math.imul(a ^ 0x1f, 2654435761);
    b = Math.imul(b ^ 0x2f, 1597334677);
    for (let i = 0; i < messageId.length; i++) {
      a = Math.imul(a ^ messageId.charCodeAt(i), 2654435761);
      b = Math.imul(b ^ messageId.charCodeAt(i), 1597334677);
    }
    this.#fingerprintHigh = finish(a ^ (b >>> 13));
    this.#fingerprintLow = finish(b ^ (a >>> 16));
  }

  #find(): number {
    const mask = this.#set.length - 1;
    for (let at = this.#fingerprintLow & mask; ; at = (at + 1) & mask) {
      const ring = (this.#set[at] as number) - 1;
      if (ring < 0) return -1;
      if (this.#low[ring] === this.#fingerprintLow && this.#high[ring] === this.#fingerprintHigh) return ring;
    }
  }

  #remember(now: number): void {
    if (this.#count === this.#high.length) this.#grow();
    const ring = (this.#first + this.#count++) % this.#high.length;
    this.#high[ring] = this.#fingerprintHigh;
    this.#low[ring] = this.#fingerprintLow;
    this.#seenAt[ring] = now;
    this.#insert(ring);
  }

  #insert(ring: number): void {
    const mask = this.#set.length - 1;
    let at = (this.#low[ring] as number) & mask;
    while (this.#set[at] !== 0) at = (at + 1) & mask;
    this.#set[at] = ring + 1;
  }

  #forgetOldest(): void {
    this.#takeOut(this.#first);
    this.#first = (this.#first + 1) % this.#high.length;
    this.#count--;
  }

  /** Linear probing without tombstones: what follows in the run moves back where it may. */
  #takeOut(ring: number): void {
    const mask = this.#set.length - 1;
    let hole = (this.#low[ring] as number) & mask;
    while (this.#set[hole] !== ring + 1) hole = (hole + 1) & mask;
    for (let at = (hole + 1) & mask; this.#set[at] !== 0; at = (at + 1) & mask) {
      const home = (this.#low[(this.#set[at] as number) - 1] as number) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      this.#set[hole] = this.#set[at] as number;
      hole = at;
    }
    this.#set[hole] = 0;
  }

  #grow(): void {
    const { high, low, seenAt } = this.state();
    const size = this.#high.length * 2;
    this.#high = new Uint32Array(size);
    this.#low = new Uint32Array(size);
    this.#seenAt = new Float64Array(size);
    this.#high.set(high);
    this.#low.set(low);
    this.#seenAt.set(seenAt);
    this.#first = 0;
    this.#set = new Int32Array(size * 2);
    for (let ring = 0; ring < this.#count; ring++) this.#insert(ring);
  }
}

function finish(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
