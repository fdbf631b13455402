// The outbox on a real broker that is killed while windows are out. What the faults of broken-output.ts imitate happens here
// by itself, in whatever order the kernel, the client and the server make of it.

import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { Outbox, type OutboxOptions } from "../../src/flow/outbox.ts";
import { effectMessage, epochMessage } from "../../src/flow/outbox-epoch.ts";
import { type Effect, formatIdentity, outputSubjects } from "../../src/model/effect.ts";
import { outputSequence, partitionId, position } from "../../src/model/ids.ts";
import { type Broker, connectBroker } from "../../src/nats/connection.ts";
import { ensureOutputStream, JetStreamOutput } from "../../src/nats/jetstream-output.ts";
import { startTestServer } from "../support/nats-server.ts";

const SHARD = "j";
const OWNERS = 6;
const effects = (from: number, to: number): Effect[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({
    position: position(from + i),
    partition: partitionId((from + i) % 64),
    k: 0,
    subject: `tidemark.triggers.email.p.t.${SHARD}`,
    body: Buffer.from(`{"id":"${from + i}"}`.padEnd(300)),
  }));

/** Appends effects 1 to `last` in batches, a few milliseconds apart. */
async function feed(outbox: Outbox, last: number, eachBatch: (at: number) => void = () => {}): Promise<void> {
  for (let at = 1; at <= last; at += 250) {
    await outbox.append(effects(at, at + 249), position(at + 249));
    eachBatch(at);
    await sleep(1);
  }
}

it("every effect is stored once and in order although the broker is killed and the engine starts again in between", { timeout: 60_000 }, async () => {
  const server = await startTestServer();
  const broker = await connectBroker({ url: server.url, name: "outbox" });
  const stopping = new AbortController();
  onTestFinished(async () => {
    stopping.abort(new Error("test over"));
    await broker.close();
  });
  await ensureOutputStream(broker, SHARD);
  const options: OutboxOptions = {
    output: new JetStreamOutput(broker, SHARD, { ackTimeoutMs: 2000 }),
    shard: SHARD,
    from: { identity: null, sequence: outputSequence(0) },
    engine: "1.0.0",
    signal: stopping.signal,
    startedAt: "2026-11-22T00:00:00.000Z",
  };
  const restarts: Promise<void>[] = [];
  const killedAt = new Set([2001, 6001]);
  const first = await Outbox.open(options);
  await feed(first, 10_000, (at) => {
    if (!killedAt.has(at)) return;
    server.kill("SIGKILL");
    restarts.push(server.restart());
  });
  await Promise.all(restarts);
  await first.whenAcked(position(10_000));
  expect(first.stats.retries).toBeGreaterThan(0);

  const second = await Outbox.open(options);
  await feed(second, 12_000);
  await second.whenAcked(position(12_000));
  expect(second.stats).toMatchObject({ heldBack: 10_000, published: 2000, differences: 0 });

  const stored: string[] = [];
  const { last } = await options.output.state();
  for await (const message of options.output.range(outputSequence(1), last)) if (!message.identity.startsWith("epoch-")) stored.push(message.identity);
  expect(stored).toEqual(effects(1, 12_000).map((effect) => formatIdentity(SHARD, effect)));
});

it("an output that an earlier version has made and written goes on", async () => {
  const server = await startTestServer();
  const broker = await connectBroker({ url: server.url, name: "upgrade" });
  onTestFinished(() => broker.close());
  const subjects = outputSubjects(SHARD);
  await broker.jsm.streams.add({ name: subjects.stream, subjects: subjects.all, retention: "limits", storage: "file" });
  await ensureOutputStream(broker, SHARD);
  const output = new JetStreamOutput(broker, SHARD);
  // One epoch record and its effects, none of which bears the name of a link.
  const record = { last: null, owner: "earlier", engine: "0.1.0", startedAt: "" };
  const earlier = [epochMessage(SHARD, record), ...effects(1, 300).map((effect) => effectMessage(SHARD, effect))];
  await Promise.all(earlier.map((message, i) => output.publish(message, outputSequence(i))));
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort(new Error("test over")));
  const from = { identity: null, sequence: outputSequence(0) };
  const outbox = await Outbox.open({ output, shard: SHARD, from, engine: "0.2.0", signal: stopping.signal, startedAt: "" });
  await outbox.append(effects(1, 900), position(900));
  await outbox.whenAcked(position(900));
  expect(outbox.stats).toMatchObject({ heldBack: 300, published: 600, differences: 0, retries: 0 });
  expect(outbox.acked.sequence).toBe(902);
});

it("engine after engine takes over while the one before publishes: nothing is left out, repeated or out of order", { timeout: 60_000 }, async () => {
  const server = await startTestServer();
  const stopping = new AbortController();
  const brokers = await Promise.all(Array.from({ length: OWNERS }, (_, i) => connectBroker({ url: server.url, name: `owner ${i}` })));
  onTestFinished(async () => {
    stopping.abort(new Error("test over"));
    await Promise.all(brokers.map((broker) => broker.close()));
  });
  await ensureOutputStream(brokers[0] as Broker, SHARD);
  const from = { identity: null, sequence: outputSequence(0) };
  let enough = false;
  const publish = async (outbox: Outbox): Promise<number> => {
    let last = 0;
    while (!enough) {
      // What was sent before is passed quickly: then there are always two who publish.
      const next = last + (outbox.stats.published === 0 ? 200 : 20);
      await outbox.append(effects(last + 1, next), position(next));
      if (outbox.stats.published > 0) await sleep(25);
      last = next;
    }
    await outbox.whenAcked(position(last));
    return last;
  };
  const lives: Promise<number>[] = [];
  for (const broker of brokers) {
    const output = new JetStreamOutput(broker, SHARD);
    const outbox = await Outbox.open({ output, shard: SHARD, from, engine: "1.0.0", signal: stopping.signal, startedAt: "" });
    const life = publish(outbox);
    life.catch(() => {});
    lives.push(life);
    await sleep(150);
  }
  enough = true;
  const last = await (lives.at(-1) as Promise<number>);
  // One that was replaced before it had anything to send learns nothing of it.
  const ended = (await Promise.allSettled(lives)).filter((life) => life.status === "rejected");
  expect(ended.length).toBeGreaterThan(0);
  for (const { reason } of ended) expect(reason).toMatchObject({ code: "OWNER_LOST" });

  const output = new JetStreamOutput(brokers[0] as Broker, SHARD);
  const stored: string[] = [];
  for await (const message of output.range(outputSequence(1), (await output.state()).last))
    if (!message.identity.startsWith("epoch-")) stored.push(message.identity);
  expect(last).toBeGreaterThan(0);
  expect(stored).toEqual(effects(1, Math.max(last, stored.length)).map((effect) => formatIdentity(SHARD, effect)));
});
