// Where a contact stands: audiences, segment and stage at one instant, repeated until nothing changes (docs/packs.md, "The
// order within an event"). Each change is a transition, numbered per contact and pack.

import type { MoveDefinition, StagesDefinition } from "../../../src/packs/definition.ts";
import { holds } from "./conditions.ts";
import { type NaiveTransition, type PackState, resetScore, scopeAt, scoresAt } from "./contact.ts";

/** One look at a contact: at an event, or at a moment that has come (`happened` is empty then). */
export interface Instant {
  readonly now: number;
  /** Events of the pack that the message is, in the order of the pack. */
  readonly happened: readonly string[];
  readonly steps: NaiveTransition[];
}

const ROUNDS = 8;

export function beBorn(state: PackState, instant: Instant): void {
  const first = state.pack.stages?.order[0];
  if (first !== undefined) enterStage(state, first, null, instant);
}

export function settleInstant(state: PackState, instant: Instant): void {
  const used = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    const before = state.transitions.length;
    lookAtAudiences(state, instant);
    lookAtSegment(state, instant);
    if (state.pack.stages !== null) lookAtMoves(state, state.pack.stages, instant, used);
    if (state.transitions.length === before) return;
  }
}

/** An audience changes at most twice in one instant: in and out again, or out and in. */
function lookAtAudiences(state: PackState, instant: Instant): void {
  for (const audience of state.pack.audiences) {
    const changes = instant.steps.filter((step) => step.axis === "audience" && (step.from === audience.name || step.to === audience.name));
    if (changes.length >= 2) continue;
    const scope = scopeAt(state, instant.now);
    const inside = state.audiences.has(audience.name);
    const leaves = audience.until === null ? !holds(audience.if, scope) : holds(audience.until, scope);
    if (!inside && holds(audience.if, scope)) {
      state.audiences.add(audience.name);
      record(state, instant, { axis: "audience", from: null, to: audience.name });
    } else if (inside && leaves) {
      state.audiences.delete(audience.name);
      record(state, instant, { axis: "audience", from: audience.name, to: null });
    }
  }
}

function lookAtSegment(state: PackState, instant: Instant): void {
  if (state.pack.segments === null) return;
  const scope = scopeAt(state, instant.now);
  const { among, list } = state.pack.segments;
  const to = holds(among, scope) ? (list.find((one) => holds(one.if, scope))?.name ?? null) : null;
  if (to === state.segment) return;
  const from = state.segment;
  state.segment = to;
  state.segmentSince = instant.now;
  record(state, instant, { axis: "segment", from, to });
}

function lookAtMoves(state: PackState, stages: StagesDefinition, instant: Instant, used: Set<string>): void {
  for (;;) {
    noteWhatHolds(state, stages, instant.now);
    const move = stages.moves.find((one, index) => applies(state, one, index, instant, used));
    if (move === undefined) return;
    const event = unusedEvent(move, instant, used);
    if (event !== undefined) used.add(event);
    for (const score of move.reset) resetScore(state, score);
    enterStage(state, move.to, stages.moves.indexOf(move) + 1, instant);
    state.stayUntil = move.stayMs === null ? Number.NEGATIVE_INFINITY : instant.now + move.stayMs;
  }
}

function noteWhatHolds(state: PackState, stages: StagesDefinition, now: number): void {
  stages.moves.forEach((move, index) => {
    if (move.forMs === null) return;
    if (!holds(move.if, scopeAt(state, now))) state.heldSince.delete(index);
    else if (!state.heldSince.has(index)) state.heldSince.set(index, now);
  });
}

function applies(state: PackState, move: MoveDefinition, index: number, instant: Instant, used: Set<string>): boolean {
  if (state.stage === null || !move.from.includes(state.stage) || wasIn(state, move.to, instant)) return false;
  if (!holds(move.if, scopeAt(state, instant.now))) return false;
  if (move.events !== null) return unusedEvent(move, instant, used) !== undefined;
  if (instant.now < state.stayUntil) return false;
  return move.forMs === null || instant.now >= heldLongEnoughAt(state, index, move.forMs);
}

/** When a move with `for` has held long enough; never (Infinity) while its condition does not hold. */
export const heldLongEnoughAt = (state: PackState, index: number, forMs: number): number => {
  const since = state.heldSince.get(index);
  return since === undefined ? Number.POSITIVE_INFINITY : Math.max(since, state.stageSince) + forMs;
};

const unusedEvent = (move: MoveDefinition, instant: Instant, used: Set<string>): string | undefined =>
  instant.happened.find((event) => move.events?.includes(event) && !used.has(event));

/** No stage twice in one instant: the one it stands in, and those it stood in since the instant began. */
const wasIn = (state: PackState, stage: string, instant: Instant): boolean =>
  state.stage === stage || instant.steps.some((step) => step.axis === "stage" && (step.from === stage || step.to === stage));

function enterStage(state: PackState, to: string, move: number | null, instant: Instant): void {
  const from = state.stage;
  state.stage = to;
  state.stageSince = instant.now;
  record(state, instant, { axis: "stage", from, to }, move);
}

function record(state: PackState, instant: Instant, step: Pick<NaiveTransition, "axis" | "from" | "to">, move: number | null = null): void {
  const transition = { ...step, at: instant.now, number: state.transitions.length + 1, move, scores: scoresAt(state, instant.now) };
  state.transitions.push(transition);
  instant.steps.push(transition);
}
