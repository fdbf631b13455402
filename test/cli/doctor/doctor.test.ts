import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Statement } from "../../../src/app/guarantee.ts";
import { older } from "../../../src/cli/doctor/broker.ts";
import { checkNode } from "../../../src/cli/doctor/machine.ts";
import { CheckpointStore } from "../../../src/flow/checkpoint.ts";
import { epochMs, outputSequence, position } from "../../../src/model/ids.ts";
import { logSubjects } from "../../../src/model/log.ts";
import { settingsSchema } from "../../../src/model/settings.ts";
import { connectBroker } from "../../../src/nats/connection.ts";
import { ensureLogStream, JetStreamLog } from "../../../src/nats/jetstream-log.ts";
import { startMemoryEngine } from "../../app/memory-engine.ts";
import { useNatsServer } from "../../support/nats-server.ts";
import { run } from "../command-line.ts";

const server = useNatsServer();
const pack = new URL("../../../rules/b2b-funnel.yaml", import.meta.url).pathname;
const common = (): string => `--pack ${pack} --state ${join(mkdtempSync(join(tmpdir(), "tidemark-doctor-")), "state")}`;

interface Found {
  readonly level: string;
  readonly what: string;
  readonly detail: string;
  readonly todo: string | null;
}

async function doctor(args: string): Promise<{ readonly exit: number; readonly found: Map<string, Found> }> {
  const { exit, out } = await run(`doctor --json ${common()} ${args}`);
  const { findings } = JSON.parse(out) as { findings: Found[] };
  return { exit, found: new Map(findings.map((finding) => [finding.what, finding])) };
}

async function begin(shard: string): Promise<void> {
  const broker = await connectBroker({ url: server().url, name: "test" });
  await ensureLogStream(broker, shard, { publicAlias: false });
  const { identity: _, ...settings } = settingsSchema.parse({ shard, created: "2026-01-01T00:00:00Z", clock: "event" });
  await new JetStreamLog(broker, shard).append(logSubjects(shard).settings, Buffer.from(JSON.stringify({ type: "settings", ...settings })));
  await broker.close();
}

test("a policy that cannot be used fails, and one that can is named", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "tidemark-doctor-policy-")), "mine.yaml");
  writeFileSync(file, "policy: mine\nchannels: { email: { cap: 1 per fortnight } }\n");
  const { exit, found } = await doctor(`--nats nats://127.0.0.1:1 --policy ${file}`);
  expect([exit, found.get("policy")?.level]).toEqual([1, "fail"]);
  expect(found.get("policy")?.detail).toContain("mine.yaml:2:27  bad-duration");
  expect(found.get("broker")?.todo).not.toContain("tidemark doctor");
  writeFileSync(file, "policy: mine\nchannels: { email: {} }\n");
  expect((await doctor(`--nats nats://127.0.0.1:1 --policy ${file}`)).found.get("policy")).toMatchObject({ level: "ok", detail: `mine, from ${file}` });
});

describe("a broker", () => {
  test("without a shard yet: fit to run, and nothing is made by looking", async () => {
    const { exit, found } = await doctor(`--nats ${server().url} --shard fresh`);
    expect([...found.values()].filter((finding) => finding.level !== "ok")).toEqual([]);
    expect(exit).toBe(0);
    expect(found.get("log")?.detail).toContain("TIDEMARK_LOG_fresh is not there yet");
    expect(found.get("broker")?.detail).toMatch(/^nats-server \d+\.\d+\.\d+ at nats:/);
    const broker = await connectBroker({ url: server().url, name: "test" });
    const names = await broker.jsm.streams.names().next();
    await broker.close();
    expect(names).not.toContain("TIDEMARK_LOG_fresh");
  });

  test("that cannot be reached fails, with what to do", async () => {
    const { exit, found } = await doctor("--nats nats://127.0.0.1:1");
    expect(exit).toBe(1);
    expect(found.get("broker")).toMatchObject({ level: "fail", todo: expect.stringContaining("NATS_URL") });
  });

  test("with a stream whose settings could lose messages fails, and names them", async () => {
    const broker = await connectBroker({ url: server().url, name: "test" });
    await broker.jsm.streams.add({ name: "TIDEMARK_LOG_badly", subjects: ["tidemark.log.badly.>"], max_msgs_per_subject: 1 });
    await broker.close();
    const { exit, found } = await doctor(`--nats ${server().url} --shard badly`);
    expect(exit).toBe(1);
    expect(found.get("log")).toMatchObject({ level: "fail", detail: expect.stringContaining("max_msgs_per_subject is 1") });
  });
});

