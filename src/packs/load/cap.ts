// What the caps of scores and of a policy's channels have in common (`4 per 7d`, `1 per day`): of the calendar a day, a week and a
// month can be named, and nothing else. What a cap limits is read where it stands.

import type { ProblemList } from "../problems.ts";

/** Whether `per` names something of the calendar that no cap goes by; it is refused then, with the duration to write instead. */
export function refuseOfCalendar(at: number, limit: string, per: string, what: string, problems: ProblemList): boolean {
  const instead = INSTEAD.get(per);
  if (instead === undefined) return false;
  const message = `${what}, the cap: of the calendar the day, the week and the month can be named, not the ${per}`;
  problems.add(at, "bad-duration", message, `write ${limit} per ${instead}`);
  return true;
}

const INSTEAD: ReadonlyMap<string, string> = new Map([
  ["minute", "1m"],
  ["hour", "1h"],
  ["year", "365d"],
]);
