// Numbers of the whole population: what of each contact is counted for them, and which are in effect. An item is the `rfm` block
// where it takes cut points from the population, or one entry of `population:`. The numbers themselves come through the log
// (`cuts` records), numbered from 1 for each meaning, and are the same for everyone until the next: this file only holds them.
//
// Counting is in partition/population-counts.ts, making numbers out of counts in engine/cut-points.ts.

import type { Window } from "./definition.ts";
import type { NextChange } from "./program.ts";
import type { Axis, AxisCuts, Cuts } from "./rfm-score.ts";
import type { Row } from "./row.ts";

/** A number of each contact that is counted; NaN where the contact has none. Whole: days, orders, amounts in 1/10,000. */
export interface Sample {
  readonly name: string;
  /** Id of the field that remembers what this contact is counted as, and its place. */
  readonly id: string;
  readonly counted: number;
  readonly value: (row: Row, now: number) => number;
}

/** How numbers are made of counts: plain data, because it crosses threads. */
export type Plan =
  | { readonly kind: "rfm"; readonly method: "r" | "pandas" | "thirds"; readonly bins: number; readonly axes: readonly Axis[] }
  | { readonly kind: "quantile"; readonly at: number }
  | { readonly kind: "mean" };

export interface PopulationProgram {
  /** Pack, and `rfm` or the name in `population:`. */
  readonly pack: string;
  readonly name: string;
  /** Hash of what is counted and how; numbers of another meaning do not count. */
  readonly meaning: string;
  readonly everyMs: number;
  readonly othersMoved: "silent" | "fire";
  readonly plan: Plan;
  readonly samples: readonly Sample[];
  /** Of a mean: which bucket an event falls into. */
  readonly window: Window | null;
  /** Place of the number under which the contact was last looked at. */
  readonly seen: number;
  /** When a sample of this contact may change without an event. */
  readonly next: NextChange;
  readonly live: LiveNumbers;
}

/** In effect now. */
export interface LiveNumbers {
  number: number;
  /** Log time at which they were counted, ms; NaN before the first. */
  at: number;
  /** The record as it stands in the log, for a checkpoint; "" before the first. */
  record: string;
  /** Of `population:` entries; NaN before the first. */
  value: number;
  /** Of `rfm`: shared with its program. */
  readonly cuts: Cuts | null;
}

/** A `cuts` record. */
export interface CutsRecord {
  readonly type: "cuts";
  readonly pack: string;
  readonly of: string;
  readonly meaning: string;
  readonly number: number;
  /** Position and log time (ms) as of which it was counted, and over how many. */
  readonly asOf: number;
  readonly at: number;
  readonly counted: number;
  readonly axes?: Partial<Record<Axis, AxisCuts>>;
  readonly value?: number;
}

/** Puts numbers into effect. */
export function takeNumbers({ live }: PopulationProgram, record: CutsRecord, text: string): void {
  live.number = record.number;
  live.at = record.at;
  live.record = text;
  live.value = record.value ?? Number.NaN;
  if (live.cuts === null) return;
  live.cuts.number = record.number;
  for (const [axis, cuts] of Object.entries(record.axes ?? {})) live.cuts.axes[axis as Axis] = cuts;
}

/** What is in effect stays so where the meaning is the same: packs have changed around it. */
export function keepNumbers(before: readonly PopulationProgram[], after: readonly PopulationProgram[]): void {
  for (const item of after) {
    const old = before.find((other) => other.pack === item.pack && other.name === item.name && other.meaning === item.meaning);
    if (old !== undefined && old.live.number > 0) takeNumbers(item, JSON.parse(old.live.record) as CutsRecord, old.live.record);
  }
}
