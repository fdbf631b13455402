// The body that nearly every SDK sends, `{"batch": [...], ...}`, in one pass: each event is scanned where it stands, and where its fields lie is
// kept for whoever makes the event of it. Anything unusual (another form, keys written with escapes, something broken or very deep) is
// left to body.ts, which looks at it again from its beginning. The invariant: what is read here is what body.ts would read.

import { PathScanner } from "../model/json-paths.ts";
import { skipColon, skipSpace, skipString, skipValue } from "../model/json-scan.ts";
import { textAt } from "../model/json-value.ts";
import { EDGE_PATHS } from "./edge-paths.ts";
import type { Element, Elements } from "./elements.ts";
import { SpanTable } from "./span-table.ts";

/** undefined where it is no plain batch. Of too many elements no more than it takes to know. */
export function readBatch(data: Uint8Array, start: number, most: number): Elements | undefined {
  const fields = new Map<string, Uint8Array>();
  let found: Element[] | undefined;
  let at = start;
  do {
    const key = skipSpace(data, at + 1, data.length);
    const keyEnd = data[key] === 0x22 ? skipString(data, key + 1, data.length) : -1;
    const value = keyEnd < 0 ? -1 : skipColon(data, keyEnd, data.length);
    if (value < 0) return undefined;
    const name = nameAt(data, key + 1, keyEnd - 1);
    if (name === undefined || name === "type" || (name === "batch" && (found !== undefined || data[value] !== 0x5b))) return undefined;
    let end: number;
    if (name === "batch") {
      found = [];
      end = readElements(data, value, most, found);
      if (found.length > most) return { kind: "elements", elements: found, level: {}, writeKey: undefined };
    } else end = skipValue(data, value, data.length, 1);
    if (end < 0) return undefined;
    fields.set(name, data.subarray(value, end));
    at = skipSpace(data, end, data.length);
  } while (data[at] === 0x2c);
  if (found === undefined || data[at] !== 0x7d || skipSpace(data, at + 1, data.length) !== data.length) return undefined;
  return {
    kind: "elements",
    elements: found,
    level: { sentAt: given(fields.get("sentAt")), context: given(fields.get("context")) },
    writeKey: textOf(fields.get("writeKey")),
  };
}

/** Adds the elements of the array at `array`. The position after it, or a negative number where it is broken or too deep. */
function readElements(data: Uint8Array, array: number, most: number, found: Element[]): number {
  const table = new SpanTable(EDGE_PATHS.length);
  let at = skipSpace(data, array + 1, data.length);
  if (data[at] === 0x5d) return at + 1;
  for (;;) {
    const end = scanner.scan(data, at, data.length);
    if (end < 0) return end;
    found.push({ source: data, start: at, end, spans: table, row: table.add(scanner) });
    if (found.length > most) return end;
    at = skipSpace(data, end, data.length);
    if (data[at] === 0x5d) return at + 1;
    if (data[at] !== 0x2c) return ~at;
    at = skipSpace(data, at + 1, data.length);
  }
}

const scanner = new PathScanner(EDGE_PATHS);

/** The few names that matter as they are, any other as ""; undefined where it is written with escapes. */
function nameAt(data: Uint8Array, start: number, end: number): string | undefined {
  const name = end - start <= LONGEST ? latin1.decode(data.subarray(start, end)) : "";
  if (NAMES.has(name)) return name;
  return data.subarray(start, end).includes(0x5c) ? undefined : "";
}

const NAMES: ReadonlySet<string> = new Set(["batch", "type", "sentAt", "context", "writeKey"]);
const LONGEST = 8;
const latin1 = new TextDecoder("latin1");

const given = (value: Uint8Array | undefined): Uint8Array | undefined => (value === undefined || value[0] === 0x6e ? undefined : value);
const textOf = (value: Uint8Array | undefined): string | undefined => (value !== undefined && value[0] === 0x22 ? textAt(value, 0, value.length) : undefined);
