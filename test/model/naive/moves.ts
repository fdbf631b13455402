// Where a contact stands: grids, audiences, segment and stage at one instant, repeated until nothing changes (docs/packs.md, "The
// order within an event"). Each change is a transition, numbered per contact and pack.

import { BACK, type MoveDefinition, type StagesDefinition } from "../../../src/packs/definition.ts";
import { holds } from "./conditions.ts";
import { cellAt, type NaiveTransition, type PackState, type Shown, scopeAt } from "./contact.ts";
import { at, type NaiveEvent } from "./message.ts";
import { resetScore, scoreAt } from "./scores.ts";

/** One look at a contact: at an event, or at a moment that has come (`happened` is empty then). */
export interface Instant {
  readonly now: number;
  /** Events of the pack that the message is, in the order of the pack. */
  readonly happened: readonly string[];
  readonly steps: NaiveTransition[];
  /** An outside hand has set the stage: no move applies. */
  handSet: boolean;
  /** The pack leaves the contact out, and stands still for it. */
  readonly leftOut: boolean;
  /** Only the numbers of the population are others: where the contact stands settles, and nobody is told. */
  readonly silent: boolean;
  readonly history: HistoryLook;
}

/** `past`: of a contact in history. `told`: what a historical event does to one that is not, whose triggers are withheld. */
export type HistoryLook = "past" | "told" | null;

const ROUNDS = 8;
const HAND_TEXT = 256;

export function beBorn(state: PackState, instant: Instant): void {
  const first = state.pack.stages?.order[0];
  state.bornAt = instant.now;
  if (first !== undefined) enterStage(state, first, { move: null, told: { move: "birth" } }, instant);
}

/** A message that an outside hand sets the stage with: of several events the last. */
export function setByHand(state: PackState, instant: Instant, event: NaiveEvent): void {
  const { stages, events } = state.pack;
  const name = instant.happened.filter((one) => stages?.setBy.includes(one)).at(-1);
  const hand = events.find((one) => one.name === name)?.stage ?? null;
  if (stages === null || hand === null) return;
  const to = at(event.message, hand.from);
  if (typeof to !== "string" || !stages.order.includes(to)) return;
  instant.handSet = true;
  const textAt = (path: typeof hand.by): string | null => {
    const text = path === null ? undefined : at(event.message, path);
    return typeof text === "string" ? text.slice(0, HAND_TEXT) : null;
  };
  if (to === state.stage) return;
  const told = { move: `${state.stage} to ${to}`, setBy: textAt(hand.by), reason: textAt(hand.reason) };
  if (state.stage !== null) state.cameFrom.set(to, state.stage);
  enterStage(state, to, { move: null, told }, instant);
  state.stayUntil = Number.NEGATIVE_INFINITY;
}

export function settleInstant(state: PackState, instant: Instant): void {
  const used = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    const before = instant.steps.length;
    lookAtGrids(state, instant);
    lookAtAudiences(state, instant);
    lookAtSegment(state, instant);
    if (state.pack.stages !== null) lookAtMoves(state, state.pack.stages, instant, used);
    if (instant.steps.length === before) return;
  }
}

function lookAtGrids(state: PackState, instant: Instant): void {
  for (const { name } of state.pack.grids) {
    const [from, to] = [state.cells.get(name) ?? null, cellAt(state, name, scopeAt(state, instant.now)) ?? null];
    if (from === to) continue;
    if (to === null) state.cells.delete(name);
    else state.cells.set(name, to);
    record(state, instant, { axis: "grid", grid: name, from, to });
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
    const to = move === undefined ? undefined : leadsTo(state, move);
    if (move === undefined || to === undefined || state.stage === null) return;
    const event = unusedEvent(move, instant, used);
    if (event !== undefined) used.add(event);
    // What led to the step are the points before they are reset.
    const { points } = shownAt(state, instant.now);
    for (const score of move.reset) resetScore(state, score);
    if (move.to !== BACK) state.cameFrom.set(to, state.stage);
    enterStage(state, to, { move: stages.moves.indexOf(move) + 1, told: { move: `${state.stage} to ${to}` }, points }, instant);
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
  const to = leadsTo(state, move);
  if (state.stage === null || to === undefined || instant.handSet || !move.from.includes(state.stage) || wasIn(state, to, instant)) return false;
  if (!holds(move.if, scopeAt(state, instant.now))) return false;
  if (move.events !== null) return unusedEvent(move, instant, used) !== undefined;
  if (instant.now < state.stayUntil) return false;
  return move.forMs === null || instant.now >= heldLongEnoughAt(state, index, move.forMs);
}

/** A move back leads to where the contact came from into its stage; nowhere, if it was born there. */
const leadsTo = (state: PackState, { to }: MoveDefinition): string | undefined => (to === BACK ? state.cameFrom.get(state.stage ?? "") : to);

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

function enterStage(state: PackState, to: string, how: Omit<Step, "axis" | "from" | "to">, instant: Instant): void {
  const from = state.stage;
  state.stage = to;
  state.stageSince = instant.now;
  record(state, instant, { axis: "stage", from, to, ...how });
}

type Step = Pick<NaiveTransition, "axis" | "from" | "to"> & Partial<Pick<NaiveTransition, "grid" | "move" | "told">> & { readonly points?: Shown["points"] };

export function record(state: PackState, instant: Instant, { points, ...step }: Step): void {
  const number = instant.silent ? 0 : state.transitions.length + 1;
  const shown = shownAt(state, instant.now);
  const transition = { grid: null, move: null, told: {}, ...step, at: instant.now, number, shown: { ...shown, points: points ?? shown.points } };
  if (!instant.silent) state.transitions.push(transition);
  instant.steps.push(transition);
}

/** How the pack sees the contact. */
export function shownAt(state: PackState, now: number): Shown {
  const { pack, stage, segment, audiences } = state;
  const scores = pack.scores.map((score) => [score.name, scoreAt(state, score, now)] as const);
  return {
    scores: Object.fromEntries(scores.map(([name, { value }]) => [name, value])),
    points: Object.fromEntries(scores.map(([name, { points }]) => [name, points])),
    ...{ stage, segment },
    grids: Object.fromEntries(pack.grids.map(({ name }) => [name, cellAt(state, name, scopeAt(state, now)) ?? null])),
    audiences: [...audiences].sort(),
  };
}
