// The occasions of triggers, one kind of *when* after the other (docs/packs.md, "triggers"): what was pending and has come due, the
// step of a series whose moment it is, what ends, and what begins now.

import type { Place, When } from "../../../src/packs/definition.ts";
import { dayAt, firstAt } from "./calendar.ts";
import { evaluate } from "./conditions.ts";
import { type NaiveTransition, occurrencesOf, type PackState, scopeAt, zoneOf } from "./contact.ts";
import { at, type NaiveEvent } from "./message.ts";
import { asks, comeSteps, endSeries, happen, type Look, passThrough, takeDue } from "./triggers.ts";

export function lookAtOccasions(when: When, look: Look): void {
  switch (when.kind) {
    case "enter":
    case "leave":
      return lookAtPlaces(when, look);
    case "event":
      return lookAtEvent(when, look);
    case "rises":
    case "falls":
      return lookAtThreshold(when, look);
    case "silent":
      return lookAtSilence(when, look);
    case "started":
      return lookAtStarted(when, look);
    case "reaches":
      return lookAtNumbers(when, look);
    case "overdue":
      return lookAtRhythm(when, look);
    case "date":
      return lookAtDate(when, look);
    case "every":
      return lookAtTime(when, look);
    case "broadcast":
      return comeSteps(look);
  }
}

/** New numbers of the population alone: stays and sides that they end are over, and thresholds take their side. */
export function settleOccasions(when: When, look: Look): void {
  const { state, memory, instant } = look;
  if (when.kind === "enter" || when.kind === "leave") {
    const { axis, place } = memory.pending ?? {};
    const waitsIn = axis === undefined || place === undefined ? null : { axis, name: place };
    if (instant.steps.some((step) => ends(when.kind, step, waitsIn))) memory.pending = null;
    if (instant.steps.some((step) => ends(when.kind, step, memory.series?.place))) endSeries(look, "no_longer_true");
  } else if (when.kind === "rises" || when.kind === "falls") {
    const value = evaluate(when.of, scopeAt(state, instant.now));
    const above = typeof value === "number" && value >= when.at;
    if (above === memory.above) return;
    memory.above = above;
    memory.pending = null;
    endSeries(look, "no_longer_true");
  }
}

function lookAtPlaces(when: When & { kind: "enter" | "leave" }, look: Look): void {
  const { state, trigger, memory, instant } = look;
  const isMatch = (step: NaiveTransition): boolean =>
    when.places.some((place) => isStepOf(when.kind, step, place)) && !look.isTold(step) && (trigger.from === null || trigger.from.includes(step.from ?? ""));
  const isPassedThrough = (step: NaiveTransition): boolean => when.kind === "enter" && step.axis === "stage" && step.to !== state.stage;
  if (trigger.afterMs) return lookAtStay(when.kind, look, (step) => isMatch(step) && !isPassedThrough(step), trigger.afterMs);
  if (instant.steps.some((step) => ends(when.kind, step, memory.series?.place))) endSeries(look, "no_longer_true");
  const matches = instant.steps.filter(isMatch);
  const stood = matches.filter((step) => !isPassedThrough(step));
  const step = when.kind === "leave" ? matches[0] : (stood.at(-1) ?? matches[0]);
  if (step !== undefined) beginAt(when.kind, look, step, isPassedThrough(step));
  comeSteps(look);
}

/** A series needs a stay (or absence) that a later transition of the instant does not break. */
function beginAt(kind: "enter" | "leave", look: Look, step: NaiveTransition, passed: boolean): void {
  const { instant, trigger } = look;
  look.of = step;
  const place = placeOf(kind, step);
  const broken = trigger.series && instant.steps.slice(instant.steps.indexOf(step) + 1).some((later) => ends(kind, later, place));
  if (passed || broken) return passThrough(look, String(step.number));
  happen(look, String(step.number), instant.now, place);
}

