// `targets:` what the team means to reach, such as `lead_to_mql: 20`: of those in one stage, how many percent go on to the other.
// For reports: nothing of a contact depends on it.

import type { TargetDefinition } from "../definition.ts";
import { readNumber, shapeOf } from "../fields.ts";
import type { Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { LIMITS } from "../schema.ts";
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
  const percent = readNumber(value, `target \`${key.slice(0, 80)}\``, problems);
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
  if (percent === undefined) return undefined;
  if (!(percent > 0 && percent <= 100)) problems.add(value.at, "bad-value", `target \`${key}\` is ${percent}; it is a percentage above 0`, null);
  return { name: key, ...pair, percent };
}
