// A copy of all rows of a table as they were at one moment, made in slices while the table goes on (DESIGN 7). A row that is to
// change before its slice was copied is first kept as it was; what was copied already may change freely. So the copy is of
// exactly the moment at which it was begun, and nobody waits for all of it.
//
// Kept rows are bounded: where too many change at once, the copy goes ahead by itself, a slice for every row.

import type { Layout } from "../packs/row.ts";

/** All rows of a table: numbers and tails back to back in the order of the slots. */
export interface TableDump {
  /** Layouts that rows are in, the current one last. */
  readonly layouts: readonly Layout[];
  /** By slot: index of its layout, NO_LAYOUT for a free one. */
  readonly generation: Uint8Array;
  readonly numbers: Float64Array;
  readonly tailLengths: Uint32Array;
  readonly tails: Buffer;
}

/** A row as it lies in the table (of a free slot: of no generation, and empty); the views are valid until the row is stored again. */
export interface StoredRow {
  readonly generation: number;
  readonly numbers: Float64Array;
  /** Empty where the row has no lists and texts. */
  readonly tail: Uint8Array;
}

export interface CopyPlan {
  /** Ids of the generations, in the order of `layouts`. */
  readonly generations: readonly number[];
  readonly layouts: readonly Layout[];
  readonly slots: number;
  /** Numbers of all rows together. */
  readonly width: number;
  readonly read: (slot: number) => StoredRow;
}

/** Of a slot that nobody has. Part of the snapshot's format. */
export const NO_LAYOUT = 255;

/** Rows kept as they were, at most, per partition. */
const KEPT_ROWS = 4096;
/** Slots that the copy goes ahead by when that many are kept. */
const AHEAD_SLOTS = 64;

export class TableCopy {
  readonly #plan: CopyPlan;
  readonly #kept = new Map<number, StoredRow>();
  readonly #generation: Uint8Array;
  readonly #numbers: Float64Array;
  readonly #tailLengths: Uint32Array;
  readonly #tails: Uint8Array[] = [];
  #next = 0;
  #numbersAt = 0;

  constructor(plan: CopyPlan) {
    this.#plan = plan;
    this.#generation = new Uint8Array(plan.slots);
    this.#numbers = new Float64Array(plan.width);
    this.#tailLengths = new Uint32Array(plan.slots);
  }

  get done(): boolean {
    return this.#next === this.#plan.slots;
  }

  /** The row of `slot` is about to change. */
  keep(slot: number): void {
    if (slot < this.#next || slot >= this.#plan.slots || this.#kept.has(slot)) return;
    const { generation, numbers, tail } = this.#plan.read(slot);
    this.#kept.set(slot, { generation, numbers: numbers.slice(), tail: tail.slice() });
    if (this.#kept.size >= KEPT_ROWS) this.slice(AHEAD_SLOTS);
  }

  /** Copies the next `slots` rows; returns how many were left to copy of them. */
  slice(slots: number): number {
    const end = Math.min(this.#plan.slots, this.#next + slots);
    const copied = end - this.#next;
    for (; this.#next < end; this.#next++) this.#take(this.#next);
    return copied;
  }

  /** All of it, once it is done. */
  finish(): TableDump {
    if (!this.done) throw new RangeError("the copy is not whole yet");
    return {
      layouts: this.#plan.layouts,
      generation: this.#generation,
      numbers: this.#numbers,
      tailLengths: this.#tailLengths,
      tails: Buffer.concat(this.#tails),
    };
  }

  #take(slot: number): void {
    const kept = this.#kept.get(slot);
    const { generation, numbers, tail } = kept ?? this.#plan.read(slot);
    if (kept !== undefined) this.#kept.delete(slot);
    const layout = this.#plan.generations.indexOf(generation);
    this.#generation[slot] = layout < 0 ? NO_LAYOUT : layout;
    this.#numbers.set(numbers, this.#numbersAt);
    this.#numbersAt += numbers.length;
    this.#tailLengths[slot] = tail.length;
    if (tail.length > 0) this.#tails.push(kept === undefined ? tail.slice() : tail);
  }
}
