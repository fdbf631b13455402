import { expect, test } from "vitest";
import { BucketList } from "../../src/packs/bucket-list.ts";

const listOf = (...entries: readonly (readonly [bucket: number, amount: number])[]): BucketList => {
  const list = new BucketList();
  for (const [bucket, amount] of entries) list.insert(bucket, amount);
  return list;
};
const entriesOf = (list: BucketList): (readonly [number, number])[] =>
  Array.from({ length: list.length }, (_, i) => [list.buckets[i] as number, list.amounts[i] as number]);

test("what is added twice to a bucket is one entry, and buckets up to the cut are dropped", () => {
  const list = new BucketList();
  list.add(5, 1, 0);
  list.add(3, 2, 0);
  list.add(5, 4, 0);
  expect(entriesOf(list)).toEqual([
    [3, 2],
    [5, 5],
  ]);
  list.add(9, 1, 3);
  expect(entriesOf(list)).toEqual([
    [5, 5],
    [9, 1],
  ]);
});

test("a bucket of which everything is taken back is gone; one that is not there stays away", () => {
  const list = listOf([3, 2], [5, 5]);
  list.take(5, 4);
  list.take(3, 2);
  list.take(4, 1);
  expect(entriesOf(list)).toEqual([[5, 1]]);
});

test("entries of one bucket stay in the order in which they came", () => {
  const list = listOf([5, 1], [3, 2], [5, 3], [4, 4], [3, 5]);
  expect(entriesOf(list)).toEqual([
    [3, 2],
    [3, 5],
    [4, 4],
    [5, 1],
    [5, 3],
  ]);
  expect([list.indexOfAmount(4), list.indexOfAmount(9)]).toEqual([2, -1]);
  list.removeAt(2);
  expect([list.count(3), list.count(2), list.count(5), list.length]).toEqual([2, 4, 0, 4]);
});

test("grows beyond its first room", () => {
  const list = listOf(...Array.from({ length: 100 }, (_, i) => [100 - i, i] as const));
  expect([list.length, list.buckets[0], list.buckets[99], list.oldest(50), list.sum(98)]).toEqual([100, 1, 100, 51, 1]);
});

test("an amount is kept once, in the latest bucket in which it was seen", () => {
  const list = new BucketList();
  for (const [bucket, amount] of [
    [4, 7],
    [2, 8],
    [6, 7],
    [5, 7],
    [3, 8],
  ] as const)
    list.putLatest(bucket, amount);
  expect(entriesOf(list)).toEqual([
    [3, 8],
    [6, 7],
  ]);
});
