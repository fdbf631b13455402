// Triggers: which occasions a touch begins, ends or brings due, and what fires (docs/packs.md "triggers"). It is asked after
// all packs have moved. What waits is kept in the row: the moment it comes due, and a short JSON text (Pending) that says of
// which occasion, so that nothing outside the row is needed when the time comes.

import { isoTime } from "../model/ids.ts";
import { formatDuration } from "../packs/durations.ts";
import { type NumberTerm, type PackProgram, type PlaceTest, type TriggerProgram, YES } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { causeOf, pointsOf } from "./explain.ts";
import type { Dropped, EventFacts, PackTouch, Standing, Touch, Transition } from "./touch.ts";

/** An occasion that fires now, or would but for being passed through. */
export interface Firing {
  readonly trigger: TriggerProgram;
  /** Last part of `data.key`. */
  readonly occasion: string;
  readonly was: Standing | null;
  readonly carried: Record<string, unknown>;
  readonly because: Record<string, unknown>;
  readonly withheld: "passed_through" | null;
}

/** What is known of an occasion when it begins. Short names: it lies in the row. */
interface Pending {
  /** Occasion for the key. */
  readonly o: string;
  /** Place that was entered or left: the stay in it must not break. */
  readonly p?: string;
  /** Beginning, ms (event time for events). */
  readonly b: number;
  readonly w?: Standing;
  readonly e?: string;
  readonly m?: string;
  /** Carried event properties. */
  readonly c?: Record<string, unknown>;
}

export interface TriggerLimits {
  readonly carryBytes: number;
}

/** Looks at every trigger of a pack in its order and returns what fires. */
export function fire(touched: PackTouch, row: Row, touch: Touch, limits: TriggerLimits, dropped: Dropped): Firing[] {
  const firings: Firing[] = [];
  for (const trigger of touched.pack.triggers) {
    if (!mayMatter(trigger, touched, row, touch)) continue;
    const firing = look(new Look(touched, trigger, row, touch, limits, dropped));
    if (firing === null) continue;
    if (firing.withheld === null) row.numbers[trigger.fired] = touch.now;
    firings.push(firing);
  }
  return firings;
}

/** Most triggers have nothing to do with most touches: this says so without looking closer. */
function mayMatter(trigger: TriggerProgram, touched: PackTouch, row: Row, touch: Touch): boolean {
  if (trigger.due >= 0 && (row.numbers[trigger.due] as number) <= touch.now) return true;
  switch (trigger.definition.when.kind) {
    case "enter":
    case "leave":
      return touched.transitions.length > 0;
    case "event":
      return isOneOf(touched.matched, trigger.events);
    case "rises":
    case "falls":
      return true;
    case "silent":
      return touch.event === null || isOneOf(touched.matched, trigger.events);
    case "started":
      return isOneOf(touched.matched, trigger.events) || isOneOf(touched.matched, trigger.without);
  }
}

function isOneOf(matched: readonly number[], events: readonly number[]): boolean {
  for (const event of matched) if (events.includes(event)) return true;
  return false;
}

function look(at: Look): Firing | null {
  const { when } = at.trigger.definition;
  switch (when.kind) {
    case "enter":
    case "leave":
      return lookAtPlaces(at, when.kind);
    case "event":
      return lookAtEvent(at);
    case "rises":
    case "falls":
      return lookAtThreshold(at, when.kind, when.at);
    case "silent":
      return lookAtSilence(at, when.forMs);
    case "started":
      return lookAtStarted(at, when.withinMs);
  }
}

/** One trigger in one touch, and the questions that every kind of trigger asks. */
class Look {
  readonly touched: PackTouch;
  readonly trigger: TriggerProgram;
  readonly row: Row;
  readonly touch: Touch;
  readonly #limits: TriggerLimits;
  readonly #dropped: Dropped;

  constructor(touched: PackTouch, trigger: TriggerProgram, row: Row, touch: Touch, limits: TriggerLimits, dropped: Dropped) {
    this.touched = touched;
    this.trigger = trigger;
    this.row = row;
    this.touch = touch;
    this.#limits = limits;
    this.#dropped = dropped;
  }