test("settings that are not the log's fail, with the difference", async () => {
  await begin("begun");
  const same = await doctor(`--nats ${server().url} --shard begun --set clock=event`);
  expect([same.exit, same.found.get("settings")?.detail]).toEqual([0, "as in the log, begun 2026-01-01T00:00:00Z, event clock"]);
  const other = await doctor(`--nats ${server().url} --shard begun --set clock=event --set time.grain_ms=250`);
  expect([other.exit, other.found.get("settings")?.detail]).toEqual([1, "time.grain_ms is 100 in the log and 250 in the configuration"]);
});

describe("limits that have to fit each other", () => {
  test("records between partitions and the broker's messages", async () => {
    const roomy = await doctor(`--nats ${server().url} --shard roomy`);
    expect(roomy.found.get("records")).toMatchObject({ level: "ok", detail: expect.stringContaining("limits.record_bytes is 524288") });
    const tight = await doctor(`--nats ${server().url} --shard roomy --set limits.record_bytes=1048576`);
    expect([tight.exit, tight.found.get("records")]).toMatchObject([1, { level: "fail", todo: expect.stringMatching(/max_payload to at least 10487\d\d/) }]);
  });

  test("who was forgotten and how long the log can tell of them", async () => {
    await begin("keeping");
    const args = `--nats ${server().url} --shard keeping --set clock=event`;
    expect((await doctor(args)).found.get("forgotten")).toMatchObject({ level: "warn", detail: expect.stringContaining("the log keeps messages for ever") });
    const broker = await connectBroker({ url: server().url, name: "test" });
    for (const [days, level] of [
      [500, "warn"],
      [400, "ok"],
    ] as const) {
      await broker.jsm.streams.update("TIDEMARK_LOG_keeping", { max_age: days * 86_400 * 1e9 });
      expect((await doctor(args)).found.get("forgotten")).toMatchObject({ level, detail: expect.stringContaining(`${days} d`) });
    }
    await broker.close();
  });
});

test("a state folder that is a file, and packs with mistakes, fail", async () => {
  const { exit, found } = await doctor(`--nats nats://127.0.0.1:1 --state ${pack} --pack ${new URL(import.meta.url).pathname}`);
  expect(exit).toBe(1);
  expect(found.get("state")).toMatchObject({ level: "fail", detail: `${pack} is not a folder` });
  expect(found.get("packs")?.level).toBe("fail");
});

test("the last checkpoint of the shard, and none where there was none", async () => {
  const state = mkdtempSync(join(tmpdir(), "tidemark-doctor-"));
  const args = `--nats nats://127.0.0.1:1 --state ${state} --shard eu`;
  expect((await doctor(args)).found.get("checkpoint")?.detail).toContain("none yet");
  expect(readdirSync(state)).toEqual([]);
  const store = await CheckpointStore.open(join(state, "eu"));
  await store.write({
    engine: "0.1.0",
    shard: "eu",
    createdAt: "2026-01-02T03:04:05.000Z",
    log: { stream: "TIDEMARK_LOG_eu", createdMs: epochMs(0), position: position(42), fingerprint: null },
    output: { stream: "TIDEMARK_OUT_eu", createdMs: epochMs(0), sequence: outputSequence(0), identity: null, engine: null },
    logTimeMs: epochMs(0),
    records: [],
    counters: {},
    partitions: [],
  });
  expect((await doctor(args)).found.get("checkpoint")?.detail).toBe("of position 42, taken 2026-01-02T03:04:05.000Z, 0 kB");
});

