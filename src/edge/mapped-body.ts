// A body of another shape -> the elements that a mapping makes of it. Unlike what comes as events, it is parsed: its numbers are those of
// JavaScript, so ids beyond 2^53 have to be texts.

import type { Body, Element } from "./elements.ts";
import { applyMapping, itemsOf, type JsonValue, type Mapping, valueAt } from "./mapping.ts";

export function readMapped(bytes: Uint8Array, mapping: Mapping, maxElements: number): Body {
  const body = parsed(bytes);
  if (body === undefined) return { kind: "broken", error: "the body is not JSON" };
  const items = itemsOf(mapping, body);
  if (items.length > maxElements) return { kind: "broken", error: `more than ${maxElements} events in one request (edge.batch_events)` };
  const elements: Element[] = [];
  for (const [index, item] of items.entries()) {
    const mapped = applyMapping(mapping, item);
    if (mapped.kind === "event") elements.push(elementOf(mapped.event, index));
  }
  const key = mapping.writeKey === null ? undefined : valueAt(body, mapping.writeKey);
  return { kind: "elements", elements, level: {}, writeKey: typeof key === "string" ? key : undefined, ignored: items.length - elements.length };
}

const strict = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

function parsed(bytes: Uint8Array): JsonValue | undefined {
  try {
    return JSON.parse(strict.decode(bytes)) as JsonValue;
  } catch {
    return undefined;
  }
}

/** Printing needs the stack that parsing does not: what is nested very deep is no event. */
function elementOf(event: JsonValue, index: number): Element {
  try {
    const source = encoder.encode(JSON.stringify(event));
    return { source, start: 0, end: source.length, index };
  } catch {
    return { source: EMPTY, start: 0, end: 0, index, broken: "nested too deep" };
  }
}

const EMPTY = new Uint8Array(0);
