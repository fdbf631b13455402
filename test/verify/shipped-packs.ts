// The packs that ship, as files: the two that run without a configuration, and all of them.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./bench.ts";

const RULES = join(projectRoot, "rules");

export const SHIPPED_PACKS: readonly string[] = ["b2b-funnel.yaml", "ecommerce-rfm.yaml"].map((name) => join(RULES, name));

/** Without their examples, and without the policy. */
export const allPacks = (): readonly string[] =>
  readdirSync(RULES)
    .filter((name) => name.endsWith(".yaml") && !name.endsWith(".examples.yaml"))
    .map((name) => join(RULES, name))
    .filter((file) => /^pack:/m.test(readFileSync(file, "utf8")));
