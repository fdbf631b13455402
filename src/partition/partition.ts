// A partition: a fold over the log (DESIGN 1). It owns the contacts whose ids hash to it and applies the log message by
// message: first the time step, in which deadlines that are due fire in the order (deadline, slot), then the record or the
// events. Whatever touches a contact first fires that contact's own due deadlines, each as of its own moment.
//
// It knows nothing of batches, workers, clocks or the outside: the same log gives the same effects and the same state. What
// must be kept is rows, keys, duplicates and the sweeps' cursors; index, timers and scratch rows are derived. A contact in history
// (engine/history.ts) has a moment of its own, at most T, and no timer: what happens to it moves it on, and brings it back.

import { alsoKnown } from "../engine/also-known.ts";
import type { ContactEngine, IncomingEvent } from "../engine/apply.ts";
import { isPast, momentOf } from "../engine/history.ts";
import type { Outgoing } from "../engine/touch.ts";
import { type ForgetAnswer, type ForgetRecord, isHashed } from "../model/forget.ts";
import type { ContactKey } from "../model/ids.ts";
import type { Settings } from "../model/settings.ts";
import type { PopulationProgram } from "../packs/population.ts";
import type { Program } from "../packs/program.ts";
import { AS_OF, DEADLINE, GENERATION, type Row } from "../packs/row.ts";
import { type BroadcastState, Broadcasts } from "./broadcasts.ts";
import { Duplicates } from "./duplicates.ts";
import { EndOfHistory, type EndOfHistoryState } from "./end-of-history.ts";
import { Keys } from "./keys.ts";
import { Migration } from "./migration.ts";
import type { PairRecord, PairState } from "./pair-records.ts";
import { type Household, type IsForgotten, People, type RawEvent, type ReadForward } from "./people.ts";
import { type MergeRecord, sameContact } from "./people-records.ts";
import { type Due, PopulationCounts, type PopulationState } from "./population-counts.ts";
import { type RecutState, RecutSweep } from "./recut-sweep.ts";
import type { RedirectsDump } from "./redirects.ts";
import { fillFrom, type RowRecord, recordOf } from "./row-record.ts";
import { Table } from "./table.ts";
import { Timers } from "./timers.ts";

/** What all partitions of a worker share: the live packs and who evaluates them. */
export interface Live {
  readonly program: Program;
  readonly engine: ContactEngine;
}

/** Takes what leaves the fold: the k-th of (position, partition), in order. */
export type Emit = (position: number, partition: number, k: number, outgoing: Outgoing) => void;

export class Partition implements Household {
  readonly id: number;
  readonly #settings: Settings;
  readonly #emit: Emit;
  readonly keys: Keys;
  readonly table: Table;
  readonly duplicates: Duplicates;
  readonly #timers = new Timers();
  #live: Live;
  /** Programs that rows of an older layout may still be in, by layout. */
  readonly #before = new Map<object, Program>();
  readonly #migrations = new Map<object, Migration>();
  /** The sweep has moved all slots before this one into the current layout. */
  cursor: number;
  readonly #recutSweep: RecutSweep;
  readonly broadcasts: Broadcasts;
  readonly endOfHistory: EndOfHistory;
  /** Contacts in history. */
  inHistory = 0;
  readonly people: People;
  #counts: PopulationCounts;
  deadlinesFired = 0;
  /** Whether something beside its event has happened to the contact of this touch that may change what is counted of it. */
  #mayCount = false;
  #position = -1;
  #k = 0;
  readonly #out: Outgoing[] = [];

