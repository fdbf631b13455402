// Points of two rows as one (docs/identity.md "Scores"). Both are brought to one landmark; then the other's points are added rule by
// rule as a hit adds them: a rule is credited with what was added, so that the cap and the range hold, and the rules still sum to the
// score. Where nothing is clipped that is the plain sum.

import { exp2 } from "../../model/portable.ts";
import type { PointsProgram, ScoreProgram } from "../../packs/program.ts";
import type { Row } from "../../packs/row.ts";
import { clamp, decayFactor, scoreRaw } from "../../packs/score-value.ts";
import { spreadPoints } from "../../packs/spread-points.ts";
import { windowCut } from "../../packs/windows.ts";
import { addList, addNumber } from "./numbers.ts";

/** After traits, measures and places: `while` rules look at them. `from` is used up. */
export function mergeScore(score: ScoreProgram, row: Row, from: Row, now: number): void {
  if (from.numbers[score.floor] === 0 && score.points.every((rule) => worth(score, rule, from, now) === 0)) {
    for (const rule of score.points) underCap(rule, 0, row, from, now);
    return;
  }
  alignLandmarks(score, row, from);
  addNumber(row, from, score.floor);
  for (const rule of score.points) {
    closeBooks(score, row, now);
    addRule(score, rule, row, from, now);
    row.version++;
  }
}

/** To the later one: what is scaled only becomes smaller. */
function alignLandmarks(score: ScoreProgram, row: Row, from: Row): void {
  const [own, other] = [row.numbers[score.landmark] as number, from.numbers[score.landmark] as number];
  if (Number.isNaN(other)) return;
  const later = Number.isNaN(own) ? other : Math.max(own, other);
  for (const [one, landmark] of [
    [row, own],
    [from, other],
  ] as const) {
    if (landmark === later || Number.isNaN(landmark)) continue;
    const factor = exp2((landmark - later) / score.halfLifeMs);
    for (const rule of score.points) if (rule.decays) one.numbers[rule.total] = (one.numbers[rule.total] as number) * factor;
  }
  row.numbers[score.landmark] = later;
  from.numbers[score.landmark] = later;
}

/** As a hit does before it adds. */
function closeBooks(score: ScoreProgram, row: Row, now: number): void {
  const raw = scoreRaw(score, row, now);
  const value = clamp(score.low, score.high, raw);
  if (raw !== value && score.keepsFloor) row.numbers[score.floor] = (row.numbers[score.floor] as number) + (value - raw);
}

function addRule(score: ScoreProgram, rule: PointsProgram, row: Row, from: Row, now: number): void {
  const points = worth(score, rule, from, now);
  const left = underCap(rule, points, row, from, now);
  const value = clamp(score.low, score.high, scoreRaw(score, row, now));
  const fits = value + left >= score.low && value + left <= score.high;
  const credited = fits ? left : clamp(score.low, score.high, value + left) - value;
  if (credited !== points) scale(rule, from, points === 0 ? 0 : credited / points);
  if (rule.spread === null) addNumber(row, from, rule.total);
  else addList(row, from, rule.spread.list);
}

/** What the rule contributes at `now`. */
function worth(score: ScoreProgram, rule: PointsProgram, row: Row, now: number): number {
  if (rule.spread !== null) return spreadPoints(rule.spread, row, now);
  return (row.numbers[rule.total] as number) * (rule.decays ? decayFactor(score, row, now) : 1);
}

/** What both were credited in the cap's window goes no further than the cap: what is beyond is taken from the other's newest buckets, and from its points. */
function underCap(rule: PointsProgram, points: number, row: Row, from: Row, now: number): number {
  const { cap } = rule;
  if (cap === null) return points;
  const cut = windowCut(cap.window, row, now);
  const other = from.changeList(cap.list);
  const limit = Math.abs(cap.limit);
  const beyond = Math.max(0, Math.abs((row.lists[cap.list]?.sum(cut) ?? 0) + other.sum(cut)) - limit);
  const gone = Math.min(beyond, Math.abs(other.sum(cut)));
  let left = gone;
  for (let at = other.length - 1; at >= 0 && left > 0; at--) {
    const amount = other.amounts[at] as number;
    const taken = Math.min(left, Math.abs(amount));
    other.amounts[at] = amount - Math.sign(amount) * taken;
    left -= taken;
    if (other.amounts[at] === 0) other.removeAt(at);
  }
  addList(row, from, cap.list);
  return gone === 0 ? points : Math.sign(points) * Math.max(0, Math.abs(points) - gone);
}

function scale(rule: PointsProgram, row: Row, factor: number): void {
  if (rule.spread === null) {
    row.numbers[rule.total] = (row.numbers[rule.total] as number) * factor;
    return;
  }
  const list = row.changeList(rule.spread.list);
  for (let at = 0; at < list.length; at++) list.amounts[at] = (list.amounts[at] as number) * factor;
}
