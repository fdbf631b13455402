// Days and times of day on a zone's clock, asked of Intl by the quarter of an hour (docs/policy.md, "Zone and calendar"). The clock
// of a zone is the largest local time that it has shown, so in the hour that an autumn repeats it stands still.

const DAY = 86_400_000;
const QUARTER = 900_000;
const QUARTERS_A_DAY = DAY / QUARTER;
/** No zone's clock has gone back further than this in our time. */
const QUARTERS_BACK = 8;
const MOST_AHEAD = 15 * 3_600_000;

/** The number of the day, counted from 1970-01-01, that the zone's clock shows at a moment. */
export function dayAt(zone: string, moment: number): number {
  if (lastAsked.zone !== zone || lastAsked.moment !== moment) lastAsked = { zone, moment, day: Math.floor(clockAt(zone, moment) / DAY) };
  return lastAsked.day;
}

/** The same moment is asked about again and again. */
let lastAsked = { zone: "", moment: Number.NaN, day: Number.NaN };

/** The first moment at which the zone's clock shows this day and minute, or more. */
export function firstAt(zone: string, day: number, minute = 0): number {
  const shown = day * DAY + minute * 60_000;
  if (zone === "UTC") return shown;
  return rememberedBy(firsts, zone, shown, () => findFirst(zone, shown));
}

function findFirst(zone: string, shown: number): number {
  for (let quarter = Math.floor((shown - MOST_AHEAD) / QUARTER); ; quarter++) {
    if (clockAt(zone, (quarter + 1) * QUARTER - 1) < shown) continue;
    return Math.max(quarter * QUARTER, shown - offsetIn(zone, quarter));
  }
}

export function isZone(name: string): boolean {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const is = isKnownToIntl(name);
  zones.set(name, is);
  return is;
}

function isKnownToIntl(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: name }) !== undefined;
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

type ByZone = Map<string, Map<number, number>>;

const zones = new Map<string, boolean>();
const firsts: ByZone = new Map();
const offsets: ByZone = new Map();
const formats = new Map<string, Intl.DateTimeFormat>();

function rememberedBy(known: ByZone, zone: string, key: number, find: () => number): number {
  const ofZone = known.get(zone) ?? new Map<number, number>();
  known.set(zone, ofZone);
  const found = ofZone.get(key) ?? find();
  ofZone.set(key, found);
  return found;
}

/** Intl is slow: it is asked for the ends of a day of UTC, and for each quarter between only where these differ. */
function offsetIn(zone: string, quarter: number): number {
  if (zone === "UTC") return 0;
  const first = Math.floor(quarter / QUARTERS_A_DAY) * QUARTERS_A_DAY;
  const offset = askedIn(zone, first);
  return offset === askedIn(zone, first + QUARTERS_A_DAY) ? offset : askedIn(zone, quarter);
}

const askedIn = (zone: string, quarter: number): number => rememberedBy(offsets, zone, quarter, () => askIntl(zone, quarter));

function askIntl(zone: string, quarter: number): number {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(quarter * QUARTER)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - quarter * QUARTER;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const all = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" } as const;
  const made = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...all });
  formats.set(zone, made);
  return made;
}
