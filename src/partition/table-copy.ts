// A copy of all rows of a table as they were at one moment (slot-copy.ts): what a snapshot has of them, and how it is put together.

import type { Layout } from "../packs/row.ts";
import { type Copyist, SlotCopy } from "./slot-copy.ts";

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

export type TableCopy = SlotCopy<StoredRow, TableDump>;

export const copyTable = (plan: CopyPlan): TableCopy => new SlotCopy(new TableCopyist(plan));

class TableCopyist implements Copyist<StoredRow, TableDump> {
  readonly slots: number;
  readonly #plan: CopyPlan;
  readonly #generation: Uint8Array;
  readonly #numbers: Float64Array;
  readonly #tailLengths: Uint32Array;
  readonly #tails: Uint8Array[] = [];
  #numbersAt = 0;

  constructor(plan: CopyPlan) {
    this.slots = plan.slots;
    this.#plan = plan;
    this.#generation = new Uint8Array(plan.slots);
    this.#numbers = new Float64Array(plan.width);
    this.#tailLengths = new Uint32Array(plan.slots);
  }

  read(slot: number): StoredRow {
    return this.#plan.read(slot);
  }

  own({ generation, numbers, tail }: StoredRow): StoredRow {
    return { generation, numbers: numbers.slice(), tail: tail.slice() };
  }

  write(slot: number, { generation, numbers, tail }: StoredRow, isOwn: boolean): void {
    const layout = this.#plan.generations.indexOf(generation);
    this.#generation[slot] = layout < 0 ? NO_LAYOUT : layout;
    this.#numbers.set(numbers, this.#numbersAt);
    this.#numbersAt += numbers.length;
    this.#tailLengths[slot] = tail.length;
    if (tail.length > 0) this.#tails.push(isOwn ? tail : tail.slice());
  }

  dump(): TableDump {
    return {
      layouts: this.#plan.layouts,
      generation: this.#generation,
      numbers: this.#numbers,
      tailLengths: this.#tailLengths,
      tails: Buffer.concat(this.#tails),
    };
  }
}
