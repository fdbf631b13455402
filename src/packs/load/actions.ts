// What a trigger has to say: its message, the channels it asks for, what goes along, how long it is worth sending, and what
// policy is told of it. What is said when is load/triggers.ts.

import { type Channels, PRIORITIES, type Priority, type StepDefinition } from "../definition.ts";
import { type Fields, readDuration, readFields, readOneOrMany, readText, refuseWord, shapeOf } from "../fields.ts";
import type { ProblemList } from "../problems.ts";
import { BLOCKS, LIMITS, NAME } from "../schema.ts";
import type { YamlNode, YamlScalar } from "../yaml-source.ts";

export type ActionFields = Fields<"channel" | "message" | "params" | "expires">;

/** What a trigger without steps sends. */
export function readAction(fields: ActionFields, what: string, problems: ProblemList): StepDefinition {
  return {
    afterMs: 0,
    if: null,
    message: readMessage(fields, what, problems),
    channels: readChannels(fields, what, problems),
    params: readParams(fields.params, what, problems),
    expiresMs: readDuration(fields.expires, `\`expires\` of ${what}`, problems),
  };
}

/** Any name is a purpose: policy says what each may do. */
export function readPurpose(node: YamlNode | undefined, what: string, problems: ProblemList): string {
  if (node === undefined) return "marketing";
  return readSubjectName(node, `\`purpose\` of ${what}`, problems) ?? "marketing";
}

export function readPriority(node: YamlNode | undefined, what: string, problems: ProblemList): Priority {
  if (node === undefined) return "normal";
  const priority = node.kind === "scalar" ? PRIORITIES.find((known) => known === node.value) : undefined;
  if (priority === undefined) refuseWord(node, `\`priority\` of ${what}`, PRIORITIES, problems);
  return priority ?? "normal";
}

export const readOwner = (node: YamlNode | undefined, what: string, problems: ProblemList): string | null =>
  node === undefined ? null : (readText(node, `\`owner\` of ${what}`, problems, LIMITS.text) ?? null);

export function readMessage(fields: ActionFields, what: string, problems: ProblemList): string {
  if (fields.message !== undefined) return readText(fields.message, `\`message\` of ${what}`, problems) ?? "";
  if (!fields.refused) problems.add(fields.start, "missing-key", `${what} has no \`message\``, "say what is to be sent, such as message: welcome");
  return "";
}

/** A channel is a part of the subject that senders subscribe to. */
export function readChannels(fields: ActionFields, what: string, problems: ProblemList): Channels {
  const node = fields.channel;
  if (node === undefined) {
    problems.add(fields.start, "missing-key", `${what} has no \`channel\``, "name the sender that takes it, such as email or crm");
    return { take: "first", names: [] };
  }
  if (node.kind === "list")
    problems.add(node.at, "wrong-shape", `\`channel\` of ${what} is a list`, "say which of them: { first: [push, email] } or { all: [email, ads] }");
  else if (node.kind === "map") return readSeveral(node, what, problems);
  else return { take: "first", names: [readSubjectName(node, `\`channel\` of ${what}`, problems) ?? ""] };
  return { take: "first", names: [] };
}

function readSeveral(node: YamlNode, what: string, problems: ProblemList): Channels {
  const fields = readFields(node, BLOCKS.channel, `\`channel\` of ${what}`, problems);
  const list = fields?.first ?? fields?.all;
  if (fields === undefined || (list === undefined && fields.refused)) return { take: "first", names: [] };
  if (list === undefined || (fields.first !== undefined && fields.all !== undefined)) {
    const message =
      list === undefined ? `\`channel\` of ${what} says neither \`first\` nor \`all\`` : `\`channel\` of ${what} is \`first\` and \`all\` at once`;
    problems.add(node.at, "one-of", message, "such as { first: [push, email] }");
    return { take: "first", names: [] };
  }
  return { take: fields.first === undefined ? "all" : "first", names: readChannelList(list, what, problems) };
}

function readChannelList(node: YamlNode, what: string, problems: ProblemList): string[] {
  const names: string[] = [];
  for (const item of readOneOrMany(node, `\`channel\` of ${what}`, problems, LIMITS.list)) {
    const name = readSubjectName(item, `\`channel\` of ${what}`, problems);
    if (name === undefined) continue;
    if (names.includes(name)) problems.add(item.at, "said-twice", `\`channel\` of ${what} names \`${name}\` twice`, "keep one");
    else names.push(name);
  }
  return names;
}

function readSubjectName(node: YamlNode, what: string, problems: ProblemList): string | undefined {
  const name = readText(node, what, problems);
  if (name === undefined || NAME.test(name)) return name;
  problems.add(node.at, "bad-name", `${what}: \`${name.slice(0, 80)}\` is not a name`, "a lower-case letter, then lower-case letters, digits and _");
  return undefined;
}

/** A flat map of texts, numbers and truth values: a sender must be able to read it without knowing the pack. */
export function readParams(node: YamlNode | undefined, what: string, problems: ProblemList): StepDefinition["params"] {
  if (node === undefined) return {};
  if (node.kind !== "map") {
    problems.add(node.at, "wrong-shape", `\`params\` of ${what} is ${shapeOf(node)}; it is a map of values`, "such as params: { reward: one-month }");
    return {};
  }
  if (node.entries.length > LIMITS.params)
    problems.add(node.at, "too-many", `\`params\` of ${what} has ${node.entries.length} entries; at most ${LIMITS.params} are allowed`, null);
  const params: Record<string, string | number | boolean> = {};
  for (const { key, at, value } of node.entries.slice(0, LIMITS.params)) {
    if (!NAME.test(key))
      problems.add(
        at,
        "bad-name",
        `\`params\` of ${what}: \`${key.slice(0, 80)}\` is not a name`,
        "a lower-case letter, then lower-case letters, digits and _",
      );
    else if (value.kind !== "scalar" || !isParam(value.value)) refuseParam(value, key, what, problems);
    else params[key] = value.value;
  }
  return params;
}

const isParam = (value: YamlScalar["value"]): value is string | number | boolean =>
  typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value)) || (typeof value === "string" && value.length <= LIMITS.text);

function refuseParam(node: YamlNode, key: string, what: string, problems: ProblemList): void {
  const long = node.kind === "scalar" && typeof node.value === "string";
  const message = long
    ? `\`${key}\` in the \`params\` of ${what} is longer than ${LIMITS.text} characters`
    : `\`${key}\` in the \`params\` of ${what} is ${shapeOf(node)}`;
  problems.add(node.at, long ? "bad-value" : "wrong-shape", message, "a text, a number, true or false");
}
