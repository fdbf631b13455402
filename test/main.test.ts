// The program as a process: what only a process can show.

import { spawn } from "node:child_process";
import { on, once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { logSubjects } from "../src/model/log.ts";
import { connectBroker } from "../src/nats/connection.ts";
import { ensureLogStream, JetStreamLog } from "../src/nats/jetstream-log.ts";
import { useNatsServer } from "./support/nats-server.ts";

const server = useNatsServer();
const main = new URL("../src/main.ts", import.meta.url).pathname;

function start(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env }, stdio: "pipe" });
  const text = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    text.out += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    text.err += String(chunk);
  });
  return { child, ended: once(child, "close").then(([code]) => ({ exit: code as number, ...text })) };
}

async function begin(shard: string, events: number): Promise<void> {
  const broker = await connectBroker({ url: server().url, name: "test" });
  await ensureLogStream(broker, shard, { publicAlias: false });
  const log = new JetStreamLog(broker, shard);
  await log.append(logSubjects(shard).settings, Buffer.from(JSON.stringify({ type: "settings", shard, created: "2026-01-01T00:00:00Z", clock: "event" })));
  await Promise.all(Array.from({ length: events }, () => log.append(`${logSubjects(shard).event}.x`, Buffer.alloc(4096, "x"))));
  await broker.close();
}

test("the exit code and the one line of a misuse", async () => {
  const { exit, out, err } = await start(["chek"]).ended;
  expect([exit, out, err.split("\n").length]).toEqual([2, "", 2]);
});

test("a broken configuration is one line too, also where it comes from the environment", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "tidemark-main-")), "tidemark.yaml");
  writeFileSync(path, "shard: [");
  const { exit, err } = await start(["doctor", "--config", path]).ended;
  expect([exit, err.trimEnd().split("\n").length]).toEqual([2, 1]);
  expect((await start(["check"], { TIDEMARK_WORKERS: "x" }).ended).err).toContain('TIDEMARK_WORKERS: workers is "x"');
});

test("Ctrl-C ends a feed that waits for input, even twice through npm, and it tells how far it came", async () => {
  await begin("waiting", 0);
  const { child, ended } = start(["feed", "-", "--json", "--nats", server().url, "--shard", "waiting"]);
  child.stdin.write('{"type":"track"}\n');
  const broker = await connectBroker({ url: server().url, name: "test" });
  const log = new JetStreamLog(broker, "waiting");
  while ((await log.state()).last < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  await broker.close();
  child.kill("SIGINT");
  child.kill("SIGINT");
  const { exit, out } = await ended;
  expect([exit, JSON.parse(out)]).toEqual([1, expect.objectContaining({ events: 1, lastPosition: 2, stopped: true })]);
});

test("a reader that goes away early is no failure", async () => {
  await begin("piped", 500);
  const { child, ended } = start(["log", "dump", "--nats", server().url, "--shard", "piped"]);
  child.stdout.once("data", () => child.stdout.destroy());
  const { exit, err } = await ended;
  expect([exit, err]).toEqual([0, ""]);
});

test("run takes what is fed, answers over HTTP, stops on SIGTERM; its log, dumped and replayed, gives the same state", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-main-"));
  const place = ["--nats", server().url, "--shard", "whole"];
  const pack = new URL("../rules/b2b-funnel.yaml", import.meta.url).pathname;
  const { child, ended } = start([
    "run",
    "--json",
    ...place,
    "--pack",
    pack,
    "--clock",
    "event",
    "--state",
    join(folder, "state"),
    "--http",
    "127.0.0.1:0",
    "--set",
    "log.format=json",
  ]);
  const url = await httpUrl(child);
  const events = Array.from({ length: 40 }, (_, i) =>
    JSON.stringify({ type: "page", name: "Pricing", userId: `u${i % 4}`, messageId: `m${i}`, timestamp: "2026-01-01T00:00:00Z" }),
  );
  const fed = start(["feed", "-", "--json", "--batch", "7", ...place]);
  fed.child.stdin.end(`${events.join("\n")}\n{"type":"page","name":"Pricing"}`);
  const { lastPosition } = JSON.parse((await fed.ended).out) as { lastPosition: number };
  await until(async () => (await metric(url, "tidemark_log_acknowledged_position")) === lastPosition);
  expect(await metric(url, "tidemark_input_events_total")).toBe(41);
  expect(await metric(url, 'tidemark_input_dead_events_total{reason="no_id"}')).toBe(1);
  expect(await (await fetch(`${url}/v1/contacts/u3`)).json()).toMatchObject({ contact: { id: "u3", kind: "user" }, packs: { "b2b-funnel": { version: 2 } } });
  child.kill("SIGTERM");
  const { exit, out } = await ended;
  const summary = JSON.parse(out) as Record<string, unknown>;
  expect([exit, summary["phase"], summary["events"], summary["contacts"]]).toEqual([0, "stopped", 41, 4]);
  const dump = join(folder, "log.ndjson");
  writeFileSync(dump, (await start(["log", "dump", ...place]).ended).out);
  const replayed = JSON.parse((await start(["replay", "--log", dump, "--json"]).ended).out) as Record<string, unknown>;
  expect([replayed["digest"], replayed["transitions"], replayed["triggers"]]).toEqual([summary["digest"], summary["transitions"], summary["triggers"]]);
});

/** Where `run` listens, from its log line. */
async function httpUrl(child: ReturnType<typeof start>["child"]): Promise<string> {
  let text = "";
  for await (const [chunk] of on(child.stderr, "data")) {
    text += String(chunk);
    const found = /"http":"([^"]+)"/.exec(text)?.[1];
    if (found !== undefined) return found;
  }
  throw new Error(`run ended before it listened: ${text}`);
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}
