// How figures are taken: order of the contestants, medians, and ratios round by round.

import { describe, expect, test } from "vitest";
import { inTurn, median, quantile, ratioOf } from "../../bench/rounds.ts";

describe("contestants in turn", () => {
  test("every second round goes backwards, and rounds to warm up are left out", async () => {
    const order: string[] = [];
    const contestant = (name: string) => async () => `${name}${order.push(name)}`;
    const samples = await inTurn({ rounds: 2, warmUp: 1 }, { a: contestant("a"), b: contestant("b") });
    expect(order.join("")).toBe("baabba");
    expect(samples).toEqual({ a: ["a3", "a6"], b: ["b4", "b5"] });
  });

  test("one that fails ends all", async () => {
    const after: string[] = [];
    const fails = inTurn({ rounds: 1, warmUp: 0 }, { a: () => Promise.reject(new Error("broken")), b: async () => void after.push("b") });
    await expect(fails).rejects.toThrow("broken");
    expect(after).toEqual([]);
  });
});

describe("medians", () => {
  test("of odd and even numbers of values, in any order", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  test("a quantile lies between its neighbours", () => {
    const values = Array.from({ length: 101 }, (_, i) => 100 - i);
    expect(quantile(values, 0.99)).toBe(99);
    expect(quantile([0, 10], 0.25)).toBe(2.5);
  });

  test("a ratio is the median of the rounds' ratios, not the ratio of the medians", () => {
    expect(ratioOf([10, 40, 60], [10, 20, 120])).toEqual({ median: 1, lowest: 0.5, highest: 2 });
  });
});
