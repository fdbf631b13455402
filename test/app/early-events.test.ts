// Bug that mattered (simulator, seed 178): a checkpoint that fell between events stored before the log's settings and the settings
// could not be restored, so no later start came up.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../src/app/config.ts";
import { startEngine } from "../../src/app/engine.ts";
import type { EngineOptions } from "../../src/app/engine-options.ts";
import { createLog } from "../../src/app/log.ts";
import type { RunningEngine } from "../../src/app/running-engine.ts";
import { MemoryLog } from "../../src/flow/memory-log.ts";
import { MemoryDeadLetters, MemoryOutput } from "../../src/flow/memory-output.ts";
import { epochMs } from "../../src/model/ids.ts";
import { logSubjects } from "../../src/model/log.ts";

const EARLY = 12;

test("a checkpoint is not taken before the settings, and the next start gives the same state and counters", async () => {
  const state = mkdtempSync(join(tmpdir(), "tidemark-early-"));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const flags = Object.entries({ state, clock: "event", workers: "1", "batch.events": "1" }).map(([key, value]) => ({ key, value, label: `--${key}` }));
  const log = new MemoryLog({ clock: () => epochMs(1.7e12) });
  const event = Buffer.from(JSON.stringify({ type: "track", event: "Hit", userId: "ana", timestamp: 1.69e12 }));
  for (let i = 0; i < EARLY; i++) await log.append(`${logSubjects("0").event}.x`, event);
  const options: EngineOptions = {
    config: loadConfig({ env: {}, flags }).config,
    packs: [],
    parts: { log, output: new MemoryOutput(), dead: new MemoryDeadLetters() },
    logger: createLog({ level: "silent", format: "json" }),
    now: () => 1.7e12,
  };
  let tried: Promise<void> | undefined;
  const first: RunningEngine = await startEngine({
    ...options,
    onBatch: () => {
      tried ??= first.checkpoint();
    },
  });
  await log.append(`${logSubjects("0").event}.x`, event);
  await expect.poll(() => first.status().position).toBe(EARLY + 2);
  await tried;
  expect(first.status().checkpoint).toBeNull();
  await first.stop();
  const second = await startEngine(options);
  onTestFinished(() => second.stop());
  expect(await second.digest()).toBe(await first.digest());
  expect(second.status()).toMatchObject({ events: EARLY + 1, outcomes: { applied: 1, deadLetter: EARLY } });
});
