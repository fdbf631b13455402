// `use:` a pack that ships, without copying it: a deployment names the pack, its own event names, the triggers that it does not
// want, and what its channels are called. Out of both comes one pack text, and that is what is checked, what stands in the log
// and what its hash is of: nothing that is running ever looks at the pack that was adopted again.

import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { LoadResult, Problem } from "../definition.ts";
import { type Fields, readFields, readText } from "../fields.ts";
import type { ProblemList } from "../problems.ts";
import type { Block } from "../schema.ts";
import { readYaml, type YamlEntry, type YamlMap, type YamlNode } from "../yaml-source.ts";
import { readAdoptedEvents } from "./events.ts";
import { writePack } from "./text.ts";
import { withoutTriggers } from "./triggers.ts";

const ADOPTION = {
  name: "a pack that uses another",
  keys: ["use", "pack", "version", "zone", "currency", "events", "off", "channels"],
  later: {},
} as const satisfies Block;

type AdoptionFields = Fields<(typeof ADOPTION.keys)[number]>;

/** Whether a text adopts another pack. */
export const isAdoption = (text: string): boolean => /^use\s*:/m.test(text);

type Load = (text: string, file: string) => LoadResult;

/** `file` is where the adopting text stands: paths in `use` start from there. `load` reads a pack that uses no other. */
export function adoptPack(text: string, file: string, load: Load): LoadResult {
  const source = readYaml(text, file);
  if (!source.ok) return source;
  const { problems } = source;
  const fields = readFields(source.root, ADOPTION, "the pack", problems);
  const base = fields === undefined ? undefined : readBase(fields, file, load, problems);
  if (fields === undefined || base === undefined) return { ok: false, problems: problems.sorted() };
  const resolved = resolve(fields, base, problems);
  if (problems.count > 0) return { ok: false, problems: problems.sorted() };
  const { text: whole, names } = writePack(resolved);
  return settled(load(whole, file), names, fields, problems);
}

/** The pack that is adopted, without a mistake of its own. */
function readBase(fields: AdoptionFields, file: string, load: Load, problems: ProblemList): YamlMap | undefined {
  const node = fields.use as YamlNode;
  const name = readText(node, "`use`", problems);
  if (name === undefined) return undefined;
  const path = /^\.{0,2}\//.test(name) ? (isAbsolute(name) ? name : join(dirname(file), name)) : shippedPack(name);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    problems.add(
      node.at,
      "unknown-pack",
      `\`use\`: there is no pack \`${name.slice(0, 80)}\``,
      "name one that ships, such as ecommerce-rfm, or a file, such as ./shop.yaml",
    );
    return undefined;
  }
  if (isAdoption(text)) problems.add(node.at, "unknown-pack", `\`use\`: \`${name}\` uses another pack itself`, "use that one");
  const [first] = isAdoption(text) ? [] : problemsOf(load(text, path));
  if (first !== undefined) problems.add(node.at, "unknown-pack", `\`use\`: \`${name}\` has a mistake in line ${first.line}: ${first.message}`, first.hint);
  const source = readYaml(text, path);
  return source.ok && source.root.kind === "map" && problems.count === 0 ? source.root : undefined;
}

const problemsOf = (result: LoadResult): readonly Problem[] => (result.ok ? [] : result.problems);

const shippedPack = (name: string): string => new URL(`../../../rules/${encodeURIComponent(name)}.yaml`, import.meta.url).pathname;

/** The tree of the pack as it will be. */
function resolve(fields: AdoptionFields, base: YamlMap, problems: ProblemList): YamlMap {
  if (fields.version === undefined)
    problems.add(
      fields.start,
      "missing-key",
      "the pack has no version",
      "add `version: 1`, of your own counting: raise it with each change, and when the pack that you use changes",
    );
  const changed: Record<string, YamlNode | undefined> = {
    ...Object.fromEntries((["pack", "version", "zone", "currency"] as const).flatMap((key) => (fields[key] === undefined ? [] : [[key, fields[key]]]))),
    ...(fields.events === undefined ? {} : { events: readAdoptedEvents(fields.events, partOf(base, "events"), problems) }),
  };
  const triggers = partOf(base, "triggers");
  if (triggers !== undefined && (fields.off !== undefined || fields.channels !== undefined))
    changed.triggers = withoutTriggers(triggers, fields.off, fields.channels, problems);
  const kept = base.entries.flatMap((entry): YamlEntry[] => {
    const value = entry.key in changed ? changed[entry.key] : entry.value;
    return value === undefined ? [] : [{ ...entry, value }];
  });
  const added = Object.entries(changed).flatMap(([key, value]) =>
    value === undefined || base.entries.some((entry) => entry.key === key) ? [] : [{ key, at: 0, value }],
  );
  return { ...base, entries: [...kept, ...added] };
}

const partOf = (map: YamlMap, key: string): YamlNode | undefined => map.entries.find((entry) => entry.key === key)?.value;

/** Mistakes that only show in the whole are those of the part of the adopting file that made them. */
function settled(result: LoadResult, names: readonly string[], fields: AdoptionFields, problems: ProblemList): LoadResult {
  if (result.ok) return result;
  for (const problem of result.problems) problems.add(placeOf(problem, names, fields), problem.code, problem.message, problem.hint);
  return { ok: false, problems: problems.sorted() };
}

function placeOf({ line }: Problem, names: readonly string[], fields: AdoptionFields): number {
  const [block, name] = (names[line - 1] ?? "").split(".");
  const node = fields[block as keyof AdoptionFields];
  if (typeof node !== "object") return (fields.use as YamlNode).at;
  return node.kind === "map" ? (node.entries.find((entry) => entry.key === name)?.value.at ?? node.at) : node.at;
}
