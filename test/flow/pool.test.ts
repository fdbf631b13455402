// Bug that mattered: with tasks in Piscina's own queue, a batch could overtake another (or a question a batch), and the
// engine's state was then no longer a function of the log.

import { afterEach, describe, expect, it } from "vitest";
import { Framer } from "../../src/flow/frame.ts";
import { WorkerPool } from "../../src/flow/pool.ts";
import { epochMs, position } from "../../src/model/ids.ts";
import { logSubjects } from "../../src/model/log.ts";
import { packFrom } from "../support/pack.ts";

const PACK = packFrom(`
pack: counting
version: 1
events: { hit: Hit }
measures: { hits: { count: hit } }
scores: { heat: { decay: { half_life: 1h }, points: { hit: { add: 10, cap: 50 per 1d } } } }
stages: { order: [cold, hot], moves: [{ to: hot, from: cold, if: heat >= 30 }, { to: cold, from: hot, if: heat < 10 }] }
targets: { cold_to_hot: { percent: 50, within: 1h } }
`);
const pools: WorkerPool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

/** One batch an event, from a log of `count` events of ten contacts. */
async function open(workers: number, count: number) {
  const pool = await WorkerPool.open({ shard: "0", workers, restore: null });
  pools.push(pool);
  const framer = new Framer({ shard: "0", workers });
  const subjects = logSubjects("0");
  let at = 0;
  const add = (subject: string, body: unknown) =>
    framer.add({ position: position(++at), storedMs: epochMs(1.7e12), subject, contentType: "", data: Buffer.from(JSON.stringify(body)) });
  add(subjects.settings, { created: "2020-01-01T00:00:00Z", clock: "event" });
  add(subjects.pack(PACK.name), { pack: PACK.name, version: 1, hash: PACK.hash, text: PACK.text });
  await pool.run(framer.take().perWorker);
  const batches = Array.from({ length: count }, (_, i) => {
    add(`${subjects.event}.x`, { type: "track", event: "Hit", userId: `c${i % 10}`, timestamp: 1.69e12 + i * 60_000 });
    return framer.take().perWorker;
  });
  return { pool, batches };
}

describe("WorkerPool", () => {
  it("does everything in the order in which it was asked, however much is asked at once", async () => {
    const calm = await open(1, 300);
    for (const batch of calm.batches) await calm.pool.run(batch);
    const expected = await calm.pool.digest();
    for (const workers of [1, 2]) {
      const hasty = await open(workers, 300);
      const asked = hasty.batches.flatMap((batch, i): Promise<unknown>[] => [
        hasty.pool.run(batch),
        ...(i % 7 === 0 ? [hasty.pool.stages()] : []),
        ...(i % 3 === 0 ? [hasty.pool.contact({ kind: "user", id: `c${i % 10}` })] : []),
      ]);
      const after = hasty.pool.contact({ kind: "user", id: "c3" });
      await Promise.all(asked);
      expect(await after).toMatchObject({ packs: { counting: { measures: { hits: 30 } } } });
      expect(await hasty.pool.digest()).toBe(expected);
    }
  });

  it("takes a snapshot of one moment while batches go on, and lets them in between its slices", async () => {
    const calm = await open(2, 300);
    for (const batch of calm.batches.slice(0, 100)) await calm.pool.run(batch);
    const busy = await open(2, 300);
    const before = busy.batches.slice(0, 100).map((batch) => busy.pool.run(batch));
    const taking = busy.pool.snapshot();
    const after = busy.batches.slice(100).map((batch) => busy.pool.run(batch));
    const { partitions, records } = await taking;
    await Promise.all([...before, ...after]);
    const restored = await WorkerPool.open({ shard: "0", workers: 1, restore: { position: 100, logTime: 1.69e12 + 99 * 60_000, records, partitions } });
    pools.push(restored);
    expect(await restored.digest()).toBe(await calm.pool.digest());
  });

  it("counts targets and who is where a few contacts at a time as it does at once, whatever the workers and after a restart", async () => {
    const first = await open(2, 60);
    for (const batch of first.batches) await first.pool.run(batch);
    const expected = (await first.pool.stages()).packs["counting"]?.targets;
    expect(expected).toEqual({
      cold_to_hot: { target: 50, percent: null, within: "1h", entered: 0, reached: 0, open: { entered: 10, reached: 10 } },
    });
    expect(await first.pool.targets()).toEqual({ counting: expected });
    expect(await first.pool.targets(1)).toEqual({ counting: expected });
    expect(await first.pool.stages(1)).toEqual(await first.pool.stages());
    expect(await first.pool.stages(1)).toMatchObject({ contacts: 10 });
    const { partitions, records } = await first.pool.snapshot();
    const second = await WorkerPool.open({ shard: "0", workers: 3, restore: { position: 100, logTime: 1.69e12 + 59 * 60_000, records, partitions } });
    pools.push(second);
    expect(await second.targets()).toEqual({ counting: expected });
  });

  it("goes on from a snapshot, with another number of workers", async () => {
    const first = await open(1, 60);
    for (const batch of first.batches) await first.pool.run(batch);
    const { partitions, records } = await first.pool.snapshot();
    const second = await WorkerPool.open({ shard: "0", workers: 3, restore: { position: 100, logTime: 1.69e12 + 59 * 60_000, records, partitions } });
    pools.push(second);
    expect(await second.digest()).toBe(await first.pool.digest());
    expect(second.opened.reduce((sum, { contacts }) => sum + contacts, 0)).toBe(10);
    expect(Math.min(...second.opened.map(({ nextDeadline }) => nextDeadline))).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it("fails for good when a worker fails", async () => {
    const { pool } = await open(1, 0);
    const broken = pool.run([{ buffer: new ArrayBuffer(48), size: 48 }]);
    await expect(broken).rejects.toMatchObject({ code: "WORKER_DIED" });
    await expect(pool.died).rejects.toMatchObject({ code: "WORKER_DIED" });
  });
});
