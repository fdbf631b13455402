// Measures by docs/packs.md ("measures"), each worked out from all that ever happened, in log order.

import type { CalendarUnit, MeasureDefinition, PropertyPath } from "../../../src/packs/definition.ts";
import { dayAt } from "./calendar.ts";
import type { Value } from "./conditions.ts";
import { DAY, type Entry, historyOf, type Occurrence, type PackState, type Placed, zoneOf } from "./contact.ts";
import { amountIn, at } from "./message.ts";
import { countOf, unitsLeft } from "./undo.ts";
import { type AnyWindow, inWindow, stillIn, unitOf } from "./windows.ts";

const TOP_PLACES = 32;
const TEXT_BYTES = 256;

export function measureValue(state: PackState, name: string, now: number): Value {
  const measure = state.pack.measures.find((one) => one.name === name);
  if (measure === undefined) throw new Error(`no measure ${name}`);
  const { window } = measure;
  const { entries, known, ever } = historyOf(state, measure.event);
  const adds = (one: Entry): boolean =>
    one.count === 1 && (measure.kind !== "sum" || amountAt(one.occurrence, measure.of ?? ownValue(state, measure)) !== undefined);
  const inBuckets = window === null ? entries : entries.filter((one) => one.inBuckets);
  const all = window === null ? entries : stillIn(state, window, inBuckets, now, adds);
  switch (measure.kind) {
    case "count":
      return countOf(all);
    case "first":
      return smallest(known.map((one) => one.at));
    case "last":
      return largest(known.map((one) => one.at));
    case "latest":
    case "earliest":
      return outermost(state, measure, ever);
    case "days":
      return unitsLeft(all, (day) => unitOf(measure.unit ?? "day", day)).length;
    case "distinct":
      return distinctAt(state, measure, ever, now);
    case "sessions":
      return sessionsAt(state, measure, ever, now);
    case "gap":
      return gapOf(countOf(entries), known);
    case "streak":
      return streakAt(measure.unit ?? "day", entries, dayAt(zoneOf(state), now));
    case "top":
      return topOf(ever, measure);
    case "sum":
      return sumOf(state, measure, all) / 10_000;
    case "min":
    case "max":
      return extreme(measure.kind, amountsOf(state, measure, known));
  }
}

const isIn = (state: PackState, window: AnyWindow | null, one: Placed, now: number): boolean => window === null || inWindow(state, window, one, now);

const smallest = (times: number[]): number | undefined => (times.length === 0 ? undefined : Math.min(...times));
const largest = (times: number[]): number | undefined => (times.length === 0 ? undefined : Math.max(...times));

function extreme(kind: "min" | "max", amounts: number[]): number | undefined {
  const amount = kind === "min" ? smallest(amounts) : largest(amounts);
  return amount === undefined ? undefined : amount / 10_000;
}

function sumOf(state: PackState, measure: MeasureDefinition, all: readonly Entry[]): number {
  if (isOfValue(state, measure)) return all.reduce((sum, one) => sum + one.amount, 0);
  return all.reduce((sum, one) => sum + one.count * (amountAt(one.occurrence, measure.of) ?? 0), 0);
}

const ownValue = (state: PackState, { event }: MeasureDefinition): PropertyPath | null => state.pack.events.find((one) => one.name === event)?.value ?? null;

/** Whether the measure reads the event's own value. */
const isOfValue = (state: PackState, measure: MeasureDefinition): boolean =>
  measure.of === null || JSON.stringify(measure.of) === JSON.stringify(ownValue(state, measure));

const amountsOf = (state: PackState, measure: MeasureDefinition, all: readonly Occurrence[]): number[] => {
  const path = measure.of ?? ownValue(state, measure);
  return all.map((one) => amountAt(one, path)).filter((amount): amount is number => amount !== undefined);
};

const amountAt = (one: Occurrence | null, path: PropertyPath | null): number | undefined =>
  path === null || one === null ? undefined : amountIn(at(one.event.message, path));

/** Strings, numbers and truths have a text. */
export function textIn(value: Value): string | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

function outermost(state: PackState, measure: MeasureDefinition, ever: readonly Occurrence[]): Value {
  let found: { readonly at: number; readonly value: Value } | undefined;
  for (const one of ever) {
    const value = keptOf(state, measure, one);
    if (value === undefined) continue;
    const isOuter = found === undefined || (measure.kind === "latest" ? one.at >= found.at : one.at < found.at);
    if (isOuter) found = { at: one.at, value };
  }
  return found?.value;
}

