// `value:` whose purchases, and the parameters by which P(alive), expected purchases and expected spend are computed. `tidemark
// fit` estimates them; a pack without them keeps the history that it needs.

import type { ValueDefinition } from "../definition.ts";
import { readDuration, readFields, readNumber } from "../fields.ts";
import type { Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { BLOCKS, type Block } from "../schema.ts";
import type { BgNbd, GammaGamma } from "../value-model.ts";
import { DAY_MS } from "../windows.ts";
import type { YamlNode } from "../yaml-source.ts";
import { readFree, readPurchaseEvent } from "./rfm.ts";

export function readValue(node: YamlNode | undefined, names: Names, problems: ProblemList): ValueDefinition | null {
  if (node === undefined) return null;
  const fields = readFields(node, BLOCKS.value, "`value`", problems);
  if (fields === undefined) {
    for (const name of ["alive", "purchases", "spend"] as const) names.worth.add(name);
    return null;
  }
  const bgNbd = readParameters<BgNbd>(fields.bg_nbd, BLOCKS.bg_nbd, "`bg_nbd` of `value`", problems);
  const gammaGamma = readParameters<GammaGamma>(fields.gamma_gamma, BLOCKS.gamma_gamma, "`gamma_gamma` of `value`", problems);
  if (fields.bg_nbd !== undefined) for (const name of ["alive", "purchases"] as const) names.worth.add(name);
  if (fields.gamma_gamma !== undefined) names.worth.add("spend");
  if (bgNbd?.a === 1) problems.add(fields.bg_nbd?.at ?? fields.start, "bad-value", "`a` of `bg_nbd` is 1, where the formula divides by zero", "write 1.0001");
  if (gammaGamma !== null && gammaGamma.q <= 1)
    problems.add(
      fields.gamma_gamma?.at ?? fields.start,
      "bad-value",
      `\`q\` of \`gamma_gamma\` is ${gammaGamma.q}: the mean spend of a population is then infinite`,
      "it is above 1",
    );
  return {
    event: readPurchaseEvent(fields.of, fields, "`value`", names, problems),
    unitMs: readDuration(fields.unit, "`unit` of `value`", problems) ?? 7 * DAY_MS,
    nextMs: readDuration(fields.next, "`next` of `value`", problems) ?? 365 * DAY_MS,
    free: readFree(fields.free, "`value`", problems),
    bgNbd,
    gammaGamma,
  };
}

/** All parameters of a model, each above 0; null where there are none, or where one is wrong. */
function readParameters<Model>(
  node: YamlNode | undefined,
  block: Block & { readonly keys: readonly string[] },
  what: string,
  problems: ProblemList,
): Model | null {
  if (node === undefined) return null;
  const fields = readFields<string>(node, block, what, problems) as Readonly<Record<string, YamlNode | undefined>> | undefined;
  if (fields === undefined) return null;
  const before = problems.count;
  const missing = block.keys.filter((key) => fields[key] === undefined);
  if (missing.length > 0) problems.add(node.at, "missing-key", `${what} has no \`${missing[0]}\``, "`tidemark fit` estimates all of them together");
  const values = block.keys.map((key) => {
    const value = fields[key] === undefined ? 1 : (readNumber(fields[key], `\`${key}\` of ${what}`, problems) ?? 1);
    if (!(value > 0)) problems.add(fields[key]?.at ?? node.at, "bad-value", `\`${key}\` of ${what} is ${value}; it is above 0`, null);
    return [key, value] as const;
  });
  return problems.count > before ? null : (Object.fromEntries(values) as Model);
}
