// A log message as the naive model sees it: split into events, each parsed whole, with its contact and event time, or dead.
// By docs/packs.md ("Time", "Contact", "events") and DESIGN 3. Not here: msgpack and CloudEvents envelopes, which the data
// sets that the model is compared on do not use.

import type { ContactKey } from "../../../src/model/ids.ts";
import type { Settings } from "../../../src/model/settings.ts";
import type { EventDefinition, PropertyPath } from "../../../src/packs/definition.ts";
import { evaluate, type Json, type Value } from "./conditions.ts";

export interface NaiveMessage {
  readonly position: number;
  readonly storedMs: number;
  readonly subject: string;
  readonly contentType?: string;
  readonly data: Uint8Array | string;
}

export type JsonObject = { [key: string]: Json };

export interface NaiveEvent {
  readonly position: number;
  readonly index: number;
  readonly message: JsonObject;
  readonly contact: ContactKey;
  /** Event time, before the stored clock's clamp. */
  readonly at: number;
  readonly messageId: string | undefined;
}

/** The events of a message in order; `dead` with the reason where one is none. */
export function eventsOf(message: NaiveMessage, settings: Settings): (NaiveEvent | { readonly dead: string })[] {
  return bodies(textOf(message)).map((body, index) => (body === undefined ? { dead: "broken_json" } : eventOf(body, index, message, settings)));
}

/** What the message says at a path from its root; `group.x` reads the traits of a group message, `traits.x` those of any other. */
export function at(message: JsonObject, path: PropertyPath): Value {
  const [root, ...rest] = path;
  if (root === "name") return messageName(message);
  const isGroup = message.type === "group";
  if ((root === "traits" && isGroup) || (root === "group" && !isGroup)) return undefined;
  let here: Value = message[root === "group" ? "traits" : String(root)];
  for (const part of rest) {
    if (here === null || typeof here !== "object" || !Object.hasOwn(here, part)) return undefined;
    here = (here as JsonObject)[part];
  }
  return here;
}

/** The pack's events that this message is, in the order of the pack. */
export const namesOf = (definitions: readonly EventDefinition[], message: JsonObject): string[] =>
  definitions.filter((definition) => isEvent(definition, message)).map((definition) => definition.name);

/** A number, or a string that reads as one. */
export function numberIn(value: Value): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value.trim())) return undefined;
  return Number(value);
}

/** An amount in 1/10,000, rounded half away from zero; undefined where there is none or it is out of bounds. */
export function amountIn(value: Value): number | undefined {
  const number = numberIn(value);
  if (number === undefined || !(Math.abs(number) <= 900_000_000_000)) return undefined;
  return Math.sign(number) * Math.floor(Math.abs(number) * 10_000 + 0.5);
}

const TYPES = ["track", "identify", "page", "screen", "group", "alias"];
const YEAR_1990 = Date.UTC(1990, 0, 1);
const FORBIDDEN = new Set([
  "null",
  "undefined",
  "anonymous",
  "guest",
  "0",
  "[object object]",
  "nan",
  "none",
  "nil",
  "true",
  "false",
  "unknown",
  "distinct_id",
  "distinctid",
  "id",
  "not_authenticated",
  "email",
  "nobody",
]);

export const textOf = (message: NaiveMessage): string => (typeof message.data === "string" ? message.data : new TextDecoder().decode(message.data));

/** One object, an array, a Segment batch, or lines; undefined for what is no JSON. */
function bodies(source: string): (Json | undefined)[] {
  const whole = parsed(source);
  if (whole === undefined) {
    const lines = source.split("\n").filter((line) => line.trim() !== "");
    return lines.length > 1 ? lines.map(parsed) : [undefined];
  }
  if (Array.isArray(whole)) return whole;
  if (isObject(whole) && Array.isArray(whole.batch)) return whole.batch.map((event) => inBatch(event, whole));
  return [whole];
}

function inBatch(event: Json, batch: JsonObject): Json {
  if (!isObject(event)) return event;
  const sentAt = event.sentAt ?? batch.sentAt;
  return sentAt === undefined ? event : { ...event, sentAt };
}

function parsed(source: string): Json | undefined {
  try {
    return JSON.parse(source) as Json;
  } catch {
    return undefined;
  }
}

const isObject = (value: Value): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

function eventOf(body: Json, index: number, message: NaiveMessage, settings: Settings): NaiveEvent | { readonly dead: string } {
  if (!isObject(body) || !TYPES.includes(String(body.type))) return { dead: "not_an_event" };
  if (JSON.stringify(body).length > settings.limits.event_bytes) return { dead: "too_large" };
  const contact = contactOf(body);
  if (contact === undefined) return { dead: "no_id" };
  if (FORBIDDEN.has(contact.id.trim().toLowerCase())) return { dead: "forbidden_id" };
  if (Buffer.byteLength(contact.id) > settings.limits.id_bytes) return { dead: "too_large" };
  const time = eventTime(body, message.storedMs);
  if (!(time >= YEAR_1990 && time <= message.storedMs + settings.time.max_future_ms)) return { dead: "bad_time" };
  const messageId = typeof body.messageId === "string" && body.messageId !== "" ? body.messageId : undefined;
  return { position: message.position, index, message: body, contact, at: time, messageId };
}

function contactOf(body: JsonObject): ContactKey | undefined {
  const user = idIn(body.userId);
  if (user !== undefined) return { kind: "user", id: user };
  const anonymous = idIn(body.anonymousId);
  return anonymous === undefined ? undefined : { kind: "anonymous", id: anonymous };
}

/** The text of an id that could be somebody's. */
export function usableId(value: Value, idBytes: number): string | undefined {
  const id = idIn(value);
  return id === undefined || FORBIDDEN.has(id.trim().toLowerCase()) || Buffer.byteLength(id) > idBytes ? undefined : id;
}

const idIn = (value: Value): string | undefined => ((typeof value === "string" && value !== "") || typeof value === "number" ? String(value) : undefined);

/** NaN where a given time cannot be read. */
function eventTime(body: JsonObject, storedMs: number): number {
  const receivedAt = body.receivedAt === undefined ? storedMs : momentIn(body.receivedAt);
  if (body.sentAt !== undefined && body.originalTimestamp !== undefined) return receivedAt - (momentIn(body.sentAt) - momentIn(body.originalTimestamp));
  if (body.timestamp !== undefined) return momentIn(body.timestamp);
  if (body.originalTimestamp !== undefined) return momentIn(body.originalTimestamp);
  return receivedAt;
}

export const momentIn = (value: Value): number => (typeof value === "number" ? Math.floor(value) : typeof value === "string" ? Date.parse(value) : Number.NaN);

function messageName(message: JsonObject): Value {
  if (message.type === "track") return message.event;
  return message.type === "page" || message.type === "screen" ? message.name : undefined;
}

function isEvent(definition: EventDefinition, message: JsonObject): boolean {
  const name = messageName(message);
  const matches = definition.match.some((one) => one.type === message.type && (one.names === null || (typeof name === "string" && one.names.includes(name))));
  if (!matches || definition.where === null) return matches;
  return evaluate(definition.where, { now: Number.NaN, read: (leaf) => (leaf.op === "path" ? at(message, leaf.path) : undefined) }) === true;
}
