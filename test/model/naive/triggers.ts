// What triggers want at one instant, after all packs have moved (docs/packs.md, "triggers"): for each trigger first its goal, then
// what its occasions are (whens.ts), which ask here to fire or to begin a series. Not here: what becomes of it (sending.ts).

import type { Place, StepDefinition, TriggerDefinition } from "../../../src/packs/definition.ts";
import { holds } from "./conditions.ts";
import { type NaiveTransition, type PackState, scopeAt } from "./contact.ts";
import type { Former, Pending, Series, TriggerMemory } from "./memory.ts";
import { amountIn, at, type NaiveEvent } from "./message.ts";
import type { Instant } from "./moves.ts";
import { lookAtOccasions, settleOccasions } from "./whens.ts";

/** One action that a trigger asks for. */
export interface Wish {
  readonly state: PackState;
  readonly trigger: TriggerDefinition;
  readonly memory: TriggerMemory;
  readonly occasion: string;
  /** From 1. */
  readonly step: number;
  readonly channel: string;
  /** Why, where it is. */
  readonly withheld: Reason | null;
  readonly series: Series | null;
  /** Of a cancel message: why. */
  readonly ended: string | null;
  /** It is a moment's doing: something was due. */
  readonly due: boolean;
  /** The event that began it, of `event` and `started`. */
  readonly origin: NaiveEvent | null;
  /** The transition that it tells of at once: what led to that led to this. */
  readonly of: NaiveTransition | null;
}

export type Reason = "passed_through" | "history";

/** A goal that closes. */
export interface Closing {
  readonly state: PackState;
  readonly trigger: TriggerDefinition;
  readonly occasion: string;
  readonly reached: boolean;
  readonly replaced: boolean;
  /** Why before its time, where it is not met or replaced. */
  readonly ended: string | null;
  readonly since: number;
  readonly until: number;
  readonly step: number;
  readonly revenue: number | null;
  /** Whether the event that met it answers the occasion; null where none did. */
  readonly answered: boolean | null;
}

export interface Wanted {
  readonly cancels: Wish[];
  readonly wishes: Wish[];
  readonly closings: Closing[];
}

/** One trigger at one instant, with all it needs to decide. */
export interface Look {
  readonly state: PackState;
  readonly trigger: TriggerDefinition;
  readonly memory: TriggerMemory;
  readonly instant: Instant;
  readonly event: NaiveEvent | null;
  readonly eventAt: number;
  readonly wanted: Wanted;
  /** It has fired at this instant, or its series has begun. */
  done: boolean;
  /** Something of it was due at this instant. */
  due: boolean;
  /** The event that began what happens now, of `event` and `started`. */
  origin: NaiveEvent | null;
  /** The transition that is told of at once. */
  of: NaiveTransition | null;
  /** Whether the contact was told of a transition before, as one of two that a person was. */
  isTold: (step: NaiveTransition) => boolean;
}

/**
 * `eventAt`: the event time, where there is an event. `instant` is null where the pack does not know the contact. `join`: what each trigger
 * remembers of another row is taken in first.
 */
export function lookAtTriggers(
  state: PackState,
  instant: Instant | null,
  event: NaiveEvent | null,
  eventAt: number,
  join: ((look: Look) => void) | null = null,
): Wanted {
  const wanted: Wanted = { cancels: [], wishes: [], closings: [] };
  if (instant === null) return wanted;
  for (const trigger of state.pack.triggers) {
    const memory = state.triggers.get(trigger.name);
    if (memory === undefined) throw new Error(`no memory of trigger ${trigger.name}`);
    const look: Look = { state, trigger, memory, instant, event, eventAt, wanted, done: false, due: false, origin: null, of: null, isTold: () => false };
    join?.(look);
    if (instant.leftOut) {
      giveUp(look);
      continue;
    }
    if (instant.silent) {
      settleOccasions(trigger.when, look);
      continue;
    }
    askGoal(look);
    lookAtOccasions(trigger.when, look);
  }
  return wanted;
}

