// Broadcasts: a record of the log that asks for a trigger for every contact. No record may make work for all contacts at its
// position, so it reaches them by a sweep: a cursor that moves a fixed number of slots on at each time step. A contact that an event
// touches before hears it before the event; who came after the record does not hear it at all.
//
// Several wait in the order of the log, each for a sweep of its own. A contact keeps by trigger which it heard last. Whether one is
// taken follows from the log alone, so that all partitions say the same, however far their sweeps have come.

import type { Broadcast } from "../engine/apply.ts";
import { BOUNDS } from "../packs/bounds.ts";

/** So many are taken in an hour of log time; what comes beyond is refused and counted. */
export const MAX_BROADCASTS = BOUNDS.broadcasts_an_hour.most;
const HOUR_MS = 3_600_000;
/** So many are remembered by name, so that one that is said again does nothing. */
const MAX_KNOWN = BOUNDS.broadcasts_known.most;

export interface BroadcastState {
  readonly waiting: readonly Broadcast[];
  readonly cursor: number;
  readonly known: readonly string[];
  /** Log times of those taken in the last hour. */
  readonly taken: readonly number[];
}

export class Broadcasts {
  #waiting: readonly Broadcast[];
  #known: readonly string[];
  #taken: readonly number[];
  /** The sweep of the first that waits has reached all slots before this one. */
  cursor: number;

  constructor(state: BroadcastState = { waiting: [], cursor: 0, known: [], taken: [] }) {
    this.#waiting = state.waiting;
    this.cursor = state.cursor;
    this.#known = state.known;
    this.#taken = state.taken;
  }

  get waiting(): readonly Broadcast[] {
    return this.#waiting;
  }

  take(of: Broadcast, logTime: number): "taken" | "known" | "full" {
    const name = `${of.pack}/${of.trigger}/${of.id}`;
    if (this.#known.includes(name)) return "known";
    const lately = this.#taken.filter((at) => at > logTime - HOUR_MS);
    if (lately.length >= MAX_BROADCASTS) return "full";
    this.#taken = [...lately, logTime];
    this.#known = [...this.#known, name].slice(-MAX_KNOWN);
    this.#waiting = [...this.#waiting, of];
    return "taken";
  }

  /** The sweep has come to `cursor`; past the last slot the next that waits begins from the first. */
  reached(cursor: number, slots: number): void {
    this.cursor = cursor < slots ? cursor : 0;
    if (cursor >= slots) this.#waiting = this.#waiting.slice(1);
  }

  /** undefined where there never was one. The lists are never changed in place, so this may be kept. */
  state(): BroadcastState | undefined {
    return this.#known.length === 0 ? undefined : { waiting: this.#waiting, cursor: this.cursor, known: this.#known, taken: this.#taken };
  }
}
