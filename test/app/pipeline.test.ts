// Bug that mattered (simulator, seed 1): a batch that failed while a checkpoint was asking the workers was a rejection that nobody
// waited for, and Node ended the process with a stack trace instead of the engine with its error.

import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { Counters } from "../../src/app/counters.ts";
import { Pipeline } from "../../src/app/pipeline.ts";
import { Framer } from "../../src/flow/frame.ts";
import { MemoryLog } from "../../src/flow/memory-log.ts";
import type { Pool } from "../../src/flow/pool.ts";
import { epochMs, position } from "../../src/model/ids.ts";
import { logSubjects } from "../../src/model/log.ts";

test("a batch that fails during a checkpoint is told to whoever takes the checkpoint, and to nobody else", async () => {
  const alone: unknown[] = [];
  const note = (error: unknown): unknown => alone.push(error);
  process.on("unhandledRejection", note);
  const log = new MemoryLog({ clock: () => epochMs(1.7e12) });
  const lost = new Error("another owner");
  const pool = { workers: 1, opened: [], run: async () => [] } as unknown as Pool;
  const outbox = { append: () => Promise.reject(lost) };
  const framer = new Framer({ shard: "0", workers: 1 });
  const flow = { shard: "0", log, framer, pool, outbox, dead: { put: async () => {} }, counters: new Counters(), batchEvents: 10 };
  const pipeline = new Pipeline(flow, () => {});
  const reading = new AbortController();
  const running = pipeline.run(position(1), reading.signal);
  running.catch(() => {});
  pipeline.failed.catch(() => {});
  await log.append(logSubjects("0").settings, Buffer.from(JSON.stringify({ type: "settings", created: "2026-01-01T00:00:00Z" })));
  while (pipeline.last === undefined) await Promise.resolve();
  const answer = Promise.withResolvers<string>();
  const barrier = pipeline.barrier(
    () => answer.promise,
    () => 0,
  );
  const told = expect(barrier).rejects.toBe(lost);
  for (let i = 0; i < 5; i++) await nextTurn();
  answer.resolve("state");
  await told;
  reading.abort();
  process.off("unhandledRejection", note);
  expect(alone).toEqual([]);
});

test("what was framed before a barrier is with the workers when they are asked there", async () => {
  const log = new MemoryLog({ clock: () => epochMs(1.7e12) });
  const busy = Promise.withResolvers<[]>();
  let sentOff = 0;
  const run = () => {
    sentOff++;
    return busy.promise;
  };
  const pool = { workers: 1, opened: [], run } as unknown as Pool;
  const framer = new Framer({ shard: "0", workers: 1 });
  const flow = { shard: "0", log, framer, pool, outbox: { append: async () => {} }, dead: { put: async () => {} }, counters: new Counters(), batchEvents: 10 };
  const pipeline = new Pipeline(flow, () => {});
  const reading = new AbortController();
  const running = pipeline.run(position(1), reading.signal);
  await log.append(logSubjects("0").settings, Buffer.from(JSON.stringify({ type: "settings", created: "2026-01-01T00:00:00Z" })));
  await expect.poll(() => sentOff).toBe(1);
  // The workers are busy with the first, so the second waits in the framer.
  await log.append(`${logSubjects("0").event}.x`, Buffer.from('{"type":"track","event":"Hit","userId":"ana"}'));
  await expect.poll(() => framer.messages).toBe(1);
  const barrier = pipeline.barrier(
    async () => sentOff,
    () => 0,
  );
  busy.resolve([]);
  expect(await barrier).toMatchObject({ last: { position: 2 }, answer: 2 });
  reading.abort();
  await running;
});
