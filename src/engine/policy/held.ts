// What quiet hours hold: triggers that wait in the contact's row until the quiet hours of their channel are over, and then are asked
// again. They lie there as one JSON text, in the order in which they were held, and beside it the earliest moment at which one of them
// comes due, which is part of the contact's deadline. Bounded in number (`limits.held`) and in size; what does not fit is not held.
//
// An occasion that is held counts for `repeat` from then on; if it is given up, what counted before counts again.

import { BOUNDS } from "../../packs/bounds.ts";
import type { StepDefinition } from "../../packs/definition.ts";
import type { PolicyProgram } from "../../packs/policy-program.ts";
import type { PackProgram, TriggerProgram } from "../../packs/program.ts";
import type { Row } from "../../packs/row.ts";
import type { Named } from "../answers.ts";
import { isExcluded } from "../exclusion.ts";
import { pointsOf } from "../explain.ts";
import { meetsGoal } from "../goals.ts";
import type { HeldLimits } from "../limits.ts";
import { holds } from "../look.ts";
import { runningSeries } from "../pending.ts";
import type { PackTouch, Standing, Touch } from "../touch.ts";
import type { Candidate } from "../wants.ts";
import { silenceStart } from "../whens/silence.ts";

/** Where in the row such a list lies, and the earliest moment of it. */
export type HeldPlaces = Pick<PolicyProgram, "due" | "held">;

/** Short names: it lies in the row. */
export interface Held extends Named {
  /** Pack, trigger, step, channel. */
  readonly p: string;
  readonly t: string;
  readonly s: number;
  readonly h: string;
  /** When it was held, when it is asked again, when it expires (null: never by itself). */
  readonly a: number;
  readonly u: number;
  readonly x: number | null;
  /** 1: the trigger's goal was met meanwhile. */
  readonly z?: 1;
  /** 1: it was owed from history. */
  readonly y?: 1;
  /** Whether the contact stood in one of the trigger's places when it was held. */
  readonly i: boolean;
  /** When the trigger had fired before (null: never). */
  readonly f: number | null;
  readonly w: Standing | null;
  readonly c: Record<string, unknown>;
  readonly b: Record<string, unknown>;
}

/** Something held that comes due: what it wants, and what is known of its waiting. */
export interface Released {
  readonly candidate: Candidate;
  readonly channel: string;
  readonly since: number;
  /** Whether what it was about still is as it was. */
  readonly stillTrue: boolean;
  /** To be called when it is given up. */
  readonly giveUp: () => void;
}

/** Puts a candidate into the row until `until`; says why where there is no room. */
export function hold(
  policy: PolicyProgram,
  of: Candidate,
  channel: string,
  since: number,
  until: number,
  row: Row,
  limits: HeldLimits,
): "held" | "too_many" | "too_large" {
  const held = heldIn(policy, row);
  if (held.length >= limits.held) return "too_many";
  const item = itemOf(of, channel, since, until, row);
  if (isTooLarge(item, limits)) return "too_large";
  // A series counts from its own beginning, whatever becomes of its steps.
  if (!of.trigger.definition.series) row.numbers[of.trigger.fired] = since;
  keepHeld(policy, row, [...held, item]);
  return "held";
}

/** A candidate as it lies in the row. */
export function itemOf(of: Candidate, channel: string, since: number, until: number, row: Row): Held {
  const { trigger, touched } = of;
  const { checks: _, points: __, ...because } = of.because;
  const fired = row.numbers[trigger.fired] as number;
  return {
    p: touched.pack.name,
    t: trigger.definition.name,
    s: of.step,
    h: channel,
    o: of.occasion,
    ...(of.former === undefined ? {} : { n: of.former }),
    a: since,
    u: until,
    x: of.expiresAt,
    i: standsInAny(trigger, touched.pack, row),
    f: Number.isNaN(fired) ? null : fired,
    w: of.was,
    c: of.carried,
    b: because,
    ...(of.origin === undefined ? {} : { y: 1 }),
  };
}

export const isTooLarge = (item: Held, limits: HeldLimits): boolean => Buffer.byteLength(JSON.stringify(item)) > BOUNDS.held_bytes.most + limits.carryBytes;