test("a checkpoint of an engine: how far back message ids are remembered, and damage", async () => {
  const { state, folder, hit, engine } = await startMemoryEngine({ set: { "duplicates.capacity": "16" } });
  const args = `--nats nats://127.0.0.1:1 --state ${state} --shard 0`;
  await hit(["ana"], { messageId: "m" });
  await engine.checkpoint();
  const roomy = await doctor(args);
  expect(roomy.found.get("duplicates")).toMatchObject({ level: "ok", detail: expect.stringContaining("surely remembered for 24 h") });
  expect(roomy.found.get("checkpoint")).toMatchObject({ level: "ok" });
  for (let i = 0; i < 30; i++) await hit(["ana"], { messageId: `m${i}` });
  await engine.checkpoint();
  const full = await doctor(args);
  expect(full.found.get("duplicates")).toMatchObject({
    level: "warn",
    detail: expect.stringContaining("remembered for 15 s"),
    todo: expect.stringContaining("counts twice"),
  });

  rmSync(join(folder, "checkpoint-000000002", "partition-03.bin"));
  expect((await doctor(args)).found.get("checkpoint")).toMatchObject({ level: "warn", detail: expect.stringContaining("partition-03.bin: it is missing") });
});

test("contacts that were left in history", async () => {
  const { state, hit, engine } = await startMemoryEngine();
  await hit(["ana"]);
  await engine.checkpoint();
  const args = `--nats nats://127.0.0.1:1 --state ${state} --shard 0`;
  expect((await doctor(args)).found.has("history")).toBe(false);
  await hit(["bob", "eve"], { context: { tidemark: { backfill: true } } });
  await engine.checkpoint();
  expect((await doctor(args)).found.get("history")).toMatchObject({
    level: "warn",
    detail: "2 contacts were in history, as of that checkpoint",
    todo: expect.stringContaining("feed --end-history"),
  });
});

test("what holds with this broker, in each case that can happen", async () => {
  const { out } = await run(`doctor --json ${common()} --nats ${server().url} --shard fresh`);
  const { guarantee } = JSON.parse(out) as { guarantee: Statement[] };
  expect(guarantee.map((statement) => [statement.case, statement.holds])).toEqual([
    ["engine_killed", "yes"],
    ["broker_killed", "yes"],
    ["power_lost", "no"],
    ["server_lost", "no"],
    ["two_engines", "yes"],
    ["log_limits", "yes"],
    ["output_limits", "yes"],
  ]);
  const unreachable = JSON.parse((await run(`doctor --json ${common()} --nats nats://127.0.0.1:1`)).out) as { guarantee: null };
  expect(unreachable.guarantee).toBe(null);
});

test("as text: one line each, what holds, and a verdict", async () => {
  const { exit, out } = await run(`doctor ${common()} --nats ${server().url} --shard fresh`);
  expect(exit).toBe(0);
  expect(out).toMatch(/^yes +kill -9 of nats-server +Nothing is lost/m);
  expect(out).toMatch(/^ok +node +Node \d+/m);
  expect(out.trimEnd().endsWith("fit to run")).toBe(true);
});

test("versions are compared number by number", () => {
  expect([older("2.9.10", "2.10.14"), older("2.10.14", "2.9.0"), older("2.10.14", "2.10.14"), older("2.10.0-beta.1", "2.10.14")]).toEqual([
    true,
    false,
    false,
    true,
  ]);
  expect([checkNode("20.20.2").level, checkNode("24.21.0").level]).toEqual(["fail", "ok"]);
});
