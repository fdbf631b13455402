// Bug that mattered (simulator, seed 21591): a broker that came back without the last messages of the log, none of them read yet, left
// an engine that had just started waiting for them: it never called itself live and wrote no ticks, so no deadline fired.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../src/app/config.ts";
import { startEngine } from "../../src/app/engine.ts";
import { createLog } from "../../src/app/log.ts";
import { MemoryLog } from "../../src/flow/memory-log.ts";
import { MemoryDeadLetters, MemoryOutput } from "../../src/flow/memory-output.ts";
import { epochMs, position } from "../../src/model/ids.ts";
import { logSubjects } from "../../src/model/log.ts";

test("an engine is live at the end of the log, also when that is earlier than it was at the start", async () => {
  const state = mkdtempSync(join(tmpdir(), "tidemark-lag-"));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const flags = Object.entries({ state, clock: "event", workers: "1" }).map(([key, value]) => ({ key, value, label: `--${key}` }));
  const log = new MemoryLog({ clock: () => epochMs(1.7e12) });
  const options = {
    config: loadConfig({ env: {}, flags }).config,
    packs: [],
    parts: { log, output: new MemoryOutput(), dead: new MemoryDeadLetters() },
    logger: createLog({ level: "silent", format: "json" }),
    now: () => 1.7e12,
  };
  await (await startEngine(options)).stop();
  for (let i = 0; i < 5; i++) await log.append(`${logSubjects("0").event}.x`, Buffer.from(`${i}`));
  const engine = await startEngine({ ...options, parts: { ...options.parts, log: shorterAfterItsState(log) } });
  onTestFinished(() => engine.stop());
  await expect.poll(() => engine.status().phase, { timeout: 5000 }).toBe("live");
  expect(engine.status()).toMatchObject({ position: 1, lagMessages: 0 });
});

/** Loses the end right after it has been asked for the first time. */
function shorterAfterItsState(log: MemoryLog): MemoryLog {
  const state = log.state.bind(log);
  log.state = async () => {
    const before = await state();
    log.state = state;
    log.loseTail(position(1));
    return before;
  };
  return log;
}
