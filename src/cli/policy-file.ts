// From what a person names as the policy to a checked one.

import { TidemarkError } from "../model/errors.ts";
import { loadPolicyFile } from "../packs/load-policy.ts";
import type { PolicyDefinition } from "../packs/policy-definition.ts";
import { formatProblems } from "../packs/problems.ts";

/** null where no file is named. Throws POLICY_INVALID with the first mistake and how many there are. */
export function loadConfiguredPolicy(file: string): PolicyDefinition | null {
  if (file === "") return null;
  const loaded = loadPolicyFile(file);
  if (loaded.ok) return loaded.policy;
  const more = loaded.problems.length - 1;
  throw new TidemarkError("POLICY_INVALID", `${formatProblems(loaded.problems.slice(0, 1))[0]}${more > 0 ? `, and ${more} more` : ""}`);
}
