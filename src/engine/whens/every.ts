// `every`: at a time of the day by the contact's own clock, every day or on one day of the week. `mark` is when it came last.
//
// A day without that time (an hour that spring leaves out) has it at the first moment after; a day that has it twice, the first time.

import { firstDayOfWeek, type Zone } from "../../model/calendar.ts";
import type { TriggerProgram } from "../../packs/program.ts";
import type { Row } from "../../packs/row.ts";
import type { Look } from "../look.ts";
import { fires } from "../occasion.ts";

export function lookAtEvery(at: Look): void {
  const { trigger, row, touch } = at;
  const { when } = trigger.definition;
  if (when.kind !== "every" || touch.event !== null || row.numbers[trigger.mark] === touch.now) return;
  if (nextOfEvery(trigger, row, touch.now - 1) !== touch.now) return;
  row.numbers[trigger.mark] = touch.now;
  const because = { cause: "time", every: when.weekday === null ? "1d" : "1w", at: when.text, zone: trigger.zone(row).name };
  fires(at, { id: String(touch.now), was: null, because });
}

/** The first such moment after `now`. */
export function nextOfEvery(trigger: TriggerProgram, row: Row, now: number): number {
  const { when } = trigger.definition;
  if (when.kind !== "every") return Number.POSITIVE_INFINITY;
  const zone = trigger.zone(row);
  const step = when.weekday === null ? 1 : 7;
  let day = when.weekday === null ? zone.dayOf(now) - 1 : firstDayOfWeek(zone.weekOf(now)) - 7 + when.weekday;
  while (!isAfter(zone, day, when.minute, now)) day += step;
  return zone.instantOf(day, when.minute);
}

const isAfter = (zone: Zone, day: number, minute: number, now: number): boolean => zone.instantOf(day, minute) > now;
