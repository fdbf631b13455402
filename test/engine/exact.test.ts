// The moment at which something changes although nobody did anything, for each of the ways in which that can come about. The moment of
// each row is worked out by hand. A millisecond before it nothing may have happened, at it everything must have, what leaves must bear
// that moment, and the contact's deadline must have stood there all the while: neither earlier nor later.

import { describe, expect, test } from "vitest";
import { packFrom } from "../support/pack.ts";
import { durationOf, type Effect, type Fold, runScript, START } from "../support/script.ts";

const DAY = 86_400_000;

interface Row {
  /** What the pack has beside its events, traits and measures. */
  readonly pack: string;
  readonly zone?: string;
  readonly policy?: string;
  /** What happens first, as a script about c1. */
  readonly first: string;
  /** When it changes: as a time of the script, or in ms after its beginning. */
  readonly at: string | number;
  /** What then leaves, in its order. */
  readonly leaves: readonly string[];
}

const FALLS = "triggers: { t: { falls: { s: 32 }, channel: web, message: m } }";
const audience = (condition: string): string => `audiences: { x: '${condition}' }`;
const trigger = (when: string, more = "message: m"): string => `triggers: { t: { ${when}, channel: web, ${more} } }`;
const score = (decay: string, points: string, rest = ""): string => `scores: { s: { decay: { ${decay} }, points: { ${points} }${rest} } }\n${FALLS}`;
/** The first whole millisecond at which a · 2^(-t/h) has fallen below b. */
const fallen = (a: number, b: number, halfLifeMs: number): number => Math.floor(halfLifeMs * Math.log2(a / b)) + 1;

