// One element of a request -> the event that goes into the log, or why it is none.
//
// The edge writes into an event what only it can know: the route's type, what its batch says for all (`sentAt`, `context`), `receivedAt`, and a
// `messageId` where there is none, so that a message that has to be sent again is known again. An SDK stamps `timestamp` and
// `sentAt` with its own clock; the first becomes `originalTimestamp` as well, which is what the engine corrects by `sentAt`; one that has been
// through an edge before (it has a `receivedAt`) is left as it is. The write key is taken out: it is a secret, and no part of
// what happened. All else stays byte for byte. Whether the result is an event is judged as the framer judges it (flow/frame-event.ts).

import { unwrap } from "../flow/frame-envelope.ts";
import { EventJudge, type EventLimits, type Fault } from "../flow/frame-event.ts";
import { FRAME } from "../flow/frame-fields.ts";
import { isEmptyObject, mergedContext } from "../flow/frame-rewrite.ts";
import { idField } from "../model/contact-id.ts";
import { HEAD, type HeadType, isGiven, type Spans } from "../model/event-head.ts";
import { PathScanner } from "../model/json-paths.ts";
import { EDGE_PATHS, WRITE_KEY } from "./edge-paths.ts";
import type { Element, Level } from "./elements.ts";
import { type Edited, ObjectEdits } from "./object-edits.ts";
import type { SpanTable } from "./span-table.ts";

/** What holds for all events of one request. */
export interface Arrival {
  /** Given by the route; what the event itself says then does not count. */
  readonly type: HeadType | undefined;
  readonly level: Level;
  /** The content type says that the elements are CloudEvents. */
  readonly envelopes: boolean;
  readonly receivedMs: number;
  /** What its envelopes may hold in all, bytes: msgpack in them can come to far more than they are. */
  readonly room: { left: number };
}

export type Made =
  | { readonly kind: "event"; readonly bytes: Uint8Array }
  /** `bytes`: what a dead letter keeps; as it would have gone into the log, where it got that far. */
  | ({ readonly kind: "fault"; readonly bytes: Uint8Array; readonly messageId: string | undefined } & Fault);

export class EventMaker {
  readonly #scanner = new PathScanner(EDGE_PATHS);
  /** Apart from the other, because a scanner is fastest on one buffer after another. */
  readonly #result = new PathScanner(EDGE_PATHS);
  readonly #judge: EventJudge;
  readonly #eventBytes: number;
  readonly #newId: () => string;

  constructor(limits: EventLimits, newId: () => string) {
    this.#judge = new EventJudge(limits);
    this.#eventBytes = limits.event_bytes;
    this.#newId = newId;
  }

