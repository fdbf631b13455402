// The triggers of a pack that is adopted: those that are switched off are gone, and channels carry the deployment's names.

import { readOneOrMany, readText } from "../fields.ts";
import type { ProblemList } from "../problems.ts";
import type { YamlMap, YamlNode } from "../yaml-source.ts";

/** Undefined: none is left. */
export function withoutTriggers(base: YamlNode, off: YamlNode | undefined, channels: YamlNode | undefined, problems: ProblemList): YamlNode | undefined {
  if (base.kind !== "map") return base;
  const known = base.entries.map(({ key }) => key);
  const unwanted = off === undefined ? [] : readOneOrMany(off, "`off`", problems, known.length + 1);
  for (const { text, at } of unwanted)
    if (!known.includes(text))
      problems.add(at, "unknown-trigger", `\`off\`: the pack that is used has no trigger \`${text.slice(0, 80)}\``, problems.near(text, known));
  const kept = base.entries.filter(({ key }) => !unwanted.some(({ text }) => text === key));
  const names = channels === undefined ? new Map<string, string>() : readChannels(channels, channelsOf(base), problems);
  return kept.length === 0 ? undefined : { ...base, entries: kept.map((entry) => ({ ...entry, value: renamed(entry.value, names) })) };
}

function readChannels(node: YamlNode, known: ReadonlySet<string>, problems: ProblemList): Map<string, string> {
  const names = new Map<string, string>();
  if (node.kind !== "map") problems.add(node.at, "wrong-shape", "`channels` holds channels of the pack that is used, with your names", "such as `post: email`");
  else
    for (const { key, at, value } of node.entries) {
      if (!known.has(key))
        problems.add(at, "unknown-channel", `\`channels\`: no trigger of the pack that is used takes \`${key.slice(0, 80)}\``, problems.near(key, known));
      const name = readText(value, `the channel \`${key}\``, problems);
      if (name !== undefined) names.set(key, name);
    }
  return names;
}

const TAKES = ["first", "all"];

function channelsOf(triggers: YamlMap): Set<string> {
  const found = new Set<string>();
  visitChannels(triggers, (node) => {
    for (const item of namesIn(node)) found.add(item);
    return node;
  });
  return found;
}

function renamed(trigger: YamlNode, names: ReadonlyMap<string, string>): YamlNode {
  return names.size === 0 ? trigger : visitChannels(trigger, (node) => withNames(node, names));
}

/** Every `channel` of a trigger: its own and those of its steps. */
function visitChannels(node: YamlNode, change: (channel: YamlNode) => YamlNode): YamlNode {
  if (node.kind === "list") return { ...node, items: node.items.map((item) => visitChannels(item, change)) };
  if (node.kind === "scalar") return node;
  return {
    ...node,
    entries: node.entries.map((entry) => ({ ...entry, value: entry.key === "channel" ? change(entry.value) : visitChannels(entry.value, change) })),
  };
}

function namesIn(channel: YamlNode): string[] {
  if (channel.kind === "scalar") return [channel.text];
  if (channel.kind === "list") return channel.items.flatMap(namesIn);
  return channel.entries.filter(({ key }) => TAKES.includes(key)).flatMap(({ value }) => namesIn(value));
}

/** Two names that become one stand once. */
function withNames(channel: YamlNode, names: ReadonlyMap<string, string>): YamlNode {
  if (channel.kind === "scalar") {
    const name = names.get(channel.text);
    return name === undefined ? channel : { ...channel, value: name, text: name };
  }
  if (channel.kind === "map") return { ...channel, entries: channel.entries.map((entry) => ({ ...entry, value: withNames(entry.value, names) })) };
  const items = channel.items.map((item) => withNames(item, names));
  return { ...channel, items: items.filter((item, index) => items.findIndex((other) => namesIn(other).join() === namesIn(item).join()) === index) };
}
