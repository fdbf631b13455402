// What the HTTP edge takes: autocannon posts batches of 100 events, as an SDK sends them, to `tidemark edge` and, in turn, to a handler that
// only reads the body and publishes it. Both are processes of their own in front of the same broker, and both answer when it has
// acknowledged. Every answer has to be 200, and in the end the log has to hold what was posted.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import autocannon from "autocannon";
import type { OwnServer } from "../src/demo/own-handle.ts";
import { logSubjects } from "../src/model/log.ts";
import { ensureDeadLetterStream } from "../src/nats/dead-letters.ts";
import { ensureLogStream, JetStreamLog } from "../src/nats/jetstream-log.ts";
import { type Benchmark, milliseconds, type Report, table, thousands } from "./benchmark.ts";
import { inTurn, median, ratioOf } from "./rounds.ts";
import { processorMs, type Workbench } from "./workbench.ts";
import { PROJECT_ROOT } from "./workload.ts";

export const edgeBenchmark: Benchmark = {
  name: "edge",
  about: "batches of 100 events over HTTP into the log, beside a handler that only reads the body and publishes it",
  run: measure,
};

const SHARD = "bench_edge";
const PER_REQUEST = 100;
const CONNECTIONS = 16;

interface Sample {
  readonly eventsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the server for an event, us; NaN where the system does not say. */
  readonly processorUs: number;
}

interface Started {
  readonly url: string;
  readonly pid: number;
}

async function measure(bench: Workbench): Promise<Report> {
  const server = await bench.server();
  await beginLog(bench, server);
  const edge = await started(bench, [join(PROJECT_ROOT, "src", "main.ts"), "edge", "--nats", server.url, "--shard", SHARD, "--http", "127.0.0.1:0"]);
  const plain = await started(bench, [join(PROJECT_ROOT, "bench", "edge-plain.ts"), server.url, `${logSubjects(SHARD).event}.plain`]);
  const seconds = bench.sized(1, 8);
  const samples = await inTurn(bench.rounds, { edge: () => posted(edge, seconds), plain: () => posted(plain, seconds) });
  return { lines: linesOf(samples), figures: { bytesPerRequest: BODY.length, samples } };
}

async function beginLog(bench: Workbench, server: OwnServer): Promise<void> {
  const broker = await bench.broker(server, "tidemark bench edge");
  await ensureLogStream(broker, SHARD, { publicAlias: false });
  await ensureDeadLetterStream(broker);
  const settings = { type: "settings", shard: SHARD, created: "2026-01-01T00:00:00Z" };
  await new JetStreamLog(broker, SHARD).append(logSubjects(SHARD).settings, Buffer.from(JSON.stringify(settings)));
}

/** The address that a server says it listens on, on either stream. */
async function started(bench: Workbench, args: readonly string[]): Promise<Started> {
  const child = spawn(process.execPath, [...args], { stdio: ["ignore", "pipe", "pipe"] });
  bench.atClose(() => ended(child));
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (piece: string): void => {
      said = `${said}${piece}`.slice(-2000);
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
      if (url !== undefined) resolve({ url, pid: child.pid ?? 0 });
    };
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    child.once("exit", () => reject(new Error(`it ended: ${said}`)));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

async function posted({ url, pid }: Started, seconds: number): Promise<Sample> {
  const before = processorMs(pid) ?? Number.NaN;
  const result = await autocannon({
    url: `${url}/v1/batch`,
    method: "POST",
    connections: CONNECTIONS,
    duration: seconds,
    body: BODY,
    headers: { "content-type": "application/json" },
  });
  if (result.errors + result.non2xx > 0) throw new Error(`${url}: ${result.errors} errors and ${result.non2xx} answers that are not 200`);
  const events = result["2xx"] * PER_REQUEST;
  const processorUs = (((processorMs(pid) ?? Number.NaN) - before) * 1000) / events;
  return { eventsPerSecond: events / result.duration, p50Ms: result.latency.p50, p99Ms: result.latency.p99, processorUs };
}

/** As Segment's SDK for Node writes them. */
const BODY = JSON.stringify({
  batch: Array.from({ length: PER_REQUEST }, (_, i) => ({
    timestamp: "2026-03-02T09:00:00.000Z",
    integrations: {},
    type: "track",
    userId: `c_${i * 37}`,
    event: "Product Viewed",
    properties: { product_id: `sku-${i}`, price: 19.9, currency: "EUR", category: "Shoes" },
    context: { library: { name: "@segment/analytics-node", version: "3.1.0" } },
    _metadata: { nodeVersion: "24.21.0", jsRuntime: "node" },
    messageId: `node-next-1772442000000-${i.toString().padStart(8, "0")}-7a5d-4b2f-9c1e-3d2c1b0a9f8e`,
  })),
  writeKey: "web-1",
  sentAt: "2026-03-02T09:00:00.500Z",
});

function linesOf(samples: Readonly<Record<"edge" | "plain", readonly Sample[]>>): string[] {
  const of = (name: "edge" | "plain", key: keyof Sample): number[] => samples[name].map((sample) => sample[key]);
  const row = (name: "edge" | "plain", label: string): string[] => [
    label,
    thousands(median(of(name, "eventsPerSecond"))),
    milliseconds(median(of(name, "p50Ms"))),
    milliseconds(median(of(name, "p99Ms"))),
    `${median(of(name, "processorUs")).toFixed(1)} us`,
  ];
  const rate = ratioOf(of("edge", "eventsPerSecond"), of("plain", "eventsPerSecond"));
  const p99 = ratioOf(of("edge", "p99Ms"), of("plain", "p99Ms"));
  const processor = ratioOf(of("edge", "processorUs"), of("plain", "processorUs"));
  const text = ({ median: middle, lowest, highest }: typeof rate): string => `${middle.toFixed(2)} (${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
  return [
    ...table([["", "events/s", "p50", "p99", "processor, an event"], row("edge", "edge"), row("plain", "reads and publishes")]),
    `of what reads and publishes: events/s ${text(rate)}, p99 ${text(p99)}, processor time ${text(processor)}; ${CONNECTIONS} connections, ${thousands(BODY.length)} bytes a request`,
  ];
}
