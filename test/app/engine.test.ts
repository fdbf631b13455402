import { pack } from "msgpackr";
import { expect, test } from "vitest";
import { CheckpointStore } from "../../src/flow/checkpoint.ts";
import { startMemoryEngine } from "./memory-engine.ts";

test("a checkpoint that is whole but of a form that this version does not read stops the start, and says so", async () => {
  const first = await startMemoryEngine();
  await first.hit(["ana"]);
  await first.engine.stop();
  const store = await CheckpointStore.open(first.folder);
  const latest = await store.latest();
  if (latest === null) throw new Error("no checkpoint");
  const partitions = latest.partitions.map(({ partition }) => ({ partition, bytes: pack({ format: 99, partition }) }));
  await store.write({ ...latest.manifest, engine: "9.9.9", partitions });
  await expect(startMemoryEngine({ from: first })).rejects.toMatchObject({
    code: "STATE_DAMAGED",
    retry: false,
    message: expect.stringMatching(/made by version 9\.9\.9, cannot be used by version .*format 99/),
  });
});

test("checkpoints that are asked for while one waits are all answered, and the cadence adds none", async () => {
  const { engine, hit } = await startMemoryEngine();
  await hit(["ana", "bob"]);
  await Promise.all([engine.checkpoint(), engine.checkpoint()]);
  expect(engine.status().checkpoint?.position).toBe(engine.status().position);
});
