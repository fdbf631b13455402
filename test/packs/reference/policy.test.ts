// The reference of the policy knows every word of a policy and no other, and every example in it is a policy that loads.

import { describe, expect, test } from "vitest";
import { loadPolicy } from "../../../src/packs/load/policy.ts";
import { POLICY_BLOCKS } from "../../../src/packs/policy-schema.ts";
import { formatProblems } from "../../../src/packs/problems.ts";
import { framedPolicy, POLICY_REFERENCE } from "../../../src/packs/reference/policy.ts";
import { policyPage } from "../../../src/packs/reference/policy-page.ts";

const BLOCKS = Object.entries(POLICY_REFERENCE);
const WORDS = Object.entries(POLICY_BLOCKS).flatMap(([block, { keys }]) => keys.map((key) => `${block}.${key}`));

test("every word of a policy has an entry, and there is no entry for another", () => {
  const entries = BLOCKS.flatMap(([block, { words }]) => Object.keys(words).map((key) => `${block}.${key}`));
  expect(WORDS.filter((word) => !entries.includes(word))).toEqual([]);
  expect(entries.filter((word) => !WORDS.includes(word))).toEqual([]);
});

describe("the example of", () => {
  const examples = BLOCKS.flatMap(([name, block]) =>
    Object.entries(block.words).map(([key, { example }]) => [`${name}.${key}`, key, framedPolicy(block, example)] as const),
  );

  test.each(examples)("%s loads", (_, __, text) => {
    expect(said(text)).toEqual([]);
  });

  test.each(examples)("%s uses it", (_, key, text) => {
    expect(text).toMatch(new RegExp(`(^|[\\s{,-])${key}:|[{,] ?${key}:`, "m"));
  });
});

describe("what the page calls required is asked for:", () => {
  const WHOLE: Readonly<Record<string, string>> = {
    "policy.policy": "channels: {}\n",
    "policy.channels": "policy: p\n",
    "consent.key": "policy: p\nchannels: { a: { consent: { default: opt_in } } }\n",
    "holdOut.percent": "policy: p\nchannels: {}\nhold_out: { salt: a }\n",
    "holdOut.salt": "policy: p\nchannels: {}\nhold_out: { percent: 5 }\n",
    "suppress.in": "policy: p\nchannels: { a: }\nsuppress:\n  - { channels: [a] }\n",
  };

  test("nothing else is", () => {
    expect(BLOCKS.flatMap(([name, { required }]) => required.map((key) => `${name}.${key}`)).sort()).toEqual(Object.keys(WHOLE).sort());
  });

  test.each(Object.entries(WHOLE))("%s", (_, text) => {
    const result = loadPolicy(text, "");
    expect(result.ok ? [] : result.problems.map(({ code }) => code)).toEqual(["missing-key"]);
  });
});

test("what the page gives as defaults is what a policy that says nothing has", () => {
  const result = loadPolicy("policy: p\nchannels: { a: { consent: a }, b: }\n", "");
  expect(result.ok && result.policy).toMatchObject({
    zone: { trait: null, else: "UTC" },
    channels: [
      { name: "a", reaches: "contact", consent: { key: "a", withoutAnswer: false }, caps: [], quiet: null },
      { name: "b", reaches: "contact", consent: null, caps: [], quiet: null },
    ],
    everyone: [],
    transactional: { consent: true, cap: true, quiet: true, holdOut: true },
    whenQuiet: { holdMs: 86_400_000, checkAgain: true },
    priority: ["high", "normal", "low"],
    holdOut: null,
    suppress: [],
  });
});

test("docs/policy-language.md is what the reference says (vitest -u writes it)", async () => {
  await expect(policyPage()).toMatchFileSnapshot("../../../docs/policy-language.md");
});

function said(text: string): string[] {
  const result = loadPolicy(text, "");
  return result.ok ? [] : formatProblems(result.problems);
}