  /** `in` and `if`. */
  stillTrue(): boolean {
    const { trigger, row, touch } = this;
    if (trigger.in !== null && !trigger.in.some((place) => standsIn(place, row))) return false;
    return trigger.condition === null || trigger.condition.truth(row, touch.now) === YES;
  }

  mayRepeat(): boolean {
    const { repeat } = this.trigger.definition;
    const fired = this.row.numbers[this.trigger.fired] as number;
    if (Number.isNaN(fired) || repeat === "always" || repeat === "once_per_silence") return true;
    return repeat !== "never" && this.touch.now - fired >= repeat.withinMs;
  }

  firing(of: Pick<Firing, "occasion" | "was" | "because"> & { carried?: Record<string, unknown>; withheld?: "passed_through" }): Firing | null {
    if (!this.mayRepeat() || !this.stillTrue()) return null;
    const { row, touch, trigger } = this;
    const checks = [...((of.because.checks as unknown[] | undefined) ?? []), ...(trigger.condition?.checks(row, touch.now) ?? [])];
    const because = { ...of.because, checks, points: of.because.points ?? pointsOf(this.touched.pack, row, touch.now) };
    return { trigger, occasion: of.occasion, was: of.was, because, carried: of.carried ?? {}, withheld: of.withheld ?? null };
  }

  get due(): number {
    return this.row.numbers[this.trigger.due] as number;
  }

  wait(due: number, pending: Pending): void {
    const text = JSON.stringify(pending);
    this.row.numbers[this.trigger.due] = due;
    this.row.setText(this.trigger.pending, text);
  }

  forget(): void {
    this.row.numbers[this.trigger.due] = Number.NaN;
    this.row.setText(this.trigger.pending, undefined);
  }

  /** The pending occasion if it comes due in this touch; it is taken out. */
  takeDue(): Pending | null {
    if (!(this.due <= this.touch.now)) return null;
    const pending = this.pending();
    this.forget();
    return pending;
  }

  pending(): Pending {
    return JSON.parse(this.row.text(this.trigger.pending) ?? '{"o":"","b":0}') as Pending;
  }

  /** Event properties that the trigger carries when it fires at once. */
  carryFrom(event: EventFacts): Record<string, unknown> {
    return this.#carry(event, Number.POSITIVE_INFINITY);
  }

  /** The same for an occasion that waits: what does not fit into the row is dropped and counted. */
  keepFrom(event: EventFacts): Record<string, unknown> {
    return this.#carry(event, this.#limits.carryBytes);
  }

  #carry(event: EventFacts, maxBytes: number): Record<string, unknown> {
    const carried: Record<string, unknown> = {};
    // Braces are two bytes; each item has two quotes, a colon and, but for the last, a comma.
    let bytes = 1;
    for (const { item, projected } of this.trigger.carry) {
      if (projected < 0) continue;
      const value = event.values[projected] ?? null;
      const size = maxBytes === Number.POSITIVE_INFINITY ? 0 : Buffer.byteLength(JSON.stringify(value)) + Buffer.byteLength(item.as) + 4;
      if (bytes + size > maxBytes) {
        this.#dropped.carry_too_large++;
        continue;
      }
      bytes += size;
      carried[item.as] = value;
    }
    return carried;
  }

  cause(): Record<string, unknown> {
    return causeOf(this.touched, this.touch, -1);
  }
}

export const standsIn = (place: PlaceTest, row: Row): boolean => row.numbers[place.place] === place.index;

// enter, leave

function lookAtPlaces(at: Look, kind: "enter" | "leave"): Firing | null {
  const afterMs = at.trigger.definition.afterMs ?? 0;
  if (afterMs > 0) return lookAtStay(at, kind, afterMs);
  const matches = at.touched.transitions.filter((transition) => begins(at.trigger, transition, kind));
  if (matches.length === 0) return null;
  const stays = kind === "leave" ? matches[0] : matches.findLast((transition) => !passedThrough(at.touched, transition));
  const of = stays ?? (matches[0] as Transition);
  const withheld = stays === undefined ? { withheld: "passed_through" as const } : {};
  return at.firing({ occasion: String(of.number), was: of.was, because: of.because, ...withheld });
}

