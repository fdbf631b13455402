import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { CheckpointStore } from "../../src/flow/checkpoint.ts";
import { MemoryDeadLetters, MemoryOutput } from "../../src/flow/memory-output.ts";
import { logSubjects } from "../../src/model/log.ts";
import { type MemoryEngine, startMemoryEngine } from "./memory-engine.ts";

/** Long enough for a checkpoint that waits for nothing. */
const A_WHILE_MS = 1000;

/** Puts bytes into the log as an event, and waits until the engine has taken them. */
async function give({ engine, log }: MemoryEngine, text: string): Promise<number> {
  const at = (await log.append(`${logSubjects("0").event}.test`, Buffer.from(text))) ?? 0;
  await expect.poll(() => engine.status().taken).toBe(at);
  return at;
}

const checkpointed = async ({ folder }: MemoryEngine): Promise<number | undefined> =>
  (await (await CheckpointStore.open(folder)).latest())?.manifest.log.position;

test("a checkpoint does not count before every effect up to its position is acknowledged", async () => {
  const output = new MemoryOutput();
  const memory = await startMemoryEngine({ output });
  await memory.hit(["ana"]);
  await memory.engine.checkpoint();
  const before = await checkpointed(memory);
  output.fill();
  // Its birth is an effect, which the output does not take.
  const at = await give(memory, '{"type":"track","event":"Hit","userId":"bob"}');
  const checkpoint = memory.engine.checkpoint();
  await sleep(A_WHILE_MS);
  expect(await checkpointed(memory)).toBe(before);
  output.makeRoom();
  await checkpoint;
  expect(await checkpointed(memory)).toBe(at);
  expect(output.messages.at(-1)?.identity).toMatch(new RegExp(`^0-${at}-`));
});

test("a checkpoint does not count before every dead letter up to its position is stored", async () => {
  const stored = Promise.withResolvers<void>();
  const dead = new MemoryDeadLetters();
  const memory = await startMemoryEngine({ dead: { put: (letters) => stored.promise.then(() => dead.put(letters)) } });
  await memory.hit(["ana"]);
  const at = await give(memory, "{ broken");
  const checkpoint = memory.engine.checkpoint();
  await sleep(A_WHILE_MS);
  expect(await checkpointed(memory)).toBeUndefined();
  stored.resolve();
  await checkpoint;
  expect(await checkpointed(memory)).toBe(at);
  expect(dead.letters).toHaveLength(1);
});
