// Clocks that are wrong, against a running engine: a broker's that jumps back or is behind, producers' that are ahead or stand in 1970,
// and a poisoned timestamp. None does harm, and each is counted under a name of its own.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../src/app/config.ts";
import { startEngine } from "../../src/app/engine.ts";
import { createLog } from "../../src/app/log.ts";
import type { RunningEngine } from "../../src/app/running-engine.ts";
import { MemoryDeadLetters, MemoryOutput } from "../../src/flow/memory-output.ts";
import { Metrics } from "../../src/metrics/metrics.ts";
import { TidemarkError } from "../../src/model/errors.ts";
import { logSubjects } from "../../src/model/log.ts";
import { connectBroker } from "../../src/nats/connection.ts";
import { ensureLogStream, JetStreamLog } from "../../src/nats/jetstream-log.ts";
import { useNatsServer } from "../support/nats-server.ts";
import { packFrom } from "../support/pack.ts";
import { startMemoryEngine } from "./memory-engine.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SUBJECT = `${logSubjects("0").event}.test`;
const server = useNatsServer();

async function metric(engine: RunningEngine, line: string): Promise<number> {
  const metrics = new Metrics({ processMetrics: false });
  metrics.observe(engine.status());
  const found = (await metrics.text()).split("\n").find((one) => one.startsWith(`${line} `));
  return Number(found?.slice(line.length + 1));
}

const lastSeen = async (engine: RunningEngine, id: string) =>
  Date.parse(((await engine.contact({ kind: "user", id })) as { lastSeen: string } | undefined)?.lastSeen ?? "");

test("a broker's clock that jumps back: log time stands still, nothing is lost, and the messages are counted, also after a restart", async () => {
  const set = { clock: "stored" };
  const story = await startMemoryEngine({ set });
  await story.hit(["ana"]);
  const before = story.engine.status().logTimeMs;
  story.clock.now -= HOUR;
  await story.hit(["ana", "bob"]);
  expect(story.engine.status()).toMatchObject({ logTimeMs: before, outcomes: { applied: 3 } });
  expect(await metric(story.engine, "tidemark_log_stamped_back_messages_total")).toBe(2);
  await story.engine.stop();
  const next = await startMemoryEngine({ from: story, set });
  await next.hit(["ana"]);
  story.clock.now += 2 * HOUR;
  await next.hit(["bob"]);
  expect(await metric(next.engine, "tidemark_log_stamped_back_messages_total")).toBe(3);
  expect(next.engine.status()).toMatchObject({ logTimeMs: story.clock.now, outcomes: { applied: 5 } });
});

test("events from the future are brought back to the log's time, those from tomorrow and from 1970 are dead letters", async () => {
  const { engine, hit, clock } = await startMemoryEngine({ set: { clock: "stored" } });
  const at = (ms: number) => ({ timestamp: new Date(ms).toISOString() });
  await hit(["ana"], at(clock.now + HOUR));
  const skewMs = 60_000;
  expect(await lastSeen(engine, "ana")).toBe(clock.now + skewMs);
  await hit(["bob"], at(clock.now + 25 * HOUR));
  await hit(["cleo"], at(0));
  await hit(["dora"], at(clock.now - 31 * DAY));
  expect(await engine.contact({ kind: "user", id: "bob" })).toBeUndefined();
  expect(engine.status()).toMatchObject({ outcomes: { applied: 1, late: 1, deadLetter: 2 }, logTimeMs: clock.now });
  expect(await metric(engine, 'tidemark_input_dropped_values_total{what="time_ahead"}')).toBe(1);
  expect(await metric(engine, 'tidemark_input_dead_events_total{reason="bad_time"}')).toBe(2);
  expect(await metric(engine, 'tidemark_input_outcomes_total{outcome="late"}')).toBe(1);
});

const WAITING = packFrom(`
pack: waiting
version: 1
events: { hit: Hit }
measures: { hits: { count: hit } }
triggers: { later: { event: hit, after: 2s, channel: web, message: m } }
`);

/** An engine on a real broker, with a clock of this machine that is wrong by `offsetMs`. */
async function onBroker(state: string, output: MemoryOutput, offset: { ms: number }): Promise<RunningEngine> {
  const broker = await connectBroker({ url: server().url, name: "test" });
  onTestFinished(() => broker.close());
  await ensureLogStream(broker, "0", { publicAlias: true });
  const flags = Object.entries({ state, workers: "1" }).map(([key, value]) => ({ key, value, label: `--${key}` }));
  const engine = await startEngine({
    config: loadConfig({ env: {}, flags }).config,
    packs: [WAITING],
    parts: { log: new JetStreamLog(broker, "0"), output, dead: new MemoryDeadLetters() },
    logger: createLog({ level: "silent", format: "json" }),
    now: () => Date.now() + offset.ms,
  });
  onTestFinished(() => engine.stop().catch(() => {}));
  return engine;
}

test("on a real broker: whose clock is behind ours, deadlines come by its clock; a timestamp ahead of ours stops us, and the hint leads on", async () => {
  const state = mkdtempSync(join(tmpdir(), "tidemark-clocks-"));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const broker = await connectBroker({ url: server().url, name: "test" });
  onTestFinished(() => broker.close());
  const log = new JetStreamLog(broker, "0");
  const hit = (userId: string, more: object = {}) => log.append(SUBJECT, Buffer.from(JSON.stringify({ type: "track", event: "Hit", userId, ...more })));
  const output = new MemoryOutput();
  const fired = () => output.messages.filter(({ subject }) => subject.startsWith("tidemark.triggers."));

  // Ours is a second ahead: the first tick is too early by that.
  const offset = { ms: 1000 };
  const first = await onBroker(state, output, offset);
  await hit("ana", { timestamp: new Date(Date.now() + HOUR).toISOString() });
  await hit("ben");
  await expect.poll(() => fired().length, { timeout: 15_000 }).toBe(1);
  expect(await metric(first, "tidemark_timers_repeated_ticks_total")).toBeGreaterThan(0);
  expect(await metric(first, "tidemark_timers_ticks_total")).toBeLessThan(30);
  expect(await metric(first, 'tidemark_input_dropped_values_total{what="time_ahead"}')).toBe(1);

  // Two hours behind it: what the broker stamps now is two hours ahead for us.
  await first.stop();
  offset.ms = -2 * HOUR;
  const second = await onBroker(state, output, offset);
  const poisoned = await hit("ana");
  const stopped = await second.ended.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(stopped).toBeInstanceOf(TidemarkError);
  const { code, message, hint } = stopped as TidemarkError;
  expect([code, message]).toEqual(["CLOCK_AHEAD", expect.stringContaining(`position ${poisoned} of the log`)]);

  // `nats stream rmm TIDEMARK_LOG_<shard> <position>`, as the hint says.
  expect(hint).toContain("nats stream rmm TIDEMARK_LOG_<shard> <position>");
  await broker.jsm.streams.deleteMessage(logSubjects("0").stream, Number(/position (\d+)/.exec(message)?.[1]), true);
  offset.ms = 0;
  const next = await onBroker(state, output, offset);
  await hit("ben");
  const hits = async (id: string) =>
    ((await next.contact({ kind: "user", id })) as { packs: { waiting: { measures: { hits: number } } } }).packs.waiting.measures.hits;
  await expect.poll(() => hits("ben"), { timeout: 10_000 }).toBe(2);
  expect(await hits("ana")).toBe(1);
  await expect.poll(() => fired().length, { timeout: 15_000 }).toBe(2);
}, 60_000);
