// A pack that has everything that turns with the clock, and rows as events might have left them: what change-everywhere.test.ts
// walks through time. The moments lie around days of the oddest lengths: clocks that turn by an hour or by half of one, a day
// that a zone left out.

import { compile } from "../../src/packs/compile/compile.ts";
import { valueTerm } from "../../src/packs/compile/value.ts";
import type { MeasureProgram, NumberTerm, PackProgram, ScoreProgram, UnitsProgram } from "../../src/packs/program.ts";
import type { Row } from "../../src/packs/row.ts";
import { compileNumber, type Names } from "../../src/packs/terms/compile.ts";
import type { Term } from "../../src/packs/terms/term.ts";
import { bucketOf, type WindowProgram } from "../../src/packs/windows.ts";
import type { Dice } from "../model/naive/random-story.ts";
import { packFrom } from "../support/pack.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A zone, and a moment at which its clock is turned. */
export const TURNS: readonly (readonly [zone: string, at: number])[] = [
  ["Europe/Berlin", Date.parse("2026-03-29T01:00:00Z")],
  ["Europe/Berlin", Date.parse("2026-10-25T01:00:00Z")],
  ["America/New_York", Date.parse("2026-03-08T07:00:00Z")],
  ["America/New_York", Date.parse("2026-11-01T06:00:00Z")],
  ["Australia/Lord_Howe", Date.parse("2026-04-04T15:00:00Z")],
  ["Australia/Lord_Howe", Date.parse("2026-10-03T15:30:00Z")],
  ["America/Sao_Paulo", Date.parse("2018-11-04T03:00:00Z")],
  ["America/Sao_Paulo", Date.parse("2018-02-18T02:00:00Z")],
  ["Pacific/Apia", Date.parse("2011-12-30T10:00:00Z")],
  ["Asia/Kathmandu", Date.parse("2026-02-28T18:15:00Z")],
  ["UTC", Date.parse("2024-02-29T00:00:00Z")],
];

/** Each of one comparison; its next change is promised to the millisecond. */
const ATOMS: readonly string[] = [
  ...["hot >= 20.37", "hot < 7.77", "hot * 2 + n > 30.1", "0.0 - hot <= -12.5", "hot / 4 >= n_h", "hot > 0", "hot < 50", "n_d * hot > 31.4"],
  ...["mixed > 12.3", "mixed <= 5.0", "mixed >= 100", "-mixed > -1.5", "mixed - n_d >= 3"],
  ...["even >= 10.01", "even < 3.5", "even > 0", "even <= -7.25", "even / 2 + n > 9.3", "slow >= 20.5", "slow < 0.75", "slow > -10.0", "slow * 3 >= n_d"],
  ...["gone >= 5", "gone < 10", "gone > 0", "gone_d >= 4", "gone_d <= -0.5", "kept > 12", "kept >= n_m"],
  ...["n_m >= 2", "n_m == 0", "n_h > n_m", "n_d in [1, 2, 3]", "n_q <= 1", "sum_d < 3.5", "sum_h >= -1.5", "sum_d / n_d > 2.0", "n - n_d >= 4"],
  ...["days_since(last_a) >= 2.5", "hours_since(last_a) < 3.3", "hours_since(first_a) > 47.999", "days_since(last_a) > 0", "days_since(first_a) * 2 > 9.5"],
  ...["days_in_stage > 1.005", "days_in_stage >= 7", "days_in_stage * n < 12"],
  ...["days_since(traits.day) >= -1.5", "days_since(traits.day) < 2", "hours_since(traits.day) >= 0", "days_since(traits.day) > -0.00001"],
  ...[
    "active >= 4",
    "active_w == 0",
    "active_w >= 2",
    "kinds > 2",
    "kinds_w <= 1",
    "sits_w >= 2",
    "rhythm > 1.5",
    "run >= 2",
    "run == 0",
    "weeks > 1",
    "months >= 2",
    "in_weeks == 1",
    "in_months < 2",
  ],
  ...['pace == "slow"', 'pace in ["quick", "slow"]', "missing(pace)", 'heat != "warm"', 'slope == "up"', 'crowd in ["none", "many"]', "missing(slope)"],
  ...['grade == "A1"', 'grade in ["A2", "B1"]', 'grade != "B2"', "missing(grade)", 'grade.startsWith("A")'],
  ...["r == 3", "r <= 1", "f > 1", "m >= 2", "rfm >= 222", "missing(r)", "r + f > 4"],
  ...[
    "value.alive < 0.5",
    "value.alive >= 0.8321",
    "value.alive * 100 <= 12.5",
    "value.purchases > 0.0125",
    "value.purchases <= 0.0025",
    "value.spend > 20",
    "missing(value.alive)",
  ],
  ...["never(last_a)", "missing(traits.size)", "traits.size >= 10"],
];

