// What a checkpoint costs while events keep coming, and what it saves at a start: the worker pool and the checkpoint store as the
// engine uses them, without a broker. Small batches go round between this thread and one worker all the time; how long the
// slowest of them took during a checkpoint, against the slowest without one, is the stall that an event can meet. A restore
// is compared with folding the same log again, which is what a start without a checkpoint does.

import { rmSync } from "node:fs";
import { wholeSettings } from "../src/app/settings.ts";
import { DEMO_START_MS } from "../src/demo/population.ts";
import { CheckpointStore } from "../src/flow/checkpoint.ts";
import { Framer } from "../src/flow/frame.ts";
import { WorkerPool } from "../src/flow/pool.ts";
import { epochMs, outputSequence, position } from "../src/model/ids.ts";
import { logSubjects } from "../src/model/log.ts";
import { type Benchmark, milliseconds, type Report, table, thousands } from "./benchmark.ts";
import { inTurn, median, ratioOf } from "./rounds.ts";
import { SMALL_BATCH_EVENTS, SmallBatches } from "./small-batches.ts";
import type { Workbench } from "./workbench.ts";
import { configWith, eventsOf, inMessages, LIVES_CLOCK, packsNamed } from "./workload.ts";

export const checkpointBenchmark: Benchmark = {
  name: "checkpoint",
  about: "longest stall with and without a checkpoint; restoring against folding the log again",
  run: async (bench) => {
    const sizes = bench.effort.short ? [1000] : [100_000, ...(bench.effort.full ? [1_000_000] : [])];
    const reports: Report[] = [];
    for (const contacts of sizes) reports.push(await measure(bench, contacts));
    return { lines: reports.flatMap((report) => report.lines), figures: Object.assign({}, ...reports.map((report) => report.figures)) as Report["figures"] };
  },
};

const PACKS = packsNamed(["b2b-funnel"]);
/** People come in with their first few events; the rest of their lives is not needed here. */
const DAYS = 14;
const DAY_MS = 86_400_000;

interface CheckpointSample {
  readonly stallMs: number;
  readonly mainStallMs: number;
  /** Until it would count: state taken, written, synced. 0 without one. */
  readonly tookMs: number;
  readonly bytes: number;
}

