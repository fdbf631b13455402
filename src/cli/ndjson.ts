// Lines out of a stream of bytes, with their numbers, a chunk's worth at a time (one promise a line would cost more than the
// line). Lines keep their bytes: nothing is decoded here.

import { usage } from "./failure.ts";

export interface Line {
  /** From 1, as editors count. */
  readonly number: number;
  /** Without the line end; never empty or blank. */
  readonly bytes: Buffer;
}

/** Beyond this a line is no event but the wrong file. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** `name` stands in the message about a line that is too long. */
export async function* readLines(source: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<readonly Line[], void, void> {
  let number = 0;
  // A line that spans chunks is put together once, when its end is there, not anew with every chunk.
  let parts: Buffer[] = [];
  let partBytes = 0;
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: Line[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      number++;
      const line = parts.length === 0 ? bytes.subarray(start, end) : Buffer.concat([...parts, bytes.subarray(start, end)]);
      if (!isBlank(line)) lines.push({ number, bytes: withoutReturn(line) });
      parts = [];
      partBytes = 0;
      start = end + 1;
    }
    if (start < bytes.length) parts.push(bytes.subarray(start));
    partBytes += bytes.length - start;
    if (partBytes > MAX_LINE_BYTES) throw usage(`${name}:${number + 1}: the line is longer than ${MAX_LINE_BYTES} bytes`);
    if (lines.length > 0) yield lines;
  }
  const rest = Buffer.concat(parts);
  if (!isBlank(rest)) yield [{ number: number + 1, bytes: withoutReturn(rest) }];
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;

const withoutReturn = (line: Buffer): Buffer => (line.at(-1) === RETURN ? line.subarray(0, -1) : line);
const isBlank = (line: Buffer): boolean => line.every((byte) => byte === 0x20 || byte === 0x09 || byte === RETURN);

export function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** The first characters of bytes that were read, as one line that does a terminal no harm. */
export const beginningOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString("utf8", 0, SHOWN)
    .replace(/[\p{Cc}\p{Cf}\uFFFD]/gu, "?");
const SHOWN = 60;

/** What to do about a line that is no object, where one can tell what the file is; empty where not. */
export function cureOf({ bytes }: Line, file: string): string {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return `it is compressed: \`zcat ${file} | tidemark feed -\``;
  const text = bytes.toString("utf8").trim();
  if (text.startsWith("[")) return `it takes an event a line, and this begins a list: \`jq -c '.[]' ${file} | tidemark feed -\``;
  return text === "{" ? `it takes an event a line, and this one goes over several: \`jq -c . ${file} | tidemark feed -\`` : "";
}
