// The naive model of packs: a second implementation of docs/packs.md and docs/identity.md, written apart from the engine, slow and plain, so that
// the two can be compared contact by contact. It keeps each contact's whole history and works everything out again.
//
// What it answers is what happens to each contact, in order. It does not number effects over contacts, and does not know
// time steps: a contact whose moment has come is looked at with its next event or by `advance` or `finish`, which gives the
// same effects at the same times, because an effect's time is its own moment whenever it is handled. So the order between
// contacts, `timers.per_step` and identities are not modelled; neither is the capacity of the duplicate window.

import type { ForgetRecord } from "../../../src/model/forget.ts";
import type { ContactKey } from "../../../src/model/ids.ts";
import { logSubjects } from "../../../src/model/log.ts";
import type { OutcomeKind } from "../../../src/model/outcome.ts";
import type { Settings } from "../../../src/model/settings.ts";
import type { PackDefinition } from "../../../src/packs/definition.ts";
import { type NaiveContact, newPackState, type PackState } from "./contact.ts";
import type { NaiveEffect } from "./effects.ts";
import { isOneOf, Tombstones, takeBack } from "./forgetting.ts";
import { type Incoming, mergeInto } from "./merge/rows.ts";
import { at, eventsOf, momentIn, type NaiveEvent, type NaiveMessage, textOf } from "./message.ts";
import { isLeftOut, nextMoment } from "./moments.ts";
import type { Instant } from "./moves.ts";
import { idsOf, type NaiveRecord, nameOf, People } from "./people.ts";
import { type InEffect, type NumbersRecord, Population } from "./population.ts";
import { move, type Occasion, settleSilently, told, touch } from "./touch.ts";
import { lookAtTriggers } from "./triggers.ts";
import { type NaiveContactView, type NaivePackView, viewOf } from "./view.ts";

export type { NaiveContactView, NaiveEffect, NaivePackView };

export class NaiveModel {
  readonly outcomes: Record<OutcomeKind, number> = { applied: 0, duplicate: 0, late: 0, forgotten: 0, deadLetter: 0 };
  /** Hashes of those who are said to be forgotten. */
  readonly confirmed: string[] = [];
  /** T. */
  logTime = 0;
  /** T at the last time step: what is due by then has fired in the engine too. */
  #stepTime = 0;
  readonly #packs: readonly PackDefinition[];
  readonly #settings: Settings;
  readonly #people: People;
  /** Id and messageId -> log time at which it was first seen. */
  readonly #seen = new Map<string, number>();
  /** Position of an end of history that has not reached everybody. */
  #historyEndsAt = 0;
  readonly #tombstones = new Tombstones();
  readonly #population: Population;
  #owed: NumbersRecord[] = [];

  constructor(packs: readonly PackDefinition[], settings: Settings) {
    this.#packs = [...packs].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#settings = settings;
    this.#people = new People({ ...settings.identity, idBytes: settings.limits.id_bytes });
    this.#population = new Population(this.#packs);
  }