/** Of several comparisons: may look early, never late. */
const JOINED: readonly string[] = ["(n > 3 ? n_h : n_d) >= 2", "n_m > 0 ? n_h > 3 : n_h == 0", "hot > 10 ? n_m == 0 : n_h == 0", "(n_m == 0) == (n_h == 0)"];

export interface Question {
  readonly text: string;
  readonly exact: boolean;
  readonly at: (row: Row, now: number) => unknown;
  readonly next: (row: Row, now: number) => number;
}

export interface MovingWorld {
  readonly pack: PackProgram;
  readonly layout: Row["layout"];
  readonly questions: readonly Question[];
  /** Numbers that fall or rise without an event. */
  readonly numbers: readonly NumberTerm[];
}

export function movingWorld(dice: Dice): MovingWorld {
  const single = new Set(ATOMS);
  const program = compile([packFrom(textOf([...ATOMS, ...JOINED, ...Array.from({ length: 60 }, () => joinedFrom(dice))]))]);
  const [pack] = program.packs as [PackProgram];
  const questions = pack.audiences.map(({ if: { text, truth, next } }) => ({ text, exact: single.has(text), at: truth, next }));
  return { pack, layout: program.layout, questions, numbers: [...thresholdsOf(pack), ...worthsOf(pack)] };
}

function joinedFrom(dice: Dice): string {
  const atom = (): string => `${dice.chance(0.3) ? "!" : ""}(${dice.one(ATOMS)})`;
  const pair = (): string => `(${atom()} ${dice.one(["&&", "||"])} ${atom()})`;
  return dice.chance(0.6) ? pair() : `${pair()} ${dice.one(["&&", "||"])} ${dice.chance(0.5) ? "!" : ""}${pair()}`;
}

const thresholdsOf = (pack: PackProgram): NumberTerm[] => pack.triggers.flatMap(({ term }) => (term === null ? [] : [term]));

/** No trigger takes them, conditions do. */
function worthsOf(pack: PackProgram): NumberTerm[] {
  const { value } = pack;
  if (value === null) throw new Error("the pack has no value");
  const names = { value: (name: "alive" | "purchases" | "spend"): Term => valueTerm(value, name) } as unknown as Names;
  return (["alive", "purchases"] as const).map((name) => compileNumber({ op: "value", name, text: `value.${name}`, type: "number" }, names));
}

const TURNING = ["hot", "mixed", "even", "slow", "gone", "gone_d", "kept", "n_m", "n_h", "n_d", "sum_d", "active_w", "run", "weeks"] as const;

