// A thread of the check `naive-random`: runs the stories of the seeds that it is given, kind by kind, and tells how each came out.

import { parentPort, workerData } from "node:worker_threads";
import { agreementOn, KINDS, type Kind, type RandomRun } from "../model/naive/random-agreement.ts";

/** Seeds from `first` on, every `step`-th, `count` in all. */
export interface SeedsToRun {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

export interface SeedsDone {
  readonly kind: Kind;
  readonly runs: number;
  readonly effects: number;
  /** For each run that differs: how to repeat it, and what differs. */
  readonly failures: readonly string[];
}

/** Told after so many runs, so that a long check shows that it lives. */
const TOLD_EVERY = 50;

function run({ first, step, count }: SeedsToRun): void {
  for (const kind of Object.keys(KINDS) as Kind[]) {
    for (let done = 0; done < count; done += TOLD_EVERY) {
      const seeds = Array.from({ length: Math.min(TOLD_EVERY, count - done) }, (_, index) => first + (done + index) * step);
      const results = seeds.map((seed) => resultOf({ kind, seed, clock: seed % 2 === 0 ? "event" : "stored", short: true }));
      const told: SeedsDone = {
        kind,
        runs: results.length,
        effects: results.reduce((sum, one) => sum + one.effects, 0),
        failures: results.flatMap((one) => one.failures),
      };
      parentPort?.postMessage(told);
    }
  }
}

function resultOf(story: RandomRun): { readonly effects: number; readonly failures: readonly string[] } {
  const { kind, seed, clock } = story;
  const name = `clock ${clock}: KIND=${kind} SEED=${seed} npm test -- test/model/naive/agreement`;
  try {
    const { differences, effects } = agreementOn(story);
    return { effects, failures: differences.length === 0 ? [] : [[name, ...differences].join("\n")] };
  } catch (error) {
    return { effects: 0, failures: [`${name}\n${error instanceof Error ? error.stack : error}`] };
  }
}

run(workerData as SeedsToRun);
