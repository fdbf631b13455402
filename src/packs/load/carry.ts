// `carry:` what a trigger takes along: traits, measures, and properties of the event that started it.

import type { CarryItem } from "../definition.ts";
import { readOneOrMany } from "../fields.ts";
import { readPath } from "../message-path.ts";
import { article, type Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { LIMITS } from "../schema.ts";
import type { YamlNode, YamlScalar } from "../yaml-source.ts";

/** `byEvent`: whether an event started the trigger, so that there are properties to take. */
export function readCarry(node: YamlNode, byEvent: boolean, what: string, names: Names, problems: ProblemList): CarryItem[] {
  const items: CarryItem[] = [];
  for (const scalar of readOneOrMany(node, `\`carry\` of ${what}`, problems, LIMITS.list)) {
    const item = readItem(scalar, byEvent, `\`carry\` of ${what}`, names, problems);
    if (item === undefined) continue;
    if (items.some(({ as }) => as === item.as))
      problems.add(
        scalar.at,
        "name-taken",
        `\`carry\` of ${what} has two things called \`${item.as}\``,
        "keep one, or keep the other as a trait of another name",
      );
    else items.push(item);
  }
  return items;
}

function readItem(node: YamlScalar, byEvent: boolean, what: string, names: Names, problems: ProblemList): CarryItem | undefined {
  if (/^(event|properties|context)\b/.test(node.text) && /[.[]/.test(node.text)) return readProperty(node, byEvent, what, problems);
  const name = node.text;
  const isTrait = names.traits.has(name);
  const value = names.values.get(name);
  if (isTrait && value?.kind === "measure") {
    problems.add(node.at, "ambiguous-name", `${what}: \`${name}\` is a trait and a measure`, "rename one of them");
    return undefined;
  }
  if (isTrait) return { from: "trait", name, as: name };
  if (value?.kind === "measure") return { from: "measure", name, as: name };
  refuse(node, what, names, problems);
  return undefined;
}

function readProperty(node: YamlScalar, byEvent: boolean, what: string, problems: ProblemList): CarryItem | undefined {
  if (!node.text.startsWith("event.")) {
    problems.add(
      node.at,
      "bad-path",
      `${what}: what is taken of the event begins with \`event.properties\``,
      `write event.${node.text.replace(/^context/, "properties").slice(0, 80)}`,
    );
    return undefined;
  }
  if (!byEvent) {
    problems.add(
      node.at,
      "no-event",
      `${what}: no event starts this trigger, so there is no \`${node.text.slice(0, 80)}\``,
      "only `event` and `started` triggers have one; keep it as a trait",
    );
    return undefined;
  }
  const path = readPath(node, ["event"], what, problems);
  if (path === null) return undefined;
  if (path[1] !== "properties" || path.length < 3) {
    problems.add(
      node.at,
      "bad-path",
      `${what}: what is taken of the event begins with \`event.properties\` and names a key of it`,
      "such as event.properties.order_id",
    );
    return undefined;
  }
  return { from: "event", path: path.slice(1), as: String(path.findLast((step) => typeof step === "string")) };
}

function refuse(node: YamlScalar, what: string, names: Names, problems: ProblemList): void {
  const name = node.text;
  const kind = names.values.get(name)?.kind;
  if (kind !== undefined) {
    problems.add(
      node.at,
      "wrong-kind",
      `${what}: \`${name}\` is ${article(kind)}, and only traits and measures are carried`,
      "every trigger shows scores, bands and places by itself",
    );
    return;
  }
  const known = [...names.traits.keys(), ...[...names.values].filter(([, value]) => value.kind === "measure").map(([measure]) => measure)];
  const trait = /^traits\.(\w+)$/.exec(name)?.[1];
  const hint =
    trait !== undefined && names.traits.has(trait)
      ? `write ${trait}`
      : (problems.near(name, known) ?? `for a property of the event, write event.properties.${name.slice(0, 40).replace(/\W+/g, "_")}`);
  problems.add(node.at, "unknown-name", `${what}: there is no trait or measure \`${name.slice(0, 80)}\``, hint);
}
