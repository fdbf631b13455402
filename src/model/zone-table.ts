// The offsets of one time zone over eight years, found once by asking Intl and kept as sorted arrays: to ask it for each event would
// cost microseconds, and to ask it for all years at once would stop a worker for as many milliseconds as there are years. Two changes
// of a zone were never less than six days apart, so steps of four days miss none; a change is then bisected to the second.
//
// A table depends on the zone rules that this Node was built with (`zoneRules`, which the log's settings record). Before 1970 the
// first offset counts, after 2100 the last. A table reaches beyond its years, so that what is asked near their ends lies in it.

const DAY_MS = 86_400_000;
const YEARS_MS = 2_922 * DAY_MS;
const MARGIN_MS = 40 * DAY_MS;
const STEP_MS = 4 * DAY_MS;
const END_MS = Date.UTC(2100, 0, 1);
const LAST_TABLE = Math.floor((END_MS - 1) / YEARS_MS);

export interface ZoneTable {
  /** Since when each offset counts, ascending; the first is -Infinity. */
  readonly since: Float64Array;
  /** Local time less UTC, ms. */
  readonly offset: Float64Array;
  /** What the local clock had shown at most before `since`, as the first moment that it had not; -Infinity for the first. */
  readonly shown: Float64Array;
}

/** The version of the zone rules, such as 2026c; they are Node's, not the machine's. */
export const zoneRules = (): string => process.versions.tz ?? "none";

/** The zone's own name for `name` in Intl, the same for all its spellings; null where it is unknown. */
export function canonicalZone(name: string): string | null {
  // Offsets such as +01:00 are known to some versions of Intl only, and no zones: they have no summer.
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return null;
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

/** The table in which to look for a moment (or a local time, as if it were UTC): they are numbered from 1970 on. */
export const zoneTableAt = (ms: number): number => Math.min(LAST_TABLE, Math.max(0, Math.floor(ms / YEARS_MS)));

/** `offsetAt` gives the offset at a whole second, as `zoneOffsets` makes it. */
export function buildZoneTable(offsetAt: (ms: number) => number, table: number): ZoneTable {
  const begin = Math.max(0, table * YEARS_MS - MARGIN_MS);
  const end = Math.min(END_MS, (table + 1) * YEARS_MS + MARGIN_MS);
  const since = [Number.NEGATIVE_INFINITY];
  const offset = [offsetAt(begin)];
  for (let at = begin; at < end; at += STEP_MS) {
    if (offsetAt(at + STEP_MS) === offset.at(-1)) continue;
    const change = bisect(offsetAt, at, at + STEP_MS);
    since.push(change);
    offset.push(offsetAt(change));
  }
  return { since: Float64Array.from(since), offset: Float64Array.from(offset), shown: shownBefore(since, offset) };
}

/** First second after `low` with another offset than at `low`; at `high` it is another. */
function bisect(offsetAt: (ms: number) => number, low: number, high: number): number {
  const before = offsetAt(low);
  let same = low / 1000;
  let other = high / 1000;
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (offsetAt(middle * 1000) === before) same = middle;
    else other = middle;
  }
  return other * 1000;
}

function shownBefore(since: readonly number[], offset: readonly number[]): Float64Array {
  const shown = new Float64Array(since.length).fill(Number.NEGATIVE_INFINITY);
  for (let i = 1; i < since.length; i++) shown[i] = Math.max(shown[i - 1] as number, (since[i] as number) + (offset[i - 1] as number));
  return shown;
}

/** The offset of a zone at a whole second, by reading the local time that Intl prints: 12/31/1969, 23:15:30. */
export function zoneOffsets(canonical: string): (ms: number) => number {
  const two = "2-digit";
  const format = new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
    timeZone: canonical,
    hourCycle: "h23",
    year: "numeric",
    month: two,
    day: two,
    hour: two,
    minute: two,
    second: two,
  });
  return (ms) => {
    const text = format.format(ms);
    const part = (at: number, length: number) => Number(text.slice(at, at + length));
    return Date.UTC(part(6, 4), part(0, 2) - 1, part(3, 2), part(12, 2), part(15, 2), part(18, 2)) - ms;
  };
}
