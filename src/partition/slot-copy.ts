// A copy of all slots of a partition as they were at one moment, made in slices while they go on changing (DESIGN 7). A slot that is to
// change before its slice was copied is first kept as it was; what was copied already may change freely. So the copy is of exactly the
// moment at which it was begun, and nobody waits for all of it. Slots that come after that moment lie behind its end.
//
// Kept slots are bounded: where too many change at once, the copy goes ahead by itself, a little for every one. What lies in a slot, and
// how a copy of all is put together, is the copyist's (table-copy.ts, keys-copy.ts).

/** Reads slots, and writes them down one after another. */
export interface Copyist<Stored, Dump> {
  /** Slots at the moment of the copy. */
  readonly slots: number;
  /** What lies in the slot now; views are valid until it changes. */
  read(slot: number): Stored;
  /** The same in memory of its own. */
  own(stored: Stored): Stored;
  /** Writes the next slot down; every slot once, in their order. `isOwn`: what is stored is in memory of its own. */
  write(slot: number, stored: Stored, isOwn: boolean): void;
  /** All that was written, once that is all. */
  dump(): Dump;
}

/** Slots kept as they were, at most, per copy. */
const KEPT_SLOTS = 4096;
/** Slots that the copy goes ahead by when that many are kept. */
const AHEAD_SLOTS = 64;

export class SlotCopy<Stored, Dump> {
  readonly #copyist: Copyist<Stored, Dump>;
  readonly #kept = new Map<number, Stored>();
  #next = 0;

  constructor(copyist: Copyist<Stored, Dump>) {
    this.#copyist = copyist;
  }

  get done(): boolean {
    return this.#next === this.#copyist.slots;
  }

  /** The slot is about to change. */
  keep(slot: number): void {
    if (slot < this.#next || slot >= this.#copyist.slots || this.#kept.has(slot)) return;
    this.#kept.set(slot, this.#copyist.own(this.#copyist.read(slot)));
    if (this.#kept.size >= KEPT_SLOTS) this.slice(AHEAD_SLOTS);
  }

  /** Copies the next `slots`; returns how many were left to copy of them. */
  slice(slots: number): number {
    const end = Math.min(this.#copyist.slots, this.#next + slots);
    const copied = end - this.#next;
    for (; this.#next < end; this.#next++) this.#write(this.#next);
    return copied;
  }

  /** All of it, once it is done. */
  finish(): Dump {
    if (!this.done) throw new RangeError("the copy is not whole yet");
    return this.#copyist.dump();
  }

  #write(slot: number): void {
    const kept = this.#kept.get(slot);
    if (kept === undefined) return this.#copyist.write(slot, this.#copyist.read(slot), false);
    this.#kept.delete(slot);
    this.#copyist.write(slot, kept, true);
  }
}
