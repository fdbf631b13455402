// What pending deadlines cost. The timer structure alone, as large as it can be asked to become; the fold with very many contacts who
// have a deadline ahead against one with as many who have none, the same events of others in turn; and a herd: all of them due at
// one moment. Without a broker: what a deadline takes from its moment to its trigger on the wire is in latency.ts.

import { type Benchmark, milliseconds, table, thousands } from "./benchmark.ts";
import { arrayBytes } from "./memory.ts";
import { type Firing, GRAIN_MS, PendingFold } from "./pending-fold.ts";
import { measureTimers, type TimerSample } from "./pending-timers.ts";
import { inTurn, median, type Ratio, ratioOf } from "./rounds.ts";
import type { Workbench } from "./workbench.ts";

export const deadlinesBenchmark: Benchmark = {
  name: "deadlines",
  about: "many pending deadlines: bytes and time each, throughput with and without them, a herd that fires at one moment",
  run: async (bench) => {
    const timers = timersOf(bench);
    const { contacts, bytesEach, samples, pending } = await foldsOf(bench);
    const firings = { herd: herdOf(bench, pending), spread: spreadOf(bench, pending) };
    const ratio = ratioOf(samples.without, samples.pending);
    return {
      lines: [...timerLines(timers), ...foldLines(contacts, bytesEach, samples, ratio), ...firingLines(contacts, firings)],
      figures: { timers, fold: { contacts, bytesEach, samples, ratio }, ...firings },
    };
  },
};

const VISITS = { short: 2000, usual: 100_000 } as const;
const CONTACTS = { short: 5000, usual: 200_000, full: 10_000_000 } as const;
const FIRED = { short: 2000, usual: 200_000 } as const;

function timersOf(bench: Workbench): TimerSample {
  const pending = bench.sized(10_000, 10_000_000);
  bench.say(`${thousands(pending)} deadlines in the timers of 64 partitions`);
  return measureTimers(pending, bench.sized(10_000, 2_000_000));
}

interface FoldSamples {
  readonly pending: readonly number[];
  readonly without: readonly number[];
}

interface Folds {
  readonly contacts: number;
  /** Memory of a contact with its deadline: row, id and timer. */
  readonly bytesEach: number;
  /** Processor time of each round. */
  readonly samples: FoldSamples;
  readonly pending: PendingFold;
}

async function foldsOf(bench: Workbench): Promise<Folds> {
  const contacts = bench.effort.short ? CONTACTS.short : bench.effort.full ? CONTACTS.full : CONTACTS.usual;
  bench.say(`twice ${thousands(contacts)} contacts, with and without a deadline`);
  const [pending, without] = [new PendingFold(), new PendingFold()];
  const before = arrayBytes();
  pending.fill(contacts, "waited for");
  const bytesEach = (arrayBytes() - before) / contacts;
  without.fill(contacts, "left out");
  if (!Number.isFinite(pending.nextDeadline) || Number.isFinite(without.nextDeadline))
    throw new Error("deadlines are not where they should be: this measures nothing");
  const events = bench.sized(VISITS.short, VISITS.usual);
  const samples = await inTurn(bench.rounds, { pending: async () => pending.visits(events), without: async () => without.visits(events) });
  return { contacts, bytesEach, samples, pending };
}

/** Equal deadlines, before those of all others. */
function herdOf(bench: Workbench, beside: PendingFold): Firing {
  const contacts = bench.sized(FIRED.short, FIRED.usual);
  bench.say(`${thousands(contacts)} equal deadlines`);
  beside.fillHerd(contacts);
  return fired(beside, contacts);
}

/** Of the others the first, a millisecond apart. */
function spreadOf(bench: Workbench, of: PendingFold): Firing {
  const deadlines = bench.sized(FIRED.short, FIRED.usual) / 2;
  bench.say(`${thousands(deadlines)} deadlines one after the other`);
  return fired(of, deadlines);
}

function fired(of: PendingFold, deadlines: number): Firing {
  const firing = of.fire(deadlines);
  if (firing.fired < deadlines) throw new Error(`${firing.fired} of ${deadlines} deadlines gave a trigger: this measures nothing`);
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

function foldLines(contacts: number, bytesEach: number, samples: FoldSamples, ratio: Ratio): string[] {
  return [
    `${thousands(contacts)} contacts with a deadline: ${bytesEach.toFixed(0)} bytes each, all in`,
    `events of others beside them: ${milliseconds(median(samples.pending))} with a deadline each, ${milliseconds(median(samples.without))} without`,
    `throughput with them ${ratio.median.toFixed(2)} of that without (${ratio.lowest.toFixed(2)} to ${ratio.highest.toFixed(2)})`,
  ];
}

function firingLines(contacts: number, { herd, spread }: { readonly herd: Firing; readonly spread: Firing }): string[] {
  const rate = ({ fired, ms }: Firing) => `${thousands((fired / ms) * 1000)} triggers a second of processor time`;
  return [
    `${thousands(herd.fired)} equal deadlines before those of ${thousands(contacts)} others: ${rate(herd)}, in ${herd.steps} steps; the last ${milliseconds(herd.worstDelayMs)} behind its moment`,
    `${thousands(spread.fired)} of the others, a millisecond apart: ${rate(spread)}; the last of a step at most ${milliseconds(spread.worstDelayMs)} behind its moment, ${GRAIN_MS} ms of it the grain`,
  ];
}
