import { expect, onTestFinished, test } from "vitest";
import { position } from "../../src/model/ids.ts";
import { connectBroker } from "../../src/nats/connection.ts";
import { ensureLogStream, JetStreamLog } from "../../src/nats/jetstream-log.ts";
import { ensureOutputStream } from "../../src/nats/jetstream-output.ts";
import { askSyncInterval, capabilitiesOf, probeBroker } from "../../src/nats/probe.ts";
import { startTestServer } from "../support/nats-server.ts";

test("tells what the broker is, what it holds of ours and how it is set", async () => {
  const own = await startTestServer();
  const broker = await connectBroker({ url: own.url, name: "test" });
  onTestFinished(() => broker.close());
  await ensureOutputStream(broker, "0");
  await ensureLogStream(broker, "0", { publicAlias: true });
  await broker.jsm.streams.add({ name: "ELSE", subjects: ["else"] });
  const log = new JetStreamLog(broker, "0");
  for (let i = 0; i < 3; i++) await log.append("tidemark.events.web", new Uint8Array(1_000));
  await broker.jsm.streams.deleteMessage("TIDEMARK_LOG_0", position(2), false);

  const facts = await probeBroker(broker);
  expect(facts.server.version).toMatch(/^\d+\.\d+\.\d+/);
  expect(facts.maxPayloadBytes).toBe(1_048_576);
  // Only servers before 2.10 are known without being told.
  const fixed = capabilitiesOf(facts.server.version).some(({ since, available }) => since === "2.10.0" && !available);
  expect(facts.syncIntervalMs).toBe(fixed ? 60_000 : null);
  expect(facts.roundTripMs.least).toBeGreaterThan(0);
  expect(facts.roundTripMs.median).toBeGreaterThanOrEqual(facts.roundTripMs.least);
  expect(facts.jetstream.streams).toBe(3);
  expect(facts.jetstream.storageBytes).toBeGreaterThan(2_000);
  expect(facts.streams.map((stream) => stream.name)).toEqual(["TIDEMARK_LOG_0", "TIDEMARK_OUT_0"]);
  expect(facts.streams[0]).toMatchObject({
    messages: 2,
    first: 1,
    last: 3,
    deleted: 1,
    replicas: 1,
    replicasCurrent: 1,
    storage: "file",
    persistMode: "default",
    retention: "limits",
    discard: "old",
    maxAgeMs: 0,
    maxBytes: -1,
  });
  expect(facts.streams[1]).toMatchObject({ messages: 0, first: 1, last: 0 });
});

test("capabilities follow the version, number by number", () => {
  const available = (version: string) =>
    capabilitiesOf(version)
      .filter((one) => one.available)
      .map((one) => one.since);
  expect(available("2.9.10")).toEqual(["2.9.0"]);
  expect(available("2.10.9")).not.toContain("2.10.14");
  expect(available("2.10.14")).toContain("2.10.14");
  expect(available("2.12.0-RC.1")).toContain("2.11.0");
  expect(available("3.0.0")).toHaveLength(capabilitiesOf("3.0.0").length);
});

test("how often files are synced is what the weakest server says, where an operator lets us ask", async () => {
  const own = await startTestServer();
  const broker = await connectBroker({ url: own.url, name: "test" });
  onTestFinished(() => broker.close());
  expect(await askSyncInterval(broker)).toBe(null);

  // Stands in for servers whose system account shares this question with ours.
  const answer = (config: unknown) =>
    broker.nc.subscribe("$SYS.REQ.SERVER.PING.JSZ", { callback: (_, message) => void message.respond(JSON.stringify({ server: {}, data: { config } })) });
  const strict = answer({ sync_interval: 120_000_000_000, sync_always: true });
  expect(await askSyncInterval(broker)).toBe(0);
  answer({ sync_interval: 10_000_000_000 });
  expect(await askSyncInterval(broker)).toBe(10_000);
  strict.unsubscribe();
  answer({ something: "else" });
  expect(await askSyncInterval(broker)).toBe(null);
});
