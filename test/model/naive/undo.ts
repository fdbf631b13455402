// What an event has done to measures, and what another takes back of it (docs/packs.md, "undoes").

import type { CalendarWindow, EventDefinition, ScoreDefinition, Window } from "../../../src/packs/definition.ts";
import { dayAt } from "./calendar.ts";
import { type Entry, type History, historyOf, newHistory, type Occurrence, type PackState, type Remembered, zoneOf } from "./contact.ts";
import { amountIn, at } from "./message.ts";
import { lowerPurchases } from "./rfm.ts";
import { brought, type Credit } from "./scores.ts";
import { bucketIn } from "./windows.ts";

const REMEMBERED = 64;

/** One more occurrence, in what measures go by. */
export function takeOccurrence(state: PackState, definition: EventDefinition, occurrence: Occurrence): void {
  const history = state.histories.get(definition.name) ?? newHistory();
  state.histories.set(definition.name, history);
  const amount = amountOf(definition, occurrence) ?? 0;
  push(state, definition.name, { ...occurrence, occurrence, count: 1, amount, inBuckets: true });
  history.known.push(occurrence);
  history.ever = [...history.ever, occurrence];
  history.standing++;
  const key = keyOf(definition, occurrence);
  if (key === undefined) return;
  history.remembered.push({ occurrence, key, amount, left: Math.max(0, amount), stands: true });
  if (history.remembered.length > REMEMBERED) history.remembered.shift();
}

/** What the occurrence of an event that undoes another does at its place among the measures. */
export function undo(state: PackState, definition: EventDefinition, occurrence: Occurrence, now: number): void {
  const name = definition.undoes ?? "";
  const undone = state.pack.events.find((one) => one.name === name);
  const history = historyOf(state, name);
  const value = amountOf(definition, occurrence);
  const key = keyOf(definition, occurrence);
  // What the same message did is not taken back.
  const matching = history.remembered.filter((one) => key !== undefined && one.key === key && one.occurrence.event !== occurrence.event);
  if (undone === undefined) throw new Error(`${definition.name} undoes ${name}, which is not there`);
  if (matching.length === 0) {
    if (value === undefined) return;
    lowerTotals(state, name, Math.abs(value), occurrence);
    lowerPurchases(state, name, Math.abs(value), occurrence, now);
    return;
  }
  let left = value === undefined ? Number.POSITIVE_INFINITY : Math.abs(value);
  for (const one of matching.filter(({ stands }) => stands).reverse()) {
    if (!(left > 0)) break;
    const taken = Math.min(left, one.left);
    if (left >= one.left) takeBackWhole(state, name, one, now);
    else takeBackAmount(state, name, one, left, now);
    left -= taken;
  }
  close(state, name, history);
}

function lowerTotals(state: PackState, name: string, by: number, occurrence: Occurrence): void {
  const history = state.histories.get(name);
  if (history === undefined) return;
  const total = history.entries.reduce((sum, one) => sum + one.amount, 0);
  history.entries.push({ ...occurrence, occurrence: null, count: 0, amount: -Math.min(by, Math.max(0, total)), inBuckets: false });
}

function takeBackAmount(state: PackState, name: string, one: Remembered, amount: number, now: number): void {
  one.left -= amount;
  addEntry(state, name, one, { count: 0, amount: -amount, now });
}

function takeBackWhole(state: PackState, name: string, one: Remembered, now: number): void {
  const amount = one.amount < 0 ? -one.amount : -one.left;
  one.left = 0;
  one.stands = false;
  const history = state.histories.get(name);
  if (history !== undefined) history.standing--;
  addEntry(state, name, one, { count: -1, amount, now });
  takeCredits(state, name, one.occurrence, now);
}

