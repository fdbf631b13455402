// `targets:` what the team means to reach, such as `lead_to_mql: 20`: of those who come into one stage, how many percent go on to
// the other, in which time. For reports and an alert: nothing that is sent depends on it.

import type { TargetDefinition } from "../definition.ts";
import { formatDuration } from "../durations.ts";
import { readDuration, readFields, readNumber, shapeOf } from "../fields.ts";
import type { Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { BLOCKS, LIMITS } from "../schema.ts";
import { DAY_MS } from "../windows.ts";
import type { YamlEntry, YamlNode } from "../yaml-source.ts";

export function readTargets(node: YamlNode | undefined, names: Names, problems: ProblemList): TargetDefinition[] {
  if (node === undefined) return [];
  if (node.kind !== "map") {
    problems.add(
      node.at,
      "wrong-shape",
      `\`targets\` is ${shapeOf(node)}; it holds entries of the form \`stage_to_stage: percent\``,
      "such as lead_to_customer: 20",
    );
    return [];
  }
  if (node.entries.length > LIMITS.targets)
    problems.add(node.at, "too-many", `\`targets\` has ${node.entries.length} entries; at most ${LIMITS.targets} are allowed`, null);
  return node.entries.slice(0, LIMITS.targets).flatMap((entry) => readTarget(entry, names, problems) ?? []);
}

function readTarget({ key, at, value }: YamlEntry, names: Names, problems: ProblemList): TargetDefinition | undefined {
  const pairs = names.stages.flatMap((from) => names.stages.filter((to) => to !== from && `${from}_to_${to}` === key).map((to) => ({ from, to })));
  const [pair] = pairs;
  const aim = readAim(value, `target \`${key.slice(0, 80)}\``, problems);
  if (pair === undefined) {
    const known = names.stages.slice(1).map((to, index) => `${names.stages[index]}_to_${to}`);
    problems.add(
      at,
      "unknown-stage",
      `target \`${key.slice(0, 80)}\` does not name two stages`,
      problems.near(key, known) ?? "write it as stage_to_stage, such as lead_to_customer: 20",
    );
    return undefined;
  }
  return aim === undefined ? undefined : { name: key, ...pair, ...aim };
}

/** `20`, or `{ percent: 20, within: 14d }`. */
function readAim(node: YamlNode, what: string, problems: ProblemList): Pick<TargetDefinition, "percent" | "withinMs"> | undefined {
  if (node.kind === "scalar") {
    const percent = readPercent(node, what, problems);
    return percent === undefined ? undefined : { percent, withinMs: DEFAULT_WITHIN_MS };
  }
  const fields = readFields(node, BLOCKS.target, what, problems);
  if (fields === undefined) return undefined;
  if (fields.percent === undefined) {
    if (!fields.refused) problems.add(fields.start, "missing-key", `${what} has no \`percent\``, "such as { percent: 20, within: 30d }");
    return undefined;
  }
  const percent = readPercent(fields.percent, what, problems);
  const withinMs = readDuration(fields.within, `${what}, \`within\``, problems) ?? DEFAULT_WITHIN_MS;
  if (withinMs > MOST_WITHIN_MS)
    problems.add(fields.within?.at ?? node.at, "bad-value", `${what}, \`within\` is longer than ${formatDuration(MOST_WITHIN_MS)}`, null);
  return percent === undefined ? undefined : { percent, withinMs };
}

const DEFAULT_WITHIN_MS = 30 * DAY_MS;
const MOST_WITHIN_MS = 400 * DAY_MS;

function readPercent(node: YamlNode, what: string, problems: ProblemList): number | undefined {
  const percent = readNumber(node, what, problems);
  if (percent !== undefined && !(percent > 0 && percent <= 100)) problems.add(node.at, "bad-value", `${what} is ${percent}; it is a percentage above 0`, null);
  return percent;
}
