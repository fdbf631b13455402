// A contact's own clock, and what a policy asks of it: is it quiet now and until when, and how often was something sent in a cap's
// window. Days are those of the contact's calendar (model/calendar.ts).

import { type Zone, zoneOf } from "../../model/calendar.ts";
import type { QuietHours } from "../../packs/policy-definition.ts";
import type { CapProgram, PolicyProgram } from "../../packs/policy-program.ts";
import type { Row } from "../../packs/row.ts";

/** The contact's zone, with its name as it was given. */
export interface OwnZone {
  readonly name: string;
  readonly zone: Zone;
}

/** By the contact's trait where it names a zone, else the policy's. */
export function zoneOfContact(policy: PolicyProgram, row: Row): OwnZone {
  const name = policy.zone < 0 ? undefined : row.text(policy.zone);
  const own = name === undefined ? null : zoneOf(name);
  return own === null || name === undefined ? { name: policy.definition.zone.else, zone: policy.zoneElse } : { name, zone: own };
}

/** When the quiet hours that `now` lies in end; null where it lies in none. Always after `now`. */
export function quietUntil(quiet: QuietHours, zone: Zone, now: number): number | null {
  const minute = zone.minuteOfDay(now);
  const overMidnight = quiet.from > quiet.to;
  const isQuiet = overMidnight ? minute >= quiet.from || minute < quiet.to : minute >= quiet.from && minute < quiet.to;
  if (!isQuiet) return null;
  const day = zone.dayOf(now);
  return zone.instantOf(minute < quiet.to ? day : day + 1, quiet.to);
}

/** How many were sent in the cap's window. */
export function sentIn(cap: CapProgram, row: Row, zone: Zone, now: number): number {
  return row.lists[cap.list]?.sum(bucketOf(cap, zone, now) - cap.buckets) ?? 0;
}

/** Counts one more for all of these caps. */
export function countSent(caps: readonly CapProgram[], row: Row, zone: Zone, now: number): void {
  for (const [index, cap] of caps.entries()) {
    if (caps.findIndex((other) => other.list === cap.list) !== index) continue;
    const bucket = bucketOf(cap, zone, now);
    row.addToList(cap.list, bucket, 1, bucket - cap.keep);
  }
}

function bucketOf(cap: CapProgram, zone: Zone, now: number): number {
  switch (cap.bucket) {
    case "minute":
      return Math.floor(now / 60_000);
    case "hour":
      return Math.floor(now / 3_600_000);
    case "day":
      return zone.dayOf(now);
    case "week":
      return zone.weekOf(now);
    case "month":
      return zone.monthOf(now);
  }
}
