// A partition: a fold over the log (DESIGN 1). It owns the contacts whose ids hash to it and applies the log message by
// message: first the time step, in which sweeps go on and deadlines that are due fire in the order (deadline, slot), then the record or
// the events. Whatever touches a contact first fires that contact's own due deadlines, each as of its own moment.
//
// It knows nothing of batches, workers, clocks or the outside: the same log gives the same effects and the same state. The contacts lie in
// `rows`, what reaches all of them is in `sweeps`, which ids are somebody else is in `people`, and what was said before in `duplicates`;
// here is what an event, a merge and a request to forget do with these.

import { alsoKnown } from "../engine/also-known.ts";
import type { IncomingEvent } from "../engine/apply.ts";
import { isPast, momentOf } from "../engine/history.ts";
import { type ForgetAnswer, type ForgetRecord, isHashed } from "../model/forget.ts";
import type { ContactKey } from "../model/ids.ts";
import type { Settings } from "../model/settings.ts";
import type { PopulationProgram } from "../packs/population.ts";
import { AS_OF, type Row } from "../packs/row.ts";
import { ContactRows, type ContactRowsState } from "./contact-rows.ts";
import { Duplicates } from "./duplicates.ts";
import type { Live } from "./live.ts";
import { type Emit, Numbering } from "./numbering.ts";
import type { PairRecord } from "./pair-records.ts";
import { type Household, type IsForgotten, People, type PeopleState, type RawEvent, type ReadForward } from "./people.ts";
import { type MergeRecord, sameContact } from "./people-records.ts";
import { fillFrom, type RowRecord, recordOf } from "./row-record.ts";
import { Sweeps, type SweepsState } from "./sweeps.ts";

/** What must be kept of a partition; all else is derived. */
export interface PartitionState {
  readonly rows: ContactRowsState;
  readonly sweeps: SweepsState;
  readonly people: PeopleState;
  readonly duplicates: Duplicates;
}

export class Partition implements Household {
  readonly id: number;
  readonly rows: ContactRows;
  readonly sweeps: Sweeps;
  readonly people: People;
  readonly duplicates: Duplicates;
  readonly #settings: Settings;
  readonly #effects: Numbering;