  make(element: Element, arrival: Arrival): Made {
    const { source, start, end } = element;
    if (element.broken !== undefined) return fault("broken_json", element.broken, source.subarray(start, end));
    if (source[start] !== 0x7b) return fault("not_an_event", "not a JSON object", source.subarray(start, end));
    const spans = element.spans === undefined ? scanned(this.#scanner, source, start, end) : this.#read(element.spans, element.row ?? 0);
    if (!arrival.envelopes && !isGiven(source, spans, FRAME.specversion)) return this.#event(source, start, end, spans, arrival);
    const inner = unwrap(source, start, end, spans, Math.min(this.#eventBytes, arrival.room.left));
    if (inner.kind === "fault") return fault(inner.reason, inner.error, source.subarray(start, end));
    const { bytes } = inner;
    arrival.room.left -= bytes.length;
    return this.#event(bytes, 0, bytes.length, scanned(this.#scanner, bytes, 0, bytes.length), arrival);
  }

  #read(table: SpanTable, row: number): Spans {
    table.read(row, this.#known);
    return this.#known;
  }

  readonly #known: Spans = { starts: new Int32Array(EDGE_PATHS.length), ends: new Int32Array(EDGE_PATHS.length) };

  #event(source: Uint8Array, start: number, end: number, spans: Spans, arrival: Arrival): Made {
    const made = isEmptyObject(source, start, end) ? { bytes: source, start, end, spans } : this.#completed(source, start, end, spans, arrival);
    const fields = made.spans ?? scanned(this.#result, made.bytes, made.start, made.end);
    const found = this.#judge.fault(made.bytes, made.start, made.end, fields, arrival.receivedMs);
    const bytes = made.bytes.subarray(made.start, made.end);
    if (found === undefined) return { kind: "event", bytes };
    return { kind: "fault", ...found, bytes, messageId: idField(made.bytes, fields, HEAD.messageId)?.slice(0, SHOWN_ID) };
  }

  #completed(source: Uint8Array, start: number, end: number, spans: Spans, arrival: Arrival): Edited {
    const { level, type } = arrival;
    const edits = this.#edits;
    edits.begin(source, start, end, spans);
    const has = (field: number): boolean => isGiven(source, spans, field);
    const sentAt = has(HEAD.sentAt);
    const receivedAt = has(HEAD.receivedAt);
    if (type !== undefined) edits.put(KEYS.type, HEAD.type, TYPE_TEXTS[type]);
    if (!isId(source, spans, HEAD.messageId)) edits.put(KEYS.messageId, HEAD.messageId, json(this.#newId()));
    if (level.sentAt !== undefined && !sentAt) edits.put(KEYS.sentAt, HEAD.sentAt, level.sentAt);
    if ((sentAt || level.sentAt !== undefined) && !receivedAt && has(HEAD.timestamp) && !has(HEAD.originalTimestamp))
      edits.put(KEYS.originalTimestamp, HEAD.originalTimestamp, source, spans.starts[HEAD.timestamp], spans.ends[HEAD.timestamp]);
    if (level.context !== undefined && level.context[0] === 0x7b) edits.put(KEYS.context, FRAME.context, mergedContext(source, spans, level.context));
    if (!receivedAt) edits.put(KEYS.receivedAt, HEAD.receivedAt, this.#receivedAt(arrival.receivedMs));
    if (has(WRITE_KEY)) edits.put(KEYS.writeKey, WRITE_KEY, NULL);
    return edits.end();
  }

  /** Events of one request have the same moment. */
  #receivedAt(ms: number): Uint8Array {
    if (ms !== this.#shownMs) {
      this.#shown = json(new Date(ms).toISOString());
      this.#shownMs = ms;
    }
    return this.#shown;
  }

  readonly #edits = new ObjectEdits();
  #shownMs = Number.NaN;
  #shown = new Uint8Array(0);
}

function scanned(scanner: PathScanner, bytes: Uint8Array, start: number, end: number): Spans {
  scanner.scan(bytes, start, end);
  return scanner;
}

/** An id beyond this is cut where it is shown. */
const SHOWN_ID = 128;

const encoder = new TextEncoder();
const json = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(JSON.stringify(text));
const NULL = encoder.encode("null");
const TYPE_TEXTS: Readonly<Record<HeadType, Uint8Array>> = {
  track: json("track"),
  page: json("page"),
  screen: json("screen"),
  identify: json("identify"),
  group: json("group"),
  alias: json("alias"),
};

const key = (name: string): Uint8Array => encoder.encode(`"${name}":`);
const KEYS = {
  type: key("type"),
  messageId: key("messageId"),
  sentAt: key("sentAt"),
  originalTimestamp: key("originalTimestamp"),
  receivedAt: key("receivedAt"),
  context: key("context"),
  writeKey: key("writeKey"),
};

/** Whether it can be an id: a text that is not empty, or a number. */
function isId(bytes: Uint8Array, spans: Spans, field: number): boolean {
  const start = spans.starts[field] as number;
  if (start < 0) return false;
  const first = bytes[start] as number;
  if (first === 0x22) return (spans.ends[field] as number) - start > 2;
  return first === 0x2d || (first >= 0x30 && first <= 0x39);
}

const fault = (reason: Fault["reason"], error: string, bytes: Uint8Array): Made => ({ kind: "fault", reason, error, bytes, messageId: undefined });
