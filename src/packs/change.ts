// When may the answer of something that depends on time be another? Exact, and always later than now.
//
// Between two edges (moments at which a window loses a bucket, a band or a `while` condition may change) what is left to
// change is at most one continuous term that moves in one direction, so an answer changes at most once. That change is found
// by bisection over the very function that is asked, to the millisecond: there is no formula that could disagree with it.

import type { NextChange } from "./program.ts";
import type { Row } from "./row.ts";

/** How far ahead a change is looked for: 400 years. What changes later never changes. */
const HORIZON_MS = 400 * 365 * 86_400_000;

/** First edge after `now`, Infinity where there is none. */
export function earliest(edges: readonly NextChange[], row: Row, now: number): number {
  let first = Number.POSITIVE_INFINITY;
  for (const edge of edges) {
    const at = edge(row, now);
    if (at < first) first = at;
  }
  return first;
}

/**
 * First millisecond after `now` at which `answer` may differ from what it is now: the exact change where one comes before the
 * first of `edges`, else that edge.
 */
export function nextChange<T>(answer: (row: Row, now: number) => T, edges: readonly NextChange[], continuous: boolean, row: Row, now: number): number {
  const edge = earliest(edges, row, now);
  if (!continuous) return edge;
  const current = answer(row, now);
  let high = edge === Number.POSITIVE_INFINITY ? now + HORIZON_MS : edge - 1;
  if (high <= now || answer(row, high) === current) return edge;
  let low = now;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (answer(row, middle) === current) low = middle;
    else high = middle;
  }
  return high;
}
