// Marks an event as history: `context.tidemark.backfill` becomes true (docs/packs.md "history"). The JSON is put together from slices of
// the line, not parsed and printed, so that ids keep all their digits. In a CloudEvents envelope the event in `data` is marked; one in `data_base64` is put there. A line
// that is a batch is marked as a whole; an event in it that has a `context.tidemark` of its own would undo that, so each of these is marked.

import { binaryContent } from "../../flow/frame-envelope.ts";
import { isGiven, type Spans } from "../../model/event-head.ts";
import { PathScanner } from "../../model/json-paths.ts";
import { skipSpace, skipValue } from "../../model/json-scan.ts";

const CONTEXT = 0;
const TIDEMARK = 1;
const BACKFILL = 2;
const ENVELOPE = 3;
const DATA = 4;
const BATCH = 5;
const BINARY = 6;
const PATHS = [["context"], ["context", "tidemark"], ["context", "tidemark", "backfill"], ["specversion"], ["data"], ["batch"], ["data_base64"]] as const;

/** The same event, told as history. `line` is one JSON object. */
export function markHistory(line: Buffer): Buffer {
  const scanner = new PathScanner(PATHS);
  const start = skipSpace(line, 0, line.length);
  scanner.scan(line, start, line.length);
  const { starts, ends } = scanner;
  const opens = (field: number, bracket: number): boolean => (starts[field] as number) >= 0 && line[starts[field] as number] === bracket;
  if ((starts[ENVELOPE] as number) >= 0 && opens(DATA, BRACE)) return within(line, starts[DATA] as number, ends[DATA] as number, markHistory);
  if ((starts[ENVELOPE] as number) >= 0 && opens(BINARY, QUOTE) && !isGiven(line, scanner, DATA)) return markBinary(line, start, scanner);
  if (opens(BATCH, BRACKET)) return within(line, starts[BATCH] as number, ends[BATCH] as number, markEach);
  if ((starts[BACKFILL] as number) >= 0) return replaced(line, starts[BACKFILL] as number, ends[BACKFILL] as number, "true");
  if (opens(TIDEMARK, BRACE)) return added(line, starts[TIDEMARK] as number, '"backfill":true');
  if ((starts[TIDEMARK] as number) >= 0) return replaced(line, starts[TIDEMARK] as number, ends[TIDEMARK] as number, '{"backfill":true}');
  if (opens(CONTEXT, BRACE)) return added(line, starts[CONTEXT] as number, '"tidemark":{"backfill":true}');
  if ((starts[CONTEXT] as number) >= 0) return replaced(line, starts[CONTEXT] as number, ends[CONTEXT] as number, '{"tidemark":{"backfill":true}}');
  return added(line, start, '"context":{"tidemark":{"backfill":true}}');
}

/** Every object of an array, each for itself. */
function markEach(array: Buffer): Buffer {
  const parts: Buffer[] = [array.subarray(0, 1)];
  for (let at = skipSpace(array, 1, array.length); array[at] !== CLOSE; ) {
    const end = new PathScanner([["type"]]).scan(array, at, array.length);
    parts.push(array[at] === BRACE ? markHistory(array.subarray(at, end)) : array.subarray(at, end));
    at = skipSpace(array, end, array.length);
    if (array[at] !== COMMA) continue;
    parts.push(array.subarray(at, at + 1));
    at = skipSpace(array, at + 1, array.length);
  }
  return Buffer.concat([...parts, array.subarray(array.length - 1)]);
}

/** An envelope with bytes for an event: with what they hold in `data`, marked. As it is where that is no event: it will be a dead letter. */
function markBinary(line: Buffer, start: number, { starts, ends }: Spans): Buffer {
  const content = binaryContent(line, start, line.length, UNPACKED_BYTES);
  if (content?.kind !== "content" || !isObject(content.bytes)) return line;
  const event = markHistory(Buffer.from(content.bytes)).toString();
  const places = { from: starts[BINARY] as number, to: ends[BINARY] as number };
  const data = { from: starts[DATA] as number, to: ends[DATA] as number };
  if (data.from < 0) return added(replaced(line, places.from, places.to, "null"), start, `"data":${event}`);
  const [first, second] = data.from < places.from ? [data, places] : [places, data];
  const text = (of: typeof data): string => (of === data ? event : "null");
  return replaced(replaced(line, second.from, second.to, text(second)), first.from, first.to, text(first));
}

function isObject(bytes: Uint8Array): boolean {
  const start = skipSpace(bytes, 0, bytes.length);
  const end = bytes[start] === BRACE ? skipValue(bytes, start, bytes.length, 0) : -1;
  return end >= 0 && skipSpace(bytes, end, bytes.length) === bytes.length;
}

const within = (line: Buffer, start: number, end: number, mark: (part: Buffer) => Buffer): Buffer =>
  Buffer.concat([line.subarray(0, start), mark(line.subarray(start, end)), line.subarray(end)]);

const replaced = (line: Buffer, start: number, end: number, text: string): Buffer =>
  Buffer.concat([line.subarray(0, start), Buffer.from(text), line.subarray(end)]);

/** A member more, at the front of the object that begins at `start`, in which no other has its name. */
function added(line: Buffer, start: number, member: string): Buffer {
  const isEmpty = line[skipSpace(line, start + 1, line.length)] === CLOSE_BRACE;
  return replaced(line, start + 1, start + 1, isEmpty ? member : `${member},`);
}

/** Of msgpack in an envelope: what a message of the log may come to. */
const UNPACKED_BYTES = 64 * 1024 * 1024;
const QUOTE = 0x22;
const BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const BRACKET = 0x5b;
const CLOSE = 0x5d;
const COMMA = 0x2c;
