// The reference as a page (docs/language.md, held to this by a test): every word with what it takes, its default and an
// example, then what conditions may ask and when their answers change. What a person has to know besides stands here.

import { BLOCKS, LIMITS } from "../schema.ts";
import { REFERENCE } from "./blocks.ts";
import { ASKED, FUNCTIONS, REFUSED } from "./conditions.ts";
import { cell, section } from "./section.ts";

/** docs/language.md. */
export function languagePage(): string {
  return `# The pack language, word by word

Every word that a pack may use, what it takes and an example; those of a policy are in [policy-language.md](policy-language.md). What it means to the last detail is in [packs.md](packs.md), what ships in [rules/](../rules/README.md). Editors that know JSON Schema take
[pack.schema.json](pack.schema.json): begin a pack with \`# yaml-language-server: $schema=…/docs/pack.schema.json\`. \`tidemark check\` says everything that a schema cannot.

Names are \`[a-z][a-z0-9_]*\`, at most 64 characters. Measures, scores, bands and audiences share one set of names; events, stages, segments and triggers have one each. A text with \`: \`, \` #\`, or (in \`{ }\` and \`[ ]\`) a comma
or a bracket in it is quoted. There are no anchors, aliases and tags.

${Object.values(REFERENCE).map(section).join("\n\n")}

## Conditions

A condition is CEL: \`&& || ! == != < <= > >= + - * / % in ?:\`, numbers, texts in quotes, \`true\`, \`false\`, lists. Integers and doubles mix. What is missing makes what depends on it missing; \`&&\` is false if one side is, \`||\` true if one side
is, whatever the other; a condition holds only if it is true.

| function | what it gives |
|---|---|
${FUNCTIONS.map(({ name, gives }) => `| \`${name}\` | ${gives} |`).join("\n")}

### What may be asked, and when the answer changes

A condition on a contact is put together from comparisons. Of each the engine knows the moment at which its answer may be another, so that things happen on time although nobody does anything.

| form | such as | its answer changes |
|---|---|---|
${ASKED.map(({ form, example, changes }) => `| ${form} | ${cell(example)} | ${changes} |`).join("\n")}

These have no such moment, or none that anybody can foresee, and are refused:

| such as | why | instead |
|---|---|---|
${REFUSED.map(({ example, why, instead }) => `| ${cell(example)} | ${why} | ${instead.startsWith("=") ? cell(instead.slice(1)) : instead} |`).join("\n")}

## How much there can be

A file has at most 1 MB and 32 levels. A pack has at most ${LIMITS.events} events, ${LIMITS.traits} traits, ${LIMITS.measures} measures, ${LIMITS.scores} scores of ${LIMITS.rules} rules each, ${LIMITS.bands} bands, ${LIMITS.audiences} audiences, ${LIMITS.segments} segments,
${LIMITS.stages} stages, ${LIMITS.moves} moves and ${LIMITS.triggers} triggers; a list has at most ${LIMITS.list} items, a text ${LIMITS.text} and a condition ${LIMITS.condition} characters.

## Words kept for later

${later()}
`;
}

/** Refused with advice, never ignored. */
function later(): string {
  const words = Object.values(BLOCKS).flatMap((block) =>
    Object.entries<string>(block.later).map(([key, advice]) => `- \`${key}\` of ${block.name}: ${advice}`),
  );
  return words.length === 0 ? "None." : words.join("\n");
}
