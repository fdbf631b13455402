// A block of the reference as a section of a page: what it is for, and a table of its words.

import type { BlockReference } from "./reference.ts";

export function section(block: BlockReference): string {
  const rows = Object.entries(block.words).map(([key, { means, takes, otherwise, example }]) => {
    const must = block.required.includes(key) ? "required" : block.oneOf.includes(key) ? "one of these" : (otherwise ?? "");
    return `| \`${key}\` | ${escaped(takes.text)} | ${must} | ${escaped(means)} | ${cell(example)} |`;
  });
  return `## ${block.title}\n\n${block.about}\n\n| key | takes | default | meaning | example |\n|---|---|---|---|---|\n${rows.join("\n")}`;
}

/** Code in a table: a line break becomes a visible one. */
export const cell = (example: string): string => `\`${escaped(example.replaceAll("\n", " ⏎ "))}\``;
const escaped = (text: string): string => text.replaceAll("|", "\\|");
