// The end of history: a `history` record of the log brings every contact that is in history to the present. No record may make work for
// all contacts at its position, so it reaches them by a sweep: a cursor that moves a fixed number of slots on at each time step. Whoever
// came after the record is spared: that is the beginning of somebody else's history.
//
// One that comes while a sweep is under way waits for its end, and the newest of several that wait counts for all. So a record that is
// said again does no harm, and no sweep is ever begun anew before it has reached everybody.

export interface EndOfHistoryState {
  /** Positions of the records: the one whose sweep is under way, and the newest that waits for it. */
  readonly position: number;
  readonly next: number | null;
  readonly cursor: number;
}

export class EndOfHistory {
  #position: number | null;
  #next: number | null;
  /** The sweep has reached all slots before this one. */
  cursor: number;

  constructor(state: EndOfHistoryState | undefined) {
    this.#position = state?.position ?? null;
    this.#next = state?.next ?? null;
    this.cursor = state?.cursor ?? 0;
  }

  /** Contacts whose generation is below this are to return; null while no sweep is under way. */
  get before(): number | null {
    return this.#position;
  }

  take(position: number): void {
    if (this.#position === null) this.#position = position;
    else this.#next = position;
  }

  /** The sweep has come to `cursor`; past the last slot the record that waits begins from the first. */
  reached(cursor: number, slots: number): void {
    this.cursor = cursor < slots ? cursor : 0;
    if (cursor < slots) return;
    this.#position = this.#next;
    this.#next = null;
  }

  /** undefined where no sweep is under way. */
  state(): EndOfHistoryState | undefined {
    return this.#position === null ? undefined : { position: this.#position, next: this.#next, cursor: this.cursor };
  }
}
