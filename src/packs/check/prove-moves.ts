// Proofs about stages: each can be reached, each move can happen, and no moves lead in a circle while the same conditions hold.
// A circle is told only where its conditions hold together for an example whose parts have nothing to do with each other.

import { BACK, type Expression, type MoveDefinition, type PackDefinition } from "../definition.ts";
import { formatDuration } from "../durations.ts";
import type { FindingList } from "./findings.ts";
import { type Formula, Formulas, NOT_YES, YES } from "./formula.ts";
import { changesWithStep, isSetByHand, JUST_ENTERED, leadsTo, type ProvenMoves, stageIs, withoutStage } from "./moves.ts";
import { canComeAbout, describe, type Possible, type Wanted } from "./possible.ts";
import { proveUndone } from "./prove-undone.ts";

export function proveMoves(pack: PackDefinition, found: FindingList): ProvenMoves {
  const { stages } = pack;
  if (stages === null) return { unreachedStages: new Set(), live: [] };
  const leads = stages.moves.flatMap((move) => (move.to === BACK ? stages.order.map((to) => ({ ...move, to })) : [move]));
  const onwards = new Map(
    stages.order.map((stage) => [
      stage,
      reachable(
        stage,
        leads,
        leads.map(({ from }) => from),
      ),
    ]),
  );
  const usable = stages.moves.map((move) => move.from.filter((stage) => canStart(pack, move, stage, onwards, found)));
  // A way back leads to where one has been, an outside hand anywhere.
  const reached = isSetByHand(pack) ? new Set(stages.order) : reachable(stages.order[0], stages.moves, usable);
  const live = stages.moves.map((move, index) => ({ move, from: (usable[index] as readonly string[]).filter((stage) => reached.has(stage)) }));
  for (const [index, stage] of stages.order.entries())
    if (!reached.has(stage))
      found.error(["stages", "order", index], "unreachable-stage", `nobody ever gets to stage \`${stage}\``, `add a move to it, or take it out of the order`);
  for (const [index, { move, from }] of live.entries()) {
    if (from.length > 0) continue;
    const [message, hint] = whyDead(move, usable[index] as readonly string[]);
    found.error(["stages", "moves", index], "dead-move", `the move to \`${move.to}\` never happens: ${message}`, hint);
  }
  const happening = live.filter(({ from }) => from.length > 0);
  proveCircles(pack, happening, found);
  proveUndone(pack, happening, found);
  return { unreachedStages: new Set(stages.order.filter((stage) => !reached.has(stage))), live };
}

/** Whether the move's condition can hold in this stage, past the moves above it. */
function canStart(pack: PackDefinition, move: MoveDefinition, stage: string, onwards: Onwards, found: FindingList): boolean {
  const formulas = new Formulas(pack);
  const wanted = [stageIs(formulas, stage), { formula: formulas.of(move.if, "", changesWithStep), answers: YES }];
  const alone = found.possible(wanted);
  if (alone.answer === "undecided") found.undecided(`move in line ${move.line}: can it happen in ${stage}?`);
  if (alone.answer === "no") return false;
  const above = shadows(pack, move, stage, onwards).map((other) => ({ formula: formulas.of(other.if, "", changesWithStep), answers: NOT_YES }));
  return above.length === 0 || found.possible([...wanted, ...above]).answer !== "no";
}

/**
 * The moves above that are taken first wherever this one could be: of the same kind, from the same stage, and leading to where
 * the contact cannot have been in this instant, because nothing leads from there to here.
 */
function shadows(pack: PackDefinition, move: MoveDefinition, stage: string, onwards: Onwards): readonly MoveDefinition[] {
  const moves = pack.stages?.moves ?? [];
  return moves.slice(0, moves.indexOf(move)).filter((other) => {
    if (!other.from.includes(stage) || other.forMs !== null || onwards.get(other.to)?.has(stage) !== false) return false;
    if (other.events === null || move.events === null) return other.events === move.events;
    return move.events.every((event) => other.events?.includes(event));
  });
}

/** Stage -> what can be reached from it, itself included. */
type Onwards = ReadonlyMap<string, ReadonlySet<string>>;

function reachable(first: string | undefined, moves: readonly MoveDefinition[], usable: readonly (readonly string[])[]): ReadonlySet<string> {
  const reached = new Set(first === undefined ? [] : [first]);
  for (let before = -1; before < reached.size; ) {
    before = reached.size;
    for (const [index, move] of moves.entries()) if ((usable[index] as readonly string[]).some((stage) => reached.has(stage))) reached.add(move.to);
  }
  return reached;
}

function whyDead(move: MoveDefinition, usable: readonly string[]): readonly [message: string, hint: string] {
  if (move.from.length === 0) return ["it comes from no stage", "name the stage that it leads out of"];
  if (usable.length > 0) return [`nobody ever gets to ${usable.join(" or ")}`, "see to it that its `from` can be reached"];
  return ["its condition never holds there, or a move above it is always taken first", "ask for less, or put it further up"];
}

