// Throughput on a real broker: the whole engine, effects published and acknowledged, against a consumer that does nothing but
// read the same log through the same client with the same settings. Both read from the first position and are timed over the
// last three quarters of the log, because the engine's worker is a fresh V8 each time. A third contestant keeps the effects in
// memory instead of publishing them: the difference is what the output chain costs.

import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../src/app/config.ts";
import { startEngine } from "../src/app/engine.ts";
import { createLog } from "../src/app/log.ts";
import type { RunningEngine } from "../src/app/running-engine.ts";
import { settlePacks, settleSettings } from "../src/app/settings.ts";
import type { OwnServer } from "../src/demo/own-handle.ts";
import { MemoryOutput } from "../src/flow/memory-output.ts";
import { outputSubjects } from "../src/model/effect.ts";
import { type Position, position } from "../src/model/ids.ts";
import { logSubjects } from "../src/model/log.ts";
import type { OutputStream } from "../src/model/output.ts";
import type { EngineStatus } from "../src/model/status.ts";
import type { Broker } from "../src/nats/connection.ts";
import { ensureDeadLetterStream, JetStreamDeadLetters } from "../src/nats/dead-letters.ts";
import { EventPublisher } from "../src/nats/event-publisher.ts";
import { ensureLogStream, JetStreamLog } from "../src/nats/jetstream-log.ts";
import { ensureOutputStream, JetStreamOutput } from "../src/nats/jetstream-output.ts";
import { deleteStreams } from "../src/nats/streams.ts";
import { type Benchmark, percent, type Report, table, thousands } from "./benchmark.ts";
import { inTurn, median, ratioOf } from "./rounds.ts";
import { processorMs, type Workbench } from "./workbench.ts";
import { configWith, eventsOfLives, inMessages, LIVES_CLOCK, mustBeApplied, packsNamed } from "./workload.ts";

export const throughputBenchmark: Benchmark = {
  name: "throughput",
  about: "JetStream to published effects, b2b pack, against a consumer that does nothing",
  run: async (bench) => {
    const server = await bench.server();
    const one = await compare(bench, server, { events: bench.sized(12_000, 100_000), perMessage: 1 });
    const hundred = await compare(bench, server, { events: bench.sized(12_000, 200_000), perMessage: 100 });
    return { lines: [...one.lines, ...hundred.lines], figures: { ...one.figures, ...hundred.figures } };
  },
};

interface Load {
  readonly events: number;
  readonly perMessage: number;
}

interface FilledLog extends Load {
  readonly config: Config;
  readonly bytes: number;
  readonly last: Position;
  /** Timing begins when this one is done. */
  readonly from: Position;
}

const PACKS = packsNamed(["b2b-funnel"]);
const UNTIMED_SHARE = 0.25;

interface Sample {
  readonly eventsPerSecond: number;
  /** Processor time in the timed part as shares of its wall time: 1 is one processor. Others than ours are the broker's. */
  readonly ours: number;
  readonly brokers: number | null;
  /** Of the main thread, in the timed part. */
  readonly mainBusy: number;
  readonly status: EngineStatus | null;
  /** Wall time of the whole reading, the untimed part included, ms. */
  readonly wallMs: number;
}

async function compare(bench: Workbench, server: OwnServer, load: Load): Promise<Report> {
  const log = await fill(bench, server, load);
  // No round to warm up: each is timed only after its first quarter, and the next one's worker would know nothing of it.
  const samples = await inTurn(
    { ...bench.rounds, warmUp: 0 },
    {
      idle: () => withBroker(bench, server, "idle", (broker) => readIdly(server, broker, log)),
      engine: () => withBroker(bench, server, "engine", (broker) => runEngine(server, broker, log, "published")),
      unpublished: () => withBroker(bench, server, "engine", (broker) => runEngine(server, broker, log, "kept")),
    },
  );
  return { lines: linesOf(log, samples), figures: { [`perMessage${load.perMessage}`]: { events: log.events, bytes: log.bytes, samples } } };
}

async function fill(bench: Workbench, server: OwnServer, load: Load): Promise<FilledLog> {
  const config = configWith({ ...LIVES_CLOCK, shard: `bench_${load.perMessage}`, state: bench.file("state"), "http.address": "off" });
  return withBroker(bench, server, "fill", async (broker) => {
    bench.say(`${thousands(load.events)} events, ${load.perMessage} a message, into the log`);
    const { createdMs } = await ensureLogStream(broker, config.shard, { publicAlias: false });
    await ensureDeadLetterStream(broker);
    const log = new JetStreamLog(broker, config.shard);
    await settleSettings(log, config, createdMs);
    await settlePacks(log, config.shard, PACKS);
    const records = (await log.state()).last;
    const bytes = await publishAll(broker, config.shard, load);
    const { last } = await log.state();
    return { ...load, config, bytes, last, from: position(records + Math.floor((last - records) * UNTIMED_SHARE)) };
  });
}

async function publishAll(broker: Broker, shard: string, load: Load): Promise<number> {
  const publisher = new EventPublisher(broker);
  const subject = `${logSubjects(shard).event}.bench`;
  let bytes = 0;
  for (const message of inMessages(eventsOfLives(load.events), load.perMessage)) {
    bytes += message.length;
    await publisher.publish(subject, message);
  }
  await publisher.flush();
  publisher.close();
  return bytes;
}

async function readIdly(server: OwnServer, broker: Broker, log: FilledLog): Promise<Sample> {
  const stop = new AbortController();
  const began = performance.now();
  let timing: Timing | undefined;
  let messages = 0;
  for await (const message of new JetStreamLog(broker, log.config.shard).read(position(1), stop.signal)) {
    messages++;
    if (message.position === log.from) timing = new Timing(server, log);
    if (message.position >= log.last) break;
  }
  if (timing === undefined || messages !== log.last) throw new Error(`the consumer saw ${messages} messages of ${log.last}`);
  return timing.end(null, performance.now() - began);
}

