import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { position } from "../../src/model/ids.ts";
import { type LogMessage, logSubjects } from "../../src/model/log.ts";
import { connectBroker } from "../../src/nats/connection.ts";
import { EventPublisher } from "../../src/nats/event-publisher.ts";
import { ensureLogStream, JetStreamLog } from "../../src/nats/jetstream-log.ts";
import { deleteStreams } from "../../src/nats/streams.ts";
import { describeLog } from "../model/log-contract.ts";
import { startTestServer, useNatsServer } from "../support/nats-server.ts";

const server = useNatsServer();
let shards = 0;

describeLog("the log on JetStream", async () => {
  const broker = await connectBroker({ url: server().url, name: "test" });
  const shard = `t${++shards}`;
  const subjects = logSubjects(shard);
  await ensureLogStream(broker, shard, { publicAlias: false });
  return {
    log: new JetStreamLog(broker, shard),
    subject: `${subjects.event}.test`,
    purgeBelow: async (first) => void (await broker.jsm.streams.purge(subjects.stream, { seq: first })),
    remove: async (at) => void (await broker.jsm.streams.deleteMessage(subjects.stream, at, false)),
    recreate: async () => {
      await deleteStreams(broker, [subjects.stream]);
      await ensureLogStream(broker, shard, { publicAlias: false });
    },
    close: () => broker.close(),
  };
});

/** A server and a shard of its own, filled with the numbers from 0 on, for tests that hurt it. */
async function filled(count: number) {
  const own = await startTestServer();
  const broker = await connectBroker({ url: own.url, name: "test" });
  onTestFinished(() => broker.close());
  await ensureLogStream(broker, "0", { publicAlias: true });
  const publisher = new EventPublisher(broker);
  for (let i = 0; i < count; i++) await publisher.publish(SUBJECT, encode(String(i)));
  await publisher.flush();
  publisher.close();
  return { own, broker, log: new JetStreamLog(broker, "0"), subjects: logSubjects("0") };
}

const SUBJECT = "tidemark.events.web";
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const numberOf = (message: LogMessage): number => Number(new TextDecoder().decode(message.data));
const first = position(1);

describe("reading through what goes wrong", () => {
  test("kill -9 of the server, again and again, loses and repeats nothing", async () => {
    const total = 40_000;
    const { own, broker, log } = await filled(total);
    let next = 0;
    for await (const message of log.read(first, AbortSignal.timeout(50_000))) {
      expect([message.position, numberOf(message)]).toEqual([next + 1, next]);
      next++;
      if (next % 9_000 === 0) {
        own.kill("SIGKILL");
        await own.restart();
      }
      if (next === total) break;
    }
    expect(next).toBe(total);
    expect(broker.reconnects).toBeGreaterThanOrEqual(3);
  }, 60_000);

  test("a reader at the end outlives the server and gets what comes afterwards", async () => {
    const { own, broker, log } = await filled(10);
    const reading = log.read(first, AbortSignal.timeout(30_000))[Symbol.asyncIterator]();
    for (let i = 0; i < 10; i++) await reading.next();
    const next = reading.next();
    own.kill("SIGKILL");
    await broker.lost();
    await own.restart();
    await log.append(SUBJECT, encode("10"));
    expect(numberOf((await next).value as LogMessage)).toBe(10);
    await reading.return?.();
  }, 40_000);

  test("a consumer that is deleted on the server is replaced without a gap", async () => {
    const { broker, log, subjects } = await filled(30_000);
    let next = 0;
    for await (const message of log.read(first, AbortSignal.timeout(30_000))) {
      expect(numberOf(message)).toBe(next++);
      if (next === 3_000)
        for (const consumer of await broker.jsm.consumers.list(subjects.stream).next()) await broker.jsm.consumers.delete(subjects.stream, consumer.name);
      if (next === 30_000) break;
    }
    expect(next).toBe(30_000);
  }, 40_000);

  test("a purge of messages that were not read yet stops the reader and counts them", async () => {
    const { broker, log, subjects } = await filled(60_000);
    const read = async () => {
      for await (const message of log.read(first, AbortSignal.timeout(30_000))) {
        if (message.position === 1_000) await broker.jsm.streams.purge(subjects.stream, { seq: 50_001 });
      }
    };
    await expect(read()).rejects.toMatchObject({
      code: "INPUT_LOST",
      message: expect.stringMatching(/^input lost: [1-4]\d,\d{3} messages purged from TIDEMARK_LOG_0/),
    });
  }, 40_000);

  test("a purge of everything is noticed although nothing new comes", async () => {
    const { broker, log, subjects } = await filled(60_000);
    const read = async () => {
      for await (const message of log.read(first, AbortSignal.timeout(30_000))) {
        if (message.position === 1_000) await broker.jsm.streams.purge(subjects.stream);
      }
    };
    await expect(read()).rejects.toMatchObject({ code: "INPUT_LOST" });
  }, 40_000);

  test("a server that comes back shorter than it was read is not believed", async () => {
    const { own, broker, log, subjects } = await filled(100);
    const before = join(own.folder, "before");
    const store = join(own.folder, "jetstream");
    own.kill("SIGTERM");
    await broker.lost();
    await own.restart();
    await broker.ready();
    own.kill("SIGKILL");
    await broker.lost();
    cpSync(store, before, { recursive: true });
    await own.restart();
    await broker.ready();

    for (let i = 100; i < 150; i++) await log.append(SUBJECT, encode(String(i)));
    const reading = log.read(first, AbortSignal.timeout(30_000))[Symbol.asyncIterator]();
    for (let i = 0; i < 150; i++) await reading.next();
    own.kill("SIGKILL");
    await broker.lost();
    rmSync(store, { recursive: true });
    cpSync(before, store, { recursive: true });
    await own.restart();
    await expect(reading.next()).rejects.toMatchObject({
      code: "LOG_CHANGED",
      message: expect.stringContaining(`${subjects.stream} ends at 100, but has been read up to 150`),
    });
  }, 60_000);

  test("messages as large as the broker takes come through, a few at a time", async () => {
    const { broker, log } = await filled(0);
    const publisher = new EventPublisher(broker, { maxPending: 8 });
    for (let i = 0; i < 60; i++) await publisher.publish(SUBJECT, new Uint8Array(1_000_000).fill(i));
    await publisher.flush();
    publisher.close();
    let next = 0;
    for await (const message of log.read(first, AbortSignal.timeout(30_000))) {
      expect([message.data.length, message.data[0], message.data.at(-1)]).toEqual([1_000_000, next, next]);
      if (++next === 60) break;
    }
    expect(next).toBe(60);
  }, 40_000);

  test("a reader that is let go while it waits ends, and leaves no consumer behind", async () => {
    const { broker, log, subjects } = await filled(1);
    const reading = log.read(first, AbortSignal.timeout(30_000))[Symbol.asyncIterator]();
    await reading.next();
    const waiting = reading.next();
    await sleep(50);
    await reading.return?.();
    expect(await waiting).toMatchObject({ done: true });
    await sleep(200);
    expect((await broker.jsm.streams.info(subjects.stream)).state.consumer_count).toBe(0);
  });

  test("a reader that takes nothing holds no more than its batch, and goes on where it was", async () => {
    const { broker, log } = await filled(40_000);
    const reading = log.read(first, AbortSignal.timeout(30_000))[Symbol.asyncIterator]();
    await reading.next();
    await sleep(500);
    const received = broker.nc.stats().inMsgs;
    await sleep(300);
    expect(broker.nc.stats().inMsgs - received).toBeLessThan(10);
    let last = 0;
    for (let i = 1; i < 40_000; i++) last = numberOf((await reading.next()).value as LogMessage);
    expect(last).toBe(39_999);
    await reading.return?.();
  }, 40_000);
});

