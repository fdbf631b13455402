// What one partition counts of its contacts for numbers of the whole population (packs/population.ts). Each contact's row
// remembers as what it is counted, so a change takes one count away and adds another, and the counts of a restored partition
// are made again from its rows. Not in the rows, and so part of a snapshot by themselves: when was last counted, whether the
// numbers of that stand in the log by now, whether a histogram has become coarse, and the totals of means.

import { BucketList } from "../packs/bucket-list.ts";
import type { Observed, PopulationProgram, Sample } from "../packs/population.ts";
import type { Program } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { Histogram } from "./histogram.ts";

/** Counts of one item as of a position: summed over partitions, then made into numbers. */
export interface ItemCounts {
  /** Sample -> values and how many contacts have each. */
  readonly samples: Readonly<Record<string, readonly (readonly [value: number, count: number])[]>>;
  readonly coarse: boolean;
  /** Of a mean: events, and the sum of their values in 1/10,000. */
  readonly events: number;
  readonly sum: number;
}

/** The part that cannot be made again from rows; by `pack/name#meaning`. */
export type PopulationState = Readonly<
  Record<
    string,
    {
      readonly period: number;
      /** Counted, and no record of it in the log yet. */
      readonly owed?: boolean;
      readonly coarse: readonly string[];
      readonly buckets: readonly number[];
      readonly counts: readonly number[];
      readonly sums: readonly number[];
    }
  >
>;

/** An item that is to be made into numbers, with one partition's counts. */
export interface Due {
  readonly item: PopulationProgram;
  readonly counts: ItemCounts;
}

interface Counted {
  readonly item: PopulationProgram;
  /** How many times `every` had passed when it was last counted; NaN before the first step. */
  period: number;
  /** Whether numbers of that count, or of a later one, are still to come through the log. */
  owed: boolean;
  readonly histograms: readonly Histogram[];
  readonly events: BucketList;
  readonly sums: BucketList;
}

export class PopulationCounts {
  readonly #counted: readonly Counted[];
  readonly #samples: readonly { readonly sample: Sample; readonly histogram: Histogram; readonly leavesOut: PopulationProgram["leavesOut"] }[];

