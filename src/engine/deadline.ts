// The one deadline of a contact: the earliest moment at which something that matters may change. It may be early (then nothing
// is published and it is set again), never late, and always after now. What matters is listed in docs/packs.md "Deadlines".

import type { PackProgram, StagesProgram, TriggerProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { YES } from "../packs/terms/truth.ts";
import { isPast } from "./history.ts";
import { standsIn } from "./look.ts";
import { nextOfDate } from "./whens/date.ts";
import { nextOfEvery } from "./whens/every.ts";
import { overdueAt } from "./whens/overdue.ts";
import { nextOfReaches } from "./whens/reaches.ts";
import { silenceStart } from "./whens/silence.ts";

/** One pack's part of it; Infinity where nothing can change without an event. */
export function nextOfPack(pack: PackProgram, row: Row, now: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const audience of pack.audiences) {
    const inside = row.numbers[audience.place] === 1;
    next = Math.min(next, (inside ? (audience.until ?? audience.if) : audience.if).next(row, now));
  }
  for (const grid of pack.grids) next = Math.min(next, grid.next(row, now));
  next = Math.min(next, nextOfSegment(pack, row, now));
  if (pack.stages !== null) next = Math.min(next, nextOfStages(pack.stages, row, now));
  // Nobody in history is counted, and no time of the day is waited for there.
  if (!isPast(row)) for (const item of pack.population) next = Math.min(next, item.next(row, now));
  for (const trigger of pack.triggers) next = Math.min(next, nextOfTrigger(trigger, pack, row, now));
  return next;
}

/** Conditions below the one that holds cannot matter before it lets go. */
function nextOfSegment(pack: PackProgram, row: Row, now: number): number {
  const { segments } = pack;
  if (segments === null) return Number.POSITIVE_INFINITY;
  let next = segments.among?.next(row, now) ?? Number.POSITIVE_INFINITY;
  const current = row.numbers[segments.place] as number;
  if (current < 0 && segments.among !== null && segments.among.truth(row, now) !== YES) return next;
  for (const [index, segment] of segments.list.entries()) {
    if (segment.condition !== null) next = Math.min(next, segment.condition.next(row, now));
    if (index === current) break;
  }
  return next;
}

function nextOfStages(stages: StagesProgram, row: Row, now: number): number {
  const current = row.numbers[stages.place] as number;
  const stayUntil = row.numbers[stages.stayUntil] as number;
  let next = stayUntil > now ? stayUntil : Number.POSITIVE_INFINITY;
  for (const move of stages.moves) {
    if (move.from[current] !== true || move.events !== null || move.condition === null) continue;
    const over = (row.numbers[move.held] as number) + move.forMs;
    if (move.held >= 0 && over > now) next = Math.min(next, over);
    // Under `stay` a condition may come and go unseen, except where a `for` has to know of the break.
    if (stayUntil > now && move.held < 0) continue;
    next = Math.min(next, move.condition.next(row, now));
  }
  return next;
}

function nextOfTrigger(trigger: TriggerProgram, pack: PackProgram, row: Row, now: number): number {
  const due = trigger.due < 0 ? Number.NaN : (row.numbers[trigger.due] as number);
  let next = due > now ? due : Number.POSITIVE_INFINITY;
  const until = trigger.goal === null ? Number.NaN : (row.numbers[trigger.goal.until] as number);
  if (until > now) next = Math.min(next, until);
  const { repeat } = trigger.definition;
  // What fires never again is looked at no more, except where a series of it ends when the value is back on the other side.
  const spent = repeat === "never" && !Number.isNaN(row.numbers[trigger.fired] as number);
  const goesOn = trigger.definition.series && !Number.isNaN(due);
  return spent && !goesOn ? next : Math.min(next, nextOfWhen(trigger, pack, row, now));
}

/** When the trigger's occasion may come about without an event. */
export function nextOfWhen(trigger: TriggerProgram, pack: PackProgram, row: Row, now: number): number {
  const { when } = trigger.definition;
  switch (when.kind) {
    case "rises":
    case "falls":
      return trigger.term?.nextCrossing(row, now, when.at) ?? Number.POSITIVE_INFINITY;
    case "reaches":
      return nextOfReaches(trigger, row, now, when.at);
    case "silent":
      return later(silenceStart(trigger, pack, row) + when.forMs, now);
    case "overdue":
      return later(overdueAt(trigger, row, when.by), now);
    case "date":
      return nextOfDate(trigger, row, now);
    case "every":
      // Where the contact stands changes only when the pack looks at it, and then this is asked again.
      if (isPast(row)) return Number.POSITIVE_INFINITY;
      return trigger.in === null || trigger.in.some((place) => standsIn(place, row)) ? nextOfEvery(trigger, row, now) : Number.POSITIVE_INFINITY;
    case "enter":
    case "leave":
    case "event":
    case "started":
    case "broadcast":
      return Number.POSITIVE_INFINITY;
  }
}

const later = (at: number, now: number): number => (at > now ? at : Number.POSITIVE_INFINITY);
