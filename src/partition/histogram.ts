// How many contacts have which whole number: the counts that quantiles are made of. Counts can be added up over partitions and
// taken away again, so a contact that changes moves from one count to another and nobody is counted twice.
//
// Small numbers of distinct values are counted exactly. Beyond `MOST_DISTINCT` in a partition values fall into buckets of at
// most 1/1,024 of their size, each standing as its middle, and stay so: a quantile is then off by at most 1/2,048 of itself.
// Values below 2,048 are exact always.

import { log2, powerOfTwo } from "../model/portable.ts";
import { BOUNDS } from "../packs/bounds.ts";

export const MOST_DISTINCT = BOUNDS.distinct_numbers.most;
/** Buckets to a doubling. */
const FINENESS_BITS = 10;
const EXACT_BELOW = 2048;

export class Histogram {
  readonly #counts = new Map<number, number>();
  #coarse: boolean;

  constructor(coarse = false) {
    this.#coarse = coarse;
  }

  get coarse(): boolean {
    return this.#coarse;
  }

  add(value: number): void {
    this.#change(value, 1);
    if (this.#coarse || this.#counts.size <= MOST_DISTINCT) return;
    this.#coarse = true;
    const exact = [...this.#counts];
    this.#counts.clear();
    for (const [of, count] of exact) this.#change(of, count);
  }

  remove(value: number): void {
    this.#change(value, -1);
  }

  /** Values with their counts, in no order. */
  entries(): [number, number][] {
    return [...this.#counts];
  }

  #change(value: number, by: number): void {
    const key = this.#coarse ? bucketOf(value) : value;
    const count = (this.#counts.get(key) ?? 0) + by;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}

/** The middle of the bucket that a whole number falls into. */
export function bucketOf(value: number): number {
  const size = Math.abs(value);
  if (size < EXACT_BELOW) return value;
  // A logarithm just below a whole number may come out as that number.
  const doublings = Math.floor(log2(size));
  const width = powerOfTwo((powerOfTwo(doublings) > size ? doublings - 1 : doublings) - FINENESS_BITS);
  const middle = Math.floor(size / width) * width + width / 2;
  return value < 0 ? -middle : middle;
}
