// YAML text -> a tree of maps, lists and scalars that know where they stand. The only file that knows the yaml library.
//
// Of YAML 1.2 a pack uses the plain part: no anchors, aliases, tags, directives or second documents, each refused with a
// cure. A syntax error is reported once, the first of the file, because the ones after it are mostly its echo. Keys that
// occur twice are ordinary mistakes and do not stop the rest from being checked. What the words mean is not here.

import { isAlias, isMap, isScalar, isSeq, Lexer, type ParsedNode, parseDocument, type Scalar } from "yaml";
import type { Problem } from "./definition.ts";
import { type PositionOf, ProblemList } from "./problems.ts";
import { cureFor } from "./syntax-cures.ts";

export interface YamlScalar {
  readonly kind: "scalar";
  readonly at: number;
  readonly value: string | number | boolean | null;
  /** What was written, for texts and conditions: of `60` or `true` too. */
  readonly text: string;
  /** Whether a comma right behind it ended it: in { } and [ ] that tears a condition apart. */
  readonly torn: boolean;
  /** Where the character `index` of `text` stands in the file. */
  readonly offsetOf: (index: number) => number;
}

export interface YamlEntry {
  readonly key: string;
  readonly at: number;
  readonly value: YamlNode;
}

export interface YamlMap {
  readonly kind: "map";
  readonly at: number;
  readonly entries: readonly YamlEntry[];
}

export interface YamlList {
  readonly kind: "list";
  readonly at: number;
  readonly items: readonly YamlNode[];
}

export type YamlNode = YamlScalar | YamlMap | YamlList;

export type YamlSource =
  | { readonly ok: true; readonly root: YamlNode; readonly problems: ProblemList }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export const MAX_PACK_BYTES = 1_000_000;
const MAX_DEPTH = 32;
/** As the lexer counts them: a pack at all its limits has some hundred thousand. */
const MAX_PARTS = 400_000;

/** `problems` of an ok source are the list that the rest of the loading goes on with. */
export function readYaml(text: string, file: string): YamlSource {
  const problems = new ProblemList(file, positionsOf(text));
  const refuse = (at: number, code: string, message: string, hint: string): YamlSource => {
    problems.add(at, code, message, hint);
    return { ok: false, problems: problems.sorted() };
  };

  if (text.length > MAX_PACK_BYTES || Buffer.byteLength(text) > MAX_PACK_BYTES)
    return refuse(0, "too-large", "the file is larger than 1 MB", "a pack is a few hundred lines: is this the right file?");
  const much = tooMuchAt(text);
  if (much?.of === "brackets") return refuse(much.at, "too-deep", `more than ${MAX_DEPTH} levels of brackets`, "a pack needs five or six");
  if (much?.of === "dashes") return refuse(much.at, "too-deep", `more than ${MAX_DEPTH} levels of dashes`, "a pack needs five or six");
  if (much?.of === "parts")
    return refuse(0, "too-large", `the file has more than ${MAX_PARTS} words and signs`, "a pack is a few hundred lines: is this the right file?");

  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "error",
    keepSourceTokens: false,
  });
  const problem = [...document.errors, ...document.warnings].toSorted((a, b) => a.pos[0] - b.pos[0])[0];
  if (problem !== undefined) {
    const cure = cureFor(problem.code, problem.message, problem.pos[0], text);
    return refuse(cure.at, "syntax", cure.message, cure.hint);
  }
  if (document.directives.yaml.explicit) return refuse(0, "syntax", "a pack has no `%YAML` line", "take it out: packs are YAML 1.2");
  if (document.contents === null) return refuse(0, "empty", "the file is empty", "a pack begins with `pack:`, `version:` and `events:`");

  const builder = new TreeBuilder(text, problems);
  const root = builder.build(document.contents, 0);
  return builder.refused ? { ok: false, problems: problems.sorted() } : { ok: true, root, problems };
}

/** A part of the tree as JSON: what was written, without where it stood. */
export function jsonOf(node: YamlNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(jsonOf);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, jsonOf(value)]));
}

class TreeBuilder {
  /** Whether something stood there that packs do not have, so that what is left would be misread. */
  refused = false;
  readonly #text: string;
  readonly #problems: ProblemList;

  constructor(text: string, problems: ProblemList) {
    this.#text = text;
    this.#problems = problems;
  }

