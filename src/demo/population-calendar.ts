// When people are up: the hours of the day and days of the week at which each kind of person does things. All in UTC; the
// demo's people live in one time zone.

import type { Random } from "./random.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export interface Rhythm {
  /** Of what would fall on a weekend, the share that stays there; the rest waits for Monday. */
  readonly weekend: number;
  /** Weight of each hour of the day, 24 of them. */
  readonly hours: readonly number[];
}

/** People at work: office hours, a dip at noon, little on weekends. */
export const OFFICE: Rhythm = { weekend: 0.12, hours: [0, 0, 0, 0, 0, 0, 1, 3, 8, 12, 13, 11, 6, 8, 12, 12, 9, 6, 3, 2, 2, 2, 1, 0] };
/** People at home: lunch breaks, evenings, weekends. */
export const LEISURE: Rhythm = { weekend: 1, hours: [1, 0, 0, 0, 0, 0, 1, 2, 3, 4, 4, 5, 7, 5, 4, 4, 5, 7, 9, 12, 14, 12, 7, 3] };

/** A moment about `days` after `now`, at an hour that suits; always later than `now`. */
export function momentAfter(now: number, days: number, rhythm: Rhythm, random: Random): number {
  let day = Math.floor((now + days * DAY_MS) / DAY_MS);
  const ahead = daysToMonday(day);
  if (ahead > 0 && !random.chance(rhythm.weekend)) day += ahead;
  const at = day * DAY_MS + hourOf(rhythm, random) * HOUR_MS + Math.floor(random.next() * HOUR_MS);
  return at > now ? at : now + Math.floor(random.between(5, 50) * MINUTE_MS);
}

/** 2 on a Saturday, 1 on a Sunday, else 0. Day 0 of the epoch was a Thursday. */
function daysToMonday(day: number): number {
  const weekday = (day + 4) % 7;
  return weekday === 6 ? 2 : weekday === 0 ? 1 : 0;
}

function hourOf(rhythm: Rhythm, random: Random): number {
  let rest = random.next() * rhythm.hours.reduce((sum, weight) => sum + weight, 0);
  for (const [hour, weight] of rhythm.hours.entries()) {
    rest -= weight;
    if (rest < 0) return hour;
  }
  return 12;
}
