// The catalogue and its page say the same, in both directions.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ERRORS, TidemarkError } from "../../src/model/errors.ts";

const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf("\n")), text]),
);

test("the page has a section for every code, in the order of the catalogue, and for nothing else", () => {
  expect([...sections.keys()]).toEqual(Object.keys(ERRORS));
});

test.each(Object.entries(ERRORS))("%s: the page says what the code says", (code, { hint, retry, exit }) => {
  const section = sections.get(code);
  expect(section).toContain(`- What to do: ${hint}\n`);
  expect(section).toContain(`- A retry can help: ${retry ? "yes" : "no"}\n`);
  expect(section).toContain(`- Exit code: ${exit}\n`);
  expect(section?.split("\n\n")[1]?.length).toBeGreaterThan(20);
});

test("an error knows its hint, its exit code and whether a retry can help", () => {
  const error = new TidemarkError("WORKER_DIED", "worker 1 ended");
  expect([error.retry, error.exit, error.hint]).toEqual([true, 1, ERRORS.WORKER_DIED.hint]);
});
