// A machine without Chromium: the run of the browser test says so and counts it as skipped, so that nobody takes it for shown.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { natsServerBinary } from "../support/nats-server.ts";
import { chromiumBinary } from "./chromium.ts";

const ROOT = resolve(import.meta.dirname, "../..");

test("Chromium is what PATH has under one of its names", () => {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-chromium-"));
  expect(chromiumBinary("")).toBeUndefined();
  expect(chromiumBinary(`:${folder}:/nowhere`)).toBeUndefined();
  symlinkSync(process.execPath, join(folder, "google-chrome"));
  expect(chromiumBinary(`/nowhere:${folder}`)).toBe(join(folder, "google-chrome"));
});

test("without one the browser test is skipped, loudly, and neither passed nor failed", { timeout: 60_000 }, () => {
  const report = join(mkdtempSync(join(tmpdir(), "tidemark-report-")), "report.json");
  const run = spawnSync(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", "test/edge/browser.test.ts", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
    { cwd: ROOT, env: { ...process.env, PATH: "/nowhere", TIDEMARK_NATS_SERVER: natsServerBinary() }, encoding: "utf8" },
  );
  expect(run.status).toBe(0);
  expect(run.stderr + run.stdout).toContain("*** NOT RUN: there is no Chromium on PATH");
  expect(run.stdout).toMatch(/Tests.*1 skipped/);
  expect(JSON.parse(readFileSync(report, "utf8"))).toMatchObject({ numPassedTests: 0, numFailedTests: 0, numPendingTests: 1 });
});
