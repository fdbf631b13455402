// What becomes known of somebody in a line of a story: `traits:` with the pack's own names, as the part of a message where the
// pack looks for them. A trait that only a group message brings makes a group message of its own.

import type { PropertyPath, TraitDefinition } from "../definition.ts";
import { shapeOf } from "../fields.ts";
import type { ProblemList } from "../problems.ts";
import type { Scalar } from "../story.ts";
import type { YamlEntry, YamlNode } from "../yaml-source.ts";
import type { LineContext } from "./line-context.ts";
import { parseSpan } from "./span.ts";
import { type Draft, withValue } from "./where.ts";

/** Parts of messages: one that any message can carry, and one that is a group message; without what is not needed. */
export function readTraitsGiven(node: YamlNode, context: LineContext, problems: ProblemList): Draft[] {
  if (node.kind !== "map") {
    problems.add(node.at, "wrong-shape", `\`traits\` of ${context.what} is ${shapeOf(node)}; it holds traits of the pack`, "such as `traits: { country: DE }`");
    return [];
  }
  let own: Draft = {};
  let group: Draft = { type: "group" };
  for (const entry of node.entries) {
    const trait = context.pack.traits.find(({ name }) => name === entry.key);
    if (trait === undefined) {
      refuseTrait(entry, context, problems);
      continue;
    }
    const value = readValue(entry.value, trait, context, problems);
    const path = trait.from.find(([root]) => root !== "group");
    if (path !== undefined) own = withValue(own, path, value);
    else group = withValue(group, inGroup(trait.from[0] ?? []), value);
  }
  return [own, group].filter((draft) => Object.keys(draft).some((key) => key !== "type"));
}

function refuseTrait({ key, at }: YamlEntry, { pack, what }: LineContext, problems: ProblemList): void {
  const known = pack.traits.map(({ name }) => name);
  problems.add(
    at,
    "unknown-trait",
    `\`traits\` of ${what}: the pack keeps no trait \`${key.slice(0, 80)}\``,
    problems.near(key, known) ?? "name it in the pack's `traits`, or send it with an event's `properties`",
  );
}

const inGroup = (path: PropertyPath): PropertyPath => ["traits", ...path.slice(1)];
const TYPES: Readonly<Record<TraitDefinition["type"], string>> = {
  string: "a text",
  number: "a number",
  bool: "true or false",
  date: "a date, or a time of the story such as 30d",
};

/** A date may be a time of the story; `null` takes a trait away. */
function readValue(node: YamlNode, trait: TraitDefinition, { begins, what }: LineContext, problems: ProblemList): Scalar {
  if (node.kind === "scalar" && node.text === "null") return null;
  const value = node.kind === "scalar" ? node.value : null;
  switch (trait.type) {
    case "string":
    case "number":
      if (typeof value === trait.type) return value;
      break;
    case "bool":
      if (typeof value === "boolean") return value;
      break;
    case "date": {
      const span = typeof value === "string" ? parseSpan(value) : null;
      if (span !== null) return new Date(begins + span).toISOString();
      if (typeof value === "string" && !Number.isNaN(Date.parse(value))) return value;
    }
  }
  problems.add(node.at, "wrong-type", `the trait \`${trait.name}\` of ${what} is ${shapeOf(node)} where ${TYPES[trait.type]} was expected`, null);
  return null;
}
