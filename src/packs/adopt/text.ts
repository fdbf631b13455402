// A pack's tree as text again: two levels of blocks, and below them JSON, which YAML reads. The same tree always gives the same
// text, whatever it was read from, so that its hash says whether the pack is the same.

import type { YamlMap, YamlNode } from "../yaml-source.ts";

/** `names[i]` is what line i + 1 is about: `events.visit`. */
export interface WrittenPack {
  readonly text: string;
  readonly names: readonly string[];
}

export function writePack(root: YamlMap): WrittenPack {
  const lines = root.entries.flatMap(({ key, value }) => {
    if (value.kind !== "map") return [{ name: key, line: `${keyText(key)}: ${json(value)}` }];
    const inner = value.entries.map((entry) => ({ name: `${key}.${entry.key}`, line: `  ${keyText(entry.key)}: ${json(entry.value)}` }));
    return [{ name: key, line: `${keyText(key)}:` }, ...inner];
  });
  return { text: `${lines.map(({ line }) => line).join("\n")}\n`, names: lines.map(({ name }) => name) };
}

const keyText = (key: string): string => (/^[a-z][a-z0-9_]*$/.test(key) ? key : JSON.stringify(key));

function json(node: YamlNode): string {
  if (node.kind === "list") return `[${node.items.map(json).join(", ")}]`;
  if (node.kind === "map") return `{ ${node.entries.map(({ key, value }) => `${JSON.stringify(key)}: ${json(value)}`).join(", ")} }`;
  // Numbers as they were written: 1.50 stays 1.50.
  return typeof node.value === "string" ? JSON.stringify(node.value) : node.value === null ? "null" : node.text;
}
