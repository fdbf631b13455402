// Points that are lost evenly over a time (`linear`) or all at once after it (`expiry`), by the buckets of their event times
// (docs/packs.md "scores"). A bucket's points expire as a window loses its bucket. Evenly lost points are whole until their bucket
// is over, and gone so much later; between those moments a score changes along a straight line.

import type { SpreadProgram } from "./program.ts";
import type { Row } from "./row.ts";
import { startOfBucket, windowCut, windowEdge } from "./windows.ts";

/** What a rule's points come to at `now`. */
export function spreadPoints(of: SpreadProgram, row: Row, now: number): number {
  const list = row.lists[of.list];
  if (list === undefined || list.length === 0) return 0;
  if (of.law === "expiry") return list.sum(windowCut(of.window, row, now));
  let points = 0;
  for (let i = 0; i < list.length; i++) points += (list.amounts[i] as number) * spreadWorth(of, row, list.buckets[i] as number, now);
  return points;
}

/** What one point of a bucket is worth at `now`: 1 to 0. */
export function spreadWorth(of: SpreadProgram, row: Row, bucket: number, now: number): number {
  if (of.law === "expiry") return bucket > windowCut(of.window, row, now) ? 1 : 0;
  const left = 1 - (now - startOfBucket(of.window, row, bucket + 1)) / of.ms;
  return Math.max(0, Math.min(1, left));
}

/** Buckets up to this one are worth nothing any more. One more than that is kept: days are not all of one length. */
export const spreadCut = (of: SpreadProgram, row: Row, now: number): number => windowCut(of.window, row, now) - (of.law === "linear" ? 2 : 0);

/** The first moment after `now` at which a bucket is over, or its points are gone. */
export function spreadEdge(of: SpreadProgram, row: Row, now: number): number {
  if (of.law === "expiry") return windowEdge(row, of.list, of.window, now);
  const list = row.lists[of.list];
  let first = Number.POSITIVE_INFINITY;
  for (let i = 0; list !== undefined && i < list.length; i++) {
    const over = startOfBucket(of.window, row, (list.buckets[i] as number) + 1);
    const edge = over > now ? over : over + of.ms;
    if (edge > now && edge < first) first = edge;
  }
  return first;
}
