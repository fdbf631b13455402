// Records between partitions on their way into the log: in order, in messages of bounded size, again from the first that failed.

import { expect, test } from "vitest";
import { UnwrittenRecords } from "../../src/app/unwritten-records.ts";
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
