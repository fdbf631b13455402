// A disk that fills up or breaks under a running engine: it goes on, the last good checkpoint stays good, and it shows.

import { expect, test, vi } from "vitest";
import { CheckpointStore } from "../../src/flow/checkpoint.ts";
import { Metrics } from "../../src/metrics/metrics.ts";
import { BrokenFiles } from "../flow/broken-files.ts";
import { startMemoryEngine } from "./memory-engine.ts";

test.each([
  ["the disk is full", "write", "ENOSPC"],
  ["a sync fails", "fsync", "EIO"],
  ["the folder cannot be synced", "fsync folder", "EIO"],
] as const)("while %s, the engine goes on with the checkpoint before, and takes the next one when it can", async (_, on, code) => {
  const files = new BrokenFiles();
  const { engine, folder, hit } = await startMemoryEngine({ files });
  await hit(["ana", "bob"]);
  await engine.checkpoint();
  const good = engine.status().checkpoint;

  files.fault = (_call, kind) => (kind === on ? code : undefined);
  await hit(["ana", "ana"]);
  await expect(engine.checkpoint()).rejects.toMatchObject({ code: "DISK_FAILED", message: expect.stringContaining(code) });
  await expect(engine.checkpoint()).rejects.toMatchObject({ code: "DISK_FAILED" });

  await hit(["bob"]);
  expect(engine.status()).toMatchObject({
    phase: "live",
    events: 5,
    checkpoint: good,
    checkpointFailures: 2,
    checkpointFailure: { message: expect.stringContaining(code) },
  });
  files.fault = () => undefined;
  expect((await (await CheckpointStore.open(folder, files)).latest())?.manifest.log.position).toBe(good?.position);

  await engine.checkpoint();
  expect(engine.status()).toMatchObject({ checkpointFailures: 2, checkpointFailure: null });
  expect(engine.status().checkpoint?.position).toBeGreaterThan(good?.position ?? 0);
});

test("checkpoints that fail on their cadence end nothing, and an alert can see them", async () => {
  const files = new BrokenFiles();
  const { engine, hit } = await startMemoryEngine({ files, checkpointEverySeconds: 1 });
  const metrics = new Metrics({ processMetrics: false });
  metrics.begin(engine.status());
  files.fault = (_call, kind) => (kind === "write" ? "ENOSPC" : undefined);
  await hit(["ana"]);
  await vi.waitFor(() => expect(engine.status().checkpointFailures).toBeGreaterThan(0), { timeout: 5000 });
  metrics.observe(engine.status());
  expect(await metrics.text()).toMatch(/^tidemark_checkpoint_failures_total [1-9]/m);
  await hit(["ana"]);
  expect(await engine.contact({ kind: "user", id: "ana" })).toMatchObject({ packs: { counting: { measures: { hits: 2 } } } });
});

test("how far back message ids are remembered shrinks where a partition has more than it keeps", async () => {
  const { engine, hit } = await startMemoryEngine({ set: { "duplicates.capacity": "16", "duplicates.window_ms": "3600000" } });
  for (let i = 0; i < 15; i++) await hit(["ana"], { messageId: `m${i}` });
  expect(engine.status().duplicatesReachMs).toBe(3_600_000);
  for (let i = 15; i < 20; i++) await hit(["ana"], { messageId: `m${i}` });
  expect(engine.status().duplicatesReachMs).toBe(15_000);
  await hit(["ana", "ana"], { messageId: "m4" });
  expect(engine.status().outcomes).toMatchObject({ applied: 20, duplicate: 2 });
  await hit(["ana"], { messageId: "m3" });
  expect(engine.status().outcomes).toMatchObject({ applied: 21, duplicate: 2 });
});
