// The last line of a CI run: it must have its exact form, and it must never be green when something was not.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const TALLY = join(import.meta.dirname, "../../../deploy/bootstrap/tally.mjs");
const ALL_WELL = { numPassedTests: 12, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };

test.each([
  ["all is well", ALL_WELL, "tests=0 types=0 lint=0", "14 passed, 0 failed", 0],
  ["a test failed", { ...ALL_WELL, numFailedTests: 2 }, "tests=1 types=0 lint=0", "14 passed, 2 failed", 1],
  ["types are wrong", ALL_WELL, "tests=0 types=2 lint=0", "13 passed, 1 failed", 1],
  ["lint and types are wrong", ALL_WELL, "tests=0 types=2 lint=1", "12 passed, 2 failed", 1],
  ["some were skipped", { ...ALL_WELL, numPendingTests: 3 }, "tests=0 types=0 lint=0", "14 passed, 0 failed, 3 skipped", 0],
  [
    "a file could not be loaded",
    { ...ALL_WELL, testResults: [{ status: "failed", assertionResults: [] }] },
    "tests=1 types=0 lint=0",
    "14 passed, 1 failed",
    1,
  ],
  ["all tests passed and the run failed", ALL_WELL, "tests=1 types=0 lint=0", "14 passed, 1 failed", 1],
  ["exit 10 is not exit 0", ALL_WELL, "tests=0 types=10 lint=0", "13 passed, 1 failed", 1],
])("%s", (_, report, steps, line, exit) => {
  const run = tally(JSON.stringify(report), steps);
  expect(run.stdout).toBe(`${line}\n`);
  expect(run.status).toBe(exit);
});

test("a run that never got to count is a failure", () => {
  expect(tally(undefined, "tests=1 types=0 lint=0").stdout).toBe("2 passed, 1 failed\n");
  expect(tally("{ half a rep", "tests=0 types=0 lint=0").stdout).toBe("2 passed, 1 failed\n");
});

function tally(report: string | undefined, steps: string) {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-tally-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "report.json");
  if (report !== undefined) writeFileSync(path, report);
  return spawnSync(process.execPath, [TALLY, path, ...steps.split(" ")], { encoding: "utf8" });
}
