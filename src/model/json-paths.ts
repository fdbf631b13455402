// Where the values of some paths lie in a JSON text, found in one pass.
//
// The paths make a tree of keys. Where the text has a key of the tree, the place of its value is noted and the tree is followed; all else is skipped.
// The whole text is checked on the way. As with JSON.parse the last of several equal keys counts, and what the earlier
// ones held is forgotten. A part that is a string is a key of an object, a number an index of an array; neither stands for
// the other. Reading the values that were found is json-value.ts.
//
// Events of one producer have the same keys in the same order. So every key remembers which one followed it last, and a key is
// first held against that guess, four bytes at a time; only where the guess fails is it scanned and looked up. Guesses cost
// or save time and never change what is found.

import { NESTING_LIMIT, skipColon, skipPlain, skipSpace, skipString, skipValue } from "./json-scan.ts";
import { utf8 } from "./json-value.ts";

export class PathScanner {
  /** Where the value of the i-th path begins and ends after a scan; start -1 where the path leads nowhere. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly #root: PathNode;
  #scans = 0;
  /** What was scanned last, and a view of it: all events of a batch lie in one array. */
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);

  /** Paths may repeat and contain one another; none is empty. */
  constructor(paths: readonly (readonly (string | number)[])[]) {
    this.#root = new PathNode(new Uint8Array(0));
    this.starts = new Int32Array(paths.length).fill(-1);
    this.ends = new Int32Array(paths.length);
    for (const [slot, path] of paths.entries()) this.#root.plant(path, slot);
  }

  /** Scans the value at `at` (no whitespace before it). The position after it, or `~position` of what is broken. */
  scan(bytes: Uint8Array, at: number, end: number): number {
    const starts = this.starts;
    for (let slot = 0; slot < starts.length; slot++) starts[slot] = -1;
    this.#scans++;
    if (bytes !== this.#bytes) this.#lookAt(bytes);
    if (at < end && bytes[at] === 0x7b) return this.#object(this.#root, bytes, at + 1, end, 1);
    return skipValue(bytes, at, end, 0);
  }

  #object(node: PathNode, bytes: Uint8Array, at: number, end: number, depth: number): number {
    if (depth > NESTING_LIMIT) return ~(at - 1);
    at = skipSpace(bytes, at, end);
    if (at < end && bytes[at] === 0x7d) return at + 1;
    let previous = node;
    for (;;) {
      if (at >= end || bytes[at] !== 0x22) return ~at;
      let child: PathNode | null = previous === node ? node.firstKey : previous.nextKey;
      if (child?.standsAt(this.#view, at, end)) {
        at += child.written;
        if (at < end && (bytes[at] as number) <= 0x20) at = skipSpace(bytes, at, end);
      } else {
        const key = at + 1;
        at = skipPlain(bytes, key, end);
        if (at < end && bytes[at] === 0x22) {
          child = node.find(bytes, key, at);
          at++;
        } else {
          at = skipString(bytes, at, end);
          if (at < 0) return at;
          child = node.findOdd(bytes, key - 1, at);
        }
        at = skipColon(bytes, at, end);
        if (at < 0) return at;
        if (previous === node) node.firstKey = child;
        else if (previous !== STRANGER) previous.nextKey = child;
      }
      const start = at;
      if (at < end && bytes[at] === 0x22 && (child === null || child.below.length === 0)) at = skipTextWide(this.#view, bytes, at + 1, end);
      else at = child === null || child.ignored ? skipValue(bytes, at, end, depth) : this.#value(child, bytes, at, end, depth);
      if (at < 0) return at;
      if (child !== null && child.slot >= 0) this.#note(child, start, at);
      if (at < end && bytes[at] === 0x2c) {
        at++;
        if (at >= end || bytes[at] !== 0x22) at = skipSpace(bytes, at, end);
      } else {
        at = skipSpace(bytes, at, end);
        if (at >= end) return ~at;
        if (bytes[at] === 0x7d) return at + 1;
        if (bytes[at] !== 0x2c) return ~at;
        at = skipSpace(bytes, at + 1, end);
      }
      // A key that nothing is known of is followed by no guess: `previous` then only stands aside.
      previous = child ?? STRANGER;
    }
  }

  #array(node: PathNode, bytes: Uint8Array, at: number, end: number, depth: number): number {
    if (depth > NESTING_LIMIT) return ~(at - 1);
    at = skipSpace(bytes, at, end);
    if (at < end && bytes[at] === 0x5d) return at + 1;
    for (let index = 0; ; index++) {
      const child = index <= node.lastIndex ? node.indexes.get(index) : undefined;
      const start = at;
      at = child === undefined ? skipValue(bytes, at, end, depth) : this.#value(child, bytes, at, end, depth);
      if (at < 0) return at;
      if (child !== undefined && child.slot >= 0) this.#note(child, start, at);
      at = skipSpace(bytes, at, end);
      if (at >= end) return ~at;
      if (bytes[at] === 0x5d) return at + 1;
      if (bytes[at] !== 0x2c) return ~at;
      at = skipSpace(bytes, at + 1, end);
    }
  }

  /** A value on the way of some path. */
  #value(node: PathNode, bytes: Uint8Array, at: number, end: number, depth: number): number {
    if (node.seen === this.#scans) this.#forget(node.below);
    node.seen = this.#scans;
    const first = at < end ? bytes[at] : -1;
    if (first === 0x7b && node.keyed) return this.#object(node, bytes, at + 1, end, depth + 1);
    if (first === 0x5b && node.lastIndex >= 0) return this.#array(node, bytes, at + 1, end, depth + 1);
    return skipValue(bytes, at, end, depth);
  }

  #note(node: PathNode, start: number, end: number): void {
    this.starts[node.slot] = start;
    this.ends[node.slot] = end;
    if (node.twins.length > 0) this.#noteTwins(node, start, end);
  }

  #noteTwins(node: PathNode, start: number, end: number): void {
    for (const slot of node.twins) {
      this.starts[slot] = start;
      this.ends[slot] = end;
    }
  }

  #lookAt(bytes: Uint8Array): void {
    this.#bytes = bytes as Uint8Array<ArrayBuffer>;
    this.#view = new DataView(this.#bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #forget(slots: readonly number[]): void {
    for (const slot of slots) this.starts[slot] = -1;
  }
}

