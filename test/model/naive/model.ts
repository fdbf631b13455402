// The naive model of packs: a second implementation of docs/packs.md, written apart from the engine, slow and plain, so that
// the two can be compared contact by contact. It keeps each contact's whole history and works everything out again.
//
// What it answers is what happens to each contact, in order. It does not number effects over contacts, and does not know
// time steps: a contact whose moment has come is looked at with its next event or by `advance` or `finish`, which gives the
// same effects at the same times, because an effect's time is its own moment whenever it is handled. So the order between
// contacts, `timers.per_step` and identities are not modelled; neither is the capacity of the duplicate window.

import type { ContactKey } from "../../../src/model/ids.ts";
import { logSubjects } from "../../../src/model/log.ts";
import type { OutcomeKind } from "../../../src/model/outcome.ts";
import type { Settings } from "../../../src/model/settings.ts";
import type { PackDefinition } from "../../../src/packs/definition.ts";
import { holds, type Value } from "./conditions.ts";
import { cellAt, type NaiveContact, newPackState, type PackState, scopeAt } from "./contact.ts";
import { type NaiveEffect, outcomeEffect, transitionEffect, triggerEffect } from "./effects.ts";
import { measureValue } from "./measures.ts";
import { eventsOf, momentIn, type NaiveEvent, type NaiveMessage, namesOf, textOf } from "./message.ts";
import { isLeftOut, nextMoment } from "./moments.ts";
import { beBorn, type Instant, setByHand, settleInstant } from "./moves.ts";
import { type InEffect, type NumbersRecord, Population } from "./population.ts";
import { type NaiveRfm, rfmAt } from "./rfm.ts";
import { scoreAt } from "./scores.ts";
import { send } from "./sending.ts";
import { isRepeat, takeIn } from "./taking-in.ts";
import { takeTraits } from "./traits.ts";
import { lookAtTriggers } from "./triggers.ts";
import { type NaiveValue, valueAt } from "./value.ts";

export interface NaiveContactView {
  readonly contact: ContactKey & { readonly generation: number };
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly packs: Record<string, NaivePackView>;
}

export interface NaivePackView {
  readonly stage: { readonly name: string; readonly since: number } | null;
  readonly segment: { readonly name: string; readonly since: number } | null;
  readonly audiences: string[];
  readonly scores: Record<string, { readonly value: number; readonly points: Record<string, number> }>;
  readonly grids: Record<string, string | null>;
  readonly measures: Record<string, Value>;
  readonly rfm: NaiveRfm | null;
  readonly value: NaiveValue | null;
}

export type { NaiveEffect };

export class NaiveModel {
  readonly outcomes: Record<OutcomeKind, number> = { applied: 0, duplicate: 0, late: 0, forgotten: 0, deadLetter: 0 };
  /** T. */
  logTime = 0;
  /** T at the last time step: what is due by then has fired in the engine too. */
  #stepTime = 0;
  readonly #packs: readonly PackDefinition[];
  readonly #settings: Settings;
  readonly #contacts = new Map<string, NaiveContact>();
  readonly #population: Population;
  #owed: NumbersRecord[] = [];

  constructor(packs: readonly PackDefinition[], settings: Settings) {
    this.#packs = [...packs].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#settings = settings;
    this.#population = new Population(this.#packs);
  }

