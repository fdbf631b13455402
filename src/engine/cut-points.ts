// Counts of the whole population -> the numbers that everyone is held against until the next: bounds of R, F and M by a named
// method, a quantile, or a mean (docs/packs.md "population"). Pure, and from + - x / alone, so that whoever computes them from
// the same counts gets the same bits.
//
// Quantiles are Hyndman and Fan's type 7 (R's and NumPy's default): over n sorted numbers x[0..n-1] the quantile p lies at
// h = (n - 1) p, between its neighbours in proportion.

import type { Plan } from "../packs/population.ts";
import { dayAt } from "../packs/purchases.ts";
import type { Axis, AxisCuts } from "../packs/rfm-score.ts";
import { knownZone } from "../packs/windows.ts";

/** A number and how many contacts have it. */
export type Weighted = readonly (readonly [value: number, count: number])[];

export interface Counts {
  readonly samples: Readonly<Record<string, Weighted>>;
  readonly events: number;
  readonly sum: number;
}

export interface Numbers {
  /** Contacts, or for a mean events, that were counted. */
  readonly counted: number;
  readonly axes?: Partial<Record<Axis, AxisCuts>>;
  readonly value?: number;
}

/** Null where nothing was there to count. `at`: log time of the counting, ms. */
export function numbersOf(plan: Plan, counts: Counts, at: number): Numbers | null {
  if (plan.kind === "mean") return counts.events === 0 ? null : { counted: counts.events, value: counts.sum / counts.events / 10_000 };
  if (plan.kind === "quantile") {
    const sorted = new Sorted(counts.samples["value"] ?? [], (value) => value / 10_000);
    return sorted.count === 0 ? null : { counted: sorted.count, value: sorted.quantile(Math.round(plan.at * 1_000_000), 1_000_000) };
  }
  const today = dayAt({ zone: plan.zone === undefined ? null : knownZone(plan.zone) }, at);
  const axes = plan.axes.map((axis) => [axis, new Sorted(counts.samples[axis] ?? [], unitOf(axis, today))] as const);
  const counted = axes[0]?.[1].count ?? 0;
  if (counted === 0) return null;
  return { counted, axes: Object.fromEntries(axes.map(([axis, sorted]) => [axis, cutsOf(plan.method, plan.bins, sorted)])) };
}

/** From what is counted to what is compared: the last day to days since, amounts to units of the currency. */
function unitOf(axis: Axis, today: number): (value: number) => number {
  if (axis === "r") return (day) => Math.max(0, today - day);
  return axis === "f" ? (value) => value : (value) => value / 10_000;
}

function cutsOf(method: "r" | "pandas" | "thirds", bins: number, sorted: Sorted): AxisCuts {
  const inner = Array.from({ length: bins - 1 }, (_, index) => index + 1);
  switch (method) {
    case "r":
      return { bounds: inner.map((i) => sorted.quantile(i, bins) + 1), closed: "left" };
    case "thirds":
      return { bounds: inner.map((i) => sorted.quantile(i, bins)), closed: "right" };
    case "pandas": {
      const ranks = sorted.ranks();
      return { bounds: inner.map((i) => sorted.lastWithin(ranks, ranks.quantile(i, bins))), closed: "right" };
    }
  }
}

/** Numbers in ascending order, each with how often it occurs. */
class Sorted {
  readonly #values: readonly (readonly [value: number, count: number])[];
  readonly count: number;

  constructor(weighted: Weighted, unit: (value: number) => number = (value) => value) {
    const merged = new Map<number, number>();
    for (const [value, count] of weighted) merged.set(unit(value), (merged.get(unit(value)) ?? 0) + count);
    this.#values = [...merged].sort(([a], [b]) => a - b);
    this.count = this.#values.reduce((sum, [, count]) => sum + count, 0);
  }

  /** The quantile `part` / `of`, type 7. */
  quantile(part: number, of: number): number {
    const place = ((this.count - 1) * part) / of;
    const below = Math.floor(place);
    const low = this.#at(below);
    const share = place - below;
    return share === 0 ? low : low + share * (this.#at(below + 1) - low);
  }

  /** Ranks from 1 in place of the numbers; those that are tied share the mean of their ranks. */
  ranks(): Sorted {
    let before = 0;
    return new Sorted(
      this.#values.map(([, count]) => {
        const rank = before + (count + 1) / 2;
        before += count;
        return [rank, count] as const;
      }),
    );
  }

  /** The largest number whose rank is not above `rank`. */
  lastWithin(ranks: Sorted, rank: number): number {
    let last = this.#values[0]?.[0] ?? 0;
    for (const [index, [value]] of this.#values.entries()) if ((ranks.#values[index]?.[0] ?? Number.POSITIVE_INFINITY) <= rank) last = value;
    return last;
  }

  /** The number at a place from 0 in the whole order. */
  #at(place: number): number {
    let passed = 0;
    for (const [value, count] of this.#values) {
      passed += count;
      if (place < passed) return value;
    }
    return this.#values.at(-1)?.[0] ?? 0;
  }
}
