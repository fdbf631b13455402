// From what a person names as packs to checked packs. A pattern skips `*.examples.yaml` and `policy.yaml`, which stand beside their packs
// and are none; so does a list that names packs too, as a shell makes of the pattern. Naming such a file alone is taken at its word.

import { globSync } from "node:fs";
import { basename } from "node:path";
import { TidemarkError } from "../model/errors.ts";
import type { PackDefinition } from "../packs/definition.ts";
import { loadPackFile } from "../packs/load/load.ts";
import { formatProblems } from "../packs/problems.ts";

/** The files behind names and patterns, each once, in the order given. Throws FILE_UNREADABLE for a pattern without a match. */
export function packFiles(patterns: readonly string[]): readonly string[] {
  const files = new Set(patterns.flatMap(expand));
  if (files.size === 1) return [...files];
  return [...files].filter((file) => basename(file) !== POLICY && (!file.endsWith(EXAMPLES) || !files.has(file.replace(EXAMPLES, ".yaml"))));
}

const EXAMPLES = ".examples.yaml";
const POLICY = "policy.yaml";

/** All packs, checked. Throws PACK_INVALID with the first mistake and how many there are. */
export function loadPacks(patterns: readonly string[]): readonly PackDefinition[] {
  const results = packFiles(patterns).map((file) => ({ file, result: loadPackFile(file) }));
  const problems = results.flatMap(({ result }) => (result.ok ? [] : result.problems));
  if (problems.length > 0)
    throw new TidemarkError("PACK_INVALID", `${formatProblems(problems.slice(0, 1))[0]}${problems.length > 1 ? `, and ${problems.length - 1} more` : ""}`);
  const loaded = results.flatMap(({ file, result }) => (result.ok ? [{ file, pack: result.pack }] : []));
  const [first] = nameClashes(loaded);
  if (first !== undefined) throw new TidemarkError("PACK_INVALID", first);
  return loaded.map(({ pack }) => pack);
}

/** Packs are known by their names: two of one name would be one. */
export function nameClashes(loaded: readonly { readonly file: string; readonly pack: PackDefinition }[]): readonly string[] {
  const files = new Map<string, string>();
  return loaded.flatMap(({ file, pack }) => {
    const other = files.get(pack.name);
    files.set(pack.name, file);
    return other === undefined ? [] : [`${file}: the pack is called "${pack.name}", and so is the one in ${other}`];
  });
}

function expand(pattern: string): readonly string[] {
  if (!/[*?[{]/.test(pattern)) return [pattern];
  const found = globSync(pattern)
    .filter((file) => !file.endsWith(EXAMPLES) && basename(file) !== POLICY)
    .sort();
  if (found.length === 0) throw new TidemarkError("FILE_UNREADABLE", `no rule pack matches ${pattern} in ${process.cwd()}`);
  return found;
}
