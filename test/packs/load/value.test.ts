import { describe, expect, it } from "vitest";
import { loadPack } from "../../../src/packs/load/load.ts";
import { formatProblems } from "../../../src/packs/problems.ts";

const HEAD = `pack: p
version: 1
events: { order: { track: A, value: properties.v }, look: B }
`;
const BG = "bg_nbd: { r: 0.2, alpha: 4, a: 0.8, b: 2.4 }";
const GG = "gamma_gamma: { p: 6, q: 4, gamma: 15 }";

function problemsOf(text: string): string[] {
  const result = loadPack(`${HEAD}${text}\n`, "p");
  return result.ok ? [] : formatProblems(result.problems).map((line) => line.replace(/^p:/, ""));
}

describe("value and population", () => {
  it("are fine, and are what conditions name", () => {
    expect(
      problemsOf(
        `value: { of: order, ${BG}, ${GG} }\naudiences: { a: value.alive < 0.3 && value.purchases * 2 > 1 && value.spend > 3, b: missing(value.alive) }`,
      ),
    ).toEqual([]);
    expect(problemsOf("population: { x: { mean: order } }\naudiences: { a: population.x > 3.0 }")).toEqual([]);
  });

  it.each([
    ["no event", `value: { ${BG} }`, "4:8  missing-key  `value` has no `of`  (name the event that is a purchase, such as of: order)"],
    [
      "a parameter left out",
      "value: { of: order, bg_nbd: { r: 1, alpha: 1, b: 1 } }",
      "4:29  missing-key  `bg_nbd` of `value` has no `a`  (`tidemark fit` estimates all of them together)",
    ],
    ["a parameter of 0", "value: { of: order, gamma_gamma: { p: 0, q: 2, gamma: 1 } }", "4:39  bad-value  `p` of `gamma_gamma` of `value` is 0; it is above 0"],
    [
      "a of 1",
      "value: { of: order, bg_nbd: { r: 1, alpha: 1, a: 1, b: 1 } }",
      "4:29  bad-value  `a` of `bg_nbd` is 1, where the formula divides by zero  (write 1.0001)",
    ],
    [
      "q of 1",
      "value: { of: order, gamma_gamma: { p: 1, q: 1, gamma: 1 } }",
      "4:34  bad-value  `q` of `gamma_gamma` is 1: the mean spend of a population is then infinite  (it is above 1)",
    ],
    [
      "a chance without parameters",
      `value: { of: order, ${GG} }\naudiences: { a: value.alive < 0.3 }`,
      "5:17  unknown-name  `value.alive` is not known in this pack  (give `value:` the parameters `bg_nbd`)",
    ],
    [
      "another word of value",
      `value: { of: order, ${BG} }\naudiences: { a: value.alife < 0.3 }`,
      "5:17  unknown-name  `value.alife` is not known in this pack  (did you mean `value.alive`?)",
    ],
    [
      "value alone",
      `value: { of: order, ${BG} }\naudiences: { a: value > 3 }`,
      "5:17  wrong-type  `value` alone is no value  (name value.alive, value.purchases or value.spend)",
    ],
    [
      "equality",
      `value: { of: order, ${BG} }\naudiences: { a: value.alive == 0.3 }`,
      "5:17  equality-on-real  `value.alive` is a real number that moves with the clock: `==` would hold for no time at all  (use >= or <)",
    ],
    [
      "a mean and a quantile",
      "population: { x: { mean: order, quantile: n } }",
      "4:18  one-of  `x` of the population is `mean` and `quantile` at once  (say one of `mean` or `quantile`)",
    ],
    [
      "a mean of an event without value",
      "population: { x: { mean: look } }",
      "4:26  no-value  `x` of the population: event `look` has no `value`  (give the event a `value`, such as value: properties.revenue)",
    ],
    [
      "a quantile of nothing",
      "population: { x: { quantile: n, at: 0.5 } }",
      "4:30  unknown-name  `x` of the population is of the text `n`; a quantile is of a measure that is a number",
    ],
    [
      "a quantile without free orders",
      "measures: { n: { count: order } }\npopulation: { x: { quantile: n, at: 0.5, free: leave_out } }",
      "5:48  key-not-here  `x` of the population: `free` does not go with `quantile`  (only a mean has it)",
    ],
    [
      "a mean of free orders",
      "population: { x: { mean: order, free: only } }",
      "4:39  bad-value  `free` of `x` of the population is `only`; it can be `count` or `leave_out`",
    ],
    [
      "a quantile in percent",
      "measures: { n: { count: order } }\npopulation: { x: { quantile: n, at: 80 } }",
      "5:37  bad-value  `at` of `x` of the population is 80; it lies between 0 and 1  (write 0.8)",
    ],
    [
      "a number that is not there",
      "population: { mean_order: { mean: order } }\naudiences: { a: population.mean_odrer > 3 }",
      "5:17  unknown-name  the population has no number `mean_odrer`  (did you mean `mean_order`?)",
    ],
  ])("are refused with %s", (_, text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });
});
