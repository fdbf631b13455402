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
import { evaluate, holds, parts, type Value } from "./conditions.ts";
import { bandValue, cellAt, DAY, historyOf, type NaiveContact, type PackState, type Placed, scopeAt, zoneOf } from "./contact.ts";
import { allOf } from "./ever.ts";
import { newMemory } from "./memory.ts";
import { heldLongEnoughAt } from "./moves.ts";
import { bucketEnd } from "./scores.ts";
import { nextStepAt } from "./triggers.ts";
import { unitsLeft } from "./undo.ts";
import { timeOfDay } from "./whens.ts";
import { unitOf } from "./windows.ts";

/** The first moment after the contact's own, up to `to`, at which it must be looked at; undefined where there is none. */
export function nextMoment(contact: NaiveContact, to: number): number | undefined {
  let first = Number.POSITIVE_INFINITY;
  const awake = contact.packs.filter((state) => state.bornAt !== null && !isLeftOut(state, contact.moment));
  for (const state of awake) {
    for (const moment of namedMoments(state, contact)) if (moment > contact.moment && moment <= to && moment < first) first = moment;
  }
  for (const state of awake) first = firstChange(state, contact.moment, Math.min(first, to)) ?? first;
  return first === Number.POSITIVE_INFINITY ? undefined : first;
}

export const isLeftOut = (state: PackState, now: number): boolean => state.pack.exclude !== null && holds(state.pack.exclude, scopeAt(state, now));

function namedMoments(state: PackState, { moment: after, inHistory }: NaiveContact): number[] {
  const due = state.pack.triggers.flatMap((trigger) => momentsOf(state, trigger));
  const held = (state.pack.stages?.moves ?? []).flatMap((move, index) => (move.forMs === null ? [] : [heldLongEnoughAt(state, index, move.forMs)]));
  const times = state.pack.triggers.flatMap(({ when }) => (when.kind === "every" && !inHistory ? [timeOfDay(when, zoneOf(state), after)] : []));
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
  const known = turningOf(state, from);
  const differs = (moment: number): boolean => isOther(known, turningOf(state, moment));
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

/** The moments in (from, to] at which something loses what lay in a bucket, or points begin or cease to go. */
function windowEdges(state: PackState, from: number, to: number): number[] {
  const edges = new Set<number>();
  const add = (edge: number): void => {
    if (edge > from && edge <= to) edges.add(edge);
  };
  for (const { event, window } of state.pack.measures)
    if (window !== null) for (const one of [...historyOf(state, event).entries, ...allOf(historyOf(state, event).ever)]) add(leavesAt(state, window, one));
  for (const { spread, ...credit } of state.credits) {
    if (spread === null) continue;
    const end = bucketEnd(state, spread.window.bucketMs, credit);
    for (const edge of [end, end + spread.window.bucketMs * spread.window.buckets, leavesAt(state, spread.window, credit)]) add(edge);
  }
  // Recency grows with each day of UTC.
  for (let day = Math.floor(from / DAY) + 1; state.pack.rfm !== null && day * DAY <= to; day++) add(day * DAY);
  for (const edge of streakEdges(state)) add(edge);
  return [...edges].sort((a, b) => a - b);
}

/** When a streak is over: the unit after the next has begun. */
function streakEdges(state: PackState): number[] {
  return state.pack.measures.flatMap(({ kind, event, unit }) => {
    if (kind !== "streak") return [];
    const days = unitsLeft(historyOf(state, event).entries);
    if (days.length === 0) return [];
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

/** Everything that can turn: the truth of each comparison, the bands and cells, the sides of thresholds. */
function turningOf(state: PackState, now: number): Value[] {
  const scope = scopeAt(state, now);
  const { atoms, thresholds } = watchedOf(state.pack);
  const found = atoms.map((atom) => evaluate(atom, scope));
  for (const { name } of state.pack.bands) found.push(bandValue(state, name, scope));
  for (const { name } of state.pack.grids) found.push(cellAt(state, name, scope));
  for (const { of, at } of thresholds) {
    const value = evaluate(of, scope);
    found.push(typeof value === "number" && value >= at);
  }
  return found;
}

const isOther = (known: readonly Value[], now: readonly Value[]): boolean => known.some((value, index) => value !== now[index]);

interface Watched {
  readonly atoms: readonly Expression[];
  readonly thresholds: readonly { readonly of: Expression; readonly at: number }[];
}

const watchedByPack = new WeakMap<PackDefinition, Watched>();

function watchedOf(pack: PackDefinition): Watched {
  const known = watchedByPack.get(pack);
  if (known !== undefined) return known;
  const conditions = [
    ...pack.scores.flatMap((score) => score.while.map((rule) => rule.if)),
    ...pack.audiences.flatMap((audience) => [audience.if, audience.until]),
    ...(pack.segments === null ? [] : [pack.segments.among, ...pack.segments.list.map((one) => one.if)]),
    ...(pack.stages?.moves.map((move) => move.if) ?? []),
  ];
  const atoms = conditions.flatMap((condition) => (condition === null ? [] : parts(condition))).filter(isAtom);
  const watched = { atoms: [...new Map(atoms.map((atom) => [atom.text, atom])).values()], thresholds: thresholdsOf(pack) };
  watchedByPack.set(pack, watched);
  return watched;
}

/** What is true or not, and is not put together from such. */
const isAtom = ({ type, op }: Expression): boolean => type === "bool" && !["&&", "||", "!", "?:", "literal"].includes(op);

const thresholdsOf = (pack: PackDefinition): { readonly of: Expression; readonly at: number }[] =>
  pack.triggers.flatMap(({ when }) => {
    if (when.kind === "reaches") return when.at.map((at) => ({ of: when.of, at }));
    return when.kind === "rises" || when.kind === "falls" ? [when] : [];
  });
