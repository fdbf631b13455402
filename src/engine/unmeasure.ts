// How a measure goes back when an occurrence of its event is taken back (docs/packs.md "events"). Counts, sums, days and streaks
// go back exactly; first, last, min, max and the gap where everything that still stands is remembered; values that were
// kept as they came (latest, earliest, distinct, top) and sessions stay, until nothing stands any more.

import type { EventProgram, MeasureProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { bucketOf, type WindowProgram } from "../packs/windows.ts";
import type { Occurrence } from "./occurrences.ts";

/** Takes `amount` back, and with it `times` the occurrence itself: 0 for a part of the amount. */
export function takeMeasure(measure: MeasureProgram, row: Row, at: number, amount: number, times: 0 | 1): void {
  switch (measure.kind) {
    case "count":
      return take(row, measure, at, times);
    case "sum":
      return take(row, measure, at, amount);
    case "days":
    case "streak":
      if (times === 1) row.changeList(measure.list).take(measure.unitOf(row, at), 1);
      return;
    case "gap":
      row.numbers[measure.count] = (row.numbers[measure.count] as number) - times;
      return;
    default:
      return;
  }
}

function take(row: Row, of: { readonly place: number; readonly window: WindowProgram | null }, at: number, amount: number): void {
  if (amount === 0) return;
  if (of.window === null) row.numbers[of.place] = (row.numbers[of.place] as number) - amount;
  else row.changeList(of.place).take(bucketOf(of.window, row, at), amount);
}

/** What is known of the event's amount alone: its sums for all time go down, not below 0. */
export function lowerSums(of: EventProgram, row: Row, amount: number): void {
  for (const measure of of.measures) {
    if (measure.kind !== "sum" || measure.window !== null || measure.of >= 0) continue;
    const sum = row.numbers[measure.place] as number;
    row.numbers[measure.place] = Math.max(Math.min(0, sum), sum - amount);
  }
}

/** From all that still stands. `index` is the measure's place in what each occurrence remembers. */
export function rebuildExtremes(measure: MeasureProgram, index: number, standing: readonly Occurrence[], row: Row): void {
  const { numbers } = row;
  const times = standing.map(({ t }) => t);
  const amounts = () => standing.map(({ v, a }) => (measure.of < 0 ? v : (a[index] ?? null))).filter((amount) => amount !== null);
  switch (measure.kind) {
    case "first":
      numbers[measure.place] = Math.min(...times);
      return;
    case "last":
      numbers[measure.place] = Math.max(...times);
      return;
    case "gap":
      numbers[measure.first] = Math.min(...times);
      numbers[measure.last] = Math.max(...times);
      return;
    case "min":
      numbers[measure.place] = orMissing(Math.min(...amounts()));
      return;
    case "max":
      numbers[measure.place] = orMissing(Math.max(...amounts()));
      return;
    default:
      return;
  }
}

const orMissing = (extreme: number): number => (Number.isFinite(extreme) ? extreme : Number.NaN);

/** As before the first. */
export function emptyMeasure(measure: MeasureProgram, row: Row): void {
  const { initial } = row.layout;
  const clear = (...places: readonly number[]): void => {
    for (const place of places) row.numbers[place] = initial[place] as number;
  };
  const drop = (list: number): void => row.changeList(list).drop(Number.POSITIVE_INFINITY);
  switch (measure.kind) {
    case "count":
    case "sum":
      return measure.window === null ? clear(measure.place) : drop(measure.place);
    case "min":
    case "max":
    case "first":
    case "last":
      return clear(measure.place);
    case "latest":
    case "earliest":
      clear(measure.at);
      return measure.type === "string" ? row.setText(measure.place, undefined) : clear(measure.place);
    case "days":
    case "streak":
      clear(measure.folded, measure.until);
      return drop(measure.list);
    case "distinct":
      return drop(measure.place);
    case "sessions":
      clear(measure.last);
      return measure.window === null ? clear(measure.place) : drop(measure.place);
    case "gap":
      return clear(measure.count, measure.first, measure.last);
    case "top":
      return row.setText(measure.place, undefined);
  }
}
