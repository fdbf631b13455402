// One log message -> its events.
//
// A message holds one JSON object, a JSON array, a Segment batch, lines of JSON, or msgpack records; an event may come in a
// CloudEvents envelope, or with an envelope's attributes in the message's headers. The forms are told apart by the bytes, except where the content type says msgpack, CloudEvents or lines:
// - one object, and nothing after it: an event, unless it has an array `batch` and no `type`: a Segment batch.
// - an array: each element an event. Broken anywhere, the whole message is one dead letter.
// - neither, but with a line that begins with `{` and is one whole object: lines. A broken line is one dead letter, blank ones do not count.
// An event is valid by its head alone (frame-event.ts); only then it moves log time. The invariant: everything in a message becomes an entry, and
// the same bytes become the same entries. What entries mean for log time is `frame.ts`; rewriting is `frame-rewrite.ts`.

import { enveloped } from "../model/cloud-event.ts";
import { HEAD, isGiven, type Spans } from "../model/event-head.ts";
import { PathScanner } from "../model/json-paths.ts";
import { NESTING_LIMIT, skipSpace, skipValue } from "../model/json-scan.ts";
import type { LogMessage } from "../model/log.ts";
import { isCloudEvents, isLines, isMsgpack, mediaTypeOf } from "../model/media-type.ts";
import type { Settings } from "../model/settings.ts";
import { unwrap } from "./frame-envelope.ts";
import { EventJudge, limitsOf } from "./frame-event.ts";
import type { EventList } from "./frame-events.ts";
import { FRAME, FRAME_PATHS } from "./frame-fields.ts";
import { repack } from "./frame-msgpack.ts";
import { type BatchLevel, mergeBatchLevel } from "./frame-rewrite.ts";
import { TieFinder } from "./frame-ties.ts";
import type { TieWatch } from "./tie-watch.ts";

/** A message of msgpack that would come to more bytes of JSON is no message: what a broker takes at most is as large. */
const UNPACKED_BYTES = 64 * 1024 * 1024;

export class Splitter {
  readonly #scanner = new PathScanner(FRAME_PATHS);
  readonly #judge: EventJudge;
  readonly #eventBytes: number;
  readonly #list: EventList;
  readonly #ties: TieFinder | null;
  #storedMs = 0;
  #envelopes = false;

  constructor(settings: Settings, list: EventList, watch?: TieWatch) {
    this.#judge = new EventJudge(limitsOf(settings));
    this.#eventBytes = settings.limits.event_bytes;
    this.#list = list;
    this.#ties = settings.identity.ties === "none" ? null : new TieFinder(settings, list.ties, watch);
  }

  /** Fills the list with the entries of this message, in their order. */
  split(message: LogMessage): void {
    this.#list.clear();
    this.#storedMs = message.storedMs;
    const mediaType = mediaTypeOf(message.contentType);
    this.#envelopes = isCloudEvents(mediaType);
    const data = isMsgpack(mediaType) ? this.#unpacked(message.data) : message.data;
    if (data === undefined) return;
    if (message.cloudEvent !== undefined) return this.#json(enveloped(data, message.cloudEvent));
    if (isLines(mediaType)) return this.#lines(data);
    this.#json(data);
  }

