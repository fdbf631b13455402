// What packs read, as the table of rules/README.md: the messages that they know, and the paths that they look at in them. It is
// made from the packs themselves and held by packs.test.ts.

import type { Expression, PackDefinition, PropertyPath } from "../../src/packs/definition.ts";
import { ANSWERED_KEY } from "../../src/packs/message-path.ts";

export function inputsTable(packs: readonly PackDefinition[]): string {
  const rows = packs.map((pack) => `| \`${pack.name}\` | ${messagesOf(pack).join(", ")} | ${code(pathsOf(pack))} |`);
  return ["| pack | messages | reads |", "|---|---|---|", ...rows].join("\n");
}

/** `Signed Up` for a track, `page *` for any page, `identify` for what has no name. */
function messagesOf(pack: PackDefinition): string[] {
  const said = pack.events.flatMap(({ match }) => {
    if (match.length > 1) return ["any message"];
    return match.flatMap(({ type, names }) =>
      names === null ? [type === "page" || type === "screen" ? `${type} *` : type] : names.map((name) => (type === "track" ? name : `${type} ${name}`)),
    );
  });
  return [...new Set(said)];
}

function pathsOf(pack: PackDefinition): string[] {
  const paths = [
    ...pack.events.flatMap(({ value, key, where }) => [
      ...(value === null ? [] : [value]),
      ...(key === null ? [] : [key]),
      ...(where === null ? [] : inCondition(where)),
    ]),
    ...pack.traits.flatMap(({ from }) => from.slice(0, 1)),
    ...pack.measures.flatMap((measure) => ("of" in measure && Array.isArray(measure.of) ? [measure.of as PropertyPath] : [])),
    ...pack.triggers.flatMap(({ carry }) => carry.flatMap((item) => (item.from === "event" ? [item.path] : []))),
    ...(pack.triggers.some(({ goal }) => goal?.answered === true) ? [ANSWERED_KEY] : []),
  ];
  return [...new Set(paths.filter(([root]) => root !== "name").map(written))].sort();
}

function inCondition(of: Expression): PropertyPath[] {
  if (of.op === "path") return [of.path];
  return Object.values(of).flatMap((part) =>
    (Array.isArray(part) ? part : [part]).flatMap((child: unknown) =>
      typeof child === "object" && child !== null && "op" in child ? inCondition(child as Expression) : [],
    ),
  );
}

const written = (path: PropertyPath): string => path.map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`)).join("");
const code = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(", ");
