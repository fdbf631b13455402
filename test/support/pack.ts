// Packs for tests: YAML in, a checked definition out; a pack with mistakes fails the test with the mistakes.

import type { PackDefinition } from "../../src/packs/definition.ts";
import { loadPack } from "../../src/packs/load/load.ts";
import { formatProblems } from "../../src/packs/problems.ts";
import type { PackProgram } from "../../src/packs/program.ts";

export function packFrom(yaml: string): PackDefinition {
  const result = loadPack(yaml, "test.yaml");
  if (!result.ok) throw new Error(`the test's pack has problems:\n${formatProblems(result.problems).join("\n")}`);
  return result.pack;
}

/** The mistakes of a pack as `check` says them, without the file. */
export function problemsOf(yaml: string): string[] {
  const result = loadPack(yaml, "");
  return result.ok ? [] : formatProblems(result.problems).map((line) => line.slice(1));
}

/** Where a measure lies in the row. */
export function placeOfMeasure(pack: PackProgram, name: string): number {
  const measure = pack.measures.find((one) => one.name === name);
  if (measure === undefined || !("place" in measure)) throw new Error(`measure ${name} has no one place`);
  return measure.place;
}
