// The byte scanner: walks over JSON without making anything of it.
//
// Framing and decoding look at every byte of every event, and JSON.parse would spend most of its time on objects that
// nobody reads. These functions find where a value ends, and refuse what JSON.parse (after a strict UTF-8 decoder) would
// refuse, wherever in the value it stands. The invariant, held by property tests: a value is accepted here exactly if the
// oracle accepts it and it is not nested deeper than NESTING_LIMIT.
// A position is an index into the bytes. A function answers with the position after what it has read, or, where that is
// broken, with `~position` of the first bad byte: a negative number, so that the hot path has one test and no exceptions.
// What a value says is not here (json-value.ts), nor where the asked values are (json-paths.ts).

/** Objects and arrays inside one another; what is deeper counts as broken. */
export const NESTING_LIMIT = 64;

/** Skips one value that begins at `at` (no whitespace before it), `depth` containers deep. */
export function skipValue(bytes: Uint8Array, at: number, end: number, depth: number): number {
  if (at >= end) return ~at;
  const first = bytes[at] as number;
  if (first === 0x22) return skipString(bytes, at + 1, end);
  if (first === 0x7b) return skipObject(bytes, at + 1, end, depth + 1);
  if (first === 0x5b) return skipArray(bytes, at + 1, end, depth + 1);
  if (first === 0x2d || (first >= 0x30 && first <= 0x39)) return skipNumber(bytes, at, end);
  if (first === 0x74) return skipWord(bytes, at, end, TRUE);
  if (first === 0x66) return skipWord(bytes, at, end, FALSE);
  if (first === 0x6e) return skipWord(bytes, at, end, NULL);
  return ~at;
}

/** Skips whitespace; answers with `end` where there is nothing else. */
export function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) return at;
    at++;
  }
  return at;
}

/** Skips what stands for itself in a string: the position of the first quote, backslash, control or multi-byte character. */
export function skipPlain(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && PLAIN[bytes[at] as number] === 1) at++;
  return at;
}

/** Skips the rest of a string; `at` is the first byte after the opening quote. */
export function skipString(bytes: Uint8Array, at: number, end: number): number {
  while (at < end) {
    const byte = bytes[at] as number;
    if (PLAIN[byte] === 1) {
      at++;
      continue;
    }
    if (byte === 0x22) return at + 1;
    at = byte === 0x5c ? skipEscape(bytes, at, end) : skipWide(bytes, at, end);
    if (at < 0) return at;
  }
  return ~at;
}

/** From after a key's closing quote to the first byte of its value. */
export function skipColon(bytes: Uint8Array, at: number, end: number): number {
  if (at < end && bytes[at] === 0x3a) {
    at++;
    if (at < end && (bytes[at] as number) > 0x20) return at;
    return skipSpace(bytes, at, end);
  }
  at = skipSpace(bytes, at, end);
  if (at >= end || bytes[at] !== 0x3a) return ~at;
  return skipSpace(bytes, at + 1, end);
}

/** Skips the rest of an object; `at` is the first byte after the opening brace, `depth` counts this object. */
function skipObject(bytes: Uint8Array, at: number, end: number, depth: number): number {
  if (depth > NESTING_LIMIT) return ~(at - 1);
  at = skipSpace(bytes, at, end);
  if (at < end && bytes[at] === 0x7d) return at + 1;
  for (;;) {
    if (at >= end || bytes[at] !== 0x22) return ~at;
    at = skipString(bytes, at + 1, end);
    if (at < 0) return at;
    at = skipColon(bytes, at, end);
    if (at < 0) return at;
    at = skipValue(bytes, at, end, depth);
    if (at < 0) return at;
    at = skipSpace(bytes, at, end);
    if (at >= end) return ~at;
    if (bytes[at] === 0x7d) return at + 1;
    if (bytes[at] !== 0x2c) return ~at;
    at = skipSpace(bytes, at + 1, end);
  }
}

function skipArray(bytes: Uint8Array, at: number, end: number, depth: number): number {
  if (depth > NESTING_LIMIT) return ~(at - 1);
  at = skipSpace(bytes, at, end);
  if (at < end && bytes[at] === 0x5d) return at + 1;
  for (;;) {
    at = skipValue(bytes, at, end, depth);
    if (at < 0) return at;
    at = skipSpace(bytes, at, end);
    if (at >= end) return ~at;
    if (bytes[at] === 0x5d) return at + 1;
    if (bytes[at] !== 0x2c) return ~at;
    at = skipSpace(bytes, at + 1, end);
  }
}

/** `-? (0 | [1-9][0-9]*) (\.[0-9]+)? ([eE][+-]?[0-9]+)?`, the grammar of RFC 8259. */
function skipNumber(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === 0x2d) at++;
  const whole = at;
  at = skipDigits(bytes, at, end);
  if (at === whole || (at > whole + 1 && bytes[whole] === 0x30)) return ~whole;
  if (at < end && bytes[at] === 0x2e) {
    const fraction = at + 1;
    at = skipDigits(bytes, fraction, end);
    if (at === fraction) return ~at;
  }
  if (at < end && ((bytes[at] as number) | 0x20) === 0x65) {
    at++;
    if (at < end && (bytes[at] === 0x2b || bytes[at] === 0x2d)) at++;
    const exponent = at;
    at = skipDigits(bytes, exponent, end);
    if (at === exponent) return ~at;
  }
  return at;
}

function skipDigits(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && ((bytes[at] as number) - 0x30) >>> 0 < 10) at++;
  return at;
}

function skipWord(bytes: Uint8Array, at: number, end: number, word: Uint8Array): number {
  for (let index = 0; index < word.length; index++) {
    if (at + index >= end || bytes[at + index] !== word[index]) return ~(at + index);
  }
  return at + word.length;
}

function skipEscape(bytes: Uint8Array, at: number, end: number): number {
  if (at + 1 >= end) return ~(at + 1);
  const letter = bytes[at + 1] as number;
  if (letter !== 0x75) return ESCAPED[letter] === 1 ? at + 2 : ~(at + 1);
  for (let index = at + 2; index < at + 6; index++) {
    if (index >= end || HEX[bytes[index] as number] !== 1) return ~index;
  }
  return at + 6;
}

/** One character of two to four bytes, well formed as Unicode's table 3-7 has it (no surrogates, nothing overlong). */
function skipWide(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] as number;
  if (lead < 0xc2 || lead > 0xf4) return ~at;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (at + length > end) return ~end;
  const second = bytes[at + 1] as number;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return ~(at + 1);
  for (let index = at + 2; index < at + length; index++) {
    if (((bytes[index] as number) & 0xc0) !== 0x80) return ~index;
  }
  return at + length;
}

const marked = (bytes: Iterable<number>): Uint8Array => {
  const table = new Uint8Array(256);
  for (const byte of bytes) table[byte] = 1;
  return table;
};

const codes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** Bytes that may stand in a string as they are and are a whole character. */
const PLAIN = marked(Array.from({ length: 0x60 }, (_, index) => index + 0x20).filter((byte) => byte !== 0x22 && byte !== 0x5c));
const ESCAPED = marked(codes('"\\/bfnrt'));
const HEX = marked(codes("0123456789abcdefABCDEF"));
const TRUE = codes("true");
const FALSE = codes("false");
const NULL = codes("null");
