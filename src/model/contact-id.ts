// Whose event it is: `userId` if it is given and not empty, else `anonymousId` (docs/packs.md, "Contact").
//
// Numbers count as their decimal text; a whole number keeps the digits it was written with, so that ids beyond 2^53 do not
// fall together. Some ids are never a person but a bug at the producer: a hundred thousand visitors called "undefined" would
// become one contact of everybody's points, so such events are dead letters, whatever the other id says.

import { HEAD, isGiven, type Spans } from "./event-head.ts";
import { numberAt, textAt } from "./json-value.ts";
import { partitionOf, partitionOfBytes } from "./partition-of.ts";

/** What contactPartition answers where the event belongs to nobody. */
export const NO_ID = -1;
export const FORBIDDEN_ID = -2;
export const ID_TOO_LARGE = -3;

/** The partition of the event's contact, or NO_ID, FORBIDDEN_ID or ID_TOO_LARGE. Reads bytes only, in all but odd cases. */
export function contactPartition(bytes: Uint8Array, spans: Spans, idBytes: number): number {
  const field = contactField(bytes, spans);
  if (field < 0) return NO_ID;
  const start = spans.starts[field] as number;
  const end = spans.ends[field] as number;
  if (isPlainId(bytes, spans, field)) return end - start - 2 > idBytes ? ID_TOO_LARGE : partitionOfBytes(bytes, start + 1, end - 1);
  const id = idAt(bytes, start, end);
  if (id === undefined || isForbiddenId(id)) return FORBIDDEN_ID;
  return Buffer.byteLength(id) > idBytes ? ID_TOO_LARGE : partitionOf(id);
}

/** The field of the head that names the contact, or -1. */
export function contactField(bytes: Uint8Array, spans: Spans): number {
  if (isFilled(bytes, spans, HEAD.userId)) return HEAD.userId;
  return isFilled(bytes, spans, HEAD.anonymousId) ? HEAD.anonymousId : -1;
}

/** An id field as text; undefined where it is absent, null, empty, or neither a string nor a number. */
export const idField = (bytes: Uint8Array, spans: Spans, field: number): string | undefined =>
  isFilled(bytes, spans, field) ? idAt(bytes, spans.starts[field] as number, spans.ends[field] as number) : undefined;

/** Whether the bytes of the field's text, but for its quotes, are an id as they stand. Nearly all are; of one that is not `idBytesOf` knows more. */
export function isPlainId(bytes: Uint8Array, spans: Spans, field: number): boolean {
  const start = spans.starts[field] as number;
  const end = spans.ends[field] as number;
  return start >= 0 && bytes[start] === 0x22 && end - start > 2 && !hasEscapes(bytes, start, end) && !mayBeForbidden(bytes, start + 1, end - 1);
}

/** UTF-8 of an id field that can be somebody's; undefined where it is not filled, or stands for nobody. The bytes may be a view of the message. */
export function idBytesOf(bytes: Uint8Array, spans: Spans, field: number): Uint8Array | undefined {
  if (!isFilled(bytes, spans, field)) return undefined;
  const start = spans.starts[field] as number;
  const end = spans.ends[field] as number;
  if (isPlainId(bytes, spans, field)) return bytes.subarray(start + 1, end - 1);
  const id = idAt(bytes, start, end);
  return id === undefined || isForbiddenId(id) ? undefined : Buffer.from(id.toWellFormed());
}

/** Whether the id stands for nobody in particular. Case, spaces around it and one pair of quotes do not matter. */
export function isForbiddenId(id: string): boolean {
  const bare = id.trim().toLowerCase();
  const quoted = /^(["'])(.*)\1$/.exec(bare);
  return bare === "" || FORBIDDEN.has(quoted === null ? bare : (quoted[2] as string).trim());
}

// PostHog's list of illegal distinct ids, and what the same bugs print in other languages.
const FORBIDDEN = new Set([
  "",
  "null",
  "undefined",
  "none",
  "nil",
  "nan",
  "0",
  "-0",
  "infinity",
  "-infinity",
  "[object object]",
  "true",
  "false",
  "anonymous",
  "guest",
  "unknown",
  "id",
  "email",
  "distinctid",
  "distinct_id",
  "not_authenticated",
]);

const isFilled = (bytes: Uint8Array, spans: Spans, field: number): boolean =>
  isGiven(bytes, spans, field) && !(bytes[spans.starts[field] as number] === 0x22 && (spans.ends[field] as number) - (spans.starts[field] as number) === 2);

function idAt(bytes: Uint8Array, start: number, end: number): string | undefined {
  const first = bytes[start] as number;
  if (first === 0x22) return textAt(bytes, start, end);
  if (first !== 0x2d && (first < 0x30 || first > 0x39)) return undefined;
  let text = "";
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte !== 0x2d && (byte < 0x30 || byte > 0x39)) return String(numberAt(bytes, start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

function hasEscapes(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (bytes[at] === 0x5c) return true;
  }
  return false;
}

/** A quick no for almost every id: too long, or none of the forbidden ones begins and ends like it. */
function mayBeForbidden(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] as number;
  const last = bytes[end - 1] as number;
  if (first <= 0x27 || first >= 0x7f || last <= 0x27 || last >= 0x7f) return true;
  return end - start <= LONGEST_FORBIDDEN && ENDS[first] === 1 && ENDS[last] === 1;
}

const LONGEST_FORBIDDEN = Math.max(...Array.from(FORBIDDEN, (id) => id.length));
/** Bytes that a forbidden id begins or ends with, in either case. */
const ENDS = new Uint8Array(256);
for (const id of FORBIDDEN) {
  for (const letter of [id.at(0), id.at(-1)]) {
    if (letter === undefined) continue;
    ENDS[letter.charCodeAt(0)] = 1;
    ENDS[letter.toUpperCase().charCodeAt(0)] = 1;
  }
}
