// Packs as files: the two that most checks run, and all that ship. The two are the first versions of `b2b-funnel` and
// `ecommerce-rfm`, which the benchmarks keep: the naive model knows all their words, the seeded population makes all their moves and
// triggers occur, and nothing in them depends on when numbers of the population reach the log, so that a run and its replay must agree.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./bench.ts";

const RULES = join(projectRoot, "rules");

export const KEPT_PACKS: readonly string[] = ["b2b-funnel.yaml", "ecommerce-rfm.yaml"].map((name) => join(projectRoot, "bench", "packs", name));

/** Without their examples, and without the policy. */
export const allPacks = (): readonly string[] =>
  readdirSync(RULES)
    .filter((name) => name.endsWith(".yaml") && !name.endsWith(".examples.yaml"))
    .map((name) => join(RULES, name))
    .filter((file) => /^pack:/m.test(readFileSync(file, "utf8")));
