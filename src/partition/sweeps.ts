// What reaches every contact of a partition though nobody touches it: changed packs, new numbers of the population, the end of history,
// a broadcast. No record may make work for all contacts at its position, so each has a sweep: a cursor that moves a fixed number of slots
// on at each time step, in this order, before deadlines that are due. Whoever is touched before its turn has it then, and the cursor
// passes it.

import { isPast } from "../engine/history.ts";
import type { ContactKey } from "../model/ids.ts";
import type { Settings } from "../model/settings.ts";
import { AS_OF, GENERATION, type Row } from "../packs/row.ts";
import { type BroadcastState, Broadcasts } from "./broadcasts.ts";
import type { ContactRows } from "./contact-rows.ts";
import { EndOfHistory, type EndOfHistoryState } from "./end-of-history.ts";
import type { Numbering } from "./numbering.ts";
import { type RecutState, RecutSweep } from "./recut-sweep.ts";

/** The cursor of changed packs is with the rows (layouts.ts). */
export interface SweepsState {
  readonly recut: RecutState | undefined;
  readonly broadcasts: BroadcastState | undefined;
  readonly endOfHistory: EndOfHistoryState | undefined;
}

export class Sweeps {
  readonly #rows: ContactRows;
  readonly #limits: Settings["timers"];
  readonly #effects: Numbering;
  readonly recut: RecutSweep;
  readonly broadcasts: Broadcasts;
  readonly endOfHistory: EndOfHistory;

  constructor(rows: ContactRows, limits: Settings["timers"], effects: Numbering, state?: SweepsState) {
    this.#rows = rows;
    this.#limits = limits;
    this.#effects = effects;
    this.recut = new RecutSweep(state?.recut);
    this.broadcasts = new Broadcasts(state?.broadcasts);
    this.endOfHistory = new EndOfHistory(state?.endOfHistory);
  }

  get underWay(): boolean {
    return this.#rows.layouts.sweeping || this.recut.underWay || this.broadcasts.waiting.length > 0 || this.endOfHistory.before !== null;
  }

  /** Their part of a time step. */
  step(logTime: number): void {
    this.#takeOverOn(logTime);
    this.#recutOn(logTime);
    this.#returnOn(logTime);
    this.#tellOn(logTime);
  }

  /** Tells the contact of every broadcast that waits and that it was there for; the engine knows which it has heard. */
  tell(row: Row, contact: ContactKey, logTime: number): void {
    const { engine } = this.#rows.live;
    for (const broadcast of this.broadcasts.waiting)
      if ((row.numbers[GENERATION] as number) < broadcast.position) engine.broadcast(row, contact, logTime, broadcast, this.#effects.out);
    this.#effects.send();
  }

  /** Changed packs: a fixed number of slots on. */
  #takeOverOn(logTime: number): void {
    const { layouts, slots } = this.#rows;
    if (layouts.sweeping) {
      const end = Math.min(layouts.cursor + this.#limits.sweep_per_step, slots);
      for (let slot = layouts.cursor; slot < end; slot++) this.#takeOver(slot, logTime);
      layouts.reached(end);
    }
    layouts.letGo();
  }

  #takeOver(slot: number, logTime: number): void {
    const { keys, table } = this.#rows;
    if (keys.isFree(slot) || table.isCurrent(slot)) return;
    this.#rows.keep(slot, this.#rows.load(slot, logTime), logTime);
  }

  /** New numbers: on until so many contacts were looked at, or so many slots were passed. */
  #recutOn(logTime: number): void {
    const { recut_per_step, recut_slots_per_step } = this.#limits;
    let looks = 0;
    for (let passed = 0; passed < recut_slots_per_step && looks < recut_per_step && this.recut.underWay; passed++)
      if (this.#recutSlot(this.recut.next(), logTime)) looks++;
  }

  /** Brings one contact under the numbers in effect; whether it had to be looked at. Most are passed without unpacking their row. */
  #recutSlot(slot: number, logTime: number): boolean {
    const { keys, table, live } = this.#rows;
    if (keys.isFree(slot)) return false;
    if (table.isCurrent(slot)) {
      const at = table.numbersAt(slot);
      // Whoever is in history comes under them with its next event, or when it returns.
      if (isPast(at) || !live.engine.isBehind(at)) return false;
      if (live.engine.isUnmoved(at, logTime)) {
        this.#rows.markUnmoved(slot);
        return false;
      }
    }
    const contact = keys.at(slot);
    const row = this.#rows.load(slot, logTime);
    this.#rows.bringUnder(row, contact, logTime);
    this.#rows.keep(slot, row, logTime);
    return true;
  }

  /** The end of history: a fixed number of slots on, fewer where those that return have passed many deadlines. */
  #returnOn(logTime: number): void {
    const { before, cursor } = this.endOfHistory;
    if (before === null) return;
    const rows = this.#rows;
    const { sweep_per_step, per_step } = this.#limits;
    const end = rows.inHistory === 0 ? rows.slots : Math.min(cursor + sweep_per_step, rows.slots);
    const most = rows.deadlinesFired + per_step;
    let slot = rows.inHistory === 0 ? end : cursor;
    for (; slot < end && rows.deadlinesFired < most; slot++) this.#return(slot, before, logTime);
    this.endOfHistory.reached(slot, rows.slots);
  }

  /** Brings a contact back that is in history and was there before this position. */
  #return(slot: number, before: number, logTime: number): void {
    const { keys, table } = this.#rows;
    if (keys.isFree(slot) || Number.isNaN(table.numberOf(slot, AS_OF)) || table.numberOf(slot, GENERATION) >= before) return;
    const contact = keys.at(slot);
    const row = this.#rows.touch(slot, contact, logTime);
    this.#rows.arrive(row, contact, logTime);
    this.#rows.keep(slot, row, logTime);
  }

  /** A broadcast: a fixed number of slots on. */
  #tellOn(logTime: number): void {
    if (this.broadcasts.waiting.length === 0) return;
    const { keys, slots } = this.#rows;
    const { cursor } = this.broadcasts;
    const end = Math.min(cursor + this.#limits.sweep_per_step, slots);
    for (let slot = cursor; slot < end; slot++) {
      if (keys.isFree(slot)) continue;
      const contact = keys.at(slot);
      const row = this.#rows.touch(slot, contact, logTime);
      this.tell(row, contact, logTime);
      this.#rows.keep(slot, row, logTime);
    }
    this.broadcasts.reached(end, slots);
  }
}