  constructor(id: number, settings: Settings, live: Live, emit: Emit, state?: PartitionState) {
    this.id = id;
    this.#settings = settings;
    this.#effects = new Numbering(id, emit);
    this.rows = new ContactRows(live, this.#effects, state?.rows);
    this.sweeps = new Sweeps(this.rows, settings.timers, this.#effects, state?.sweeps);
    this.people = new People(id, settings, this, () => this.rows.live.engine.dropped, state?.people);
    this.duplicates = state?.duplicates ?? new Duplicates(settings.duplicates.capacity, settings.duplicates.window_ms);
  }

  /** Earliest deadline, ms; the beginning of time while a sweep is under way; Infinity where nothing is pending. */
  get nextDeadline(): number {
    return this.sweeps.underWay ? 0 : this.rows.nextDeadline;
  }

  /** The time step of the message at `position`: sweeps go on, then what is due at T fires, at most per_step of it. */
  step(position: number, logTime: number): void {
    this.#effects.begin(position);
    this.#step(logTime);
  }

  /** The end of a replay: steps until nothing is due. */
  advance(position: number, logTime: number): void {
    this.#effects.begin(position);
    while (this.nextDeadline <= logTime) this.#step(logTime);
  }

  #step(logTime: number): void {
    this.sweeps.step(logTime);
    for (let fired = 0; fired < this.#settings.timers.per_step && this.rows.nextDeadline <= logTime; fired++) this.rows.fireNext(logTime);
  }

  /** From here on these packs are live. */
  setLive(live: Live): void {
    this.rows.setLive(live);
  }

  /** Numbers of the population have changed: every contact is brought under them as it is touched, and the others by sweep. */
  numbersChanged(item: PopulationProgram): void {
    this.rows.counts.inEffect(item, item.live.at);
    this.sweeps.recut.begin(this.rows.slots);
  }

  /** An event of the message at `event.position`, at log time T; `raw` is what it was read from. */
  event(contact: ContactKey, event: IncomingEvent, logTime: number, raw: RawEvent): "applied" | "late" | "duplicate" | "too_large" {
    this.#effects.begin(event.position);
    if (!event.historical && event.at < logTime - this.#settings.time.lateness_ms) return "late";
    if (event.messageId !== undefined && this.duplicates.seen(contact, event.messageId, logTime)) return "duplicate";
    if (this.people.leadsAway(contact)) return this.people.forward(contact, event, logTime, raw);
    this.apply(contact, event, logTime);
    return "applied";
  }

  /** The message at `position` says that `old`, which lives here, in each of the kinds that it may have, and `to` are one person. */
  tie(old: readonly ContactKey[], to: ContactKey, position: number, logTime: number): void {
    this.#effects.begin(position);
    this.people.tieAll(old, to, logTime);
  }

  /** A record for this partition stands at `position`. */
  receive(record: PairRecord, position: number, logTime: number, read: ReadForward, isForgotten: IsForgotten): void {
    this.#effects.begin(position);
    this.people.receive(record, logTime, read, isForgotten);
  }

  /** Forgets whom `of` means, as far as they live here or something here leads to them. The partition of the first answers and confirms. */
  forget(of: ForgetRecord, position: number, logTime: number): ForgetAnswer | undefined {
    this.#effects.begin(position);
    const { keys, live } = this.rows;
    let found = false;
    let takenBack = 0;
    for (const contact of of.contacts) {
      const slot = keys.findHashed(contact.probe, (at) => isHashed(contact, keys.at(at)));
      this.people.forget(contact);
      if (slot < 0) continue;
      found = true;
      takenBack += this.#takeOut(slot, logTime);
    }
    const [first] = of.contacts;
    const answer: ForgetAnswer = { request: of.request, hash: first.hash, position, found, takenBack };
    if (first.partition === this.id) live.engine.confirm(first, answer, logTime, this.#effects.out);
    this.#effects.send();
    return first.partition === this.id ? answer : undefined;
  }

  #takeOut(slot: number, logTime: number): number {
    const { keys, live, table } = this.rows;
    const takenBack = live.engine.forget(this.rows.load(slot, logTime), keys.at(slot), logTime, this.#effects.out);
    this.rows.remove(slot);
    table.wipe();
    return takenBack;
  }

  apply(contact: ContactKey, event: IncomingEvent, logTime: number): void {
    const { keys, table, counts, live } = this.rows;
    const { engine } = live;
    const known = keys.find(contact);
    const slot = known >= 0 ? known : this.#create(contact, event);
    const row = known >= 0 ? this.#meet(slot, contact, event, logTime) : table.row;
    engine.event(row, contact, event, momentOf(row, logTime), this.#effects.out);
    for (const observed of engine.observed) counts.observe(observed, logTime);
    engine.observed.length = 0;
    this.rows.keep(slot, row, logTime, engine.counted);
    this.#effects.send();
  }

  #create(contact: ContactKey, event: IncomingEvent): number {
    const slot = this.rows.add(contact);
    const { row } = this.rows.table;
    this.rows.live.engine.create(row, contact, event);
    this.rows.filled(row);
    return slot;
  }

  /** Loads a known contact for an event: history moves a contact on that is in history; anything else comes to one of the present. */
  #meet(slot: number, contact: ContactKey, event: IncomingEvent, logTime: number): Row {
    const row = this.rows.touch(slot, contact, logTime);
    if (isPast(row) && event.historical) this.rows.liveOn(row, contact, event.at);
    else {
      this.rows.arrive(row, contact, logTime);
      this.sweeps.tell(row, contact, logTime);
    }
    return row;
  }

  give(contact: ContactKey, logTime: number): RowRecord | null {
    const slot = this.rows.keys.find(contact);
    if (slot < 0) return null;
    const row = this.rows.touch(slot, contact, logTime);
    this.rows.keep(slot, row, logTime);
    return recordOf(this.rows.live.program, row);
  }

  has(contact: ContactKey): boolean {
    return this.rows.keys.find(contact) >= 0;
  }

  isKnownAs(contact: ContactKey, other: ContactKey, logTime: number): boolean {
    const slot = this.rows.keys.find(contact);
    return slot >= 0 && alsoKnown(this.rows.load(slot, logTime)).some((one) => sameContact(one, other));
  }

  drop(contact: ContactKey): void {
    this.rows.remove(this.rows.keys.find(contact));
  }

  /** A contact whose name alone is merged, and of whom nothing is known, stays unknown. */
  merge({ to, old, row: record }: MergeRecord, logTime: number): void {
    const { keys, table, live } = this.rows;
    const { engine, program } = live;
    const known = keys.find(to);
    if (known < 0 && record === null) return;
    const slot = known >= 0 ? known : this.rows.add(to);
    const row = known >= 0 ? this.rows.touch(slot, to, logTime) : table.row;
    fillFrom(record ?? NOTHING, program, engine.guest);
    if (known < 0) {
      engine.welcome(row, to, engine.guest);
      this.rows.filled(row);
    } else this.#meetOther(row, to, record === null ? row : engine.guest, logTime);
    engine.merge(row, to, { from: engine.guest, old }, momentOf(row, logTime), this.#effects.out);
    this.rows.keep(slot, row, logTime);
    this.#effects.send();
  }

  /** Of a contact in history and one of the present comes one of the present; of two in history one of the later moment. */
  #meetOther(row: Row, contact: ContactKey, other: Row, logTime: number): void {
    if (isPast(row) && isPast(other)) this.rows.liveOn(row, contact, other.numbers[AS_OF] as number);
    else this.rows.arrive(row, contact, logTime);
    if (!isPast(row)) this.sweeps.tell(row, contact, logTime);
  }
}

/** What is kept of somebody of whom only the name is known. */
const NOTHING: RowRecord = { numbers: {}, lists: {}, texts: {} };
