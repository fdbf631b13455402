import { describe, expect, it } from "vitest";
import { compile } from "../../../src/packs/compile/compile.ts";
import type { PackProgram } from "../../../src/packs/program.ts";
import { Row } from "../../../src/packs/row.ts";
import { nextChange } from "../../../src/packs/terms/change.ts";
import { NO, YES } from "../../../src/packs/terms/truth.ts";
import { Dice } from "../../model/naive/random-story.ts";
import { packFrom, placeOfMeasure } from "../../support/pack.ts";

const START = Date.parse("2026-03-01T00:00:00Z");
const MINUTE = 60_000;
const ATOMS = [
  "hot >= 20.37",
  "hot < 7.77",
  "hot * 2 + n > 30.1",
  "0.0 - hot <= -12.5",
  "mixed > 12.3",
  "mixed <= 5.0",
  "mixed >= 100",
  "n_h >= 2",
  "n_h == 0",
  "sum_h < 3.5",
  "n_h > 0 ? n_2d > 3 : n_2d == 0",
  "days_since(last_a) >= 0.01",
  "hours_since(first_a) < 0.5",
  "days_in_stage > 0.005",
  'pace == "slow"',
  'pace in ["quick", "slow"]',
  "missing(pace)",
  'heat == "warm"',
  'heat != "warm"',
  "never(last_a)",
  "traits.size >= 10",
  "hours_since(traits.day) >= -0.2",
  "n / n_h > 1",
];

function conditions(dice: Dice): string[] {
  const atom = () => dice.one(ATOMS);
  const pair = (): string => `(${dice.chance(0.3) ? `!(${atom()})` : atom()}) ${dice.one(["&&", "||"])} (${atom()})`;
  return [...ATOMS, ...Array.from({ length: 40 }, pair), ...Array.from({ length: 20 }, () => `(${pair()}) ${dice.one(["&&", "||"])} !(${pair()})`)];
}

const programOf = (texts: readonly string[]) =>
  compile([
    packFrom(`
pack: p
version: 1
events: { a: { track: A, value: properties.v } }
traits: { size: number, day: date }
measures:
  n: { count: a }
  n_h: { count: a, window: 10m }
  n_2d: { count: a, window: 3h }
  sum_h: { sum: a, window: 7m }
  last_a: { last: a }
  first_a: { first: a }
scores:
  hot: { range: [0, 50], decay: { half_life: 4m }, points: { a: 1 } }
  mixed: { range: [-10, 90], decay: { half_life: 11m }, points: { a: { add: 1, decay: none } }, while: { busy: { points: 9, if: n_h >= 1 }, stale: { points: -7, if: days_since(last_a) >= 0.008 }, warm: { points: 30, if: hot > 9.99 } } }
bands:
  pace: { of: days_since(last_a), at: { quick: 0, steady: 0.004, slow: 0.02 } }
  heat: { of: hot, at: { cold: 0, warm: 8.5, boiling: 31 } }
audiences:
${texts.map((text, index) => `  q${index}: ${JSON.stringify(text)}\n`).join("")}
stages: { order: [x, y] }
triggers:
  up: { rises: { hot: 15 }, channel: web, message: m }
  pace_up: { rises: { mixed: 20.5 }, channel: web, message: m }
  count_down: { falls: { n_h: 2 }, channel: web, message: m }
`),
  ]);

/** A row as some events up to `now` could have left it. */
function fill(row: Row, pack: PackProgram, dice: Dice, now: number): void {
  const { numbers } = row;
  const measure = (name: string) => placeOfMeasure(pack, name);
  numbers[measure("n")] = dice.whole(0, 20);
  if (dice.chance(0.8)) numbers[measure("last_a")] = now - dice.whole(-30_000, 40 * MINUTE);
  if (dice.chance(0.8)) numbers[measure("first_a")] = now - dice.whole(0, 90 * MINUTE);
  for (const [name, window] of [
    ["n_h", 12],
    ["sum_h", 9],
    ["n_2d", 200],
  ] as const) {
    const buckets = new Set(Array.from({ length: dice.whole(0, 5) }, () => Math.floor(now / MINUTE) - dice.whole(-1, window)));
    for (const bucket of [...buckets].sort((a, b) => a - b))
      row.addToList(measure(name), bucket, name === "sum_h" ? dice.whole(-20_000, 30_000) : dice.whole(1, 3), 0);
  }
  for (const score of pack.scores) {
    numbers[score.landmark] = now - dice.whole(0, 60 * MINUTE);
    for (const rule of score.points) numbers[rule.total] = dice.whole(-200, 2000) / 10;
    if (dice.chance(0.3)) numbers[score.floor] = dice.whole(-90, 90) / 10;
  }
  for (const { name, place } of pack.traits)
    if (dice.chance(0.7)) numbers[place] = name === "size" ? dice.whole(5, 15) : now + dice.whole(-20 * MINUTE, 30 * MINUTE);
  if (pack.stages !== null) {
    numbers[pack.stages.place] = 0;
    numbers[pack.stages.since] = now - dice.whole(0, 10 * MINUTE);
  }
}

/** Moments after `now` and before `end`: every millisecond at both ends, edges of buckets, and some between. */
function momentsBetween(now: number, end: number, dice: Dice): number[] {
  const last = Math.min(end, now + 400 * MINUTE) - 1;
  const near = Array.from({ length: 12 }, (_, i) => [now + 1 + i, last - i]).flat();
  const between = Array.from({ length: 25 }, () => dice.whole(now + 1, Math.max(now + 1, last)));
  const edges = Array.from({ length: 15 }, (_, i) => (Math.floor(now / MINUTE) + 1 + i) * MINUTE).flatMap((edge) => [edge - 1, edge]);
  return [...near, ...between, ...edges].filter((moment) => moment > now && moment <= last);
}

