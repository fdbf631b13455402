// What is published of one contact at one moment, as far as the page defines it: the form in which the model tells it.

import type { ContactKey } from "../../../src/model/ids.ts";
import type { GoalDefinition, StepDefinition, TriggerDefinition } from "../../../src/packs/definition.ts";
import type { Value } from "./conditions.ts";
import type { NaiveContact, NaiveTransition, PackState, Shown } from "./contact.ts";
import { measureValue } from "./measures.ts";
import { at } from "./message.ts";
import { shownAt } from "./moves.ts";
import { type Sent, variantOf } from "./sending.ts";
import { type Closing, keyOf } from "./triggers.ts";
import { namesOf } from "./view.ts";

export interface NaiveEffect {
  readonly contact: ContactKey;
  readonly kind: "transition" | "trigger" | "withheld" | "outcome";
  readonly pack: string;
  /** Of a trigger: its name. Of a transition: the axis, of a grid with its name. */
  readonly name: string;
  /** Of a transition: where to, as in its subject ("none" for no segment; an audience's name both ways). */
  readonly to: string | null;
  readonly from: string | null;
  /** Of an audience's transition: whether the contact is in now. */
  readonly in: boolean | null;
  readonly at: number;
  /** Of a transition. */
  readonly number: number | null;
  /** Of a stage: which move of the pack it was, from 1; null for birth. */
  readonly move: number | null;
  /** Of a trigger, fired or withheld. */
  readonly sequence: number | null;
  readonly key: string | null;
  readonly cause: "event" | "time" | "cuts" | "merge" | "forget" | "replaced";
  /** Of a merge: kind and id of who was merged in. */
  readonly merged: string | null;
  readonly alsoKnownAs: readonly string[];
  readonly origin: "live" | "history";
  /** What is sent or how it came out, word by word; moments count from that of the effect. Empty for a transition. */
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
  /** How the pack sees the contact at that moment: of a transition as the step was taken, of a trigger after all packs have moved. */
  readonly shown: Shown | null;
}

export function transitionEffect(contact: NaiveContact, state: PackState, step: NaiveTransition, now: number, cause: NaiveEffect["cause"]): NaiveEffect {
  const audience = step.axis === "audience";
  const to = audience ? (step.to ?? step.from) : (step.to ?? "none");
  return {
    ...frame(contact, state, now, cause),
    kind: "transition",
    name: step.grid === null ? step.axis : `${step.axis} ${step.grid}`,
    to,
    from: step.from,
    in: audience ? step.to !== null : null,
    number: step.number,
    move: step.move,
    detail: { from: audience ? null : step.from, move: null, setBy: null, reason: null, ...step.told },
    shown: step.shown,
  };
}

export function triggerEffect(contact: NaiveContact, sent: Sent, now: number, cause: NaiveEffect["cause"]): NaiveEffect {
  const { state, trigger, occasion, channel, step, ended, sequence } = sent;
  const { message, expiresMs, params } = trigger.steps[step - 1] as StepDefinition;
  const expires = ended === null ? expiresMs : null;
  const until = sent.goalUntil === null ? null : sent.goalUntil - now;
  const isCancel = ended !== null;
  const detail = {
    ...{ channel, message, step, expires, until, ended, variant: variantOf(sent), priority: trigger.priority, purpose: trigger.purpose },
    cancel: isCancel,
    reason: sent.withheld,
    goal: trigger.goal === null || isCancel ? null : nameOfGoal(trigger.goal),
    params: JSON.stringify(params),
    // What a cancel carries is not defined.
    carry: isCancel ? null : JSON.stringify(carryOf(sent, now)),
  };
  const kind = sent.withheld === null ? "trigger" : "withheld";
  const why = (cause === "cuts" || cause === "merge") && sent.due ? "time" : cause;
  const shown = shownAt(state, now);
  // A cancel says why it ended, and no points.
  const points = isCancel ? {} : (sent.of?.shown ?? shown).points;
  return {
    ...frame(contact, state, now, why),
    kind,
    name: trigger.name,
    sequence,
    key: keyOf(state, trigger, occasion),
    detail,
    shown: { ...shown, points },
  };
}

export function outcomeEffect(contact: NaiveContact, closing: Closing, now: number, cause: NaiveEffect["cause"]): NaiveEffect {
  const { state, trigger, occasion, reached, replaced, since, until, step, revenue, answered, ended } = closing;
  const goal = trigger.goal === null ? null : nameOfGoal(trigger.goal);
  const detail = {
    goal,
    reached,
    since: since - now,
    until: until - now,
    step,
    revenue,
    answered,
    variant: variantOf(closing),
    outcome: reached ? "reached" : "not_reached",
  };
  // It closes at its time, whatever the look is for.
  const why = replaced ? "replaced" : !reached && ended === null ? "time" : cause;
  return { ...frame(contact, state, now, why), kind: "outcome", shown: null, name: trigger.name, key: keyOf(state, trigger, occasion), detail };
}

const frame = (contact: NaiveContact, state: PackState, now: number, cause: NaiveEffect["cause"]) => ({
  contact: contact.key,
  alsoKnownAs: namesOf(contact),
  merged: null,
  origin: "live" as NaiveEffect["origin"],
  pack: state.pack.name,
  at: now,
  cause,
  to: null,
  from: null,
  in: null,
  number: null,
  move: null,
  sequence: null,
  key: null,
  detail: {} as NaiveEffect["detail"],
  shown: shownAt(state, now),
});

/** The first word of a goal: which event or place it names is the pack's. */
const nameOfGoal = ({ events, places, answered }: GoalDefinition): string =>
  events.length > 0 ? `event ${events.join()}${answered ? " answered" : ""}` : `enter ${places.map(({ name }) => name).join()}`;

/** Traits and measures as they are now, of the event that began it what it says. */
function carryOf({ state, trigger, origin }: Sent, now: number): Record<string, unknown> {
  const valueIn = (item: TriggerDefinition["carry"][number]): Value => {
    if (item.from === "event") return origin === null ? undefined : at(origin.message, item.path);
    return item.from === "trait" ? state.traits.get(item.name) : measureValue(state, item.name, now);
  };
  return Object.fromEntries(trigger.carry.map((item) => [item.as, valueIn(item) ?? null]));
}
