// One line of a story: when, who, what becomes known of them, what they do. Moments are counted from the beginning of the
// story and never go back. What is done becomes messages here, so that a story that cannot be told is a mistake with a place.

import { type ContactKey, epochMs } from "../../model/ids.ts";
import { readFields, readOneOrMany, readText, shapeOf } from "../fields.ts";
import type { ProblemList } from "../problems.ts";
import type { StoryLine, StoryMessage } from "../story.ts";
import type { YamlNode } from "../yaml-source.ts";
import { readDoing } from "./doing.ts";
import { readExpect } from "./expect.ts";
import type { LineContext } from "./line-context.ts";
import { parseSpan } from "./span.ts";
import { readTraitsGiven } from "./traits.ts";
import type { Draft } from "./where.ts";
import { EXAMPLE_BLOCKS } from "./words.ts";

export function readLine(node: YamlNode, context: LineContext, problems: ProblemList): StoryLine | undefined {
  const fields = readFields(node, EXAMPLE_BLOCKS.line, `a line of ${context.what}`, problems);
  if (fields === undefined) return undefined;
  if (fields.at === undefined) problems.add(fields.start, "missing-key", `a line of ${context.what} does not say when`, "begin it with `at: 0d`");
  const atMs = fields.at === undefined ? context.earliest : readMoment(fields.at, context, problems);
  const given = fields.traits === undefined ? [] : readTraitsGiven(fields.traits, context, problems);
  const done = fields.do === undefined ? [] : readDoing(fields.do, atMs, context, problems);
  return {
    line: problems.lineOf(fields.start),
    at: fields.at?.kind === "scalar" ? fields.at.text : "",
    atMs: epochMs(atMs),
    who: fields.who === undefined ? SOMEONE : readWho(fields.who, context, problems),
    messages: given.reduce<readonly StoryMessage[]>((messages, message) => withTraits(message, messages, atMs), done),
    broadcasts: fields.broadcast === undefined ? [] : readBroadcasts(fields.broadcast, context, problems),
    expect: fields.expect === undefined ? [] : readExpect(fields.expect, context, problems),
  };
}

const SOMEONE: ContactKey = { kind: "user", id: "someone" };
/** Ten years: as far as any pack looks. */
const LONGEST_STORY = 3_650 * 86_400_000;

function readMoment(node: YamlNode, context: LineContext, problems: ProblemList): number {
  const span = node.kind === "scalar" ? parseSpan(node.text) : null;
  if (span === null || span > LONGEST_STORY) {
    problems.add(node.at, "bad-duration", `\`at\` is ${shapeOf(node)} where a time since the beginning was expected`, "such as 0d, 90m or 1d 2h");
    return context.earliest;
  }
  const atMs = context.begins + span;
  if (atMs < context.earliest)
    problems.add(node.at, "time-goes-back", `\`at\` of ${context.what} is before the line above`, "put the lines in the order of time");
  return Math.max(atMs, context.earliest);
}

/** A user id, or `anonymous x`. */
function readWho(node: YamlNode, context: LineContext, problems: ProblemList): ContactKey {
  const text = readText(node, `\`who\` of ${context.what}`, problems) ?? SOMEONE.id;
  const anonymous = /^anonymous\s+(\S.*)$/.exec(text);
  return anonymous === null ? { kind: "user", id: text } : { kind: "anonymous", id: anonymous[1] as string };
}

function readBroadcasts(node: YamlNode, { pack, what }: LineContext, problems: ProblemList): string[] {
  const known = pack.triggers.filter(({ when }) => when.kind === "broadcast").map(({ name }) => name);
  return readOneOrMany(node, `\`broadcast\` of ${what}`, problems).flatMap(({ text, at }) => {
    if (known.includes(text)) return [text];
    problems.add(at, "unknown-trigger", `\`broadcast\` of ${what}: the pack has no broadcast \`${text.slice(0, 80)}\``, problems.near(text, known));
    return [];
  });
}

/** What becomes known rides on the first message that can carry it; where there is none, an identify comes first. */
function withTraits(given: Draft, messages: readonly StoryMessage[], atMs: number): readonly StoryMessage[] {
  const [first, ...rest] = messages;
  if (given.type === "group" || first === undefined || first.message.type === "group")
    return [{ message: { type: "identify", ...given }, atMs, doneMs: atMs }, ...messages];
  return [{ ...first, message: merged(given, first.message) }, ...rest];
}

/** What the event itself says comes first. */
function merged(under: Draft, over: Draft): Draft {
  const keys = [...Object.keys(over), ...Object.keys(under).filter((key) => !(key in over))];
  return Object.fromEntries(keys.map((key) => [key, isMap(under[key]) && isMap(over[key]) ? merged(under[key], over[key]) : (over[key] ?? under[key])]));
}

const isMap = (value: unknown): value is Draft => typeof value === "object" && value !== null && !Array.isArray(value);
