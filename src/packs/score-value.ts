// What a score is at a moment: a pure function of the row, computed when asked, so that a score *is* the sum of its rules'
// contributions. Points that decay are kept in forward form (Cormode et al. 2009): a rule's total A at the landmark L counts
// A * 2^((L - now)/h) now, so time passing writes nothing. Points that go evenly or expire are in spread-points.ts.

import { exp2, log2 } from "../model/portable.ts";
import type { ScoreProgram, WhileProgram } from "./program.ts";
import type { Row } from "./row.ts";
import { spreadPoints } from "./spread-points.ts";
import { YES } from "./terms/truth.ts";

export const scoreHasDecay = (score: ScoreProgram): boolean => score.points.some((rule) => rule.decays || rule.spread?.law === "linear");

/** What one unit at the landmark is worth at `now`; 0 before the first decaying hit. */
export function decayFactor(score: ScoreProgram, row: Row, now: number): number {
  const landmark = row.numbers[score.landmark] as number;
  return Number.isNaN(landmark) ? 0 : exp2((landmark - now) / score.halfLifeMs);
}

/** Sum of all rules and the kept floor, before clamping. */
export function scoreRaw(score: ScoreProgram, row: Row, now: number): number {
  const decaying = decayingTotal(score, row);
  const fixed = fixedSum(score, row, now);
  return decaying === 0 ? fixed : decaying * decayFactor(score, row, now) + fixed;
}

/** When the decaying part brings the sum to `bound`: L + h log2(A / (bound - fixed)); NaN where it never does. */
export function scoreMeets(score: ScoreProgram, row: Row, now: number, bound: number): number {
  const halfLives = log2(decayingTotal(score, row) / (bound - fixedSum(score, row, now)));
  return (row.numbers[score.landmark] as number) + halfLives * score.halfLifeMs;
}

/** Of the rules that decay, at the landmark. */
function decayingTotal(score: ScoreProgram, row: Row): number {
  let total = 0;
  for (const rule of score.points) if (rule.decays) total += row.numbers[rule.total] as number;
  return total;
}

function fixedSum(score: ScoreProgram, row: Row, now: number): number {
  let sum = row.numbers[score.floor] as number;
  for (const rule of score.points)
    if (rule.spread !== null) sum += spreadPoints(rule.spread, row, now);
    else if (!rule.decays) sum += row.numbers[rule.total] as number;
  return sum + score.held(row, now);
}

/** Sums the `while` rules that hold; of those that only an event can change the sum is kept until one may have. */
export function heldPoints(whiles: readonly WhileProgram[]): ScoreProgram["held"] {
  const timeless = whiles.filter((rule) => rule.condition.timeless);
  const timely = whiles.filter((rule) => !rule.condition.timeless);
  let keptFor: Row | undefined;
  let version = -1;
  let kept = 0;
  return (row, now) => {
    if (row !== keptFor || row.version !== version) {
      kept = sumOfHolding(timeless, row, now);
      keptFor = row;
      version = row.version;
    }
    return timely.length === 0 ? kept : kept + sumOfHolding(timely, row, now);
  };
}

function sumOfHolding(whiles: readonly WhileProgram[], row: Row, now: number): number {
  let sum = 0;
  for (const rule of whiles) if (rule.condition.truth(row, now) === YES) sum += rule.points;
  return sum;
}

export const clamp = (low: number, high: number, value: number): number => Math.max(low, Math.min(high, value));

/** Fineness of a score: without it the last bit of a sum would decide whether a score that was clipped to 0 is above 0. */
const FINEST = 1_073_741_824;

/** The score: to the nearest 2^-30, clamped to its range. Rounding is monotone, so a score still crosses a bound once. */
export const scoreValue = (score: ScoreProgram, row: Row, now: number): number =>
  clamp(score.low, score.high, Math.round(scoreRaw(score, row, now) * FINEST) / FINEST);

/** Each rule's contribution at `now` that is not 0, and the line `floor` that closes the books: together exactly the score. */
export function scoreContributions(score: ScoreProgram, row: Row, now: number): { rule: string; points: number }[] {
  const factor = decayFactor(score, row, now);
  const lines: { rule: string; points: number }[] = [];
  for (const rule of score.points) {
    const points = rule.spread !== null ? spreadPoints(rule.spread, row, now) : (row.numbers[rule.total] as number) * (rule.decays ? factor : 1);
    if (points !== 0) lines.push({ rule: rule.name, points });
  }
  for (const rule of score.whiles) if (rule.condition.truth(row, now) === YES && rule.points !== 0) lines.push({ rule: rule.name, points: rule.points });
  const raw = scoreRaw(score, row, now);
  const floor = (row.numbers[score.floor] as number) + clamp(score.low, score.high, raw) - raw;
  if (floor !== 0) lines.push({ rule: "floor", points: floor });
  return lines;
}
