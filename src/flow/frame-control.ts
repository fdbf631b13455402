// Control records: what the log's `control` subjects say, as framing passes it on.
//
// A record in the log is a JSON object; its kind is its subject, and a `type` in it may repeat that but not differ. Workers get
// `{ "type": kind, ...record }`. What a record does to log time is `frame.ts`; what a pack's text means is `packs/`.

import { parseTimeText, timeOfNumber } from "../model/event-time.ts";
import { readErased, readForget } from "../model/forget.ts";
import { GIVEN_NAME, GIVEN_NAME_RULE } from "../model/ids.ts";
import type { LogMessage } from "../model/log.ts";
import { type Settings, settingsSchema } from "../model/settings.ts";
import { unpackRecords } from "../partition/pair-records.ts";

/** A control record that means something, with the payload of its CONTROL entry. */
export type ControlRecord =
  | { readonly type: "settings"; readonly settings: Settings; readonly payload: Uint8Array }
  | { readonly type: "pack" | "policy" | "cuts" | "broadcast" | "forget" | "erased"; readonly payload: Uint8Array }
  | { readonly type: "advance"; readonly toMs: number; readonly payload: Uint8Array }
  /** Of records between partitions the payload is what stands in the log. */
  | { readonly type: "tick" | "history" | "records"; readonly payload: Uint8Array };

export type ControlOutcome = { readonly ok: true; readonly record: ControlRecord } | { readonly ok: false; readonly error: string };

/** Reads the record on `tidemark.log.<shard>.control.<kind>[...]`. */
export function readControl(message: LogMessage, kind: string): ControlOutcome {
  // What these two say is that they are there.
  if (kind === "tick" || kind === "history") return found({ type: kind, payload: payloadOf(kind, {}) });
  if (kind === "records")
    return unpackRecords(message.data) === undefined ? refused("no records between partitions") : found({ type: kind, payload: message.data });
  const body = objectOf(message.data);
  if (body === undefined) return refused("not a JSON object");
  const { type = kind, ...fields } = body;
  if (type !== kind) return refused(`says it is ${JSON.stringify(type)}`);
  if (kind === "settings") return readSettings(fields);
  if (kind === "pack" || kind === "policy")
    return typeof fields["text"] === "string" ? found({ type: kind, payload: payloadOf(kind, fields) }) : refused(`a ${kind} without its \`text\``);
  if (kind === "cuts") return readCuts(fields);
  if (kind === "broadcast") return readBroadcast(fields);
  if (kind === "forget") return readForgetRecord(fields);
  if (kind === "erased") return readErasedRecord(fields);
  if (kind === "advance") return readAdvance(fields);
  return refused("no such record");
}

function readSettings(fields: Record<string, unknown>): ControlOutcome {
  const parsed = settingsSchema.safeParse(fields);
  if (parsed.success) return found({ type: "settings", settings: parsed.data, payload: payloadOf("settings", parsed.data) });
  return refused(parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
}

/** Numbers of the population; what they must be for is the workers' to say. */
function readCuts(fields: Record<string, unknown>): ControlOutcome {
  const { pack, of, meaning, number } = fields;
  const isWhole = typeof number === "number" && Number.isInteger(number) && typeof pack === "string" && typeof of === "string" && typeof meaning === "string";
  return isWhole ? found({ type: "cuts", payload: payloadOf("cuts", fields) }) : refused("cuts without `pack`, `of`, `meaning` or `number`");
}

/** Who is to be told what, and by which name, so that saying it again does nothing. */
function readBroadcast({ pack, trigger, id }: Record<string, unknown>): ControlOutcome {
  const said = typeof pack === "string" && typeof trigger === "string" && typeof id === "string" && GIVEN_NAME.test(id);
  return said
    ? found({ type: "broadcast", payload: payloadOf("broadcast", { pack, trigger, id }) })
    : refused(`a broadcast without \`pack\`, \`trigger\` or an \`id\` of ${GIVEN_NAME_RULE}`);
}

/** Whom to forget, by a hash: the id is not in it. */
function readForgetRecord(fields: Record<string, unknown>): ControlOutcome {
  const record = readForget(fields);
  return record === undefined
    ? refused("a forget without `request`, `kind`, `hash`, `probe` or `partition`, or with an `erase`, as docs/privacy.md does not say")
    : found({ type: "forget", payload: payloadOf("forget", record) });
}

/** What is done of what such a record asks to be erased. */
function readErasedRecord(fields: Record<string, unknown>): ControlOutcome {
  const record = readErased(fields);
  return record === undefined
    ? refused("an erased without `request`, `what`, `erased` or `left` as docs/privacy.md says")
    : found({ type: "erased", payload: payloadOf("erased", record) });
}

function readAdvance({ to }: Record<string, unknown>): ControlOutcome {
  const toMs = typeof to === "number" ? timeOfNumber(to) : typeof to === "string" ? parseTimeText(to) : Number.NaN;
  return Number.isNaN(toMs)
    ? refused("`to` is neither ISO 8601 nor epoch milliseconds")
    : found({ type: "advance", toMs, payload: payloadOf("advance", { to: toMs }) });
}

function objectOf(data: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(strictUtf8.decode(data));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const found = (record: ControlRecord): ControlOutcome => ({ ok: true, record });
const refused = (error: string): ControlOutcome => ({ ok: false, error });
const payloadOf = (type: string, fields: object): Uint8Array => encoder.encode(JSON.stringify({ type, ...fields }));

const encoder = new TextEncoder();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
