// Bug that mattered (simulator, seed 52132): a checkpoint remembered the output as it was when its copy of the state was done, not as
// of its position. A start from it took the effects in between for part of the state, so it did not compare them with what the
// stream holds; and where the broker had lost the end of the log, effects were held back that nobody had ever sent.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../src/app/config.ts";
import { startEngine, THIS_MACHINE } from "../../src/app/engine.ts";
import { createLog } from "../../src/app/log.ts";
import { CheckpointStore } from "../../src/flow/checkpoint.ts";
import { MemoryLog } from "../../src/flow/memory-log.ts";
import { MemoryDeadLetters, MemoryOutput } from "../../src/flow/memory-output.ts";
import { type PoolOptions, WorkerPool } from "../../src/flow/pool.ts";
import { parseIdentity } from "../../src/model/effect.ts";
import { epochMs } from "../../src/model/ids.ts";
import { logSubjects } from "../../src/model/log.ts";
import { packFrom } from "../support/pack.ts";

const PACK = packFrom(`
pack: counting
version: 1
events: { hit: Hit }
measures: { hits: { count: hit } }
stages: { order: [cold, hot], moves: [{ to: hot, from: cold, if: hits >= 1000 }] }
`);

test("a checkpoint remembers the output as of its own position, however long its copy takes", async () => {
  const state = mkdtempSync(join(tmpdir(), "tidemark-mark-"));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const flags = Object.entries({ state, clock: "event", workers: "1" }).map(([key, value]) => ({ key, value, label: `--${key}` }));
  const log = new MemoryLog({ clock: () => epochMs(1.7e12) });
  const copied = Promise.withResolvers<void>();
  const workers = async (options: PoolOptions) => {
    const pool = await WorkerPool.open(options);
    const snapshot = pool.snapshot.bind(pool);
    pool.snapshot = async () => {
      const taken = await snapshot();
      await copied.promise;
      return taken;
    };
    return pool;
  };
  const engine = await startEngine({
    config: loadConfig({ env: {}, flags }).config,
    packs: [PACK],
    parts: { log, output: new MemoryOutput(), dead: new MemoryDeadLetters() },
    logger: createLog({ level: "silent", format: "json" }),
    now: () => 1.7e12,
    machine: { ...THIS_MACHINE, workers },
  });
  onTestFinished(() => engine.stop());
  /** Each contact's first event is an effect: birth. */
  const hit = async (userId: string): Promise<void> => {
    const event = { type: "track", event: "Hit", userId, timestamp: 1.69e12 };
    const at = await log.append(`${logSubjects("0").event}.x`, Buffer.from(JSON.stringify(event)));
    await expect.poll(() => engine.status().position).toBe(at);
  };
  await hit("ana");
  const checkpoint = engine.checkpoint();
  await hit("bob");
  await hit("eve");
  copied.resolve();
  await checkpoint;
  const latest = await (await CheckpointStore.open(join(state, "0"))).latest();
  expect(latest?.manifest.log.position).toBe(3);
  expect(parseIdentity(latest?.manifest.output.identity ?? "")?.position).toBe(3);
});
