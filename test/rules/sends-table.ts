// What packs send, as the table of rules/README.md: the triggers of each by the channels that they take. Made from the packs
// themselves and held by packs.test.ts.

import type { PackDefinition, TriggerDefinition } from "../../src/packs/definition.ts";

export function sendsTable(packs: readonly PackDefinition[]): string {
  const rows = packs.map((pack) => `| \`${pack.name}\` | ${byChannel(pack.triggers)} |`);
  return ["| pack | triggers by channel |", "|---|---|", ...rows].join("\n");
}

/** `email` welcome, win_back (3 steps) · `crm` call. A trigger that may take several channels stands at each. */
function byChannel(triggers: readonly TriggerDefinition[]): string {
  const channels = new Map<string, string[]>();
  for (const trigger of triggers)
    for (const channel of new Set(trigger.steps.flatMap(({ channels: { names } }) => names)))
      channels.set(channel, [...(channels.get(channel) ?? []), named(trigger)]);
  return [...channels]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([channel, names]) => `\`${channel}\` ${names.join(", ")}`)
    .join(" · ");
}

const named = ({ name, series, steps }: TriggerDefinition): string => (series ? `${name} (${steps.length} steps)` : name);