/** What waits is given up while the pack leaves the contact out; not a silence, a rhythm or a date that is still to come. */
function giveUp(look: Look): void {
  const { state, trigger, memory, wanted } = look;
  if (waits(trigger)) memory.pending = null;
  endSeries(look, "excluded");
  if (memory.goal !== null)
    wanted.closings.push({ ...memory.goal, state, trigger, reached: false, replaced: false, ended: "excluded", revenue: null, answered: null });
  memory.goal = null;
  memory.opened = null;
}

const waits = ({ when }: TriggerDefinition): boolean => when.kind !== "silent" && when.kind !== "overdue";

/** What a trigger without steps does at its occasion, and what one with steps begins. */
export function happen(look: Look, occasion: string, from: number, place: Series["place"] = null): void {
  if (look.trigger.series) return begin(look, occasion, from, place);
  fire(look, occasion, false);
}

/** What was only passed through: withheld, where it would have said something at once. */
export function passThrough(look: Look, occasion: string): void {
  if (look.trigger.steps[0].afterMs === 0) fire(look, occasion, true);
}

function fire(look: Look, occasion: string, withheld: boolean): void {
  const { state, trigger, memory, instant } = look;
  if (look.done || !asks(look) || !mayRepeat(trigger, memory, instant.now)) return;
  if (!holds(trigger.steps[0].if, scopeAt(state, instant.now))) return;
  look.done = true;
  const kept = withheld ? "passed_through" : withheldIn(instant);
  if (kept === null) memory.lastFired = instant.now;
  wish(look, 0, occasion, kept, null);
}

function begin(look: Look, occasion: string, from: number, place: Series["place"]): void {
  const { trigger, memory, instant } = look;
  if (look.done || !asks(look) || !mayRepeat(trigger, memory, instant.now)) return;
  const left = trigger.steps.map((_, index) => index).filter((index) => isAtOnce(trigger, index) || dueAt(trigger, from, index) > instant.now);
  if (left.length === 0) return;
  endSeries(look, "replaced");
  look.done = true;
  memory.lastFired = instant.now;
  memory.series = { occasion, from, left, sent: [], came: null, place, origin: look.origin, former: [] };
  if (left[0] === 0 && isAtOnce(trigger, 0)) comeStep(look, memory.series);
}

const isAtOnce = (trigger: TriggerDefinition, index: number): boolean => index === 0 && (trigger.when.kind === "silent" || trigger.steps[0].afterMs === 0);

const dueAt = (trigger: TriggerDefinition, from: number, index: number): number => from + (trigger.steps[index] as StepDefinition).afterMs;

/** When the next step of a series comes. */
export const nextStepAt = (trigger: TriggerDefinition, { from, left }: Series): number => dueAt(trigger, from, left[0] ?? 0);

/** The step of the series whose moment has come. */
export function comeSteps(look: Look): void {
  const { memory, trigger, instant } = look;
  if (memory.series !== null && nextStepAt(trigger, memory.series) <= instant.now) comeStep(look, memory.series);
}

function comeStep(look: Look, series: Series): void {
  const { trigger, memory, state, instant } = look;
  const index = series.left.shift() ?? 0;
  // Only a merge comes to several at once: those behind the one that was waited for are left out.
  while (series.left.length > 0 && nextStepAt(trigger, series) <= instant.now) series.left.shift();
  series.came = index;
  if (!look.done) look.due = true;
  if (series.left.length === 0) memory.series = null;
  if (asks(look) && holds((trigger.steps[index] as StepDefinition).if, scopeAt(state, instant.now)))
    wish(look, index, series.occasion, withheldIn(instant), series);
}

/** Ends the series that goes on; what was sent of it is taken back. */
export function endSeries(look: Look, ended: string): void {
  const { series } = look.memory;
  look.memory.series = null;
  if (series !== null) cancelSeries(look, series, ended);
}

export function cancelSeries({ state, trigger, memory, wanted }: Pick<Look, "state" | "trigger" | "memory" | "wanted">, series: Series, ended: string): void {
  const common = {
    state,
    trigger,
    memory,
    occasion: series.occasion,
    step: (series.came ?? 0) + 1,
    withheld: null,
    series: null,
    ended,
    due: false,
    origin: null,
    of: null,
  };
  for (const channel of series.sent) wanted.cancels.push({ ...common, channel });
}