describe("the next change of a condition", () => {
  it("is after now, and the answer is the same at every moment before it", () => {
    const dice = new Dice(4711);
    const program = programOf(conditions(dice));
    const [pack] = program.packs as [PackProgram];
    const answers = [
      ...pack.audiences.map((audience) => ({ text: audience.if.text, at: audience.if.truth as (row: Row, now: number) => unknown, next: audience.if.next })),
      ...pack.triggers.flatMap(({ definition, term }) => {
        const { when } = definition;
        if (term === null || (when.kind !== "rises" && when.kind !== "falls")) return [];
        return [
          {
            text: definition.name,
            at: (row: Row, now: number) => term.value(row, now) >= when.at,
            next: (row: Row, now: number) => term.nextCrossing(row, now, when.at),
          },
        ];
      }),
    ];
    let turned = 0;
    let asked = 0;
    for (let round = 0; round < 40; round++) {
      const row = new Row(program.layout);
      const begin = START + dice.whole(0, 3 * MINUTE);
      fill(row, pack, dice, begin);
      for (const { text, at, next } of answers) {
        for (let now = begin, step = 0; step < 6; step++) {
          const change = next(row, now);
          const current = at(row, now);
          expect(change, text).toBeGreaterThan(now);
          expect(change % 1 === 0 || change === Number.POSITIVE_INFINITY, text).toBe(true);
          for (const moment of momentsBetween(now, change, dice)) expect(at(row, moment), `${text} at ${moment - now} of ${change - now}`).toBe(current);
          if (change === Number.POSITIVE_INFINITY) break;
          asked++;
          if (at(row, change) !== current) turned++;
          now = change;
        }
      }
    }
    // It may be early, and mostly is not: most of the moments that are named do turn the answer.
    expect(asked).toBeGreaterThan(1000);
    expect(turned / asked).toBeGreaterThan(0.3);
  });

  it("is exact to the millisecond where one value moves, seen from any moment before", () => {
    const dice = new Dice(99);
    const single = ["hot >= 20.37", "hot < 7.77", "days_since(last_a) >= 0.01", "hours_since(first_a) < 0.5", "days_in_stage > 0.005", "n_h == 0"];
    const program = programOf(single);
    const [pack] = program.packs as [PackProgram];
    let found = 0;
    for (let round = 0; round < 90; round++) {
      const row = new Row(program.layout);
      fill(row, pack, dice, START);
      for (const { if: condition } of pack.audiences) {
        const change = condition.next(row, START);
        if (change === Number.POSITIVE_INFINITY || condition.text === "n_h == 0") continue;
        found++;
        const before = condition.truth(row, START);
        expect(condition.truth(row, change - 1), condition.text).toBe(before);
        expect(condition.truth(row, change), condition.text).not.toBe(before);
        for (const earlier of [1, 2, 1000, 60_000].map((ms) => change - ms).filter((moment) => moment >= START))
          expect(condition.next(row, earlier), condition.text).toBe(change);
        for (let moment = change - 300; moment < change; moment++) if (moment >= START) expect(condition.truth(row, moment), condition.text).toBe(before);
      }
    }
    expect(found).toBeGreaterThan(100);
  });

  it("is the very next millisecond at a bound, and never where nothing moves", () => {
    const program = programOf(["hot < 50", "hot > 0", "days_since(last_a) > 0.0", "mixed >= 100"]);
    const [pack] = program.packs as [PackProgram];
    const row = new Row(program.layout);
    const [hot] = pack.scores as [PackProgram["scores"][0]];
    row.numbers[hot.landmark] = START;
    row.numbers[hot.points[0]?.total as number] = 50;
    row.numbers[placeOfMeasure(pack, "last_a")] = START;
    const [full, some, since, beyond] = pack.audiences.map((audience) => audience.if) as [
      PackProgram["audiences"][0]["if"],
      PackProgram["audiences"][0]["if"],
      PackProgram["audiences"][0]["if"],
      PackProgram["audiences"][0]["if"],
    ];
    expect(full.truth(row, START)).toBe(NO);
    expect(full.next(row, START)).toBe(START + 1);
    expect(full.next(row, START + 1)).toBe(Number.POSITIVE_INFINITY);
    expect(since.next(row, START)).toBe(START + 1);
    expect(beyond.truth(row, START)).toBe(NO);
    // Read to 2^-30, 50 is gone when it is below half of that: after 36.6 half-lives.
    expect(some.truth(row, START)).toBe(YES);
    const gone = some.next(row, START);
    expect((gone - START) / (4 * MINUTE)).toBeCloseTo(36.64, 2);
    expect(some.truth(row, gone)).toBe(NO);
    expect(some.truth(row, gone - 1)).toBe(YES);
  });

  it("ignores what comes and goes within a bucket, and looks 400 years ahead", () => {
    const row = new Row(programOf(["n > 0"]).layout);
    const far = START + 399 * 365 * 24 * 60 * MINUTE;
    expect(nextChange((_, now) => now >= far, [], true, row, START)).toBe(far);
    expect(nextChange((_, now) => now >= far * 2, [], true, row, START)).toBe(Number.POSITIVE_INFINITY);
    expect(nextChange(() => true, [() => START + 10], true, row, START)).toBe(START + 10);
    expect(nextChange((_, now) => now >= START + 5, [() => START + 10], false, row, START)).toBe(START + 10);
  });
});