const ROWS: Readonly<Record<string, Row>> = {
  "points with a half-life": { pack: score("half_life: 1d", "a: 64"), first: "0d c1 track A", at: "1d1ms", leaves: ["t"] },
  "points with a half-life, under a cap": {
    pack: score("half_life: 1d", "a: { add: 40, cap: 64 per 1d }"),
    first: "0d c1 track A\n0d c1 track A\n1h c1 track A",
    // 64 less what an hour took, and the cap has room for nothing: what it counts does not decay.
    at: "1d1ms",
    leaves: ["t"],
  },
  "points with a half-life, clipped to the range": {
    pack: score("half_life: 1d", "a: 40", ", range: [0, 64]"),
    first: "0d c1 track A\n0d c1 track A",
    at: "1d1ms",
    leaves: ["t"],
  },
  "points with a half-life beside points that stay": {
    pack: score("half_life: 1d", "a: 60, b: { add: -10, decay: none }"),
    first: "0d c1 track A\n0d c1 track B",
    at: fallen(60, 42, DAY),
    leaves: ["t"],
  },
  "points with a half-life above what has closed the books": {
    // A day later 20 is left of the 40, 20 below the low end: the floor takes 20, so that the next 40 count whole.
    pack: `scores: { s: { decay: { half_life: 1d }, points: { a: 40, b: { add: -40, decay: none } } } }\n${audience("s >= 32")}`,
    first: "0d c1 track A\n0d c1 track B\n1d c1 track A",
    at: DAY + fallen(60, 52, DAY),
    leaves: ["-x"],
  },
  // Of the day of the event in full until it is over, then a tenth less each day.
  "points that are lost evenly": { pack: score("linear: 10d", "a: 64"), first: "6h c1 track A", at: "6d1ms", leaves: ["t"] },
  "points that are lost evenly, under a cap and in a range": {
    pack: score("linear: 10d", "a: { add: 40, cap: 70 per 1d }", ", range: [0, 64]"),
    first: "6h c1 track A\n7h c1 track A",
    at: "6d1ms",
    leaves: ["t"],
  },
  "points that expire": { pack: score("expiry: 10d", "a: 64"), first: "6h c1 track A", at: "10d", leaves: ["t"] },
  "points that expire, under a cap": {
    pack: score("expiry: 36h", "a: { add: 30, cap: 50 per 1d }"),
    first: "90m c1 track A\n170m c1 track A",
    at: "37h",
    leaves: ["t"],
  },
  "a window losing a minute": { pack: audience("n_1h >= 1"), first: "10m30s c1 track A", at: "70m", leaves: ["-x"] },
  "a window losing an hour": { pack: audience("n_2d >= 1"), first: "5h30m c1 track A", at: "53h", leaves: ["-x"] },
  "a window losing a day": { pack: audience("n_3d >= 1"), first: "6h c1 track A", at: "3d", leaves: ["-x"] },
  "a window losing a day in a zone whose day has 23 hours": {
    pack: audience("n_3d >= 1"),
    zone: "Europe/Berlin",
    // From the noon of 28 March to the beginning of the 31st: 29 March has an hour less, so it comes at 22:00 of UTC.
    first: "86d12h c1 track A",
    at: "88d22h",
    leaves: ["-x"],
  },
  "a window losing a month": { pack: audience("months == 1"), first: "40d c1 track A", at: "59d", leaves: ["-x"] },
  "a streak that breaks": { pack: audience("run >= 1"), zone: "America/New_York", first: "12h c1 track A", at: "2d5h", leaves: ["-x"] },
  "recency crossing a band": {
    pack: `bands: { r: { of: days_since(last_a), at: { fresh: 0, stale: 2.5 } } }\n${audience('r == "stale"')}`,
    first: "1h c1 track A",
    at: "61h",
    leaves: ["+x"],
  },
  "recency by the hour": { pack: audience("hours_since(last_a) < 3.5"), first: "1h c1 track A", at: "4h30m", leaves: ["-x"] },
  "time in stage": {
    pack: "stages: { order: [x, y, z], moves: [{ to: y, from: x, event: a }, { to: z, from: y, if: days_in_stage > 2 }] }",
    first: "1h c1 track A",
    at: "2d1h1ms",
    leaves: ["z"],
  },
  "`for`": {
    pack: "stages: { order: [x, y], moves: [{ to: y, from: x, if: n_a >= 1, for: 36h }] }",
    first: "0h c1 track B\n1h c1 track A",
    at: "37h",
    leaves: ["y"],
  },
  "`for` of a condition that breaks and holds again by time": {
    // The window holds nothing from 70 minutes on; two hours of that have passed at 190.
    pack: "stages: { order: [x, y], moves: [{ to: y, from: x, if: n_1h == 0, for: 2h }] }",
    first: "0h c1 track B\n10m30s c1 track A\n70m ADVANCE",
    at: "190m",
    leaves: ["y"],
  },
  "`stay`": {
    pack: "stages: { order: [x, y, z], moves: [{ to: y, from: x, event: a, stay: 90m }, { to: z, from: y, if: n_a >= 1 }] }",
    first: "1h c1 track A",
    at: "150m",
    leaves: ["z"],
  },
  "a cell of a grid": {
    pack: "scores: { s: { decay: { half_life: 1d }, points: { a: 64 } }, u: { points: { b: 1 } } }\ngrids: { g: { s: { A: 32, B: 0 }, u: { 1: 0 } } }",
    first: "0d c1 track A",
    at: "1d1ms",
    leaves: ["B1"],
  },
  silence: { pack: trigger("silent: a, for: 2d"), first: "0h c1 track B\n5h c1 track A", at: "53h", leaves: ["t"] },
  "silence since birth": { pack: trigger("silent: a, for: 2d"), first: "5h c1 track B", at: "53h", leaves: ["t"] },
  "A without B": { pack: trigger("started: a, without: b, within: 3h"), first: "0h c1 track B\n1h c1 track A", at: "4h", leaves: ["t"] },
  "an occasion that waits": { pack: trigger("event: a, after: 1d"), first: "1h c1 @30m track A", at: "24h30m", leaves: ["t"] },
  "a threshold that is held": { pack: trigger("rises: { n_a: 2 }, for: 30m"), first: "1h c1 track A\n2h c1 track A", at: "150m", leaves: ["t"] },
  "a step of a series": {
    pack: trigger("event: a", "steps: [{ after: 0d, message: m }, { after: 26h, message: m }]"),
    first: "1h c1 track A",
    at: "27h",
    leaves: ["t/2"],
  },
  "the first step of a series of silence": {
    pack: trigger("silent: a", "steps: [{ after: 2d, message: m }, { after: 5d, message: m }]"),
    first: "1h c1 track A",
    at: "49h",
    leaves: ["t"],
  },
  "the end of a series' step that is left out": {
    pack: trigger("event: a", "steps: [{ after: 1h, message: m, if: n_a >= 9 }, { after: 3h, message: m }]"),
    first: "0h c1 track A\n90m ADVANCE",
    at: "3h",
    leaves: ["t/2"],
  },
  "overdue against the own rhythm": { pack: trigger("overdue: a, by: 1.5"), first: "0h c1 track A\n48h c1 track A", at: "120h", leaves: ["t"] },
  "overdue by a part of a millisecond": { pack: trigger("overdue: a, by: 1.5"), first: "0h c1 track A\n1001ms c1 track A", at: "2503ms", leaves: ["t"] },
  "a date ahead": {
    pack: trigger("date: traits.day, before: 7d"),
    first: '0h c1 identify {"day": "2026-01-20T10:00:00Z"}',
    at: "12d10h",
    leaves: ["t"],
  },
  "a date behind": {
    pack: trigger("date: traits.day, after: 36h"),
    first: '0h c1 identify {"day": "2026-01-02T10:00:00Z"}',
    at: "70h",
    leaves: ["t"],
  },
  "the days until a date": {
    pack: audience("days_since(traits.day) >= -1.5"),
    first: '0h c1 identify {"day": "2026-01-03T00:00:00Z"}',
    at: "12h",
    leaves: ["+x"],
  },
  "the time of the day": {
    pack: trigger('every: 1d, at: "07:30"'),
    zone: "Europe/Berlin",
    first: "7h c1 track A",
    at: "30h30m",
    leaves: ["t"],
  },
  "a time of the day that a spring leaves out": {
    pack: trigger('every: 1d, at: "02:30"'),
    zone: "Europe/Berlin",
    // Of 29 March it is 01:59 and then 03:00, which is 01:00 of UTC.
    first: "87d c1 track A",
    at: "87d1h",
    leaves: ["t"],
  },
  "a time of the day that an autumn has twice": {
    pack: trigger('every: 1d, at: "02:30"'),
    zone: "Europe/Berlin",
    // The first 02:30 of 25 October is 00:30 of UTC.
    first: "297d c1 track A",
    at: "297d30m",
    leaves: ["t"],
  },
  "the day after a time that came twice": {
    pack: trigger('every: 1d, at: "02:30"'),
    zone: "Europe/Berlin",
    first: "297d c1 track A\n297d30m ADVANCE",
    at: "298d90m",
    leaves: ["t"],
  },
  "a time of the week where the zone is missing, and where there is no such zone": {
    pack: trigger('every: 1w, at: "mon 09:00"'),
    zone: "{ trait: timezone, else: Asia/Kathmandu }",
    // 09:00 of Monday 5 January in Kathmandu is 03:15 of UTC.
    first: '0h c1 identify {"timezone": "Mars/Olympus"}',
    at: "4d3h15m",
    leaves: ["t"],
  },
  "a goal that is not reached": {
    pack: trigger("event: a", "message: m, goal: { event: b, within: 5h }"),
    first: "1h c1 track A",
    at: "6h",
    leaves: ["t:not_reached"],
  },
  "the chance to be alive": {
    // One purchase day and one a week later, with these parameters alive is 1 / (1 + ((1 + T) / 2)^2), T in weeks since the first.
    pack: `value: { of: paid, unit: 7d, bg_nbd: { r: 1, alpha: 1, a: 2, b: 2 } }\n${audience("value.alive >= 0.1")}`,
    first: '0h c1 track Paid {"v": 5}\n7d c1 track Paid {"v": 5}',
    // ((1 + T) / 2)^2 = 9 at T = 5 weeks: after that it is below.
    at: "35d1ms",
    leaves: ["-x"],
  },
};

