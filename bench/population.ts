// What numbers of the population cost: an event under bounds that are counted over everyone, against the same event under written
// bounds; and new numbers that have to reach many contacts: how long until they have, and how long the slowest time step took.
// One thread and no broker (framer and fold). Everybody's bins are looked at again, whether they move or not.

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
const BATCH_EVENTS = 100;
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
  applied = 0;
  ms = 0;

  constructor(text: string, contacts: number, recutPerStep?: number) {
    const config = configWith({ ...LIVES_CLOCK, ...(recutPerStep === undefined ? {} : { "timers.recut_per_step": recutPerStep }) });
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

  /** The batch of what was added; ms. */
  flush(): number {
    const [batch] = this.#framer.take().perWorker;
    if (batch === undefined) return 0;
    const began = performance.now();
    const result = this.#fold.batch(batch.buffer, batch.size);
    const ms = performance.now() - began;
    this.ms += ms;
    this.applied += result.outcomes.applied;
    this.#cuts.take([result]);
    return ms;
  }

  get deadline(): number {
    return this.#fold.opened().nextDeadline;
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

async function eventCost(bench: Workbench): Promise<Report> {
  const contacts = bench.sized(500, 20_000);
  const events = bench.sized(2000, 150_000);
  bench.say(`${thousands(events)} events of ${thousands(contacts)} contacts, written and counted in turn`);
  const round = (text: string) => async (): Promise<number> => {
    const shop = new Shop(text, contacts);
    shop.useWritten();
    shop.events(events, 10, 5000);
    mustBeApplied(shop.applied, events);
    return shop.ms;
  };
  const samples = await inTurn(bench.rounds, { written: round(WRITTEN), counted: round(COUNTED) });
  const ratio = ratioOf(samples.counted, samples.written);
  const each = (ms: readonly number[]): string => `${((median(ms) / events) * 1000).toFixed(2)} us`;
  return {
    lines: table([
      ["an event in the fold", "", "to written"],
      ["written bounds", each(samples.written), ""],
      ["bounds counted over everyone", each(samples.counted), `${ratio.median.toFixed(2)} (${ratio.lowest.toFixed(2)} to ${ratio.highest.toFixed(2)})`],
    ]),
    figures: { events: samples },
  };
}

interface Recut {
  readonly perStep: number;
  readonly steps: number;
  readonly sweepMs: number;
  readonly slowestMs: number;
  /** Half of all steps took no longer. */
  readonly medianMs: number;
}

/** Every batch is one time step with a few events, as a live log gives ten of them a second. */
function recutCost(bench: Workbench): Report {
  const contacts = bench.sized(2000, 100_000);
  bench.say(`${thousands(contacts)} contacts come under new numbers`);
  const runs = [5, 20, 100].map((perStep) => recutOnce(contacts, perStep));
  const stepsForMany = (perStep: number): number => Math.ceil(MANY_CONTACTS / PARTITION_COUNT / perStep);
  return {
    lines: [
      `${thousands(contacts)} contacts in one worker, ${PARTITION_COUNT} partitions; a step of a live log comes ${STEPS_PER_SECOND} times a second`,
      ...table([
        ["timers.recut_per_step", "a contact", "longest step", "median step", "reaches everyone in", `${thousands(MANY_CONTACTS)} contacts`],
        ...runs.map(({ perStep, steps, sweepMs, slowestMs, medianMs }) => [
          String(perStep),
          `${((sweepMs / contacts) * 1000).toFixed(1)} us`,
          milliseconds(slowestMs),
          milliseconds(medianMs),
          `${steps} steps, ${(steps / STEPS_PER_SECOND).toFixed(1)} s, ${percent(sweepMs / ((steps * 1000) / STEPS_PER_SECOND))} of a thread`,
          `${thousands(stepsForMany(perStep) / STEPS_PER_SECOND)} s`,
        ]),
      ]),
    ],
    figures: { recut: { contacts, runs } },
  };
}

function recutOnce(contacts: number, perStep: number): Recut {
  const shop = new Shop(COUNTED, contacts, perStep);
  shop.events(contacts, 0, 5000);
  shop.nextDay();
  shop.events(BATCH_EVENTS, STEP_MS, BATCH_EVENTS);
  const record = shop.numbers();
  if (record === undefined) throw new Error("nothing was counted: this measures nothing");
  shop.write(record);
  const steps: number[] = [];
  while (shop.deadline === 0) steps.push(shop.events(1, STEP_MS, 1));
  const enough = Math.ceil(contacts / PARTITION_COUNT / perStep);
  if (steps.length < enough) throw new Error(`${steps.length} steps instead of ${enough} or more: nobody was reached`);
  return { perStep, steps: steps.length, sweepMs: steps.reduce((sum, ms) => sum + ms, 0), slowestMs: Math.max(...steps), medianMs: median(steps) };
}
