// `date`: so long before or after a date that the contact has as a trait. `memory` is the date as it was last seen, `mark` up to
// when its moments are past: a date that is moved has all its moments anew, and those that have passed by then are left out.

import { isoTime } from "../../model/ids.ts";
import { formatDuration } from "../../packs/durations.ts";
import type { TriggerProgram } from "../../packs/program.ts";
import type { Row } from "../../packs/row.ts";
import type { Look } from "../look.ts";
import { fires } from "../occasion.ts";

export function lookAtDate(at: Look): void {
  const { trigger, row, touch } = at;
  const { when } = trigger.definition;
  if (when.kind !== "date") return;
  const date = row.numbers[trigger.date] as number;
  if (!Object.is(date, row.numbers[trigger.memory])) {
    row.numbers[trigger.memory] = date;
    row.numbers[trigger.mark] = touch.now;
    at.giveUp("no_longer_true");
    return;
  }
  const seen = row.numbers[trigger.mark] as number;
  const passed = when.byMs.filter((by) => momentOf(trigger, date, by) <= touch.now && momentOf(trigger, date, by) > seen);
  if (passed.length === 0) return;
  row.numbers[trigger.mark] = touch.now;
  // One that came while the pack left the contact out is not made up for.
  const byMs = passed.find((by) => momentOf(trigger, date, by) === touch.now);
  if (byMs === undefined || touch.event !== null) return;
  const because = { cause: "time", date: when.trait, of: isoTime(date), [when.side]: byMs === 0 ? "0d" : formatDuration(byMs) };
  fires(at, { id: String(momentOf(trigger, date, byMs)), was: null, because });
}

/** The next moment of the date after `now`; Infinity where there is none. */
export function nextOfDate(trigger: TriggerProgram, row: Row, now: number): number {
  const { when } = trigger.definition;
  const date = row.numbers[trigger.date] as number;
  if (when.kind !== "date" || Number.isNaN(date)) return Number.POSITIVE_INFINITY;
  return when.byMs.reduce((next, by) => {
    const moment = momentOf(trigger, date, by);
    return moment > now ? Math.min(next, moment) : next;
  }, Number.POSITIVE_INFINITY);
}

function momentOf({ definition: { when } }: TriggerProgram, date: number, byMs: number): number {
  return when.kind === "date" && when.side === "before" ? date - byMs : date + byMs;
}
