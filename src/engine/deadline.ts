// The one deadline of a contact: the earliest moment at which something that matters may change. It may be early (then nothing
// is published and it is set again), never late, and always after now. What matters is listed in docs/packs.md "Deadlines".

import { type PackProgram, type StagesProgram, type TriggerProgram, YES } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { silenceStart } from "./when-silence.ts";

/** One pack's part of it; Infinity where nothing can change without an event. */
export function nextOfPack(pack: PackProgram, row: Row, now: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const audience of pack.audiences) {
    const inside = row.numbers[audience.place] === 1;
    next = Math.min(next, (inside ? (audience.until ?? audience.if) : audience.if).next(row, now));
  }
  next = Math.min(next, nextOfSegment(pack, row, now));
  if (pack.stages !== null) next = Math.min(next, nextOfStages(pack.stages, row, now));
  for (const item of pack.population) next = Math.min(next, item.next(row, now));
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
  const { when, repeat } = trigger.definition;
  const spent = repeat === "never" && !Number.isNaN(row.numbers[trigger.fired] as number);
  if (when.kind === "silent" && !spent) {
    const over = silenceStart(trigger, pack, row) + when.forMs;
    if (over > now) next = Math.min(next, over);
  } else if (trigger.term !== null && !spent && (when.kind === "rises" || when.kind === "falls"))
    next = Math.min(next, trigger.term.nextCrossing(row, now, when.at));
  return next;
}