/** enter and leave with `after`: the stay (or absence) must last. Steps in their order, each first ending, then beginning. */
function lookAtStay(kind: "enter" | "leave", look: Look, begins: (step: NaiveTransition) => boolean, afterMs: number): void {
  const { memory, instant } = look;
  const waitsIn = (): Place | null => {
    const { axis, place } = memory.pending ?? {};
    return axis === undefined || place === undefined ? null : { axis, name: place };
  };
  if (!instant.steps.some((step) => ends(kind, step, waitsIn()))) {
    const due = takeDue(look);
    if (due !== null) happen(look, due.occasion, due.at);
  }
  for (const step of instant.steps) {
    if (ends(kind, step, waitsIn())) memory.pending = null;
    if (!begins(step) || !asks(look)) continue;
    const { axis, name } = placeOf(kind, step);
    memory.pending = { due: instant.now + afterMs, occasion: String(step.number), at: instant.now, axis, place: name };
  }
}

const placeOf = (kind: "enter" | "leave", step: NaiveTransition): Place => ({
  axis: step.axis as Place["axis"],
  name: (kind === "enter" ? step.to : step.from) ?? "",
});

const isStepOf = (kind: "enter" | "leave", step: NaiveTransition, place: Place): boolean =>
  step.axis === place.axis && (kind === "enter" ? step.to : step.from) === place.name;

/** What was entered is left, or what was left is entered again. */
const ends = (kind: "enter" | "leave", step: NaiveTransition, place: Place | null | undefined): boolean =>
  place !== null && place !== undefined && step.axis === place.axis && (kind === "enter" ? step.from : step.to) === place.name;

function lookAtEvent(when: When & { kind: "event" }, look: Look): void {
  const { trigger, memory, instant, event, eventAt } = look;
  const due = takeDue(look);
  if (due !== null) happen(look, due.occasion, due.at);
  comeSteps(look);
  if (event === null || memory.series !== null || !instant.happened.some((name) => when.events.includes(name))) return;
  const occasion = identityOf(event);
  look.origin = event;
  if (!trigger.afterMs) return happen(look, occasion, eventAt);
  if (memory.pending !== null || eventAt + trigger.afterMs <= instant.now || !asks(look)) return;
  memory.pending = { due: eventAt + trigger.afterMs, occasion, at: eventAt, origin: event };
}

function lookAtThreshold(when: When & { kind: "rises" | "falls" }, look: Look): void {
  const { state, trigger, memory, instant } = look;
  const value = evaluate(when.of, scopeAt(state, instant.now));
  const above = typeof value === "number" && value >= when.at;
  if (above !== memory.above) {
    memory.above = above;
    const crossed = above === (when.kind === "rises");
    if (!crossed) {
      memory.pending = null;
      endSeries(look, "no_longer_true");
    }
    if (crossed && trigger.forMs) memory.pending = { due: instant.now + trigger.forMs, occasion: String(instant.now), at: instant.now };
    else if (crossed) happen(look, String(instant.now), instant.now);
  }
  const due = takeDue(look);
  if (due !== null) happen(look, due.occasion, instant.now);
  comeSteps(look);
}

function lookAtSilence(when: When & { kind: "silent" }, look: Look): void {
  const { state, memory, instant } = look;
  const times = when.events.flatMap((name) => occurrencesOf(state, name)).map((one) => one.at);
  const start = times.length === 0 ? (state.bornAt ?? instant.now) : Math.max(...times);
  if (start !== memory.silence) {
    memory.silence = start;
    endSeries(look, "no_longer_true");
    const end = start + when.forMs;
    memory.pending = end > instant.now ? { due: end, occasion: String(end), at: start } : null;
  }
  const due = takeDue(look);
  // One that has come while the pack left the contact out is not made up for.
  if (due !== null && due.due === instant.now) happen(look, due.occasion, due.at);
  comeSteps(look);
}

function lookAtStarted(when: When & { kind: "started" }, look: Look): void {
  const { state, memory, instant, event, eventAt } = look;
  const without = when.without.flatMap((name) => occurrencesOf(state, name)).map((one) => one.at);
  const lastEnd = Math.max(Number.NEGATIVE_INFINITY, ...without);
  if (memory.pending !== null && lastEnd >= memory.pending.at) memory.pending = null;
  if (memory.series !== null && lastEnd >= (memory.startedAt ?? 0)) endSeries(look, "no_longer_true");
  const name = instant.happened.find((one) => when.events.includes(one));
  const newest = memory.pending?.at ?? (memory.series === null ? eventAt : (memory.startedAt ?? eventAt));
  const begins = event !== null && name !== undefined && eventAt > lastEnd && eventAt >= newest && eventAt + when.withinMs > instant.now;
  if (begins) {
    endSeries(look, "replaced");
    memory.pending = { due: eventAt + when.withinMs, occasion: keyOf(state, name, event) ?? identityOf(event), at: eventAt, origin: event };
  }
  const due = takeDue(look);
  if (due !== null) memory.startedAt = due.at;
  if (due !== null) happen(look, due.occasion, instant.now);
  comeSteps(look);
}

