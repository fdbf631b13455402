import { describe, expect, it } from "vitest";
import { type Counts, numbersOf } from "../../src/engine/cut-points.ts";
import type { Plan } from "../../src/packs/population.ts";

const DAY = 86_400_000;
const counts = (samples: Counts["samples"]): Counts => ({ samples, events: 0, sum: 0 });
const plan = (method: "r" | "pandas" | "thirds", bins: number): Plan => ({ kind: "rfm", method, bins, axes: ["f"] });
const once = (...values: number[]) => values.map((value) => [value, 1] as const);
const boundsOf = (method: "r" | "pandas" | "thirds", bins: number, values: readonly (readonly [number, number])[]) =>
  numbersOf(plan(method, bins), counts({ f: values }), 0)?.axes?.f;

describe("cut points", () => {
  it("by `r` are type-7 quantiles plus one", () => {
    // quantile(c(1, 2, 3, 4, 10), c(.2, .4, .6, .8)) is 1.8 2.6 3.4 5.2
    expect(boundsOf("r", 5, once(10, 1, 4, 2, 3))).toEqual({ bounds: [2.8, 3.6, 4.4, expect.closeTo(6.2, 12)], closed: "left" });
    expect(
      boundsOf("r", 2, [
        [1, 7],
        [5, 1],
      ]),
    ).toEqual({ bounds: [2], closed: "left" });
  });

  it("by `pandas` are quantiles of ranks that ties share, right-closed", () => {
    expect(boundsOf("pandas", 5, once(1, 2, 3, 4, 5, 6, 7, 8, 9, 10))).toEqual({ bounds: [2, 4, 6, 8], closed: "right" });
    // Ranks 3 3 3 3 3 6 7 8 9 10: quantiles at .5 and up.
    expect(
      boundsOf("pandas", 2, [
        [1, 5],
        [2, 1],
        [3, 1],
        [4, 1],
        [5, 1],
        [6, 1],
      ]),
    ).toEqual({ bounds: [1], closed: "right" });
  });

  it("by `thirds` are the quantiles of a third and two thirds", () => {
    expect(boundsOf("thirds", 3, once(1, 2, 3, 4, 5, 6, 7))).toEqual({ bounds: [3, 5], closed: "right" });
  });

  it("of recency are days since, of amounts units of the currency", () => {
    const all: Plan = { kind: "rfm", method: "r", bins: 2, axes: ["r", "m"] };
    const numbers = numbersOf(all, counts({ r: once(90, 98, 101), m: once(10_000, 25_000, 40_000) }), 100 * DAY + 5);
    expect(numbers).toEqual({ counted: 3, axes: { r: { bounds: [3], closed: "left" }, m: { bounds: [3.5], closed: "left" } } });
  });
});

describe("numbers of the population", () => {
  it("are means of events and quantiles of measures", () => {
    expect(numbersOf({ kind: "mean" }, { samples: {}, events: 4, sum: 100_000 }, 0)).toEqual({ counted: 4, value: 2.5 });
    expect(numbersOf({ kind: "quantile", at: 0.75 }, counts({ value: once(0, 10_000, 20_000, 30_000, 40_000) }), 0)).toEqual({ counted: 5, value: 3 });
  });

  it("are none where nothing was there", () => {
    expect(numbersOf({ kind: "mean" }, counts({}), 0)).toBeNull();
    expect(numbersOf({ kind: "quantile", at: 0.5 }, counts({ value: [] }), 0)).toBeNull();
    expect(numbersOf(plan("r", 5), counts({ f: [] }), 0)).toBeNull();
  });
});
