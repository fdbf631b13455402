// `events:` the pack's names for what people do. Each is one kind of message, with a name or names where the kind has
// them, and may ask more of the message with `where`. What counts as the event's value and occasion is a path.

import { readCondition } from "../condition/expression.ts";
import type { EventDefinition, MessageType } from "../definition.ts";
import { type Fields, listed, readDuration, readFields, readNamed, readOneOrMany, shapeOf } from "../fields.ts";
import { MESSAGE_ROOTS, readPath } from "../message-path.ts";
import type { Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { BLOCKS, LIMITS } from "../schema.ts";
import type { YamlNode } from "../yaml-source.ts";

export function readEvents(node: YamlNode | undefined, packAt: number, names: Names, problems: ProblemList): EventDefinition[] {
  if (node === undefined) problems.add(packAt, "missing-key", "the pack has no `events`", "name at least one thing that people do");
  const entries = readNamed(node, "events", LIMITS.events, problems, "name: Track Name");
  const events = entries.map(({ key, value }) => readEvent(key, value, names, problems));
  for (const { name, value, stage } of events) names.events.set(name, { hasValue: value !== null, setsStage: stage !== null });
  for (const { key, value } of entries) if (value.kind === "map") checkUndoes(key, value, events, names, problems);
  return events;
}

type Match = EventDefinition["match"];
const PLAIN = { where: null, value: null, key: null, undoes: null, once: null, stage: null } as const;
type EventFields = Fields<(typeof BLOCKS.event.keys)[number]>;

const NAMED = ["track", "page", "screen"] as const;
const NAMELESS = ["identify", "group", "any"] as const;
const EVERY_TYPE: readonly MessageType[] = ["track", "page", "screen", "identify", "group", "alias"];

function readEvent(name: string, node: YamlNode, names: Names, problems: ProblemList): EventDefinition {
  const what = `event \`${name}\``;
  if (node.kind !== "map") return { name, match: [{ type: "track", names: readMessageNames(node, "track", what, problems) }], ...PLAIN };
  const fields = readFields(node, BLOCKS.event, what, problems);
  if (fields === undefined) return { name, match: [], ...PLAIN };
  return {
    name,
    match: readMatch(fields, what, problems),
    where: fields.where === undefined ? null : readCondition(fields.where, "where", `the \`where\` of ${what}`, names, problems),
    value: fields.value === undefined ? null : (readPath(fields.value, MESSAGE_ROOTS, `the \`value\` of ${what}`, problems) ?? []),
    key: fields.key === undefined ? null : readPath(fields.key, MESSAGE_ROOTS, `the \`key\` of ${what}`, problems),
    undoes: fields.undoes?.kind === "scalar" ? fields.undoes.text : null,
    once: fields.once === undefined ? null : readOnce(fields.once, `\`once\` of ${what}`, problems),
    stage: fields.stage === undefined ? null : readHand(fields.stage, `\`stage\` of ${what}`, problems),
  };
}

/** What it takes back is another event, and both have a key to know each other by. */
function checkUndoes(name: string, node: Extract<YamlNode, { kind: "map" }>, events: readonly EventDefinition[], names: Names, problems: ProblemList): void {
  const said = node.entries.find(({ key }) => key === "undoes")?.value;
  if (said === undefined) return;
  const what = `\`undoes\` of event \`${name}\``;
  if (said.kind !== "scalar") {
    problems.add(said.at, "wrong-shape", `${what} is ${shapeOf(said)} where the name of an event was expected`, "one event takes back one other");
    return;
  }
  if (names.event(said, what) === undefined) return;
  const undone = events.find((event) => event.name === said.text);
  const undoing = events.find((event) => event.name === name);
  if (said.text === name) problems.add(said.at, "self-reference", `event \`${name}\` cannot undo itself`, "name the event that it takes back");
  else if (undone?.undoes != null)
    problems.add(said.at, "wrong-kind", `${what}: \`${said.text}\` takes something back itself, and that cannot be taken back`, null);
  else
    for (const event of [undoing, undone])
      if (event?.key === null)
        problems.add(said.at, "no-key", `${what}: event \`${event.name}\` has no \`key\``, "give both a key that they share, such as key: properties.order_id");
}

/** Where the message says which stage an outside hand sets, who and why. */
function readHand(node: YamlNode, what: string, problems: ProblemList): EventDefinition["stage"] {
  if (node.kind !== "map") {
    const from = readPath(node, MESSAGE_ROOTS, what, problems);
    return from === null ? null : { from, by: null, reason: null };
  }
  const fields = readFields(node, BLOCKS.hand, what, problems);
  if (fields === undefined) return null;
  if (fields.from === undefined && !fields.refused)
    problems.add(fields.start, "missing-key", `${what} has no \`from\``, "name the property that holds the stage, such as from: properties.stage");
  const path = (of: YamlNode | undefined, key: string) => (of === undefined ? null : readPath(of, MESSAGE_ROOTS, `\`${key}\` of ${what}`, problems));
  return { from: path(fields.from, "from") ?? [], by: path(fields.by, "by"), reason: path(fields.reason, "reason") };
}

function readOnce(node: YamlNode, what: string, problems: ProblemList): EventDefinition["once"] {
  const fields = readFields(node, BLOCKS.once, what, problems);
  if (fields === undefined) return null;
  if (fields.per === undefined && !fields.refused)
    problems.add(fields.start, "missing-key", `${what} has no \`per\``, "name the property whose value may not come again, such as per: properties.email_id");
  if (fields.in === undefined && !fields.refused)
    problems.add(fields.start, "missing-key", `${what} has no \`in\``, "say for how long it may not come again, such as in: 1d");
  const per = fields.per === undefined ? null : readPath(fields.per, MESSAGE_ROOTS, `\`per\` of ${what}`, problems);
  const inMs = readDuration(fields.in, `\`in\` of ${what}`, problems);
  return per === null || inMs === null ? null : { per, inMs };
}

function readMatch(fields: EventFields, what: string, problems: ProblemList): Match {
  const said = [...NAMED, ...NAMELESS].filter((kind) => fields[kind] !== undefined);
  const [kind] = said;
  if (kind === undefined || said.length > 1) {
    const message = kind === undefined ? `${what} does not say which messages it is` : `${what} is ${listed(said)} at once`;
    problems.add(
      fields.start,
      "one-of",
      message,
      kind === undefined ? `say one of ${listed([...NAMED, ...NAMELESS], "or")}` : "make it one event for each kind of message",
    );
    return [];
  }
  const node = fields[kind] as YamlNode;
  if (kind === "track" || kind === "page" || kind === "screen") return [{ type: kind, names: readMessageNames(node, kind, what, problems) }];
  if (node.kind !== "scalar" || node.value !== true)
    problems.add(node.at, "bad-value", `\`${kind}\` of ${what} is ${shapeOf(node)}; it can only be true`, null);
  return kind === "any" ? EVERY_TYPE.map((type) => ({ type, names: null })) : [{ type: kind, names: null }];
}

/** Null: every message of the type. */
function readMessageNames(node: YamlNode, type: (typeof NAMED)[number], what: string, problems: ProblemList): readonly string[] | null {
  const found = readOneOrMany(node, what, problems, LIMITS.list);
  const texts: string[] = [];
  for (const item of found) {
    if (typeof item.value !== "string")
      problems.add(item.at, "wrong-type", `${what} is ${shapeOf(item)} where the name of a message was expected`, `quote it: "${item.text}"`);
    else if (item.value === "" || item.value.length > LIMITS.text)
      problems.add(item.at, "bad-value", `${what}: the name of a message has 1 to ${LIMITS.text} characters`, null);
    else if (texts.includes(item.value)) problems.add(item.at, "said-twice", `${what} names \`${item.value}\` twice`, "keep one");
    else texts.push(item.value);
  }
  const star = found.find((item) => item.value === "*");
  if (star === undefined) return texts;
  if (type === "track")
    problems.add(star.at, "bad-value", `${what}: \`*\` stands for every page or screen, not for every track`, "name the tracks, or use `any: true`");
  else if (found.length > 1) problems.add(star.at, "bad-value", `${what}: \`*\` is every ${type}, so nothing can stand beside it`, "keep only the `*`");
  return null;
}
