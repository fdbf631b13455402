// The contacts that live in a partition: of each its key, its row, its deadline, and as what it is counted among everyone. Here is what
// any touch begins and ends with: a contact is brought up to date (into the current layout, under the numbers in effect, its own deadlines
// up to its moment fired), and it is stored. A contact in history (engine/history.ts) has a moment of its own, at most T, and no timer.
//
// The invariant: a slot has a key and a row, or neither; and one contact is touched at a time, from `add` or `touch` to `keep`. Keys, rows
// and layouts are state; timers and most of the counts are derived from them. What happens to a contact in between is not here.

import { isPast, momentOf } from "../engine/history.ts";
import type { ContactKey } from "../model/ids.ts";
import type { Program } from "../packs/program.ts";
import { AS_OF, DEADLINE, type Row } from "../packs/row.ts";
import { Keys } from "./keys.ts";
import { Layouts } from "./layouts.ts";
import type { Live } from "./live.ts";
import type { Numbering } from "./numbering.ts";
import { PopulationCounts, type PopulationState } from "./population-counts.ts";
import { Table } from "./table.ts";
import { Timers } from "./timers.ts";

export interface ContactRowsState {
  readonly keys: Keys;
  readonly table: Table;
  /** Of the sweep of changed packs, and the programs that it still finds rows of. */
  readonly cursor: number;
  readonly before: readonly Program[];
  readonly deadlinesFired: number;
  readonly population: PopulationState | undefined;
}

export class ContactRows {
  readonly keys: Keys;
  readonly table: Table;
  readonly layouts: Layouts;
  readonly #timers = new Timers();
  readonly #effects: Numbering;
  #live: Live;
  #counts: PopulationCounts;
  #inHistory = 0;
  #deadlinesFired: number;
  /** Whether something beside its event has happened to the contact of this touch that may change what is counted of it. */
  #mayCount = false;

