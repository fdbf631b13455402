// What numbers of the population cost: an event under bounds that are counted over everyone, against the same event under written
// bounds; and new numbers that have to reach many contacts: how long until they have, and how long the slowest time step took.
// One thread and no broker (framer and fold). By processor time, because others on the machine are no part of it.

import { PendingCuts } from "../src/app/cuts.ts";
import { wholeSettings } from "../src/app/settings.ts";
import { Framer } from "../src/flow/frame.ts";
import { epochMs, PARTITION_COUNT, position } from "../src/model/ids.ts";
import { logSubjects } from "../src/model/log.ts";
import type { CutsRecord } from "../src/packs/population.ts";
import { WorkerFold } from "../src/partition/fold.ts";
import { type Benchmark, milliseconds, percent, type Report, table, thousands } from "./benchmark.ts";
import { inTurn, median, ratioOf } from "./rounds.ts";
import type { Workbench } from "./workbench.ts";
import { configWith, LIVES_CLOCK, mustBeApplied } from "./workload.ts";

export const populationBenchmark: Benchmark = {
  name: "population",
  about: "an event under counted bounds against written ones; new numbers reaching everyone, and the longest stall meanwhile",
  run: async (bench) => {
    const events = await eventCost(bench);
    const recut = recutCost(bench);
    return { lines: [...events.lines, ...recut.lines], figures: { ...events.figures, ...recut.figures } };
  },
};

const START_MS = Date.UTC(2026, 0, 5);
const STEP_MS = 100;
const STEPS_PER_SECOND = 1000 / STEP_MS;
const MANY_CONTACTS = 5_000_000;
const YEAR_MS = 365 * 86_400_000;
const DAILY_BATCH = 1000;
const packOf = (rfm: string): string => `
pack: shop
version: 1
events: { order: { track: Order Completed, value: properties.revenue }, visit: { page: "*" } }
measures: { visits: { count: visit, window: 30d } }
rfm: { of: order, bins: 5, ${rfm} }
segments: { among: "visits >= 0", list: [{ top: rfm >= 444 }, { rest: else }] }
triggers: { risen: { enter: top, channel: crm, message: risen } }
`;
const BOUNDS = { r: [7, 30, 90, 180], f: [2, 3, 5, 8], m: [50, 100, 200, 400] } as const;
const WRITTEN = packOf(`cuts: ${JSON.stringify(BOUNDS)}`);
const COUNTED = packOf("method: r");

/** A fold of one worker, and a log of one message an event. */
class Shop {
  readonly #framer = new Framer({ shard: "0", workers: 1, maxLeadMs: Number.POSITIVE_INFINITY });
  readonly #fold = new WorkerFold("0", 0, 1);
  readonly #cuts = new PendingCuts();
  readonly #contacts: number;
  #at = 0;
  #events = 0;
  #logTimeMs = START_MS;
  #nextDeadline = 0;
  applied = 0;
  /** Processor time of the fold, and of making numbers out of counts. */
  cpuMs = 0;

  constructor(text: string, contacts: number) {
    const config = configWith(LIVES_CLOCK);
    this.#contacts = contacts;
    this.#record(logSubjects("0").settings, { type: "settings", ...wholeSettings(config, START_MS) });
    this.#record(logSubjects("0").pack("shop"), { type: "pack", pack: "shop", text });
    this.flush();
  }

  /** So many events, `stepMs` of log time apart, in batches; returns the ms of the slowest batch. */
  events(count: number, stepMs: number, batch: number): number {
    let slowest = 0;
    for (let made = 0; made < count; ) {
      for (let inBatch = 0; inBatch < batch && made < count; inBatch++, made++) this.#event(stepMs);
      slowest = Math.max(slowest, this.flush());
    }
    return slowest;
  }

  /** Numbers as the engine would write them; undefined where none are due. */
  numbers(): CutsRecord | undefined {
    return this.#cuts.unwritten()[0]?.record;
  }

  /** The bounds that the other pack writes out, as numbers of the population: so that the same contacts move. */
  useWritten(): void {
    const [live] = this.#fold.opened().numbers;
    if (live === undefined) return;
    const axes = { r: { bounds: BOUNDS.r, closed: "left" }, f: { bounds: BOUNDS.f, closed: "left" }, m: { bounds: BOUNDS.m, closed: "left" } } as const;
    this.write({ type: "cuts", ...live, number: 1, asOf: 1, at: START_MS, counted: 1, axes });
  }

