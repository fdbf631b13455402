// Where an event's bytes are not what a producer sent: fields that are set or replaced, as what a Segment batch says once for all of its events
// is (CloudEvents envelopes are frame-envelope.ts, msgpack is frame-msgpack.ts). Everything else goes to the workers as it came. JSON is put
// together from slices, not parsed and printed: numbers keep their digits, and equal input gives equal bytes.

import { HEAD, isGiven, type Spans } from "../model/event-head.ts";
import { skipSpace } from "../model/json-scan.ts";
import { FRAME } from "./frame-fields.ts";

/** What stands beside `batch` and holds for its events; slices of the message. */
export interface BatchLevel {
  readonly sentAt: Uint8Array | undefined;
  readonly context: Uint8Array | undefined;
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

export interface Change {
  /** [from, to) is replaced by `parts`. */
  readonly from: number;
  readonly to: number;
  readonly parts: readonly Uint8Array[];
}

/** Puts a value in the place of a field, or at the front of the object where it has none. */
export function change(changes: Change[], name: string, spans: Spans, field: number, start: number, value: Uint8Array): void {
  const at = spans.starts[field] as number;
  if (at >= 0) changes.push({ from: at, to: spans.ends[field] as number, parts: [value] });
  else changes.push({ from: start + 1, to: start + 1, parts: [encoder.encode(`"${name}":`), value, COMMA] });
}

export function spliced(bytes: Uint8Array, start: number, end: number, changes: Change[]): Uint8Array {
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

export const isEmptyObject = (bytes: Uint8Array, start: number, end: number): boolean => skipSpace(bytes, start + 1, end) === end - 1;

const encoder = new TextEncoder();
const COMMA = encoder.encode(",");
