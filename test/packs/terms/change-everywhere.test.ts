// Time conditions by brute force: over everything that turns with the clock, walked through time around every answer. The truth
// never changes before the moment that `next` names, and at that very moment it does where one comparison is asked alone.
// `SEED=7 RUNS=1 vitest run test/packs/change-everywhere` repeats one round, `RUNS=2000` makes more of them.

import { expect, test } from "vitest";
import { Row } from "../../../src/packs/row.ts";
import { Dice } from "../../model/naive/random-story.ts";
import { BUCKETS, fillRow, type MovingWorld, movingWorld, type Question, TURNS } from "../moving-world.ts";

const RUNS = Number(process.env["RUNS"] ?? 60);
const FIRST = Number(process.env["SEED"] ?? 1);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ASKED = 30;
const CHANGES = 5;

test(`${RUNS} rows of everything that turns with the clock: no change is missed, and each is at its very millisecond`, { timeout: RUNS * 4000 }, () => {
  const seen = { changes: 0, turned: 0, exact: 0 };
  const asked = new Set<string>();
  for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
    const dice = new Dice(seed);
    const world = worldOf(seed);
    const { row, begin, exact } = rowOf(world, dice);
    for (let i = 0; i < ASKED; i++) {
      const question = dice.one(world.questions);
      const strict = exact && question.exact;
      if (walk({ ...question, exact: strict }, row, begin, dice, `seed ${seed}: ${question.text}`, seen) && strict) asked.add(question.text);
    }
  }
  expect(seen.changes).toBeGreaterThan(RUNS * 5);
  expect(seen.exact).toBeGreaterThan(RUNS * 4);
  expect(seen.turned / seen.changes).toBeGreaterThan(0.6);
  // With enough rounds every comparison that time can turn has been seen turning.
  if (RUNS >= 500)
    expect(
      worldOf(FIRST)
        .questions.filter(({ text, exact }) => exact && !asked.has(text) && !STILL.has(text))
        .map(({ text }) => text),
    ).toEqual([]);
});

/** Of these, time turns nothing. */
const STILL = new Set([
  ...["missing(pace)", "missing(traits.size)", "traits.size >= 10", "never(last_a)", "active >= 4", "kinds > 2", "rhythm > 1.5"],
  ...["value.spend > 20", "missing(value.alive)", "mixed >= 100"],
]);

test(`${RUNS} rows: a number passes a bound in the very millisecond that is named, wherever the bound lies`, { timeout: RUNS * 4000 }, () => {
  let passed = 0;
  for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
    const dice = new Dice(seed + 1_000_000);
    const world = worldOf(seed);
    const { row, begin, exact } = rowOf(world, dice);
    for (const number of world.numbers) {
      const target = begin + somewhere(dice, dice.chance(0.2) ? dice.one([3000, 100_000]) * DAY : 9 * DAY);
      const bound = number.value(row, target);
      if (Number.isNaN(bound)) continue;
      const at = (of: Row, now: number): boolean => number.value(of, now) >= bound;
      const question = { text: number.text, exact, at, next: (of: Row, now: number) => number.nextCrossing(of, now, bound) };
      const seen = { changes: 0, turned: 0, exact: 0 };
      walk(question, row, begin, dice, `seed ${seed}: ${number.text} at ${bound}`, seen);
      passed += seen.exact;
    }
  }
  expect(passed).toBeGreaterThan(RUNS * 4);
});

/** Other conditions for every hundred rows, the same for a row whoever asks. */
function worldOf(seed: number): MovingWorld {
  const number = Math.floor(seed / 100);
  if (lastWorld?.number !== number) lastWorld = { number, world: movingWorld(new Dice(number)) };
  return lastWorld.world;
}

let lastWorld: { readonly number: number; readonly world: MovingWorld } | undefined;

/** One row in eight has so many buckets that a change may be named early. */
function rowOf(world: MovingWorld, dice: Dice): { row: Row; begin: number; exact: boolean } {
  const [zone, turn] = dice.one(TURNS);
  const begin = turn - dice.whole(-DAY, 3 * DAY);
  const row = new Row(world.layout);
  const exact = dice.chance(7 / 8);
  fillRow(row, world.pack, dice, begin, zone, exact ? BUCKETS.few : BUCKETS.many);
  return { row, begin, exact };
}

/** From change to change; whether there was one. */
function walk(question: Question, row: Row, begin: number, dice: Dice, what: string, seen: { changes: number; turned: number; exact: number }): boolean {
  const { exact, at, next } = question;
  let now = begin;
  for (let step = 0; step < CHANGES; step++) {
    const current = at(row, now);
    const change = next(row, now);
    if (!(change > now) || (change !== Number.POSITIVE_INFINITY && !Number.isSafeInteger(change))) expect.fail(`${what}: the next of ${now} is ${change}`);
    for (const moment of momentsBetween(now, change, dice))
      if (at(row, moment) !== current) expect.fail(`${what}: asked at ${now}, next is ${change}, but it turns by ${moment}, ${change - moment} ms before`);
    if (change === Number.POSITIVE_INFINITY) return step > 0;
    seen.changes++;
    const turns = at(row, change) !== current;
    if (turns) seen.turned++;
    else if (exact) expect.fail(`${what}: asked at ${now}, next is ${change}, and nothing turns there`);
    if (exact) {
      seen.exact++;
      const earlier = change - dice.whole(1, Math.min(change - now, DAY));
      if (next(row, earlier) !== change) expect.fail(`${what}: next is ${change} seen from ${now}, but ${next(row, earlier)} from ${earlier}`);
    }
    now = change;
  }
  return true;
}

/** Every millisecond at both ends, edges of minutes, hours and days, and some between, mostly near. */
function momentsBetween(now: number, end: number, dice: Dice): number[] {
  const last = Math.min(end - 1, now + 400 * DAY);
  const ends = Array.from({ length: dice.chance(0.05) ? 300 : 15 }, (_, i) => [now + 1 + i, last - i]).flat();
  const edges = EDGES.flatMap(([size, count]) => Array.from({ length: count }, (_, i) => (Math.floor(now / size) + 1 + i) * size));
  const between = Array.from({ length: 40 }, () => now + somewhere(dice, last - now));
  return [...ends, ...edges.flatMap((edge) => [edge - 1, edge]), ...between].filter((moment) => moment > now && moment <= last);
}

/** Days of zones begin on quarters of an hour. */
const EDGES: readonly (readonly [size: number, count: number])[] = [
  [MINUTE, 12],
  [HOUR / 4, 24],
  [HOUR, 60],
  [DAY, 12],
];

/** A time up to `most`, as often between a minute and an hour as between a day and sixty. */
const somewhere = (dice: Dice, most: number): number => Math.max(1, Math.floor(Math.max(1, most) ** dice.real()));
