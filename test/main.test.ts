// The program as a process: what only a process can show.

import { spawn } from "node:child_process";
import { once } from "node:events";
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
  await log.append(logSubjects(shard).settings, Buffer.from(JSON.stringify({ clock: "event" })));
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