  /** What one log message does to the contacts that it touches. Packs and settings in the log are those of the constructor. */
  apply(message: NaiveMessage): NaiveEffect[] {
    const settled = this.#settle();
    const before = this.logTime;
    if (this.#settings.clock === "stored") this.#moveTo(message.storedMs);
    const control = logSubjects(this.#settings.shard).controlPrefix;
    if (message.subject.startsWith(control)) return [...settled, ...this.#applyControl(message, message.subject.slice(control.length), before)];
    const effects = settled;
    let stepped = false;
    for (const event of eventsOf(message, this.#settings)) {
      if ("dead" in event) {
        this.outcomes.deadLetter++;
        continue;
      }
      if (this.#settings.clock === "event") this.#moveTo(event.at);
      if (!stepped) effects.push(...this.#step(before));
      stepped = true;
      effects.push(...this.#applyEvent(event));
    }
    return effects;
  }

  /** Log time moves to `to` and everything due by then happens, as at the end of a replay with `--until`. */
  advance(to: number): NaiveEffect[] {
    const settled = this.#settle();
    this.#moveTo(to);
    return [...settled, ...this.#stepAt(this.logTime), ...this.finish()];
  }

  /** What was counted since this was last asked: the log has it as records of its own behind the message at which was counted. */
  owed(): NumbersRecord[] {
    return this.#owed.splice(0);
  }

  /** A record of numbers of the population. */
  take(record: NumbersRecord): void {
    this.#population.take(record);
  }

  /** Everything that the engine has fired by the last time step of the log, and the model has not given yet. */
  finish(): NaiveEffect[] {
    const settled = this.#settle();
    return [...settled, ...this.#present().flatMap((contact) => this.#bringTo(contact, this.#stepTime))];
  }

  /** All contacts, with their values at `at` (by default log time). */
  contacts(at = this.logTime): NaiveContactView[] {
    return this.#people.rows().map((contact) => viewOf(contact, at));
  }

  #moveTo(moment: number): void {
    this.logTime = Math.max(this.logTime, moment);
  }

  #step(before: number): NaiveEffect[] {
    const grain = this.#settings.time.grain_ms;
    return Math.floor(this.logTime / grain) > Math.floor(before / grain) ? this.#stepAt(this.logTime) : [];
  }

  #present(): NaiveContact[] {
    return this.#people.rows().filter(({ inHistory }) => !inHistory);
  }

  /** One time step: whose history ends returns, everyone comes under new numbers, what is due fires (seen when it is needed), and what is due to be counted is. */
  #stepAt(now: number): NaiveEffect[] {
    this.#stepTime = now;
    for (const contact of this.#people.rows()) if (contact.inHistory && contact.generation < this.#historyEndsAt) this.#bringBack(contact);
    this.#historyEndsAt = 0;
    if (this.#population.isEmpty) return [];
    const all = this.#present();
    const effects = all.flatMap((contact) => this.#comeUnderNumbers(contact, now));
    if (this.#population.isDue(now)) effects.push(...all.flatMap((contact) => this.#bringTo(contact, now)));
    const statesOf = (name: string): PackState[] =>
      all.flatMap(({ packs }) => packs.filter((state) => state.pack.name === name && state.bornAt !== null && !isLeftOut(state, now)));
    this.#owed.push(...this.#population.count(statesOf, now));
    return effects;
  }

  /** Looked at once under numbers that are new to the contact, at its next moment under the old ones or at `to`. */
  #comeUnderNumbers(contact: NaiveContact, to: number): NaiveEffect[] {
    const others = contact.packs.filter((state) => changedNumbers(state, this.#population.live(state.pack.name)).length > 0);
    if (others.length === 0) return [];
    const due = nextMoment(contact, to);
    const now = due ?? to;
    const looks = new Map(others.map((state) => [state, this.#changeNumbers(state)]));
    // What is due then is still to come: packs with other numbers see it for themselves, the rest at their own look.
    contact.moment = Math.max(contact.moment, due === undefined ? now : now - 1);
    const instants = contact.packs.map((state): Instant | null => {
      const othersMoved = looks.get(state);
      if (othersMoved === undefined || state.bornAt === null) return null;
      return othersMoved === "fire" ? move(state, this.#occasion(now, contact)) : settleSilently(state, now);
    });
    const wanted = contact.packs.map((state, index) => lookAtTriggers(state, instants[index] ?? null, null, Number.NaN));
    return told(contact, instants, wanted, now, { cause: "cuts", merged: null });
  }

  #changeNumbers(state: PackState): "silent" | "fire" {
    const live = this.#population.live(state.pack.name);
    const changed = changedNumbers(state, live);
    state.numbers = live;
    return changed.some(({ othersMoved }) => othersMoved === "fire") ? "fire" : "silent";
  }

  #applyControl(message: NaiveMessage, type: string, before: number): NaiveEffect[] {
    if (type === "advance") {
      const { to } = JSON.parse(textOf(message)) as { to: string | number };
      return this.advance(momentIn(to));
    }
    const effects = this.#step(before);
    if (type === "history") this.#historyEndsAt = message.position;
    return type === "forget" ? [...effects, ...this.#forget(JSON.parse(textOf(message)) as ForgetRecord)] : effects;
  }

  /** No touch: what was due by the last time step has fired, and no more. */
  #forget({ contacts }: ForgetRecord): NaiveEffect[] {
    this.confirmed.push(contacts[0].hash);
    return contacts.flatMap((of) => {
      const row = this.#people.rows().find(({ key }) => isOneOf(of, key));
      this.#people.forget((contact) => isOneOf(of, contact));
      this.#tombstones.put(of, this.logTime);
      return row === undefined ? [] : [...(row.inHistory ? [] : this.#bringTo(row, this.#stepTime)), ...takeBack(row, this.logTime)];
    });
  }

  #applyEvent(event: NaiveEvent): NaiveEffect[] {
    const now = this.logTime;
    const { skew_ms: skew, lateness_ms: lateness } = this.#settings.time;
    const historical = isHistorical(event);
    const eventAt = this.#settings.clock === "stored" ? Math.min(event.at, historical ? now : now + skew) : event.at;
    if (this.#tombstones.covers(event.contact, eventAt)) return this.#tied(event, eventAt, this.#end("forgotten"));
    const effects =
      !historical && eventAt < now - lateness ? this.#end("late") : this.#isDuplicate(event) ? this.#end("duplicate") : this.#judged(event, eventAt);
    return this.#tied(event, eventAt, effects);
  }

  /** What the event ties, behind it. What came before one of the two was forgotten does not. */
  #tied(event: NaiveEvent, eventAt: number, effects: NaiveEffect[]): NaiveEffect[] {
    const ties = this.#people.tiesOf(event, (contact) => this.#tombstones.covers(contact, eventAt));
    for (const tie of ties) this.#people.tie(tie, this.logTime, (row) => effects.push(...this.#bringUp(row)));
    return effects;
  }

  #judged(event: NaiveEvent, eventAt: number): NaiveEffect[] {
    this.#end("applied");
    const { contact: key } = event;
    const to = this.#people.redirectOf(key);
    if (to === undefined) return this.#touchedBy(event, key, eventAt);
    this.#people.send({ to, trail: [key], made: this.logTime, body: { kind: "forward", event, eventAt } });
    return [];
  }

  #touchedBy(event: NaiveEvent, key: ContactKey, eventAt: number): NaiveEffect[] {
    const historical = isHistorical(event);
    const known = this.#people.row(key);
    const effects = known === undefined ? [] : this.#bringFor(known, historical ? eventAt : null);
    const asOf = historical ? eventAt : null;
    const contact = known ?? this.#newContact(key, { generation: event.position, firstSeen: eventAt, asOf });
    this.#people.put(contact);
    contact.lastSeen = Math.max(contact.lastSeen, eventAt);
    const now = contact.inHistory ? contact.moment : this.logTime;
    const history = contact.inHistory ? "past" : historical ? "told" : null;
    return [...effects, ...touch(contact, { ...this.#occasion(now, contact), event, eventAt, history })];
  }

  /** Before an event: a historical one (`eventAt`) leaves a contact in history there, any other brings it back. */
  #bringFor(contact: NaiveContact, eventAt: number | null): NaiveEffect[] {
    if (!contact.inHistory) return this.#bringUp(contact);
    if (eventAt === null) this.#bringBack(contact);
    else this.#bringTo(contact, eventAt);
    return [];
  }

  /** The return to the present: what is due by then happens, and nothing of it leaves. */
  #bringBack(contact: NaiveContact): void {
    this.#bringTo(contact, this.logTime);
    contact.inHistory = false;
  }

  #end(outcome: OutcomeKind): NaiveEffect[] {
    this.outcomes[outcome]++;
    return [];
  }

  /** Judged where the id lives that the event carries, whoever that is by now. */
  #isDuplicate({ contact, messageId }: NaiveEvent): boolean {
    if (messageId === undefined) return false;
    const name = `${nameOf(contact)} ${messageId}`;
    const seenAt = this.#seen.get(name);
    if (seenAt !== undefined && this.logTime - seenAt <= this.#settings.duplicates.window_ms) return true;
    this.#seen.set(name, this.logTime);
    return false;
  }

  /** `asOf`: in history, as of then. */
  #newContact(key: ContactKey, { generation, firstSeen, asOf }: { generation: number; firstSeen: number; asOf: number | null }): NaiveContact {
    const now = asOf ?? this.logTime;
    const packs = this.#packs.map((pack) => newPackState(pack, key, now, this.#population.live(pack.name)));
    return { key, firstSeen, lastSeen: firstSeen, moment: now, inHistory: asOf !== null, packs, generation, alsoKnownAs: [] };
  }

  /** Records stand behind the message that made them, and those that they make in turn behind them. */
  #settle(): NaiveEffect[] {
    const effects: NaiveEffect[] = [];
    for (let all = this.#people.records(); all.length > 0; all = this.#people.records()) effects.push(...all.flatMap((record) => this.#arrived(record)));
    return effects;
  }

  #arrived(record: NaiveRecord): NaiveEffect[] {
    const { to, trail, body } = record;
    const effects: NaiveEffect[] = [];
    const at = body.kind === "forward" ? Math.min(record.made, body.eventAt) : record.made;
    if (idsOf(record).some((id) => this.#tombstones.covers(id, at))) return [];
    if (body.kind === "tie") {
      const tie = { old: to, user: body.into, isSilent: false };
      this.#people.tie(tie, this.logTime, (row) => effects.push(...this.#bringUp(row)), trail);
      return effects;
    }
    if (this.#people.goesOn(record)) return [];
    return body.kind === "forward" ? this.#touchedBy(body.event, to, body.eventAt) : this.#merged(to, body);
  }

  #merged(to: ContactKey, { old, row }: Incoming): NaiveEffect[] {
    const known = this.#people.row(to);
    if (known === undefined && row === null) return [];
    const effects = known === undefined ? [] : this.#bringBeside(known, row);
    const asOf = row?.inHistory ? row.moment : null;
    const own = known ?? this.#newContact(to, { generation: row?.generation ?? 0, firstSeen: row?.firstSeen ?? 0, asOf });
    this.#people.put(own);
    return [...effects, ...mergeInto(own, { old, row }, own.inHistory ? own.moment : this.logTime)];
  }

  /** Before another row is merged in: two in history come to the later of their moments, else both are of the present. A name leaves one where it is. */
  #bringBeside(contact: NaiveContact, row: NaiveContact | null): NaiveEffect[] {
    if (!contact.inHistory) return this.#bringUp(contact);
    if (row?.inHistory === false) this.#bringBack(contact);
    else if (row !== null) this.#bringTo(contact, row.moment);
    return [];
  }

  /** Up to log time: first under new numbers, then by what is due. */
  #bringUp(contact: NaiveContact): NaiveEffect[] {
    if (contact.inHistory) return [];
    return [...this.#comeUnderNumbers(contact, this.logTime), ...this.#bringTo(contact, this.logTime)];
  }

  #occasion(now: number, { inHistory }: NaiveContact): Occasion {
    return { now, event: null, eventAt: Number.NaN, traitBytes: this.#settings.limits.trait_bytes, history: inHistory ? "past" : null };
  }

  /** Handles every moment of the contact up to `to`, each at its own time. */
  #bringTo(contact: NaiveContact, to: number): NaiveEffect[] {
    const effects: NaiveEffect[] = [];
    for (let moment = nextMoment(contact, to); moment !== undefined; moment = nextMoment(contact, to)) {
      effects.push(...touch(contact, this.#occasion(moment, contact)));
    }
    contact.moment = Math.max(contact.moment, to);
    return effects;
  }
}

const isHistorical = ({ message }: NaiveEvent): boolean => at(message, ["context", "tidemark", "backfill"]) === true;

const changedNumbers = (state: PackState, live: ReadonlyMap<string, InEffect>): InEffect[] =>
  [...live].filter(([of, { number }]) => state.numbers.get(of)?.number !== number).map(([, one]) => one);
