// `overdue`: later than the contact's own rhythm. The rhythm is the average gap between its events, so there are two at least;
// each such silence is an occasion once. `memory` is the last event time, `mark` the silence that is spent.

import { isoTime } from "../../model/ids.ts";
import type { TriggerProgram } from "../../packs/program.ts";
import type { Row } from "../../packs/row.ts";
import type { Look } from "../look.ts";
import { fires } from "../occasion.ts";

export function lookAtOverdue(at: Look, by: number): void {
  const { trigger, row, touch, touched } = at;
  if (touch.event !== null && trigger.events.some((index) => touched.matched.includes(index))) count(at, touch.event.at);
  const due = overdueAt(trigger, row, by);
  const last = row.numbers[trigger.memory] as number;
  if (!(due <= touch.now) || row.numbers[trigger.mark] === last) return;
  row.numbers[trigger.mark] = last;
  if (due < touch.now || touch.event !== null) return;
  const name = touched.pack.events[trigger.events[0] as number]?.name ?? null;
  const gapDays = Math.round((gapOf(trigger, row) / 86_400_000) * 100) / 100;
  fires(at, { id: String(due), was: null, because: { cause: "time", overdue: name, by, gapDays, since: isoTime(last) } });
}

/** The last event and `by` usual gaps; NaN where there is no rhythm yet. */
export const overdueAt = (trigger: TriggerProgram, row: Row, by: number): number =>
  (row.numbers[trigger.memory] as number) + Math.ceil(by * gapOf(trigger, row));

function gapOf({ rhythm, memory }: TriggerProgram, row: Row): number {
  if (rhythm === null) return Number.NaN;
  const events = row.numbers[rhythm.count] as number;
  const span = (row.numbers[memory] as number) - (row.numbers[rhythm.first] as number);
  return events < 2 || !(span > 0) ? Number.NaN : span / (events - 1);
}

function count(at: Look, eventAt: number): void {
  const { trigger, row } = at;
  const { rhythm, memory } = trigger;
  if (rhythm === null) return;
  row.numbers[rhythm.count] = (row.numbers[rhythm.count] as number) + 1;
  if (!((row.numbers[rhythm.first] as number) <= eventAt)) row.numbers[rhythm.first] = eventAt;
  if ((row.numbers[memory] as number) >= eventAt) return;
  row.numbers[memory] = eventAt;
  at.giveUp("no_longer_true");
}
