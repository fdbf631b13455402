// `do:` of a line of a story: the pack's own event names in the order in which things are done, each as the message that the
// engine will know for it. `times` and `every` say the same thing several times over, `ago` that the news is late.

import type { EventDefinition } from "../definition.ts";
import { type Fields, readFields, readText, shapeOf } from "../fields.ts";
import { ANSWERED_KEY } from "../message-path.ts";
import type { ProblemList } from "../problems.ts";
import type { Answered, StoryMessage } from "../story.ts";
import { jsonOf, type YamlNode } from "../yaml-source.ts";
import type { LineContext } from "./line-context.ts";
import { type Given, messageFor } from "./message.ts";
import { parseSpan } from "./span.ts";
import { type Draft, valueIn } from "./where.ts";
import { EXAMPLE_BLOCKS, EXAMPLE_LIMITS } from "./words.ts";

type DoingFields = Fields<(typeof EXAMPLE_BLOCKS.doing.keys)[number]>;

export function readDoing(node: YamlNode, atMs: number, context: LineContext, problems: ProblemList): StoryMessage[] {
  const items = node.kind === "list" ? node.items : [node];
  if (items.length > EXAMPLE_LIMITS.doing)
    problems.add(node.at, "too-many", `\`do\` of ${context.what} has ${items.length} items; at most ${EXAMPLE_LIMITS.doing} are allowed`, "say `times`");
  let now = atMs;
  const messages: StoryMessage[] = [];
  for (const item of items.slice(0, EXAMPLE_LIMITS.doing)) {
    const done = readItem(item, now, context, problems);
    messages.push(...done);
    now = done.at(-1)?.atMs ?? now;
  }
  return messages;
}

function readItem(node: YamlNode, now: number, context: LineContext, problems: ProblemList): StoryMessage[] {
  if (node.kind === "scalar" && typeof node.value === "string") {
    const event = eventOf(node, node.value, context, problems);
    return event === undefined ? [] : said(event, {}, node, { now, agoMs: 0, times: 1, everyMs: 0, answers: undefined }, context, problems);
  }
  if (node.kind !== "map") {
    problems.add(
      node.at,
      "wrong-shape",
      `\`do\` of ${context.what} is ${shapeOf(node)} where an event was expected`,
      "such as `do: [visit, { event: order, value: 20 }]`",
    );
    return [];
  }
  const fields = readFields(node, EXAMPLE_BLOCKS.doing, `what is done in ${context.what}`, problems);
  if (fields === undefined) return [];
  if (fields.event === undefined) {
    if (!fields.refused) problems.add(fields.start, "missing-key", `what is done in ${context.what} has no \`event\``, "write { event: name, ... }");
    return [];
  }
  const name = readText(fields.event, "`event`", problems);
  const event = name === undefined ? undefined : eventOf(fields.event, name, context, problems);
  if (event === undefined) return [];
  const often = {
    now,
    agoMs: readSpan(fields.ago, "`ago`", problems),
    times: readTimes(fields.times, problems),
    everyMs: readSpan(fields.every, "`every`", problems),
    answers: fields.answers === undefined ? undefined : readAnswered(fields.answers, fields, context, problems),
  };
  return said(event, givenOf(fields, problems), node, often, context, problems);
}

function eventOf(node: YamlNode, name: string, { pack, what }: LineContext, problems: ProblemList): EventDefinition | undefined {
  const event = pack.events.find((one) => one.name === name);
  if (event === undefined)
    problems.add(
      node.at,
      "unknown-event",
      `\`do\` of ${what}: the pack has no event \`${name.slice(0, 80)}\``,
      problems.near(
        name,
        pack.events.map((one) => one.name),
      ),
    );
  return event;
}

interface Often {
  readonly now: number;
  readonly agoMs: number;
  readonly times: number;
  readonly everyMs: number;
  readonly answers: Answered | undefined;
}

function said(event: EventDefinition, given: Given, node: YamlNode, often: Often, { what }: LineContext, problems: ProblemList): StoryMessage[] {
  const result = messageFor(event, given);
  if (!result.ok) {
    problems.add(node.at, "no-message", `\`do\` of ${what}: ${result.why}`, result.hint);
    return [];
  }
  return Array.from({ length: often.times }, (_, index) => {
    const atMs = often.now + index * often.everyMs;
    return { message: result.message, atMs, doneMs: atMs - often.agoMs, ...(often.answers === undefined ? {} : { answers: often.answers }) };
  });
}

/** The key itself is known when the story is told. */
function readAnswered(node: YamlNode, { context: given }: DoingFields, { pack, what }: LineContext, problems: ProblemList): Answered | undefined {
  const trigger = readText(node, `\`answers\` in ${what}`, problems);
  const known = pack.triggers.map(({ name }) => name);
  if (trigger !== undefined && !known.includes(trigger)) {
    problems.add(node.at, "unknown-trigger", `\`answers\` in ${what}: the pack has no trigger \`${trigger.slice(0, 80)}\``, problems.near(trigger, known));
    return undefined;
  }
  if (given !== undefined && valueIn({ context: jsonOf(given) } as Draft, ANSWERED_KEY) !== undefined)
    problems.add(
      node.at,
      "key-not-here",
      `\`answers\` in ${what} does not go with a \`context\` that has a \`tidemark.key\``,
      "take one of them away: both say what is answered",
    );
  return trigger === undefined ? undefined : { trigger, line: problems.lineOf(node.at) };
}

function givenOf(fields: DoingFields, problems: ProblemList): Given {
  const name = fields.name === undefined ? undefined : readText(fields.name, "`name`", problems);
  const maps = (["properties", "context", "traits"] as const).flatMap((part) => {
    const node = fields[part];
    if (node === undefined) return [];
    if (node.kind !== "map") problems.add(node.at, "wrong-shape", `\`${part}\` is ${shapeOf(node)} where a map was expected`, null);
    return [[part, jsonOf(node)] as const];
  });
  const scalars = (["value", "key"] as const).flatMap((part) => (fields[part] === undefined ? [] : [[part, jsonOf(fields[part])] as const]));
  return { ...(name === undefined ? {} : { name }), ...Object.fromEntries([...maps, ...scalars]) };
}

function readSpan(node: YamlNode | undefined, what: string, problems: ProblemList): number {
  if (node === undefined) return 0;
  const span = node.kind === "scalar" ? parseSpan(node.text) : null;
  if (span === null) problems.add(node.at, "bad-duration", `${what} is ${shapeOf(node)} where a duration was expected`, "such as 90m, 3d or 1d 2h");
  return span ?? 0;
}

function readTimes(node: YamlNode | undefined, problems: ProblemList): number {
  if (node === undefined) return 1;
  const times = node.kind === "scalar" && typeof node.value === "number" ? node.value : Number.NaN;
  if (Number.isInteger(times) && times >= 1 && times <= EXAMPLE_LIMITS.times) return times;
  problems.add(node.at, "bad-value", `\`times\` is ${shapeOf(node)}; it is a whole number from 1 to ${EXAMPLE_LIMITS.times}`, null);
  return 1;
}
