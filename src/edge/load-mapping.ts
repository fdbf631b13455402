// A mapping's file -> a Mapping, or every mistake in it with its line, column and cure, as packs are read (packs/fields.ts). What stands at
// the top holds for all rules; a rule says what is different, and a bag of properties is put together from both.

import type { Problem } from "../packs/definition.ts";
import { type Fields, listed, readFields, readOneOrMany, readText, refuseWord, shapeOf } from "../packs/fields.ts";
import type { ProblemList } from "../packs/problems.ts";
import type { Block } from "../packs/schema.ts";
import { readSourceFile } from "../packs/source-file.ts";
import { jsonOf, readYaml, type YamlMap, type YamlNode } from "../packs/yaml-source.ts";
import type { Bag, Choices, JsonValue, Mapping, Path, Rule, When } from "./mapping.ts";

export type MappingResult = { readonly ok: true; readonly mapping: Mapping } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Throws FILE_UNREADABLE. */
export function loadMappingFile(file: string): MappingResult {
  const source = readSourceFile(file, "mapping");
  return source.ok ? loadMapping(source.text, file) : source;
}

export function loadMapping(text: string, file: string): MappingResult {
  const source = readYaml(text, file);
  if (!source.ok) return source;
  const { problems, root } = source;
  const fields = readFields(root, MAPPING, "the mapping", problems);
  const mapping = fields === undefined ? undefined : readMapping(fields, problems);
  return mapping === undefined || problems.count > 0 ? { ok: false, problems: problems.sorted() } : { ok: true, mapping };
}

const SHARED = ["user", "anonymous", "group", "previous", "time", "message_id", "properties", "traits", "context"] as const;
const MAPPING = { name: "a mapping", keys: ["mapping", "each", "write_key", ...SHARED, "events"], later: {} } as const satisfies Block;
const RULE = { name: "an event of a mapping", keys: ["when", "ignore", "type", "name", ...SHARED], later: {} } as const satisfies Block;
const CHOICE = { name: "a choice", keys: ["path", "when"], later: {} } as const satisfies Block;
const NAME = { name: "`name`", keys: ["path"], later: {} } as const satisfies Block;
const TIME = { name: "`time`", keys: ["path", "unit"], later: {} } as const satisfies Block;
const CONSTANT = { name: "a constant", keys: ["value"], later: {} } as const satisfies Block;
const JOINED = { name: "`message_id`", keys: ["join"], later: {} } as const satisfies Block;
const TYPES = ["track", "page", "screen", "identify", "group", "alias"] as const;

const MAX_RULES = 200;
const MAX_ENTRIES = 200;
const MAX_STEPS = 16;

type Shared = Omit<Rule, "when" | "ignore" | "type" | "name">;
type SharedFields = Fields<(typeof SHARED)[number]>;

function readMapping(fields: Fields<(typeof MAPPING.keys)[number]>, problems: ProblemList): Mapping | undefined {
  const name = fields.mapping === undefined ? undefined : readText(fields.mapping, "`mapping`", problems, 64);
  if (fields.mapping === undefined)
    problems.add(fields.start, "missing-key", "the mapping has no name", "write mapping: my_webhook; events then come in at /v1/map/my_webhook");
  else if (name !== undefined && !/^[a-z0-9_-]+$/.test(name))
    problems.add(fields.mapping.at, "bad-name", `\`${name}\` is not a name`, "lower-case letters, digits, - and _: it is the end of an address");
  const shared = readShared(fields, EMPTY, problems);
  const rules = readRules(fields, shared, problems);
  const each = fields.each === undefined ? null : (readPath(fields.each, "`each`", problems) ?? null);
  const writeKey = fields.write_key === undefined ? null : (readPath(fields.write_key, "`write_key`", problems) ?? null);
  return name === undefined ? undefined : { name, each, writeKey, rules };
}

function readRules(fields: Fields<(typeof MAPPING.keys)[number]>, shared: Shared, problems: ProblemList): Rule[] {
  const { events } = fields;
  if (events === undefined || events.kind !== "list" || events.items.length === 0) {
    const at = events?.at ?? fields.start;
    problems.add(at, "missing-key", "`events` is not a list of what the mapping makes", "such as - { when: { event: open }, name: Email Opened }");
    return [];
  }
  if (events.items.length > MAX_RULES)
    problems.add(events.at, "too-many", `\`events\` has ${events.items.length} entries; at most ${MAX_RULES} are allowed`, null);
  return events.items.slice(0, MAX_RULES).flatMap((item) => {
    const rule = readFields(item, RULE, "an event", problems);
    return rule === undefined ? [] : [readRule(rule, shared, problems)];
  });
}