const textOf = (conditions: readonly string[]): string => `
pack: p
version: 1
zone: { trait: timezone, else: Europe/Berlin }
events: { a: { track: A, value: properties.v }, b: B, order: { track: Order, value: properties.total } }
traits: { size: number, day: date, timezone: string }
measures:
  n: { count: a }
  n_m: { count: a, window: 10m }
  n_h: { count: a, window: 5h }
  n_d: { count: a, window: 5d }
  n_q: { count: a, window: 90d }
  sum_h: { sum: a, window: 7h }
  sum_d: { sum: a, window: 3d }
  last_a: { last: a }
  first_a: { first: a }
  active: { days: a }
  active_w: { days: a, window: 4d }
  kinds: { distinct: a, of: properties.k }
  kinds_w: { distinct: a, of: properties.k, window: 2d }
  sits_w: { sessions: a, window: 6h }
  rhythm: { gap: a }
  run: { streak: a }
  weeks: { streak: a, unit: week }
  months: { streak: a, unit: month }
  in_weeks: { days: a, unit: week, window: 2 }
  in_months: { days: a, unit: month, window: 3 }
scores:
  hot: { range: [0, 50], decay: { half_life: 9h }, points: { a: 1 } }
  mixed: { range: [-10, 90], decay: { half_life: 2d }, points: { a: { add: 1, decay: none }, b: -2, order: { add: 3, decay: { expiry: 4d } } }, while: { busy: { points: 9, if: n_h >= 1 }, stale: { points: -7, if: days_since(last_a) >= 1.008 }, warm: { points: 30, if: hot > 9.99 } } }
  even: { range: [-20, 80], decay: { linear: 7h }, points: { a: 5, b: -3 } }
  slow: { range: [-30, 90], decay: { linear: 6d }, points: { a: 4, b: { add: -6, decay: { linear: 20h } }, order: { add: 2, decay: { expiry: 30m } } }, while: { awake: { points: 11, if: run >= 1 } } }
  gone: { decay: { expiry: 45m }, points: { a: 1 } }
  gone_d: { range: [-20, 100], decay: { expiry: 3d }, points: { a: 1, b: -2 } }
  kept: { points: { a: { add: 1, decay: { expiry: 26h } }, b: 2 }, while: { steady: { points: 5, if: even > 2.5 }, bought: { points: 4, if: days_since(last_a) < 3 } } }
grids:
  grade: { hot: { A: 20, B: 5 }, slow: { 1: 10.5, 2: 2 } }
bands:
  pace: { of: days_since(last_a), at: { quick: 0, steady: 1.5, slow: 4 } }
  heat: { of: hot, at: { cold: 0, warm: 8.5, boiling: 31 } }
  slope: { of: even, at: { down: 1, up: 12.25 } }
  crowd: { of: n_d, at: { none: 0, some: 1, many: 3 } }
rfm: { of: order, window: 20d, bins: 3, cuts: { r: [3, 9], f: [2, 4], m: [30, 90] } }
value: { of: order, next: 1d, bg_nbd: { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 }, gamma_gamma: { p: 6.25, q: 3.74, gamma: 15.44 } }
audiences:
${conditions.map((text, index) => `  q${index}: ${JSON.stringify(text)}\n`).join("")}
stages: { order: [x, y] }
triggers:
${TURNING.map((name, index) => `  t${index}: { rises: { ${name}: 1 }, channel: web, message: m }\n`).join("")}
`;

/** Buckets that a row has of one window: so few that every change is found exactly, or very many. */
export const BUCKETS = { few: 6, many: 60 } as const;

/** Fills a row as events up to `now` could have left it, some of them ahead of now by skew; at most so many buckets of a window. */
export function fillRow(row: Row, pack: PackProgram, dice: Dice, now: number, zone: string, most: number): void {
  const { numbers } = row;
  for (const { name, place } of pack.traits) {
    if (name === "timezone") row.setText(place, dice.chance(0.8) ? zone : dice.one([undefined, "Nowhere/At_All", "America/New_York"]));
    else if (dice.chance(0.7)) numbers[place] = name === "size" ? dice.whole(5, 15) : now + dice.whole(-3 * DAY, 4 * DAY);
  }
  for (const measure of pack.measures) fillMeasure(row, measure, dice, now, most);
  for (const score of pack.scores) fillScore(row, score, dice, now, most);
  const purchases = pack.value?.purchases;
  for (const of of [pack.rfm?.purchases, purchases]) {
    if (of === undefined || dice.chance(0.2)) continue;
    for (const day of bucketsBefore(Math.floor(now / DAY), of.window === null ? 300 : 25, dice, 6)) {
      row.addToList(of.orders, day, dice.whole(1, 2), Number.NEGATIVE_INFINITY);
      row.addToList(of.amounts, day, dice.whole(0, 500_000), Number.NEGATIVE_INFINITY);
    }
  }
  if (pack.stages !== null) {
    numbers[pack.stages.place] = 0;
    numbers[pack.stages.since] = now - dice.whole(0, 9 * DAY);
  }
}

