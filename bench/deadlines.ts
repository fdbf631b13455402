// What pending deadlines cost. The timer structure alone, as large as it can be asked to become; the fold with very many contacts who
// have a deadline ahead against one with as many who have none, the same events of others in turn; and a herd: all of them due at
// one moment. Without a broker: what a deadline takes from its moment to its trigger on the wire is in latency.ts.

import { type Benchmark, milliseconds, table, thousands } from "./benchmark.ts";
import { type Firing, PendingFold } from "./pending-fold.ts";
import { measureTimers, type TimerSample } from "./pending-timers.ts";
import { inTurn, median, type Ratio, ratioOf } from "./rounds.ts";
import type { Workbench } from "./workbench.ts";

export const deadlinesBenchmark: Benchmark = {
  name: "deadlines",
  about: "many pending deadlines: bytes and time each, throughput with and without them, a herd that fires at one moment",
  run: async (bench) => {
    const timers = timersOf(bench);
    const { contacts, samples } = await foldsOf(bench);
    const herd = herdOf(bench, contacts);
    const ratio = ratioOf(samples.without, samples.pending);
    return {
      lines: [...timerLines(timers), ...foldLines(contacts, samples, ratio), ...herdLines(herd)],
      figures: { timers, fold: { contacts, samples, ratio }, herd },
    };
  },
};

const VISITS = { short: 2000, usual: 100_000 } as const;

function timersOf(bench: Workbench): TimerSample {
  const pending = bench.sized(10_000, 10_000_000);
  bench.say(`${thousands(pending)} deadlines in the timers of 64 partitions`);
  return measureTimers(pending, bench.sized(10_000, 2_000_000));
}

interface FoldSamples {
  readonly pending: readonly number[];
  readonly without: readonly number[];
}

/** Processor time of each round. */
async function foldsOf(bench: Workbench): Promise<{ readonly contacts: number; readonly samples: FoldSamples }> {
  const contacts = bench.effort.short ? 2000 : bench.effort.full ? 1_000_000 : 200_000;
  bench.say(`twice ${thousands(contacts)} contacts, with and without a deadline`);
  const [pending, without] = [new PendingFold(), new PendingFold()];
  pending.fill(contacts, "waited for", 1);
  without.fill(contacts, "left out", 1);
  if (!Number.isFinite(pending.nextDeadline) || Number.isFinite(without.nextDeadline))
    throw new Error("deadlines are not where they should be: this measures nothing");
  const events = bench.sized(VISITS.short, VISITS.usual);
  const samples = await inTurn(bench.rounds, { pending: async () => pending.visits(events), without: async () => without.visits(events) });
  return { contacts, samples };
}

function herdOf(bench: Workbench, contacts: number): Firing {
  bench.say(`${thousands(contacts)} equal deadlines`);
  const herd = new PendingFold();
  herd.fill(contacts, "waited for", 0);
  const firing = herd.fireAll();
  if (firing.fired !== contacts) throw new Error(`${firing.fired} of ${contacts} deadlines gave a trigger: this measures nothing`);
  return firing;
}

const nanoseconds = (value: number): string => `${thousands(value)} ns`;

function timerLines(sample: TimerSample): string[] {
  return table([
    ["timers alone, pending", "bytes each", "to set", "to set again", "to fire and set again", "fired a second"],
    [
      thousands(sample.pending),
      sample.bytesEach.toFixed(1),
      nanoseconds(sample.setNs),
      nanoseconds(sample.againNs),
      nanoseconds(sample.fireNs),
      thousands(1e9 / sample.fireNs),
    ],
  ]);
}

function foldLines(contacts: number, samples: FoldSamples, ratio: Ratio): string[] {
  return [
    `events of others beside ${thousands(contacts)} contacts: ${milliseconds(median(samples.pending))} with a deadline each, ${milliseconds(median(samples.without))} without`,
    `throughput with them ${ratio.median.toFixed(2)} of that without (${ratio.lowest.toFixed(2)} to ${ratio.highest.toFixed(2)})`,
  ];
}

function herdLines(herd: Firing): string[] {
  const rate = thousands((herd.fired / herd.ms) * 1000);
  return [
    `${thousands(herd.fired)} equal deadlines: ${rate} triggers a second of processor time, in ${herd.steps} steps; the last ${milliseconds(herd.worstDelayMs)} behind its moment`,
  ];
}
