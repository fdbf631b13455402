// What a measure is at a moment: a pure function of the row, computed when asked (docs/packs.md "measures"). How an event
// changes a measure is in engine/measures.ts.

import type { MeasureState, UnitsProgram } from "./program.ts";
import type { Row } from "./row.ts";
import { DAY_MS, type WindowProgram, windowCut } from "./windows.ts";

/** The number that a measure is; NaN where it is missing or no number. */
export function measureNumber(of: MeasureState): (row: Row, now: number) => number {
  switch (of.kind) {
    case "count":
    case "sum":
      return counted(of.place, of.window, of.kind === "sum" ? 10_000 : 1);
    case "min":
    case "max":
      return (row) => (row.numbers[of.place] as number) / 10_000;
    case "first":
    case "last":
      return (row) => row.numbers[of.place] as number;
    case "latest":
    case "earliest":
      return of.type === "number" ? (row) => (row.numbers[of.place] as number) / 10_000 : () => Number.NaN;
    case "days":
      return daysOf(of, of.window);
    case "streak":
      return (row, now) => streakOf(of, row, now);
    case "distinct":
      return (row, now) => row.lists[of.place]?.count(cutOf(of.window, row, now)) ?? 0;
    case "sessions":
      return counted(of.place, of.window, 1);
    case "gap":
      return (row) => gapOf(row.numbers[of.count] as number, row.numbers[of.first] as number, row.numbers[of.last] as number);
    case "top":
      return () => Number.NaN;
  }
}

/** Values with how often each was counted, the one that was counted last at the end. */
export type TopCounts = (readonly [value: string, count: number])[];

export const topCounts = (text: string | undefined): TopCounts => (text === undefined ? [] : (JSON.parse(text) as TopCounts));

/** The most frequent values, of those that are level the one that was counted last first. */
export function topValues(place: number, keep: number): (row: Row) => readonly string[] {
  let text: string | undefined;
  let values: readonly string[] = [];
  return (row) => {
    const found = row.text(place);
    if (found === text) return values;
    text = found;
    values = topCounts(found)
      .map(([value, count], index) => ({ value, count, index }))
      .sort((a, b) => b.count - a.count || b.index - a.index)
      .slice(0, keep)
      .map(({ value }) => value);
    return values;
  };
}

/** When a streak breaks: as the unit begins that follows one without. */
export function streakEdge(of: UnitsProgram, row: Row, now: number): number {
  const list = row.lists[of.list];
  if (list === undefined || list.length === 0) return Number.POSITIVE_INFINITY;
  const edge = of.startOf(row, (list.buckets[list.length - 1] as number) + 2);
  return edge > now ? edge : Number.POSITIVE_INFINITY;
}

const cutOf = (window: WindowProgram | null, row: Row, now: number): number => (window === null ? Number.NEGATIVE_INFINITY : windowCut(window, row, now));

function counted(place: number, window: WindowProgram | null, unit: number): (row: Row, now: number) => number {
  if (window !== null) return (row, now) => (row.lists[place]?.sum(windowCut(window, row, now)) ?? 0) / unit;
  return unit === 1 ? (row) => row.numbers[place] as number : (row) => (row.numbers[place] as number) / unit;
}

function daysOf(of: UnitsProgram, window: WindowProgram | null): (row: Row, now: number) => number {
  if (window === null) return (row) => (row.numbers[of.folded] as number) + (row.lists[of.list]?.length ?? 0);
  return (row, now) => row.lists[of.list]?.count(windowCut(window, row, now)) ?? 0;
}

/** Units in a row that end with the unit of now or the one before it. */
function streakOf(of: UnitsProgram, row: Row, now: number): number {
  const list = row.lists[of.list];
  if (list === undefined || list.length === 0) return 0;
  let at = list.length - 1;
  if ((list.buckets[at] as number) < of.unitOf(row, now) - 1) return 0;
  while (at > 0 && list.buckets[at - 1] === (list.buckets[at] as number) - 1) at--;
  const reachesFolded = at === 0 && list.buckets[0] === (row.numbers[of.until] as number) + 1;
  return list.length - at + (reachesFolded ? (row.numbers[of.folded] as number) : 0);
}

/** Days from one to the next, on average. */
const gapOf = (count: number, first: number, last: number): number => (count < 2 ? Number.NaN : (last - first) / (count - 1) / DAY_MS);
