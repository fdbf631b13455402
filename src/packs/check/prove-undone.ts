// Proofs about moves that events make. An event that takes a contact to a stage from which an `if` move takes it back at its next
// touch, while nothing has changed, undoes itself: an error, like a circle of `if` moves. Two moves by the same event, there and
// back, only let it go to and fro, which may be meant: a warning. Like circles, both are told only with an example whose parts have
// nothing to do with each other, nor with the event.

import { BACK, type MoveDefinition, type PackDefinition } from "../definition.ts";
import type { FindingList } from "./findings.ts";
import { Formulas, NOT_YES, YES } from "./formula.ts";
import { changesWithStep, JUST_ENTERED, leadsTo, type ProvenMoves, stageIs, withoutStage } from "./moves.ts";
import { canComeAbout, describe, type Example, type Wanted } from "./possible.ts";
import { sourcesOfEvent } from "./variables.ts";

/** A move by an event, and one that leads back to where it came from. */
interface Pair {
  readonly there: MoveDefinition;
  readonly back: MoveDefinition;
  readonly from: string;
  readonly event: string;
}

export function proveUndone(pack: PackDefinition, live: ProvenMoves["live"], found: FindingList): void {
  const told = new Set<string>();
  for (const pair of pairsOf(live)) {
    const { there, back, from, event } = pair;
    // Each pair of moves once, from whichever of them stands first.
    const name = [there.line, back.line].sort((a, b) => a - b).join(" ");
    if (told.has(name)) continue;
    const example = exampleOf(pack, pair, found);
    if (example === null) continue;
    told.add(name);
    const when = describe(withoutStage(example));
    const withIt = when === "always" ? "" : ` with ${when}`;
    const path = ["stages", "moves", (pack.stages?.moves ?? []).indexOf(there)];
    if (back.events === null)
      found.error(
        path,
        "moves-undo",
        `the move ${from} > ${there.to} on \`${event}\` is undone at the contact's next event or moment${withIt} (by the move in line ${back.line})`,
        "give it a `stay`, give the other a `for`, or leave a gap between their conditions",
      );
    else
      found.warning(
        path,
        "moves-toggle",
        `each \`${event}\` undoes the one before${withIt}: ${from} > ${there.to} > ${from} (the move back is in line ${back.line})`,
        "if that is not meant, use another event for the way back",
      );
  }
}

function* pairsOf(live: ProvenMoves["live"]): Generator<Pair> {
  for (const { move: there, from } of live)
    for (const event of there.events ?? [])
      for (const stage of from)
        for (const { move: back, from: starts } of live) {
          if (there.to === BACK || !starts.includes(there.to) || !leadsTo(back, there.to, live).includes(stage)) continue;
          if (back.events === null ? isImmediate(there, back) : back.events.includes(event)) yield { there, back, from: stage, event };
        }
}

/** No time has to pass between them. What is reset on the way is another afterwards. */
const isImmediate = (there: MoveDefinition, back: MoveDefinition): boolean =>
  there.stayMs === null && back.forMs === null && there.reset.length === 0 && back.reset.length === 0;

/** Both conditions at one time, with nothing else that would lead the contact elsewhere. */
function exampleOf(pack: PackDefinition, { there, back, from, event }: Pair, found: FindingList): Example | null {
  const formulas = new Formulas(pack);
  const at = (move: MoveDefinition, moment: string) => formulas.of(move.if, moment, changesWithStep);
  const wanted: Wanted[] = [
    stageIs(formulas, from, "there"),
    stageIs(formulas, there.to, "back"),
    { formula: at(there, "there"), answers: YES },
    { formula: at(back, "back"), answers: YES },
    ...(back.events === null ? [{ formula: formulas.of(JUST_ENTERED, "back", changesWithStep), answers: YES }] : []),
    ...others(pack, there, from, event).map((move) => ({ formula: at(move, "there"), answers: NOT_YES })),
    ...others(pack, back, there.to, event).map((move) => ({ formula: at(move, "back"), answers: NOT_YES })),
  ];
  const result = found.possible(wanted);
  if (result.answer === "no") return null;
  const example = result.answer === "yes" ? withoutStage(result.example) : null;
  const ofEvent = sourcesOfEvent(event, pack);
  if (example !== null && canComeAbout(example) && ![...example.keys()].some(({ sources }) => [...sources].some((source) => ofEvent.has(source))))
    return example;
  found.undecided(`moves ${from} > ${there.to} > ${from}: does \`${event}\` undo itself?`);
  return null;
}

/** Moves out of the stage that could be taken instead: `if` moves, and those by the event that stand above. */
function others(pack: PackDefinition, move: MoveDefinition, stage: string, event: string): readonly MoveDefinition[] {
  const moves = pack.stages?.moves ?? [];
  const above = moves.slice(0, moves.indexOf(move));
  return moves.filter(
    (other) =>
      other !== move && other.from.includes(stage) && (other.events === null ? other.forMs === null : above.includes(other) && other.events.includes(event)),
  );
}