/** Why everything that triggers want at this instant is withheld. */
const withheldIn = ({ history }: Instant): Reason | null => (history === "told" ? "history" : null);

function wish(look: Look, index: number, occasion: string, withheld: Reason | null, series: Series | null): void {
  const { state, trigger, memory, wanted } = look;
  const { take, names } = (trigger.steps[index] as StepDefinition).channels;
  const common = {
    state,
    trigger,
    memory,
    occasion,
    step: index + 1,
    withheld,
    series,
    ended: null,
    due: look.due,
    origin: series?.origin ?? look.origin,
    of: look.due ? null : look.of,
  };
  for (const channel of take === "all" ? names : names.slice(0, 1)) wanted.wishes.push({ ...common, channel });
}

/** Met, it ends what waits and what goes on from then or before, and closes; else it closes when its time is over. */
function askGoal(look: Look): void {
  const { memory, wanted, state, trigger, instant } = look;
  const met = metAt(look);
  const { goal, pending, series } = memory;
  const counts = (of: Answerable, from: number): boolean => met !== undefined && (trigger.goal?.answered === true ? isAnswer(look, of) : met.at >= from);
  if (waits(trigger) && pending !== null && counts(pending, pending.at)) memory.pending = null;
  if (series !== null && counts(series, series.from)) endSeries(look, "goal");
  if (goal === null) return;
  const reached = counts(goal, goal.since);
  if (!reached && goal.until > instant.now) return;
  memory.goal = null;
  const answered = reached && met?.byEvent === true ? isAnswer(look, goal) : null;
  wanted.closings.push({ ...goal, state, trigger, reached, replaced: false, ended: null, revenue: reached ? (met?.revenue ?? null) : null, answered });
}

/** The event says which occasion's messages it is about. */
function isAnswer({ event, state, trigger }: Look, { occasion, former = [] }: Answerable): boolean {
  const key = event === null ? undefined : at(event.message, ["context", "tidemark", "key"]);
  return typeof key === "string" && [...former, keyOf(state, trigger, occasion)].includes(key);
}

type Answerable = { readonly occasion: string } & Partial<Former>;

/** What a sender knows an occasion by. */
export const keyOf = (state: PackState, trigger: TriggerDefinition, occasion: string): string =>
  `${state.pack.name}/${trigger.name}/${state.key.id}/${occasion}`;

interface Met {
  readonly at: number;
  readonly revenue: number | null;
  readonly byEvent: boolean;
}

function metAt({ trigger: { goal }, instant, event, eventAt, state }: Look): Met | undefined {
  const name = goal === null ? undefined : instant.happened.find((one) => goal.events.includes(one));
  if (name !== undefined && event !== null) {
    const path = state.pack.events.find((one) => one.name === name)?.value;
    const amount = path ? amountIn(at(event.message, path)) : undefined;
    return { at: eventAt, revenue: amount === undefined ? null : amount / 10_000, byEvent: true };
  }
  const entered = goal?.places.some((place) => instant.steps.some((step) => step.axis === place.axis && step.to === place.name)) ?? false;
  return entered ? { at: instant.now, revenue: null, byEvent: false } : undefined;
}

/** What was pending, if its moment has come; it is pending no more. */
export function takeDue(look: Look): Pending | null {
  const { memory, instant } = look;
  const pending = memory.pending;
  if (pending === null || pending.due > instant.now) return null;
  look.due = true;
  look.origin = pending.origin ?? null;
  memory.pending = null;
  return pending;
}

export function asks({ state, trigger, instant }: Look): boolean {
  const stands = trigger.in === null || trigger.in.some((place) => standsIn(state, place));
  return stands && holds(trigger.if, scopeAt(state, instant.now));
}

export function standsIn(state: PackState, place: Place): boolean {
  if (place.axis === "stage") return state.stage === place.name;
  return place.axis === "segment" ? state.segment === place.name : state.audiences.has(place.name);
}

function mayRepeat(trigger: TriggerDefinition, memory: TriggerMemory, now: number): boolean {
  if (memory.lastFired === null || trigger.repeat === "always" || trigger.repeat === "once_per_silence" || trigger.repeat === "once_per_number") return true;
  return trigger.repeat !== "never" && now - memory.lastFired >= trigger.repeat.withinMs;
}
