import { describe, expect, it } from "vitest";
import { partitionOf } from "../../src/model/partition-of.ts";
import { mergeEffects } from "../../src/partition/effects.ts";
import { WorkerFold } from "../../src/partition/fold.ts";
import { BatchWriter, ENTRY_CONTROL, ENTRY_EVENT, ENTRY_STEP } from "../../src/partition/protocol.ts";
import { randomRulePack } from "../model/naive/random-rules.ts";
import { Dice } from "../model/naive/random-story.ts";
import { packFrom } from "../support/pack.ts";

const START = Date.parse("2026-01-01T00:00:00Z");

interface Entry {
  readonly kind: number;
  readonly position: number;
  readonly logTime: number;
  readonly index: number;
  readonly partition: number;
  readonly payload: Buffer | undefined;
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Some weeks of a log, as the framer gives it to workers. */
function entries(seed: number, perStep = 1000): Entry[] {
  const dice = new Dice(seed);
  const all: Entry[] = [];
  let position = 0;
  let logTime = START;
  const control = (record: unknown) => all.push({ kind: ENTRY_CONTROL, position, logTime, index: 0, partition: 0, payload: json(record) });
  const next = (moment: number) => {
    position++;
    if (Math.floor(moment / 100) > Math.floor(logTime / 100))
      all.push({ kind: ENTRY_STEP, position, logTime: moment, index: 0, partition: 0, payload: undefined });
    logTime = moment;
  };
  /** What somebody did in the months before. All but one are in one partition, so that a sweep takes several steps. */
  const tellHistory = (message: number) => {
    next(logTime);
    const userId = dice.one(["u1", "h2", "h2a", "h2b", "h3", "h4"]);
    const at = new Date(logTime - dice.whole(1, 200) * 86_400_000).toISOString();
    const event = { type: "track", event: dice.one(["A", "B", "C"]), userId, messageId: `h${message}`, timestamp: at, properties: { v: 5 } };
    const payload = json({ ...event, context: { tidemark: { backfill: true } } });
    all.push({ kind: ENTRY_EVENT, position, logTime, index: 0, partition: partitionOf(userId === "u1" ? "u1" : "h2"), payload });
  };
  position++;
  control({ type: "settings", created: "2026-01-01T00:00:00Z", clock: "event", timers: { per_step: perStep, sweep_per_step: 2 } });
  for (const name of ["alpha", "beta"]) {
    position++;
    const pack = packFrom(randomRulePack(name, dice));
    control({ type: "pack", pack: name, version: 1, hash: pack.hash, text: pack.text });
  }
  for (let message = 0; message < 150; message++) {
    next(logTime + (dice.chance(0.3) ? 0 : dice.whole(1, dice.one([50, 60_000, 86_400_000]))));
    for (let index = 0; index < (dice.chance(0.3) ? 4 : 1); index++) {
      const userId = `u${dice.whole(1, 25)}`;
      const event = {
        type: "track",
        event: dice.one(["A", "B", "C"]),
        userId,
        messageId: `m${message}.${index}`,
        timestamp: new Date(logTime).toISOString(),
        properties: { v: dice.one([5, 30]), k: "k" },
      };
      all.push({ kind: ENTRY_EVENT, position, logTime, index, partition: partitionOf(userId), payload: json(event) });
    }
    if (dice.chance(0.4)) tellHistory(message);
    if (message === 70 || message === 72 || message === 140) {
      next(logTime);
      control({ type: "history" });
    }
  }
  next(logTime + 40 * 86_400_000);
  control({ type: "advance", to: logTime });
  return all;
}

/** Runs the entries with so many workers, cut into batches after every `batch` positions, with a restart after every `restart` batches. */
function run(all: readonly Entry[], workers: number, batch: number, restart = Number.POSITIVE_INFINITY) {
  let folds = Array.from({ length: workers }, (_, worker) => new WorkerFold("0", worker, workers));
  const effects: string[] = [];
  let batches = 0;
  for (let from = 1; from <= (all.at(-1)?.position ?? 0); from += batch) {
    const part = all.filter((entry) => entry.position >= from && entry.position < from + batch);
    const results = folds.map((fold, worker) => {
      const writer = new BatchWriter(new ArrayBuffer(64));
      for (const entry of part) {
        if (entry.kind === ENTRY_EVENT && entry.partition % workers !== worker) continue;
        writer.put(entry.kind, entry.position, entry.logTime, entry.logTime, entry.index, entry.partition, entry.payload);
      }
      const { buffer, size } = writer.take();
      return fold.batch(buffer, size);
    });
    for (const effect of mergeEffects(results.map((result) => result.effects)))
      effects.push(`${effect.position} ${effect.partition} ${effect.k} ${effect.subject} ${Buffer.from(effect.body)}`);
    if (++batches % restart === 0) folds = restarted(folds, part.at(-1)?.logTime ?? 0, workers);
  }
  const digests = folds.flatMap((fold) => fold.digests()).sort((a, b) => a.partition - b.partition);
  return { effects, digests };
}

/** Begun again from snapshots, with another order of the partitions. */
function restarted(folds: readonly WorkerFold[], logTime: number, workers: number): WorkerFold[] {
  const snapshots = folds.map((fold) => fold.snapshot());
  const partitions = snapshots.flatMap((snapshot) => snapshot.partitions).reverse();
  return Array.from({ length: workers }, (_, worker) => {
    const fold = new WorkerFold("0", worker, workers);
    fold.restore({
      position: 1,
      logTime,
      records: snapshots[0]?.records ?? [],
      partitions: partitions.filter(({ partition }) => partition % workers === worker),
    });
    return fold;
  });
}

/** Several folds of 64 partitions each, on a machine that may have other things to do. */
const SLOW_MS = 120_000;

describe("a log folded", () => {
  it.each([1, 2, 3])(
    "gives the same effects and state whatever the batches, workers and restarts (dice %i)",
    (seed) => {
      const all = entries(seed, 2);
      const plain = run(all, 1, 10_000);
      expect(plain.effects.length).toBeGreaterThan(100);
      for (const [workers, batch, restart] of [
        [2, 10_000],
        [4, 7],
        [1, 1],
        [3, 20, 2],
        [1, 9, 3],
      ] as const) {
        const other = run(all, workers, batch, restart);
        expect(other.effects).toEqual(plain.effects);
        expect(other.digests).toEqual(plain.digests);
      }
    },
    SLOW_MS,
  );

  it("numbers effects without gaps within position and partition, in the order in which they leave", () => {
    const { effects } = run(entries(4, 3), 1, 50);
    const seen = new Map<string, number>();
    let before = [0, 0, -1];
    for (const line of effects) {
      const identity = line.split(" ", 3).map(Number) as [number, number, number];
      const [position, partition, k] = identity;
      expect(k).toBe(seen.get(`${position} ${partition}`) ?? 0);
      seen.set(`${position} ${partition}`, k + 1);
      expect([position, partition, k].findIndex((part, at) => part !== before[at])).toBeGreaterThanOrEqual(0);
      const first = identity.findIndex((part, at) => part !== before[at]);
      expect(identity[first] as number).toBeGreaterThan(before[first] as number);
      before = identity;
      expect(JSON.parse(line.slice(line.indexOf("{"))).id).toBe(`0-${position}-${partition}-${k}`);
    }
  });

  it("accounts for every event, and gives dead ones back with their bytes", () => {
    const fold = new WorkerFold("0", 0, 1);
    const writer = new BatchWriter(new ArrayBuffer(64));
    const partition = partitionOf("c1");
    const event = (index: number, body: string, position = 2) => writer.put(ENTRY_EVENT, position, START, START, index, partition, Buffer.from(body));
    writer.put(ENTRY_CONTROL, 1, START, START, 0, 0, json({ type: "settings", created: "2026-01-01T00:00:00Z", clock: "event" }));
    event(0, '{"type":"track","event":"A","userId":"c1","messageId":"m"}');
    event(1, '{"type":"track","event":"A","userId":"c1","messageId":"m"}');
    event(2, '{"type":"track","event":"A","userId":"c1","timestamp":"2025-01-01"}');
    event(3, '{"type":"track","event":"A"}');
    event(4, '{"type":"track","event":');
    const { buffer, size } = writer.take();
    const result = fold.batch(buffer, size);
    expect(result.outcomes).toEqual({ applied: 1, duplicate: 1, late: 1, forgotten: 0, deadLetter: 2 });
    expect(result.dead.map(({ position, index, reason, body }) => [position, index, reason, Buffer.from(body).toString()])).toEqual([
      [2, 3, "no_id", '{"type":"track","event":"A"}'],
      [2, 4, "broken_json", '{"type":"track","event":'],
    ]);
    expect(result.contacts).toBe(1);
    expect(result.buffer).toBe(buffer);
  });
});

describe("what a fold answers", () => {
  it("counts who is where, and the earliest deadline", () => {
    const fold = new WorkerFold("0", 0, 1);
    const pack = packFrom(
      "pack: p\nversion: 1\nevents: { a: A, b: B }\nmeasures: { n: { count: a, window: 1h } }\naudiences: { now_busy: n >= 1 }\nsegments: { among: n >= 1, list: [{ in_it: else }] }\nstages: { order: [x, y], moves: [{ to: y, from: x, event: b }] }\n",
    );
    const writer = new BatchWriter(new ArrayBuffer(64));
    writer.put(ENTRY_CONTROL, 1, START, START, 0, 0, json({ type: "settings", created: "2026-01-01T00:00:00Z", clock: "event" }));
    writer.put(ENTRY_CONTROL, 2, START, START, 0, 0, json({ type: "pack", pack: "p", version: 1, hash: pack.hash, text: pack.text }));
    for (const [position, userId, event] of [
      [3, "c1", "A"],
      [4, "c2", "B"],
      [5, "c3", "X"],
    ] as const)
      writer.put(ENTRY_EVENT, position, START, START, 0, partitionOf(userId), json({ type: "track", event, userId, timestamp: "2026-01-01" }));
    const { buffer, size } = writer.take();
    expect(fold.batch(buffer, size).nextDeadline).toBe(START + 3_600_000);
    expect(fold.population({ index: 0, slot: 0 }, 1_000_000)).toMatchObject({
      contacts: 3,
      packs: { p: { stages: { x: 2, y: 1 }, segments: { in_it: 1 }, audiences: { now_busy: 1 } } },
    });
    expect(fold.opened()).toMatchObject({ nextDeadline: START + 3_600_000, contacts: 3 });
    expect(fold.contact({ kind: "user", id: "c9" }, partitionOf("c9"))).toBeNull();
  });
});
