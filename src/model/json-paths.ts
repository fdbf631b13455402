// Where the values of some paths lie in a JSON text, found in one pass.
//
// The paths make a tree of keys. Where the text has a key of the tree, the place of its value is noted and the tree is followed; all else is skipped.
// The whole text is checked on the way. As with JSON.parse the last of several equal keys counts, and what the earlier
// ones held is forgotten. A part that is a string is a key of an object, a number an index of an array; neither stands for
// the other. Reading the values that were found is json-value.ts.

import { NESTING_LIMIT, skipColon, skipPlain, skipSpace, skipString, skipValue } from "./json-scan.ts";
import { utf8 } from "./json-value.ts";

export class PathScanner {
  /** Where the value of the i-th path begins and ends after a scan; start -1 where the path leads nowhere. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly #root: PathNode;
  #scans = 0;

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
    if (at < end && bytes[at] === 0x7b) return this.#object(this.#root, bytes, at + 1, end, 1);
    return skipValue(bytes, at, end, 0);
  }

  #object(node: PathNode, bytes: Uint8Array, at: number, end: number, depth: number): number {
    if (depth > NESTING_LIMIT) return ~(at - 1);
    at = skipSpace(bytes, at, end);
    if (at < end && bytes[at] === 0x7d) return at + 1;
    for (;;) {
      if (at >= end || bytes[at] !== 0x22) return ~at;
      const key = at + 1;
      let child: PathNode | undefined;
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
      at = child === undefined ? skipValue(bytes, at, end, depth) : this.#value(child, bytes, at, end, depth);
      if (at < 0) return at;
      if (at < end && bytes[at] === 0x2c) {
        at++;
        if (at < end && bytes[at] === 0x22) continue;
        at = skipSpace(bytes, at, end);
        continue;
      }
      at = skipSpace(bytes, at, end);
      if (at >= end) return ~at;
      if (bytes[at] === 0x7d) return at + 1;
      if (bytes[at] !== 0x2c) return ~at;
      at = skipSpace(bytes, at + 1, end);
    }
  }

  #array(node: PathNode, bytes: Uint8Array, at: number, end: number, depth: number): number {
    if (depth > NESTING_LIMIT) return ~(at - 1);
    at = skipSpace(bytes, at, end);
    if (at < end && bytes[at] === 0x5d) return at + 1;
    for (let index = 0; ; index++) {
      const child = index <= node.lastIndex ? node.indexes.get(index) : undefined;
      at = child === undefined ? skipValue(bytes, at, end, depth) : this.#value(child, bytes, at, end, depth);
      if (at < 0) return at;
      at = skipSpace(bytes, at, end);
      if (at >= end) return ~at;
      if (bytes[at] === 0x5d) return at + 1;
      if (bytes[at] !== 0x2c) return ~at;
      at = skipSpace(bytes, at + 1, end);
    }
  }

  #value(node: PathNode, bytes: Uint8Array, at: number, end: number, depth: number): number {
    if (node.seen === this.#scans) this.#forget(node.below);
    node.seen = this.#scans;
    const first = at < end ? bytes[at] : -1;
    let after: number;
    if (first === 0x7b && node.keyed) after = this.#object(node, bytes, at + 1, end, depth + 1);
    else if (first === 0x5b && node.lastIndex >= 0) after = this.#array(node, bytes, at + 1, end, depth + 1);
    else after = skipValue(bytes, at, end, depth);
    const slots = node.slots;
    for (let index = 0; index < slots.length; index++) {
      this.starts[slots[index] as number] = at;
      this.ends[slots[index] as number] = after;
    }
    return after;
  }

  #forget(slots: readonly number[]): void {
    for (const slot of slots) this.starts[slot] = -1;
  }
}

const TABLE_SIZE = 64;
const placeOf = (length: number, first: number, last: number): number => (length * 7 + first * 5 + last * 3) & (TABLE_SIZE - 1);

/** A place in the tree: the paths that end here, and what lies below. */
class PathNode {
  readonly key: Uint8Array;
  /** Paths that end here. */
  readonly slots: number[] = [];
  /** Paths that end further down. */
  readonly below: number[] = [];
  readonly indexes = new Map<number, PathNode>();
  lastIndex = -1;
  keyed = false;
  /** Number of the scan that was here last. */
  seen = 0;
  readonly #byText = new Map<string, PathNode>();
  /** Children by length, first and last byte of their keys; those that fall together follow one another by `next`. */
  readonly #table: (PathNode | null)[] = new Array<PathNode | null>(TABLE_SIZE).fill(null);
  next: PathNode | null = null;

  constructor(key: Uint8Array) {
    this.key = key;
  }

  plant(path: readonly (string | number)[], slot: number): void {
    const [part, ...rest] = path;
    if (part === undefined) {
      this.slots.push(slot);
      return;
    }
    this.below.push(slot);
    (typeof part === "number" ? this.#index(part) : this.#child(part)).plant(rest, slot);
  }

  /** The child with the key at [start, end), which has no escapes. */
  find(bytes: Uint8Array, start: number, end: number): PathNode | undefined {
    if (start === end) return this.#byText.get("");
    const length = end - start;
    let child = this.#table[placeOf(length, bytes[start] as number, bytes[end - 1] as number)] as PathNode | null;
    while (child !== null) {
      if (child.key.length === length && sameBytes(child.key, bytes, start)) return child;
      child = child.next;
    }
    return undefined;
  }

  /** The child with the key at [start, end), quotes included, which may have escapes and characters of several bytes. */
  findOdd(bytes: Uint8Array, start: number, end: number): PathNode | undefined {
    return this.#byText.get(JSON.parse(utf8(bytes, start, end)) as string);
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
    const place = placeOf(key.length, key[0] as number, key[key.length - 1] as number);
    child.next = this.#table[place] as PathNode | null;
    this.#table[place] = child;
    return child;
  }
}

function sameBytes(key: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < key.length; index++) {
    if (key[index] !== bytes[at + index]) return false;
  }
  return true;
}
