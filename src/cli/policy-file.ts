// From what a person names as the policy to a checked one.

import { readFileSync } from "node:fs";
import { TidemarkError } from "../model/errors.ts";
import { loadPolicyFile, looksLikePolicy } from "../packs/load/policy.ts";
import type { PolicyDefinition } from "../packs/policy-definition.ts";
import { formatProblems } from "../packs/problems.ts";

/** Whether what stands in a file is a policy and no pack. A file that cannot be read is none: who reads it as a pack says why. */
export function isPolicyFile(file: string): boolean {
  try {
    return looksLikePolicy(readFileSync(file, "utf8"));
  } catch {
    return false;
  }
}

/** null where no file is named. Throws POLICY_INVALID with the first mistake and how many there are. */
export function loadConfiguredPolicy(file: string): PolicyDefinition | null {
  if (file === "") return null;
  const loaded = loadPolicyFile(file);
  if (loaded.ok) return loaded.policy;
  const more = loaded.problems.length - 1;
  throw new TidemarkError("POLICY_INVALID", `${formatProblems(loaded.problems.slice(0, 1))[0]}${more > 0 ? `, and ${more} more` : ""}`);
}
