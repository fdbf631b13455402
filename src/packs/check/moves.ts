// What the proofs about moves have in common: which moves there are at all, where they lead, and a stage as a part of a question.
// What is proven of them is in prove-moves.ts, prove-undone.ts and prove-triggers.ts.

import { BACK, type Expression, type MoveDefinition, type PackDefinition } from "../definition.ts";
import { type Formulas, YES } from "./formula.ts";
import type { Example, Wanted } from "./possible.ts";

export interface ProvenMoves {
  readonly unreachedStages: ReadonlySet<string>;
  /** Moves that can happen, with the stages that they can start from. */
  readonly live: readonly { readonly move: MoveDefinition; readonly from: readonly string[] }[];
}

/** Whether events of an outside hand set the stage, past all moves. */
export const isSetByHand = ({ stages }: PackDefinition): boolean => stages !== null && stages.setBy.length > 0;

/** Where the move leads from this stage: a way back to each stage that a move leads here from. */
export function leadsTo(move: MoveDefinition, stage: string, live: ProvenMoves["live"]): readonly string[] {
  if (move.to !== BACK) return [move.to];
  return [...new Set(live.flatMap((other) => (other.move.to === stage ? other.from : [])))];
}

export const stageIs = (formulas: Formulas, stage: string, moment = ""): Wanted => ({
  formula: formulas.standing("stage", stage, moment, changesWithStep),
  answers: YES,
});

/** What a step into another stage makes another: the variables of the two moments must not be mixed up. */
export const changesWithStep = (of: Expression): boolean => of.op === "stage" || of.op === "days_in_stage";

/** Where no move waits, no time passes in a stage. */
export const JUST_ENTERED: Expression = {
  op: "==",
  left: { op: "days_in_stage", text: "days_in_stage", type: "number" },
  right: { op: "literal", value: 0, text: "0", type: "number" },
  text: "days_in_stage == 0",
  type: "bool",
};

/** What the example says of people, without where they stand by the question itself. */
export function withoutStage(example: Example): Example {
  return new Map([...example].filter(([{ text }]) => text !== "stage" && text !== "days_in_stage"));
}
