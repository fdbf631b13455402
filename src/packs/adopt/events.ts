// The events of a pack that is adopted, with the deployment's own names: a name or a list stands for what the event is called,
// keys replace the event's own keys, and what is not said stays as it was. An event that the pack does not have is a mistake:
// nothing in the pack would ever look at it.

import { listed, readFields } from "../fields.ts";
import type { ProblemList } from "../problems.ts";
import { BLOCKS } from "../schema.ts";
import type { YamlEntry, YamlMap, YamlNode } from "../yaml-source.ts";

const KINDS: readonly string[] = ["track", "page", "screen", "identify", "group", "any"];

export function readAdoptedEvents(node: YamlNode, base: YamlNode | undefined, problems: ProblemList): YamlNode | undefined {
  if (base?.kind !== "map") return base;
  if (node.kind !== "map") {
    problems.add(node.at, "wrong-shape", "`events` holds events of the pack that is used, with your names", "such as `order: Checkout Done`");
    return base;
  }
  for (const { key, at } of node.entries)
    if (!base.entries.some((entry) => entry.key === key)) {
      const known = base.entries.map((entry) => entry.key);
      problems.add(
        at,
        "unknown-event",
        `the pack that is used has no event \`${key.slice(0, 80)}\``,
        problems.near(key, known) ?? `its events are ${listed(known)}`,
      );
    }
  return {
    ...base,
    entries: base.entries.map((entry) => {
      const own = node.entries.find(({ key }) => key === entry.key);
      return own === undefined ? entry : { ...entry, value: adopted(own, entry.value, problems) };
    }),
  };
}

function adopted({ key, value }: YamlEntry, base: YamlNode, problems: ProblemList): YamlNode {
  const what = `event \`${key}\``;
  if (value.kind === "map" && readFields(value, BLOCKS.event, what, problems) === undefined) return base;
  const before: YamlMap = base.kind === "map" ? base : { kind: "map", at: base.at, entries: [{ key: "track", at: base.at, value: base }] };
  const kind = before.entries.find((entry) => KINDS.includes(entry.key))?.key ?? "track";
  if (value.kind !== "map" && !["track", "page", "screen"].includes(kind)) {
    problems.add(
      value.at,
      "wrong-shape",
      `${what} is \`${kind}: true\` in the pack that is used, and has no name`,
      "write { track: ... } to make it another kind of message",
    );
    return base;
  }
  const own: YamlMap = value.kind === "map" ? value : { kind: "map", at: value.at, entries: [{ key: kind, at: value.at, value }] };
  const replacesKind = own.entries.some((entry) => KINDS.includes(entry.key));
  const kept = before.entries.filter((entry) => !own.entries.some((other) => other.key === entry.key) && !(replacesKind && KINDS.includes(entry.key)));
  return { kind: "map", at: own.at, entries: [...own.entries, ...kept] };
}
