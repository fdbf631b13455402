// When may the answer of something that depends on time be another? Exact, and always later than now.
//
// Between two edges (moments at which a window loses a bucket, a band or a `while` condition may change) what is left to
// change is at most one continuous term that moves in one direction, so an answer changes at most once. That change is found
// by bisection over the very function that is asked, to the millisecond. A formula may say where to look first; what counts is
// what the function answers there, so the two cannot disagree.

import type { Row } from "../row.ts";
import type { NextChange } from "./truth.ts";

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

/** Edges looked past, at most, before one is given as the answer although nothing changes there. */
const EDGES_PASSED = 32;
/** How far off, in ms, a guess of the change may be to save the search. */
const GUESS_REACH_MS = 2;

/** A formula's idea of when a continuous term crosses its bound; NaN for none. It is only believed where the answer agrees. */
export type Guess = (row: Row, now: number) => number;

/**
 * First millisecond after `now` at which `answer` may differ from what it is now: exact, but for an answer that stays the same
 * past very many edges, where one of them is given.
 */
export function nextChange<T>(
  answer: (row: Row, now: number) => T,
  edges: readonly NextChange[],
  continuous: boolean,
  row: Row,
  now: number,
  guess?: Guess,
): number {
  const current = answer(row, now);
  let from = now;
  for (let passed = 0; ; passed++) {
    const edge = earliest(edges, row, from);
    if (continuous) {
      const change = changeBefore(answer, current, edge, row, from, guess);
      if (change < edge) return change;
    }
    if (edge === Number.POSITIVE_INFINITY || passed === EDGES_PASSED || answer(row, edge) !== current) return edge;
    from = edge;
  }
}

/** The one change after `from` and before `edge`, or Infinity. */
function changeBefore<T>(answer: (row: Row, now: number) => T, current: T, edge: number, row: Row, from: number, guess: Guess | undefined): number {
  let high = edge === Number.POSITIVE_INFINITY ? from + HORIZON_MS : edge - 1;
  if (high <= from || answer(row, high) === current) return Number.POSITIVE_INFINITY;
  let low = from;
  const near = guess === undefined ? Number.NaN : Math.floor(guess(row, from));
  if (near - GUESS_REACH_MS > low && answer(row, near - GUESS_REACH_MS) === current) low = near - GUESS_REACH_MS;
  if (near + GUESS_REACH_MS > low && near + GUESS_REACH_MS < high && answer(row, near + GUESS_REACH_MS) !== current) high = near + GUESS_REACH_MS;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (answer(row, middle) === current) low = middle;
    else high = middle;
  }
  return high;
}