async function measure(bench: Workbench, contacts: number): Promise<Report> {
  const folder = bench.file(`state-${contacts}`);
  const flow = await SmallBatches.open(configWith(LIVES_CLOCK), PACKS, inMessages(endless(contacts), 1), contacts);
  bench.say(`${thousands(flow.contacts)} contacts after ${thousands(flow.events)} events (${milliseconds(flow.foldedMs)})`);
  try {
    const store = await CheckpointStore.open(folder);
    const quietMs = bench.sized(100, 2000);
    const samples = await inTurn(bench.rounds, { quiet: () => undisturbed(flow, quietMs), checkpoint: () => checkpointed(flow, store) });
    const restored = await inTurn({ ...bench.rounds, warmUp: 0 }, { restore: () => restore(flow, folder) });
    return reportOf(flow, samples, restored.restore);
  } finally {
    await flow.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The people of one fortnight come, and the same people again in the next, each time with other things to do. */
function* endless(contacts: number): Generator<string, never, undefined> {
  for (let fortnight = 0; ; fortnight++) yield* eventsOf({ seed: 7 + fortnight, contacts, days: DAYS, startMs: DEMO_START_MS + fortnight * DAYS * DAY_MS });
}

async function undisturbed(flow: SmallBatches, forMs: number): Promise<CheckpointSample> {
  const { stallMs, mainStallMs } = await flow.stallDuring(() => after(forMs));
  return { stallMs, mainStallMs, tookMs: 0, bytes: 0 };
}

/** As the engine takes one: asked of the worker behind the batch that is under way, then written. */
async function checkpointed(flow: SmallBatches, store: CheckpointStore): Promise<CheckpointSample> {
  const began = performance.now();
  const { stallMs, mainStallMs, result } = await flow.stallDuring(async () => {
    const at = flow.position;
    const { partitions, records } = await flow.pool.snapshot();
    const { bytes } = await store.write({ ...manifestAt(flow, at), records: [...records], partitions });
    return { bytes, tookMs: performance.now() - began };
  });
  return { stallMs, mainStallMs, tookMs: result.tookMs, bytes: result.bytes };
}

function manifestAt(flow: SmallBatches, at: number) {
  const { shard } = flow.config;
  return {
    engine: "bench",
    shard,
    createdAt: new Date(DEMO_START_MS).toISOString(),
    log: { stream: logSubjects(shard).stream, createdMs: epochMs(DEMO_START_MS), position: position(at), fingerprint: null },
    output: { stream: "none", createdMs: epochMs(DEMO_START_MS), sequence: outputSequence(0), identity: null, engine: null },
    logTimeMs: flow.logTimeMs,
    counters: {},
  };
}

/** From the files to a worker that answers; ms. */
async function restore(flow: SmallBatches, folder: string): Promise<number> {
  const began = performance.now();
  const checkpoint = await (await CheckpointStore.open(folder)).latest();
  if (checkpoint === null) throw new Error("no checkpoint was written");
  const { logTimeMs, records } = checkpoint.manifest;
  new Framer({ shard: flow.config.shard, workers: 1 }).restore(logTimeMs, wholeSettings(flow.config, DEMO_START_MS));
  const pool = await WorkerPool.open({
    shard: flow.config.shard,
    workers: 1,
    restore: {
      position: checkpoint.manifest.log.position,
      logTime: logTimeMs,
      records,
      partitions: checkpoint.partitions,
    },
  });
  const tookMs = performance.now() - began;
  const contacts = pool.opened[0]?.contacts ?? 0;
  await pool.close();
  if (contacts === 0 || contacts > flow.contacts) throw new Error(`${contacts} contacts were restored of ${flow.contacts}`);
  return tookMs;
}

function reportOf(flow: SmallBatches, samples: Readonly<Record<"quiet" | "checkpoint", readonly CheckpointSample[]>>, restoreMs: readonly number[]): Report {
  const { quiet, checkpoint } = samples;
  const stalls = (of: readonly CheckpointSample[]): string[] => [
    milliseconds(median(of.map((sample) => sample.stallMs))),
    milliseconds(Math.max(...of.map((sample) => sample.stallMs))),
    milliseconds(median(of.map((sample) => sample.mainStallMs))),
  ];
  const ratio = ratioOf(
    checkpoint.map((sample) => sample.stallMs),
    quiet.map((sample) => sample.stallMs),
  );
  const bytes = median(checkpoint.map((sample) => sample.bytes));
  const again = flow.foldedMs / median(restoreMs);
  return {
    lines: [
      `${thousands(flow.contacts)} contacts in one worker`,
      ...table([
        [`a batch of ${SMALL_BATCH_EVENTS} events`, "slowest, median", "worst", "main thread's stall, median"],
        ["without a checkpoint", ...stalls(quiet)],
        ["during a checkpoint", ...stalls(checkpoint)],
      ]),
      `${ratio.median.toFixed(1)} times as long (${ratio.lowest.toFixed(1)} to ${ratio.highest.toFixed(1)})`,
      `a checkpoint takes ${milliseconds(median(checkpoint.map((sample) => sample.tookMs)))} for ${thousands(bytes)} bytes, ${thousands(bytes / flow.contacts)} a contact with the ids of its messages`,
      `a restore takes ${milliseconds(median(restoreMs))}, start of the thread included; folding the log again took ${again.toFixed(1)} times as long`,
    ],
    figures: { [`contacts${Math.round(flow.contacts / 1000)}k`]: { contacts: flow.contacts, samples, restoreMs, foldedMs: flow.foldedMs } },
  };
}