function lookAtStay(at: Look, kind: "enter" | "leave", afterMs: number): Firing | null {
  const due = at.takeDue();
  const broken = due !== null && at.touched.transitions.some((transition) => breaks(due, transition, kind));
  for (const transition of at.touched.transitions) {
    if (!Number.isNaN(at.due) && breaks(at.pending(), transition, kind)) at.forget();
    if (!begins(at.trigger, transition, kind) || (kind === "enter" && passedThrough(at.touched, transition)) || !at.stillTrue()) continue;
    at.wait(at.touch.now + afterMs, { o: String(transition.number), p: placeId(transition, kind), b: at.touch.now, w: transition.was });
  }
  if (due === null || broken) return null;
  return at.firing({
    occasion: due.o,
    was: due.w ?? null,
    carried: due.c ?? {},
    because: { cause: "time", after: formatDuration(afterMs), since: isoTime(due.b) },
  });
}

/** Whether the transition is this trigger's occasion. */
function begins(trigger: TriggerProgram, of: Transition, kind: "enter" | "leave"): boolean {
  const { when, from } = trigger.definition;
  if (when.kind !== "enter" && when.kind !== "leave") return false;
  const name = kind === "enter" ? entered(of) : left(of);
  if (name === null || !when.places.some((place) => place.axis === of.axis && place.name === name)) return false;
  return from === null || (of.from !== null && from.includes(of.from));
}

const entered = (of: Transition): string | null => (of.axis === "audience" && !of.entered ? null : of.to);
const left = (of: Transition): string | null => (of.axis === "audience" && of.entered ? null : of.from);
const placeId = (of: Transition, kind: "enter" | "leave"): string => `${of.axis}/${kind === "enter" ? of.to : of.from}`;

/** Whether the transition ends the stay (or the absence) that the pending occasion asks for. */
function breaks(pending: Pending, of: Transition, kind: "enter" | "leave"): boolean {
  const name = kind === "enter" ? left(of) : entered(of);
  return name !== null && pending.p === `${of.axis}/${name}`;
}

/** A stage that was entered and left in this touch. */
function passedThrough(touched: PackTouch, of: Transition): boolean {
  return of.axis === "stage" && touched.transitions.findLast((other) => other.axis === "stage") !== of;
}

// event

function lookAtEvent(at: Look): Firing | null {
  const { trigger, touched, touch } = at;
  const afterMs = trigger.definition.afterMs ?? 0;
  const due = afterMs > 0 ? at.takeDue() : null;
  const event = touch.event === null ? -1 : (trigger.events.find((index) => touched.matched.includes(index)) ?? -1);
  if (due !== null) {
    const because = { cause: "time", after: formatDuration(afterMs), event: due.e ?? null, messageId: due.m ?? null, occurredAt: isoTime(due.b) };
    return at.firing({ occasion: due.o, was: null, carried: due.c ?? {}, because });
  }
  if (event < 0 || touch.event === null) return null;
  const occasion = occasionOf(touch.event);
  if (afterMs === 0) return at.firing({ occasion, was: null, carried: at.carryFrom(touch.event), because: causeOf(touched, touch, event) });
  const comesDue = touch.event.at + afterMs;
  if (Number.isNaN(at.due) && comesDue > touch.now && at.stillTrue()) at.wait(comesDue, begun(at, touch.event, event, occasion));
  return null;
}

/** The messageId, or where there is none the event's place in the log. */
const occasionOf = (event: EventFacts): string => event.messageId ?? `${event.position}.${event.index}`;

function begun(at: Look, event: EventFacts, index: number, occasion: string): Pending {
  const name = at.touched.pack.events[index]?.name;
  return {
    o: occasion,
    b: event.at,
    c: at.keepFrom(event),
    ...(name === undefined ? {} : { e: name }),
    ...(event.messageId === undefined ? {} : { m: event.messageId }),
  };
}

// rises, falls

/** 1 at the threshold or above it, 0 below it or where there is no value. */
export const sideOf = (term: NumberTerm, row: Row, now: number, threshold: number): number => (term.value(row, now) >= threshold ? 1 : 0);

