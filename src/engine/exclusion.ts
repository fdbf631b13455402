// `exclude`: whom a pack leaves out, such as one's own people (docs/packs.md "exclude"). For such a contact the pack stands
// still: nothing is counted, nobody moves, nothing waits. Traits are kept up, since they decide when that ends.

import type { PackProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { YES } from "../packs/terms/truth.ts";
import { causeOf } from "./explain.ts";
import { closeUnreached } from "./goals.ts";
import { giveUp } from "./pending.ts";
import type { PackTouch, Touch } from "./touch.ts";
import type { Wants } from "./wants.ts";

export const isExcluded = (pack: PackProgram, row: Row, now: number): boolean => pack.exclude !== null && pack.exclude.truth(row, now) === YES;

/** What waits is given up: a moment that passes meanwhile is not made up for. What was said of a series is taken back, and an open goal closes. */
export function standStill(touched: PackTouch, row: Row, touch: Touch, wants: Wants): void {
  const { pack } = touched;
  row.version++;
  row.numbers[pack.deadline] = Number.POSITIVE_INFINITY;
  for (const trigger of pack.triggers) {
    giveUp(touched, trigger, row, "excluded", wants.cancels);
    closeUnreached(touched, trigger, row, { ...causeOf(touched, touch, -1), ended: "excluded" }, wants.outcomes);
    if (trigger.goal !== null) {
      row.numbers[trigger.goal.until] = Number.NaN;
      row.setText(trigger.goal.state, undefined);
    }
  }
  for (const move of pack.stages?.moves ?? []) if (move.held >= 0) row.numbers[move.held] = Number.NaN;
}