async function runEngine(server: OwnServer, broker: Broker, log: FilledLog, effects: "published" | "kept"): Promise<Sample> {
  const { shard, state } = log.config;
  rmSync(state, { recursive: true, force: true });
  const output: OutputStream = effects === "published" ? await freshOutput(broker, shard) : new MemoryOutput();
  const parts = { log: new JetStreamLog(broker, shard), output, dead: new JetStreamDeadLetters(broker) };
  const engine = await startEngine({ config: log.config, packs: PACKS, parts, logger: createLog({ level: "silent", format: "json" }) });
  try {
    const began = performance.now();
    await acknowledged(engine, log.from);
    const timing = new Timing(server, log);
    await acknowledged(engine, log.last);
    const sample = timing.end(engine.status(), performance.now() - began);
    const { outcomes, events } = engine.status();
    mustBeApplied(outcomes.applied, events);
    if (events !== log.events) throw new Error(`the engine counted ${events} events of ${log.events}`);
    return sample;
  } finally {
    await engine.stop();
  }
}

async function freshOutput(broker: Broker, shard: string): Promise<OutputStream> {
  await deleteStreams(broker, [outputSubjects(shard).stream]);
  await ensureOutputStream(broker, shard);
  return new JetStreamOutput(broker, shard);
}

/** Until every effect of positions up to this one is stored. */
async function acknowledged(engine: RunningEngine, at: Position): Promise<void> {
  const failed = engine.ended.then(() => Promise.reject(new Error("the engine stopped by itself")));
  failed.catch(() => {});
  while (engine.status().position < at) await Promise.race([sleep(LOOK_EVERY_MS), failed]);
}

const LOOK_EVERY_MS = 2;

class Timing {
  readonly #server: OwnServer;
  readonly #log: FilledLog;
  readonly #began = performance.now();
  readonly #ours = process.cpuUsage();
  readonly #brokers: number | undefined;
  readonly #loop = performance.eventLoopUtilization();

  constructor(server: OwnServer, log: FilledLog) {
    this.#server = server;
    this.#log = log;
    this.#brokers = processorMs(server.pid);
  }

  end(status: EngineStatus | null, wallMs: number): Sample {
    const ms = performance.now() - this.#began;
    const { last, from, perMessage } = this.#log;
    const ours = process.cpuUsage(this.#ours);
    const brokers = processorMs(this.#server.pid);
    return {
      eventsPerSecond: (((last - from) * perMessage) / ms) * 1000,
      ours: (ours.user + ours.system) / 1000 / ms,
      brokers: brokers === undefined || this.#brokers === undefined ? null : (brokers - this.#brokers) / ms,
      mainBusy: performance.eventLoopUtilization(this.#loop).utilization,
      status,
      wallMs,
    };
  }
}

type Samples = Readonly<Record<"idle" | "engine" | "unpublished", readonly Sample[]>>;

function linesOf(log: FilledLog, samples: Samples): string[] {
  const rates = (of: readonly Sample[]): number[] => of.map((sample) => sample.eventsPerSecond);
  const idle = rates(samples.idle);
  const row = (name: string, of: readonly Sample[]): string[] => {
    const ratio = ratioOf(rates(of), idle);
    const brokers = of.flatMap((sample) => sample.brokers ?? []);
    return [
      name,
      thousands(median(rates(of))),
      of === samples.idle ? "1.00" : `${ratio.median.toFixed(2)} (${ratio.lowest.toFixed(2)} to ${ratio.highest.toFixed(2)})`,
      median(of.map((sample) => sample.ours)).toFixed(2),
      brokers.length === 0 ? "?" : median(brokers).toFixed(2),
      percent(median(of.map((sample) => sample.mainBusy))),
    ];
  };
  return [
    `${thousands(log.events)} events of ${thousands(log.bytes / log.events)} bytes, ${log.perMessage} a message`,
    ...table([
      ["", "events/s", "of the idle consumer", "processors: ours", "the broker's", "main thread busy"],
      row("idle consumer", samples.idle),
      row("engine", samples.engine),
      row("engine, effects kept in memory", samples.unpublished),
    ]),
    effectsLine(samples.engine),
    timeLine("where time went, published", samples.engine),
    timeLine("where time went, kept", samples.unpublished),
  ];
}

function effectsLine(samples: readonly Sample[]): string {
  const status = samples[0]?.status;
  if (status === null || status === undefined) return "";
  const effects = status.transitions + status.triggers + status.withheld;
  const perEvent = effects / status.events;
  const perSecond = median(samples.map((sample) => sample.eventsPerSecond)) * perEvent;
  return `effects: ${perEvent.toFixed(2)} an event, ${thousands(perSecond)} a second; ${thousands(status.deadlinesFired)} deadlines, ${thousands(status.contacts)} contacts`;
}

/** status().time as shares of the wall time; parts overlap, since threads and waiting do. */
function timeLine(label: string, samples: readonly Sample[]): string {
  const share = (part: keyof EngineStatus["time"]): string =>
    `${part} ${percent(median(samples.map(({ status, wallMs }) => (status === null ? 0 : status.time[part] / wallMs))))}`;
  return `${label}: ${(["reading", "framing", "workers", "outbox", "checkpoints"] as const).map(share).join(", ")}`;
}

/** A connection of its own for every run, as `run` has one. */
async function withBroker<T>(bench: Workbench, server: OwnServer, name: string, work: (broker: Broker) => Promise<T>): Promise<T> {
  const broker = await bench.broker(server, `tidemark bench ${name}`);
  try {
    return await work(broker);
  } finally {
    await broker.close();
  }
}
