// Goals: what a trigger is for, and whether it came about. A goal opens when the first message of an occasion is sent (or held
// out) and closes when it is reached or its time is over; each closing is one outcome. A contact has at most one open goal for each
// trigger: a new occasion closes the one before.
//
// The row keeps until when it is open and whose it is; what was closed last stays there by name, so that a later step of the same
// occasion does not open it again.

import type { PackProgram, TriggerProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { amountOf } from "../packs/text-values.ts";
import { answers, type Named } from "./answers.ts";
import { causeOf } from "./explain.ts";
import type { Look } from "./look.ts";
import type { EventFacts, PackTouch, Touch } from "./touch.ts";
import { type Decided, isWithheldFor, type Outcome } from "./wants.ts";

/** Short names: it lies in the row. */
interface GoalState extends Named {
  /** When it was opened. */
  readonly b: number;
  readonly s: number;
  /** 1: all of it was held out. */
  readonly h?: 1;
}

/** What reached the goal in this touch. */
interface Reached {
  /** Index of the event, or -1 where a place was entered. */
  readonly event: number;
  /** Event time, or the moment of the entry. */
  readonly at: number;
}

/** Ends what waits or goes on if its goal is met, and closes the open goal if it is met or over. */
export function lookAtGoal(at: Look): void {
  const { goal } = at.trigger;
  if (goal === null) return;
  const met = reachedIn(at);
  if (met !== null && at.hasPending && endsPending(at, met)) at.giveUp("goal");
  const until = at.row.numbers[goal.until] as number;
  if (Number.isNaN(until)) return;
  const state = stateOf(at.trigger, at.row) as GoalState;
  if (met !== null && counts(at, met, state.b, state)) close(at, state, met);
  else if (until <= at.touch.now) close(at, state, null);
}

function endsPending(at: Look, met: Reached): boolean {
  const pending = at.pending();
  return counts(at, met, pending.b, pending);
}

/** Whether the touch may have to do with the trigger's goal. */
export function goalMatters({ goal, definition }: TriggerProgram, touched: PackTouch, row: Row, now: number): boolean {
  if (goal === null) return false;
  if ((row.numbers[goal.until] as number) <= now) return true;
  if ((definition.goal?.places.length ?? 0) > 0) return touched.transitions.length > 0;
  return touched.matched.some((event) => goal.events.includes(event));
}

/** What was decided on an occasion opens its goal, or is a further step of it. */
export function noteGoal(decided: readonly Decided[], row: Row, touch: Touch, outcomes: Outcome[]): void {
  const [{ candidate }] = decided as readonly [Decided];
  const { trigger, touched, occasion, former, step } = candidate;
  const { goal } = trigger;
  const sent = decided.some(({ disposition }) => disposition === "send");
  const heldOut = decided.every(({ disposition }) => isWithheldFor(disposition, "hold_out"));
  if (goal === null || (!sent && !heldOut)) return;
  const state = stateOf(trigger, row);
  if (state?.o === occasion) {
    if (!Number.isNaN(row.numbers[goal.until] as number)) row.setText(goal.state, JSON.stringify({ ...state, s: step }));
    return;
  }
  closeUnreached(touched, trigger, row, { cause: "replaced", by: occasion }, outcomes);
  row.numbers[goal.until] = touch.now + (trigger.definition.goal?.withinMs ?? 0);
  const opened: GoalState = { o: occasion, b: touch.now, s: step, ...(former === undefined ? {} : { n: former }), ...(sent ? {} : { h: 1 }) };
  row.setText(goal.state, JSON.stringify(opened));
}

/** Closes the goal that is open, if one is, before its time is over. */
export function closeUnreached(touched: PackTouch, trigger: TriggerProgram, row: Row, because: Record<string, unknown>, outcomes: Outcome[]): void {
  const { goal } = trigger;
  if (goal === null || Number.isNaN(row.numbers[goal.until] as number)) return;
  outcomes.push(outcomeOf(touched, trigger, row, stateOf(trigger, row) as GoalState, null, because));
}

/** Until when the goal of an occasion counts: as it was opened, or as it would be if it were opened now. */
export function goalUntil(trigger: TriggerProgram, occasion: string, row: Row, now: number): number | null {
  const { goal, definition } = trigger;
  if (goal === null || definition.goal === null) return null;
  const state = stateOf(trigger, row);
  return (state?.o === occasion ? state.b : now) + definition.goal.withinMs;
}

/** The goal that is open for this contact, for people; null where none is. */
export function openGoal(trigger: TriggerProgram, row: Row): { occasion: string; until: number; step: number } | null {
  const { goal } = trigger;
  if (goal === null || Number.isNaN(row.numbers[goal.until] as number)) return null;
  const state = stateOf(trigger, row) as GoalState;
  return { occasion: state.o, until: row.numbers[goal.until] as number, step: state.s };
}

/** The goal in words: `{ event: "order" }`, `{ event: "click", answered: true }`, `{ enter: ["a", "b"] }`. */
export function goalText(trigger: TriggerProgram): Record<string, unknown> | null {
  const { goal } = trigger.definition;
  if (goal === null) return null;
  const names = goal.events.length > 0 ? goal.events : goal.places.map(({ name }) => name);
  return { [goal.events.length > 0 ? "event" : "enter"]: names.length === 1 ? names[0] : names, ...(goal.answered ? { answered: true } : {}) };
}

/** Whether this touch meets the goal of an occasion that counts from `since`. */
export function meetsGoal(of: Asked, since: number, occasion: Named): boolean {
  const met = reachedIn(of);
  return met !== null && counts(of, met, since, occasion);
}

type Asked = Pick<Look, "trigger" | "touched" | "touch">;

/** Nothing counts that was done before. What answers a message was done after it, whatever the clock says of who reports it. */
const counts = (of: Asked, met: Reached, since: number, occasion: Named): boolean =>
  of.trigger.definition.goal?.answered === true ? answers(of, occasion) : met.at >= since;

/** What of this touch is the trigger's goal, and when. */
function reachedIn({ trigger, touched, touch }: Asked): Reached | null {
  const { goal, definition } = trigger;
  const event = goal?.events.find((index) => touched.matched.includes(index));
  if (event !== undefined && touch.event !== null) return { event, at: touch.event.at };
  const entered = touched.transitions.some(
    (of) => !(of.axis === "audience" && !of.entered) && definition.goal?.places.some(({ axis, name }) => axis === of.axis && name === of.to) === true,
  );
  return entered ? { event: -1, at: touch.now } : null;
}

function close(at: Look, state: GoalState, reached: Reached | null): void {
  const { touched, trigger, row, touch } = at;
  const event = reached === null || reached.event < 0 ? null : touch.event;
  const revenue = event === null ? null : revenueOf(touched.pack, reached?.event ?? -1, event);
  at.wants.outcomes.push({
    ...outcomeOf(touched, trigger, row, state, reached, reached === null ? { cause: "time" } : causeOf(touched, touch, reached.event)),
    revenue,
    answered: event === null ? null : answers(at, state),
  });
  if (trigger.goal !== null) row.numbers[trigger.goal.until] = Number.NaN;
}

function outcomeOf(
  touched: PackTouch,
  trigger: TriggerProgram,
  row: Row,
  state: GoalState,
  reached: Reached | null,
  because: Record<string, unknown>,
): Outcome {
  return {
    touched,
    trigger,
    occasion: state.o,
    reached: reached !== null,
    heldOut: state.h === 1,
    step: state.s,
    openedAt: state.b,
    until: row.numbers[trigger.goal?.until ?? -1] as number,
    revenue: null,
    answered: null,
    because,
  };
}

function stateOf({ goal }: TriggerProgram, row: Row): GoalState | null {
  const text = goal === null ? undefined : row.text(goal.state);
  return text === undefined ? null : (JSON.parse(text) as GoalState);
}

function revenueOf(pack: PackProgram, index: number, event: EventFacts): number | null {
  const value = pack.events[index]?.value ?? -1;
  const amount = value < 0 ? Number.NaN : amountOf(event.values[value]);
  return Number.isNaN(amount) ? null : amount / 10_000;
}