const NIGHT = (quiet: string, zone = "Europe/Berlin") =>
  `policy: p\nzone: { trait: timezone, else: ${zone} }\nchannels: { web: { quiet: "${quiet}" } }\nwhen_quiet: { hold: 12h }\n`;
const AT_ONCE = trigger("event: a");

const NIGHTS: Readonly<Record<string, Row>> = {
  "the end of quiet hours": { pack: AT_ONCE, policy: NIGHT("21:00 to 08:00"), first: "22h c1 track A", at: "31h", leaves: ["t"] },
  "the end of quiet hours in the contact's zone": {
    pack: AT_ONCE,
    policy: NIGHT("21:00 to 08:00"),
    first: '22h c1 track A {"$context": {"traits": {"timezone": "America/New_York"}}}\n27h c1 track A',
    at: "37h",
    leaves: ["t"],
  },
  "the end of quiet hours where there is no such zone": {
    pack: AT_ONCE,
    policy: NIGHT("21:00 to 08:00"),
    first: '22h c1 track A {"$context": {"traits": {"timezone": "Nowhere"}}}',
    at: "31h",
    leaves: ["t"],
  },
  "the end of quiet hours that a spring leaves out": { pack: AT_ONCE, policy: NIGHT("22:00 to 02:30"), first: "86d22h c1 track A", at: "87d1h", leaves: ["t"] },
  "the end of quiet hours that an autumn has twice": {
    pack: AT_ONCE,
    policy: NIGHT("22:00 to 02:30"),
    first: "296d21h c1 track A",
    at: "297d30m",
    leaves: ["t"],
  },
  "the end of quiet hours on the night with an hour less": {
    pack: AT_ONCE,
    policy: NIGHT("22:00 to 06:00"),
    first: "86d22h c1 track A",
    at: "87d4h",
    leaves: ["t"],
  },
};

