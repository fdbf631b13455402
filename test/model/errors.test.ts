// The catalogue and its page say the same, in both directions.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ERRORS, type ErrorCode, TidemarkError } from "../../src/model/errors.ts";
import { run } from "../cli/command-line.ts";

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

const LOUD_STOPS: readonly ErrorCode[] = [
  "SETTINGS_DIFFER",
  "INPUT_LOST",
  "LOG_CHANGED",
  "OUTPUT_DIFFERS",
  "OUTPUT_UNREADABLE",
  "OWNER_LOST",
  "CLOCK_AHEAD",
  "STATE_DAMAGED",
];

describe.each(LOUD_STOPS)("%s, a loud stop", (code) => {
  const commands = [...ERRORS[code].hint.matchAll(/`([^`]+)`/g)].map(([, command = ""]) => command);

  test("says what happened, then what is safe, on the page as well", () => {
    const { safe } = ERRORS[code] as { safe?: string };
    expect(safe).toMatch(/^[A-Z].+\.$/);
    expect(new TidemarkError(code, "something happened").message).toBe(`something happened. ${safe}`);
    expect(new TidemarkError(code, "Something happened.").message).toBe(`Something happened. ${safe}`);
    expect(sections.get(code)).toContain(`- What is safe: ${safe}\n`);
  });

  test("names at least two commands, each one that can be typed", async () => {
    expect(commands.length).toBeGreaterThanOrEqual(2);
    for (const command of commands) {
      expect(command).toMatch(/^(tidemark|nats|mv|cp) /);
      if (!command.startsWith("tidemark ")) continue;
      const [verb = "", ...words] = command.split(" ").slice(1);
      const { out } = await run(`${verb} --help`);
      for (const flag of words.filter((word) => word.startsWith("--"))) expect(out).toContain(flag);
    }
  });
});

test("an error that is no loud stop keeps its message as it is", () => {
  expect(new TidemarkError("USAGE", "no such thing").message).toBe("no such thing");
});