  write(record: CutsRecord): void {
    this.#record(logSubjects("0").cuts("shop"), record);
    this.flush();
  }

  nextDay(): void {
    this.#logTimeMs += 86_400_000;
  }

  /** The batch of what was added; ms by the clock. */
  flush(): number {
    const [batch] = this.#framer.take().perWorker;
    if (batch === undefined) return 0;
    const began = performance.now();
    const cpu = process.threadCpuUsage();
    const result = this.#fold.batch(batch.buffer, batch.size);
    this.#cuts.take([result]);
    const { user, system } = process.threadCpuUsage(cpu);
    this.cpuMs += (user + system) / 1000;
    this.applied += result.outcomes.applied;
    this.#nextDeadline = result.nextDeadline;
    return performance.now() - began;
  }

  get isSweeping(): boolean {
    return this.#nextDeadline === 0;
  }

  /** Whether a deadline has passed, so that the next step has work beside a sweep. */
  get isDue(): boolean {
    return this.#nextDeadline <= this.#logTimeMs;
  }

  #event(stepMs: number): void {
    const number = this.#events++;
    this.#logTimeMs += stepMs;
    const of = number < this.#contacts ? number : (number * 7919) % this.#contacts;
    const what =
      number < this.#contacts || number % 3 === 0
        ? `"type":"track","event":"Order Completed","properties":{"revenue":${5 + ((number * 31) % 500)}}`
        : `"type":"page","name":"Home"`;
    this.#add(`${logSubjects("0").event}.b`, `{${what},"messageId":"m${number}","userId":"c${of}","timestamp":"${new Date(this.#logTimeMs).toISOString()}"}`);
  }

  #record(subject: string, body: object): void {
    this.#add(subject, JSON.stringify(body));
  }

  #add(subject: string, text: string): void {
    this.#framer.add({ position: position(++this.#at), storedMs: epochMs(START_MS), subject, contentType: "", data: Buffer.from(text) });
  }
}

/** Odd, and enough that one bad round is none. */
const LEAST_ROUNDS = 7;

/** The two packs differ in where their bounds come from and in nothing else; each round is a fold from its first event on. */
async function eventCost(bench: Workbench): Promise<Report> {
  const contacts = bench.sized(500, 20_000);
  const events = bench.sized(2000, 150_000);
  const rounds = bench.effort.short ? bench.rounds : { ...bench.rounds, rounds: Math.max(LEAST_ROUNDS, bench.rounds.rounds) };
  bench.say(`${thousands(events)} events of ${thousands(contacts)} contacts, written and counted in turn, ${rounds.rounds} rounds twice`);
  const dayMs = 86_400_000;
  const kept = await inTurn(rounds, {
    written: async () => sameBounds(WRITTEN, contacts, events),
    counted: async () => sameBounds(COUNTED, contacts, events),
  });
  const last = await daily(COUNTED, contacts, events, dayMs / contacts);
  const written = packOf(`cuts: ${JSON.stringify(last.bounds)}`);
  const taken = await inTurn(rounds, {
    written: async () => (await daily(written, contacts, events, dayMs / contacts)).ms,
    counted: async () => (await daily(COUNTED, contacts, events, dayMs / contacts)).ms,
  });
  const line = (what: string, { written: base, counted }: Record<"written" | "counted", number[]>): string[] => {
    const ratio = ratioOf(counted, base);
    const each = (ms: readonly number[]): string => `${((median(ms) / events) * 1000).toFixed(2)} us`;
    return [what, each(base), each(counted), `${ratio.median.toFixed(2)} (${ratio.lowest.toFixed(2)} to ${ratio.highest.toFixed(2)})`];
  };
  return {
    lines: table([
      [`an event in the fold, processor time, ${rounds.rounds} rounds`, "written", "counted", "counted to written"],
      line("everyone is counted, the bounds stay", kept),
      line("and new bounds a day (as many events as contacts)", taken),
    ]),
    figures: { events: { kept, taken } },
  };
}

/** Counting alone: the bounds in effect are those that the other pack writes out, so the same contacts move at the same events. */
function sameBounds(text: string, contacts: number, events: number): number {
  const shop = new Shop(text, contacts);
  shop.useWritten();
  shop.events(events, 10, 5000);
  mustBeApplied(shop.applied, events);
  return shop.cpuMs;
}

