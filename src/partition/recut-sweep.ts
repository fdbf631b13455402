// The sweep of new numbers of the population over the contacts of a partition: which slot comes next, and how many are left. Its
// state is part of the partition's. Numbers that come while a sweep is under way do not send it back to the first slot, where it
// would reach the same contacts again and the last ones never: it goes on from where it is, once around.

export interface RecutState {
  /** The slot that comes next. */
  readonly cursor: number;
  /** Slots there were when the numbers came; who came later was under them from the start. */
  readonly size: number;
  readonly left: number;
}

export class RecutSweep {
  #cursor: number;
  #size: number;
  #left: number;

  constructor(state: RecutState = { cursor: 0, size: 0, left: 0 }) {
    this.#cursor = state.cursor;
    this.#size = state.size;
    this.#left = state.left;
  }

  get underWay(): boolean {
    return this.#left > 0;
  }

  /** New numbers: all `slots` are to be passed. */
  begin(slots: number): void {
    if (!this.underWay) this.#cursor = 0;
    this.#size = slots;
    this.#left = slots;
  }

  /** The slot that comes next; only while it is under way. */
  next(): number {
    const slot = this.#cursor;
    this.#cursor = slot + 1 === this.#size ? 0 : slot + 1;
    this.#left--;
    return slot;
  }

  /** undefined where none is under way. */
  state(): RecutState | undefined {
    return this.underWay ? { cursor: this.#cursor, size: this.#size, left: this.#left } : undefined;
  }
}