describe("the log's stream", () => {
  test("takes the public alias only where asked, and is created once", async () => {
    const broker = await connectBroker({ url: server().url, name: "test" });
    onTestFinished(() => broker.close());
    await ensureLogStream(broker, "plain", { publicAlias: false });
    expect((await broker.jsm.streams.info("TIDEMARK_LOG_plain")).config.subjects).toEqual(["tidemark.log.plain.event.>", "tidemark.log.plain.control.>"]);
    const one = await ensureLogStream(broker, "alias", { publicAlias: true });
    expect((await broker.jsm.streams.info("TIDEMARK_LOG_alias")).config.subjects).toContain("tidemark.events.>");
    expect(await ensureLogStream(broker, "alias", { publicAlias: false })).toEqual(one);
    await expect(ensureLogStream(broker, "plain", { publicAlias: true })).rejects.toMatchObject({
      code: "STREAM_UNSUITABLE",
      message: expect.stringContaining("subject tidemark.events.> is missing"),
    });
    await expect(ensureLogStream(broker, "second", { publicAlias: true })).rejects.toMatchObject({
      code: "STREAM_UNSUITABLE",
      message: expect.stringContaining("overlap"),
    });
  });

  test("is unsuitable where it could drop or change messages, and every reason is named", async () => {
    const broker = await connectBroker({ url: server().url, name: "test" });
    onTestFinished(() => broker.close());
    const subjects = logSubjects("odd");
    await broker.jsm.streams.add({
      name: subjects.stream,
      subjects: [subjects.eventAll, subjects.controlAll],
      max_msgs_per_subject: 1,
      retention: "workqueue" as never,
      storage: "memory" as never,
      discard: "new" as never,
    });
    await expect(ensureLogStream(broker, "odd", { publicAlias: false })).rejects.toMatchObject({
      code: "STREAM_UNSUITABLE",
      message: expect.stringMatching(/retention is workqueue.*discard is new.*storage is memory.*max_msgs_per_subject is 1/),
    });
  });

  test("a record on a subject that the log does not take is refused at once", async () => {
    const broker = await connectBroker({ url: server().url, name: "test" });
    onTestFinished(() => broker.close());
    await ensureLogStream(broker, "mine", { publicAlias: false });
    await expect(new JetStreamLog(broker, "mine").append("nowhere.at.all", encode("x"))).rejects.toMatchObject({
      code: "STREAM_UNSUITABLE",
      message: expect.stringContaining("does not take nowhere.at.all"),
    });
  });
});
