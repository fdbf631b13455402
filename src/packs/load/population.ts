// `population:` numbers of the whole population, computed again from time to time and the same for everyone until then.

import type { PopulationDefinition } from "../definition.ts";
import { type Fields, listed, readFields, readNamed, readNumber, shapeOf } from "../fields.ts";
import type { Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { BLOCKS, LIMITS } from "../schema.ts";
import type { YamlNode } from "../yaml-source.ts";
import { readWindow } from "./measures.ts";
import { readEvery, readFree, readOthersMoved, readPurchaseEvent } from "./rfm.ts";

type ItemFields = Fields<(typeof BLOCKS.population.keys)[number]>;

export function readPopulation(node: YamlNode | undefined, names: Names, problems: ProblemList): PopulationDefinition[] {
  return readNamed(node, "population", LIMITS.population, problems, "name: { mean: event, window: 365d }").flatMap(({ key, value }) => {
    names.population.add(key);
    return readItem(key, value, names, problems) ?? [];
  });
}

function readItem(name: string, node: YamlNode, names: Names, problems: ProblemList): PopulationDefinition | undefined {
  const what = `\`${name}\` of the population`;
  const fields = readFields(node, BLOCKS.population, what, problems);
  if (fields === undefined) return undefined;
  const kinds = (["mean", "quantile"] as const).filter((kind) => fields[kind] !== undefined);
  if (kinds.length !== 1) {
    if (!fields.refused || kinds.length > 1)
      problems.add(
        fields.start,
        "one-of",
        kinds.length === 0 ? `${what} does not say what it is` : `${what} is ${listed(kinds)} at once`,
        "say one of `mean` or `quantile`",
      );
    return undefined;
  }
  const common = { name, everyMs: readEvery(fields.every, what, problems), othersMoved: readOthersMoved(fields.others_moved, what, problems) };
  return kinds[0] === "mean" ? readMean(fields, common, what, names, problems) : readQuantile(fields, common, what, names, problems);
}

type Common = Pick<PopulationDefinition, "name" | "everyMs" | "othersMoved">;

function readMean(fields: ItemFields, common: Common, what: string, names: Names, problems: ProblemList): PopulationDefinition {
  if (fields.at !== undefined) problems.add(fields.at.at, "key-not-here", `${what}: \`at\` does not go with \`mean\``, "only a quantile has it");
  const event = readPurchaseEvent(fields.mean, fields, what, names, problems);
  const window = fields.window === undefined ? null : readWindow(fields.window, `the window of ${what}`, problems);
  return { ...common, kind: "mean", event, window, free: readFree(fields.free, what, problems) };
}

function readQuantile(fields: ItemFields, common: Common, what: string, names: Names, problems: ProblemList): PopulationDefinition {
  if (fields.free !== undefined) problems.add(fields.free.at, "key-not-here", `${what}: \`free\` does not go with \`quantile\``, "only a mean has it");
  if (fields.window !== undefined)
    problems.add(fields.window.at, "key-not-here", `${what}: \`window\` does not go with \`quantile\``, "give it to the measure");
  const node = fields.quantile as YamlNode;
  const measure = node.kind === "scalar" ? node.text : "";
  const value = names.values.get(measure);
  if (value?.kind !== "measure" || value.type === "moment")
    problems.add(
      node.at,
      "unknown-name",
      `${what} is of ${shapeOf(node)}; a quantile is of a measure that is a number`,
      problems.near(measure, names.values.keys()),
    );
  return { ...common, kind: "quantile", measure, at: readShare(fields, what, problems) };
}

function readShare(fields: ItemFields, what: string, problems: ProblemList): number {
  if (fields.at === undefined) {
    problems.add(fields.start, "missing-key", `${what} does not say which quantile`, "such as at: 0.8, which 80 % lie at or below");
    return 0.5;
  }
  const share = readNumber(fields.at, `\`at\` of ${what}`, problems) ?? 0.5;
  if (!(share > 0 && share < 1))
    problems.add(fields.at.at, "bad-value", `\`at\` of ${what} is ${share}; it lies between 0 and 1`, share > 1 && share < 100 ? `write ${share / 100}` : null);
  return share;
}