function readRule(fields: Fields<(typeof RULE.keys)[number]>, shared: Shared, problems: ProblemList): Rule {
  const type = fields.type === undefined ? "track" : readType(fields.type, problems);
  const ignore = fields.ignore?.kind === "scalar" && fields.ignore.value === true;
  if (fields.ignore !== undefined && !ignore)
    problems.add(fields.ignore.at, "bad-value", "`ignore` can only be true", "take it out where the item is an event");
  const name = fields.name === undefined ? null : readName(fields.name, problems);
  if (name === null && type === "track" && !ignore && fields.name === undefined)
    problems.add(fields.start, "missing-key", "a track without a `name`", "write name: Email Opened, or name: { path: event }");
  return { when: fields.when === undefined ? [] : readWhen(fields.when, problems), ignore, type, name, ...readShared(fields, shared, problems) };
}

function readType(node: YamlNode, problems: ProblemList): Rule["type"] {
  const type = TYPES.find((one) => node.kind === "scalar" && one === node.value);
  if (type === undefined) refuseWord(node, "`type`", TYPES, problems);
  return type ?? "track";
}

function readName(node: YamlNode, problems: ProblemList): Rule["name"] {
  if (node.kind !== "map") {
    const text = readText(node, "`name`", problems);
    return text === undefined ? null : { text };
  }
  const path = readFields(node, NAME, "`name`", problems)?.path;
  const read = path === undefined ? undefined : readPath(path, "the name's path", problems);
  return read === undefined ? null : { path: read };
}

/** `before` is what holds for all rules. */
function readShared(fields: SharedFields, before: Shared, problems: ProblemList): Shared {
  const choices = (key: "user" | "anonymous" | "group" | "previous"): Choices => {
    const node = fields[key];
    return node === undefined ? before[key] : readChoices(node, `\`${key}\``, problems);
  };
  const bag = (key: "properties" | "traits" | "context"): Bag => {
    const node = fields[key];
    return node === undefined ? before[key] : joined(before[key], readBag(node, key, problems));
  };
  return {
    user: choices("user"),
    anonymous: choices("anonymous"),
    group: choices("group"),
    previous: choices("previous"),
    time: fields.time === undefined ? before.time : readTime(fields.time, problems),
    messageId: fields.message_id === undefined ? before.messageId : readMessageId(fields.message_id, problems),
    properties: bag("properties"),
    traits: bag("traits"),
    context: bag("context"),
  };
}

const NO_BAG: Bag = { all: [], entries: [] };
const EMPTY: Shared = {
  user: [],
  anonymous: [],
  group: [],
  previous: [],
  time: { paths: [], seconds: false },
  messageId: [],
  properties: NO_BAG,
  traits: NO_BAG,
  context: NO_BAG,
};

const joined = (first: Bag, second: Bag): Bag => ({ all: [...first.all, ...second.all], entries: [...first.entries, ...second.entries] });

function readChoices(node: YamlNode, what: string, problems: ProblemList): Choices {
  const items = node.kind === "list" ? node.items : [node];
  return items.flatMap((item) => {
    if (item.kind === "scalar") {
      const path = readPath(item, what, problems);
      return path === undefined ? [] : [{ path, when: [] }];
    }
    const fields = readFields(item, CHOICE, what, problems);
    if (fields === undefined) return [];
    if (fields.path === undefined)
      problems.add(fields.start, "missing-key", `${what} has no \`path\``, "such as { path: distinct_id, when: { kind: person } }");
    const path = fields.path === undefined ? undefined : readPath(fields.path, what, problems);
    return path === undefined ? [] : [{ path, when: fields.when === undefined ? [] : readWhen(fields.when, problems) }];
  });
}

function readWhen(node: YamlNode, problems: ProblemList): When {
  const map = entriesOf(node, "`when`", problems);
  return (map?.entries ?? []).flatMap(({ key, at, value }) => {
    const path = pathOf(key, at, "`when`", problems);
    const items = value.kind === "list" ? value.items : [value];
    const values = items.flatMap((item) => {
      if (item.kind === "scalar") return [item.value];
      problems.add(
        item.at,
        "wrong-shape",
        `\`when\` is ${shapeOf(item)} where a value or a list of values was expected`,
        "such as event: open, or event: [open, click]",
      );
      return [];
    });
    return path === undefined ? [] : [{ path, values }];
  });
}