const TABLE_SIZE = 64;
const placeOf = (length: number, first: number, last: number): number => (length * 7 + first * 5 + last * 3) & (TABLE_SIZE - 1);

/**
 * As skipString, four bytes at a time. A byte of a word has its high bit set after these subtractions if it is a quote, a backslash,
 * a control or no ASCII; a borrow can set it wrongly only above such a byte, so the lowest that is set is right.
 */
function skipTextWide(view: DataView, bytes: Uint8Array, at: number, end: number): number {
  for (const last = end - 4; at <= last; at += 4) {
    const word = view.getInt32(at, true);
    const stops = (((word ^ 0x22222222) - 0x01010101) | ((word ^ 0x5c5c5c5c) - 0x01010101) | (word - 0x20202020) | word) & 0x80808080;
    if (stops === 0) continue;
    at += (31 - Math.clz32(stops & -stops)) >>> 3;
    return bytes[at] === 0x22 ? at + 1 : skipString(bytes, at, end);
  }
  return skipString(bytes, at, end);
}

/** Keys that no path asks for and that are remembered all the same, in each object of the tree, so that they can be guessed. */
const STRANGE_KEYS = 32;
const STRANGE_KEY_BYTES = 32;

/** A place in the tree: the paths that end here, and what lies below. */
class PathNode {
  readonly key: Uint8Array;
  /** The path that ends here, or -1, and others that are the same. */
  slot = -1;
  readonly twins: number[] = [];
  /** Paths that end further down. */
  readonly below: number[] = [];
  readonly indexes = new Map<number, PathNode>();
  lastIndex = -1;
  keyed = false;
  /** No path ends here or below. */
  ignored = true;
  /** Number of the scan that was here last. */
  seen = 0;
  /** In this object the first key was last time …, and after this key came … */
  firstKey: PathNode | null = null;
  nextKey: PathNode | null = null;
  /** Bytes of `"key":`, and those bytes as words; the last word overlaps the one before it. */
  readonly written: number;
  readonly #words: Int32Array;
  #strangers = 0;
  readonly #byText = new Map<string, PathNode>();
  /** Children by length, first and last byte of their keys; those that fall together follow one another by `next`. */
  readonly #table: (PathNode | null)[] = new Array<PathNode | null>(TABLE_SIZE).fill(null);
  next: PathNode | null = null;

