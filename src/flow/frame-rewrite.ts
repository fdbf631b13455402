// Where an event's bytes are not what a producer sent: msgpack, CloudEvents envelopes, and what a Segment batch says once for
// all of its events. Everything else goes to the workers as it came. JSON is put together from slices, not parsed and printed:
// numbers keep their digits, and equal input gives equal bytes.

import { Unpackr } from "msgpackr";
import { contactField } from "../model/contact-id.ts";
import { HEAD, HEAD_PATHS, isGiven, type Spans } from "../model/event-head.ts";
import { PathScanner } from "../model/json-paths.ts";
import { skipSpace } from "../model/json-scan.ts";
import { FRAME } from "./frame-fields.ts";

/** What stands beside `batch` and holds for its events; slices of the message. */
export interface BatchLevel {
  readonly sentAt: Uint8Array | undefined;
  readonly context: Uint8Array | undefined;
}

/**
 * Msgpack records as JSON text: one record as it is (an event, an array, a batch), several as an array. undefined where broken.
 * Integers beyond 2^53 become strings, because JSON's readers would round them; they are ids, if anything.
 */
export function repack(data: Uint8Array): Uint8Array | undefined {
  try {
    // A reader of its own for each message: one that is kept may carry record definitions from a message to the next, and
    // what a message means must not depend on which ones this process has read before it.
    const records = new Unpackr({ mapsAsObjects: true }).unpackMultiple(data) as unknown[];
    const text = jsonText(records.length === 1 ? records[0] : records);
    return text === undefined ? undefined : encoder.encode(text);
  } catch {
    return undefined;
  }
}

/**
 * The Segment message in a CloudEvents envelope: `data`, with the envelope's `id` as messageId and `time` as timestamp where data
 * has none, and `subject` as userId where data names nobody (an anonymousId alone stays anonymous). undefined where data is no object.
 */
export function unwrap(bytes: Uint8Array, envelope: Spans): Uint8Array | undefined {
  const start = envelope.starts[FRAME.data] as number;
  const end = envelope.ends[FRAME.data] as number;
  if (start < 0 || bytes[start] !== 0x7b) return undefined;
  if (isEmptyObject(bytes, start, end)) return bytes.slice(start, end);
  innerScanner.scan(bytes, start, end);
  const changes: Change[] = [];
  const fill = (name: string, field: number, from: number): void => {
    if (isGiven(bytes, envelope, from)) change(changes, name, innerScanner, field, start, bytes.subarray(envelope.starts[from], envelope.ends[from]));
  };
  if (!isGiven(bytes, innerScanner, HEAD.messageId)) fill("messageId", HEAD.messageId, FRAME.id);
  if (!isGiven(bytes, innerScanner, HEAD.timestamp)) fill("timestamp", HEAD.timestamp, FRAME.time);
  if (contactField(bytes, innerScanner) < 0) fill("userId", HEAD.userId, FRAME.subject);
  return spliced(bytes, start, end, changes);
}

/**
 * An event of a batch with what the batch says for all, or undefined where that changes nothing. `sentAt` goes to events without their own
 * that have an originalTimestamp (without it sentAt says nothing); `context` is merged key by key, the event's own keys win.
 */
export function mergeBatchLevel(bytes: Uint8Array, start: number, end: number, spans: Spans, level: BatchLevel): Uint8Array | undefined {
  const sentAt = level.sentAt !== undefined && isGiven(bytes, spans, HEAD.originalTimestamp) && !isGiven(bytes, spans, HEAD.sentAt) ? level.sentAt : undefined;
  const context = level.context !== undefined && level.context[0] === 0x7b ? level.context : undefined;
  if ((sentAt === undefined && context === undefined) || isEmptyObject(bytes, start, end)) return undefined;
  const changes: Change[] = [];
  if (sentAt !== undefined) change(changes, "sentAt", spans, HEAD.sentAt, start, sentAt);
  if (context !== undefined) change(changes, "context", spans, FRAME.context, start, mergedContext(bytes, spans, context));
  return spliced(bytes, start, end, changes);
}

interface Change {
  /** [from, to) is replaced by `parts`. */
  readonly from: number;
  readonly to: number;
  readonly parts: readonly Uint8Array[];
}

/** Puts a value in the place of a field, or at the front of the object where it has none. */
function change(changes: Change[], name: string, spans: Spans, field: number, start: number, value: Uint8Array): void {
  const at = spans.starts[field] as number;
  if (at >= 0) changes.push({ from: at, to: spans.ends[field] as number, parts: [value] });
  else changes.push({ from: start + 1, to: start + 1, parts: [encoder.encode(`"${name}":`), value, COMMA] });
}

function spliced(bytes: Uint8Array, start: number, end: number, changes: Change[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = start;
  for (const { from, to, parts: replacement } of changes.sort((a, b) => a.from - b.from)) {
    parts.push(bytes.subarray(at, from), ...replacement);
    at = to;
  }
  return Buffer.concat([...parts, bytes.subarray(at, end)]);
}

/** Both contexts in one object, the event's after the batch's: of equal keys the last counts, for every reader of JSON. */
export function mergedContext(bytes: Uint8Array, spans: Spans, batch: Uint8Array): Uint8Array {
  const start = spans.starts[FRAME.context] as number;
  if (start < 0 || bytes[start] !== 0x7b) return batch;
  const own = bytes.subarray(start, spans.ends[FRAME.context]);
  if (isEmptyObject(own, 0, own.length)) return batch;
  return isEmptyObject(batch, 0, batch.length) ? own : Buffer.concat([batch.subarray(0, batch.length - 1), COMMA, own.subarray(1)]);
}

/** As JSON.stringify; integers of 64 bits are numbers where that is exact. */
function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value) as string | undefined;
  } catch {
    // JSON.stringify refuses bigints. A replacer is called for every value and is several times slower, so it comes second.
    return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? plainInteger(part) : part)) as string | undefined;
  }
}

const plainInteger = (value: bigint): number | string => (Number.isSafeInteger(Number(value)) ? Number(value) : value.toString());

export const isEmptyObject = (bytes: Uint8Array, start: number, end: number): boolean => skipSpace(bytes, start + 1, end) === end - 1;

/** Reads what is in `data`; apart from the splitter's, whose spans of the envelope are still needed. */
const innerScanner = new PathScanner(HEAD_PATHS);
const encoder = new TextEncoder();
const COMMA = encoder.encode(",");