describe.each(Object.entries({ ...ROWS, ...NIGHTS }))("%s", (_, row) => {
  const at = typeof row.at === "number" ? row.at : durationOf(row.at);
  const pack = packFrom(`
pack: p
version: 1
zone: ${row.zone ?? "UTC"}
events: { a: A, b: B, paid: { track: Paid, value: properties.v } }
traits: { size: number, day: date, timezone: string }
measures:
  n_a: { count: a }
  n_1h: { count: a, window: 1h }
  n_2d: { count: a, window: 2d }
  n_3d: { count: a, window: 3d }
  months: { days: a, unit: month, window: 1 }
  run: { streak: a }
  last_a: { last: a }
${row.pack}
`);
  const begun = (): { readonly fold: Fold; readonly news: () => Effect[] } => {
    const fold = runScript([pack], `${row.first}\nCHECKPOINT\nCRASH`, {}, row.policy ?? null);
    let told = fold.effects.length;
    const news = () => {
      const since = fold.effects.slice(told);
      told = fold.effects.length;
      return since;
    };
    return { fold, news };
  };
  const moment = new Date(START + at).toISOString();

  test("is due then, and not before", () => {
    const { fold, news } = begun();
    // What quiet hours hold is the policy's, and stands in no pack.
    expect(fold.view("c1").packs.p.nextDeadline).toBe(row.policy === undefined ? moment : null);
    fold.advance(START + at - 1);
    expect(news().map(said)).toEqual([]);
    fold.checkpoint();
    fold.crash();
    fold.advance(START + at);
    const then = news();
    expect(then.map(said)).toEqual(row.leaves);
    expect(then.map(({ body }) => body.time)).toEqual(row.leaves.map(() => moment));
  });

  test("is told as of then where it is noticed late", () => {
    const { fold, news } = begun();
    fold.step(START + at + 3 * DAY);
    const late = news();
    expect(late.slice(0, row.leaves.length).map(said)).toEqual(row.leaves);
    expect(late[0]?.body.time).toBe(moment);
  });
});

/** `+x`, `-x`, the stage or cell entered, the trigger (with its step beyond the first), the outcome. */
function said({ body: { type, data } }: Effect): string {
  if (type === "io.tidemark.transition.v1") return data.axis === "audience" ? `${data.now.in ? "+" : "-"}${data.to}` : data.to;
  if (type === "io.tidemark.outcome.v1") return `${data.trigger}:${data.outcome}`;
  return data.action.step > 1 ? `${data.trigger}/${data.action.step}` : data.trigger;
}