interface Days {
  readonly ms: number;
  /** In effect in the end. */
  readonly bounds: Readonly<Record<string, readonly number[]>>;
}

/** With everything that numbers take: counting, adding up, the record, the sweep. */
async function daily(text: string, contacts: number, events: number, stepMs: number): Promise<Days> {
  const shop = new Shop(text, contacts);
  let last: CutsRecord | undefined;
  for (let made = 0; made < events; made += DAILY_BATCH) {
    shop.events(Math.min(DAILY_BATCH, events - made), stepMs, DAILY_BATCH);
    const record = shop.numbers();
    if (record !== undefined) shop.write(record);
    last = record ?? last;
  }
  mustBeApplied(shop.applied, events);
  return { ms: shop.cpuMs, bounds: Object.fromEntries(Object.entries(last?.axes ?? {}).map(([axis, { bounds }]) => [axis, distinct(bounds)])) };
}

/** Written bounds ascend, each above the one before. */
function distinct(bounds: readonly number[]): number[] {
  let above = Number.NEGATIVE_INFINITY;
  return bounds.map((bound) => {
    above = Math.max(bound, above + 0.01);
    return above;
  });
}

interface Sweep {
  readonly steps: number;
  /** Processor time of all steps, and of the longest and the middle one. */
  readonly cpuMs: number;
  readonly longestMs: number;
  readonly medianMs: number;
  /** The longest step by the clock, pauses of the machine included. */
  readonly slowestMs: number;
}

/** A year of purchases; then the first numbers, under which everyone is placed, and those of the next two days, which move few. */
function recutCost(bench: Workbench): Report {
  const contacts = bench.sized(2000, bench.effort.full ? MANY_CONTACTS : 200_000);
  bench.say(`${thousands(contacts)} contacts come under new numbers`);
  const shop = new Shop(COUNTED, contacts);
  shop.events(contacts, YEAR_MS / contacts, 5000);
  const sweeps = ["first numbers", "a day later", "two days later"].map((name) => ({ name, ...nextSweep(shop) }));
  return {
    lines: [
      `${thousands(contacts)} contacts in one worker, ${PARTITION_COUNT} partitions; a step of a live log comes ${STEPS_PER_SECOND} times a second`,
      ...table([
        ["", "reaches everyone in", "processor time", "a contact", "longest step", "median step", `${thousands(MANY_CONTACTS)} contacts`],
        ...sweeps.map(({ name, steps, cpuMs, longestMs, medianMs, slowestMs }) => [
          name,
          `${thousands(steps)} steps, ${(steps / STEPS_PER_SECOND).toFixed(1)} s`,
          `${milliseconds(cpuMs)}, ${percent(cpuMs / ((steps * 1000) / STEPS_PER_SECOND))} of a thread`,
          `${((cpuMs / contacts) * 1000).toFixed(2)} us`,
          `${milliseconds(longestMs)} (${milliseconds(slowestMs)} by the clock)`,
          milliseconds(medianMs),
          `${thousands(((steps / STEPS_PER_SECOND) * MANY_CONTACTS) / contacts)} s`,
        ]),
      ]),
    ],
    figures: { recut: { contacts, sweeps } },
  };
}

/** A day on, when all deadlines of that day are done with, its numbers are written; every batch is then one time step with one event, as a live log gives ten of them a second. */
function nextSweep(shop: Shop): Sweep {
  shop.nextDay();
  for (let due = true; due; due = shop.isDue) shop.events(1, STEP_MS, 1);
  const record = shop.numbers();
  if (record === undefined) throw new Error("nothing was counted: this measures nothing");
  shop.write(record);
  const cpu: number[] = [];
  const wall: number[] = [];
  while (shop.isSweeping) {
    const began = process.threadCpuUsage();
    wall.push(shop.events(1, STEP_MS, 1));
    const { user, system } = process.threadCpuUsage(began);
    cpu.push((user + system) / 1000);
  }
  return {
    steps: cpu.length,
    cpuMs: cpu.reduce((sum, ms) => sum + ms, 0),
    longestMs: Math.max(...cpu),
    medianMs: median(cpu),
    slowestMs: Math.max(...wall),
  };
}
