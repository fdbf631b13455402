// How long after an event its trigger arrives, as a sender sees it: an event is published to JetStream, `tidemark run` is a process
// of its own, and a plain NATS subscriber here waits for the trigger. Beside the probes a load runs at half of what the engine
// just took at full speed, so that the figure is neither of an idle machine nor of a queue. A second kind of probe has a
// deadline a few seconds later: its delay counts from that moment. Both ends of every measurement are in this process.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { OwnServer } from "../src/demo/own-handle.ts";
import { logSubjects } from "../src/model/log.ts";
import type { Broker } from "../src/nats/connection.ts";
import { EventPublisher } from "../src/nats/event-publisher.ts";
import { ensureLogStream } from "../src/nats/jetstream-log.ts";
import { ensureOutputStream } from "../src/nats/jetstream-output.ts";
import { type Benchmark, milliseconds, type Report, table, thousands } from "./benchmark.ts";
import { inTurn, median, quantile } from "./rounds.ts";
import type { Workbench } from "./workbench.ts";
import { eventsOfLives, PROJECT_ROOT } from "./workload.ts";

export const latencyBenchmark: Benchmark = {
  name: "latency",
  about: "event published to trigger received, and deadline to trigger received, under half load and without any",
  run: measure,
};

const SHARD = "bench_latency";
const DEADLINE_MS = 3000;
/** A trigger for every probe, at once or when its moment has come. */
const PROBE_PACK = `pack: bench-probes
version: 1
events:
  ask: Probe Asked
  wait: Probe Left Waiting
triggers:
  answer:   { event: ask, channel: bench, message: answer }
  reminder: { event: wait, after: ${DEADLINE_MS / 1000}s, channel: bench, message: reminder }
`;

async function measure(bench: Workbench): Promise<Report> {
  const server = await bench.server();
  const broker = await bench.broker(server, "tidemark bench latency");
  await ensureLogStream(broker, SHARD, { publicAlias: false });
  await ensureOutputStream(broker, SHARD);
  await startEngineProcess(bench, server);
  const probes = new Probes(broker);
  bench.atClose(() => probes.close());
  const load = lives();
  await probes.ask();
  const capacity = await fullSpeed(bench, probes, load);
  const forMs = bench.sized(500, 8000);
  const samples = await inTurn(
    { rounds: bench.effort.short ? 1 : Math.min(3, bench.effort.rounds), warmUp: 0 },
    { quiet: () => withLoad(probes, load, 0, forMs), loaded: () => withLoad(probes, load, capacity / 2, forMs) },
  );
  return { lines: linesOf(capacity, samples), figures: { capacity, samples } };
}

async function startEngineProcess(bench: Workbench, server: OwnServer): Promise<void> {
  const pack = bench.file("bench-probes.yaml");
  writeFileSync(pack, PROBE_PACK);
  const packs = ["--pack", join(PROJECT_ROOT, "bench", "packs", "b2b-funnel.yaml"), "--pack", pack];
  const args = ["run", "--nats", server.url, "--shard", SHARD, "--http", "off", "--state", bench.file("state"), "--clock", "stored", ...packs];
  const child = spawn(process.execPath, [join(PROJECT_ROOT, "src", "main.ts"), ...args], { stdio: ["ignore", "ignore", "pipe"] });
  bench.atClose(() => ended(child));
  await untilLive(child);
}