  build(node: ParsedNode | null, near: number, depth = 0): YamlNode {
    if (node === null) return nothing(near);
    const at = node.range[0];
    if (this.refused) return nothing(at);
    this.#refuseExtras(node, at);
    if (depth > MAX_DEPTH) this.#refuse(at, "too-deep", `more than ${MAX_DEPTH} levels`, "a pack needs five or six");
    if (this.refused) return nothing(at);
    if (isMap(node)) return { kind: "map", at, entries: this.#entries(node.items, at, depth) };
    if (isSeq(node)) return { kind: "list", at, items: node.items.map((item) => this.build(item as ParsedNode | null, at, depth + 1)) };
    return isScalar(node) ? this.#scalar(node as Scalar.Parsed) : nothing(at);
  }

  #entries(pairs: readonly { readonly key: ParsedNode; readonly value: ParsedNode | null }[], at: number, depth: number): YamlEntry[] {
    const seen = new Map<string, number>();
    const entries: YamlEntry[] = [];
    for (const pair of pairs) {
      const key = this.build(pair.key, at, depth + 1);
      if (this.refused) break;
      if (key.kind !== "scalar") {
        this.#problems.add(key.at, "wrong-shape", "a key is a plain word, not a map or a list", null);
        continue;
      }
      const first = seen.get(key.text);
      if (first !== undefined) {
        this.#problems.add(key.at, "duplicate-key", `\`${key.text}\` stands here twice`, `the first is in line ${this.#problems.lineOf(first)}: keep one`);
        continue;
      }
      seen.set(key.text, key.at);
      entries.push({ key: key.text, at: key.at, value: this.build(pair.value, key.at, depth + 1) });
    }
    return entries;
  }

  #refuseExtras(node: ParsedNode, at: number): void {
    if (isAlias(node))
      this.#refuse(at, "not-in-packs", `\`*${node.source}\` is a YAML alias, and packs have none`, "write it out; if it begins a text, quote it");
    else if (node.anchor !== undefined)
      this.#refuse(at, "not-in-packs", `\`&${node.anchor}\` is a YAML anchor, and packs have none`, "write it out where it is needed");
    else if (node.tag?.startsWith("tag:yaml.org,2002:") === true && explicitTag(this.#text, at))
      this.#refuse(at, "not-in-packs", "packs have no YAML tags", "take the `!!…` out; quote a text that looks like a number");
  }

  #refuse(at: number, code: string, message: string, hint: string): void {
    this.refused = true;
    this.#problems.add(at, code, message, hint);
  }

  #scalar(node: Scalar.Parsed): YamlScalar {
    const { value } = node;
    const [start, end] = node.range;
    const plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
    const text = typeof value === "string" ? value : this.#text.slice(start, end);
    return {
      kind: "scalar",
      at: start,
      value: plain,
      text,
      torn: node.type === "PLAIN" && this.#text[end] === ",",
      offsetOf: (index) => offsetIn(this.#text, start, end, text, index),
    };
  }
}

/** Lines and columns from 1, by halving over where the lines begin. */
function positionsOf(text: string): PositionOf {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] as number) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (starts[low] as number) + 1 };
  };
}

const nothing = (at: number): YamlScalar => ({ kind: "scalar", at, value: null, text: "", torn: false, offsetOf: () => at });

/** A node's range begins after its tag. */
const explicitTag = (text: string, at: number): boolean => /!\S*\s*$/.test(text.slice(Math.max(0, at - 40), at));

/**
 * Where character `index` of a scalar's value stands: quotes, escapes, folds and indentation make the source longer than
 * the value, and never change the order. Each character is looked for from where the last was found, not far ahead.
 */
function offsetIn(source: string, start: number, end: number, value: string, index: number): number {
  let at = start;
  if (source.startsWith(value, start)) return Math.min(start + index, end);
  for (let i = 0; i <= index && i < value.length; i++) {
    const wanted = value[i] as string;
    let probe = at;
    while (probe < end && source[probe] !== wanted && !(isSpace(wanted) && isSpace(source[probe] ?? ""))) probe++;
    if (probe >= end) continue;
    if (i === index) return probe;
    at = probe + 1;
  }
  return at;
}

const isSpace = (character: string): boolean => character === " " || character === "\n" || character === "\t" || character === "\r";

/** What would keep the parser busy for long, asked before it begins: the bracket or dash that opens a level too many (it would recurse), or very many parts. */
function tooMuchAt(text: string): { readonly of: "brackets" | "dashes" | "parts"; readonly at: number } | undefined {
  let depth = 0;
  let offset = 0;
  let dashes = 0;
  let parts = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === "[" || token === "{") depth++;
    else if (token === "]" || token === "}") depth--;
    if (depth > MAX_DEPTH) return { of: "brackets", at: offset };
    dashes = token === "-" ? dashes + 1 : token.includes("\n") ? 0 : dashes;
    if (dashes > MAX_DEPTH) return { of: "dashes", at: offset };
    if (++parts > MAX_PARTS) return { of: "parts", at: offset };
    // The lexer marks what follows with single control characters that are not in the text.
    if (token !== "\u0002" && token !== "\u0018" && token !== "\u001f") offset += token.length;
  }
  return undefined;
}
