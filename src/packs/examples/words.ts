// The words of an examples file, and how much one may hold. What they mean is in docs/testing-packs.md.

import type { Block } from "../schema.ts";

export const EXAMPLE_BLOCKS = {
  file: { name: "an examples file", keys: ["pack", "begins", "policy", "examples"], later: {} },
  line: { name: "a line of an example", keys: ["at", "who", "traits", "do", "broadcast", "expect"], later: {} },
  doing: {
    name: "something done",
    keys: ["event", "name", "value", "key", "properties", "context", "traits", "answers", "ago", "times", "every"],
    later: {},
  },
} as const satisfies Record<string, Block>;

/** The words of `expect` that are not names of the pack. */
export const EXPECT_WORDS = ["stage", "segment", "audiences", "triggers", "no", "withheld", "outcomes", "transitions", "because"] as const;

export const EXAMPLE_LIMITS = { examples: 500, lines: 200, doing: 100, times: 1_000, expectations: 100 } as const;
