// A part of the comparison with the library's evaluator; `npm run verify -- --only conditions` makes all of it.
// `SEED=7 npx vitest run test/packs/condition-oracle` repeats another.

import { expect, test } from "vitest";
import { linearPattern } from "../../../src/packs/text-values.ts";
import { compareWithLibrary } from "./oracle.ts";

test("3,000 random conditions and states give what the library's evaluator gives", () => {
  const { pairs, answers, differences, unsaid } = compareWithLibrary(Number(process.env["SEED"] ?? 1), 3_000);
  expect(differences.slice(0, 5)).toEqual([]);
  expect(pairs).toBeGreaterThanOrEqual(3_000);
  expect(unsaid).toBeLessThan(pairs / 10);
  for (const answer of ["yes", "no", "missing"] as const) expect(answers[answer]).toBeGreaterThan(pairs / 20);
});

test("a pattern that sends other engines round for ever takes time that grows with the text alone", () => {
  const matches = linearPattern({ op: "literal", value: "^(a+)+$", text: "", type: "string" });
  const began = performance.now();
  expect(matches(`${"a".repeat(20_000)}b`)).toBe(false);
  expect(matches("a".repeat(20_000))).toBe(true);
  expect(performance.now() - began).toBeLessThan(5_000);
});
