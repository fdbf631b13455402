// Where the fields of many events lie, a row an event, in one array of numbers: small arrays of their own for each event would cost more than scanning
// it a second time.

import type { Spans } from "../model/event-head.ts";

export class SpanTable {
  readonly #fields: number;
  #numbers: Int32Array;
  #rows = 0;

  constructor(fields: number) {
    this.#fields = fields;
    this.#numbers = new Int32Array(fields * 2 * FIRST_ROWS);
  }

  /** Keeps what a scanner has found. The row's number. */
  add({ starts, ends }: Spans): number {
    const at = this.#rows * this.#fields * 2;
    if (at === this.#numbers.length) this.#grow();
    const numbers = this.#numbers;
    for (let field = 0; field < this.#fields; field++) {
      numbers[at + field] = starts[field] as number;
      numbers[at + this.#fields + field] = ends[field] as number;
    }
    return this.#rows++;
  }

  read(row: number, into: Spans): void {
    const at = row * this.#fields * 2;
    const numbers = this.#numbers;
    for (let field = 0; field < this.#fields; field++) {
      into.starts[field] = numbers[at + field] as number;
      into.ends[field] = numbers[at + this.#fields + field] as number;
    }
  }

  #grow(): void {
    const grown = new Int32Array(this.#numbers.length * 2);
    grown.set(this.#numbers);
    this.#numbers = grown;
  }
}

const FIRST_ROWS = 128;
