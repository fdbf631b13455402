// Which triggers fire at one instant, after all packs have moved (docs/packs.md, "triggers"). For each trigger first what
// was pending and has come due, then what begins now; an occasion fires at most once.

import type { Place, TriggerDefinition, When } from "../../../src/packs/definition.ts";
import { evaluate, holds } from "./conditions.ts";
import { type NaiveTransition, occurrencesOf, type PackState, scopeAt, type TriggerMemory } from "./contact.ts";
import { at, type NaiveEvent } from "./message.ts";
import type { Instant } from "./moves.ts";

export interface Firing {
  readonly trigger: TriggerDefinition;
  readonly occasion: string;
  readonly withheld: boolean;
  readonly sequence: number;
}

/** One trigger at one instant, with all it needs to decide. */
interface Look {
  readonly state: PackState;
  readonly trigger: TriggerDefinition;
  readonly memory: TriggerMemory;
  readonly instant: Instant;
  readonly event: NaiveEvent | null;
  readonly eventAt: number;
  fire(occasion: string, withheld?: boolean): void;
}

/** `eventAt`: the event time, where there is an event. */
export function fireTriggers(state: PackState, instant: Instant, event: NaiveEvent | null, eventAt: number): Firing[] {
  const firings: Firing[] = [];
  for (const trigger of state.pack.triggers) {
    const memory = state.triggers.get(trigger.name);
    if (memory === undefined) throw new Error(`no memory of trigger ${trigger.name}`);
    let done = false;
    const fire = (occasion: string, withheld = false): void => {
      if (done || !asks(state, trigger, instant.now) || !mayRepeat(trigger, memory, instant.now)) return;
      done = true;
      if (!withheld) memory.lastFired = instant.now;
      firings.push({ trigger, occasion, withheld, sequence: ++state.sequence });
    };
    lookAt(trigger.when, { state, trigger, memory, instant, event, eventAt, fire });
  }
  return firings;
}

function lookAt(when: When, look: Look): void {
  switch (when.kind) {
    case "enter":
    case "leave":
      return lookAtPlaces(when, look);
    case "event":
      return lookAtEvent(when, look);
    case "rises":
    case "falls":
      return lookAtThreshold(when, look);
    case "silent":
      return lookAtSilence(when, look);
    case "started":
      return lookAtStarted(when, look);
  }
}

function lookAtPlaces(when: When & { kind: "enter" | "leave" }, look: Look): void {
  const { state, trigger, instant } = look;
  const isMatch = (step: NaiveTransition): boolean =>
    when.places.some((place) => isStepOf(when.kind, step, place)) && (trigger.from === null || trigger.from.includes(step.from ?? ""));
  const isPassedThrough = (step: NaiveTransition): boolean => when.kind === "enter" && step.axis === "stage" && step.to !== state.stage;
  if (trigger.afterMs) return lookAtStay(when.kind, look, (step) => isMatch(step) && !isPassedThrough(step), trigger.afterMs);
  const matches = instant.steps.filter(isMatch);
  const stood = matches.filter((step) => !isPassedThrough(step));
  const step = when.kind === "leave" ? matches[0] : (stood.at(-1) ?? matches[0]);
  if (step !== undefined) look.fire(String(step.number), isPassedThrough(step));
}

/** enter and leave with `after`: the stay (or absence) must last. Steps in their order, each first ending, then beginning. */
function lookAtStay(kind: "enter" | "leave", look: Look, begins: (step: NaiveTransition) => boolean, afterMs: number): void {
  const { state, trigger, memory, instant } = look;
  if (memory.pending !== null && !instant.steps.some((step) => ends(kind, step, memory.pending))) {
    const due = takeDue(look);
    if (due !== null) look.fire(due.occasion);
  }
  for (const step of instant.steps) {
    if (ends(kind, step, memory.pending)) memory.pending = null;
    if (!begins(step) || !asks(state, trigger, instant.now)) continue;
    const place = (kind === "enter" ? step.to : step.from) ?? "";
    memory.pending = { due: instant.now + afterMs, occasion: String(step.number), at: instant.now, axis: step.axis, place };
  }
}

const isStepOf = (kind: "enter" | "leave", step: NaiveTransition, place: Place): boolean =>
  step.axis === place.axis && (kind === "enter" ? step.to : step.from) === place.name;

