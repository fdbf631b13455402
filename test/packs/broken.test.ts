// Whole packs as people really get them wrong, each a file in broken/ beside what `check` says of it, to the letter: every line of
// the file. `UPDATE=1` writes what is said now, to be read before it is kept.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { provePack } from "../../src/packs/check/prove.ts";
import { loadPack } from "../../src/packs/load/load.ts";
import { formatProblems } from "../../src/packs/problems.ts";

const FOLDER = new URL("broken/", import.meta.url);
const NAMES = readdirSync(FOLDER).flatMap((file) => (file.endsWith(".yaml") ? [file.slice(0, -".yaml".length)] : []));

test.each(NAMES)("%s is told as it is written down", (name) => {
  const said = `${whatCheckSays(readFileSync(new URL(`${name}.yaml`, FOLDER), "utf8"), `${name}.yaml`).join("\n")}\n`;
  if (process.env["UPDATE"] === "1") writeFileSync(new URL(`${name}.expected`, FOLDER), said);
  expect(said).toBe(readFileSync(new URL(`${name}.expected`, FOLDER), "utf8"));
});

test("each of them is broken, and each has what is expected of it", () => {
  expect(NAMES.length).toBeGreaterThanOrEqual(25);
  for (const name of NAMES) expect(readFileSync(new URL(`${name}.expected`, FOLDER), "utf8").length, name).toBeGreaterThan(20);
});

describe("what is no pack at all is refused in one line, at once:", () => {
  const WIDE = 10_000_000;
  test.each<readonly [string, () => string, RegExp]>([
    ["10 MB of pack", () => `pack: a\nversion: 1\nevents:\n${"  order: Order\n".repeat(WIDE / 15)}`, /^1:1 {2}too-large {2}the file is larger than 1 MB/],
    ["10 MB of one line", () => `pack: ${"a".repeat(WIDE)}`, /^1:1 {2}too-large /],
    [
      "aliases that would explode",
      () =>
        `a: &a [x, x, x, x, x, x, x, x, x]\n${"bcdefghij"
          .split("")
          .map((letter, index) => `${letter}: &${letter} [${`*${"abcdefghi"[index]}, `.repeat(9)}]\n`)
          .join("")}`,
      /^1:\d+ {2}not-in-packs {2}`&a` is a YAML anchor/,
    ],
    ["an alias of itself", () => "a: &a [*a]\n", /^1:\d+ {2}not-in-packs /],
    ["brackets a million deep", () => "[".repeat(900_000), /^1:33 {2}too-deep /],
    ["maps a million deep", () => "{a: ".repeat(240_000), /^1:\d+ {2}too-deep /],
    ["lists a hundred thousand deep", () => "- ".repeat(100_000), /^1:65 {2}too-deep {2}more than 32 levels of dashes/],
    ["hundreds of thousands of keys", () => `{${"a: 1, ".repeat(150_000)}}`, /^1:1 {2}too-large {2}the file has more than 400000 words and signs/],
    [
      "a version that is no number",
      () => "pack: a\nversion: two\nevents: { a: A }\n",
      /^2:10 {2}bad-value {2}`version` is the text `two`; it is a whole number from 1/,
    ],
    ["a version of years to come", () => "pack: a\nversion: 2.1\nevents: { a: A }\n", /^2:10 {2}bad-value {2}`version` is the number 2.1/],
    ["another YAML", () => "%YAML 1.1\n---\npack: a\n", /^1:1 {2}syntax /],
    ["bytes that are no text", () => "\u0000\u0001\u0002".repeat(1000), /^1:\d+ {2}/],
  ])("%s", (_, text, says) => {
    const whole = text();
    const began = performance.now();
    const result = loadPack(whole, "");
    const tookMs = performance.now() - began;
    expect(result.ok).toBe(false);
    expect(formatProblems(result.ok ? [] : result.problems.slice(0, 1))[0]?.slice(1)).toMatch(says);
    expect(tookMs).toBeLessThan(3_000);
  });
});

function whatCheckSays(text: string, file: string): readonly string[] {
  const result = loadPack(text, file);
  return formatProblems(result.ok ? provePack(result.pack, file).findings : result.problems);
}
