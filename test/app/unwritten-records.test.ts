// Records between partitions on their way into the log: in order, in messages of bounded size, again from the first that failed.

import { expect, test } from "vitest";
import { largestMessage, UnwrittenRecords } from "../../src/app/unwritten-records.ts";
import { type PairRecord, unpackRecords } from "../../src/partition/pair-records.ts";

const record = (from: number, to: number, number: number, bytes = 10): PairRecord => ({ from, to, number, body: new Uint8Array(bytes).fill(number) });
const shown = (data: Uint8Array): string[] => (unpackRecords(data) ?? []).map(({ from, to, number }) => `${from}>${to} ${number}`);

function all(of: UnwrittenRecords): string[][] {
  const messages: string[][] = [];
  for (let message = of.next(); message !== undefined; message = of.next()) messages.push(shown(message.data));
  return messages;
}

test("go in the order of their pairs and numbers, each once", () => {
  const of = new UnwrittenRecords();
  of.take([{ records: [record(3, 1, 1), record(3, 0, 1)] }, { records: [record(2, 5, 1), record(2, 5, 2)] }]);
  expect(of.count).toBe(4);
  expect(all(of)).toEqual([["2>5 1", "2>5 2", "3>0 1", "3>1 1"]]);
  expect(of.count).toBe(0);
  of.take([{ records: [record(3, 1, 2)] }]);
  expect(all(of)).toEqual([["3>1 2"]]);
});

test("what the log holds need not be written", () => {
  const of = new UnwrittenRecords();
  of.take([{ records: [record(0, 1, 1), record(0, 1, 2), record(0, 1, 3)], passed: [{ from: 0, to: 1, number: 2 }] }]);
  expect(of.count).toBe(1);
  expect(all(of)).toEqual([["0>1 3"]]);
  of.take([{ records: [], passed: [{ from: 0, to: 1, number: 3 }] }]);
  expect(of.count).toBe(0);
});

test("a message that could not be stored is written again, and what comes behind it in its pairs", () => {
  const of = new UnwrittenRecords();
  of.take([{ records: [record(0, 1, 1, 200_000), record(0, 1, 2, 200_000), record(0, 2, 1)] }]);
  const first = of.next();
  const second = of.next();
  expect([shown(first?.data ?? new Uint8Array()), shown(second?.data ?? new Uint8Array())]).toEqual([["0>1 1"], ["0>1 2", "0>2 1"]]);
  first?.again();
  expect(of.count).toBe(2);
  expect(all(of)).toEqual([["0>1 1"], ["0>1 2"]]);
});

test("a record that the log was seen to hold meanwhile is not gone back to", () => {
  const of = new UnwrittenRecords();
  of.take([{ records: [record(0, 1, 1), record(0, 1, 2)] }]);
  const message = of.next();
  of.take([{ records: [], passed: [{ from: 0, to: 1, number: 1 }] }]);
  message?.again();
  expect(all(of)).toEqual([["0>1 2"]]);
});

test("a record that is given again is written as it is now, in its place, and not twice", () => {
  const of = new UnwrittenRecords();
  of.take([{ records: [record(0, 1, 4), record(0, 1, 5), record(0, 1, 6)] }]);
  of.take([{ records: [{ ...record(0, 1, 5), body: Uint8Array.of(99) }], passed: [{ from: 0, to: 1, number: 4 }] }]);
  expect(of.count).toBe(2);
  const message = of.next();
  const bodies = (data: Uint8Array = new Uint8Array()) => (unpackRecords(data) ?? []).map(({ number, body }) => [number, body[0]]);
  expect(bodies(message?.data)).toEqual([
    [5, 99],
    [6, 6],
  ]);
  of.take([{ records: [{ ...record(0, 1, 6), body: Uint8Array.of(98) }] }]);
  expect(of.next()).toBeUndefined();
  message?.again();
  expect(bodies(of.next()?.data)).toEqual([
    [5, 99],
    [6, 98],
  ]);
});

test("how long the oldest waits counts from when it came, also when it could not be stored", () => {
  let now = 100;
  const of = new UnwrittenRecords(() => now);
  expect(of.oldestMs).toBeUndefined();
  of.take([{ records: [record(0, 1, 1), record(4, 5, 1)] }]);
  now = 200;
  of.take([{ records: [record(0, 1, 2)] }]);
  expect(of.oldestMs).toBe(100);
  of.take([
    {
      records: [],
      passed: [
        { from: 4, to: 5, number: 1 },
        { from: 0, to: 1, number: 1 },
      ],
    },
  ]);
  expect(of.oldestMs).toBe(200);
  const message = of.next();
  expect(of.oldestMs).toBeUndefined();
  message?.again();
  expect([of.oldestMs, of.count]).toEqual([200, 1]);
});

test("no message is larger than is said, whatever its records are", () => {
  const headers = 60;
  for (const [bytes, count, limit] of [
    [0, 3000, 4096],
    [262, 1200, 4096],
    [524_288, 2, 524_288],
  ] as const) {
    const of = new UnwrittenRecords();
    of.take([{ records: Array.from({ length: count }, (_, i) => record(63, 62, 2 ** 40 + i, bytes)) }]);
    for (let message = of.next(); message !== undefined; message = of.next()) expect(message.data.length + headers).toBeLessThanOrEqual(largestMessage(limit));
  }
});