/** One step of a chain of moves that comes back to where it began. */
interface Step {
  readonly move: MoveDefinition;
  readonly index: number;
  readonly from: string;
  readonly to: string;
}

function proveCircles(pack: PackDefinition, live: ProvenMoves["live"], found: FindingList): void {
  const all = pack.stages?.moves ?? [];
  const steps = live.flatMap(({ move, from }) =>
    move.events === null ? from.flatMap((stage) => leadsTo(move, stage, live).map((to): Step => ({ move, index: all.indexOf(move), from: stage, to }))) : [],
  );
  const outOf = Map.groupBy(steps, ({ from }) => from);
  const told = new Set<string>();
  let left = MOST_PATHS;
  for (const first of steps)
    for (const path of pathsFrom([first], outOf)) {
      if (left-- === 0) {
        found.undecided("moves: there are too many ways round to look for all circles");
        return;
      }
      if (path.at(-1)?.to === path[0]?.from && leadsBackTruly(path)) tellCircle(pack, path, told, found);
    }
}

/** A way back undoes the step before it, so it closes circles of two only. */
const leadsBackTruly = (path: readonly Step[]): boolean => path.length === 2 || path.every(({ move }) => move.to !== BACK);

/** Longer circles than this are not looked for, and no more paths than this are followed. */
const LONGEST_CIRCLE = 4;
const MOST_PATHS = 10_000;

/** Every path that could become a circle; each circle once, from its move that stands first in the pack. */
function* pathsFrom(path: readonly Step[], outOf: ReadonlyMap<string, readonly Step[]>): Generator<readonly Step[]> {
  yield path;
  const [first, last] = [path[0] as Step, path.at(-1) as Step];
  if (last.to === first.from || path.length >= LONGEST_CIRCLE) return;
  for (const next of outOf.get(last.to) ?? [])
    if (next.index > first.index && !path.some(({ from }) => from === next.from)) yield* pathsFrom([...path, next], outOf);
}

function tellCircle(pack: PackDefinition, circle: readonly Step[], told: Set<string>, found: FindingList): void {
  const indexes = circle.map(({ index }) => index).join(" ");
  if (told.has(indexes)) return;
  told.add(indexes);
  const names = [...circle.map(({ from }) => from), circle[0]?.from].join(" > ");
  const result = holdTogether(pack, circle, found);
  if (result.answer === "no") return;
  // What a move resets is another when the circle begins again.
  const resets = circle.some(({ move }) => move.reset.length > 0);
  if (result.answer !== "yes" || resets || !canComeAbout(withoutStage(result.example))) {
    found.undecided(`moves ${names}: can they all happen while the same conditions hold?`);
    return;
  }
  const [first, ...others] = circle as readonly [Step, ...Step[]];
  const waits = circle.filter(({ move }) => move.forMs !== null || move.stayMs !== null).map(({ move }) => move.forMs ?? move.stayMs ?? 0);
  const lines = others.map(({ move }) => move.line).join(", ");
  const when = describe(withoutStage(result.example));
  found.error(
    ["stages", "moves", first.index],
    "moves-undo",
    `the moves ${names} undo each other${when === "always" ? "" : ` with ${when}`}${waits.length === 0 ? "" : `, again every ${formatDuration(waits.reduce((sum, ms) => sum + ms, 0))}`} (${circle.length === 2 ? "the other is" : "the others are"} in line ${lines})`,
    "leave a gap between their conditions, so that only one of them can hold",
  );
}

/** All conditions of the circle at one moment, none of them stopped by a move above it that leads elsewhere. */
function holdTogether(pack: PackDefinition, circle: readonly Step[], found: FindingList): Possible {
  const formulas = new Formulas(pack);
  const wanted = circle.flatMap(({ move, from }, index): Wanted[] => {
    const at = (condition: Expression | null): Formula => formulas.of(condition, `at ${index}`, changesWithStep);
    const before = circle.at(index - 1)?.move;
    return [
      { formula: formulas.standing("stage", from, `at ${index}`, changesWithStep), answers: YES },
      { formula: at(move.if), answers: YES },
      ...(move.forMs === null && (before?.stayMs ?? null) === null ? [{ formula: at(JUST_ENTERED), answers: YES }] : []),
      ...preempting(pack, move, from).map((other) => ({ formula: at(other.if), answers: NOT_YES })),
    ];
  });
  return found.possible(wanted);
}

const preempting = (pack: PackDefinition, move: MoveDefinition, stage: string): readonly MoveDefinition[] =>
  (pack.stages?.moves ?? [])
    .slice(0, pack.stages?.moves.indexOf(move))
    .filter((other) => other.events === null && other.forMs === null && other.from.includes(stage));
