// The examples of a pack: stories of what somebody does, when, and what must then be true. They stand beside the pack, in
// `<pack>.examples.yaml`, and this file reads them: a checked list of stories, or every mistake with its place and cure. The
// words are the pack's own: a story that names something that the pack does not have never leaves here.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { TidemarkError } from "../../model/errors.ts";
import { type EpochMs, epochMs } from "../../model/ids.ts";
import type { PackDefinition, Problem } from "../definition.ts";
import { readFields, readText, shapeOf } from "../fields.ts";
import { loadPolicyFile } from "../load/policy.ts";
import type { PolicyDefinition } from "../policy-definition.ts";
import type { ProblemList } from "../problems.ts";
import type { Example, ExamplesFile, StoryLine } from "../story.ts";
import { readYaml, type YamlEntry, type YamlNode } from "../yaml-source.ts";
import { readLine } from "./line.ts";
import { EXAMPLE_BLOCKS, EXAMPLE_LIMITS } from "./words.ts";

export type ExamplesResult = { readonly ok: true; readonly examples: ExamplesFile } | { readonly ok: false; readonly problems: readonly Problem[] };

/** A Monday. At midnight, so that a window of days is as long in a story as it is in the pack. */
const USUAL_BEGINNING = epochMs(Date.parse("2026-01-05T00:00:00Z"));

/** Where the examples of a pack stand: `rules/b2b-funnel.yaml` has `rules/b2b-funnel.examples.yaml`. */
export const examplesBeside = (packFile: string): string => `${packFile.replace(/\.ya?ml$/, "")}.examples.yaml`;

/** The examples in a file; null where there is none. Throws FILE_UNREADABLE for one that cannot be read. */
export function loadExamplesFile(file: string, pack: PackDefinition): ExamplesResult | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return null;
    throw new TidemarkError("FILE_UNREADABLE", `cannot read the examples ${file}: ${code ?? String(error)}`, { cause: error });
  }
  return loadExamples(text, file, pack);
}

/** `file` stands in the problems. */
export function loadExamples(text: string, file: string, pack: PackDefinition): ExamplesResult {
  const source = readYaml(text, file);
  if (!source.ok) return source;
  const { problems } = source;
  const fields = readFields(source.root, EXAMPLE_BLOCKS.file, "the examples", problems);
  if (fields === undefined) return { ok: false, problems: problems.sorted() };
  checkPack(fields.pack, fields.start, pack, problems);
  const begins = fields.begins === undefined ? USUAL_BEGINNING : readBeginning(fields.begins, problems);
  const policy = fields.policy === undefined ? null : readPolicy(fields.policy, file, problems);
  const examples = exampleEntries(fields.examples, fields.start, problems).map((entry) => readExample(entry, begins, pack, problems));
  return problems.count > 0 ? { ok: false, problems: problems.sorted() } : { ok: true, examples: { file, begins, policy, examples } };
}

function checkPack(node: YamlNode | undefined, start: number, pack: PackDefinition, problems: ProblemList): void {
  if (node === undefined) {
    problems.add(start, "missing-key", "the examples do not say of which pack they are", `begin with \`pack: ${pack.name}\``);
    return;
  }
  const name = readText(node, "`pack`", problems);
  if (name !== undefined && name !== pack.name)
    problems.add(node.at, "other-pack", `these are examples of \`${name.slice(0, 80)}\`, and the pack beside them is \`${pack.name}\``, null);
}

function readBeginning(node: YamlNode, problems: ProblemList): EpochMs {
  const text = node.kind === "scalar" ? node.text : "";
  const at = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return epochMs(at);
  problems.add(node.at, "bad-value", `\`begins\` is ${shapeOf(node)} where a moment in UTC was expected`, "such as 2026-01-05 or 2026-01-05T09:00:00Z");
  return USUAL_BEGINNING;
}

/** A file, from where the examples stand. */
function readPolicy(node: YamlNode, file: string, problems: ProblemList): PolicyDefinition | null {
  const name = readText(node, "`policy`", problems);
  const path = name === undefined ? undefined : join(dirname(file), name);
  if (path === undefined) return null;
  if (!existsSync(path)) {
    problems.add(node.at, "unknown-policy", `\`policy\`: there is no file ${path}`, "name it from where the examples stand, such as policy.yaml");
    return null;
  }
  const loaded = loadPolicyFile(path);
  if (loaded.ok) return loaded.policy;
  const [first] = loaded.problems;
  problems.add(node.at, "unknown-policy", `\`policy\`: ${path} has a mistake in line ${first?.line}: ${first?.message}`, first?.hint ?? null);
  return null;
}

function exampleEntries(node: YamlNode | undefined, start: number, problems: ProblemList): readonly YamlEntry[] {
  const form = "write `examples:` and under it `what happens:` with its lines";
  if (node === undefined) problems.add(start, "missing-key", "the file has no `examples`", form);
  else if (node.kind !== "map" || node.entries.length === 0)
    problems.add(node.at, "wrong-shape", `\`examples\` is ${node.kind === "map" ? "empty" : shapeOf(node)}; each has a name and a list of lines`, form);
  else if (node.entries.length > EXAMPLE_LIMITS.examples)
    problems.add(node.at, "too-many", `there are ${node.entries.length} examples; at most ${EXAMPLE_LIMITS.examples} are allowed`, null);
  else return node.entries;
  return [];
}

function readExample({ key, at, value }: YamlEntry, begins: EpochMs, pack: PackDefinition, problems: ProblemList): Example {
  const what = `example \`${key.slice(0, 60)}\``;
  const lines: StoryLine[] = [];
  if (value.kind !== "list" || value.items.length === 0)
    problems.add(
      value.at,
      "wrong-shape",
      `${what} is ${value.kind === "list" ? "an empty list" : shapeOf(value)}; it is a list of lines`,
      "such as `- { at: 0d, do: [visit] }`",
    );
  else if (value.items.length > EXAMPLE_LIMITS.lines)
    problems.add(value.at, "too-many", `${what} has ${value.items.length} lines; at most ${EXAMPLE_LIMITS.lines} are allowed`, "make two examples of it");
  else
    for (const item of value.items) {
      const line = readLine(item, { begins, earliest: lastMoment(lines) ?? begins, pack, what }, problems);
      if (line !== undefined) lines.push(line);
    }
  return { name: key, line: problems.lineOf(at), lines };
}

const lastMoment = (lines: readonly StoryLine[]): number | undefined => {
  const last = lines.at(-1);
  return last === undefined ? undefined : (last.messages.at(-1)?.atMs ?? last.atMs);
};
