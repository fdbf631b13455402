// When something could happen to a contact by time alone. Two kinds of moment: those that can be named (a pending trigger
// comes due, `for` or `stay` runs out), and the first millisecond at which some part of some condition is no longer what it
// was. The second kind is found by looking: between the edges at which a window loses a bucket everything that a condition
// may compare moves in one direction only (docs/packs.md allows one continuous term in a comparison), so "something
// differs" stays true once it is, and bisecting finds its first millisecond.
//
// A score that decays towards a threshold crosses it at a millisecond that depends on the last bit of a power of two; the
// engine's powers are its own, so the two may differ by 1 ms there. compare.ts allows it.

import type { CalendarUnit, CalendarWindow, Expression, PackDefinition, TriggerDefinition, Window } from "../../../src/packs/definition.ts";
import { firstAt } from "./calendar.ts";
import { evaluate, parts, type Scope, type Value } from "./conditions.ts";
import { bandValue, type NaiveContact, occurrencesOf, type PackState, type Placed, scopeAt, zoneOf } from "./contact.ts";
import { unitOf } from "./measures.ts";
import { newMemory } from "./memory.ts";
import { heldLongEnoughAt } from "./moves.ts";
import { nextStepAt } from "./triggers.ts";
import { timeOfDay } from "./whens.ts";

const DAY = 86_400_000;

/** The first moment after the contact's own, up to `to`, at which it must be looked at; undefined where there is none. */
export function nextMoment(contact: NaiveContact, to: number): number | undefined {
  let first = Number.POSITIVE_INFINITY;
  for (const state of contact.packs) {
    for (const moment of namedMoments(state, contact.moment)) if (moment > contact.moment && moment <= to && moment < first) first = moment;
  }
  for (const state of contact.packs) first = firstChange(state, contact.moment, Math.min(first, to)) ?? first;
  return first === Number.POSITIVE_INFINITY ? undefined : first;
}

function namedMoments(state: PackState, after: number): number[] {
  const due = state.pack.triggers.flatMap((trigger) => momentsOf(state, trigger));
  const held = (state.pack.stages?.moves ?? []).flatMap((move, index) => (move.forMs === null ? [] : [heldLongEnoughAt(state, index, move.forMs)]));
  const times = state.pack.triggers.flatMap(({ when }) => (when.kind === "every" ? [timeOfDay(when, zoneOf(state), after)] : []));
  return [...due, ...held, ...times, state.stayUntil];
}

/** When something of a trigger comes due: what waits, the next step, the end of its goal, a date, a time of the day. */
function momentsOf(state: PackState, trigger: TriggerDefinition): number[] {
  const { pending, series, goal, dates } = state.triggers.get(trigger.name) ?? newMemory();
  const moments = [...dates];
  if (pending !== null) moments.push(pending.due);
  if (series !== null) moments.push(nextStepAt(trigger, series));
  if (goal !== null) moments.push(goal.until);
  return moments;
}

/** The first moment in (from, to] at which a part of a condition differs from what it was at `from`. */
function firstChange(state: PackState, from: number, to: number): number | undefined {
  const known = truthAt(state, from);
  const differs = (moment: number): boolean => truthAt(state, moment) !== known;
  let last = from;
  for (const edge of [...windowEdges(state, from, to), to + 1]) {
    if (edge - 1 > last && differs(edge - 1)) return bisect(last, edge - 1, differs);
    if (edge <= to && differs(edge)) return edge;
    last = edge;
  }
  return undefined;
}

/** The first millisecond in (same, different] at which `differs` holds, given that it goes on to hold from there. */
function bisect(same: number, different: number, differs: (moment: number) => boolean): number {
  let low = same;
  let high = different;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (differs(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The moments in (from, to] at which a windowed measure loses an occurrence. */
function windowEdges(state: PackState, from: number, to: number): number[] {
  const edges = new Set<number>();
  for (const { event, window } of state.pack.measures) {
    if (window === null) continue;
    for (const one of occurrencesOf(state, event)) {
      const edge = leavesAt(state, window, one);
      if (edge > from && edge <= to) edges.add(edge);
    }
  }
  // Recency grows with each day of UTC.
  for (let day = Math.floor(from / DAY) + 1; state.pack.rfm !== null && day * DAY <= to; day++) edges.add(day * DAY);
  for (const edge of streakEdges(state)) if (edge > from && edge <= to) edges.add(edge);
  return [...edges].sort((a, b) => a - b);
}

/** When a streak is over: the unit after the next has begun. */
function streakEdges(state: PackState): number[] {
  return state.pack.measures.flatMap(({ kind, event, unit }) => {
    const days = occurrencesOf(state, event).map((one) => one.day);
    if (kind !== "streak" || days.length === 0) return [];
    return [firstAt(zoneOf(state), firstDayFrom(unit ?? "day", Math.max(...days), 2))];
  });
}

function leavesAt(state: PackState, window: Window | CalendarWindow, { at, day }: Placed): number {
  if ("unit" in window) return firstAt(zoneOf(state), firstDayFrom(window.unit, day, window.buckets));
  const { bucketMs, buckets } = window;
  return bucketMs === DAY ? firstAt(zoneOf(state), day + buckets) : (Math.floor(at / bucketMs) + buckets) * bucketMs;
}

/** The first day of the unit that begins so many units after that of a day. */
function firstDayFrom(unit: CalendarUnit, day: number, units: number): number {
  let later = day;
  while (unitOf(unit, later) < unitOf(unit, day) + units) later++;
  return later;
}

/** Everything that conditions can turn on, as one text: the truth of each part, the bands, the sides of thresholds. */
function truthAt(state: PackState, now: number): string {
  const scope = remembering(scopeAt(state, now));
  const truths = watched(state.pack).map((part) => evaluate(part, scope));
  const bands = state.pack.bands.map((band) => bandValue(state, band.name, now));
  const sides = thresholds(state.pack).map(({ of, at }) => {
    const value = evaluate(of, scope);
    return typeof value === "number" && value >= at;
  });
  return JSON.stringify([truths, bands, sides], (_key, value) => (value === undefined ? "missing" : value));
}

/** At one moment, with nothing changing, a name's value is worked out once. */
function remembering(scope: Scope): Scope {
  const known = new Map<string, Value>();
  const read = (leaf: Expression): Value => {
    const key = `${leaf.op} ${"name" in leaf ? leaf.name : ""}`;
    if (!known.has(key)) known.set(key, scope.read(leaf));
    return known.get(key);
  };
  return { now: scope.now, read };
}

const watchedParts = new WeakMap<PackDefinition, Expression[]>();

function watched(pack: PackDefinition): Expression[] {
  const known = watchedParts.get(pack);
  if (known !== undefined) return known;
  const conditions = [
    ...pack.scores.flatMap((score) => score.while.map((rule) => rule.if)),
    ...pack.audiences.flatMap((audience) => [audience.if, audience.until]),
    ...(pack.segments === null ? [] : [pack.segments.among, ...pack.segments.list.map((one) => one.if)]),
    ...(pack.stages?.moves.map((move) => move.if) ?? []),
  ];
  const found = conditions.flatMap((condition) => (condition === null ? [] : parts(condition))).filter((part) => part.type === "bool");
  watchedParts.set(pack, found);
  return found;
}

const thresholds = (pack: PackDefinition): { readonly of: Expression; readonly at: number }[] =>
  pack.triggers.flatMap(({ when }) => {
    if (when.kind === "reaches") return when.at.map((at) => ({ of: when.of, at }));
    return when.kind === "rises" || when.kind === "falls" ? [when] : [];
  });
