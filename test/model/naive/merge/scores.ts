// What two rows were credited, as one score (docs/identity.md, "Scores"): rule by rule as a hit, so that cap and range hold.

import type { PointsRule, ScoreDefinition } from "../../../../src/packs/definition.ts";
import type { PackState } from "../contact.ts";
import { brought, type Credit, clamp, closeBooks, scoreAt } from "../scores.ts";
import { bucketIn, inWindow } from "../windows.ts";

/** `state` is of both, but for its scores: these are the own. */
export function joinScores(state: PackState, other: PackState, now: number): void {
  for (const score of state.pack.scores) {
    const worth = (rule: string | null): number => creditsOf(other.credits, score, rule).reduce((sum, one) => sum + brought(state, one, score, now), 0);
    const adds = [null, ...score.points.map(({ event }) => event)].some((rule) => worth(rule) !== 0);
    state.credits.push(...creditsOf(other.credits, score, null));
    for (const rule of score.points) {
      const left = joinCap(state, other, score, rule, now);
      if (adds) joinRule(state, creditsOf(other.credits, score, rule.event), score, { whole: worth(rule.event), left, now });
    }
  }
}

interface Worth {
  readonly whole: number;
  /** What the cap cuts of it. */
  readonly left: number;
  readonly now: number;
}

function joinRule(state: PackState, theirs: readonly Credit[], score: ScoreDefinition, { whole, left, now }: Worth): void {
  closeBooks(state, score, now);
  const points = Math.sign(whole) * Math.max(0, Math.abs(whole) - left);
  const { exact } = scoreAt(state, score, now);
  const credited = clamp(exact + points, score.low, score.high) - exact;
  const share = whole === 0 ? 1 : credited / whole;
  state.credits.push(...theirs.map((one) => ({ ...one, points: one.points * share })));
}

/** What the cap cuts of the other's: taken from the newest buckets. */
function joinCap(state: PackState, other: PackState, score: ScoreDefinition, rule: PointsRule, now: number): number {
  const { cap } = rule;
  if (cap === null) return 0;
  const sum = (all: readonly Credit[]): number => all.filter((one) => inWindow(state, cap.window, one, now)).reduce((total, one) => total + one.points, 0);
  const theirs = creditsOf(other.capped, score, rule.event);
  const [own, came] = [sum(creditsOf(state.capped, score, rule.event)), sum(theirs)];
  const beyond = Math.min(Math.max(0, Math.abs(own + came) - Math.abs(cap.limit)), Math.abs(came));
  let left = beyond;
  for (const one of [...theirs].sort((a, b) => bucketIn(cap.window, b) - bucketIn(cap.window, a))) {
    const taken = Math.min(left, Math.abs(one.points));
    left -= taken;
    state.capped.push({ ...one, points: one.points - Math.sign(one.points) * taken });
  }
  return beyond;
}

const creditsOf = (all: readonly Credit[], score: ScoreDefinition, rule: string | null): Credit[] =>
  all.filter((one) => one.score === score.name && one.rule === rule);
