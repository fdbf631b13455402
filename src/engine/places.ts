// Where a contact stands: audiences, segment and stage of one pack, settled until nothing changes (docs/packs.md "The order
// within an event"). Every step is a transition, numbered and taken down as it is made.

import { isoTimeOrNull } from "../model/ids.ts";
import { BOUNDS } from "../packs/bounds.ts";
import { formatDuration } from "../packs/durations.ts";
import type { Condition, MoveProgram, PackProgram, StagesProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { YES } from "../packs/terms/truth.ts";
import { causeOf, pointsOf, standingOf } from "./explain.ts";
import { resetScore } from "./scores.ts";
import { noteTargets } from "./targets.ts";
import type { PackTouch, Standing, Touch, Transition } from "./touch.ts";

/** Passes over audiences, segment and moves in one instant; a pack that needs more goes round in circles. */
const MAX_PASSES = BOUNDS.passes.most;

/** In and out again, or out and in: an event may lift a score over an audience's bound and reset it by its move. */
export const MAX_FLIPS = BOUNDS.audience_changes.most;

export const EVERYTHING = { segments: true, stages: true, knownGrids: [] as readonly number[] };

/** Birth: an entry into the first stage. */
export function bear(touched: PackTouch, row: Row, touch: Touch): void {
  row.numbers[touched.pack.born] = touch.now;
  for (const { remembered } of touched.pack.events) if (remembered !== null) row.numbers[remembered.standing] = 0;
  enterFirstStage(touched, row, touch);
}

export function enterFirstStage(touched: PackTouch, row: Row, touch: Touch): void {
  const { stages } = touched.pack;
  if (stages !== null) enterStage(touched, stages, row, touch, 0, null);
}

/** `only`: whether the segment and the stage may change. */
export function settle(touched: PackTouch, row: Row, touch: Touch, only = EVERYTHING): void {
  const { stages } = touched.pack;
  if (stages !== null && touched.visited.length === 0) touched.visited.push(row.numbers[stages.place] as number);
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const grids = settleGrids(touched, row, touch, only.knownGrids);
    const audiences = settleAudiences(touched, row, touch);
    const segment = only.segments && settleSegment(touched, row, touch);
    const moves = only.stages && settleMoves(touched, row, touch);
    if (!grids && !audiences && !segment && !moves) return;
  }
}

/** `except`: grids that may not change. */
function settleGrids(touched: PackTouch, row: Row, touch: Touch, except: readonly number[]): boolean {
  let changed = false;
  for (const [index, grid] of touched.pack.grids.entries()) {
    const before = row.numbers[grid.place] as number;
    const after = grid.cellAt(row, touch.now);
    if (before === after || except.includes(index)) continue;
    const from = grid.cells[before] ?? null;
    const was: Standing = { cell: from, since: isoTimeOrNull(row.numbers[grid.since] as number) };
    const because = explainStep(touched, row, touch, null, {});
    row.numbers[grid.place] = after;
    row.numbers[grid.since] = after < 0 ? Number.NaN : touch.now;
    tell(touched, row, touch, { axis: "grid", grid: grid.name, from, to: grid.cells[after] ?? null, entered: true, was, because });
    changed = true;
  }
  return changed;
}

function settleAudiences(touched: PackTouch, row: Row, touch: Touch): boolean {
  const { pack } = touched;
  let changed = false;
  for (const [index, audience] of pack.audiences.entries()) {
    const inside = row.numbers[audience.place] === 1;
    const flips = inside ? leaves(audience, row, touch.now) : audience.if.truth(row, touch.now) === YES;
    if (!flips || touched.flipped.filter((flipped) => flipped === index).length >= MAX_FLIPS) continue;
    touched.flipped.push(index);
    const condition = inside ? (audience.until ?? audience.if) : audience.if;
    const because = explainStep(touched, row, touch, condition, {});
    row.numbers[audience.place] = inside ? 0 : 1;
    changed = true;
    tell(touched, row, touch, { axis: "audience", from: audience.name, to: audience.name, entered: !inside, was: { in: inside }, because });
  }
  return changed;
}

function leaves(audience: PackProgram["audiences"][number], row: Row, now: number): boolean {
  return audience.until === null ? audience.if.truth(row, now) !== YES : audience.until.truth(row, now) === YES;
}

function settleSegment(touched: PackTouch, row: Row, touch: Touch): boolean {
  const { segments } = touched.pack;
  if (segments === null) return false;
  const before = row.numbers[segments.place] as number;
  const after =
    segments.among === null || segments.among.truth(row, touch.now) === YES
      ? segments.list.findIndex((segment) => segment.condition === null || segment.condition.truth(row, touch.now) === YES)
      : -1;
  if (before === after) return false;
  const was: Standing = { segment: segments.list[before]?.name ?? null, since: isoTimeOrNull(row.numbers[segments.since] as number) };
  const condition = after < 0 ? segments.among : (segments.list[after]?.condition ?? null);
  const because = explainStep(touched, row, touch, condition, {});
  row.numbers[segments.place] = after;
  row.numbers[segments.since] = after < 0 ? Number.NaN : touch.now;
  tell(touched, row, touch, {
    axis: "segment",
    from: segments.list[before]?.name ?? null,
    to: segments.list[after]?.name ?? null,
    entered: true,
    was,
    because,
  });
  return true;
}

