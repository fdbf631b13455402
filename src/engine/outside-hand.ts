// An outside hand: somebody sets a contact's stage with an event that names it. It is told as a step like any other, with who and
// why; at that instant no move applies, whatever the rules say.

import { BOUNDS } from "../packs/bounds.ts";
import type { Row } from "../packs/row.ts";
import type { Dropped } from "./dropped.ts";
import { enterStage, explainStep } from "./places.ts";
import type { PackTouch, Touch } from "./touch.ts";

/** Sets the stage if one of the events does; answers whether one did. A stage that the pack does not have is counted. */
export function setByHand(touched: PackTouch, row: Row, touch: Touch, dropped: Dropped): boolean {
  const { stages, events } = touched.pack;
  if (stages === null || stages.setBy.length === 0) return false;
  const index = touched.matched.findLast((event) => stages.setBy.includes(event));
  if (index === undefined || touch.event === null) return false;
  const { values } = touch.event;
  const hand = events[index]?.hand ?? null;
  const to = stages.order.indexOf(String(values[hand?.stage ?? -1]));
  if (hand === null || to < 0) {
    dropped.stage_unknown++;
    return false;
  }
  const current = row.numbers[stages.place] as number;
  if (to === current) return true;
  const why = { move: `${stages.order[current]} to ${stages.order[to]}`, setBy: textOf(values[hand.by]), reason: textOf(values[hand.reason]) };
  enterStage(touched, stages, row, touch, to, explainStep(touched, row, touch, null, why, index));
  row.numbers[stages.stayUntil] = Number.NaN;
  return true;
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value.slice(0, BOUNDS.hand_characters.most) : null);
