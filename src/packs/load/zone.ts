// `zone:` whose days count: `Europe/Berlin`, or `{ trait: timezone, else: Europe/Berlin }` for the contact's own.

import { zoneOf } from "../../model/calendar.ts";
import type { PackDefinition } from "../definition.ts";
import { readFields, readText } from "../fields.ts";
import type { Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { BLOCKS } from "../schema.ts";
import type { YamlNode } from "../yaml-source.ts";

const UTC = "UTC";

/** Asks for traits, so they are read before. */
export function readZone(node: YamlNode | undefined, names: Names, problems: ProblemList): PackDefinition["zone"] {
  if (node === undefined) return { trait: null, otherwise: UTC };
  if (node.kind !== "map") return { trait: null, otherwise: readZoneName(node, "`zone`", problems) };
  const fields = readFields(node, BLOCKS.zone, "`zone`", problems);
  if (fields === undefined) return { trait: null, otherwise: UTC };
  if (fields.trait === undefined && !fields.refused)
    problems.add(fields.start, "missing-key", "`zone` has no `trait`", "name the trait that holds a contact's zone, or write the zone alone");
  if (fields.else === undefined && !fields.refused)
    problems.add(fields.start, "missing-key", "`zone` has no `else`", "say which zone counts for contacts whose own is not known");
  return {
    trait: fields.trait === undefined ? null : readZoneTrait(fields.trait, names, problems),
    otherwise: fields.else === undefined ? UTC : readZoneName(fields.else, "`else` of `zone`", problems),
  };
}

function readZoneName(node: YamlNode, what: string, problems: ProblemList): string {
  const name = readText(node, what, problems);
  if (name === undefined || zoneOf(name) !== null) return name ?? UTC;
  problems.add(node.at, "unknown-zone", `${what}: there is no time zone \`${name.slice(0, 80)}\``, "an IANA name, such as Europe/Berlin or America/New_York");
  return UTC;
}

function readZoneTrait(node: YamlNode, names: Names, problems: ProblemList): string | null {
  const name = readText(node, "`trait` of `zone`", problems);
  if (name === undefined) return null;
  const type = names.traits.get(name);
  if (type === "string") return name;
  if (type === undefined)
    problems.add(
      node.at,
      "unknown-trait",
      `\`zone\`: there is no trait \`${name.slice(0, 80)}\``,
      problems.near(name, names.traits.keys()) ?? `keep it: traits: { ${name.slice(0, 40)}: string }`,
    );
  else problems.add(node.at, "wrong-type", `\`zone\`: trait \`${name}\` is no string`, "the trait holds the name of a zone, such as Europe/Berlin");
  return null;
}
