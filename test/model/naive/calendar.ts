// Days and times of day on a zone's clock, asked of Intl for every quarter of an hour (docs/policy.md, "Zone and calendar"). The clock
// of a zone is the largest local time that it has shown, so in the hour that an autumn repeats it stands still.

const DAY = 86_400_000;
const QUARTER = 900_000;
/** No zone's clock has gone back further than this in our time. */
const QUARTERS_BACK = 8;
const MOST_AHEAD = 15 * 3_600_000;

/** The number of the day, counted from 1970-01-01, that the zone's clock shows at a moment. */
export const dayAt = (zone: string, moment: number): number => Math.floor(clockAt(zone, moment) / DAY);

/** The first moment at which the zone's clock shows this day and minute, or more. */
export function firstAt(zone: string, day: number, minute = 0): number {
  const shown = day * DAY + minute * 60_000;
  for (let quarter = Math.floor((shown - MOST_AHEAD) / QUARTER); ; quarter++) {
    if (clockAt(zone, (quarter + 1) * QUARTER - 1) < shown) continue;
    return Math.max(quarter * QUARTER, shown - offsetIn(zone, quarter));
  }
}

export function isZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

function clockAt(zone: string, moment: number): number {
  const quarter = Math.floor(moment / QUARTER);
  let shown = moment + offsetIn(zone, quarter);
  if (offsetIn(zone, quarter) >= offsetIn(zone, quarter - QUARTERS_BACK)) return shown;
  for (let back = 1; back <= QUARTERS_BACK; back++) shown = Math.max(shown, (quarter - back + 1) * QUARTER - 1 + offsetIn(zone, quarter - back));
  return shown;
}

const offsets = new Map<string, Map<number, number>>();
const formats = new Map<string, Intl.DateTimeFormat>();

function offsetIn(zone: string, quarter: number): number {
  if (zone === "UTC") return 0;
  const ofZone = offsets.get(zone) ?? new Map<number, number>();
  offsets.set(zone, ofZone);
  const known = ofZone.get(quarter);
  if (known !== undefined) return known;
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(quarter * QUARTER)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const offset = Date.UTC(year, month - 1, day, hour, minute, second) - quarter * QUARTER;
  ofZone.set(quarter, offset);
  return offset;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const all = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" } as const;
  const made = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...all });
  formats.set(zone, made);
  return made;
}
