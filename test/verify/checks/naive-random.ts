// The engine against the naive model on thousands of short random stories, of every kind of random packs: rules, triggers, measures, words,
// numbers of the population, and of all but the last with people who have several ids.
// `--seeds N` says how many seeds of each kind, from `--seed` on; even ones have the event clock, odd ones the stored.

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Kind } from "../../model/naive/random-agreement.ts";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import type { SeedsDone, SeedsToRun } from "../naive-seeds.ts";

const SEEDS = 2000;
const SHORT_SEEDS = 50;
const SHOWN = 3;
/** A long check shows now and then that it lives. */
const TOLD_EVERY = 500;

export const naiveRandomCheck: Check = { name: "naive-random", about: "the naive model agrees on random packs and random people of every kind", run };

async function run(bench: Bench): Promise<void> {
  const seeds = bench.seeds ?? (bench.short ? SHORT_SEEDS : SEEDS);
  const threads = Math.min(availableParallelism(), seeds);
  const started = performance.now();
  const done = new Map<Kind, SeedsDone>();
  const shares = Array.from({ length: threads }, (_, thread) => ({
    first: bench.seed + thread,
    step: threads,
    count: Math.ceil((seeds - thread) / threads),
  }));
  let told = 0;
  const take = (part: SeedsDone): void => {
    done.set(part.kind, added(done.get(part.kind), part));
    const [runs, failed] = [[...done.values()].reduce((sum, one) => sum + one.runs, 0), [...done.values()].reduce((sum, one) => sum + one.failures.length, 0)];
    if (runs >= told + TOLD_EVERY) bench.say(`${runs} stories, ${failed} differ`);
    told = runs - (runs % TOLD_EVERY);
  };
  await Promise.all(shares.map((share) => runThread(bench, share, take)));
  const all = [...done.values()];
  for (const { kind, runs, effects, failures } of all) bench.say(`${kind}: ${runs} stories, ${effects} effects, ${failures.length} differ`);
  const stories = all.reduce((sum, one) => sum + one.runs, 0);
  const seconds = (performance.now() - started) / 1000;
  bench.say(
    `${stories} stories, seeds ${bench.seed} to ${bench.seed + seeds - 1} of each kind, ${(stories / seconds).toFixed(1)} a second on ${threads} threads`,
  );
  const failures = all.flatMap((one) => one.failures);
  must(failures.length === 0, `${failures.length} differ\n${failures.slice(0, SHOWN).join("\n")}`);
  must(stories === seeds * all.length && all.length > 0, `only ${stories} stories were run`);
}

function runThread(bench: Bench, share: SeedsToRun, take: (part: SeedsDone) => void): Promise<void> {
  const worker = new Worker(new URL("../naive-seeds.ts", import.meta.url), { workerData: share });
  bench.atClose(async () => void (await worker.terminate()));
  worker.on("message", take);
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`a thread ended with ${code}`))));
  });
}

const added = (before: SeedsDone | undefined, part: SeedsDone): SeedsDone =>
  before === undefined
    ? part
    : { kind: part.kind, runs: before.runs + part.runs, effects: before.effects + part.effects, failures: [...before.failures, ...part.failures] };
