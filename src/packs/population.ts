// Numbers of the whole population: what of each contact is counted for them, and which are in effect. An item is the `rfm` block
// where it takes cut points from the population, or one entry of `population:`. The numbers themselves come through the log
// (`cuts` records), numbered from 1 for each meaning, and are the same for everyone until the next: this file only holds them.
//
// Counting is in partition/population-counts.ts, making numbers out of counts in engine/cut-points.ts.

import { type CutMoves, movesBetween } from "./cut-moves.ts";
import type { PurchasesProgram } from "./purchases.ts";
import type { AxesCuts, Axis, AxisCuts, RfmProgram } from "./rfm-score.ts";
import type { Row } from "./row.ts";
import type { NextChange } from "./terms/truth.ts";

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
  /** `zone`: whose days recency is counted in, where that is not UTC. */
  | { readonly kind: "rfm"; readonly method: "r" | "pandas" | "thirds"; readonly bins: number; readonly axes: readonly Axis[]; readonly zone?: string }
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
  /** Of `rfm`: places of its samples by axis, -1 where its cut points are written; `any`: one of those that are there. */
  readonly ranks: (Readonly<Record<Axis, number>> & { readonly any: number }) | null;
  /** Which contacts the pack leaves out, so that they are counted nowhere; null: none. */
  readonly leavesOut: ((row: Row, now: number) => boolean) | null;
  /** Of a mean: which events count, how many buckets are kept, and which of them a moment lies in. */
  readonly mean: (Pick<PurchasesProgram, "currency" | "leaveOutFree"> & { readonly buckets: number; readonly bucketOf: (at: number) => number }) | null;
  /** Place of the number under which the contact was last looked at. */
  readonly seen: number;
  /** When a sample of this contact may change without an event. */
  readonly next: NextChange;
  readonly live: LiveNumbers;
}

/** Cut points before those in effect that are remembered, to see for whom nothing has changed (engine/unmoved.ts). */
const CUTS_REMEMBERED = 4;

/** What an event adds to a mean: how many events, and how much (1/10,000); below 0 where one is taken back. `at`: its event time. */
export interface Observed {
  readonly of: PopulationProgram;
  readonly at: number;
  readonly events: number;
  readonly amount: number;
}

/** In effect now. */
export interface LiveNumbers {
  number: number;
  /** Log time at which they were counted, ms; NaN before the first. */
  at: number;
  /** The records as they stand in the log, for a checkpoint: of what is remembered, and last of what is in effect. */
  records: readonly string[];
  /** Of `population:` entries; NaN before the first. */
  value: number;
  /** Of `rfm`: its program, whose cut points these are. */
  readonly rfm: RfmProgram | null;
  /** Cut points that were in effect before, by number, and what those in effect move of them. */
  readonly before: Map<number, AxesCuts>;
  readonly moves: Map<number, CutMoves>;
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
  if (live.rfm !== null) takeCuts(live, live.rfm, record);
  live.number = record.number;
  live.at = record.at;
  live.records = [...live.records, text].slice(live.rfm === null ? -1 : -1 - CUTS_REMEMBERED);
  live.value = record.value ?? Number.NaN;
}

function takeCuts(live: LiveNumbers, { cuts }: RfmProgram, record: CutsRecord): void {
  if (live.number > 0) live.before.set(live.number, { ...cuts.axes });
  const [oldest] = live.before.keys();
  if (oldest !== undefined && live.before.size > CUTS_REMEMBERED) live.before.delete(oldest);
  cuts.number = record.number;
  for (const [axis, of] of Object.entries(record.axes ?? {})) cuts.axes[axis as Axis] = of;
  live.moves.clear();
  for (const [number, axes] of live.before) {
    const moves = movesBetween(axes, cuts.axes);
    if (moves !== null) live.moves.set(number, moves);
  }
}

/** What is in effect stays so where the meaning is the same: packs have changed around it. */
export function keepNumbers(before: readonly PopulationProgram[], after: readonly PopulationProgram[]): void {
  for (const item of after) {
    const old = before.find((other) => other.pack === item.pack && other.name === item.name && other.meaning === item.meaning);
    for (const text of old?.live.records ?? []) takeNumbers(item, JSON.parse(text) as CutsRecord, text);
  }
}