/** Takes out what is due by now, in the order in which it was held. `gone`: told of each whose trigger the packs no longer have. */
export function release(policy: HeldPlaces, packs: readonly PackTouch[], row: Row, touch: Touch, gone: () => void): Released[] {
  if (!((row.numbers[policy.due] as number) <= touch.now)) return [];
  const held = heldIn(policy, row);
  keepHeld(
    policy,
    row,
    held.filter((item) => item.u > touch.now),
  );
  return held.flatMap((item) => {
    if (item.u > touch.now) return [];
    const touched = packs.find(({ pack }) => pack.name === item.p);
    const trigger = touched?.pack.triggers.find(({ definition }) => definition.name === item.t);
    const action = trigger?.definition.steps[item.s - 1];
    if (touched === undefined || trigger === undefined || action === undefined) {
      gone();
      return [];
    }
    return [released(item, touched, trigger, action, row, touch)];
  });
}

/** What is held for a goal that is met in this touch need not be sent any more. */
export function noteGoalsMet(policy: HeldPlaces, packs: readonly PackTouch[], row: Row, touch: Touch): void {
  if (row.numbers[policy.due] === Number.POSITIVE_INFINITY) return;
  const held = heldIn(policy, row);
  const noted = held.map((item) => (item.z !== 1 && isMet(item, packs, touch) ? { ...item, z: 1 as const } : item));
  if (noted.some((item, index) => item !== held[index])) keepHeld(policy, row, noted);
}

function isMet(item: Held, packs: readonly PackTouch[], touch: Touch): boolean {
  const touched = packs.find(({ concerned, pack }) => concerned && pack.name === item.p);
  const trigger = touched?.pack.triggers.find(({ definition }) => definition.name === item.t);
  if (touched === undefined || trigger === undefined || trigger.goal === null) return false;
  return meetsGoal({ trigger, touched, touch }, item.a, item);
}

/** What is owed to another contact is owed here from now on, behind the own; answers how many there was no room for. At most one for each trigger, the own. */
export function mergeOwed(places: HeldPlaces, row: Row, from: Row, limit: number, rename: Rename): number {
  const own = heldIn(places, row);
  const others = heldIn(places, from).filter(({ p, t }) => !own.some((item) => item.p === p && item.t === t));
  if (others.length === 0) return 0;
  const all = [...own, ...others.map(rename)];
  keepHeld(places, row, all.slice(0, limit));
  return Math.max(0, all.length - limit);
}

/**
 * What is held for another contact is held here from now on, behind the own; to be called before the packs of the two are one. What there is
 * no room for comes due now, in the touch that this is part of; answers how many that were. (A contact in history, of which nothing
 * is told, holds nothing.)
 */
export function mergeHeld(places: HeldPlaces, packs: readonly PackProgram[], row: Row, from: Row, limit: number, rename: Rename, now: number): number {
  const others = heldIn(places, from);
  if (others.length === 0) return 0;
  const all = [...countingAlso(heldIn(places, row), packs, from), ...countingAlso(others, packs, row).map(rename)];
  keepHeld(
    places,
    row,
    all.map((item, index) => (index < limit ? item : { ...item, u: Math.min(item.u, now) })),
  );
  return Math.max(0, all.length - limit);
}

/** If one of them is given up, what its trigger had fired for the other contact before it was held counts again too. */
function countingAlso(held: readonly Held[], packs: readonly PackProgram[], other: Row): Held[] {
  return held.map((item) => {
    const trigger = packs.find(({ name }) => name === item.p)?.triggers.find(({ definition }) => definition.name === item.t);
    const fired = trigger === undefined ? Number.NaN : (other.numbers[trigger.fired] as number);
    return fired < item.a && !(fired <= (item.f ?? Number.NEGATIVE_INFINITY)) ? { ...item, f: fired } : item;
  });
}

/** Something held of another contact, under the name that its occasion has here. */
export type Rename = (item: Held) => Held;

/** For people: what waits, and until when. */
export function heldView(policy: PolicyProgram, row: Row): { trigger: string; channel: string; since: number; until: number }[] {
  return heldIn(policy, row).map((item) => ({ trigger: `${item.p}/${item.t}`, channel: item.h, since: item.a, until: item.u }));
}

