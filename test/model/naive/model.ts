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
import { eventsOf, momentIn, type NaiveEvent, type NaiveMessage, textOf } from "./message.ts";
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
    return [...settled, ...this.#people.rows().flatMap((contact) => this.#bringTo(contact, this.#stepTime))];
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

  /** One time step: everyone comes under new numbers, what is due fires (seen when it is needed), and what is due to be counted is. */
  #stepAt(now: number): NaiveEffect[] {
    this.#stepTime = now;
    if (this.#population.isEmpty) return [];
    const all = this.#people.rows();
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
      return othersMoved === "fire" ? move(state, this.#occasion(now, null, Number.NaN)) : settleSilently(state, now);
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
    return type === "forget" ? [...effects, ...this.#forget(JSON.parse(textOf(message)) as ForgetRecord)] : effects;
  }

  /** No touch: what was due by the last time step has fired, and no more. */
  #forget({ contacts }: ForgetRecord): NaiveEffect[] {
    this.confirmed.push(contacts[0].hash);
    return contacts.flatMap((of) => {
      const row = this.#people.rows().find(({ key }) => isOneOf(of, key));
      this.#people.forget((contact) => isOneOf(of, contact));
      this.#tombstones.put(of, this.logTime);
      return row === undefined ? [] : [...this.#bringTo(row, this.#stepTime), ...takeBack(row, this.logTime)];
    });
  }

  #applyEvent(event: NaiveEvent): NaiveEffect[] {
    const now = this.logTime;
    const { skew_ms: skew, lateness_ms: lateness } = this.#settings.time;
    const eventAt = this.#settings.clock === "stored" ? Math.min(event.at, now + skew) : event.at;
    if (this.#tombstones.covers(event.contact, eventAt)) return this.#tied(event, eventAt, this.#end("forgotten"));
    const effects = eventAt < now - lateness ? this.#end("late") : this.#isDuplicate(event) ? this.#end("duplicate") : this.#judged(event, eventAt);
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
    const now = this.logTime;
    const known = this.#people.row(key);
    const effects = known === undefined ? [] : this.#bringUp(known);
    const contact = known ?? this.#newContact(key, event.position, eventAt);
    this.#people.put(contact);
    contact.lastSeen = Math.max(contact.lastSeen, eventAt);
    return [...effects, ...touch(contact, this.#occasion(now, event, eventAt))];
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

  #newContact(key: ContactKey, generation: number, firstSeen: number): NaiveContact {
    const now = this.logTime;
    const packs = this.#packs.map((pack) => newPackState(pack, key, now, this.#population.live(pack.name)));
    return { key, firstSeen, lastSeen: firstSeen, moment: now, packs, generation, alsoKnownAs: [] };
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
    const effects = known === undefined ? [] : this.#bringUp(known);
    const own = known ?? this.#newContact(to, row?.generation ?? 0, row?.firstSeen ?? 0);
    this.#people.put(own);
    return [...effects, ...mergeInto(own, { old, row }, this.logTime)];
  }

  /** Up to log time: first under new numbers, then by what is due. */
  #bringUp(contact: NaiveContact): NaiveEffect[] {
    return [...this.#comeUnderNumbers(contact, this.logTime), ...this.#bringTo(contact, this.logTime)];
  }

  #occasion(now: number, event: NaiveEvent | null, eventAt: number): Occasion {
    return { now, event, eventAt, traitBytes: this.#settings.limits.trait_bytes };
  }

  /** Handles every moment of the contact up to `to`, each at its own time. */
  #bringTo(contact: NaiveContact, to: number): NaiveEffect[] {
    const effects: NaiveEffect[] = [];
    for (let moment = nextMoment(contact, to); moment !== undefined; moment = nextMoment(contact, to)) {
      effects.push(...touch(contact, this.#occasion(moment, null, Number.NaN)));
    }
    contact.moment = Math.max(contact.moment, to);
    return effects;
  }
}

const changedNumbers = (state: PackState, live: ReadonlyMap<string, InEffect>): InEffect[] =>
  [...live].filter(([of, { number }]) => state.numbers.get(of)?.number !== number).map(([, one]) => one);