  /** `before`: counts of the packs before, which go on where the meaning is the same. */
  constructor(program: Program, before?: PopulationCounts, state: PopulationState = {}) {
    this.#counted = program.packs.flatMap((pack) => pack.population).map((item) => countedOf(item, before, state));
    this.#samples = this.#counted.flatMap(({ item, histograms }) =>
      item.samples.map((sample, index) => ({ sample, histogram: histograms[index] as Histogram, leavesOut: item.leavesOut })),
    );
  }

  /** Nothing is counted, so nothing needs to be done for each contact. */
  get isEmpty(): boolean {
    return this.#counted.length === 0;
  }

  /** Ids of the fields that these counts did not have in `before`. */
  newSamples(before: PopulationCounts): Sample[] {
    const known = new Set(before.#samples.map(({ sample }) => sample.id));
    return this.#samples.map(({ sample }) => sample).filter(({ id }) => !known.has(id));
  }

  /** Counts a contact as it is now, and no longer as it was; its row remembers. */
  note(row: Row, now: number): void {
    for (const { sample, histogram, leavesOut } of this.#samples) {
      const before = row.numbers[sample.counted] as number;
      const after = leavesOut?.(row, now) === true ? Number.NaN : sample.value(row, now);
      if (Object.is(before, after)) continue;
      if (!Number.isNaN(before)) histogram.remove(before);
      if (!Number.isNaN(after)) histogram.add(after);
      row.numbers[sample.counted] = after;
    }
  }

  /** Counts a contact as its row says; `only`: for these samples. */
  recall(row: Row, only?: readonly Sample[]): void {
    for (const { sample, histogram } of this.#samples) {
      if (only !== undefined && !only.some(({ id }) => id === sample.id)) continue;
      const place = row.layout.numbers.indexOf(sample.id);
      const counted = place < 0 ? Number.NaN : (row.numbers[place] as number);
      if (!Number.isNaN(counted)) histogram.add(counted);
    }
  }

  /** Counts a contact no longer. */
  drop(row: Row): void {
    for (const { sample, histogram } of this.#samples) {
      const place = row.layout.numbers.indexOf(sample.id);
      const counted = place < 0 ? Number.NaN : (row.numbers[place] as number);
      if (!Number.isNaN(counted)) histogram.remove(counted);
    }
  }

  /** For a mean. One that is older than its window, or taken back out of a bucket that has left it, changes nothing. */
  observe({ of, at, events, amount }: Observed, now: number): void {
    const counted = this.#counted.find(({ item }) => item === of);
    const bucket = of.mean?.bucketOf(at) ?? Number.NEGATIVE_INFINITY;
    const cut = cutOf(of, now);
    if (counted === undefined || bucket <= cut) return;
    counted.events.add(bucket, events, cut);
    counted.sums.add(bucket, amount, cut);
  }

  /** Log time at which something is to be counted next. */
  get nextCount(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { item, period } of this.#counted) next = Math.min(next, Number.isNaN(period) ? 0 : (period + 1) * item.everyMs);
    return next;
  }

  /** Items whose time has come at this step, with their counts. The first step of all only begins to wait. */
  due(now: number): Due[] {
    return this.#counted.flatMap((counted) => {
      const period = Math.floor(now / counted.item.everyMs);
      if (period <= counted.period) return [];
      const isFirst = Number.isNaN(counted.period);
      counted.period = period;
      counted.owed = !isFirst;
      return isFirst ? [] : [{ item: counted.item, counts: countsOf(counted, now) }];
    });
  }

  /** What was counted and has not come through the log, counted as of now: a start from this state says it again. */
  owed(now: number): Due[] {
    return this.#counted.filter(({ owed }) => owed).map((counted) => ({ item: counted.item, counts: countsOf(counted, now) }));
  }

  /** Numbers counted at log time `at` are in effect. Where more time has passed since than they know of, the next step counts again. */
  inEffect(item: PopulationProgram, at: number): void {
    const counted = this.counted(item);
    if (counted === undefined) return;
    counted.owed = false;
    const period = Math.floor(at / item.everyMs);
    if (period < counted.period) counted.period = period;
  }

  /** What goes on of an item of the same meaning, and of a sample of the same id. */
  counted(item: PopulationProgram): Counted | undefined {
    return this.#counted.find((one) => idOf(one.item) === idOf(item));
  }

  histogram(id: string): Histogram | undefined {
    return this.#samples.find(({ sample }) => sample.id === id)?.histogram;
  }

  state(): PopulationState {
    return Object.fromEntries(this.#counted.map((counted) => [idOf(counted.item), stateOf(counted)]));
  }
}

const idOf = (item: PopulationProgram): string => `${item.pack}/${item.name}#${item.meaning}`;
const cutOf = ({ mean }: PopulationProgram, now: number): number => (mean === null ? Number.NEGATIVE_INFINITY : mean.bucketOf(now) - mean.buckets);

function countedOf(item: PopulationProgram, before: PopulationCounts | undefined, state: PopulationState): Counted {
  const known = before?.counted(item);
  const saved = state[idOf(item)];
  return {
    item,
    period: known?.period ?? saved?.period ?? Number.NaN,
    owed: known?.owed ?? saved?.owed ?? false,
    histograms: item.samples.map(({ id, name }) => before?.histogram(id) ?? new Histogram(saved?.coarse.includes(name))),
    events: known?.events ?? listOf(saved?.buckets, saved?.counts),
    sums: known?.sums ?? listOf(saved?.buckets, saved?.sums),
  };
}

function listOf(buckets: readonly number[] = [], amounts: readonly number[] = []): BucketList {
  const list = new BucketList();
  for (const [index, bucket] of buckets.entries()) list.push(bucket, amounts[index] as number);
  return list;
}

function stateOf({ item, period, owed, histograms, events, sums }: Counted): PopulationState[string] {
  return {
    period,
    owed,
    coarse: item.samples.filter((_, index) => histograms[index]?.coarse === true).map(({ name }) => name),
    buckets: [...events.buckets.subarray(0, events.length)],
    counts: [...events.amounts.subarray(0, events.length)],
    sums: [...sums.amounts.subarray(0, sums.length)],
  };
}

function countsOf({ item, histograms, events, sums }: Counted, now: number): ItemCounts {
  const cut = cutOf(item, now);
  return {
    samples: Object.fromEntries(item.samples.map(({ name }, index) => [name, histograms[index]?.entries() ?? []])),
    coarse: histograms.some(({ coarse }) => coarse),
    events: events.sum(cut),
    sum: sums.sum(cut),
  };
}