function released(item: Held, touched: PackTouch, trigger: TriggerProgram, action: StepDefinition, row: Row, touch: Touch): Released {
  const { now } = touch;
  const because = { ...item.b, checks: trigger.condition?.checks(row, now) ?? [], points: pointsOf(touched.pack, row, now) };
  const candidate: Candidate = {
    touched,
    trigger,
    occasion: item.o,
    former: item.n,
    step: item.s,
    action,
    expiresAt: item.x,
    was: item.w,
    carried: item.c,
    because,
    passedThrough: false,
    ...(item.y === 1 ? { origin: "history" as const } : {}),
    stillTrue: (of, at) => holds(trigger, of, at),
  };
  const giveUp = () => {
    if (!trigger.definition.series && row.numbers[trigger.fired] === item.a) row.numbers[trigger.fired] = item.f ?? Number.NaN;
  };
  return {
    candidate,
    channel: item.h,
    since: item.a,
    stillTrue: item.z !== 1 && candidate.stillTrue(row, now) && isAsItWas(item, trigger, touched.pack, row, now),
    giveUp,
  };
}

/** Beyond `in` and `if`, what each kind of trigger is about. */
function isAsItWas(item: Held, trigger: TriggerProgram, pack: PackProgram, row: Row, now: number): boolean {
  if (isExcluded(pack, row, now) || !seriesGoesOn(item, trigger, row)) return false;
  const { when } = trigger.definition;
  switch (when.kind) {
    case "enter":
    case "leave":
      return standsInAny(trigger, pack, row) === item.i;
    case "rises":
      return (trigger.term?.value(row, now) ?? Number.NaN) >= when.at;
    case "falls":
      return !((trigger.term?.value(row, now) ?? Number.NaN) >= when.at);
    case "silent":
      return silenceStart(trigger, pack, row) === Date.parse(String(item.b["since"]));
    case "started":
      return !((row.numbers[trigger.memory] as number) >= toldOf(item, "occurredAt"));
    case "overdue":
      return isToldOrUnknown(row.numbers[trigger.memory] as number, toldOf(item, "since", 1));
    case "date":
      return isToldOrUnknown(row.numbers[trigger.date] as number, toldOf(item, "of"));
    case "reaches":
      return !((trigger.term?.value(row, now) ?? Number.NaN) < Number(item.b["reached"]));
    case "event":
    case "every":
    case "broadcast":
      return true;
  }
}

/** A moment that `because` tells of the occasion; NaN where it does not, as of later steps, or of steps after `lastStep`. */
const toldOf = (item: Held, key: string, lastStep = Number.POSITIVE_INFINITY): number => (item.s > lastStep ? Number.NaN : Date.parse(String(item.b[key])));

const isToldOrUnknown = (value: number, told: number): boolean => Number.isNaN(told) || value === told;

/** A series that has ended meanwhile took back what was sent of it: a step is worth sending while its series goes on; the last one, while no other series of the trigger has begun. */
function seriesGoesOn(item: Held, trigger: TriggerProgram, row: Row): boolean {
  const { series, steps } = trigger.definition;
  if (!series) return true;
  const running = runningSeries(trigger, row);
  return running === null ? item.s === steps.length : running.o === item.o;
}

/** Whether the contact stands in one of the places that the trigger's *when* names; false for triggers about something else. */
function standsInAny(trigger: TriggerProgram, pack: PackProgram, row: Row): boolean {
  const { when } = trigger.definition;
  if (when.kind !== "enter" && when.kind !== "leave") return false;
  return when.places.some(({ axis, name }) => {
    if (axis === "stage") return pack.stages?.order[row.numbers[pack.stages.place] as number] === name;
    if (axis === "segment") return pack.segments?.list[row.numbers[pack.segments.place] as number]?.name === name;
    return pack.audiences.some((audience) => audience.name === name && row.numbers[audience.place] === 1);
  });
}

export function heldIn(policy: HeldPlaces, row: Row): Held[] {
  const text = row.text(policy.held);
  return text === undefined ? [] : (JSON.parse(text) as Held[]);
}

export function keepHeld(policy: HeldPlaces, row: Row, held: readonly Held[]): void {
  row.setText(policy.held, held.length === 0 ? undefined : JSON.stringify(held));
  row.numbers[policy.due] = held.reduce((earliest, item) => Math.min(earliest, item.u), Number.POSITIVE_INFINITY);
}