  /** undefined where the message is a dead letter. */
  #unpacked(data: Uint8Array): Uint8Array | undefined {
    const json = repack(data, UNPACKED_BYTES);
    if (json.kind === "json") return json.bytes;
    if (json.kind === "broken") this.#list.letter("broken_json", "broken msgpack", data, 0, data.length);
    else this.#list.letter("too_large", `msgpack that unpacks to more than ${UNPACKED_BYTES} bytes`, data, 0, data.length);
    return undefined;
  }

  #json(data: Uint8Array): void {
    const end = data.length;
    const start = skipSpace(data, 0, end);
    const isArray = start < end && data[start] === 0x5b;
    const after = wholly(data, isArray ? this.#array(data, start, end) : this.#scanner.scan(data, start, end), end);
    if (after >= 0) return isArray ? undefined : this.#message(data, start, after);
    if (!isArray && hasObjectLine(data)) return this.#lines(data);
    this.#list.clear();
    this.#list.letter("broken_json", start === end ? "empty message" : brokenAt(after), data, 0, end);
  }

  /** A JSON object, or another value, that fills the message alone; the scanner's spans are of it. */
  #message(data: Uint8Array, start: number, end: number): void {
    const { starts } = this.#scanner;
    const batch = starts[FRAME.batch] as number;
    if (data[start] === 0x7b && batch >= 0 && data[batch] === 0x5b && (starts[HEAD.type] as number) < 0) return this.#batch(data, batch);
    this.#entry(data, start, end);
  }

  /** The elements of an array. The position after it, or `~position` of what is broken; the list then holds what came before. */
  #array(data: Uint8Array, start: number, end: number): number {
    let at = skipSpace(data, start + 1, end);
    if (at < end && data[at] === 0x5d) return at + 1;
    for (;;) {
      const after = this.#scanner.scan(data, at, end);
      if (after < 0) return after;
      this.#entry(data, at, after);
      at = skipSpace(data, after, end);
      if (at >= end) return ~at;
      if (data[at] === 0x5d) return at + 1;
      if (data[at] !== 0x2c) return ~at;
      at = skipSpace(data, at + 1, end);
    }
  }

  /** A Segment batch, known to be well formed. `sentAt` and `context` beside the batch hold for its events (frame-rewrite). */
  #batch(data: Uint8Array, array: number): void {
    const scanner = this.#scanner;
    const level: BatchLevel = { sentAt: sliceOf(data, scanner, HEAD.sentAt), context: sliceOf(data, scanner, FRAME.context) };
    let at = skipSpace(data, array + 1, data.length);
    while (data[at] !== 0x5d) {
      const after = scanner.scan(data, at, data.length);
      this.#element(data, at, after, level);
      at = skipSpace(data, after, data.length);
      if (data[at] === 0x2c) at = skipSpace(data, at + 1, data.length);
    }
  }

  #element(data: Uint8Array, start: number, end: number, level: BatchLevel): void {
    const merged = data[start] === 0x7b ? mergeBatchLevel(data, start, end, this.#scanner, level) : undefined;
    if (merged === undefined) return this.#entry(data, start, end);
    this.#scanner.scan(merged, 0, merged.length);
    this.#event(merged, 0, merged.length, data, start, end);
  }

  #lines(data: Uint8Array): void {
    for (let start = 0, end: number; start < data.length; start = end + 1) {
      end = endOfLine(data, start);
      const first = skipSpace(data, start, end);
      if (first === end) continue;
      const after = wholly(data, this.#scanner.scan(data, first, end), end);
      if (after >= 0) this.#entry(data, first, after);
      else this.#list.letter("broken_json", brokenAt(~(~after - start)), data, start, end);
    }
  }

  /** One value where an event is expected; the scanner's spans are of it. */
  #entry(data: Uint8Array, start: number, end: number): void {
    if (data[start] !== 0x7b) return this.#list.letter("not_an_event", "not a JSON object", data, start, end);
    if (!this.#envelopes && !isGiven(data, this.#scanner, FRAME.specversion)) return this.#event(data, start, end, data, start, end);
    const inner = unwrap(data, start, end, this.#scanner, this.#eventBytes);
    if (inner.kind === "fault") return this.#list.letter(inner.reason, inner.error, data, start, end);
    this.#scanner.scan(inner.bytes, 0, inner.bytes.length);
    this.#event(inner.bytes, 0, inner.bytes.length, data, start, end);
  }

  /** The scanner's spans are of the payload; the original is what a dead letter keeps. */
  #event(payload: Uint8Array, start: number, end: number, original: Uint8Array, originalStart: number, originalEnd: number): void {
    const judge = this.#judge;
    const list = this.#list;
    const fault = judge.fault(payload, start, end, this.#scanner, this.#storedMs);
    if (fault !== undefined) return list.letter(fault.reason, fault.error, original, originalStart, originalEnd);
    list.event(payload, start, end, judge.partition, judge.timeMs);
    this.#ties?.find(payload, this.#scanner, list.length - 1);
  }
}

/** The position after a value that nothing but space follows, else `~position`. */
function wholly(data: Uint8Array, after: number, end: number): number {
  if (after < 0) return after;
  const next = skipSpace(data, after, end);
  return next === end ? after : ~next;
}

const brokenAt = (after: number): string => `broken at byte ${~after}, or nested deeper than ${NESTING_LIMIT}`;

function sliceOf(data: Uint8Array, spans: Spans, field: number): Uint8Array | undefined {
  return isGiven(data, spans, field) ? data.subarray(spans.starts[field], spans.ends[field]) : undefined;
}

function endOfLine(data: Uint8Array, start: number): number {
  const newline = data.indexOf(0x0a, start);
  return newline < 0 ? data.length : newline;
}

/** Whether some line begins with `{` and is one whole object. (A broken object printed over many lines has none.) */
function hasObjectLine(data: Uint8Array): boolean {
  for (let start = 0, end: number; start < data.length; start = end + 1) {
    end = endOfLine(data, start);
    if (end === data.length && start === 0) return false;
    if (data[start] !== 0x7b) continue;
    const after = skipValue(data, start, end, 0);
    if (after >= 0 && skipSpace(data, after, end) === end) return true;
  }
  return false;
}
