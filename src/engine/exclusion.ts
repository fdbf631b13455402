// `exclude`: whom a pack leaves out, such as one's own people (docs/packs.md "exclude"). For such a contact the pack stands
// still: nothing is counted, nobody moves, nothing waits. Traits are kept up, since they decide when that ends.

import { type PackProgram, YES } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";

export const isExcluded = (pack: PackProgram, row: Row, now: number): boolean => pack.exclude !== null && pack.exclude.truth(row, now) === YES;

/** What waits is given up: a moment that passes meanwhile is not made up for. */
export function standStill(pack: PackProgram, row: Row): void {
  row.version++;
  row.numbers[pack.deadline] = Number.POSITIVE_INFINITY;
  for (const trigger of pack.triggers) {
    forget(row, trigger.due, trigger.pending);
    if (trigger.goal !== null) forget(row, trigger.goal.until, trigger.goal.state);
  }
  for (const move of pack.stages?.moves ?? []) if (move.held >= 0) row.numbers[move.held] = Number.NaN;
}

function forget(row: Row, moment: number, text: number): void {
  if (moment < 0) return;
  row.numbers[moment] = Number.NaN;
  row.setText(text, undefined);
}