  /** What one log message does to the contacts that it touches. Packs and settings in the log are those of the constructor. */
  apply(message: NaiveMessage): NaiveEffect[] {
    const before = this.logTime;
    if (this.#settings.clock === "stored") this.#moveTo(message.storedMs);
    const control = logSubjects(this.#settings.shard).controlPrefix;
    if (message.subject.startsWith(control)) return this.#applyControl(message, message.subject.slice(control.length), before);
    const effects: NaiveEffect[] = [];
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
    this.#moveTo(to);
    return [...this.#stepAt(this.logTime), ...this.finish()];
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
    return [...this.#contacts.values()].flatMap((contact) => this.#bringTo(contact, this.#stepTime));
  }

  /** All contacts, with their values at `at` (by default log time). */
  contacts(at = this.logTime): NaiveContactView[] {
    return [...this.#contacts.values()].map((contact) => view(contact, at));
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
    const all = [...this.#contacts.values()];
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
      return othersMoved === "fire" ? this.#move(state, now, null, Number.NaN) : this.#settleSilently(state, now);
    });
    return this.#told(contact, instants, now, null, Number.NaN, "cuts");
  }

  #changeNumbers(state: PackState): "silent" | "fire" {
    const live = this.#population.live(state.pack.name);
    const changed = changedNumbers(state, live);
    state.numbers = live;
    return changed.some(({ othersMoved }) => othersMoved === "fire") ? "fire" : "silent";
  }

  #settleSilently(state: PackState, now: number): Instant | null {
    if (isLeftOut(state, now)) return null;
    const instant: Instant = { now, happened: [], steps: [], handSet: false, leftOut: false, silent: true };
    settleInstant(state, instant);
    return instant;
  }

  #applyControl(message: NaiveMessage, type: string, before: number): NaiveEffect[] {
    if (type === "advance") {
      const { to } = JSON.parse(textOf(message)) as { to: string | number };
      return this.advance(momentIn(to));
    }
    return this.#step(before);
  }

  #applyEvent(event: NaiveEvent): NaiveEffect[] {
    const now = this.logTime;
    const { skew_ms: skew, lateness_ms: lateness } = this.#settings.time;
    const eventAt = this.#settings.clock === "stored" ? Math.min(event.at, now + skew) : event.at;
    if (eventAt < now - lateness) return this.#end("late");
    const id = `${event.contact.kind} ${event.contact.id}`;
    const known = this.#contacts.get(id);
    if (known !== undefined && isDuplicate(known, event.messageId, now, this.#settings.duplicates.window_ms)) return this.#end("duplicate");
    this.#end("applied");
    const effects = known === undefined ? [] : [...this.#comeUnderNumbers(known, now), ...this.#bringTo(known, now)];
    const contact = known ?? this.#newContact(event, eventAt, now);
    this.#contacts.set(id, contact);
    if (event.messageId !== undefined) contact.seen.set(event.messageId, now);
    contact.lastSeen = Math.max(contact.lastSeen, eventAt);
    return [...effects, ...this.#touch(contact, now, event, eventAt)];
  }

  #end(outcome: OutcomeKind): NaiveEffect[] {
    this.outcomes[outcome]++;
    return [];
  }

  #newContact(event: NaiveEvent, eventAt: number, now: number): NaiveContact {
    const packs = this.#packs.map((pack) => newPackState(pack, event.contact, now, this.#population.live(pack.name)));
    return { key: event.contact, firstSeen: eventAt, lastSeen: eventAt, moment: now, seen: new Map(), packs, generation: event.position };
  }

  /** Handles every moment of the contact up to `to`, each at its own time. */
  #bringTo(contact: NaiveContact, to: number): NaiveEffect[] {
    const effects: NaiveEffect[] = [];
    for (let moment = nextMoment(contact, to); moment !== undefined; moment = nextMoment(contact, to)) {
      effects.push(...this.#touch(contact, moment, null, Number.NaN));
    }
    contact.moment = Math.max(contact.moment, to);
    return effects;
  }

  #touch(contact: NaiveContact, now: number, event: NaiveEvent | null, eventAt: number): NaiveEffect[] {
    contact.moment = now;
    const instants = contact.packs.map((state) => this.#move(state, now, event, eventAt));
    return this.#told(contact, instants, now, event, eventAt, event === null ? "time" : "event");
  }

  /** What is told of a look of packs, null for those that did not look. */
  #told(
    contact: NaiveContact,
    instants: readonly (Instant | null)[],
    now: number,
    event: NaiveEvent | null,
    eventAt: number,
    cause: NaiveEffect["cause"],
  ): NaiveEffect[] {
    const wanted = contact.packs.map((state, index) => lookAtTriggers(state, instants[index] ?? null, event, eventAt));
    const { actions, closings } = send(wanted, now);
    const transitions = contact.packs.flatMap((state, index) =>
      (instants[index]?.silent ? [] : (instants[index]?.steps ?? [])).map((step) => transitionEffect(contact, state, step, now, cause)),
    );
    const triggers = actions.map((action) => triggerEffect(contact, action, now, cause));
    const outcomes = closings.map((closing) => outcomeEffect(contact, closing, now, cause));
    return [...transitions, ...triggers, ...outcomes];
  }

  /** null where the pack does not know the contact. */
  #move(state: PackState, now: number, event: NaiveEvent | null, eventAt: number): Instant | null {
    const traitBytes = this.#settings.limits.trait_bytes;
    const { exclude, events } = state.pack;
    if (exclude !== null && event !== null) takeTraits(state, event.message, traitBytes);
    if (exclude !== null && holds(exclude, scopeAt(state, now))) return standStill(state, now);
    if (state.bornAt === null && event === null) return null;
    const happened = event === null ? [] : namesOf(events, event.message).filter((name) => !isRepeat(state, name, event, eventAt, now));
    const instant: Instant = { now, happened, steps: [], handSet: false, leftOut: false, silent: false };
    if (state.bornAt === null) beBorn(state, instant);
    if (event !== null) {
      takeTraits(state, event.message, traitBytes);
      takeIn(state, event, eventAt, happened, now);
      setByHand(state, instant, event);
    }
    settleInstant(state, instant);
    return instant;
  }
}

const changedNumbers = (state: PackState, live: ReadonlyMap<string, InEffect>): InEffect[] =>
  [...live].filter(([of, { number }]) => state.numbers.get(of)?.number !== number).map(([, one]) => one);

/** Whatever `for` counts is given up; triggers see to theirs. */
function standStill(state: PackState, now: number): Instant | null {
  state.heldSince.clear();
  return state.bornAt === null ? null : { now, happened: [], steps: [], handSet: false, leftOut: true, silent: false };
}

const isDuplicate = (contact: NaiveContact, messageId: string | undefined, now: number, windowMs: number): boolean => {
  const seenAt = messageId === undefined ? undefined : contact.seen.get(messageId);
  return seenAt !== undefined && now - seenAt <= windowMs;
};

function view(contact: NaiveContact, at: number): NaiveContactView {
  const packs = Object.fromEntries(contact.packs.map((state) => [state.pack.name, packView(state, at)]));
  return { contact: { ...contact.key, generation: contact.generation }, firstSeen: contact.firstSeen, lastSeen: contact.lastSeen, packs };
}

function packView(state: PackState, at: number): NaivePackView {
  return {
    stage: state.stage === null ? null : { name: state.stage, since: state.stageSince },
    segment: state.segment === null ? null : { name: state.segment, since: state.segmentSince },
    audiences: [...state.audiences].sort(),
    scores: Object.fromEntries(state.pack.scores.map((score) => [score.name, pointsOf(scoreAt(state, score, at))])),
    grids: Object.fromEntries(state.pack.grids.map(({ name }) => [name, cellAt(state, name, scopeAt(state, at)) ?? null])),
    rfm: rfmAt(state, at) ?? null,
    value: valueAt(state, at) ?? null,
    measures: Object.fromEntries(state.pack.measures.map((measure) => [measure.name, measureValue(state, measure.name, at)])),
  };
}

const pointsOf = ({ value, points }: { value: number; points: Record<string, number> }) => ({ value, points });