/** What was entered is left, or what was left is entered again. */
const ends = (kind: "enter" | "leave", step: NaiveTransition, pending: TriggerMemory["pending"]): boolean =>
  pending !== null && step.axis === pending.axis && (kind === "enter" ? step.from : step.to) === pending.place;

function lookAtEvent(when: When & { kind: "event" }, look: Look): void {
  const { state, trigger, memory, instant, event } = look;
  const due = takeDue(look);
  if (due !== null) look.fire(due.occasion);
  if (event === null || !instant.happened.some((name) => when.events.includes(name))) return;
  const occasion = identityOf(event);
  if (!trigger.afterMs) return look.fire(occasion);
  if (memory.pending !== null || look.eventAt + trigger.afterMs <= instant.now || !asks(state, trigger, instant.now)) return;
  memory.pending = { due: look.eventAt + trigger.afterMs, occasion, at: look.eventAt };
}

function lookAtThreshold(when: When & { kind: "rises" | "falls" }, look: Look): void {
  const { state, trigger, memory, instant } = look;
  const value = evaluate(when.of, scopeAt(state, instant.now));
  const above = typeof value === "number" && value >= when.at;
  if (above !== memory.above) {
    memory.above = above;
    memory.pending = null;
    const crossed = above === (when.kind === "rises");
    if (crossed && trigger.forMs) memory.pending = { due: instant.now + trigger.forMs, occasion: String(instant.now), at: instant.now };
    else if (crossed) look.fire(String(instant.now));
  }
  const due = takeDue(look);
  if (due !== null) look.fire(due.occasion);
}

function lookAtSilence(when: When & { kind: "silent" }, look: Look): void {
  const { state, memory, instant } = look;
  const times = when.events.flatMap((name) => occurrencesOf(state, name)).map((one) => one.at);
  const start = times.length === 0 ? state.bornAt : Math.max(...times);
  if (start !== memory.silence) {
    memory.silence = start;
    const end = start + when.forMs;
    memory.pending = end > instant.now ? { due: end, occasion: String(end), at: start } : null;
  }
  const due = takeDue(look);
  if (due !== null) look.fire(due.occasion);
}

function lookAtStarted(when: When & { kind: "started" }, look: Look): void {
  const { state, memory, instant, event, eventAt } = look;
  const ends = when.without.flatMap((name) => occurrencesOf(state, name)).map((one) => one.at);
  const lastEnd = Math.max(Number.NEGATIVE_INFINITY, ...ends);
  if (memory.pending !== null && lastEnd >= memory.pending.at) memory.pending = null;
  const name = instant.happened.find((one) => when.events.includes(one));
  const begins =
    event !== null && name !== undefined && eventAt > lastEnd && eventAt >= (memory.pending?.at ?? eventAt) && eventAt + when.withinMs > instant.now;
  if (begins) memory.pending = { due: eventAt + when.withinMs, occasion: keyOf(state, name, event) ?? identityOf(event), at: eventAt };
  const due = takeDue(look);
  if (due !== null) look.fire(due.occasion);
}

/** What was pending, if its moment has come; it is pending no more. */
function takeDue({ memory, instant }: Look): TriggerMemory["pending"] {
  const pending = memory.pending;
  if (pending === null || pending.due > instant.now) return null;
  memory.pending = null;
  return pending;
}

function asks(state: PackState, trigger: TriggerDefinition, now: number): boolean {
  const stands = trigger.in === null || trigger.in.some((place) => standsIn(state, place));
  return stands && holds(trigger.if, scopeAt(state, now));
}

function standsIn(state: PackState, place: Place): boolean {
  if (place.axis === "stage") return state.stage === place.name;
  return place.axis === "segment" ? state.segment === place.name : state.audiences.has(place.name);
}

function mayRepeat(trigger: TriggerDefinition, memory: TriggerMemory, now: number): boolean {
  if (memory.lastFired === null || trigger.repeat === "always" || trigger.repeat === "once_per_silence" || trigger.repeat === "once_per_number") return true;
  return trigger.repeat !== "never" && now - memory.lastFired >= trigger.repeat.withinMs;
}

const identityOf = (event: NaiveEvent): string => event.messageId ?? `${event.position}.${event.index}`;

function keyOf(state: PackState, name: string, event: NaiveEvent): string | undefined {
  const path = state.pack.events.find((one) => one.name === name)?.key;
  const key = path ? at(event.message, path) : undefined;
  return typeof key === "string" || typeof key === "number" ? String(key) : undefined;
}
