// From the span of a JSON value to the value. Spans come from the scanner, which has found them well formed, so nothing
// here checks again. Values are exactly what JSON.parse gives: it does the work where a short cut would not be exact.

const TEXT_CACHE_SIZE = 4096;
/** Leaves the upper 12 bits of a hash. */
const TEXT_CACHE_SHIFT = 20;
const TEXT_CACHE_LONGEST = 32;

/** Longer strings are made by a native call; up to here one with all characters as arguments takes half the time. */
const SHORT_TEXT = 16;

const EXACT_DIGITS = 15;
const POWERS_OF_TEN = Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => Number(`1e${exponent}`));

/** The string at [start, end), quotes included. */
export function textAt(bytes: Uint8Array, start: number, end: number): string {
  let wide = false;
  for (let at = start + 1; at < end - 1; at++) {
    const byte = bytes[at] as number;
    if (byte === 0x5c) return JSON.parse(utf8(bytes, start, end)) as string;
    if (byte >= 0x80) wide = true;
  }
  return wide ? utf8(bytes, start + 1, end - 1) : latin1(bytes, start + 1, end - 1);
}

/** The number at [start, end), rounded as JSON.parse does. */
export function numberAt(bytes: Uint8Array, start: number, end: number): number {
  // Up to 15 digits and a power of ten up to 1e15 are both exact as doubles, so one division is rounded once and right
  // (Clinger, "How to read floating point numbers accurately", 1990). Everything else goes the slow way.
  let at = bytes[start] === 0x2d ? start + 1 : start;
  let digits = 0;
  let value = 0;
  let point = -1;
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === 0x2e) {
      point = digits;
      continue;
    }
    if (byte > 0x39 || ++digits > EXACT_DIGITS) return Number(latin1(bytes, start, end));
    value = value * 10 + (byte - 0x30);
  }
  if (point >= 0) value /= POWERS_OF_TEN[digits - point] as number;
  return bytes[start] === 0x2d ? -value : value;
}

/** Any value at [start, end). */
export function valueAt(bytes: Uint8Array, start: number, end: number): unknown {
  const first = bytes[start] as number;
  if (first === 0x22) return end - start <= TEXT_CACHE_LONGEST ? repeatedTextAt(bytes, start, end) : textAt(bytes, start, end);
  if (first === 0x74) return true;
  if (first === 0x66) return false;
  if (first === 0x6e) return null;
  if (first === 0x7b || first === 0x5b) return JSON.parse(utf8(bytes, start, end));
  return numberAt(bytes, start, end);
}

/**
 * As textAt, for strings that come again and again (names, categories, currencies): a string made before is found by its
 * bytes, which is faster than making it and leaves nothing to collect.
 */
export function repeatedTextAt(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start - 2;
  // A few bytes tell texts apart well enough; those that fall together are only made anew each time.
  const middle = (start + end) >> 1;
  const hash = Math.imul(
    (bytes[start + 1] as number) * 65_537 + (bytes[middle] as number) * 8191 + (bytes[end - 3] as number) * 257 + (bytes[end - 2] as number) + length,
    0x9e3779b1,
  );
  const slot = hash >>> TEXT_CACHE_SHIFT;
  const known = textCache[slot] as string;
  if (known.length === length && isTextAt(known, bytes, start + 1)) return known;
  const text = textAt(bytes, start, end);
  // A string with escapes or wide characters is never equal to its own bytes: it stays out.
  if (text.length === length) textCache[slot] = text;
  return text;
}

/** Whether `text` (one byte a character) stands at `at`; the caller has compared the lengths. */
export function isTextAt(text: string, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) !== bytes[at + index]) return false;
  }
  return true;
}

export const utf8 = (bytes: Uint8Array, start: number, end: number): string => asBuffer(bytes).toString("utf8", start, end);

function latin1(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT_TEXT && start + SHORT_TEXT <= bytes.length) return shortText(bytes, start).slice(0, end - start);
  return asBuffer(bytes).toString("latin1", start, end);
}

/** SHORT_TEXT characters, more than may be wanted: one call of fixed arity needs no array of arguments. */
const shortText = (bytes: Uint8Array, at: number): string =>
  String.fromCharCode(
    bytes[at] as number,
    bytes[at + 1] as number,
    bytes[at + 2] as number,
    bytes[at + 3] as number,
    bytes[at + 4] as number,
    bytes[at + 5] as number,
    bytes[at + 6] as number,
    bytes[at + 7] as number,
    bytes[at + 8] as number,
    bytes[at + 9] as number,
    bytes[at + 10] as number,
    bytes[at + 11] as number,
    bytes[at + 12] as number,
    bytes[at + 13] as number,
    bytes[at + 14] as number,
    bytes[at + 15] as number,
  );

const textCache: string[] = new Array<string>(TEXT_CACHE_SIZE).fill("");

let lastBytes: Uint8Array = new Uint8Array(0);
let lastBuffer: Buffer = Buffer.from(lastBytes.buffer);

/** A Buffer over the same memory; the last one is kept, because all events of a batch lie in one array. */
function asBuffer(bytes: Uint8Array): Buffer {
  if (bytes !== lastBytes) {
    lastBytes = bytes;
    lastBuffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  return lastBuffer;
}