  constructor(
    id: number,
    settings: Settings,
    live: Live,
    emit: Emit,
    state?: {
      keys: Keys;
      table: Table;
      duplicates: Duplicates;
      cursor: number;
      before: readonly Program[];
      recut: RecutState | undefined;
      population: PopulationState | undefined;
      broadcasts: BroadcastState | undefined;
      endOfHistory: EndOfHistoryState | undefined;
      redirects: RedirectsDump | undefined;
      pairs: PairState | undefined;
    },
  ) {
    this.id = id;
    this.#settings = settings;
    this.#live = live;
    this.#emit = emit;
    this.keys = state?.keys ?? new Keys();
    this.table = state?.table ?? new Table(live.program.layout);
    this.duplicates = state?.duplicates ?? new Duplicates(settings.duplicates.capacity, settings.duplicates.window_ms);
    this.cursor = state?.cursor ?? 0;
    this.#recutSweep = new RecutSweep(state?.recut);
    this.broadcasts = new Broadcasts(state?.broadcasts);
    this.endOfHistory = new EndOfHistory(state?.endOfHistory);
    this.people = new People(id, settings, this, () => this.#live.engine.dropped, state);
    this.#counts = new PopulationCounts(live.program, undefined, state?.population);
    for (const program of state?.before ?? []) this.#before.set(program.layout, program);
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

  /** Earliest deadline, ms; the beginning of time while a sweep is under way; Infinity where nothing is pending. */
  get nextDeadline(): number {
    return this.#sweeping || this.#recutSweep.underWay || this.broadcasts.waiting.length > 0 || this.endOfHistory.before !== null ? 0 : this.#timers.next;
  }

  /** The time step of the message at `position`: the sweep goes on, then what is due at T fires, at most per_step of it. */
  step(position: number, logTime: number): void {
    this.#begin(position);
    this.#step(logTime);
  }

  /** The end of a replay: steps until nothing is due. */
  advance(position: number, logTime: number): void {
    this.#begin(position);
    while (this.nextDeadline <= logTime) this.#step(logTime);
  }

  #step(logTime: number): void {
    this.#sweep(logTime);
    this.#recut(logTime);
    this.#endHistory(logTime);
    this.#tellOn(logTime);
    for (let fired = 0; fired < this.#settings.timers.per_step && this.#timers.next <= logTime; fired++) this.#fireNext(logTime);
  }

  /** An event of the message at `event.position`, at log time T; `raw` is what it was read from. */
  event(contact: ContactKey, event: IncomingEvent, logTime: number, raw: RawEvent): "applied" | "late" | "duplicate" | "too_large" {
    this.#begin(event.position);
    if (!event.historical && event.at < logTime - this.#settings.time.lateness_ms) return "late";
    if (event.messageId !== undefined && this.duplicates.seen(contact, event.messageId, logTime)) return "duplicate";
    if (this.people.leadsAway(contact)) return this.people.forward(contact, event, logTime, raw);
    this.apply(contact, event, logTime);
    return "applied";
  }

  /** The message at `position` says that `old`, which lives here, in each of the kinds that it may have, and `to` are one person. */
  tie(old: readonly ContactKey[], to: ContactKey, position: number, logTime: number): void {
    this.#begin(position);
    this.people.tieAll(old, to, logTime);
  }

  /** A record for this partition stands at `position`. */
  receive(record: PairRecord, position: number, logTime: number, read: ReadForward, isForgotten: IsForgotten): void {
    this.#begin(position);
    this.people.receive(record, logTime, read, isForgotten);
  }

  apply(contact: ContactKey, event: IncomingEvent, logTime: number): void {
    const known = this.keys.find(contact);
    const slot = known >= 0 ? known : this.#create(contact, event);
    this.#mayCount = known < 0;
    const row = known >= 0 ? this.#meet(slot, contact, event, logTime) : this.table.row;
    this.#live.engine.event(row, contact, event, momentOf(row, logTime), this.#out);
    for (const observed of this.#live.engine.observed) this.#counts.observe(observed, logTime);
    this.#live.engine.observed.length = 0;
    this.#keep(slot, row, logTime, this.#mayCount || this.#live.engine.counted);
    this.#send();
  }

  give(contact: ContactKey, logTime: number): RowRecord | null {
    const slot = this.keys.find(contact);
    if (slot < 0) return null;
    const row = this.#touch(slot, contact, logTime);
    this.#keep(slot, row, logTime);
    return recordOf(this.#live.program, row);
  }

  has(contact: ContactKey): boolean {
    return this.keys.find(contact) >= 0;
  }

  isKnownAs(contact: ContactKey, other: ContactKey, logTime: number): boolean {
    const slot = this.keys.find(contact);
    return slot >= 0 && alsoKnown(this.peek(slot, logTime)).some((one) => sameContact(one, other));
  }

  drop(contact: ContactKey): void {
    this.remove(this.keys.find(contact));
  }

  /** A contact whose name alone is merged, and of whom nothing is known, stays unknown. */
  merge({ to, old, row: record }: MergeRecord, logTime: number): void {
    const { engine, program } = this.#live;
    const known = this.keys.find(to);
    if (known < 0 && record === null) return;
    const slot = known >= 0 ? known : this.#add(to);
    const row = known >= 0 ? this.#touch(slot, to, logTime) : this.table.row;
    fillFrom(record ?? NOTHING, program, engine.guest);
    if (known < 0) {
      engine.welcome(row, to, engine.guest);
      if (isPast(row)) this.inHistory++;
    } else this.#meetOther(row, to, record === null ? row : engine.guest, logTime);
    engine.merge(row, to, { from: engine.guest, old }, momentOf(row, logTime), this.#out);
    this.#keep(slot, row, logTime);
    this.#send();
  }

  /** Of a contact in history and one of the present comes one of the present; of two in history one of the later moment. */
  #meetOther(row: Row, contact: ContactKey, other: Row, logTime: number): void {
    if (isPast(row) && isPast(other)) this.#liveOn(row, contact, other.numbers[AS_OF] as number);
    else this.#arrive(row, contact, logTime);
    if (!isPast(row)) this.#tell(row, contact, logTime);
  }

  #add(contact: ContactKey): number {
    const slot = this.keys.add(contact);
    this.table.add(slot);
    return slot;
  }

  /** From here on these packs are live. Contacts are taken over as they are touched, and the others by sweep. */
  setLive(live: Live): void {
    const { layout } = this.#live.program;
    if (this.table.slots > 0) this.#before.set(layout, this.#live.program);
    this.#live = live;
    this.table.relayout(live.program.layout);
    this.#migrations.clear();
    this.cursor = 0;
    this.#recount();
  }

  /** Numbers of the population have changed: every contact is brought under them as it is touched, and the others by sweep. */
  numbersChanged(item: PopulationProgram): void {
    this.#counts.inEffect(item, item.live.at);
    this.#recutSweep.begin(this.table.slots);
  }

  /** Log time at which the population is to be counted next. */
  get nextCount(): number {
    return this.#counts.nextCount;
  }

  /** What is to be counted at this step. */
  counted(logTime: number): Due[] {
    return this.#counts.due(logTime);
  }

  /** What was counted, and does not stand in the log as far as this partition has read it. */
  owed(logTime: number): Due[] {
    return this.#counts.owed(logTime);
  }

  /** What a snapshot needs of the counts beside the rows; undefined where nothing is counted. */
  populationState(): PopulationState | undefined {
    return this.#counts.isEmpty ? undefined : this.#counts.state();
  }

  recutState(): RecutState | undefined {
    return this.#recutSweep.state();
  }

  /** The contact's row in the current layout, to be read only; undefined for an unknown contact. */
  peek(slot: number, logTime: number): Row {
    const row = this.table.load(slot);
    return this.table.isCurrent(slot) ? row : this.#moved(row, this.keys.at(slot), logTime);
  }

  /** Programs that older rows were laid out by, in the order of `table.layouts`, without the current one. */
  programsBefore(): Program[] {
    return this.table.layouts.slice(0, -1).map((layout) => this.#before.get(layout) as Program);
  }

  /** Takes a contact out: its row, its key, its deadline, and what it counted for among everyone. Its slot goes to the next who comes. */
  remove(slot: number): void {
    const row = this.table.load(slot);
    if (isPast(row)) this.inHistory--;
    this.#counts.drop(row);
    this.table.remove(slot);
    this.keys.remove(slot);
    this.#timers.set(slot, Number.POSITIVE_INFINITY);
  }

  /** Forgets whom `of` means, as far as they live here or something here leads to them. The partition of the first answers and confirms. */
  forget(of: ForgetRecord, position: number, logTime: number): ForgetAnswer | undefined {
    this.#begin(position);
    let found = false;
    let takenBack = 0;
    for (const contact of of.contacts) {
      const slot = this.keys.findHashed(contact.probe, (at) => isHashed(contact, this.keys.at(at)));
      this.people.forget(contact);
      if (slot < 0) continue;
      found = true;
      takenBack += this.#takeOut(slot, logTime);
    }
    const [first] = of.contacts;
    const answer: ForgetAnswer = { request: of.request, hash: first.hash, position, found, takenBack };
    if (first.partition === this.id) this.#live.engine.confirm(first, answer, logTime, this.#out);
    this.#send();
    return first.partition === this.id ? answer : undefined;
  }

  #takeOut(slot: number, logTime: number): number {
    const contact = this.keys.at(slot);
    const takenBack = this.#live.engine.forget(this.#loadCurrent(slot, contact, logTime), contact, logTime, this.#out);
    this.remove(slot);
    this.table.wipe();
    return takenBack;
  }

  #create(contact: ContactKey, event: IncomingEvent): number {
    if (event.historical) this.inHistory++;
    const slot = this.#add(contact);
    this.#live.engine.create(this.table.row, contact, event);
    return slot;
  }

  /** Loads a known contact for an event: history moves a contact on that is in history; anything else comes to one of the present. */
  #meet(slot: number, contact: ContactKey, event: IncomingEvent, logTime: number): Row {
    const row = this.#touch(slot, contact, logTime);
    if (isPast(row) && event.historical) this.#liveOn(row, contact, event.at);
    else {
      this.#arrive(row, contact, logTime);
      this.#tell(row, contact, logTime);
    }
    return row;
  }

  /** Loads a contact, brought up to date: in the current layout, and with its own deadlines up to its moment fired. */
  #touch(slot: number, contact: ContactKey, logTime: number): Row {
    const row = this.#loadCurrent(slot, contact, logTime);
    this.#bringUnder(row, contact, logTime);
    while ((row.numbers[DEADLINE] as number) <= momentOf(row, logTime)) this.#fire(row, contact);
    return row;
  }

  /** A contact in history lives on to the moment of an event, if that is not before its own. */
  #liveOn(row: Row, contact: ContactKey, moment: number): void {
    while ((row.numbers[DEADLINE] as number) <= moment) this.#fire(row, contact);
    row.numbers[AS_OF] = Math.max(row.numbers[AS_OF] as number, moment);
  }

