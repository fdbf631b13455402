import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { position } from "../../src/model/ids.ts";
import { logSubjects } from "../../src/model/log.ts";
import { type Broker, connectBroker } from "../../src/nats/connection.ts";
import { EventPublisher } from "../../src/nats/event-publisher.ts";
import { ensureLogStream, JetStreamLog } from "../../src/nats/jetstream-log.ts";
import { type OwnServer, startTestServer, useNatsServer } from "../support/nats-server.ts";

const server = useNatsServer();
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

async function connected(to: OwnServer): Promise<Broker> {
  const broker = await connectBroker({ url: to.url, name: "test" });
  onTestFinished(() => broker.close());
  return broker;
}

/** The log's messages as texts. */
async function contents(broker: Broker, shard: string): Promise<string[]> {
  const log = new JetStreamLog(broker, shard);
  const { last } = await log.state();
  const out: string[] = [];
  if (last === 0) return out;
  for await (const message of log.read(position(1), AbortSignal.timeout(20_000))) {
    out.push(new TextDecoder().decode(message.data));
    if (message.position === last) break;
  }
  return out;
}

test("what was published stands in the log in that order once flush() is done, with its content type", async () => {
  const broker = await connected(server());
  await ensureLogStream(broker, "p1", { publicAlias: false });
  const publisher = new EventPublisher(broker, { maxPending: 100 });
  const subject = `${logSubjects("p1").event}.web`;
  for (let i = 0; i < 5_000; i++) await publisher.publish(subject, encode(String(i)), i === 7 ? "application/x-ndjson" : undefined);
  await publisher.flush();
  expect(publisher.stats).toEqual({ acknowledged: 5_000, lastSequence: 5_000, pending: 0, repeated: 0 });
  expect(await contents(broker, "p1")).toEqual(Array.from({ length: 5_000 }, (_, i) => String(i)));
  expect((await new JetStreamLog(broker, "p1").at(position(8)))?.contentType).toBe("application/x-ndjson");
  publisher.close();
});

test("a caller is held back only when its window is full", async () => {
  const broker = await connected(server());
  await ensureLogStream(broker, "p2", { publicAlias: false });
  const publisher = new EventPublisher(broker, { maxPending: 3 });
  const subject = `${logSubjects("p2").event}.web`;
  expect(publisher.publish(subject, encode("1"))).toBeUndefined();
  expect(publisher.publish(subject, encode("2"))).toBeUndefined();
  const third = publisher.publish(subject, encode("3"));
  expect(third).toBeInstanceOf(Promise);
  await third;
  expect(publisher.stats.pending).toBeLessThan(3);
  await publisher.flush();
  publisher.close();
});

test("kill -9 of the server while publishing: everything is in the log at least once, and repeats are counted", async () => {
  const own = await startTestServer();
  const broker = await connected(own);
  await ensureLogStream(broker, "k", { publicAlias: false });
  const publisher = new EventPublisher(broker);
  const subject = `${logSubjects("k").event}.web`;
  const total = 20_000;
  for (let i = 0; i < total; i++) {
    await publisher.publish(subject, encode(String(i)));
    if (i === 5_000 || i === 12_000) {
      own.kill("SIGKILL");
      void own.restart();
      await sleep(1);
    }
  }
  await publisher.flush();
  const held = await contents(broker, "k");
  expect(new Set(held).size).toBe(total);
  expect(publisher.stats.acknowledged).toBe(total);
  expect(held.length - total).toBeLessThanOrEqual(publisher.stats.repeated);
  publisher.close();
}, 60_000);

test("a stream that refuses ends the publisher with one clear error", async () => {
  const broker = await connected(server());
  await broker.jsm.streams.add({ name: "SMALL", subjects: ["small.>"], max_msgs: 2, discard: "new" as never });
  const publisher = new EventPublisher(broker);
  for (let i = 0; i < 3; i++) await publisher.publish("small.x", encode("x"));
  const refused = { code: "STREAM_UNSUITABLE", message: "the stream refuses messages on small.x: maximum messages exceeded" };
  await expect(publisher.flush()).rejects.toMatchObject(refused);
  expect(() => publisher.publish("small.x", encode("x"))).toThrow(refused.message);
  publisher.close();
});

test("a subject that is none ends the publisher instead of being tried for ever", async () => {
  const publisher = new EventPublisher(await connected(server()));
  await publisher.publish("not a subject", encode("x"));
  await expect(publisher.flush()).rejects.toMatchObject({ code: "USAGE", message: expect.stringContaining('"not a subject" cannot be sent') });
  publisher.close();
});

test("an answer from somebody who is no stream does not count as stored", async () => {
  const broker = await connected(server());
  broker.nc.subscribe("impostor.>", { callback: (_, message) => void message.respond("thanks!") });
  await broker.nc.flush();
  const publisher = new EventPublisher(broker);
  await publisher.publish("impostor.x", encode("x"));
  await sleep(100);
  expect(publisher.stats.acknowledged).toBe(0);
  publisher.close();
});

test("a subject that no stream takes is an error after a moment's patience, a message that is too large at once", async () => {
  const broker = await connected(server());
  const publisher = new EventPublisher(broker);
  expect(() => publisher.publish("small.x", new Uint8Array(3_000_000))).toThrow(/3000000 bytes is larger than the broker takes/);
  await publisher.publish("nobody.takes.this", encode("x"));
  await expect(publisher.flush()).rejects.toMatchObject({ code: "STREAM_UNSUITABLE", message: "no stream takes messages on nobody.takes.this" });
  publisher.close();
}, 15_000);