/** Moves from the top, the first that applies, then again from the top until none does. */
function settleMoves(touched: PackTouch, row: Row, touch: Touch): boolean {
  const { stages } = touched.pack;
  if (stages === null) return false;
  let moved = false;
  while (step(touched, stages, row, touch)) moved = true;
  return moved;
}

function step(touched: PackTouch, stages: StagesProgram, row: Row, touch: Touch): boolean {
  const current = row.numbers[stages.place] as number;
  // Every `for` is looked at before one of the moves is made: a break is a break, whichever move comes first.
  for (const move of stages.moves) if (move.held >= 0 && move.from[current] === true) watch(move, row, touch.now);
  for (const move of stages.moves) {
    const to = destination(move, stages, row);
    if (move.from[current] !== true || to < 0 || touched.visited.includes(to)) continue;
    const event = move.events === null ? -1 : unusedEvent(touched, move.events);
    if (move.events === null ? !ifMoveApplies(move, stages, row, touch.now) : event < 0 || !holds(move.condition, row, touch.now)) continue;
    if (event >= 0) touched.used.push(event);
    take(touched, stages, move, to, row, touch, event);
    return true;
  }
  return false;
}

const holds = (condition: Condition | null, row: Row, now: number): boolean => condition === null || condition.truth(row, now) === YES;

function unusedEvent(touched: PackTouch, events: readonly number[]): number {
  for (const event of touched.matched) if (events.includes(event) && !touched.used.includes(event)) return event;
  return -1;
}

function watch(move: MoveProgram, row: Row, now: number): void {
  if (!holds(move.condition, row, now)) row.numbers[move.held] = Number.NaN;
  else if (Number.isNaN(row.numbers[move.held] as number)) row.numbers[move.held] = now;
}

function ifMoveApplies(move: MoveProgram, stages: StagesProgram, row: Row, now: number): boolean {
  if (now < (row.numbers[stages.stayUntil] as number)) return false;
  return move.held >= 0 ? now - (row.numbers[move.held] as number) >= move.forMs : holds(move.condition, row, now);
}

/** The stage that a move leads to; -1 where it leads back and the contact came from nowhere. */
export function destination(move: MoveProgram, stages: StagesProgram, row: Row): number {
  if (move.to >= 0) return move.to;
  const current = row.numbers[stages.place] as number;
  const origin = row.numbers[stages.origins[current] ?? -1] ?? -1;
  return Number.isNaN(origin) ? (row.numbers[stages.previous] as number) : origin;
}

function take(touched: PackTouch, stages: StagesProgram, move: MoveProgram, to: number, row: Row, touch: Touch, event: number): void {
  const extra = {
    move: `${stages.order[row.numbers[stages.place] as number]} to ${stages.order[to]}`,
    ...(move.forMs > 0 ? { for: formatDuration(move.forMs) } : {}),
  };
  const because = explainStep(touched, row, touch, move.condition, extra, event);
  for (const score of move.reset) resetScore(score, row);
  enterStage(touched, stages, row, touch, to, because, move.to < 0);
  row.numbers[stages.stayUntil] = move.stayMs > 0 ? touch.now + move.stayMs : Number.NaN;
}

export function enterStage(
  touched: PackTouch,
  stages: StagesProgram,
  row: Row,
  touch: Touch,
  to: number,
  because: Record<string, unknown> | null,
  back = false,
): void {
  const { numbers } = row;
  const before = numbers[stages.place] as number;
  const origin = stages.origins[to] ?? -1;
  if (origin >= 0 && !back) numbers[origin] = before;
  const from = stages.order[before] ?? null;
  const was: Standing = { stage: from, since: isoTimeOrNull(numbers[stages.since] as number) };
  const why = because ?? explainStep(touched, row, touch, null, { move: "birth" });
  numbers[stages.previous] = before;
  numbers[stages.place] = to;
  numbers[stages.since] = touch.now;
  for (const move of stages.moves) if (move.held >= 0) numbers[move.held] = Number.NaN;
  if (touched.visited.length === 0 && before >= 0) touched.visited.push(before);
  touched.visited.push(to);
  if (!touch.silent && stages.targets.list >= 0) noteTargets(stages, row, to, touch.now);
  tell(touched, row, touch, { axis: "stage", from, to: stages.order[to] as string, entered: true, was, because: why });
  numbers[stages.number] = numbers[touched.pack.transitions] as number;
}

export function explainStep(
  touched: PackTouch,
  row: Row,
  touch: Touch,
  condition: Condition | null,
  extra: Record<string, unknown>,
  event = -1,
): Record<string, unknown> {
  // What nobody will read need not be put into words.
  if (touch.silent || touch.history === "past") return {};
  return { ...causeOf(touched, touch, event), ...extra, checks: condition?.checks(row, touch.now) ?? [], points: pointsOf(touched.pack, row, touch.now) };
}

/** Takes down a step that was made: a transition, with its number. */
export function tell(touched: PackTouch, row: Row, touch: Touch, of: Omit<Transition, "number" | "now">): void {
  const { pack } = touched;
  if (touch.silent) return;
  const number = (row.numbers[pack.transitions] as number) + 1;
  row.numbers[pack.transitions] = number;
  const now = of.axis === "audience" ? { in: of.entered, ...standingOf(pack, row, touch.now) } : standingOf(pack, row, touch.now);
  touched.transitions.push({ ...of, number, now });
}