  /** A contact in history returns to the present. */
  #arrive(row: Row, contact: ContactKey, logTime: number): void {
    if (!isPast(row)) return;
    this.#mayCount = true;
    while ((row.numbers[DEADLINE] as number) <= logTime) this.#fire(row, contact, logTime);
    this.#live.engine.arrive(row, logTime);
    this.inHistory--;
  }

  #fireNext(logTime: number): void {
    const slot = this.#timers.nextSlot;
    const contact = this.keys.at(slot);
    const row = this.#loadCurrent(slot, contact, logTime);
    this.#bringUnder(row, contact, logTime);
    // A row that was just moved may be due later than its timer said.
    if ((row.numbers[DEADLINE] as number) <= logTime) this.#fire(row, contact);
    this.#keep(slot, row, logTime);
  }

  /** `returns`: when the contact comes back from history, having passed this deadline. */
  #fire(row: Row, contact: ContactKey, returns?: number): void {
    this.deadlinesFired++;
    this.#mayCount = true;
    this.#live.engine.deadline(row, contact, row.numbers[DEADLINE] as number, this.#out, returns);
    this.#send();
  }

  /** `mayCount`: whether what is counted of the contact may have changed. */
  #keep(slot: number, row: Row, logTime: number, mayCount = true): void {
    if (mayCount && !isPast(row)) this.#counts.note(row, logTime);
    this.table.store(slot);
    this.#timers.set(slot, timerOf(row.numbers[AS_OF] as number, row.numbers[DEADLINE] as number));
  }

  #recallTimer(slot: number): void {
    const asOf = this.table.numberOf(slot, AS_OF);
    if (!Number.isNaN(asOf)) this.inHistory++;
    this.#timers.set(slot, timerOf(asOf, this.table.numberOf(slot, DEADLINE)));
  }

  #loadCurrent(slot: number, contact: ContactKey, logTime: number): Row {
    const row = this.table.load(slot);
    return this.table.isCurrent(slot) ? row : this.#moved(row, contact, logTime);
  }

  /** Moves a row into the current layout, as of its deadline where that has passed: a contact's moments never go back. */
  #moved(old: Row, contact: ContactKey, logTime: number): Row {
    const moment = Math.min(old.numbers[DEADLINE] as number, momentOf(old, logTime));
    const { row } = this.table;
    const migration = this.#migrationFrom(old);
    this.#mayCount = true;
    migration.move(old, row);
    this.#live.engine.place(row, contact, moment, migration.newParts);
    return row;
  }

  #migrationFrom(old: Row): Migration {
    const known = this.#migrations.get(old.layout);
    if (known !== undefined) return known;
    const migration = new Migration(this.#before.get(old.layout) as Program, this.#live.program);
    this.#migrations.set(old.layout, migration);
    return migration;
  }

  /** As long as rows lie in an older layout. Derived from the rows alone, so that a restored partition says the same. */
  get #sweeping(): boolean {
    return this.table.hasOlder;
  }

  /** Moves a fixed number of slots on; when no row is left behind the programs before are forgotten. */
  #sweep(logTime: number): void {
    if (this.#sweeping) {
      const end = Math.min(this.cursor + this.#settings.timers.sweep_per_step, this.table.slots);
      for (; this.cursor < end; this.cursor++) this.#takeOver(this.cursor, logTime);
    }
    if (this.#before.size === 0 || this.#sweeping) return;
    this.#before.clear();
    this.#migrations.clear();
  }

  #takeOver(slot: number, logTime: number): void {
    if (!this.table.isFree(slot) && !this.table.isCurrent(slot)) this.#keep(slot, this.#loadCurrent(slot, this.keys.at(slot), logTime), logTime);
  }

  /** Brings a contact under the numbers of the population in effect, before anything else happens to it. */
  #bringUnder(row: Row, contact: ContactKey, logTime: number): void {
    if (this.#counts.isEmpty) return;
    this.#live.engine.recut(row, contact, momentOf(row, logTime), this.#out);
    this.#send();
  }

  /** The sweep of new numbers: on until so many contacts were looked at, or so many slots were passed. */
  #recut(logTime: number): void {
    const { recut_per_step, recut_slots_per_step } = this.#settings.timers;
    let looks = 0;
    for (let passed = 0; passed < recut_slots_per_step && looks < recut_per_step && this.#recutSweep.underWay; passed++)
      if (this.#recutSlot(this.#recutSweep.next(), logTime)) looks++;
  }

  /** Brings one contact under the numbers in effect; whether it had to be looked at. Most are passed without unpacking their row. */
  #recutSlot(slot: number, logTime: number): boolean {
    if (this.keys.isFree(slot)) return false;
    if (this.table.isCurrent(slot)) {
      const at = this.table.numbersAt(slot);
      // Whoever is in history comes under them with its next event, or when it returns.
      if (isPast(at) || !this.#live.engine.isBehind(at)) return false;
      if (this.#live.engine.isUnmoved(at, logTime)) {
        this.table.willChange(slot);
        if (this.#live.engine.markUnmoved(at)) this.#timers.set(slot, this.table.numberOf(slot, DEADLINE));
        return false;
      }
    }
    const contact = this.keys.at(slot);
    const row = this.#loadCurrent(slot, contact, logTime);
    this.#bringUnder(row, contact, logTime);
    this.#keep(slot, row, logTime);
    return true;
  }

  /** The sweep of an end of history: a fixed number of slots on, fewer where those that return have passed many deadlines. */
  #endHistory(logTime: number): void {
    const { before, cursor } = this.endOfHistory;
    if (before === null) return;
    const { sweep_per_step, per_step } = this.#settings.timers;
    const end = this.inHistory === 0 ? this.table.slots : Math.min(cursor + sweep_per_step, this.table.slots);
    const most = this.deadlinesFired + per_step;
    let slot = this.inHistory === 0 ? end : cursor;
    for (; slot < end && this.deadlinesFired < most; slot++) this.#return(slot, before, logTime);
    this.endOfHistory.reached(slot, this.table.slots);
  }

  /** Brings a contact back that is in history and was there before this position. */
  #return(slot: number, before: number, logTime: number): void {
    if (this.keys.isFree(slot) || Number.isNaN(this.table.numberOf(slot, AS_OF)) || this.table.numberOf(slot, GENERATION) >= before) return;
    const contact = this.keys.at(slot);
    const row = this.#touch(slot, contact, logTime);
    this.#arrive(row, contact, logTime);
    this.#keep(slot, row, logTime);
  }

  /** The sweep of a broadcast: a fixed number of slots on. */
  #tellOn(logTime: number): void {
    if (this.broadcasts.waiting.length === 0) return;
    const { cursor } = this.broadcasts;
    const end = Math.min(cursor + this.#settings.timers.sweep_per_step, this.table.slots);
    for (let slot = cursor; slot < end; slot++) {
      if (this.keys.isFree(slot)) continue;
      const contact = this.keys.at(slot);
      const row = this.#touch(slot, contact, logTime);
      this.#tell(row, contact, logTime);
      this.#keep(slot, row, logTime);
    }
    this.broadcasts.reached(end, this.table.slots);
  }

  /** Tells the contact of every broadcast that waits and that it was there for; the engine knows which it has heard. */
  #tell(row: Row, contact: ContactKey, logTime: number): void {
    for (const broadcast of this.broadcasts.waiting)
      if ((row.numbers[GENERATION] as number) < broadcast.position) this.#live.engine.broadcast(row, contact, logTime, broadcast, this.#out);
    this.#send();
  }

  /** What is counted has changed with the packs; a sample that rows remember from packs further back is counted from them. */
  #recount(): void {
    const before = this.#counts;
    this.#counts = new PopulationCounts(this.#live.program, before);
    const fresh = this.#counts.newSamples(before);
    const { layouts } = this.table;
    if (!fresh.some(({ id }) => layouts.some(({ numbers }, index) => index < layouts.length - 1 && numbers.includes(id)))) return;
    for (const slot of this.taken()) this.#counts.recall(this.table.load(slot), fresh);
  }

  #begin(position: number): void {
    if (position === this.#position) return;
    this.#position = position;
    this.#k = 0;
  }

  #send(): void {
    if (this.#out.length === 0) return;
    for (const outgoing of this.#out) this.#emit(this.#position, this.id, this.#k++, outgoing);
    this.#out.length = 0;
  }
}
/** In history nothing comes due by itself. */
const timerOf = (asOf: number, deadline: number): number => (Number.isNaN(asOf) ? deadline : Number.POSITIVE_INFINITY);

/** What is kept of somebody of whom only the name is known. */
const NOTHING: RowRecord = { numbers: {}, lists: {}, texts: {} };
