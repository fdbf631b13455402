// What an event leaves in the measures of a row (docs/packs.md "measures"). Late events are additions wherever that is
// possible: a window takes what still lies in it, first and last are moments of event time. Values that are kept as they came
// (latest, distinct, top) are in kept-values.ts; how a measure is read is in packs/measure-value.ts.

import { BOUNDS } from "../packs/bounds.ts";
import type { EventProgram, MeasureProgram, UnitsProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { amountOf } from "../packs/text-values.ts";
import { bucketOf, type WindowProgram, windowCut } from "../packs/windows.ts";
import { countDistinct, countTop, keepLatest } from "./kept-values.ts";
import type { Recording } from "./recording.ts";

/** Every measure of one event of the pack. */
export function applyMeasures(of: EventProgram, to: Recording): void {
  for (const measure of of.measures) applyMeasure(measure, to, to.event.values[measure.of >= 0 ? measure.of : of.value]);
}

/** `found`: what stands where the measure reads. */
function applyMeasure(measure: MeasureProgram, to: Recording, found: unknown): void {
  const { row, event, now } = to;
  switch (measure.kind) {
    case "first":
      return keepLeast(row, measure.place, event.at);
    case "last":
      return keepMost(row, measure.place, event.at);
    case "count":
      return add(row, measure, event.at, 1, now);
    case "sum":
    case "min":
    case "max":
      return applyAmount(measure, to, found);
    case "latest":
    case "earliest":
      return keepLatest(measure, to, found);
    case "days":
      return measure.window === null ? addUnit(measure, to) : addToWindow(row, measure.list, measure.window, event.at, 1, now);
    case "streak":
      return addUnit(measure, to);
    case "distinct":
      return countDistinct(measure, to, found);
    case "sessions":
      return addToSession(measure, row, event.at, now);
    case "gap":
      row.numbers[measure.count] = (row.numbers[measure.count] as number) + 1;
      keepLeast(row, measure.first, event.at);
      return keepMost(row, measure.last, event.at);
    case "top":
      return countTop(measure, to, found);
  }
}

function applyAmount(measure: Extract<MeasureProgram, { kind: "sum" | "min" | "max" }>, to: Recording, found: unknown): void {
  const amount = amountOf(found);
  if (Number.isNaN(amount)) to.dropped.value_missing++;
  else if (measure.kind === "sum") add(to.row, measure, to.event.at, amount, to.now);
  else if (measure.kind === "min") keepLeast(to.row, measure.place, amount);
  else keepMost(to.row, measure.place, amount);
}

/** Begins a session, unless the event belongs to the last one or to some session before that. */
function addToSession(measure: Extract<MeasureProgram, { kind: "sessions" }>, row: Row, at: number, now: number): void {
  const last = row.numbers[measure.last] as number;
  if (!(at < last + measure.quietMs)) add(row, measure, at, 1, now);
  keepMost(row, measure.last, at);
}

/** The latest units are remembered one by one; those before are folded into a number. */
function addUnit(of: UnitsProgram & { readonly kind: "days" | "streak" }, { row, event, dropped }: Recording): void {
  const unit = of.unitOf(row, event.at);
  const until = row.numbers[of.until] as number;
  if (unit <= until) {
    dropped.unit_folded++;
    return;
  }
  row.addToList(of.list, unit, 1, Number.NEGATIVE_INFINITY);
  if (row.changeList(of.list).length > BOUNDS.units_kept.most) foldOldestUnit(row, of);
}

/** The oldest of the units that are known one by one goes into the number. */
export function foldOldestUnit(row: Row, of: UnitsProgram & { readonly kind: "days" | "streak" }): void {
  const list = row.changeList(of.list);
  const until = row.numbers[of.until] as number;
  const oldest = list.buckets[0] as number;
  const folded = row.numbers[of.folded] as number;
  row.numbers[of.folded] = of.kind === "days" || oldest === until + 1 ? folded + 1 : 1;
  row.numbers[of.until] = oldest;
  list.removeAt(0);
}

/** To all time, or to the window. */
function add(row: Row, to: { readonly place: number; readonly window: WindowProgram | null }, at: number, amount: number, now: number): void {
  if (to.window === null) row.numbers[to.place] = (row.numbers[to.place] as number) + amount;
  else addToWindow(row, to.place, to.window, at, amount, now);
}

function addToWindow(row: Row, list: number, window: WindowProgram, at: number, amount: number, now: number): void {
  const cut = windowCut(window, row, now);
  const bucket = bucketOf(window, row, at);
  if (bucket > cut) row.addToList(list, bucket, amount, cut);
}

function keepLeast(row: Row, place: number, value: number): void {
  if (!((row.numbers[place] as number) <= value)) row.numbers[place] = value;
}

function keepMost(row: Row, place: number, value: number): void {
  if (!((row.numbers[place] as number) >= value)) row.numbers[place] = value;
}
