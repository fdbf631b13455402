// The offsets of one time zone from 1970 to 2100, found once by asking Intl and kept as two sorted arrays: to ask it for each event
// would cost microseconds. Two changes of a zone were never less than six days apart, so steps of four days up to 2040 miss
// none; what lies further is made of yearly rules, and two weeks are enough. A change is then bisected to the second.
//
// A table depends on the zone rules that this Node was built with (`zoneRules`, which the log's settings record). Before 1970 the
// first offset counts, after 2100 the last.

const DAY_MS = 86_400_000;
const BEGIN_MS = 0;
const FINE_UNTIL_MS = Date.UTC(2040, 0, 1);
const END_MS = Date.UTC(2100, 0, 1);

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

export function buildZoneTable(canonical: string): ZoneTable {
  const offsetAt = asker(canonical);
  const since = [Number.NEGATIVE_INFINITY];
  const offset = [offsetAt(BEGIN_MS)];
  for (let at = BEGIN_MS; at < END_MS; ) {
    const next = at + (at < FINE_UNTIL_MS ? 4 : 14) * DAY_MS;
    if (offsetAt(next) !== offset.at(-1)) {
      const change = bisect(offsetAt, at, next);
      since.push(change);
      offset.push(offsetAt(change));
    }
    at = next;
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

/** The offset at a whole second, by reading the local time that Intl prints: 12/31/1969, 23:15:30. */
function asker(canonical: string): (ms: number) => number {
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
