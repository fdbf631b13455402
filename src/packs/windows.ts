// Windows over a row's bucket lists: which bucket a moment falls into, what is still inside, and when the window next loses
// one (docs/packs.md "measures"). Buckets of a day, a week or a month are those of the contact's zone; shorter ones lie on the UTC
// epoch.

import { type Zone, zoneOf } from "../model/calendar.ts";
import type { CalendarUnit, CalendarWindow, Window } from "./definition.ts";
import type { Row } from "./row.ts";

/** Whose days count for a contact. */
export type ZoneOfRow = (row: Row) => Zone;

/** Days, weeks or months of a contact's zone, as numbers without a gap. */
export interface Calendar {
  readonly unitOf: (row: Row, at: number) => number;
  readonly startOf: (row: Row, unit: number) => number;
}

export interface WindowProgram {
  readonly buckets: number;
  /** Where there is no calendar: buckets are aligned to the epoch, as days of UTC are. */
  readonly bucketMs: number;
  readonly calendar: Calendar | null;
}

export const DAY_MS = 86_400_000;

/** `zone` null: UTC. */
export function compileWindow(of: Window | CalendarWindow, zone: ZoneOfRow | null): WindowProgram {
  if ("unit" in of) return { buckets: of.buckets, bucketMs: Number.NaN, calendar: compileCalendar(of.unit, zone) };
  return { ...of, calendar: of.bucketMs === DAY_MS && zone !== null ? compileCalendar("day", zone) : null };
}

/** `zone` null: UTC. */
export const compileCalendar = (unit: CalendarUnit, zone: ZoneOfRow | null): Calendar => CALENDARS[unit](zone ?? utcDays);

const CALENDARS: Readonly<Record<CalendarUnit, (zone: ZoneOfRow) => Calendar>> = {
  day: (zone) => ({ unitOf: (row, at) => zone(row).dayOf(at), startOf: (row, day) => zone(row).startOfDay(day) }),
  week: (zone) => ({ unitOf: (row, at) => zone(row).weekOf(at), startOf: (row, week) => zone(row).startOfWeek(week) }),
  month: (zone) => ({ unitOf: (row, at) => zone(row).monthOf(at), startOf: (row, month) => zone(row).startOfMonth(month) }),
};

/** The contact's zone by its trait; `otherwise` where the trait is missing or names no zone. Both null: UTC. */
export function compileZone(trait: ((row: Row) => string | undefined) | null, otherwise: string): ZoneOfRow | null {
  const fixed = knownZone(otherwise);
  if (trait === null) return fixed.name === "UTC" ? null : () => fixed;
  return (row) => zoneOf(trait(row) ?? otherwise) ?? fixed;
}

/** A zone that was checked when the pack was loaded. */
export function knownZone(name: string): Zone {
  const zone = zoneOf(name);
  if (zone === null) throw new RangeError(`there is no zone ${name}`);
  return zone;
}

export const bucketOf = (window: WindowProgram, row: Row, at: number): number =>
  window.calendar === null ? Math.floor(at / window.bucketMs) : window.calendar.unitOf(row, at);

export const startOfBucket = (window: WindowProgram, row: Row, bucket: number): number =>
  window.calendar === null ? bucket * window.bucketMs : window.calendar.startOf(row, bucket);

/** The last bucket that is out of the window at `now`. */
export const windowCut = (window: WindowProgram, row: Row, now: number): number => bucketOf(window, row, now) - window.buckets;

/** When the oldest bucket that the window still holds leaves it. */
export function windowEdge(row: Row, list: number, window: WindowProgram, now: number): number {
  const oldest = row.lists[list]?.oldest(windowCut(window, row, now)) ?? Number.NaN;
  return Number.isNaN(oldest) ? Number.POSITIVE_INFINITY : startOfBucket(window, row, oldest + window.buckets);
}

const UTC = knownZone("UTC");
const utcDays: ZoneOfRow = () => UTC;
