// Measures by docs/packs.md ("measures"), each worked out from all that ever happened, in log order.

import type { CalendarUnit, MeasureDefinition, PropertyPath } from "../../../src/packs/definition.ts";
import { dayAt } from "./calendar.ts";
import type { Value } from "./conditions.ts";
import { DAY, type Entry, historyOf, type Occurrence, type PackState, type Placed, zoneOf } from "./contact.ts";
import { type Ever, readEver } from "./ever.ts";
import { amountIn, at } from "./message.ts";
import { countOf, unitsLeft } from "./undo.ts";
import { type AnyWindow, bucketIn, inWindow, stillIn, unitOf } from "./windows.ts";

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

/** Of two rows: at equal times the own value. */
function outermost(state: PackState, measure: MeasureDefinition, ever: Ever): Value {
  type Found = { readonly at: number; readonly value: Value } | undefined;
  const isLater = measure.kind === "latest";
  return readEver<Found>(ever, {
    begin: () => undefined,
    take: (found, one) => {
      const value = keptOf(state, measure, one);
      if (value === undefined) return found;
      return found === undefined || (isLater ? one.at >= found.at : one.at < found.at) ? { at: one.at, value } : found;
    },
    merge: (own, other) => (own === undefined || (other !== undefined && (isLater ? other.at > own.at : other.at < own.at)) ? other : own),
  })?.value;
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

/** Of two rows: each value in its larger bucket, the own first, the other's while there is room. */
function distinctAt(state: PackState, measure: MeasureDefinition, ever: Ever, now: number): number {
  const { window, of } = measure;
  const limit = measure.limit ?? 64;
  const known = readEver<Map<string, Occurrence>>(ever, {
    begin: () => new Map(),
    take: (sum, one) => {
      const text = of === null ? undefined : textIn(at(one.event.message, of));
      if (text === undefined || !isInThen(window, one, one.cameAt, one.cameOn)) return sum;
      forget(sum, (other) => isInThen(window, other, one.cameAt, one.cameOn));
      const before = sum.get(text);
      if (before === undefined && sum.size >= limit) return sum;
      return before === undefined || one.at >= before.at ? sum.set(text, one) : sum;
    },
    merge: (own, other, merged) => {
      const isKept = (one: Occurrence): boolean => isInThen(window, one, merged.now, merged.day);
      for (const one of [own, other]) forget(one, isKept);
      const inOrder = [...other].sort(([, a], [, b]) => bucketIn(window, a) - bucketIn(window, b));
      for (const [text, one] of inOrder) {
        const before = own.get(text);
        if (before === undefined ? own.size < limit : one.at > before.at) own.set(text, one);
      }
      return own;
    },
  });
  return [...known.values()].filter((one) => isIn(state, window, one, now)).length;
}

function forget(known: Map<string, Occurrence>, isKept: (one: Occurrence) => boolean): void {
  for (const [text, where] of known) if (!isKept(where)) known.delete(text);
}

/** Whether one was in the window at a moment, on the day that it was then. */
const isInThen = (window: AnyWindow | null, one: Occurrence, now: number, today: number): boolean =>
  window === null || bucketIn(window, one) > bucketIn(window, { at: now, day: today }) - window.buckets;

function sessionsAt(state: PackState, { window, quietMs }: MeasureDefinition, ever: Ever, now: number): number {
  const begun = sessionsOf(ever, quietMs ?? 0);
  return window === null ? begun.length : stillIn(state, window, begun, now, () => true).length;
}

/** The events that begin a session. Of two rows: all that either has begun. */
function sessionsOf(ever: Ever, quietMs: number): readonly Occurrence[] {
  interface Sessions {
    readonly last: number;
    readonly begun: readonly Occurrence[];
  }
  return readEver<Sessions>(ever, {
    begin: () => ({ last: Number.NEGATIVE_INFINITY, begun: [] }),
    take: ({ last, begun }, one) => ({ last: Math.max(last, one.at), begun: one.at >= last + quietMs ? [...begun, one] : begun }),
    merge: (own, other) => ({ last: Math.max(own.last, other.last), begun: [...own.begun, ...other.begun] }),
  }).begun;
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

/** A value without a place takes that of the rarest, of several the one that was counted longest ago. Of two rows: counts add up. */
function topOf(ever: Ever, { of, keep }: MeasureDefinition): Value {
  const counted = readEver<Map<string, Counted>>(ever, {
    begin: () => new Map(),
    take: (sum, one) => {
      const text = of === null ? undefined : short(textIn(at(one.event.message, of)));
      if (text === undefined) return sum;
      const rarest = sum.size < TOP_PLACES || sum.has(text) ? undefined : inOrder(sum).at(-1);
      if (rarest !== undefined) sum.delete(rarest[0]);
      return sum.set(text, { count: (sum.get(text)?.count ?? rarest?.[1].count ?? 0) + 1, turn: nextTurn(sum) });
    },
    merge: (own, other) => {
      const all = new Map<string, Counted>();
      const oldestFirst = (counts: Map<string, Counted>): [string, Counted][] => [...counts].sort(([, a], [, b]) => a.turn - b.turn);
      // The own values count as counted last.
      for (const [text] of [...oldestFirst(other).filter(([text]) => !own.has(text)), ...oldestFirst(own)])
        all.set(text, { count: (own.get(text)?.count ?? 0) + (other.get(text)?.count ?? 0), turn: all.size });
      return new Map(inOrder(all).slice(0, TOP_PLACES));
    },
  });
  const texts = inOrder(counted).map(([text]) => text);
  if (texts.length === 0) return undefined;
  return (keep ?? 1) === 1 ? texts[0] : texts.slice(0, keep ?? 1);
}

const inOrder = (counts: Map<string, Counted>): [string, Counted][] => [...counts].sort(([, a], [, b]) => b.count - a.count || b.turn - a.turn);

const nextTurn = (counts: Map<string, Counted>): number => Math.max(-1, ...[...counts.values()].map(({ turn }) => turn)) + 1;

interface Counted {
  readonly count: number;
  readonly turn: number;
}