function keptOf(state: PackState, measure: MeasureDefinition, one: Occurrence): Value {
  const path = measure.of ?? ownValue(state, measure);
  if (path === null) return undefined;
  const value = at(one.event.message, path);
  if (measure.type === "bool") return typeof value === "boolean" ? value : undefined;
  if (measure.type === "string") return short(textIn(value));
  const amount = amountIn(value);
  return amount === undefined ? undefined : amount / 10_000;
}

const short = (text: string | undefined): string | undefined => (text !== undefined && Buffer.byteLength(text) <= TEXT_BYTES ? text : undefined);

function distinctAt(state: PackState, measure: MeasureDefinition, ever: readonly Occurrence[], now: number): number {
  const { window, of } = measure;
  const known = new Map<string, Occurrence>();
  for (const one of ever) {
    const text = of === null ? undefined : textIn(at(one.event.message, of));
    if (text === undefined || !isIn(state, window, one, one.cameAt)) continue;
    for (const [other, where] of known) if (!isInThen(window, where, one)) known.delete(other);
    const before = known.get(text);
    if (before === undefined && known.size >= (measure.limit ?? 64)) continue;
    if (before === undefined || one.at >= before.at) known.set(text, one);
  }
  return [...known.values()].filter((one) => isIn(state, window, one, now)).length;
}

/** Whether one was in the window when the other came. */
function isInThen(window: AnyWindow | null, one: Occurrence, { cameAt, cameOn }: Occurrence): boolean {
  if (window === null) return true;
  if ("unit" in window) return unitOf(window.unit, one.day) > unitOf(window.unit, cameOn) - window.buckets;
  const [bucket, then] = window.bucketMs === DAY ? [one.day, cameOn] : [Math.floor(one.at / window.bucketMs), Math.floor(cameAt / window.bucketMs)];
  return bucket > then - window.buckets;
}

function sessionsAt(state: PackState, { window, quietMs }: MeasureDefinition, ever: readonly Occurrence[], now: number): number {
  const begun = sessionsOf(ever, quietMs ?? 0);
  return window === null ? begun.length : stillIn(state, window, begun, now, () => true).length;
}

/** The events that begin a session. */
function sessionsOf(ever: readonly Occurrence[], quietMs: number): Occurrence[] {
  let last = Number.NEGATIVE_INFINITY;
  return ever.filter((one) => {
    const begins = one.at >= last + quietMs;
    last = Math.max(last, one.at);
    return begins;
  });
}

function gapOf(count: number, known: readonly Occurrence[]): number | undefined {
  const times = known.map((one) => one.at);
  return count < 2 ? undefined : (Math.max(...times) - Math.min(...times)) / (count - 1) / DAY;
}

function streakAt(unit: CalendarUnit, entries: readonly Entry[], today: number): number {
  const units = new Set(unitsLeft(entries, (day) => unitOf(unit, day)));
  const newest = Math.max(...units);
  if (units.size === 0 || newest < unitOf(unit, today) - 1) return 0;
  let length = 0;
  while (units.has(newest - length)) length++;
  return length;
}

/** A value without a place takes that of the rarest, of several the one that was counted longest ago. */
function topOf(ever: readonly Occurrence[], { of, keep }: MeasureDefinition): Value {
  const counted = new Map<string, { count: number; turn: number }>();
  const order = ([, a]: [string, Counted], [, b]: [string, Counted]): number => b.count - a.count || b.turn - a.turn;
  ever.forEach((one, turn) => {
    const text = of === null ? undefined : short(textIn(at(one.event.message, of)));
    if (text === undefined) return;
    const rarest = counted.size < TOP_PLACES || counted.has(text) ? undefined : [...counted].sort(order).at(-1);
    if (rarest !== undefined) counted.delete(rarest[0]);
    counted.set(text, { count: (counted.get(text)?.count ?? rarest?.[1].count ?? 0) + 1, turn });
  });
  const texts = [...counted].sort(order).map(([text]) => text);
  if (texts.length === 0) return undefined;
  return (keep ?? 1) === 1 ? texts[0] : texts.slice(0, keep ?? 1);
}

interface Counted {
  readonly count: number;
  readonly turn: number;
}
