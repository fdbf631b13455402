// Measures that keep values as they came: the latest and the earliest, how many different ones, the most frequent. All are
// bounded: by the bytes of a text, by `limit`, and by how many values a `top` counts at a time (docs/packs.md "measures").

import { textHash } from "../model/text-hash.ts";
import { BOUNDS } from "../packs/bounds.ts";
import type { BucketList } from "../packs/bucket-list.ts";
import { topCounts } from "../packs/measure-value.ts";
import type { LatestProgram, MeasureProgram } from "../packs/program.ts";
import { amountOf } from "../packs/text-values.ts";
import { bucketOf, windowCut } from "../packs/windows.ts";
import type { Dropped } from "./dropped.ts";
import type { Recording } from "./recording.ts";

/** By event time; of two at one moment the latest is the later in the log, the earliest the earlier. */
export function keepLatest(of: LatestProgram, to: Recording, found: unknown): void {
  const value = typed(of.type, found);
  if (value === undefined) {
    to.dropped.value_missing++;
    return;
  }
  const { row, event } = to;
  const at = row.numbers[of.at] as number;
  if (of.kind === "latest" ? event.at < at : event.at >= at) return;
  if (typeof value === "string") {
    if (isTooLong(value, to)) return;
    row.setText(of.place, value);
  } else row.numbers[of.place] = value;
  row.numbers[of.at] = event.at;
}

/** What is kept: amounts for numbers, 1 and 0 for truths. */
function typed(type: LatestProgram["type"], found: unknown): string | number | undefined {
  if (type === "string") return textOf(found);
  if (type === "bool") return typeof found === "boolean" ? Number(found) : undefined;
  const amount = amountOf(found);
  return Number.isNaN(amount) ? undefined : amount;
}

/** A value that is told apart by its text: 7 and "7" are one. */
export function textOf(found: unknown): string | undefined {
  return typeof found === "string" ? found : typeof found === "number" || typeof found === "boolean" ? String(found) : undefined;
}

function isTooLong(text: string, to: Recording): boolean {
  if (Buffer.byteLength(text) <= to.textBytes) return false;
  to.dropped.text_too_long++;
  return true;
}

/** Each value stands in the list once, in the latest bucket in which it was seen. */
export function countDistinct(of: Extract<MeasureProgram, { kind: "distinct" }>, to: Recording, found: unknown): void {
  const text = textOf(found);
  if (text === undefined) {
    to.dropped.value_missing++;
    return;
  }
  const { row, event, now } = to;
  const cut = of.window === null ? -1 : windowCut(of.window, row, now);
  const bucket = of.window === null ? 0 : bucketOf(of.window, row, event.at);
  if (bucket <= cut) return;
  const list = row.changeList(of.place);
  list.drop(cut);
  keepDistinct(of, list, bucket, textHash(text), to.dropped);
}

/** While there is no room only values that are known already change something. */
export function keepDistinct({ limit }: { readonly limit: number }, list: BucketList, bucket: number, value: number, dropped: Dropped): void {
  if (list.length < limit || list.indexOfAmount(value) >= 0) list.putLatest(bucket, value);
  else dropped.distinct_full++;
}

/**
 * Counts a value; where there is no room for another it takes the place and the count of the least frequent (Metwally,
 * Agrawal and El Abbadi 2005, "space saving"), of several the one that was not counted for the longest time.
 */
export function countTop(of: Extract<MeasureProgram, { kind: "top" }>, to: Recording, found: unknown): void {
  const text = textOf(found);
  if (text === undefined) {
    to.dropped.value_missing++;
    return;
  }
  if (isTooLong(text, to)) return;
  const counts = topCounts(to.row.text(of.place));
  const known = counts.findIndex(([value]) => value === text);
  const gives = known >= 0 ? known : counts.length < BOUNDS.top_values.most ? -1 : leastFrequent(counts);
  if (known < 0 && gives >= 0) to.dropped.top_replaced++;
  const [before] = gives < 0 ? [] : counts.splice(gives, 1);
  counts.push([text, (before?.[1] ?? 0) + 1]);
  to.row.setText(of.place, JSON.stringify(counts));
}

function leastFrequent(counts: readonly (readonly [string, number])[]): number {
  let least = 0;
  for (const [index, [, count]] of counts.entries()) if (count < (counts[least]?.[1] as number)) least = index;
  return least;
}
