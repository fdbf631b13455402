// What is ahead of a contact in one pack if nothing happens: which deadlines are pending, and what each will do. The same
// questions as deadline.ts asks, with an answer in words. A step that is foreseen is the next one; what follows from it is not
// looked at.

import { isoTimeOrNull } from "../../model/ids.ts";
import { formatDuration } from "../../packs/durations.ts";
import type { PolicyProgram } from "../../packs/policy-program.ts";
import type { PackProgram, TriggerProgram } from "../../packs/program.ts";
import type { Row } from "../../packs/row.ts";
import { YES } from "../../packs/terms/truth.ts";
import { nextOfWhen } from "../deadline.ts";
import { runningSeries } from "../pending.ts";
import { destination } from "../places.ts";
import { hasReached } from "../whens/reaches.ts";
import { catchOf, heldOf } from "./catches.ts";
import { dayOf, firstHolds } from "./part.ts";

export interface Ahead {
  readonly at: string;
  readonly kind: "trigger" | "held" | "occasion" | "goal" | "move" | "stay" | "segment" | "audience";
  readonly name: string;
  readonly text: string;
}

interface Foreseen extends Omit<Ahead, "at"> {
  readonly atMs: number;
}

/** The soonest first. */
export function whatIsAhead(pack: PackProgram, policy: PolicyProgram | null, row: Row, now: number): readonly Ahead[] {
  const all = [
    ...pack.triggers.flatMap((trigger) => aheadOfTrigger(trigger, pack, policy, row, now)),
    ...heldOf(policy, pack, row).map((held): Foreseen => ({ ...held, kind: "held" })),
    ...aheadOfStages(pack, row, now),
    ...aheadOfPlaces(pack, row, now),
  ];
  return all
    .filter(({ atMs }) => Number.isFinite(atMs) && atMs > now)
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ atMs, ...of }) => ({ at: isoTimeOrNull(atMs) ?? "", ...of, text: `${dayOf(atMs, now)}: ${of.text}` }));
}

function aheadOfTrigger(trigger: TriggerProgram, pack: PackProgram, policy: PolicyProgram | null, row: Row, now: number): Foreseen[] {
  const { name } = trigger.definition;
  const until = trigger.goal === null ? Number.NaN : (row.numbers[trigger.goal.until] as number);
  const met = trigger.definition.goal?.answered === true ? "answered" : "reached";
  const goal: Foreseen[] = [{ atMs: until, kind: "goal", name, text: `the goal of trigger ${name} is closed, if it was not ${met}` }];
  const due = trigger.due < 0 ? Number.NaN : (row.numbers[trigger.due] as number);
  if (due > now) return [...goal, { atMs: due, kind: "trigger", name, text: whatComes(trigger, pack, policy, row) }];
  const spent = trigger.definition.repeat === "never" && !Number.isNaN(row.numbers[trigger.fired] as number);
  const text = spent ? null : occasionAhead(trigger, row, now);
  if (text === null) return goal;
  const catches = catchOf(policy, pack, trigger, 0, row);
  return [...goal, { atMs: nextOfWhen(trigger, pack, row, now), kind: "occasion", name, text: `${text}${asked(trigger)}${catches}` }];
}

/** What waits: an occasion, or the next step of a series. */
function whatComes(trigger: TriggerProgram, pack: PackProgram, policy: PolicyProgram | null, row: Row): string {
  const { name, series, steps } = trigger.definition;
  const running = runningSeries(trigger, row)?.s;
  const step = running === undefined ? undefined : steps[running];
  if (running === undefined || step === undefined)
    return `trigger ${name} ${series ? "begins" : "fires"}${asked(trigger)}${catchOf(policy, pack, trigger, 0, row)}`;
  const where = `${step.channels.names.join(step.channels.take === "all" ? " and " : " or ")}`;
  const own = trigger.steps[running]?.text;
  return `step ${running + 1} of ${steps.length} of trigger ${name}: ${step.message} by ${where}${asked(trigger, own)}${catchOf(policy, pack, trigger, running, row)}`;
}

/** What the trigger's next occasion by time alone is; null where there is none. */
function occasionAhead(trigger: TriggerProgram, row: Row, now: number): string | null {
  const { name, when, forMs } = trigger.definition;
  const fires = `trigger ${name} fires`;
  switch (when.kind) {
    case "silent":
      return `${formatDuration(when.forMs)} without ${when.events.join(" or ")}: ${fires}`;
    case "rises":
    case "falls": {
      const crossing = trigger.term?.nextCrossing(row, now, when.at) ?? Number.POSITIVE_INFINITY;
      const side = Number.isFinite(crossing) && (trigger.term?.value(row, crossing) ?? Number.NaN) >= when.at ? "rises" : "falls";
      if (side !== when.kind) return null;
      return `${trigger.term?.text} ${side === "rises" ? "reaches" : "falls below"} ${when.at}: ${fires}${forMs === null ? "" : ` ${formatDuration(forMs)} later, if it stays there`}`;
    }
    case "reaches": {
      const next = nextNumber(trigger, row, when.at);
      return next === null ? null : `${when.of.text} may come to ${next}: ${fires}`;
    }
    case "overdue":
      return `${when.events.join(" or ")} is overdue: ${fires}`;
    case "date":
      return `it is that long ${when.side} traits.${when.trait}: ${fires}`;
    case "every":
      return `it is time (${when.text}): ${fires}`;
    case "enter":
    case "leave":
    case "event":
    case "started":
    case "broadcast":
      return null;
  }
}