  constructor(live: Live, effects: Numbering, state?: ContactRowsState) {
    this.keys = state?.keys ?? new Keys();
    this.table = state?.table ?? new Table(live.program.layout);
    this.layouts = new Layouts(this.table, live.program, state?.before, state?.cursor);
    this.#effects = effects;
    this.#live = live;
    this.#counts = new PopulationCounts(live.program, undefined, state?.population);
    this.#deadlinesFired = state?.deadlinesFired ?? 0;
    for (const slot of this.taken()) this.#recallTimer(slot);
    if (!this.#counts.isEmpty) for (const slot of this.taken()) this.#counts.recall(this.table.load(slot));
  }

  get contacts(): number {
    return this.keys.count;
  }

  /** Slots, free ones among them. */
  get slots(): number {
    return this.keys.slots;
  }

  /** Slots that contacts have, in their order. */
  *taken(): Generator<number, void, void> {
    for (let slot = 0; slot < this.slots; slot++) if (!this.keys.isFree(slot)) yield slot;
  }

  /** Contacts in history. */
  get inHistory(): number {
    return this.#inHistory;
  }

  get deadlinesFired(): number {
    return this.#deadlinesFired;
  }

  get live(): Live {
    return this.#live;
  }

  /** As what these contacts are counted among everyone. */
  get counts(): PopulationCounts {
    return this.#counts;
  }

  /** Earliest deadline, ms; Infinity where nothing is pending. */
  get nextDeadline(): number {
    return this.#timers.next;
  }

  /** From here on these packs are live. Contacts are taken over as they are touched, and the others by sweep. */
  setLive(live: Live): void {
    this.#live = live;
    this.layouts.change(live.program);
    this.#recount();
  }

  /** Makes room for a contact that is not known yet; whoever asks fills the row of the table, and says so by `filled`. */
  add(contact: ContactKey): number {
    const slot = this.keys.add(contact);
    this.table.add(slot);
    this.#mayCount = true;
    return slot;
  }

  /** The row of a contact that was just added is filled; `keep` stores it. */
  filled(row: Row): void {
    if (isPast(row)) this.#inHistory++;
  }

  /** The contact's row in the current layout, and nothing else done to it: to be read only, unless `keep` follows. */
  load(slot: number, logTime: number): Row {
    const row = this.table.load(slot);
    return this.table.isCurrent(slot) ? row : this.#moved(row, this.keys.at(slot), logTime);
  }

  /** Loads a contact, brought up to date: in the current layout, and with its own deadlines up to its moment fired. */
  touch(slot: number, contact: ContactKey, logTime: number): Row {
    this.#mayCount = false;
    const row = this.load(slot, logTime);
    this.bringUnder(row, contact, logTime);
    while ((row.numbers[DEADLINE] as number) <= momentOf(row, logTime)) this.#fire(row, contact);
    return row;
  }

  /** Brings a contact under the numbers of the population in effect, before anything else happens to it. */
  bringUnder(row: Row, contact: ContactKey, logTime: number): void {
    if (this.#counts.isEmpty) return;
    this.#live.engine.recut(row, contact, momentOf(row, logTime), this.#effects.out);
    this.#effects.send();
  }

  /** A contact in history lives on to the moment of an event, if that is not before its own. */
  liveOn(row: Row, contact: ContactKey, moment: number): void {
    while ((row.numbers[DEADLINE] as number) <= moment) this.#fire(row, contact);
    row.numbers[AS_OF] = Math.max(row.numbers[AS_OF] as number, moment);
  }

  /** A contact in history returns to the present. */
  arrive(row: Row, contact: ContactKey, logTime: number): void {
    if (!isPast(row)) return;
    this.#mayCount = true;
    while ((row.numbers[DEADLINE] as number) <= logTime) this.#fire(row, contact, logTime);
    this.#live.engine.arrive(row, logTime);
    this.#inHistory--;
  }

  /** Fires what is due next. */
  fireNext(logTime: number): void {
    const slot = this.#timers.nextSlot;
    const contact = this.keys.at(slot);
    const row = this.load(slot, logTime);
    this.bringUnder(row, contact, logTime);
    // A row that was just moved may be due later than its timer said.
    if ((row.numbers[DEADLINE] as number) <= logTime) this.#fire(row, contact);
    this.keep(slot, row, logTime);
  }

  /** Stores the contact. `counted`: whether what is counted of it may have changed; what this file did to it is known here. */
  keep(slot: number, row: Row, logTime: number, counted = true): void {
    if ((counted || this.#mayCount) && !isPast(row)) this.#counts.note(row, logTime);
    this.table.store(slot);
    this.#timers.set(slot, timerOf(row.numbers[AS_OF] as number, row.numbers[DEADLINE] as number));
  }

  /** The engine has just said that the numbers in effect leave the contact as it is (`isUnmoved`): its row learns so where it lies. */
  markUnmoved(slot: number): void {
    this.table.willChange(slot);
    if (this.#live.engine.markUnmoved(this.table.numbersAt(slot))) this.#timers.set(slot, this.table.numberOf(slot, DEADLINE));
  }

  /** Takes a contact out: its row, its key, its deadline, and what it counted for among everyone. Its slot goes to the next who comes. */
  remove(slot: number): void {
    const row = this.table.load(slot);
    if (isPast(row)) this.#inHistory--;
    this.#counts.drop(row);
    this.table.remove(slot);
    this.keys.remove(slot);
    this.#timers.set(slot, Number.POSITIVE_INFINITY);
  }

  /** `returns`: when the contact comes back from history, having passed this deadline. */
  #fire(row: Row, contact: ContactKey, returns?: number): void {
    this.#deadlinesFired++;
    this.#mayCount = true;
    this.#live.engine.deadline(row, contact, row.numbers[DEADLINE] as number, this.#effects.out, returns);
    this.#effects.send();
  }

  /** Moves a row into the current layout, as of its deadline where that has passed: a contact's moments never go back. */
  #moved(old: Row, contact: ContactKey, logTime: number): Row {
    const moment = Math.min(old.numbers[DEADLINE] as number, momentOf(old, logTime));
    const { row } = this.table;
    const migration = this.layouts.migrationFrom(old.layout);
    this.#mayCount = true;
    migration.move(old, row);
    this.#live.engine.place(row, contact, moment, migration.newParts);
    return row;
  }

  #recallTimer(slot: number): void {
    const asOf = this.table.numberOf(slot, AS_OF);
    if (!Number.isNaN(asOf)) this.#inHistory++;
    this.#timers.set(slot, timerOf(asOf, this.table.numberOf(slot, DEADLINE)));
  }

  /** What is counted has changed with the packs; a sample that rows remember from packs further back is counted from them. */
  #recount(): void {
    const before = this.#counts;
    this.#counts = new PopulationCounts(this.#live.program, before);
    const fresh = this.#counts.newSamples(before);
    const older = this.table.layouts.slice(0, -1);
    if (!fresh.some(({ id }) => older.some(({ numbers }) => numbers.includes(id)))) return;
    for (const slot of this.taken()) this.#counts.recall(this.table.load(slot), fresh);
  }
}

/** In history nothing comes due by itself. */
const timerOf = (asOf: number, deadline: number): number => (Number.isNaN(asOf) ? deadline : Number.POSITIVE_INFINITY);
