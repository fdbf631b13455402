// Bodies that are good JSON and nested deeper than the scanner goes. JSON.parse says whether they are good (it needs no stack); the
// parts are then found by counting brackets, so that every event keeps its own bytes. It is slow, and needed for what hardly
// anybody sends; but one event that is nested a hundred deep must not take the other ninety-nine of its batch with it.

import { NESTING_LIMIT, skipSpace, skipString, skipValue } from "../model/json-scan.ts";
import { textAt } from "../model/json-value.ts";
import type { Body, Element, Level } from "./elements.ts";

/** undefined where the body is no JSON. */
export function takeApart(data: Uint8Array): Body | undefined {
  if (!isJson(data)) return undefined;
  const start = skipSpace(data, 0, data.length);
  if (data[start] === 0x5b) return { kind: "elements", elements: itemsOf(data, start), level: {}, writeKey: undefined };
  const fields = data[start] === 0x7b ? fieldsOf(data, start) : new Map<string, Span>();
  const writeKey = textOf(data, fields.get("writeKey"));
  const batch = fields.get("batch");
  if (batch === undefined || data[batch.start] !== 0x5b || fields.has("type"))
    return { kind: "elements", elements: [judged(data, { start, end: endOf(data, start) })], level: {}, writeKey };
  const level: Level = { sentAt: shallow(data, fields.get("sentAt")), context: shallow(data, fields.get("context")) };
  return { kind: "elements", elements: itemsOf(data, batch.start), level, writeKey };
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function isJson(data: Uint8Array): boolean {
  try {
    JSON.parse(strict.decode(data));
    return true;
  } catch {
    return false;
  }
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function itemsOf(data: Uint8Array, array: number): Element[] {
  const items: Element[] = [];
  let at = skipSpace(data, array + 1, data.length);
  while (data[at] !== 0x5d) {
    const end = endOf(data, at);
    items.push(judged(data, { start: at, end }));
    at = skipSpace(data, end, data.length);
    if (data[at] === 0x2c) at = skipSpace(data, at + 1, data.length);
  }
  return items;
}

/** Of equal keys the last counts. */
function fieldsOf(data: Uint8Array, object: number): Map<string, Span> {
  const fields = new Map<string, Span>();
  let at = skipSpace(data, object + 1, data.length);
  while (data[at] !== 0x7d) {
    const keyEnd = skipString(data, at + 1, data.length);
    const key = textAt(data, at, keyEnd);
    const start = skipSpace(data, skipSpace(data, keyEnd, data.length) + 1, data.length);
    const end = endOf(data, start);
    fields.set(key, { start, end });
    at = skipSpace(data, end, data.length);
    if (data[at] === 0x2c) at = skipSpace(data, at + 1, data.length);
  }
  return fields;
}

/** The position after the value at `at`, by counting brackets: the text is known to be good. */
function endOf(data: Uint8Array, at: number): number {
  let depth = 0;
  for (;;) {
    const byte = data[at] as number;
    if (byte === 0x22) at = skipString(data, at + 1, data.length);
    else {
      if (byte === 0x7b || byte === 0x5b) depth++;
      else if (byte === 0x7d || byte === 0x5d) depth--;
      at++;
    }
    if (depth === 0 && (byte === 0x22 || byte === 0x7d || byte === 0x5d || at === data.length || isEnd(data[at] as number))) return at;
  }
}

/** What ends a number or a word. */
const isEnd = (byte: number): boolean => byte === 0x2c || byte === 0x7d || byte === 0x5d || byte <= 0x20;

function judged(data: Uint8Array, { start, end }: Span): Element {
  const good = skipValue(data, start, end, 0) === end;
  return good ? { source: data, start, end } : { source: data, start, end, broken: `nested deeper than ${NESTING_LIMIT}` };
}

/** undefined where it is absent, null, or too deep itself. */
function shallow(data: Uint8Array, span: Span | undefined): Uint8Array | undefined {
  if (span === undefined || data[span.start] === 0x6e || skipValue(data, span.start, span.end, 1) !== span.end) return undefined;
  return data.subarray(span.start, span.end);
}

const textOf = (data: Uint8Array, span: Span | undefined): string | undefined =>
  span !== undefined && data[span.start] === 0x22 ? textAt(data, span.start, span.end) : undefined;
