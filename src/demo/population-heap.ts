// What is still to arrive, earliest first; of equals the one that was put first. A binary heap, because it holds one entry
// for each living person and is touched once a message.

import type { Message, Story } from "./population-life.ts";

export interface Waiting {
  readonly arrivesMs: number;
  readonly message: Message;
  /** What tells the next message; undefined for one that is only delayed or repeated. */
  readonly story: Story | undefined;
  /** Never late, never twice. */
  readonly isCareful: boolean;
}

export class Heap {
  readonly #entries: { readonly waiting: Waiting; readonly serial: number }[] = [];
  #serial = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** When the earliest arrives; Infinity when nothing waits. */
  get firstMs(): number {
    return this.#entries[0]?.waiting.arrivesMs ?? Number.POSITIVE_INFINITY;
  }

  put(waiting: Waiting): void {
    this.#entries.push({ waiting, serial: this.#serial++ });
    let at = this.#entries.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Takes the earliest; the heap must not be empty. */
  take(): Waiting {
    const first = this.#entries[0];
    const last = this.#entries.pop();
    if (first === undefined || last === undefined) throw new Error("nothing waits");
    if (this.#entries.length > 0) {
      this.#entries[0] = last;
      this.#sink();
    }
    return first.waiting;
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= this.#entries.length) return;
      const child = left + 1 < this.#entries.length && this.#before(left + 1, left) ? left + 1 : left;
      if (!this.#before(child, at)) return;
      this.#swap(child, at);
      at = child;
    }
  }

  #before(a: number, b: number): boolean {
    const [left, right] = [this.#entries[a], this.#entries[b]] as const;
    if (left === undefined || right === undefined) return false;
    return left.waiting.arrivesMs - right.waiting.arrivesMs < 0 || (left.waiting.arrivesMs === right.waiting.arrivesMs && left.serial < right.serial);
  }

  #swap(a: number, b: number): void {
    const entries = this.#entries;
    const held = entries[a] as (typeof entries)[number];
    entries[a] = entries[b] as (typeof entries)[number];
    entries[b] = held;
  }
}
