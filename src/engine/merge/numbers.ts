// Two numbers, lists or texts into one: what every rule of a merge is made of. NaN is "missing" and gives way to anything.

import type { Row } from "../../packs/row.ts";

export function takeLeast(row: Row, from: Row, place: number): void {
  const other = from.numbers[place] as number;
  if (!Number.isNaN(other) && !((row.numbers[place] as number) <= other)) row.numbers[place] = other;
}

export function takeMost(row: Row, from: Row, place: number): void {
  const other = from.numbers[place] as number;
  if (!Number.isNaN(other) && !((row.numbers[place] as number) >= other)) row.numbers[place] = other;
}

export function addNumber(row: Row, from: Row, place: number): void {
  row.numbers[place] = (row.numbers[place] as number) + (from.numbers[place] as number);
}

/** The row's own where it has one. */
export function takeMissing(row: Row, from: Row, place: number): void {
  if (Number.isNaN(row.numbers[place] as number)) row.numbers[place] = from.numbers[place] as number;
}

/** Bucket by bucket. */
export function addList(row: Row, from: Row, place: number): void {
  const { buckets, amounts, length } = from.lists[place] as Row["lists"][number];
  if (length === 0) return;
  const list = row.changeList(place);
  for (let i = 0; i < length; i++) list.add(buckets[i] as number, amounts[i] as number, Number.NEGATIVE_INFINITY);
}

export function copyNumber(row: Row, from: Row, place: number): void {
  row.numbers[place] = from.numbers[place] as number;
}

export function copyList(row: Row, from: Row, place: number): void {
  const { buckets, amounts, length } = from.lists[place] as Row["lists"][number];
  const list = row.changeList(place);
  list.length = 0;
  for (let i = 0; i < length; i++) list.push(buckets[i] as number, amounts[i] as number);
}
