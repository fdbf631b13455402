import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketOf, Histogram, MOST_DISTINCT } from "../../src/partition/histogram.ts";

describe("a histogram", () => {
  it("counts exactly, and forgets what is taken away", () => {
    const histogram = new Histogram();
    for (const value of [5, 5, 7_000_003]) histogram.add(value);
    histogram.remove(5);
    expect(histogram.entries()).toEqual([
      [5, 1],
      [7_000_003, 1],
    ]);
    histogram.remove(5);
    histogram.remove(7_000_003);
    expect(histogram.entries()).toEqual([]);
  });

  it("becomes coarse beyond its limit, and takes away from the same buckets", () => {
    const histogram = new Histogram();
    const values = Array.from({ length: MOST_DISTINCT + 1 }, (_, index) => 1_000_000 + index * 977);
    for (const value of values) histogram.add(value);
    expect(histogram.coarse).toBe(true);
    expect(histogram.entries().reduce((sum, [, count]) => sum + count, 0)).toBe(values.length);
    for (const value of values) histogram.remove(value);
    expect(histogram.entries()).toEqual([]);
  });

  it("stands for a value with a bucket that is off by at most 1/2048, in order, and by itself with itself", () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), fc.integer({ min: 0, max: 1000 }), (value, more) => {
        expect(Math.abs(bucketOf(value) - value)).toBeLessThanOrEqual(Math.abs(value) / 2048);
        expect(bucketOf(value + more)).toBeGreaterThanOrEqual(bucketOf(value));
        expect(bucketOf(bucketOf(value))).toBe(bucketOf(value));
      }),
    );
    expect(bucketOf(2047)).toBe(2047);
  });
});
