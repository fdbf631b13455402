// Measures and purchases of two rows as one (docs/identity.md "Measures"): what was counted apart is added up, what was first or
// largest stays so. Where a row has folded what is old into a number, or has no more room, it is as if what the other has of it
// had come late.

import { BOUNDS } from "../../packs/bounds.ts";
import { topCounts } from "../../packs/measure-value.ts";
import type { LatestProgram, MeasureProgram, PackProgram, UnitsProgram } from "../../packs/program.ts";
import type { PurchasesProgram } from "../../packs/purchases.ts";
import type { Row } from "../../packs/row.ts";
import { windowCut } from "../../packs/windows.ts";
import type { Dropped } from "../dropped.ts";
import { keepDistinct } from "../kept-values.ts";
import { foldOldestUnit } from "../measures.ts";
import { firstKept, foldFirstDay } from "../purchases.ts";
import { addList, addNumber, copyNumber, takeLeast, takeMost } from "./numbers.ts";

export function mergeMeasure(measure: MeasureProgram, row: Row, from: Row, now: number, dropped: Dropped): void {
  switch (measure.kind) {
    case "count":
    case "sum":
      return mergeCount(measure, row, from);
    case "min":
    case "first":
      return takeLeast(row, from, measure.place);
    case "max":
    case "last":
      return takeMost(row, from, measure.place);
    case "latest":
    case "earliest":
      return mergeLatest(measure, row, from);
    case "days":
      return measure.window === null ? mergeUnits(measure, row, from) : addList(row, from, measure.list);
    case "streak":
      return mergeUnits(measure, row, from);
    case "distinct":
      return mergeDistinct(measure, row, from, now, dropped);
    case "sessions":
      mergeCount(measure, row, from);
      return takeMost(row, from, measure.last);
    case "gap":
      addNumber(row, from, measure.count);
      takeLeast(row, from, measure.first);
      return takeMost(row, from, measure.last);
    case "top":
      return mergeTop(measure.place, row, from);
  }
}

function mergeCount(of: { readonly place: number; readonly window: object | null }, row: Row, from: Row): void {
  if (of.window === null) addNumber(row, from, of.place);
  else addList(row, from, of.place);
}

/** Of two at one moment the row's own stays. */
function mergeLatest(of: LatestProgram, row: Row, from: Row): void {
  const at = row.numbers[of.at] as number;
  const other = from.numbers[of.at] as number;
  if (Number.isNaN(other) || (of.kind === "latest" ? at >= other : at <= other)) return;
  row.numbers[of.at] = other;
  if (of.type === "string") row.setText(of.place, from.text(of.place));
  else copyNumber(row, from, of.place);
}

/** A unit that one of them has folded, or that lies before such a one, changes nothing any more. */
function mergeUnits(of: UnitsProgram & { readonly kind: "days" | "streak" }, row: Row, from: Row): void {
  const until = row.numbers[of.until] as number;
  const other = from.numbers[of.until] as number;
  addList(row, from, of.list);
  if (other > until || (Number.isNaN(until) && !Number.isNaN(other))) {
    copyNumber(row, from, of.until);
    copyNumber(row, from, of.folded);
  }
  const list = row.changeList(of.list);
  list.drop(row.numbers[of.until] as number);
  while (list.length > BOUNDS.units_kept.most) foldOldestUnit(row, of);
}

function mergeDistinct(of: Extract<MeasureProgram, { kind: "distinct" }>, row: Row, from: Row, now: number, dropped: Dropped): void {
  const cut = of.window === null ? -1 : windowCut(of.window, row, now);
  const { buckets, amounts, length } = from.lists[of.place] as Row["lists"][number];
  if (length === 0) return;
  const list = row.changeList(of.place);
  list.drop(cut);
  for (let i = 0; i < length; i++) if ((buckets[i] as number) > cut) keepDistinct(of, list, buckets[i] as number, amounts[i] as number, dropped);
}

/** Counts add up; the row's own values count as counted last. Beyond the room for them the most frequent stay. */
function mergeTop(place: number, row: Row, from: Row): void {
  const others = topCounts(from.text(place));
  if (others.length === 0) return;
  const own = topCounts(row.text(place));
  const counts = new Map([...others, ...own].map(([value]) => [value, 0]));
  for (const [value] of own) counts.delete(value);
  for (const [value] of own) counts.set(value, 0);
  for (const [value, count] of [...others, ...own]) counts.set(value, (counts.get(value) as number) + count);
  const all = [...counts].map(([value, count], index) => ({ value, count, index }));
  const kept = new Set([...all].sort((a, b) => b.count - a.count || b.index - a.index).slice(0, BOUNDS.top_values.most));
  row.setText(place, JSON.stringify(all.filter((one) => kept.has(one)).map(({ value, count }) => [value, count])));
}

/** Histories of a pack, each once: parts that look at the same purchases share its fields. */
export function purchasesOf({ rfm, value }: PackProgram): PurchasesProgram[] {
  const all = [...(rfm === null ? [] : [rfm.purchases]), ...(value === null ? [] : [value.purchases])];
  return all.filter((one, index) => all.findIndex((other) => other.orders === one.orders) === index);
}

export function mergePurchases(of: PurchasesProgram, row: Row, from: Row): void {
  const { older } = of;
  if (older !== null) {
    foldApart(of, row, from);
    mergeOlder(older, row, from);
  }
  addList(row, from, of.orders);
  addList(row, from, of.amounts);
  while (older !== null && (row.lists[of.orders] as Row["lists"][number]).length > BOUNDS.purchase_days.most) foldFirstDay(of, row);
}

/** Days that only one of them still keeps one by one become totals, as they are in the other. */
function foldApart(of: PurchasesProgram, row: Row, from: Row): void {
  const bound = Math.max(...[row, from].map((one) => ((one.numbers[of.older?.days ?? -1] as number) > 0 ? firstKept(one, of) : Number.NEGATIVE_INFINITY)));
  for (const one of [row, from]) while (firstKept(one, of) < bound) foldFirstDay(of, one);
}

function mergeOlder(older: NonNullable<PurchasesProgram["older"]>, row: Row, from: Row): void {
  const { numbers } = row;
  const [own, other] = [numbers[older.firstDay] as number, from.numbers[older.firstDay] as number];
  if (own === other) addNumber(row, from, older.firstAmount);
  else if (other < own || Number.isNaN(own)) copyNumber(row, from, older.firstAmount);
  takeLeast(row, from, older.firstDay);
  for (const place of [older.orders, older.days, older.amount]) addNumber(row, from, place);
}
