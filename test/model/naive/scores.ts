// Scores by docs/packs.md ("scores"). What a score was credited cannot be worked out again from what happened, because clipping depends
// on the order; so credits are a list, and a score is what has become of them by now.

import type { PointsRule, ScoreDefinition, SpreadDefinition } from "../../../src/packs/definition.ts";
import { firstAt } from "./calendar.ts";
import { holds } from "./conditions.ts";
import { DAY, type Occurrence, type PackState, type Placed, scopeAt, zoneOf } from "./contact.ts";
import { inWindow, placed } from "./windows.ts";

/** Points given to a rule of a score at a moment. Rule null: `floor`. */
export interface Credit extends Placed {
  readonly score: string;
  readonly rule: string | null;
  /** As of when the points are what they are. */
  readonly since: number;
  /** Of a rule that spreads its points, what its bucket keeps. */
  readonly points: number;
  /** The same as it was recorded, before two rows were made one: what an undo takes back. */
  readonly recorded: number;
  readonly decays: boolean;
  readonly spread: SpreadDefinition | null;
  /** Whose doing it was; null for `floor`. */
  readonly of: Occurrence | null;
}

export interface ScoreValue {
  /** As it is read: rounded to 2^-30, and between low and high. */
  readonly value: number;
  /** Between low and high, not rounded: what a hit reckons with. */
  readonly exact: number;
  /** The rules' total before clamping, the kept floor included. */
  readonly raw: number;
  /** By rule; `floor` where it is not 0. The sum is the value. */
  readonly points: Record<string, number>;
}

export function scoreNamed(state: PackState, name: string): ScoreDefinition {
  const score = state.pack.scores.find((one) => one.name === name);
  if (score === undefined) throw new Error(`no score ${name}`);
  return score;
}

export function scoreAt(state: PackState, score: ScoreDefinition, now: number, scope = scopeAt(state, now)): ScoreValue {
  const points: Record<string, number> = {};
  for (const rule of score.points) points[rule.event] = creditsAt(state, score, rule.event, now);
  for (const rule of score.while) points[rule.name] = holds(rule.if, scope) ? rule.points : 0;
  const kept = creditsAt(state, score, null, now);
  const raw = Object.values(points).reduce((sum, part) => sum + part, 0) + kept;
  const exact = clamp(raw, score.low, score.high);
  const value = clamp(Math.round(raw * 2 ** 30) / 2 ** 30, score.low, score.high);
  const floor = kept + (exact - raw);
  return { value, exact, raw, points: floor === 0 ? points : { ...points, floor } };
}

function creditsAt(state: PackState, score: ScoreDefinition, rule: string | null, now: number): number {
  let sum = 0;
  for (const one of state.credits) if (one.score === score.name && one.rule === rule) sum += brought(state, one, score, now);
  return sum;
}

export function brought(state: PackState, credit: Credit, score: ScoreDefinition, now: number): number {
  if (credit.spread !== null) return credit.points * weightAt(state, credit.spread, credit, now);
  return credit.decays && score.halfLifeMs !== null ? credit.points * Math.pow(2, (credit.since - now) / score.halfLifeMs) : credit.points;
}

/** How much of what a bucket keeps is left: evenly less from its end on, or all until the window loses it. */
function weightAt(state: PackState, { law, window }: SpreadDefinition, one: Placed, now: number): number {
  if (law === "expiry") return inWindow(state, window, one, now) ? 1 : 0;
  const lasts = window.bucketMs * window.buckets;
  return Math.min(1, Math.max(0, 1 - (now - bucketEnd(state, window.bucketMs, one)) / lasts));
}

/** The first moment of the bucket after the one in which something lies. */
export const bucketEnd = (state: PackState, bucketMs: number, { at, day }: Placed): number =>
  bucketMs === DAY ? firstAt(zoneOf(state), day + 1) : (Math.floor(at / bucketMs) + 1) * bucketMs;

/** Steps 1 to 4 of docs/packs.md ("scores") for one event. */
export function hitScores(state: PackState, event: string, of: Occurrence, now: number): void {
  for (const score of state.pack.scores) {
    for (const rule of score.points.filter((one) => one.event === event)) hit(state, score, rule, of, now);
  }
}

function hit(state: PackState, score: ScoreDefinition, rule: PointsRule, of: Occurrence, now: number): void {
  const { spread } = rule;
  const decays = rule.decays && score.halfLifeMs !== null;
  const place = placed(state, of.at, now);
  let points = rule.cap === null ? rule.add : leftUnderCap(state, score, rule, place, now);
  if (decays && score.halfLifeMs !== null && of.at < now) points *= Math.pow(2, (of.at - now) / score.halfLifeMs);
  const weight = spread === null ? 1 : weightAt(state, spread, place, now);
  points *= weight;
  const common = { score: score.name, since: now, ...place };
  closeBooks(state, score, now);
  const { exact } = scoreAt(state, score, now);
  const credited = clamp(exact + points, score.low, score.high) - exact;
  const credit = { ...common, rule: rule.event, decays, of };
  const kept = weight === 0 ? 0 : credited / weight;
  state.credits.push({ ...credit, spread, points: kept, recorded: kept });
  if (rule.cap !== null) state.capped.push({ ...credit, spread: null, points: credited, recorded: credited });
}

/** What clamping adds or takes at this moment is kept from here on; not where points must leave nothing behind. */
export function closeBooks(state: PackState, score: ScoreDefinition, now: number): void {
  const { exact, raw } = scoreAt(state, score, now);
  if (raw === exact || score.points.some((one) => one.spread !== null)) return;
  const credit = { score: score.name, rule: null, since: now, points: exact - raw, recorded: exact - raw, decays: false, spread: null, of: null };
  state.credits.push({ ...credit, ...placed(state, now, now) });
}

function leftUnderCap(state: PackState, score: ScoreDefinition, rule: PointsRule, place: Placed, now: number): number {
  const { cap } = rule;
  if (cap === null) return rule.add;
  if (!inWindow(state, cap.window, place, now)) return 0;
  const counted = state.capped.filter((one) => one.score === score.name && one.rule === rule.event && inWindow(state, cap.window, one, now));
  const used = Math.abs(counted.reduce((sum, one) => sum + one.points, 0));
  return Math.sign(rule.add) * Math.min(Math.abs(rule.add), Math.max(0, Math.abs(cap.limit) - used));
}

export function resetScore(state: PackState, score: string): void {
  state.credits = state.credits.filter((one) => one.score !== score);
}

export const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
