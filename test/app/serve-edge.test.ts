import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../src/app/config.ts";
import { createLog } from "../../src/app/log.ts";
import { type ServingEdge, serveEdge } from "../../src/app/serve-edge.ts";
import { logSubjects } from "../../src/model/log.ts";
import { connectBroker } from "../../src/nats/connection.ts";
import { ensureLogStream, JetStreamLog } from "../../src/nats/jetstream-log.ts";
import type { OwnServer } from "../support/nats-server.ts";
import { startTestServer } from "../support/nats-server.ts";

async function begun(): Promise<OwnServer> {
  const server = await startTestServer();
  const broker = await connectBroker({ url: server.url, name: "test" });
  await ensureLogStream(broker, "0", { publicAlias: true });
  const settings = { type: "settings", shard: "0", created: "2026-01-01T00:00:00Z" };
  const log = new JetStreamLog(broker, "0");
  // Two starts at the same moment may each have written theirs: the first counts.
  for (const event_bytes of [300, 9999]) await log.append(logSubjects("0").settings, Buffer.from(JSON.stringify({ ...settings, limits: { event_bytes } })));
  await broker.close();
  return server;
}

async function serving(server: OwnServer, more: Readonly<Record<string, string>> = {}): Promise<ServingEdge> {
  const values = { "nats.url": server.url, "http.address": "127.0.0.1:0", ...more };
  const { config } = loadConfig({ env: {}, flags: Object.entries(values).map(([key, value]) => ({ key, value, label: key })) });
  const edge = await serveEdge(config, new Map(), createLog({ level: "silent", format: "json" }));
  onTestFinished(() => edge.stop());
  return edge;
}

const post = (url: string, body: unknown) => fetch(url, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });

test("it takes events, by the limits of the log; its metrics are its own; it serves no contacts", async () => {
  const edge = await serving(await begun());
  const { url } = edge.http;
  expect((await post(`${url}/v1/track`, { event: "E", userId: "c" })).status).toBe(200);
  expect(await (await post(`${url}/v1/track`, { event: "E", userId: "c", pad: "x".repeat(300) })).json()).toMatchObject({
    rejected: [{ reason: "too_large" }],
  });
  expect([(await fetch(`${url}/livez`)).status, (await fetch(`${url}/readyz`)).status, (await fetch(`${url}/v1/contacts/c`)).status]).toEqual([200, 200, 404]);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('tidemark_edge_events_total{outcome="accepted"} 1');
  expect(metrics).not.toContain("tidemark_log_lag_messages");
});

test("without a log it does not start, and says what to do", async () => {
  const server = await startTestServer();
  await expect(serving(server)).rejects.toMatchObject({ code: "USAGE", message: expect.stringContaining("start `tidemark run --shard 0` once") });
});

test("while the broker is away nothing is called stored; when it is back, events are taken again", async () => {
  const server = await begun();
  const { url } = (await serving(server, { "edge.answer_ms": "500" })).http;
  server.kill("SIGKILL");
  const away = await post(`${url}/v1/track`, { event: "E", userId: "c" });
  expect([away.status, away.headers.get("retry-after")]).toEqual([503, "1"]);
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  await server.restart();
  await expect.poll(async () => (await post(`${url}/v1/track`, { event: "E", userId: "c" })).status, { timeout: 10_000 }).toBe(200);
});

test("asked to stop, it answers what is under way and ends with 0", async () => {
  const server = await begun();
  const main = resolve(import.meta.dirname, "../../src/main.ts");
  const child = spawn(process.execPath, [main, "edge", "--nats", server.url, "--http", "127.0.0.1:0", "--json"], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (piece: string) => (said += piece));
  await expect.poll(() => said, { timeout: 15_000 }).toContain("taking events");
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? "";
  const posting = Array.from({ length: 50 }, (_, i) => post(`${url}/v1/track`, { event: "E", userId: `c${i}` }).then(({ status }) => status));
  await Promise.race(posting);
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
  expect(new Set(await Promise.all(posting.map((one) => one.catch(() => "refused")))).has(500)).toBe(false);
}, 40_000);