/** The lowest number of a `reaches` that the contact has yet to come to; null where it has come to all. */
export function nextNumber(trigger: TriggerProgram, row: Row, numbers: readonly number[]): number | null {
  const reached = row.numbers[trigger.memory] as number;
  return numbers.find((_, index) => !hasReached(reached, index)) ?? null;
}

/** What is asked when it fires. */
function asked({ definition, condition }: TriggerProgram, ofStep?: string): string {
  const places = definition.in === null ? [] : [`in ${definition.in.map(({ name }) => name).join(" or ")}`];
  const parts = [...places, ...(condition === null ? [] : [condition.text]), ...(ofStep === undefined ? [] : [ofStep])];
  return parts.length === 0 ? "" : `, if then ${parts.join(" and ")}`;
}

function aheadOfStages({ stages }: PackProgram, row: Row, now: number): Foreseen[] {
  if (stages === null) return [];
  const current = row.numbers[stages.place] as number;
  const stayUntil = row.numbers[stages.stayUntil] as number;
  const stay: Foreseen[] =
    stayUntil > now ? [{ atMs: stayUntil, kind: "stay", name: stages.order[current] ?? "", text: "its stay is over: `if` moves apply again" }] : [];
  const moves = stages.moves.flatMap((move): Foreseen[] => {
    const { condition } = move;
    if (move.from[current] !== true || move.events !== null || condition === null) return [];
    const held = move.held < 0 ? Number.NaN : (row.numbers[move.held] as number);
    const holds = Number.isNaN(held) ? firstHolds(condition, row, now) : held;
    const atMs = Math.max(holds + move.forMs, stayUntil > now ? stayUntil : 0);
    // A `for` that the condition will not outlast leads nowhere.
    if (!Number.isFinite(atMs) || (move.forMs > 0 && lets(condition, row, Math.max(holds, now)) < holds + move.forMs)) return [];
    const to = stages.order[destination(move, stages, row)];
    if (to === undefined) return [];
    return [
      {
        atMs,
        kind: "move",
        name: to,
        text: `${condition.text} holds${move.forMs > 0 ? ` for ${formatDuration(move.forMs)}` : ""}: the contact moves to ${to}`,
      },
    ];
  });
  return [...stay, ...moves];
}

/** When a condition that holds at `from` lets go. */
function lets(
  condition: { readonly truth: (row: Row, now: number) => number; readonly next: (row: Row, now: number) => number },
  row: Row,
  from: number,
): number {
  const at = condition.next(row, from);
  return Number.isFinite(at) && condition.truth(row, at) === YES ? lets(condition, row, at) : at;
}

function aheadOfPlaces(pack: PackProgram, row: Row, now: number): Foreseen[] {
  const audiences = pack.audiences.flatMap((audience): Foreseen[] => {
    const inside = row.numbers[audience.place] === 1;
    const atMs = inside ? (audience.until === null ? lets(audience.if, row, now) : firstHolds(audience.until, row, now)) : firstHolds(audience.if, row, now);
    const condition = inside && audience.until !== null ? audience.until : audience.if;
    return [
      {
        atMs,
        kind: "audience",
        name: audience.name,
        text: `${condition.text} ${inside && audience.until === null ? "no longer holds" : "holds"}: the contact ${inside ? "leaves" : "enters"} audience ${audience.name}`,
      },
    ];
  });
  const segment = nextSegment(pack, row, now);
  return segment === null ? audiences : [...audiences, segment];
}

/** Looks from moment to moment until another segment would be given. */
function nextSegment({ segments }: PackProgram, row: Row, now: number): Foreseen | null {
  if (segments === null) return null;
  const at = (moment: number): number =>
    segments.among === null || segments.among.truth(row, moment) === YES
      ? segments.list.findIndex(({ condition }) => condition === null || condition.truth(row, moment) === YES)
      : -1;
  const current = row.numbers[segments.place] as number;
  const conditions = [...(segments.among === null ? [] : [segments.among]), ...segments.list.flatMap(({ condition }) => condition ?? [])];
  let moment = now;
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    moment = conditions.reduce((first, { next }) => Math.min(first, next(row, moment)), Number.POSITIVE_INFINITY);
    if (!Number.isFinite(moment)) return null;
    const then = at(moment);
    if (then !== current) {
      const name = segments.list[then]?.name ?? "none";
      return { atMs: moment, kind: "segment", name, text: `the contact's segment becomes ${name}` };
    }
  }
  return null;
}

const MOST_LOOKS = 64;
