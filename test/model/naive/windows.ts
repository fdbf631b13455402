// Where moments lie, and what of it is in a window (docs/packs.md, "measures").

import type { CalendarUnit, CalendarWindow, Window } from "../../../src/packs/definition.ts";
import { dayAt } from "./calendar.ts";
import { DAY, type PackState, type Placed, zoneOf } from "./contact.ts";

export type AnyWindow = Window | CalendarWindow;

/** Where an event time stands at `now`, by the zone as it is then. */
export function placed(state: PackState, eventAt: number, now: number): Placed {
  const zone = zoneOf(state);
  return { at: eventAt, day: dayAt(zone, eventAt), cameAt: now, cameOn: dayAt(zone, now) };
}

/** Whether something lies in the window that ends with the bucket of `now`, and did when it came. Buckets ahead count too. */
export function inWindow(state: PackState, window: AnyWindow, one: Placed, now: number): boolean {
  if (!("unit" in window) && window.bucketMs !== DAY) {
    const bucket = (moment: number): number => Math.floor(moment / window.bucketMs);
    return bucket(one.at) > Math.max(bucket(now), bucket(one.cameAt)) - window.buckets;
  }
  const unit = "unit" in window ? window.unit : "day";
  return unitOf(unit, one.day) > unitOf(unit, Math.max(dayAt(zoneOf(state), now), one.cameOn)) - window.buckets;
}

/**
 * What is in the window at `now`, of things in the order in which they came. What has left the window is forgotten when something is added, and
 * does not come back when the contact's day goes back with the zone. `adds` says what is added to the window where it lies in it.
 */
export function stillIn<T extends Placed>(state: PackState, window: AnyWindow, all: readonly T[], now: number, adds: (one: T) => boolean): T[] {
  const unit = unitIn(window);
  if (unit === null) return all.filter((one) => inWindow(state, window, one, now));
  let forgottenTo = Number.NEGATIVE_INFINITY;
  const kept: T[] = [];
  for (const one of all.toReversed()) {
    if (unitOf(unit, one.day) > forgottenTo && inWindow(state, window, one, now)) kept.push(one);
    const left = unitOf(unit, one.cameOn) - window.buckets;
    if (adds(one) && unitOf(unit, one.day) > left) forgottenTo = Math.max(forgottenTo, left);
  }
  return kept.reverse();
}

/** The unit of the calendar that the window counts; null where its buckets are shorter than days. */
export function unitIn(window: AnyWindow): CalendarUnit | null {
  if ("unit" in window) return window.unit;
  return window.bucketMs === DAY ? "day" : null;
}

/** The number of the unit in which a day lies. */
export function unitOf(unit: CalendarUnit, day: number): number {
  if (unit === "day") return day;
  // 1970-01-01 was a Thursday; weeks begin on Monday.
  if (unit === "week") return Math.floor((day + 3) / 7);
  const date = new Date(day * DAY);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** The number of the bucket in which something lies; one for all without a window. */
export function bucketIn(window: AnyWindow | null, { at, day }: Pick<Placed, "at" | "day">): number {
  if (window === null) return 0;
  if ("unit" in window) return unitOf(window.unit, day);
  return window.bucketMs === DAY ? day : Math.floor(at / window.bucketMs);
}
