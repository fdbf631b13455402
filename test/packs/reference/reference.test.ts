// The reference knows every word of the language and no other, and every example in it is a pack that loads.

import { describe, expect, test } from "vitest";
import { loadPack } from "../../../src/packs/load/load.ts";
import { formatProblems } from "../../../src/packs/problems.ts";
import { framed, REFERENCE } from "../../../src/packs/reference/blocks.ts";
import { ASKED, REFUSED } from "../../../src/packs/reference/conditions.ts";
import { languagePage } from "../../../src/packs/reference/page.ts";
import { BLOCKS } from "../../../src/packs/schema.ts";

const WORDS = Object.entries(BLOCKS).flatMap(([block, { keys }]) => keys.map((key) => `${block}.${key}`));

test("every word of the language has an entry, and there is no entry for another", () => {
  const entries = Object.entries(REFERENCE).flatMap(([block, { words }]) => Object.keys(words).map((key) => `${block}.${key}`));
  expect(WORDS.filter((word) => !entries.includes(word))).toEqual([]);
  expect(entries.filter((word) => !WORDS.includes(word))).toEqual([]);
});

describe("the example of", () => {
  const examples = Object.entries(REFERENCE).flatMap(([name, block]) =>
    Object.entries(block.words).map(([key, { example }]) => [`${name}.${key}`, key, framed(block, example)] as const),
  );

  test.each(examples)("%s loads", (_, __, text) => {
    expect(said(text)).toEqual([]);
  });

  test.each(examples)("%s uses it", (_, key, text) => {
    expect(text).toMatch(new RegExp(`(^|[\\s{,-])${key}:|[{,] ?${key}:`, "m"));
  });
});

const VOCABULARY = `pack: p
version: 1
events: { order: Order, visit: { page: "*" } }
traits: { country: string, renews_at: date }
measures: { orders: { count: order }, visits_30d: { count: visit, window: 30d }, first_order: { first: order }, last_order: { last: order } }
scores: { heat: { decay: { half_life: 9d }, points: { visit: 5 } }, fit: { points: { order: 9 } } }
bands: { recency: { of: days_since(last_order), at: { hot: 0, cold: 90 } } }
audiences: { keen: heat > 9 }
stages: { order: [visitor, lead], moves: [{ to: lead, event: order }] }
`;
const asking = (condition: string): string => `${VOCABULARY}triggers:\n  t: { event: order, channel: c, message: m, if: ${JSON.stringify(condition)} }\n`;

describe("conditions", () => {
  test.each(ASKED)("$example may be asked", ({ example }) => {
    expect(said(asking(example))).toEqual([]);
  });

  test.each(REFUSED)("$example is refused with advice", ({ example, code, instead }) => {
    const result = loadPack(asking(example), "");
    const problems = result.ok ? [] : result.problems;
    expect(problems.map((problem) => [problem.code, problem.hint !== null])).toEqual([[code, true]]);
    if (instead.startsWith("=")) expect(said(asking(instead.slice(1)))).toEqual([]);
  });
});

test("docs/language.md is what the reference says (vitest -u writes it)", async () => {
  await expect(languagePage()).toMatchFileSnapshot("../../../docs/language.md");
});

function said(text: string): string[] {
  const result = loadPack(text, "");
  return result.ok ? [] : formatProblems(result.problems);
}
