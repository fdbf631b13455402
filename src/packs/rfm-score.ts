// R, F and M of a contact: which bin its recency, frequency and amount lie in (docs/packs.md "rfm"). A pure function of the
// row, the moment and the cut points in effect; which cut points are in effect is kept in `Cuts`, the same for everyone.
//
// Who has no purchase has no R, F and M. Recency is in whole days from the last day with a purchase, so it changes at midnight
// only, and the change is known beforehand.

import { dayAt, lastPurchaseDay, orderAmount, orderCount, type PurchasesProgram, purchaseDays, purchasesEdge, startOfDay } from "./purchases.ts";
import type { Row } from "./row.ts";

export type Axis = "r" | "f" | "m";
export const AXES: readonly Axis[] = ["r", "f", "m"];

/** Lower bounds, ascending. A number on a bound lies above it, or with `closed: "right"` below it. */
export interface AxisCuts {
  readonly bounds: readonly number[];
  readonly closed: "left" | "right";
}

export type AxesCuts = Readonly<Record<Axis, AxisCuts | null>>;

/** Cut points in effect; null: none yet. `number` counts those that came from the population; 0: none did. */
export interface Cuts {
  number: number;
  readonly axes: Record<Axis, AxisCuts | null>;
}

export interface RfmProgram {
  readonly purchases: PurchasesProgram;
  readonly frequency: "orders" | "days";
  readonly bins: number;
  readonly cuts: Cuts;
  /** Whether a condition asks for R, so that its passing a bound matters. */
  recencyAsked: boolean;
}

/** What R, F and M are made of: days since the last purchase, orders or days with one, amount in units of the currency. */
export interface RfmInputs {
  readonly recencyDays: number;
  readonly frequency: number;
  readonly monetary: number;
}

/** Null where nothing was bought. */
export function rfmInputs(of: RfmProgram, row: Row, now: number): RfmInputs | null {
  const last = lastPurchaseDay(of.purchases, row, now);
  if (Number.isNaN(last)) return null;
  return { recencyDays: recencyAt(of, last, now), frequency: frequencyOf(of, row, now), monetary: orderAmount(of.purchases, row, now) / 10_000 };
}

/** 1 to `bins`, the best being the highest; NaN where nothing was bought or there are no cut points yet. */
export function axisScore(of: RfmProgram, axis: Axis, row: Row, now: number): number {
  const cuts = of.cuts.axes[axis];
  const last = lastPurchaseDay(of.purchases, row, now);
  if (cuts === null || Number.isNaN(last)) return Number.NaN;
  switch (axis) {
    case "r":
      return of.bins - boundsBelow(cuts, recencyAt(of, last, now));
    case "f":
      return 1 + boundsBelow(cuts, frequencyOf(of, row, now));
    case "m":
      return 1 + boundsBelow(cuts, orderAmount(of.purchases, row, now) / 10_000);
  }
}

/** The three digits as one number: 543. */
export const rfmCode = (of: RfmProgram, row: Row, now: number): number =>
  axisScore(of, "r", row, now) * 100 + axisScore(of, "f", row, now) * 10 + axisScore(of, "m", row, now);

/** When R next changes by itself: the midnight at which the days since the last purchase pass a bound. */
export function recencyEdge(of: RfmProgram, row: Row, now: number): number {
  const cuts = of.cuts.axes.r;
  const last = lastPurchaseDay(of.purchases, row, now);
  if (cuts === null || Number.isNaN(last)) return Number.POSITIVE_INFINITY;
  for (const bound of cuts.bounds) {
    const passes = startOfDay(of.purchases, last + leastDays(cuts, bound));
    if (passes > now) return passes;
  }
  return Number.POSITIVE_INFINITY;
}

export const windowLoss = (of: RfmProgram, row: Row, now: number): number => purchasesEdge(of.purchases, row, now);

/** A last purchase that is ahead of now (skew) is of today. */
const recencyAt = (of: RfmProgram, last: number, now: number): number => Math.max(0, dayAt(of.purchases, now) - last);

export const frequencyOf = (of: RfmProgram, row: Row, now: number): number =>
  of.frequency === "orders" ? orderCount(of.purchases, row, now) : purchaseDays(of.purchases, row, now);

/** How many bounds a number has passed. */
export function boundsBelow({ bounds, closed }: AxisCuts, value: number): number {
  let below = 0;
  for (const bound of bounds) if (closed === "left" ? bound <= value : bound < value) below++;
  return below;
}

/** The least whole number that has passed a bound. */
export const leastDays = ({ closed }: AxisCuts, bound: number): number => (closed === "left" ? Math.ceil(bound) : Math.floor(bound) + 1);