function lookAtNumbers(when: When & { kind: "reaches" }, look: Look): void {
  const { state, trigger, memory, instant } = look;
  const value = evaluate(when.of, scopeAt(state, instant.now));
  const standing = when.at.filter((number) => typeof value === "number" && value >= number);
  const used = trigger.repeat === "once_per_number" ? memory.reached : memory.standing;
  const newly = standing.filter((number) => !used.has(number));
  memory.standing.clear();
  for (const number of standing) memory.standing.add(number);
  for (const number of standing) memory.reached.add(number);
  if (newly.length > 0) happen(look, String(instant.now), instant.now);
  comeSteps(look);
}

function lookAtRhythm(when: When & { kind: "overdue" }, look: Look): void {
  const { state, memory, instant } = look;
  const times = occurrencesByMessage(state, when.events);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  if (times.length > 0 && last > (memory.lastSeen ?? last)) endSeries(look, "no_longer_true");
  memory.lastSeen = times.length === 0 ? null : last;
  memory.pending = null;
  const due = times.length < 2 || last <= first ? undefined : last + Math.ceil(when.by * ((last - first) / (times.length - 1)));
  if (due !== undefined && memory.spent !== last) {
    if (due > instant.now) memory.pending = { due, occasion: String(due), at: last };
    else memory.spent = last;
    look.due = due === instant.now;
    if (due === instant.now && look.event === null) happen(look, String(due), instant.now);
  }
  comeSteps(look);
}

/** One message that is several of the events is one. */
function occurrencesByMessage(state: PackState, events: readonly string[]): number[] {
  const all = events.flatMap((name) => occurrencesOf(state, name));
  return [...new Map(all.map((one) => [one.event, one.at])).values()];
}

function lookAtDate(when: When & { kind: "date" }, look: Look): void {
  const { state, memory, instant } = look;
  const value = state.traits.get(when.trait);
  const date = typeof value === "number" ? value : null;
  if (date !== memory.date) {
    memory.date = date;
    endSeries(look, "no_longer_true");
    const all = date === null ? [] : when.byMs.map((by) => (when.side === "before" ? date - by : date + by));
    memory.dates = all.filter((moment) => moment > instant.now);
  }
  const due = memory.dates.filter((moment) => moment <= instant.now);
  memory.dates = memory.dates.filter((moment) => moment > instant.now);
  // One that has come while the pack left the contact out is not made up for.
  look.due = look.event === null && due.includes(instant.now);
  if (look.due) happen(look, String(instant.now), instant.now);
  comeSteps(look);
}

function lookAtTime(when: When & { kind: "every" }, look: Look): void {
  const { state, instant, event } = look;
  look.due = true;
  if (event === null && instant.history !== "past" && timeOfDay(when, zoneOf(state), instant.now - 1) === instant.now)
    happen(look, String(instant.now), instant.now);
  comeSteps(look);
}

/** The first moment of an `every` after this one. */
export function timeOfDay(when: When & { kind: "every" }, zone: string, after: number): number {
  for (let day = dayAt(zone, after) - 1; ; day++) {
    // 1970-01-01 was a Thursday.
    if (when.weekday !== null && (((day + 3) % 7) + 7) % 7 !== when.weekday) continue;
    const moment = firstAt(zone, day, when.minute);
    if (moment > after) return moment;
  }
}

const identityOf = (event: NaiveEvent): string => event.messageId ?? `${event.position}.${event.index}`;

function keyOf(state: PackState, name: string, event: NaiveEvent): string | undefined {
  const path = state.pack.events.find((one) => one.name === name)?.key;
  const key = path ? at(event.message, path) : undefined;
  return typeof key === "string" || typeof key === "number" ? String(key) : undefined;
}
