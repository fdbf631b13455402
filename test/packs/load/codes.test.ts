import { describe, expect, it } from "vitest";
import { loadPack } from "../../../src/packs/load/load.ts";
import { formatProblems } from "../../../src/packs/problems.ts";

const HEAD = `pack: p
version: 1
events: { order: { track: A, value: properties.v }, look: B }
`;
const RFM = "rfm: { of: order, bins: 2, cuts: { r: [30], f: [2], m: [10] } }\n";

function problemsOf(text: string): string[] {
  const result = loadPack(HEAD + text, "p");
  return result.ok ? [] : formatProblems(result.problems).map((line) => line.replace(/^p:/, ""));
}
const codes = (...lines: string[]) => `${RFM}segments:\n  codes:\n${lines.map((line) => `    ${line}\n`).join("")}`;

describe("codes", () => {
  it("are fine when each stands in one segment", () => {
    expect(problemsOf(codes('a: "[12]1[12]"', "b: 121 122 221", "c: [222]"))).toEqual([]);
    expect(problemsOf(codes("a: 11", "b: else"))).toEqual([]);
  });

  it.each([
    [
      "one is missing",
      ['a: "[12]1[12]"', "b: 121 122 221"],
      "7:5  code-missing  `codes` of the segments: no segment has 222  (give each code a segment, or end with `rest: else`)",
    ],
    ["one stands twice", ["a: 111 112", "b: 2[12][12] 12[12] 112"], "8:25  code-twice  code 112 is in `a` (line 7) and in `b`  (keep one)"],
    [
      "a digit is too high",
      ["a: 113", "b: else"],
      "7:8  bad-code  `113` of segment `a` is not a code  (a digit from 1 to 2 for each of R, F and M (or R and F), such as 5[45])",
    ],
    [
      "lengths differ",
      ["a: 11 111", "b: else"],
      "7:11  bad-code  `111` of segment `a` has 3 digits where those before have 2  (write all codes with R, F and M, or all with R and F)",
    ],
    ["one stands after else", ["a: else", "b: 111"], "8:5  after-else  segment `b` stands after `else` and can never be reached  (put the `else` last)"],
    ["a segment is empty", ["a:", "b: else"], '7:7  wrong-shape  the codes of segment `a` are empty  (write codes, such as 333 332 or "[12]5", or else)'],
  ])("are refused when %s", (_, lines, problem) => {
    expect(problemsOf(codes(...lines))).toEqual([problem]);
  });

  it("are refused without rfm, beside a list, and as no map", () => {
    expect(problemsOf("segments:\n  codes:\n    a: 111\n")).toEqual([
      "6:5  no-rfm  `codes` of the segments: this pack has no `rfm`  (add `rfm:`, or write a `list` of conditions)",
    ]);
    expect(problemsOf(`${RFM}segments:\n  codes: 5\n`)).toEqual([
      "6:10  wrong-shape  `codes` of the segments is the number 5; it is a map of segments to their codes  (such as champions: 555 554 544)",
    ]);
    expect(problemsOf(`${RFM}segments:\n  list: [{ b: else }]\n  codes: { a: else }\n`)).toEqual([
      "7:10  one-of  `segments` has a `list` and `codes`  (keep one: each contact has one segment)",
    ]);
  });
});
