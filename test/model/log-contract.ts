// What every Log must do, whatever it is made of (src/model/log.ts): run on the one in memory and on JetStream. Each test opens
// a log of its own, with the few things that happen to a log from outside.

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { TidemarkError } from "../../src/model/errors.ts";
import { type Position, position } from "../../src/model/ids.ts";
import type { Log, LogMark, LogMessage } from "../../src/model/log.ts";
import { markOf } from "../../src/model/log-trust.ts";

export interface LogUnderTest {
  readonly log: Log;
  /** A subject that the log takes. */
  readonly subject: string;
  purgeBelow(first: Position): Promise<void>;
  remove(at: Position): Promise<void>;
  /** Deletes the log and makes an empty one under the same name. */
  recreate(): Promise<void>;
  close(): Promise<void>;
}

export function describeLog(name: string, open: () => Promise<LogUnderTest>): void {
  const opened: LogUnderTest[] = [];
  const fresh = async (): Promise<LogUnderTest> => {
    const one = await open();
    opened.push(one);
    return one;
  };
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });

  describe(`${name} as a log`, () => {
    test("an empty log begins after its end", async () => {
      const { log } = await fresh();
      expect(await log.state()).toMatchObject({ first: 1, last: 0 });
    });

    test("gives every record the next position, and holds it as it was", async () => {
      const { log, subject } = await fresh();
      const bytes = Uint8Array.from([0, 255, 13, 10, 200]);
      expect(await log.append(subject, bytes, { contentType: "application/x-test" })).toBe(1);
      expect(await log.append(`${subject}.b`, encode("two"))).toBe(2);
      expect(await log.state()).toMatchObject({ first: 1, last: 2 });
      const found = await log.at(position(1));
      expect(found).toMatchObject({ position: 1, subject, contentType: "application/x-test" });
      expect([...(found?.data ?? [])]).toEqual([...bytes]);
      expect((await log.at(position(2)))?.contentType).toBe("");
    });

    test("has nothing at positions outside of it", async () => {
      const { log, subject } = await fresh();
      await log.append(subject, encode("one"));
      expect(await log.at(position(0))).toBeUndefined();
      expect(await log.at(position(2))).toBeUndefined();
    });

    test("finds the newest message on exactly one subject", async () => {
      const { log, subject } = await fresh();
      await log.append(`${subject}.a`, encode("1"));
      await log.append(`${subject}.a`, encode("2"));
      await log.append(`${subject}.a.b`, encode("3"));
      expect((await log.lastOn(`${subject}.a`))?.position).toBe(2);
      expect(await log.lastOn(`${subject}.c`)).toBeUndefined();
    });

    test("finds the newest message on any subject below one", async () => {
      const { log, subject } = await fresh();
      await log.append(subject, encode("1"));
      expect(await log.lastOn(`${subject}.a.>`)).toBeUndefined();
      await log.append(`${subject}.a.b`, encode("2"));
      await log.append(`${subject}.a.c`, encode("3"));
      await log.append(`${subject}.ab`, encode("4"));
      expect((await log.lastOn(`${subject}.a.>`))?.position).toBe(3);
    });

    test("stores a record with an expected last position only right behind it", async () => {
      const { log, subject } = await fresh();
      expect(await log.append(subject, encode("1"), { expectLast: position(0) })).toBe(1);
      expect(await log.append(subject, encode("no"), { expectLast: position(0) })).toBeUndefined();
      expect(await log.append(subject, encode("no"), { expectLast: position(7) })).toBeUndefined();
      expect(await log.append(subject, encode("2"), { expectLast: position(1) })).toBe(2);
      expect((await log.state()).last).toBe(2);
    });

    test("is read in order from any position, with the times at which it stored", async () => {
      const { log, subject } = await fresh();
      await fill(log, subject, 1, 500);
      const all = await take(log, position(1), 500);
      expect(all.map((message) => message.position)).toEqual(range(1, 500));
      expect(all.map(text)).toEqual(range(1, 500).map(String));
      expect((await take(log, position(321), 10)).map(text)).toEqual(range(321, 330).map(String));
      const times = await Promise.all([1, 250, 500].map(async (at) => (await log.at(position(at)))?.storedMs));
      expect([1, 250, 500].map((at) => all[at - 1]?.storedMs)).toEqual(times);
    });

    test("a reader at the end waits for what comes", async () => {
      const { log, subject } = await fresh();
      await fill(log, subject, 1, 3);
      const taking = take(log, position(2), 4);
      await sleep(30);
      await fill(log, subject, 4, 2);
      expect((await taking).map(text)).toEqual(["2", "3", "4", "5"]);
    });

    test("two readers do not disturb each other", async () => {
      const { log, subject } = await fresh();
      await fill(log, subject, 1, 200);
      const [a, b] = await Promise.all([take(log, position(1), 200), take(log, position(101), 100)]);
      expect([a.length, b.length]).toEqual([200, 100]);
      expect(b.map((message) => message.position)).toEqual(range(101, 200));
    });

    test("reading ends without error when told to stop, while waiting and before it began", async () => {
      const { log, subject } = await fresh();
      await fill(log, subject, 1, 2);
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 50);
      expect((await drain(log.read(position(1), stop.signal))).map(text)).toEqual(["1", "2"]);
      expect(await drain(log.read(position(1), AbortSignal.abort()))).toEqual([]);
    });

    test("passes over messages that were deleted from within", async () => {
      const { log, subject } = await fresh();
      await fill(log, subject, 1, 10);
      for (const at of [4, 5, 9]) await log.at(position(at)).then(() => removeFrom(log, at));
      expect((await take(log, position(1), 7)).map((message) => message.position)).toEqual([1, 2, 3, 6, 7, 8, 10]);
      expect(await log.at(position(5))).toBeUndefined();
    });

    test("says how many messages were purged before they were read", async () => {
      const { log, subject } = await fresh();
      await fill(log, subject, 1, 20);
      await purge(log, 16);
      expect(await log.state()).toMatchObject({ first: 16, last: 20 });
      expect(await failure(log, position(4))).toMatchObject({ code: "INPUT_LOST", message: expect.stringMatching(/^input lost: 12 messages purged/) });
      expect((await take(log, position(16), 5)).map(text)).toEqual(["16", "17", "18", "19", "20"]);
    });

    test("a purge of what was read already is no loss, also when the log is empty after it", async () => {
      const { log, subject } = await fresh();
      await fill(log, subject, 1, 5);
      const reading = log.read(position(1), AbortSignal.timeout(20_000))[Symbol.asyncIterator]();
      for (let i = 0; i < 5; i++) await reading.next();
      await purge(log, 6);
      expect(await log.state()).toMatchObject({ first: 6, last: 5 });
      await fill(log, subject, 6, 1);
      expect(text((await reading.next()).value as LogMessage)).toBe("6");
      await reading.return?.();
    });

    test("a log that ends before the position to read from is not the one that was read", async () => {
      const { log, subject } = await fresh();
      await fill(log, subject, 1, 5);
      expect(await failure(log, position(7))).toMatchObject({ code: "LOG_CHANGED" });
    });

    test("goes on after a mark that matches, also when the marked message is gone and nothing else", async () => {
      const { log, subject } = await fresh();
      await fill(log, subject, 1, 8);
      const mark = await markAt(log, 3);
      expect((await take(log, position(4), 1, mark)).map(text)).toEqual(["4"]);
      await purge(log, 4);
      expect((await take(log, position(4), 1, mark)).map(text)).toEqual(["4"]);
      await purge(log, 5);
      expect(await failure(log, position(4), mark)).toMatchObject({ code: "INPUT_LOST" });
    });

    test("refuses a mark whose message is another one now", async () => {
      const { log, subject } = await fresh();
      await fill(log, subject, 1, 3);
      const mark = await markAt(log, 2);
      expect(await failure(log, position(3), { ...mark, fingerprint: "0".repeat(64) })).toMatchObject({ code: "LOG_CHANGED" });
      expect(await failure(log, position(3), { ...mark, storedMs: (mark.storedMs + 1) as LogMark["storedMs"] })).toMatchObject({ code: "LOG_CHANGED" });
    });

    test("a log that was deleted and made anew is another log, even when it has grown past the mark", async () => {
      const { log, subject } = await fresh();
      await fill(log, subject, 1, 3);
      const mark = await markAt(log, 2);
      await sleep(5);
      await recreate(log);
      await fill(log, subject, 1, 9);
      expect(await failure(log, position(3), mark)).toMatchObject({ code: "LOG_CHANGED" });
    });

    test("a reader who stays notices that the log was made anew under it", async () => {
      const { log, subject } = await fresh();
      await fill(log, subject, 1, 3);
      const reading = log.read(position(1), AbortSignal.timeout(20_000))[Symbol.asyncIterator]();
      for (let i = 0; i < 3; i++) await reading.next();
      await sleep(5);
      const next = reading.next().then(
        (result) => ({ code: `delivered ${result.value?.position}` }),
        (error: TidemarkError) => ({ code: error.code }),
      );
      await recreate(log);
      await fill(log, subject, 1, 9);
      expect(await next).toEqual({ code: "LOG_CHANGED" });
    }, 20_000);
  });

  const outside = (log: Log): LogUnderTest => {
    const found = opened.find((one) => one.log === log);
    if (found === undefined) throw new Error("not a log of this test");
    return found;
  };
  const removeFrom = (log: Log, at: number) => outside(log).remove(position(at));
  const purge = (log: Log, first: number) => outside(log).purgeBelow(position(first));
  const recreate = (log: Log) => outside(log).recreate();
}

const encode = (value: string): Uint8Array => new TextEncoder().encode(value);
const text = (message: LogMessage): string => new TextDecoder().decode(message.data);
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Appends the numbers from `from` on as texts. */
async function fill(log: Log, subject: string, from: number, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await log.append(subject, encode(String(from + i)));
}

async function take(log: Log, from: Position, count: number, mark?: LogMark): Promise<LogMessage[]> {
  const out: LogMessage[] = [];
  for await (const message of log.read(from, AbortSignal.timeout(10_000), mark)) {
    out.push(message);
    if (out.length === count) break;
  }
  return out;
}

async function drain(messages: AsyncIterable<LogMessage>): Promise<LogMessage[]> {
  const out: LogMessage[] = [];
  for await (const message of messages) out.push(message);
  return out;
}

const failure = (log: Log, from: Position, mark?: LogMark): Promise<unknown> =>
  take(log, from, 1, mark).then(
    (messages) => `read ${messages.length}`,
    (error: unknown) => error,
  );

async function markAt(log: Log, at: number): Promise<LogMark> {
  const message = await log.at(position(at));
  if (message === undefined) throw new Error(`nothing at ${at}`);
  return markOf((await log.state()).createdMs, message);
}
