// Bug that mattered (simulator, seed 997): a thread that died while it opened, for want of memory say, was reported as a checkpoint
// that this version cannot use, with the advice to move the state away; a start is all that it takes.

import { expect, test } from "vitest";
import { loadConfig } from "../../src/app/config.ts";
import { startEngine, THIS_MACHINE } from "../../src/app/engine.ts";
import { createLog } from "../../src/app/log.ts";
import { MemoryDeadLetters } from "../../src/flow/memory-output.ts";
import { TidemarkError } from "../../src/model/errors.ts";
import { startMemoryEngine } from "./memory-engine.ts";

test("a worker that dies while it opens a checkpoint of this version is said to have died, and the next start goes on", async () => {
  const first = await startMemoryEngine();
  await first.hit(["ana"]);
  await first.engine.stop();
  const digest = await first.engine.digest();
  const flags = Object.entries({ state: first.state, clock: "event", workers: "1" }).map(([key, value]) => ({ key, value, label: `--${key}` }));
  const start = startEngine({
    config: loadConfig({ env: {}, flags }).config,
    packs: [],
    parts: { log: first.log, output: first.output, dead: new MemoryDeadLetters() },
    logger: createLog({ level: "silent", format: "json" }),
    now: () => first.clock.now,
    machine: { ...THIS_MACHINE, workers: () => Promise.reject(new TidemarkError("WORKER_DIED", "worker 0 failed: out of memory")) },
  });
  await expect(start).rejects.toMatchObject({ code: "WORKER_DIED", retry: true });
  expect(await (await startMemoryEngine({ from: first })).engine.digest()).toBe(digest);
});
