// The head of a message: the fields at its root that say what it is, whose it is and when it was. Framing (who, when) and
// decoding (what) both read it, from the spans that one PathScanner found, so that they cannot disagree.

import { isTextAt, repeatedTextAt, textAt } from "./json-value.ts";

/** Paths of the head; a scanner that reads it has them first, in this order. */
export const HEAD_PATHS = [
  ["type"],
  ["event"],
  ["name"],
  ["messageId"],
  ["userId"],
  ["anonymousId"],
  ["timestamp"],
  ["originalTimestamp"],
  ["sentAt"],
  ["receivedAt"],
] as const;

/** `true` there marks an event as history (docs/packs.md "history"). */
export const BACKFILL_PATH = ["context", "tidemark", "backfill"] as const;

/** Places of the head's fields in a scanner's spans. */
export const HEAD = {
  type: 0,
  event: 1,
  name: 2,
  messageId: 3,
  userId: 4,
  anonymousId: 5,
  timestamp: 6,
  originalTimestamp: 7,
  sentAt: 8,
  receivedAt: 9,
} as const;

/** What a PathScanner found. */
export interface Spans {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

const TYPES = ["track", "page", "screen", "identify", "group", "alias"] as const;
export type HeadType = (typeof TYPES)[number];

/** Whether the field is there and not null. */
export const isGiven = (bytes: Uint8Array, spans: Spans, field: number): boolean =>
  (spans.starts[field] as number) >= 0 && bytes[spans.starts[field] as number] !== 0x6e;

/** The message's type, or undefined where it is none of Segment's six. */
export function typeOf(bytes: Uint8Array, spans: Spans): HeadType | undefined {
  const start = spans.starts[HEAD.type] as number;
  if (start < 0 || bytes[start] !== 0x22) return undefined;
  const end = spans.ends[HEAD.type] as number;
  for (const type of TYPES) {
    if (type.length === end - start - 2 && isTextAt(type, bytes, start + 1)) return type;
  }
  return TYPES.find((type) => type === textAt(bytes, start, end));
}

/** Track's `event`, page's and screen's `name` ("" where there is none), "" for the others; undefined for a track without one. */
export function nameOf(bytes: Uint8Array, spans: Spans, type: HeadType): string | undefined {
  if (type === "track") return textField(bytes, spans, HEAD.event) || undefined;
  if (type === "page" || type === "screen") return textField(bytes, spans, HEAD.name);
  return "";
}

/** What keeps a message from being an event, for a person; undefined where it is one. */
export function headProblem(bytes: Uint8Array, spans: Spans): string | undefined {
  const type = typeOf(bytes, spans);
  if (type === undefined) return (spans.starts[HEAD.type] as number) < 0 ? "no `type`" : `\`type\` is none of ${TYPES.join(", ")}`;
  if (type !== "track") return undefined;
  const start = spans.starts[HEAD.event] as number;
  const named = start >= 0 && bytes[start] === 0x22 && (spans.ends[HEAD.event] as number) - start > 2;
  return named ? undefined : "a track without a name in `event`";
}

function textField(bytes: Uint8Array, spans: Spans, field: number): string {
  const start = spans.starts[field] as number;
  return start >= 0 && bytes[start] === 0x22 ? repeatedTextAt(bytes, start, spans.ends[field] as number) : "";
}