function readTime(node: YamlNode, problems: ProblemList): Rule["time"] {
  if (node.kind !== "map") return { paths: readPaths(node, "`time`", problems), seconds: false };
  const fields = readFields(node, TIME, "`time`", problems);
  const unit = fields?.unit;
  const known = unit === undefined || (unit.kind === "scalar" && (unit.value === "s" || unit.value === "ms"));
  if (!known) refuseWord(unit, "the unit of `time`", ["s", "ms"], problems);
  return { paths: fields?.path === undefined ? [] : readPaths(fields.path, "`time`", problems), seconds: unit?.kind === "scalar" && unit.value === "s" };
}

function readMessageId(node: YamlNode, problems: ProblemList): readonly Path[] {
  if (node.kind !== "map") return readPaths(node, "`message_id`", problems);
  const join = readFields(node, JOINED, "`message_id`", problems)?.join;
  return join === undefined ? [] : readPaths(join, "`join`", problems);
}

const readPaths = (node: YamlNode, what: string, problems: ProblemList): readonly Path[] =>
  readOneOrMany(node, what, problems, MAX_STEPS)
    .map((item) => readPath(item, what, problems))
    .filter((path) => path !== undefined);

/** `name: path`, `name: { value: … }`, and `"*": path` for everything there. A dot in a name makes an object in an object. */
function readBag(node: YamlNode, block: string, problems: ProblemList): Bag {
  const all: Path[] = [];
  const entries: Bag["entries"][number][] = [];
  for (const { key, at, value } of entriesOf(node, `\`${block}\``, problems)?.entries ?? []) {
    if (key === "*") all.push(...readPaths(value, `\`${block}\``, problems));
    else {
      const target = pathOf(key, at, `\`${block}\``, problems);
      const from = readFrom(value, `\`${block}.${key.slice(0, 80)}\``, problems);
      if (target !== undefined && from !== undefined) entries.push({ target, from });
    }
  }
  return { all, entries };
}

function readFrom(node: YamlNode, what: string, problems: ProblemList): { readonly path: Path } | { readonly value: JsonValue } | undefined {
  if (node.kind !== "map") {
    const path = readPath(node, what, problems);
    return path === undefined ? undefined : { path };
  }
  const value = readFields(node, CONSTANT, what, problems)?.value;
  return value === undefined ? undefined : { value: jsonOf(value) as JsonValue };
}

function entriesOf(node: YamlNode, what: string, problems: ProblemList): YamlMap | undefined {
  if (node.kind !== "map") {
    problems.add(node.at, "wrong-shape", `${what} is ${shapeOf(node)} where names and paths were expected`, "such as { link_url: url }");
    return undefined;
  }
  if (node.entries.length > MAX_ENTRIES)
    problems.add(node.at, "too-many", `${what} has ${node.entries.length} entries; at most ${MAX_ENTRIES} are allowed`, null);
  return { ...node, entries: node.entries.slice(0, MAX_ENTRIES) };
}

function readPath(node: YamlNode, what: string, problems: ProblemList): Path | undefined {
  if (node.kind === "scalar" && node.value !== null && node.text !== "") return pathOf(node.text, node.at, what, problems);
  problems.add(node.at, "bad-path", `${what} is ${shapeOf(node)} where a path was expected`, "keys with dots between them, such as data.customer.id");
  return undefined;
}

/** Keys with dots between them; a whole number is a place in a list. */
function pathOf(text: string, at: number, what: string, problems: ProblemList): Path | undefined {
  const steps = text.split(".");
  if (text.length > 512 || steps.length > MAX_STEPS || steps.includes("")) {
    problems.add(
      at,
      "bad-path",
      `${what}: \`${text.slice(0, 80)}\` is not a path`,
      `up to ${MAX_STEPS} keys with dots between them, such as ${listed(["data.customer.id", "items.0.sku"], "or")}`,
    );
    return undefined;
  }
  return steps.map((step) => (/^(0|[1-9]\d{0,3})$/.test(step) ? Number(step) : step));
}
