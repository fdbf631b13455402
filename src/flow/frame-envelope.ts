// The Segment message in a CloudEvents envelope: in `data` as an object, or in `data_base64` as bytes, which `datacontenttype` says how to read.
//
// What the envelope says of its event holds where the event says nothing itself: `id` as messageId, `time` as timestamp, and `subject` as
// userId where it names nobody (an anonymousId alone stays anonymous). The invariant: bytes in `data_base64` are the event that the
// same bytes in `data` would be, or the envelope is a dead letter that says why not.

import { fromBase64 } from "../model/cloud-event.ts";
import { contactField } from "../model/contact-id.ts";
import { HEAD, HEAD_PATHS, isGiven, type Spans } from "../model/event-head.ts";
import { PathScanner } from "../model/json-paths.ts";
import { NESTING_LIMIT, skipSpace } from "../model/json-scan.ts";
import { textAt } from "../model/json-value.ts";
import { isJson, isMsgpack, mediaTypeOf } from "../model/media-type.ts";
import type { Fault } from "./frame-event.ts";
import { FRAME } from "./frame-fields.ts";
import { repack } from "./frame-msgpack.ts";
import { type Change, change, isEmptyObject, spliced } from "./frame-rewrite.ts";

export type Unwrapped = { readonly kind: "message"; readonly bytes: Uint8Array } | ({ readonly kind: "fault" } & Fault);

/** The envelope is the object at [start, end), and `spans` where a scanner of FRAME_PATHS has found its fields. What it holds has at most about `most` bytes. */
export function unwrap(bytes: Uint8Array, start: number, end: number, spans: Spans, most: number): Unwrapped {
  const data = spans.starts[FRAME.data] as number;
  if (data >= 0 && bytes[data] === 0x7b) return { kind: "message", bytes: filled(bytes, data, spans.ends[FRAME.data] as number, bytes, spans) };
  const content = isGiven(bytes, spans, FRAME.data) ? undefined : binaryContent(bytes, start, end, most);
  if (content === undefined) return fault("not_an_event", "a CloudEvents envelope without an object in `data`");
  if (content.kind === "fault") return content;
  const from = skipSpace(content.bytes, 0, content.bytes.length);
  const after = innerScanner.scan(content.bytes, from, content.bytes.length);
  const rest = after < 0 ? ~after : skipSpace(content.bytes, after, content.bytes.length);
  if (after < 0 || rest < content.bytes.length)
    return fault("broken_json", `what \`data_base64\` holds is broken at byte ${rest}, or nested deeper than ${NESTING_LIMIT}`);
  if (content.bytes[from] !== 0x7b) return fault("not_an_event", "what `data_base64` holds is not a JSON object");
  return { kind: "message", bytes: filled(content.bytes, from, after, bytes, spans) };
}

type Content = { readonly kind: "content"; readonly bytes: Uint8Array } | ({ readonly kind: "fault" } & Fault);

/** What stands in `data_base64`, as JSON so far as one may hope; undefined where there is no such thing. */
export function binaryContent(bytes: Uint8Array, start: number, end: number, most: number): Content | undefined {
  if (binaryScanner.scan(bytes, start, end) < 0 || !isGiven(bytes, binaryScanner, BINARY.data)) return undefined;
  const text = textOf(bytes, BINARY.data);
  const content = text === undefined ? undefined : fromBase64(text);
  if (content === undefined) return fault("not_an_event", "`data_base64` is not base64");
  const given = isGiven(bytes, binaryScanner, BINARY.contentType) ? (textOf(bytes, BINARY.contentType) ?? "of no known kind") : "application/json";
  const mediaType = mediaTypeOf(given);
  if (isMsgpack(mediaType)) return unpacked(content, most);
  if (isJson(mediaType)) return { kind: "content", bytes: content };
  return fault("not_an_event", `\`datacontenttype\` is ${JSON.stringify(given.slice(0, SHOWN_TYPE))}; in \`data_base64\` JSON and msgpack are read`);
}

function unpacked(content: Uint8Array, most: number): Content {
  const json = repack(content, most);
  if (json.kind === "json") return { kind: "content", bytes: json.bytes };
  return json.kind === "broken"
    ? fault("broken_json", "what `data_base64` holds is broken msgpack")
    : fault("too_large", `what \`data_base64\` holds unpacks to more than ${most} bytes; see limits.event_bytes`);
}

/** The object at [start, end) of `source`, with what only the envelope says. */
function filled(source: Uint8Array, start: number, end: number, envelope: Uint8Array, spans: Spans): Uint8Array {
  if (isEmptyObject(source, start, end)) return source.slice(start, end);
  innerScanner.scan(source, start, end);
  const changes: Change[] = [];
  const fill = (name: string, field: number, from: number): void => {
    if (isGiven(envelope, spans, from)) change(changes, name, innerScanner, field, start, envelope.subarray(spans.starts[from], spans.ends[from]));
  };
  if (!isGiven(source, innerScanner, HEAD.messageId)) fill("messageId", HEAD.messageId, FRAME.id);
  if (!isGiven(source, innerScanner, HEAD.timestamp)) fill("timestamp", HEAD.timestamp, FRAME.time);
  if (contactField(source, innerScanner) < 0) fill("userId", HEAD.userId, FRAME.subject);
  return spliced(source, start, end, changes);
}

function textOf(bytes: Uint8Array, field: number): string | undefined {
  const start = binaryScanner.starts[field] as number;
  return bytes[start] === 0x22 ? textAt(bytes, start, binaryScanner.ends[field] as number) : undefined;
}

const fault = (reason: Fault["reason"], error: string) => ({ kind: "fault", reason, error }) as const;

/** Looked for only where `data` holds no object, so that those who send one do not pay for it. */
const binaryScanner = new PathScanner([["data_base64"], ["datacontenttype"]]);
const BINARY = { data: 0, contentType: 1 } as const;
/** Reads the event; apart from the caller's, whose spans of the envelope are still needed. */
const innerScanner = new PathScanner(HEAD_PATHS);
/** A media type beyond this is cut where it is shown. */
const SHOWN_TYPE = 100;