function lookAtThreshold(at: Look, kind: "rises" | "falls", threshold: number): Firing | null {
  const { trigger, row, touch } = at;
  const { term } = trigger;
  if (term === null) return null;
  const value = term.value(row, touch.now);
  const side = value >= threshold ? 1 : 0;
  const before = row.numbers[trigger.memory] as number;
  row.numbers[trigger.memory] = side;
  const crossed = side !== before && side === (kind === "rises" ? 1 : 0);
  const check = {
    if: `${term.text} ${kind === "rises" ? ">=" : "<"} ${threshold}`,
    value: Number.isNaN(value) ? null : Math.round(value * 100) / 100,
  };
  const { forMs } = trigger.definition;
  if (forMs === null) return crossed ? at.firing({ occasion: String(touch.now), was: null, carried: {}, because: { ...at.cause(), checks: [check] } }) : null;
  if (side !== before && !crossed) at.forget();
  if (crossed) at.wait(touch.now + forMs, { o: String(touch.now), b: touch.now });
  const due = at.takeDue();
  if (due === null) return null;
  return at.firing({ occasion: due.o, was: null, because: { cause: "time", for: formatDuration(forMs), since: isoTime(due.b), checks: [check] } });
}

// silent

/** `memory` is the largest event time of the events, `mark` the beginning of the silence that is spent. */
function lookAtSilence(at: Look, forMs: number): Firing | null {
  const { trigger, row, touch, touched } = at;
  if (touch.event !== null && trigger.events.some((index) => touched.matched.includes(index))) {
    if (!((row.numbers[trigger.memory] as number) >= touch.event.at)) row.numbers[trigger.memory] = touch.event.at;
  }
  const start = silenceStart(trigger, touched.pack, row);
  const due = start + forMs;
  if (due > touch.now || row.numbers[trigger.mark] === start) return null;
  row.numbers[trigger.mark] = start;
  if (due < touch.now || touch.event !== null) return null;
  const because = { cause: "time", silent: touched.pack.events[trigger.events[0] as number]?.name ?? null, for: formatDuration(forMs), since: isoTime(start) };
  return at.firing({ occasion: String(due), was: null, because });
}

/** The last such event, or the moment of birth. */
export function silenceStart(trigger: TriggerProgram, pack: PackProgram, row: Row): number {
  const last = row.numbers[trigger.memory] as number;
  return Number.isNaN(last) ? (row.numbers[pack.born] as number) : last;
}

// started

/** `memory` is the largest event time of `without`, `mark` the event time of the pending event. */
function lookAtStarted(at: Look, withinMs: number): Firing | null {
  const { trigger, touch, touched } = at;
  const due = at.takeDue();
  if (touch.event !== null) {
    if (trigger.without.some((index) => touched.matched.includes(index))) endStarted(at, touch.event);
    const event = trigger.events.find((index) => touched.matched.includes(index));
    if (event !== undefined) begin(at, touch.event, event, withinMs);
  }
  if (due === null) return null;
  const because = {
    cause: "time",
    started: due.e ?? null,
    messageId: due.m ?? null,
    occurredAt: isoTime(due.b),
    without: touched.pack.events[trigger.without[0] as number]?.name ?? null,
    within: formatDuration(withinMs),
  };
  return at.firing({ occasion: due.o, was: null, carried: due.c ?? {}, because });
}

function endStarted(at: Look, event: EventFacts): void {
  const { numbers } = at.row;
  const { memory, mark } = at.trigger;
  if (!((numbers[memory] as number) >= event.at)) numbers[memory] = event.at;
  if (!Number.isNaN(at.due) && event.at >= (numbers[mark] as number)) at.forget();
}

function begin(at: Look, event: EventFacts, index: number, withinMs: number): void {
  const { trigger, row, touch, touched } = at;
  if ((row.numbers[trigger.memory] as number) >= event.at) return;
  if (!Number.isNaN(at.due) && event.at < (row.numbers[trigger.mark] as number)) return;
  const comesDue = event.at + withinMs;
  if (comesDue <= touch.now) return;
  const key = touched.pack.events[index]?.key ?? -1;
  const named = key < 0 ? undefined : event.values[key];
  const occasion = typeof named === "string" || typeof named === "number" ? String(named) : occasionOf(event);
  row.numbers[trigger.mark] = event.at;
  at.wait(comesDue, begun(at, event, index, occasion));
}
