// What is remembered is bounded, and the page says where: every bound by name, with what happens beyond it and as what it is counted.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { nothingDropped } from "../../src/engine/dropped.ts";
import { BOUNDS, type Bound } from "../../src/packs/bounds.ts";

const page = readFileSync(new URL("../../docs/packs.md", import.meta.url), "utf8");
const rows = Object.entries(BOUNDS as Readonly<Record<string, Bound>>).map(
  ([name, { most, of, beyond, counted }]) =>
    `| \`${name}\` | ${most.toLocaleString("en-US")} | ${of} | ${beyond} | ${counted === null ? "" : `\`${counted}\``} |`,
);

test("docs/packs.md has every bound, and no other", () => {
  const section = page.slice(page.indexOf("\n## Bounds"), page.indexOf("\n## What `check` proves"));
  expect(section.split("\n").filter((line) => line.startsWith("| `"))).toEqual(rows);
});

test("what is lost beyond a bound is counted under a name that is known, and docs/metrics.md lists it", () => {
  const counted = Object.values(BOUNDS as Readonly<Record<string, Bound>>).flatMap(({ counted: as }) => as ?? []);
  const known = Object.keys(nothingDropped());
  expect(counted.filter((as) => !known.includes(as) && as !== "broadcast_refused")).toEqual([]);
  const metrics = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8");
  expect(known.filter((as) => !metrics.includes(`\`${as}\``))).toEqual([]);
});
