// Packs for tests: YAML in, a checked definition out; a pack with mistakes fails the test with the mistakes.

import type { PackDefinition } from "../../src/packs/definition.ts";
import { loadPack } from "../../src/packs/load.ts";
import { formatProblems } from "../../src/packs/problems.ts";

export function packFrom(yaml: string): PackDefinition {
  const result = loadPack(yaml, "test.yaml");
  if (!result.ok) throw new Error(`the test's pack has problems:\n${formatProblems(result.problems).join("\n")}`);
  return result.pack;
}
