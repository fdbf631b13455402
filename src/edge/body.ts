// One request body -> the elements that should be events.
//
// A body holds one JSON object, an array, a Segment batch or lines of JSON (msgpack has become JSON before, content.ts): the forms that a message of the log
// may have (flow/frame-split.ts), told apart in the same way. Two things differ, because here somebody waits for an answer. Lines without a
// content type of their own are taken for lines only if the first is one whole object, so that a broken batch is refused as a
// whole. And a body that is good JSON but nested deeper than the scanner goes is taken apart all the same (deep-body.ts), so that one
// odd event does not take its batch along. The invariant: every element of a body that parses becomes an element here, in order.
// What is made of an element is event-maker.ts.

import { FRAME } from "../flow/frame-fields.ts";
import { HEAD, isGiven } from "../model/event-head.ts";
import { PathScanner } from "../model/json-paths.ts";
import { skipSpace, skipValue } from "../model/json-scan.ts";
import { textAt } from "../model/json-value.ts";
import { isLines } from "../model/media-type.ts";
import { readBatch } from "./batch-body.ts";
import { takeApart } from "./deep-body.ts";
import { EDGE_PATHS, WRITE_KEY } from "./edge-paths.ts";
import type { Body, Element, Elements, Level } from "./elements.ts";

/** `mediaType` in lower case and without parameters. */
export function readBody(bytes: Uint8Array, mediaType: string, maxElements: number): Body {
  const body = isLines(mediaType) ? lines(bytes, maxElements) : json(bytes, maxElements);
  if (body.kind === "elements" && body.elements.length > maxElements) return broken(`more than ${maxElements} events in one request (edge.batch_events)`);
  return body;
}

function json(data: Uint8Array, most: number): Body {
  const start = skipSpace(data, 0, data.length);
  if (start === data.length) return broken("the body is empty");
  const batch = data[start] === 0x7b ? readBatch(data, start, most) : undefined;
  if (batch !== undefined) return batch;
  const after = root.scan(data, start, data.length);
  if (after >= 0 && skipSpace(data, after, data.length) === data.length) return whole(data, start, after, most);
  if (firstLineIsObject(data)) return lines(data, most);
  return takeApart(data) ?? broken(`broken at byte ${after < 0 ? ~after : after}`);
}

/** One value that is well formed; the spans of `root` are of it. */
function whole(data: Uint8Array, start: number, end: number, most: number): Body {
  if (data[start] === 0x5b) return elements(elementsOf(data, start, most), {}, undefined);
  if (data[start] !== 0x7b) return elements([{ source: data, start, end }], {}, undefined);
  const writeKey = textOf(data, WRITE_KEY);
  const batch = root.starts[FRAME.batch] as number;
  if (batch < 0 || data[batch] !== 0x5b || (root.starts[HEAD.type] as number) >= 0) return elements([{ source: data, start, end }], {}, writeKey);
  const level: Level = { sentAt: slice(data, HEAD.sentAt), context: slice(data, FRAME.context) };
  return elements(elementsOf(data, batch, most), level, writeKey);
}

/** The elements of an array that is well formed; of too many no more than it takes to know. */
function elementsOf(data: Uint8Array, array: number, most: number): Element[] {
  const found: Element[] = [];
  let at = skipSpace(data, array + 1, data.length);
  while (data[at] !== 0x5d && found.length <= most) {
    const end = skipValue(data, at, data.length, 0);
    found.push({ source: data, start: at, end });
    at = skipSpace(data, end, data.length);
    if (data[at] === 0x2c) at = skipSpace(data, at + 1, data.length);
  }
  return found;
}

function lines(data: Uint8Array, most: number): Body {
  const found: Element[] = [];
  for (let from = 0, end: number; from < data.length && found.length <= most; from = end + 1) {
    end = endOfLine(data, from);
    const start = skipSpace(data, from, end);
    if (start === end) continue;
    const after = skipValue(data, start, end, 0);
    const good = after >= 0 && skipSpace(data, after, end) === end;
    found.push(good ? { source: data, start, end: after } : { source: data, start, end, broken: "a line that is not one JSON value" });
  }
  return found.length === 0 ? broken("the body is empty") : elements(found, {}, undefined);
}

function firstLineIsObject(data: Uint8Array): boolean {
  const start = skipSpace(data, 0, data.length);
  const end = endOfLine(data, start);
  if (end === data.length || data[start] !== 0x7b) return false;
  const after = skipValue(data, start, end, 0);
  return after >= 0 && skipSpace(data, after, end) === end;
}

function endOfLine(data: Uint8Array, from: number): number {
  const newline = data.indexOf(0x0a, from);
  return newline < 0 ? data.length : newline;
}

function slice(data: Uint8Array, field: number): Uint8Array | undefined {
  return isGiven(data, root, field) ? data.subarray(root.starts[field], root.ends[field]) : undefined;
}

function textOf(data: Uint8Array, field: number): string | undefined {
  const start = root.starts[field] as number;
  return start >= 0 && data[start] === 0x22 ? textAt(data, start, root.ends[field] as number) : undefined;
}

const elements = (found: readonly Element[], level: Level, writeKey: string | undefined): Elements => ({ kind: "elements", elements: found, level, writeKey });
const broken = (error: string): Body => ({ kind: "broken", error });

const root = new PathScanner(EDGE_PATHS);
