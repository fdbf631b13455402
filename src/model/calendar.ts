// Calendars: where a moment lies in the days, weeks and months of a time zone, and when those begin. Whatever speaks of a
// contact's day (caps per day, quiet hours, dates, calendar windows) asks here. Days are numbered from 1970-01-01 (0), weeks begin
// on Monday and week 0 holds day 0, months are numbered from January 1970 (0).
//
// There is one clock, the zone's clock that never goes back: the largest local time that was shown up to a moment. In the hour that an
// autumn repeats it stands still, so that days, weeks and months are intervals without a gap or an overlap. Zone rules and
// how they are found are in zone-table.ts; Intl is asked once for each zone and eight years.

import { buildZoneTable, canonicalZone, type ZoneTable, zoneOffsets, zoneTableAt } from "./zone-table.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Names that contacts may send are kept up to this many, then forgotten together; zones are at most as many as Intl knows. */
const MAX_NAMES = 2_000;

const names = new Map<string, Zone | null>();
const zones = new Map<string, Zone>();

/** A zone by its IANA name (`Europe/Berlin`, `UTC`); null where this Node knows no such zone. */
export function zoneOf(name: string): Zone | null {
  const known = names.get(name);
  if (known !== undefined) return known;
  if (names.size >= MAX_NAMES) names.clear();
  const canonical = canonicalZone(name);
  const zone = canonical === null ? null : (zones.get(canonical) ?? new Zone(canonical));
  if (canonical !== null && zone !== null) zones.set(canonical, zone);
  names.set(name, zone);
  return zone;
}

export class Zone {
  /** Intl's own name for the zone. */
  readonly name: string;
  #offsetAt: ((ms: number) => number) | null = null;
  readonly #tables: (ZoneTable | undefined)[] = [];
  /** Where the last question was answered: the next is most often near. */
  #last = 0;

  constructor(canonical: string) {
    this.name = canonical;
  }

  /** Day of a moment (ms since the epoch), as a number since 1970-01-01. */
  dayOf(ms: number): number {
    return Math.floor(this.#local(ms) / DAY_MS);
  }

  /** Minute of that day, 0 to 1439, by the clock that never goes back. */
  minuteOfDay(ms: number): number {
    const local = this.#local(ms);
    return Math.floor((local - Math.floor(local / DAY_MS) * DAY_MS) / MINUTE_MS);
  }

  /** First moment of a day: after the gap where its midnight, or the whole day, does not exist. */
  startOfDay(day: number): number {
    return this.#instant(day * DAY_MS);
  }

  /** First moment at which the local time is `minute` of `day` or later: after the gap where it does not exist, the first where it comes twice. */
  instantOf(day: number, minute: number): number {
    return this.#instant(day * DAY_MS + minute * MINUTE_MS);
  }

  weekOf(ms: number): number {
    return weekOfDay(this.dayOf(ms));
  }

  startOfWeek(week: number): number {
    return this.startOfDay(firstDayOfWeek(week));
  }

  monthOf(ms: number): number {
    return monthOfDay(this.dayOf(ms));
  }

  startOfMonth(month: number): number {
    return this.startOfDay(firstDayOfMonth(month));
  }

  #local(ms: number): number {
    const table = this.#tableAt(ms);
    const at = this.#find(table.since, ms);
    return Math.max(ms + (table.offset[at] as number), (table.shown[at] as number) - 1);
  }

  #instant(local: number): number {
    const { since, offset, shown } = this.#tableAt(local);
    const at = lastAtMost(shown, local);
    return Math.max(since[at] as number, local - (offset[at] as number));
  }

  #find(since: Float64Array, ms: number): number {
    const last = this.#last;
    if ((since[last] as number) <= ms && !((since[last + 1] as number) <= ms)) return last;
    this.#last = lastAtMost(since, ms);
    return this.#last;
  }

  #tableAt(ms: number): ZoneTable {
    const number = zoneTableAt(ms);
    const known = this.#tables[number];
    if (known !== undefined) return known;
    this.#offsetAt ??= zoneOffsets(this.name);
    const table = buildZoneTable(this.#offsetAt, number);
    this.#tables[number] = table;
    return table;
  }
}

/** Index of the last value that is at most `wanted`; the first value is -Infinity. */
function lastAtMost(values: Float64Array, wanted: number): number {
  let low = 0;
  let high = values.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) <= wanted) low = middle;
    else high = middle;
  }
  return low;
}

/** Weeks begin on Monday; 1970-01-01 was a Thursday. */
export const weekOfDay = (day: number): number => Math.floor((day + 3) / 7);
export const firstDayOfWeek = (week: number): number => week * 7 - 3;

export function monthOfDay(day: number): number {
  const { year, month } = dateOfDay(day);
  return (year - 1970) * 12 + month - 1;
}

export const firstDayOfMonth = (month: number): number => dayOfDate(1970 + Math.floor(month / 12), (((month % 12) + 12) % 12) + 1, 1);

/** A date of the Gregorian calendar; months and days from 1. */
export interface CalendarDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** The day's number; a day that the month does not have is counted on into the next (30 February is 1 or 2 March). */
export function dayOfDate(year: number, month: number, day: number): number {
  // Years that begin in March have their leap day last (Hinnant, "chrono-compatible low-level date algorithms").
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const ofEra = y - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}

/** The inverse of dayOfDate. */
export function dateOfDay(number: number): CalendarDate {
  const z = number + 719_468;
  const era = Math.floor(z / 146_097);
  const ofEra = z - era * 146_097;
  const yearOfEra = Math.floor((ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365);
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * ofYear + 2) / 153);
  const month = shifted + (shifted < 10 ? 3 : -9);
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: ofYear - Math.floor((153 * shifted + 2) / 5) + 1 };
}