/** What the occurrence was credited goes, no more than is there: a merge may have cut it since. */
function takeCredits(state: PackState, name: string, of: Occurrence, now: number): void {
  for (const score of state.pack.scores) {
    const rule = score.points.find(({ event }) => event === name);
    const isOf = (one: Credit): boolean => one.score === score.name && one.rule === name;
    const credit = state.credits.find((one) => isOf(one) && one.of === of);
    if (credit?.spread) state.credits.push(takenFrom(state, credit.spread.window, state.credits.filter(isOf), credit));
    else if (credit !== undefined) takeFromTotal(state, score, state.credits.filter(isOf), credit, now);
    const counted = state.capped.find((one) => isOf(one) && one.of === of);
    if (rule?.cap && counted !== undefined) state.capped.push(takenFrom(state, rule.cap.window, state.capped.filter(isOf), counted));
  }
}

/** Out of the bucket of its event time. */
function takenFrom(state: PackState, window: Window | CalendarWindow, all: readonly Credit[], credit: Credit): Credit {
  const place = { ...credit, day: dayAt(zoneOf(state), credit.at) };
  const there = all.filter((one) => bucketIn(window, one) === bucketIn(window, place)).reduce((sum, one) => sum + one.points, 0);
  return { ...place, points: -upTo(credit.recorded, there), recorded: 0, of: null };
}

function takeFromTotal(state: PackState, score: ScoreDefinition, all: readonly Credit[], credit: Credit, now: number): void {
  const worth = (one: Credit): number => brought(state, one, score, now);
  const amount = worth({ ...credit, points: credit.recorded });
  const taken = upTo(
    amount,
    all.reduce((sum, one) => sum + worth(one), 0),
  );
  const rest =
    credit.points === credit.recorded && taken === amount
      ? []
      : [
          { ...credit, of: null },
          { ...credit, since: now, points: -taken, recorded: 0, of: null },
        ];
  state.credits = [...state.credits.filter((one) => one !== credit), ...rest];
}

const upTo = (amount: number, there: number): number => (amount * there > 0 ? Math.sign(amount) * Math.min(Math.abs(amount), Math.abs(there)) : 0);

/** Taken from the bucket of its event time, by the zone as it is now, where there is that bucket. */
function addEntry(state: PackState, name: string, { occurrence }: Remembered, what: Pick<Entry, "count" | "amount"> & { readonly now: number }): void {
  const day = dayAt(zoneOf(state), occurrence.at);
  const { entries } = historyOf(state, name);
  const inBuckets = day === occurrence.day || entries.some((one) => one.inBuckets && one.day === day && one.count > 0);
  push(state, name, { ...occurrence, day, occurrence, count: what.count, amount: what.amount, inBuckets });
}

function push(state: PackState, name: string, entry: Entry): void {
  state.histories.get(name)?.entries.push(entry);
  state.valued.set(name, [...(state.valued.get(name) ?? []), entry]);
}

function close(state: PackState, name: string, history: Readonly<History>): void {
  const standing = history.remembered.filter((one) => one.stands);
  if (history.standing === 0) state.histories.set(name, { ...newHistory(), remembered: history.remembered });
  else if (standing.length === history.standing) {
    const kept = state.histories.get(name);
    if (kept !== undefined) kept.known = standing.map((one) => one.occurrence);
  }
}

const amountOf = ({ value }: EventDefinition, { event }: Occurrence): number | undefined => (value === null ? undefined : amountIn(at(event.message, value)));

function keyOf({ key }: EventDefinition, { event }: Occurrence): string | undefined {
  const found = key === null ? undefined : at(event.message, key);
  return typeof found === "string" || typeof found === "number" ? String(found) : undefined;
}

/** How many of the entries are left, and what their amounts come to. */
export const countOf = (entries: readonly Entry[]): number => entries.reduce((sum, one) => sum + one.count, 0);

/** The days, or other units of days, on which something is left. */
export function unitsLeft(entries: readonly Entry[], unitOf: (day: number) => number = (day) => day): number[] {
  const left = new Map<number, number>();
  for (const { day, count, inBuckets } of entries) {
    const unit = unitOf(day);
    const before = left.get(unit) ?? 0;
    if (inBuckets) left.set(unit, Math.max(0, before + count));
  }
  return [...left].filter(([, count]) => count > 0).map(([unit]) => unit);
}
