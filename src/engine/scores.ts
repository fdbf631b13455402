// A hit: an event that gives points. Clipped at the moment of adding, so that a rule is credited with what was added and the
// rules' points sum to the score; the line `floor` closes the books where decay at different speeds would push the sum out
// of the range (docs/packs.md "scores"). Forward decay: Cormode, Shkapenyuk, Srivastava and Xu, ICDE 2009.

import { exp2 } from "../model/portable.ts";
import type { PointsProgram, ScoreProgram, SpreadProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { clamp, scoreRaw } from "../packs/score-value.ts";
import { spreadCut, spreadWorth } from "../packs/spread-points.ts";
import { bucketOf, windowCut } from "../packs/windows.ts";

/** Half-lives past the landmark after which it moves on. */
const LANDMARK_REACH = 32;

/** What the rule is credited, as of now. */
export function hit(score: ScoreProgram, rule: PointsProgram, row: Row, at: number, now: number): number {
  const { numbers } = row;
  row.version++;
  // Also a hit that its cap leaves nothing of closes the books: docs/packs.md counts every hit.
  let points = allowed(rule, row, at, now);
  if (rule.decays) {
    advanceLandmark(score, row, now);
    if (at < now) points *= exp2((at - now) / score.halfLifeMs);
  } else if (rule.spread !== null) points *= worthAt(rule.spread, row, at, now);
  const raw = scoreRaw(score, row, now);
  const value = clamp(score.low, score.high, raw);
  if (raw !== value && score.keepsFloor) numbers[score.floor] = (numbers[score.floor] as number) + (value - raw);
  const credited = clamp(score.low, score.high, value + points) - value;
  if (credited === 0) return 0;
  keepPoints(score, rule, row, credited, at, now);
  if (rule.cap !== null) row.addToList(rule.cap.list, bucketOf(rule.cap.window, row, at), credited, windowCut(rule.cap.window, row, now));
  return credited;
}

function keepPoints(score: ScoreProgram, rule: PointsProgram, row: Row, credited: number, at: number, now: number): void {
  const { numbers } = row;
  if (rule.spread !== null) {
    const { list, window } = rule.spread;
    row.addToList(list, bucketOf(window, row, at), credited / worthAt(rule.spread, row, at, now), spreadCut(rule.spread, row, now));
    return;
  }
  const scaled = rule.decays ? credited * exp2((now - (numbers[score.landmark] as number)) / score.halfLifeMs) : credited;
  numbers[rule.total] = (numbers[rule.total] as number) + scaled;
}

/** What one point of a hit at event time `at` is worth at `now`. */
const worthAt = (spread: SpreadProgram, row: Row, at: number, now: number): number => spreadWorth(spread, row, bucketOf(spread.window, row, at), now);

/** What a rule was credited for one hit. `live`: the score has not been reset since. */
export interface Credit {
  readonly credited: number;
  readonly at: number;
  /** When it was credited. */
  readonly recorded: number;
  readonly live: boolean;
}

/** Takes back what is left of a credit; what that does to the range is closed like everything else, by `floor`. */
export function takePoints(score: ScoreProgram, rule: PointsProgram, row: Row, of: Credit): void {
  const { numbers } = row;
  row.version++;
  if (rule.cap !== null) takeFromBucket(rule.cap, row, of.at, of.credited);
  if (!of.live) return;
  if (rule.spread !== null) return takeFromBucket(rule.spread, row, of.at, of.credited / worthAt(rule.spread, row, of.at, of.recorded));
  const scaled = rule.decays ? of.credited * exp2((of.recorded - (numbers[score.landmark] as number)) / score.halfLifeMs) : of.credited;
  numbers[rule.total] = (numbers[rule.total] as number) - upTo(scaled, numbers[rule.total] as number);
}

function takeFromBucket({ list, window }: Pick<SpreadProgram, "list" | "window">, row: Row, at: number, amount: number): void {
  const bucket = bucketOf(window, row, at);
  const taken = upTo(amount, row.lists[list]?.get(bucket) ?? Number.NaN);
  if (taken !== 0) row.changeList(list).take(bucket, taken);
}

/** No more than is there: a merge may have cut it since. */
const upTo = (amount: number, there: number): number => (amount * there > 0 ? Math.sign(amount) * Math.min(Math.abs(amount), Math.abs(there)) : 0);

/** What the rule's cap leaves of its points at `now`. */
function allowed(rule: PointsProgram, row: Row, at: number, now: number): number {
  const { cap, add } = rule;
  if (cap === null) return add;
  const cut = windowCut(cap.window, row, now);
  if (bucketOf(cap.window, row, at) <= cut) return 0;
  const used = row.lists[cap.list]?.sum(cut) ?? 0;
  const left = Math.max(0, Math.abs(cap.limit) - Math.abs(used));
  return add > 0 ? Math.min(add, left) : -Math.min(-add, left);
}

/** Sets the landmark at the first decaying hit, and moves it on by whole half-lives: scaling by a power of two is exact. */
function advanceLandmark(score: ScoreProgram, row: Row, now: number): void {
  const { numbers } = row;
  const landmark = numbers[score.landmark] as number;
  if (Number.isNaN(landmark)) {
    numbers[score.landmark] = now;
    return;
  }
  if (now - landmark <= LANDMARK_REACH * score.halfLifeMs) return;
  const halfLives = Math.floor((now - landmark) / score.halfLifeMs);
  const factor = exp2(-halfLives);
  for (const rule of score.points) if (rule.decays) numbers[rule.total] = (numbers[rule.total] as number) * factor;
  numbers[score.landmark] = landmark + halfLives * score.halfLifeMs;
}

/** A clean score: totals, kept floor and landmark go; caps keep what they have counted. */
export function resetScore(score: ScoreProgram, row: Row): void {
  row.version++;
  for (const { spread, total } of score.points)
    if (spread === null) row.numbers[total] = 0;
    else row.changeList(spread.list).drop(Number.POSITIVE_INFINITY);
  row.numbers[score.floor] = 0;
  row.numbers[score.landmark] = Number.NaN;
  if (score.resets >= 0) row.numbers[score.resets] = (row.numbers[score.resets] as number) + 1;
}
