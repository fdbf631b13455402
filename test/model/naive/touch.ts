// One touch of a contact, by an event or by a moment that has come: first every pack moves, then what triggers want is looked at over all packs,
// and what leaves is told (docs/packs.md, "The order within an event"). Not here: when a contact is touched (model.ts).

import type { ContactKey } from "../../../src/model/ids.ts";
import { holds } from "./conditions.ts";
import { type NaiveContact, type PackState, scopeAt } from "./contact.ts";
import { type NaiveEffect, outcomeEffect, transitionEffect, triggerEffect } from "./effects.ts";
import type { NaiveEvent } from "./message.ts";
import { namesOf } from "./message.ts";
import { isLeftOut } from "./moments.ts";
import { beBorn, type HistoryLook, type Instant, setByHand, settleInstant } from "./moves.ts";
import { send } from "./sending.ts";
import { isRepeat, takeIn } from "./taking-in.ts";
import { takeTraits } from "./traits.ts";
import { lookAtTriggers, type Wanted } from "./triggers.ts";

/** What has happened at one moment. */
export interface Occasion {
  readonly now: number;
  readonly event: NaiveEvent | null;
  /** Event time; NaN without an event. */
  readonly eventAt: number;
  readonly traitBytes: number;
  readonly history: HistoryLook;
}

/** Why something is told. */
export interface Why {
  readonly cause: NaiveEffect["cause"];
  /** Of a merge: the id whose row or name came. */
  readonly merged: ContactKey | null;
}

export function touch(contact: NaiveContact, occasion: Occasion): NaiveEffect[] {
  const { now, event, eventAt } = occasion;
  contact.moment = now;
  const instants = contact.packs.map((state) => move(state, occasion));
  const wanted = contact.packs.map((state, index) => lookAtTriggers(state, instants[index] ?? null, event, eventAt));
  const all = told(contact, instants, wanted, now, { cause: event === null ? "time" : "event", merged: null });
  return occasion.history === "told" ? all.map((effect) => ({ ...effect, origin: "history" })) : all;
}

/** What is told of a look of packs, null for those that did not look. */
export function told(
  contact: NaiveContact,
  instants: readonly (Instant | null)[],
  wanted: readonly Wanted[],
  now: number,
  { cause, merged }: Why,
): NaiveEffect[] {
  if (contact.inHistory) return [];
  const { actions, closings } = send(wanted, now);
  const transitions = contact.packs.flatMap((state, index) =>
    (instants[index]?.silent ? [] : (instants[index]?.steps ?? [])).map((step) => transitionEffect(contact, state, step, now, cause)),
  );
  const triggers = actions.map((action) => triggerEffect(contact, action, now, cause));
  const outcomes = closings.map((closing) => outcomeEffect(contact, closing, now, cause));
  const all = [...transitions, ...triggers, ...outcomes];
  return merged === null ? all : all.map((effect) => (effect.cause === "merge" ? { ...effect, merged: `${merged.kind} ${merged.id}` } : effect));
}

/** null where the pack does not know the contact. */
export function move(state: PackState, { now, event, eventAt, traitBytes, history }: Occasion): Instant | null {
  const { exclude, events } = state.pack;
  if (exclude !== null && event !== null) takeTraits(state, event.message, traitBytes);
  if (exclude !== null && holds(exclude, scopeAt(state, now))) return standStill(state, now);
  if (state.bornAt === null && event === null) return null;
  const happened = event === null ? [] : namesOf(events, event.message).filter((name) => !isRepeat(state, name, event, eventAt, now));
  const instant = newInstant(now, happened, history);
  if (state.bornAt === null) beBorn(state, instant);
  if (event !== null) {
    takeTraits(state, event.message, traitBytes);
    takeIn(state, event, eventAt, happened, now);
    setByHand(state, instant, event);
  }
  settleInstant(state, instant);
  return instant;
}

/** Where the contact stands settles, and nobody is told. */
export function settleSilently(state: PackState, now: number): Instant | null {
  if (isLeftOut(state, now)) return null;
  const instant: Instant = { ...newInstant(now, []), silent: true };
  settleInstant(state, instant);
  return instant;
}

export const newInstant = (now: number, happened: readonly string[], history: HistoryLook = null): Instant => ({
  ...{ now, happened, steps: [], handSet: false, leftOut: false, silent: false, history },
});

/** Whatever `for` counts is given up; triggers see to theirs. */
export function standStill(state: PackState, now: number): Instant | null {
  state.heldSince.clear();
  return state.bornAt === null ? null : { ...newInstant(now, []), leftOut: true };
}
