// What lies between two sets of cut points: the numbers whose bin is another under the later ones. Most cut points move little
// from day to day, many not past a single whole number, so that next to nothing is left to ask of a contact (engine/unmoved.ts).
//
// Bounds are put into the whole numbers that are counted (days since, orders, 1/10,000), each as the least number that has passed
// it; a number has changed its bin exactly if it lies between a bound and the same bound of before. Derived, and not kept.

import { type AxesCuts, type AxisCuts, leastDays } from "./rfm-score.ts";

/** From `low` up to, but without, `high`. */
export interface Between {
  readonly low: number;
  readonly high: number;
}

export interface CutMoves {
  /** Days since the last purchase, orders or days with one, amount in 1/10,000: those that lie in another bin. */
  readonly r: readonly Between[];
  readonly f: readonly Between[];
  readonly m: readonly Between[];
  /** Days after which R changes, ascending, and up to which of them one comes sooner than before (0: none does). */
  readonly passes: readonly number[];
  readonly soonerUpTo: number;
}

/** null where an axis had no cut points. */
export function movesBetween(before: AxesCuts, after: AxesCuts): CutMoves | null {
  const r = between(before.r, after.r, leastDays);
  const f = between(before.f, after.f, leastDays);
  const m = between(before.m, after.m, leastAmount);
  if (r === null || f === null || m === null || after.r === null) return null;
  const soonerUpTo = r.sooner.reduce((largest, days) => Math.max(largest, days), 0);
  return { r: r.moved, f: f.moved, m: m.moved, passes: after.r.bounds.map((bound) => leastDays(after.r as AxisCuts, bound)), soonerUpTo };
}

export function isBetween(moved: readonly Between[], value: number): boolean {
  for (const { low, high } of moved) if (value >= low && value < high) return true;
  return false;
}

/** The least amount (1/10,000) that has passed a bound in units of the currency: what the comparison itself says counts. */
function leastAmount(cuts: AxisCuts, bound: number): number {
  const passed = (amount: number): boolean => (cuts.closed === "left" ? bound <= amount / 10_000 : bound < amount / 10_000);
  let least = Math.ceil(bound * 10_000);
  while (passed(least - 1)) least--;
  while (!passed(least)) least++;
  return least;
}

function between(
  before: AxisCuts | null,
  after: AxisCuts | null,
  leastOf: (cuts: AxisCuts, bound: number) => number,
): { readonly moved: readonly Between[]; readonly sooner: readonly number[] } | null {
  if (before === null || after === null || before.bounds.length !== after.bounds.length) return null;
  const moved: Between[] = [];
  const sooner: number[] = [];
  for (const [index, bound] of after.bounds.entries()) {
    const is = leastOf(after, bound);
    const was = leastOf(before, before.bounds[index] as number);
    if (is !== was) moved.push({ low: Math.min(is, was), high: Math.max(is, was) });
    if (is < was) sooner.push(is);
  }
  return { moved, sooner };
}
