// What leaves a partition, numbered within (position, partition): whoever touches a contact puts effects into `out`, and they go on in the
// order in which they came there, as the k-th of the position that is applied.

import type { Outgoing } from "../engine/touch.ts";

/** Takes what leaves the fold: the k-th of (position, partition), in order. */
export type Emit = (position: number, partition: number, k: number, outgoing: Outgoing) => void;

export class Numbering {
  readonly #partition: number;
  readonly #emit: Emit;
  /** What is to leave next. */
  readonly out: Outgoing[] = [];
  #position = -1;
  #k = 0;

  constructor(partition: number, emit: Emit) {
    this.#partition = partition;
    this.#emit = emit;
  }

  /** From here on effects are those of the message at `position`. */
  begin(position: number): void {
    if (position === this.#position) return;
    this.#position = position;
    this.#k = 0;
  }

  send(): void {
    if (this.out.length === 0) return;
    for (const outgoing of this.out) this.#emit(this.#position, this.#partition, this.#k++, outgoing);
    this.out.length = 0;
  }
}
