// What two rows remember of single events, as one: occurrences that may be taken back (undo.ts) and values that may not come again
// (once.ts). Both are bounded; the newest stay.

import { BOUNDS } from "../../packs/bounds.ts";
import type { EventProgram, OnceProgram, RememberProgram } from "../../packs/program.ts";
import type { Row } from "../../packs/row.ts";
import { keepOccurrences, type Occurrence, occurrences } from "../occurrences.ts";
import { addNumber } from "./numbers.ts";

/** A credit of a score that was reset since is never live again. */
const RESET_SINCE = -1;

export function mergeMemories(event: EventProgram, row: Row, from: Row): void {
  if (event.remembered !== null) mergeOccurrences(event.remembered, row, from);
  if (event.once !== null) mergeValues(event.once, row, from);
}

function mergeOccurrences(of: RememberProgram, row: Row, from: Row): void {
  addNumber(row, from, of.standing);
  const others = occurrences(of, from);
  if (others.length === 0) return;
  const all = [...occurrences(of, row), ...others.map((one) => counted(of, one, row, from))].sort((a, b) => a.n - b.n);
  keepOccurrences(of, row, all.slice(-BOUNDS.undo_occurrences.most));
}

/** How often a score was reset is counted by each row for itself. */
function counted(of: RememberProgram, one: Occurrence, row: Row, from: Row): Occurrence {
  const credits = one.p.map(([credited, resets], index): readonly [number, number] => {
    const place = of.event.points[index]?.score.resets ?? -1;
    if (place < 0) return [credited, resets];
    return [credited, resets === from.numbers[place] ? (row.numbers[place] as number) : RESET_SINCE];
  });
  return { ...one, p: credits };
}

function mergeValues(of: OnceProgram, row: Row, from: Row): void {
  const { buckets, amounts, length } = from.lists[of.list] as Row["lists"][number];
  if (length === 0) return;
  const list = row.changeList(of.list);
  for (let i = 0; i < length; i++) list.putLatest(buckets[i] as number, amounts[i] as number);
  while (list.length > BOUNDS.once_values.most) list.removeAt(0);
}
