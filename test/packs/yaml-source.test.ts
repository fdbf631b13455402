// What is said of text that is not YAML, or not the plain part of YAML that packs use: one problem, the first, with its cure.

import { describe, expect, test } from "vitest";
import { formatProblems } from "../../src/packs/problems.ts";
import { readYaml, type YamlNode } from "../../src/packs/yaml-source.ts";

const SYNTAX: readonly (readonly [what: string, text: string, says: string])[] = [
  [
    "a bracket in a flow map",
    'a: { x: c in ["a"] }',
    "1:14  syntax  a bare `[` cannot stand inside a text in { }  (quote the whole text, or put it on its own line)",
  ],
  [
    "an index in a flow map",
    "a: { of: properties.products[0].sku }",
    "1:29  syntax  a bare `[` cannot stand inside a text in { }  (quote the whole text, or put it on its own line)",
  ],
  ["a choice", "a:\n  x: b ? 1 : 2", "2:6  syntax  YAML reads the `: ` in this text as a new key  (quote the whole text, or put it on its own line)"],
  [
    "a choice in a flow map",
    "a: { x: b ? 1 : 2 }",
    "1:9  syntax  YAML reads the `: ` in this text as a new key  (quote the whole text, or put it on its own line)",
  ],
  [
    "a comment that swallows a bracket",
    "a: { x: b #1, y: c }\nd: 1",
    "1:4  syntax  the { here is never closed  (` #` begins a comment and swallows what follows: quote the text)",
  ],
  ["a map that is not closed", "a: { x: b\nd: { y: 1 }", "1:4  syntax  the { here is never closed  (close it with })"],
  ["a list that is not closed", "a: [b, c\nd: 1", "1:4  syntax  the [ here is never closed  (close it with ])"],
  [
    "a bracket too many",
    "a: { x: b }}",
    "1:12  syntax  a `}` too many, or inside a text that is not quoted  (take it out, or quote the whole text, or put it on its own line)",
  ],
  ["a leading not", "a: !identified", "1:4  syntax  YAML reads a leading `!` as a tag  (quote the condition, or write it in brackets: (!x))"],
  ["a leading not before a bracket", "a: !(b || c)", "1:4  syntax  YAML reads a leading `!` as a tag  (quote the condition, or write it in brackets: (!x))"],
  ["a leading quote", 'a: "x" == y', "1:8  syntax  a text that begins with a quote ends at the closing quote  (quote the whole of it once more: '\"x\" == y')"],
  ["a quote never closed", "a: 1\nb: 'x\nc: 2", "2:4  syntax  a ' is opened and never closed  (close it, or quote the whole text if the ' belongs to it)"],
  ["a tab", "a:\n\tb: 1", "2:1  syntax  a tab cannot indent  (indent with two spaces)"],
  ["a line indented less", "a:\n  b: 1\n c: 2", "3:1  syntax  this line is indented unlike its neighbours  (keys of one block begin in the same column)"],
  [
    "a line under a value",
    "a:\n  b: 1\n    c: 2",
    "2:6  syntax  this line already has a value, so nothing can be indented under it: `b: 1`  (put the value on its own line, or take the indentation back)",
  ],
  ["no colon", "a\nb: 1", "1:1  syntax  a line without a colon and a space after its key  (write `key: value`)"],
  ["no space after the colon", "a:1\nb: 1", "1:1  syntax  a line without a colon and a space after its key  (write `key: value`)"],
  ["a reserved character", "a: @b", "1:4  syntax  a text cannot begin with `@`  (quote it)"],
  ["a backtick", "a: `b`", "1:4  syntax  a text cannot begin with a backtick  (quote it)"],
  [
    "a pattern in double quotes",
    'a: "x.matches(\\d)"',
    "1:15  syntax  a backslash that means nothing in double quotes  (use single quotes around the whole text, or double the backslash)",
  ],
  ["a star", "a:\n  b: *", "2:6  syntax  `*` and `&` have a meaning of their own in YAML  (quote it)"],
  ["two documents", "a: 1\n---\nb: 2", "2:1  syntax  a second document begins here  (a file holds one pack: take the `---` out)"],
  ["an older YAML", "%YAML 1.1\n---\na: yes", "1:1  syntax  a pack has no `%YAML` line  (take it out: packs are YAML 1.2)"],
  ["an anchor", "a: &x { b: 1 }\nc: *x", "1:7  not-in-packs  `&x` is a YAML anchor, and packs have none  (write it out where it is needed)"],
  ["an alias", "a: { <<: *x }", "1:10  not-in-packs  `*x` is a YAML alias, and packs have none  (write it out; if it begins a text, quote it)"],
  ["a tag", "a: !!str 1", "1:10  not-in-packs  packs have no YAML tags  (take the `!!…` out; quote a text that looks like a number)"],
  ["a map as a key", "? [a]\n: b", "1:3  wrong-shape  a key is a plain word, not a map or a list"],
  ["nothing", "", "1:1  empty  the file is empty  (a pack begins with `pack:`, `version:` and `events:`)"],
  ["only comments", "# a\n", "1:1  empty  the file is empty  (a pack begins with `pack:`, `version:` and `events:`)"],
  ["very many brackets", "[".repeat(900_000), "1:33  too-deep  more than 32 levels of brackets  (a pack needs five or six)"],
  [
    "very deep blocks",
    Array.from({ length: 40 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"),
    "33:33  too-deep  more than 32 levels  (a pack needs five or six)",
  ],
  ["a large file", "# ".repeat(500_001), "1:1  too-large  the file is larger than 1 MB  (a pack is a few hundred lines: is this the right file?)"],
];

test.each(SYNTAX)("%s is said once, with its cure", (_, text, says) => {
  expect(said(text)).toEqual([says]);
});

test("a chain of dashes that would exhaust the stack is refused, not thrown", () => {
  expect(said("- ".repeat(100_000))).toEqual(["1:65  too-deep  more than 32 levels of dashes  (a pack needs five or six)"]);
});

test("a key that stands twice does not hide what comes after it", () => {
  const source = readYaml("a: 1\nb: 2\na: 3\nc: 4\n", "f");
  expect(source.ok && formatProblems(source.problems.sorted())).toEqual(["f:3:1  duplicate-key  `a` stands here twice  (the first is in line 1: keep one)"]);
  expect(source.ok && source.root.kind === "map" && source.root.entries.map(({ key }) => key)).toEqual(["a", "b", "c"]);
});

describe("a character of a text is found in the file", () => {
  const places: readonly (readonly [what: string, text: string])[] = [
    ["plain", "a: one && X"],
    ["in a flow map", "{ a: one && X, b: 1 }"],
    ["on several lines", "a: one\n   && X"],
    ["in single quotes", "a: 'it''s one && X'"],
    ["in double quotes", 'a: "say \\"one\\" && X"'],
    ["in a literal block", "a: |\n  one\n    && X\n"],
    ["in a folded block", "a: >-\n  one\n\n  && X\n"],
    ["with Windows line ends", "a: one\r\n  && X\r\n"],
  ];
  test.each(places)("%s", (_, text) => {
    const source = readYaml(text, "f");
    const scalar = source.ok && source.root.kind === "map" ? source.root.entries[0]?.value : undefined;
    expect(scalar?.kind).toBe("scalar");
    if (scalar?.kind === "scalar") expect(scalar.offsetOf(scalar.text.indexOf("X"))).toBe(text.indexOf("X"));
  });
});

test("`yes`, `on` and `1_000` are texts, as YAML 1.2 has it", () => {
  const source = readYaml("[yes, on, 1_000, true, 12, 1.5, ~]", "f");
  expect(source.ok && valuesOf(source.root)).toEqual(["yes", "on", "1_000", true, 12, 1.5, null]);
});

const valuesOf = (node: YamlNode): unknown[] => (node.kind === "list" ? node.items.map((item) => (item.kind === "scalar" ? item.value : item.kind)) : []);

function said(text: string): string[] {
  const source = readYaml(text, "");
  return formatProblems(source.ok ? source.problems.sorted() : source.problems).map((line) => line.slice(1));
}
