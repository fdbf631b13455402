// Other shapes -> events. A mapping says of a body (a provider's webhook, another product's capture call) where the events are in it, which
// of them matter, and by which paths their name, contact, time and properties are found.
//
// Each item goes down the rules; the first whose `when` holds makes the event, and an item that no rule takes is ignored, which is counted.
// The invariant: an item becomes one event, is ignored, or is a fault; applying a mapping throws nothing, whatever the body is.
// Reading a mapping's file is load-mapping.ts; whether the event is one is judged where all are (event-maker.ts).

import type { HeadType } from "../model/event-head.ts";

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type Path = readonly (string | number)[];

/** Holds where the value at each path is one of the values; null stands for absent, too. */
export type When = readonly { readonly path: Path; readonly values: readonly (string | number | boolean | null)[] }[];

/** The first choice whose `when` holds and where there is something. */
export type Choices = readonly { readonly path: Path; readonly when: When }[];

/** What a bag of properties is filled with: first everything at `all`, then single ones. */
export interface Bag {
  readonly all: readonly Path[];
  readonly entries: readonly { readonly target: Path; readonly from: { readonly path: Path } | { readonly value: JsonValue } }[];
}

export interface Rule {
  readonly when: When;
  /** The item is none of ours. */
  readonly ignore: boolean;
  readonly type: HeadType;
  readonly name: { readonly text: string } | { readonly path: Path } | null;
  readonly user: Choices;
  readonly anonymous: Choices;
  readonly group: Choices;
  readonly previous: Choices;
  readonly time: { readonly paths: readonly Path[]; readonly seconds: boolean };
  /** Texts at these paths, joined; [] for none. */
  readonly messageId: readonly Path[];
  readonly properties: Bag;
  readonly traits: Bag;
  readonly context: Bag;
}

export interface Mapping {
  /** As in `POST /v1/map/<name>`. */
  readonly name: string;
  /** Where the list of items is; null: the body is the item, or the list. */
  readonly each: Path | null;
  readonly writeKey: Path | null;
  readonly rules: readonly Rule[];
}

export type Mapped = { readonly kind: "event"; readonly event: JsonValue } | { readonly kind: "ignored" };

/** The items of a body: the list at `each`, a body that is a list, or the body itself. */
export function itemsOf(mapping: Mapping, body: JsonValue): readonly JsonValue[] {
  const at = mapping.each === null ? undefined : valueAt(body, mapping.each);
  if (Array.isArray(at)) return at as readonly JsonValue[];
  return Array.isArray(body) ? (body as readonly JsonValue[]) : [body];
}

export function applyMapping(mapping: Mapping, item: JsonValue): Mapped {
  const rule = mapping.rules.find(({ when }) => holds(when, item));
  return rule === undefined || rule.ignore ? { kind: "ignored" } : { kind: "event", event: eventOf(rule, item) };
}

/** undefined where the path leads nowhere. */
export function valueAt(value: JsonValue, path: Path): JsonValue | undefined {
  let at: JsonValue | undefined = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Readonly<Record<string | number, JsonValue>>)[step];
  }
  return at;
}

function holds(when: When, item: JsonValue): boolean {
  return when.every(({ path, values }) => {
    const found = valueAt(item, path) ?? null;
    return (values as readonly JsonValue[]).includes(found);
  });
}

function eventOf(rule: Rule, item: JsonValue): JsonValue {
  const event: Record<string, JsonValue> = { type: rule.type };
  const put = (key: string, value: JsonValue | undefined): void => {
    if (value !== undefined) event[key] = value;
  };
  put(rule.type === "track" ? "event" : "name", nameOf(rule, item));
  put("userId", idOf(rule.user, item));
  put("anonymousId", idOf(rule.anonymous, item));
  put("groupId", idOf(rule.group, item));
  put("previousId", idOf(rule.previous, item));
  put("messageId", messageIdOf(rule.messageId, item));
  put("timestamp", timeOf(rule, item));
  put("properties", filled(rule.properties, item));
  put("traits", filled(rule.traits, item));
  put("context", filled(rule.context, item));
  return event;
}

function nameOf({ name }: Rule, item: JsonValue): JsonValue | undefined {
  if (name === null) return undefined;
  return "text" in name ? name.text : valueAt(item, name.path);
}

function idOf(choices: Choices, item: JsonValue): JsonValue | undefined {
  for (const { path, when } of choices) {
    const value = valueAt(item, path);
    if ((typeof value === "number" || (typeof value === "string" && value !== "")) && holds(when, item)) return value;
  }
  return undefined;
}

/** None where a part is missing: an id of fewer parts would call different things the same. */
function messageIdOf(paths: readonly Path[], item: JsonValue): string | undefined {
  const parts = paths.map((path) => valueAt(item, path));
  if (parts.length === 0 || !parts.every((part) => typeof part === "string" || typeof part === "number" || typeof part === "boolean")) return undefined;
  return parts.join("/");
}

/** Seconds become milliseconds, also where they come as text; any other text is left for the reader of times. */
function timeOf({ time }: Rule, item: JsonValue): JsonValue | undefined {
  for (const path of time.paths) {
    const value = valueAt(item, path);
    if (value === undefined || value === null) continue;
    const number = typeof value === "string" && /^\d{1,15}(\.\d+)?$/.test(value) ? Number(value) : value;
    return typeof number === "number" && time.seconds ? Math.round(number * 1000) : number;
  }
  return undefined;
}

function filled(bag: Bag, item: JsonValue): JsonValue | undefined {
  const out: Record<string, JsonValue> = {};
  for (const path of bag.all) {
    const value = valueAt(item, path);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      for (const [key, inner] of Object.entries(value)) define(out, key, inner as JsonValue);
  }
  for (const { target, from } of bag.entries) {
    const value = "path" in from ? valueAt(item, from.path) : from.value;
    if (value !== undefined) plant(out, target, value);
  }
  return Object.keys(out).length === 0 ? undefined : out;
}

function plant(root: Record<string, JsonValue>, target: Path, value: JsonValue): void {
  let at = root;
  for (const step of target.slice(0, -1)) {
    const next = Object.hasOwn(at, step) ? at[step] : undefined;
    const inner: Record<string, JsonValue> =
      typeof next === "object" && next !== null && !Array.isArray(next) ? { ...(next as Record<string, JsonValue>) } : {};
    define(at, String(step), inner);
    at = inner;
  }
  define(at, String(target.at(-1)), value);
}

/** A key may be called `__proto__`: it is a key like others. */
function define(object: Record<string, JsonValue>, key: string, value: JsonValue): void {
  Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
}
