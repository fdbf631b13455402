// `traits:` the only traits that are kept, each with its type and the paths it is taken from.

import type { PropertyPath, TraitDefinition, ValueType } from "../definition.ts";
import { type Fields, readFields, readNamed, readOneOrMany, refuseWord, shapeOf } from "../fields.ts";
import { MESSAGE_ROOTS, readPath } from "../message-path.ts";
import type { Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { BLOCKS, LIMITS } from "../schema.ts";
import type { YamlNode } from "../yaml-source.ts";

const TYPES = ["string", "number", "bool", "date"] as const;
const KEEPS = ["first", "last"] as const;

/** In conditions a date is a moment: days_since and never read it. */
const VALUE_TYPES = { string: "string", number: "number", bool: "bool", date: "moment" } as const satisfies Record<TraitDefinition["type"], ValueType>;

export function readTraits(node: YamlNode | undefined, names: Names, problems: ProblemList): TraitDefinition[] {
  return readNamed(node, "traits", LIMITS.traits, problems, "name: string").map(({ key, value }) => {
    const trait = readTrait(key, value, problems);
    names.traits.set(trait.name, VALUE_TYPES[trait.type]);
    return trait;
  });
}

function readTrait(name: string, node: YamlNode, problems: ProblemList): TraitDefinition {
  const what = `trait \`${name}\``;
  const usual = {
    name,
    from: [
      ["traits", name],
      ["context", "traits", name],
    ],
    keep: "last",
    personal: false,
  } as const;
  if (node.kind !== "map") return { ...usual, type: readType(node, what, problems) };
  const fields = readFields(node, BLOCKS.trait, what, problems);
  if (fields === undefined) return { ...usual, type: "string" };
  if (fields.type === undefined) problems.add(fields.start, "missing-key", `${what} has no \`type\``, "say string, number, bool or date");
  return {
    name,
    type: fields.type === undefined ? "string" : readType(fields.type, what, problems),
    from: fields.from === undefined ? usual.from : readFrom(fields.from, what, problems),
    keep: fields.keep === undefined ? "last" : readKeep(fields.keep, what, problems),
    personal: readPersonal(fields, what, problems),
  };
}

function readType(node: YamlNode, what: string, problems: ProblemList): TraitDefinition["type"] {
  const type = node.kind === "scalar" ? TYPES.find((known) => known === node.value) : undefined;
  if (type === undefined) refuseWord(node, `the type of ${what}`, TYPES, problems);
  return type ?? "string";
}

function readFrom(node: YamlNode, what: string, problems: ProblemList): PropertyPath[] {
  const items = readOneOrMany(node, `\`from\` of ${what}`, problems, LIMITS.list);
  return items.map((item) => readPath(item, [...MESSAGE_ROOTS, "group"], `\`from\` of ${what}`, problems)).filter((path) => path !== null);
}

function readKeep(node: YamlNode, what: string, problems: ProblemList): TraitDefinition["keep"] {
  const keep = node.kind === "scalar" ? KEEPS.find((known) => known === node.value) : undefined;
  if (keep === undefined) refuseWord(node, `\`keep\` of ${what}`, KEEPS, problems);
  return keep ?? "last";
}

function readPersonal(fields: Fields<(typeof BLOCKS.trait.keys)[number]>, what: string, problems: ProblemList): boolean {
  const node = fields.personal;
  if (node === undefined) return false;
  if (node.kind === "scalar" && typeof node.value === "boolean") return node.value;
  problems.add(node.at, "wrong-type", `\`personal\` of ${what} is ${shapeOf(node)}; it is true or false`, null);
  return false;
}