  constructor(key: Uint8Array) {
    this.key = key;
    this.written = key.length + 3;
    this.#words = wordsOf(key);
  }

  /** Whether `"key":` stands at `at`. */
  standsAt(view: DataView, at: number, end: number): boolean {
    const words = this.#words;
    const last = words.length - 1;
    if (last < 0 || at + this.written > end) return false;
    for (let index = 0; index < last; index++) {
      if (view.getInt32(at + index * 4, true) !== words[index]) return false;
    }
    return view.getInt32(at + this.written - 4, true) === words[last];
  }

  plant(path: readonly (string | number)[], slot: number): void {
    this.ignored = false;
    const [part, ...rest] = path;
    if (part === undefined) {
      if (this.slot < 0) this.slot = slot;
      else this.twins.push(slot);
      return;
    }
    this.below.push(slot);
    (typeof part === "number" ? this.#index(part) : this.#child(part)).plant(rest, slot);
  }

  /** The child with the key at [start, end), which has no escapes; null for one that need not be known. */
  find(bytes: Uint8Array, start: number, end: number): PathNode | null {
    if (start === end) return this.#byText.get("") ?? null;
    const length = end - start;
    const place = placeOf(length, bytes[start] as number, bytes[end - 1] as number);
    let child = this.#table[place] as PathNode | null;
    while (child !== null) {
      if (child.key.length === length && sameBytes(child.key, bytes, start)) return child;
      child = child.next;
    }
    if (length > STRANGE_KEY_BYTES || this.#strangers === STRANGE_KEYS) return null;
    this.#strangers++;
    return this.#place(new PathNode(bytes.slice(start, end)), place);
  }

  /** The child with the key at [start, end), quotes included, which may have escapes and characters of several bytes. */
  findOdd(bytes: Uint8Array, start: number, end: number): PathNode | null {
    return this.#byText.get(JSON.parse(utf8(bytes, start, end)) as string) ?? null;
  }

  #index(index: number): PathNode {
    const known = this.indexes.get(index);
    if (known !== undefined) return known;
    const child = new PathNode(new Uint8Array(0));
    this.indexes.set(index, child);
    this.lastIndex = Math.max(this.lastIndex, index);
    return child;
  }

  #child(text: string): PathNode {
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    const child = new PathNode(new TextEncoder().encode(text));
    this.#byText.set(text, child);
    this.keyed = true;
    const { key } = child;
    if (key.length === 0) return child;
    return this.#place(child, placeOf(key.length, key[0] as number, key[key.length - 1] as number));
  }

  #place(child: PathNode, place: number): PathNode {
    child.next = this.#table[place] as PathNode | null;
    this.#table[place] = child;
    return child;
  }
}

/** `"key":` as words. A key that would have to be escaped is never guessed, nor is the empty one, which is less than a word. */
function wordsOf(key: Uint8Array): Int32Array {
  if (key.length === 0 || key.some((byte) => byte < 0x20 || byte === 0x22 || byte === 0x5c)) return new Int32Array(0);
  const text = Uint8Array.from([0x22, ...key, 0x22, 0x3a]);
  const view = new DataView(text.buffer);
  const words = new Int32Array(Math.ceil(text.length / 4));
  for (let index = 0; index < words.length; index++) words[index] = view.getInt32(Math.min(index * 4, text.length - 4), true);
  return words;
}

function sameBytes(key: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < key.length; index++) {
    if (key[index] !== bytes[at + index]) return false;
  }
  return true;
}

/** Stands for a key that is not known; what follows it is not guessed. */
const STRANGER = new PathNode(new Uint8Array(0));