/** Numbers of buckets, ascending; the one after now's too. */
function bucketsBefore(bucket: number, reach: number, dice: Dice, most: number): number[] {
  const chosen = Array.from({ length: dice.whole(0, most) }, () => bucket - dice.whole(-1, dice.chance(0.5) ? 3 : reach));
  return [...new Set(chosen)].sort((a, b) => a - b);
}

function fillMeasure(row: Row, measure: MeasureProgram, dice: Dice, now: number, most: number): void {
  switch (measure.kind) {
    case "count":
    case "sum":
    case "sessions":
      if (measure.window === null) row.numbers[measure.place] = dice.whole(0, 20);
      else fillWindow(row, measure.place, measure.window, dice, now, most, () => (measure.kind === "sum" ? dice.whole(-20_000, 30_000) : dice.whole(1, 3)));
      return;
    case "distinct":
      for (const bucket of bucketsBefore(measure.window === null ? 0 : bucketOf(measure.window, row, now), measure.window === null ? 0 : 3, dice, 4))
        for (let value = dice.whole(1, 3); value > 0; value--) row.changeList(measure.place).insert(Math.max(0, bucket), bucket * 10 + value);
      return;
    case "first":
    case "last":
      if (dice.chance(0.8))
        row.numbers[measure.place] = now - (measure.kind === "first" ? dice.whole(0, 9 * DAY) : dice.whole(-MINUTE, dice.chance(0.2) ? 0 : 5 * DAY));
      return;
    case "gap":
      row.numbers[measure.count] = dice.whole(0, 5);
      row.numbers[measure.first] = now - dice.whole(5 * DAY, 9 * DAY);
      row.numbers[measure.last] = now - dice.whole(0, 5 * DAY);
      return;
    case "days":
    case "streak":
      fillUnits(row, measure, dice, now);
      return;
    default:
      throw new Error(`no row has a ${measure.kind} yet`);
  }
}

function fillUnits(row: Row, of: UnitsProgram, dice: Dice, now: number): void {
  const units = bucketsBefore(of.unitOf(row, now), 6, dice, 6);
  for (const unit of units) row.addToList(of.list, unit, 1, Number.NEGATIVE_INFINITY);
  if (units.length === 0 || dice.chance(0.6)) return;
  row.numbers[of.folded] = dice.whole(1, 3);
  row.numbers[of.until] = (units[0] as number) - dice.whole(1, 2);
}

function fillWindow(row: Row, list: number, window: WindowProgram, dice: Dice, now: number, most: number, amount: () => number): void {
  for (const bucket of bucketsBefore(bucketOf(window, row, now), window.buckets + 2, dice, most))
    row.addToList(list, bucket, amount(), Number.NEGATIVE_INFINITY);
}

function fillScore(row: Row, score: ScoreProgram, dice: Dice, now: number, most: number): void {
  if (score.halfLifeMs > 0) row.numbers[score.landmark] = now - dice.whole(0, 3 * DAY);
  for (const rule of score.points) {
    const credited = (): number => (Math.sign(rule.add) * dice.whole(0, 300)) / dice.one([1, 7, 10]);
    if (rule.spread === null) row.numbers[rule.total] = credited();
    else fillWindow(row, rule.spread.list, rule.spread.window, dice, now, most, () => credited() / 8);
  }
  if (score.keepsFloor && dice.chance(0.3)) row.numbers[score.floor] = dice.whole(-90, 90) / 10;
}
