// From what the configuration names as mappings to checked mappings, by name. Two of one name are a mistake: one address can have one meaning.

import { globSync } from "node:fs";
import { loadMappingFile } from "../edge/load-mapping.ts";
import type { Mapping } from "../edge/mapping.ts";
import { TidemarkError } from "../model/errors.ts";
import { formatProblems } from "../packs/problems.ts";

/** Throws MAPPING_INVALID with the first mistake and how many there are, FILE_UNREADABLE for a pattern without a match. */
export function loadMappings(patterns: readonly string[]): ReadonlyMap<string, Mapping> {
  const mappings = new Map<string, Mapping>();
  for (const file of new Set(patterns.flatMap(expand))) {
    const mapping = loadOneMapping(file);
    if (mappings.has(mapping.name)) throw new TidemarkError("MAPPING_INVALID", `${file}: there is another mapping called "${mapping.name}"`);
    mappings.set(mapping.name, mapping);
  }
  return mappings;
}

export function loadOneMapping(file: string): Mapping {
  const result = loadMappingFile(file);
  if (result.ok) return result.mapping;
  const rest = result.problems.length - 1;
  throw new TidemarkError("MAPPING_INVALID", `${formatProblems(result.problems.slice(0, 1))[0]}${rest > 0 ? `, and ${rest} more` : ""}`);
}

function expand(pattern: string): readonly string[] {
  if (!/[*?[{]/.test(pattern)) return [pattern];
  const found = globSync(pattern).sort();
  if (found.length === 0) throw new TidemarkError("FILE_UNREADABLE", `no mapping matches ${pattern} in ${process.cwd()}`);
  return found;
}