/** Log lines are read to the end, because an engine that cannot write them stops. */
function untilLive(child: ChildProcess): Promise<void> {
  let said = "";
  return new Promise((resolve, reject) => {
    child.stderr?.setEncoding("utf8").on("data", (piece: string) => {
      said = `${said}${piece}`.slice(-2000);
      if (said.includes('"live"')) resolve();
    });
    child.once("exit", () => reject(new Error(`the engine ended: ${said}`)));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

/** Events without a time of their own: they happen when they are stored. */
function* lives(): Generator<Buffer, never, undefined> {
  for (;;) for (const json of eventsOfLives(200_000)) yield Buffer.from(json.replace(/"timestamp":"[^"]*",?/, "").replaceAll(/"messageId":"[^"]*",?/g, ""));
}

class Probes {
  readonly #publisher: EventPublisher;
  readonly #subject = `${logSubjects(SHARD).event}.bench`;
  readonly #waiting = new Map<string, (arrivedMs: number) => void>();
  #count = 0;

  constructor(broker: Broker) {
    this.#publisher = new EventPublisher(broker, { maxPending: 65_536 });
    broker.nc.subscribe(`tidemark.triggers.bench.bench-probes.*.${SHARD}`, { callback: (_, message) => this.#received(message.json()) });
  }

  /** Sends load. */
  publish(data: Uint8Array): void | Promise<void> {
    return this.#publisher.publish(this.#subject, data);
  }

  /** ms from publishing to the trigger. */
  async ask(): Promise<number> {
    const began = performance.now();
    return (await this.#probe("Probe Asked")) - began;
  }

  /** ms from the deadline to the trigger; up to 1 ms less, because timestamps are whole milliseconds. */
  async wait(): Promise<number> {
    const due = performance.now() + DEADLINE_MS;
    return (await this.#probe("Probe Left Waiting")) - due;
  }

  close(): void {
    this.#publisher.close();
  }

  /** Moment at which the trigger arrived. Each probe is a contact of its own. */
  #probe(event: string): Promise<number> {
    const userId = `probe-${this.#count++}`;
    const arrived = new Promise<number>((resolve) => this.#waiting.set(userId, resolve));
    void this.publish(Buffer.from(JSON.stringify({ type: "track", event, userId, messageId: userId, timestamp: new Date().toISOString() })));
    return Promise.race([arrived, this.#overdue(userId)]);
  }

  async #overdue(userId: string): Promise<never> {
    await sleep(GIVEN_UP_MS, undefined, { ref: false });
    throw new Error(`no trigger for ${userId} within ${GIVEN_UP_MS / 1000} s`);
  }

  #received(trigger: { readonly subject: string }): void {
    this.#waiting.get(trigger.subject)?.(performance.now());
    this.#waiting.delete(trigger.subject);
  }
}

const GIVEN_UP_MS = 60_000;
const PROBE_EVERY_MS = 10;
const LOAD_EVERY_MS = 5;

/** Events a second, from the first publish to the trigger of a probe behind all of them. The last of a few bursts counts. */
async function fullSpeed(bench: Workbench, probes: Probes, load: Iterator<Buffer>): Promise<number> {
  let rate = 0;
  for (let burst = 0; burst < bench.sized(1, 4); burst++) rate = await burstOf(bench.sized(1000, 20_000), probes, load);
  bench.say(`at full speed ${thousands(rate)} events/s`);
  return rate;
}

async function burstOf(events: number, probes: Probes, load: Iterator<Buffer>): Promise<number> {
  const messages = taken(load, events);
  const began = performance.now();
  for (const message of messages) await probes.publish(message);
  await probes.ask();
  return (events / (performance.now() - began)) * 1000;
}

/** Made before anything is timed. */
const taken = (load: Iterator<Buffer>, count: number): Buffer[] => Array.from({ length: count }, () => load.next().value as Buffer);

interface Sample {
  readonly loadPerSecond: number;
  readonly trigger: readonly number[];
  readonly deadline: readonly number[];
}

async function withLoad(probes: Probes, load: Iterator<Buffer>, perSecond: number, forMs: number): Promise<Sample> {
  const stop = new AbortController();
  const messages = taken(load, Math.ceil((perSecond / 1000) * (forMs + DEADLINE_MS) * 1.2));
  const loading = sendLoad(probes, messages, perSecond, stop.signal);
  const trigger: Promise<number>[] = [];
  const deadline: Promise<number>[] = [];
  const began = performance.now();
  for (let next = began; next < began + forMs; next += PROBE_EVERY_MS) {
    await sleep(Math.max(0, next - performance.now()));
    trigger.push(soon(probes.ask()));
    deadline.push(soon(probes.wait()));
  }
  // The last probes wait for their deadline under load too; but a load that is too much must end before they have all come.
  await sleep(DEADLINE_MS);
  stop.abort();
  const loadPerSecond = await loading;
  const delays = await Promise.all([Promise.all(trigger), Promise.all(deadline)]);
  return { loadPerSecond, trigger: delays[0], deadline: delays[1] };
}

/** Waited for later: until then a failure is nobody's. */
function soon<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/**
 * At an even pace, a few at a time. What is too far behind is left out, because sending it in one go would keep this thread
 * from everything else; the answer is the pace that was kept.
 */
async function sendLoad(probes: Probes, messages: readonly Buffer[], perSecond: number, signal: AbortSignal): Promise<number> {
  const began = performance.now();
  const atOnce = Math.ceil((perSecond / 1000) * LOAD_EVERY_MS * 4);
  let sent = 0;
  while (!signal.aborted) {
    const due = Math.min(messages.length, ((performance.now() - began) / 1000) * perSecond);
    const end = Math.min(due, sent + atOnce);
    while (sent < end) await probes.publish(messages[sent++] as Buffer);
    await sleep(LOAD_EVERY_MS);
  }
  return (sent / (performance.now() - began)) * 1000;
}

function linesOf(capacity: number, samples: Readonly<Record<"quiet" | "loaded", readonly Sample[]>>): string[] {
  const row = (name: string, of: readonly Sample[], kind: "trigger" | "deadline"): string[] => {
    const at = (share: number): string => milliseconds(median(of.map((sample) => quantile(sample[kind], share))));
    return [
      name,
      thousands(median(of.map((sample) => sample.loadPerSecond))),
      at(0.5),
      at(0.99),
      milliseconds(Math.max(...of.flatMap((sample) => sample[kind]))),
    ];
  };
  return [
    `load at full speed: ${thousands(capacity)} events/s, published and taken on this machine`,
    ...table([
      ["", "load, events/s", "p50", "p99", "longest"],
      row("event to trigger, no load", samples.quiet, "trigger"),
      row("event to trigger, half load", samples.loaded, "trigger"),
      row(`deadline (${DEADLINE_MS / 1000} s) to trigger, no load`, samples.quiet, "deadline"),
      row(`deadline (${DEADLINE_MS / 1000} s) to trigger, half load`, samples.loaded, "deadline"),
    ]),
    "times of deadlines contain up to 100 ms of grain: a time step is taken when log time passes a multiple of time.grain_ms",
  ];
}
