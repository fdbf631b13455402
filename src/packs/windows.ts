// Windows over a row's bucket lists: which bucket a moment falls into, what is still inside, and when the window next loses
// one (docs/packs.md "measures"). Buckets of a day are days of the contact's zone; shorter ones lie on the UTC epoch.

import { type Zone, zoneOf } from "../model/calendar.ts";
import type { Window } from "./definition.ts";
import type { Row } from "./row.ts";

/** Whose days count for a contact. */
export type ZoneOfRow = (row: Row) => Zone;

export interface WindowProgram extends Window {
  /** null: buckets are aligned to the epoch, as days of UTC are. */
  readonly zone: ZoneOfRow | null;
}

export const DAY_MS = 86_400_000;

/** `zone` null: UTC. */
export function compileWindow(of: Window, zone: ZoneOfRow | null): WindowProgram {
  return { ...of, zone: of.bucketMs === DAY_MS ? zone : null };
}

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
  window.zone === null ? Math.floor(at / window.bucketMs) : window.zone(row).dayOf(at);

export const startOfBucket = (window: WindowProgram, row: Row, bucket: number): number =>
  window.zone === null ? bucket * window.bucketMs : window.zone(row).startOfDay(bucket);

/** The last bucket that is out of the window at `now`. */
export const windowCut = (window: WindowProgram, row: Row, now: number): number => bucketOf(window, row, now) - window.buckets;

/** When the oldest bucket that the window still holds leaves it. */
export function windowEdge(row: Row, list: number, window: WindowProgram, now: number): number {
  const oldest = row.lists[list]?.oldest(windowCut(window, row, now)) ?? Number.NaN;
  return Number.isNaN(oldest) ? Number.POSITIVE_INFINITY : startOfBucket(window, row, oldest + window.buckets);
}
