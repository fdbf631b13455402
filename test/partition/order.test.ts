// What docs/packs.md says does not depend on the order of arrival, does not: the same events of a contact, as they happen, late by up
// to the lateness bound, and as history in any order, leave the same numbers. RUNS=n takes more seeds; SEED=n only that one.

import { describe, expect, test } from "vitest";
import { Dice } from "../model/naive/random-story.ts";
import { packFrom } from "../support/pack.ts";
import { Fold, START } from "../support/script.ts";

const DAY = 86_400_000;
const RUNS = Number(process.env.RUNS ?? 25);
const SEEDS = process.env.SEED === undefined ? Array.from({ length: RUNS }, (_, index) => index + 1) : [Number(process.env.SEED)];

/** Everything that claims it, in one pack: no range is reached, no limit is hit. */
const PACK = packFrom(`
pack: p
version: 1
zone: Europe/Berlin
events: { a: { track: A, value: properties.v, key: properties.k }, b: B, any_of: [A, B, C] }
measures:
  n: { count: a }
  n_7d: { count: a, window: 7d }
  n_2d: { count: any_of, window: 2d }
  total: { sum: a }
  total_9d: { sum: a, window: 9d }
  least: { min: a }
  most: { max: a }
  since: { first: a }
  seen: { last: a }
  newest: { latest: a, of: properties.k }
  oldest: { earliest: a, of: properties.k }
  days: { days: any_of }
  days_5d: { days: any_of, window: 5d }
  kinds: { distinct: a, of: properties.k }
  kinds_6d: { distinct: a, of: properties.k, window: 6d }
  pace: { gap: a }
  run: { streak: any_of }
scores:
  warm: { range: [-1000000, 1000000], decay: { half_life: 5d }, points: { a: 7, b: -3 } }
  flat: { range: [-1000000, 1000000], points: { a: 2 }, while: { keen: { points: 5, if: n_7d >= 3 } } }
  fading: { range: [-1000000, 1000000], decay: { linear: 12d }, points: { a: 5 } }
  recent: { range: [-1000000, 1000000], decay: { expiry: 6d }, points: { any_of: 4 } }
bands: { pulse: { of: n_7d, at: { none: 0, some: 2, many: 6 } } }
rfm: { of: a, bins: 3, cuts: { r: [3, 9], f: [4, 9], m: [90, 300] } }
value: { of: a, bg_nbd: { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 }, gamma_gamma: { p: 6.25, q: 3.74, gamma: 15.45 } }
audiences: { busy: n_7d >= 4 && days >= 3, rich: total > 200 }
segments: { among: n > 0, list: [{ hot: rfm >= 300 && warm > 10 }, { calm: run >= 2 }, { rest: else }] }
`);

interface Told {
  readonly at: number;
  readonly arrives: number;
  readonly message: Record<string, unknown>;
}

/** Three weeks of one contact, each event at a moment of its own and up to 29 days on its way. */
function story(dice: Dice): Told[] {
  const moments = new Set(Array.from({ length: dice.whole(5, 45) }, () => START + dice.whole(0, 21 * DAY)));
  return [...moments].map((at, index) => {
    const properties = { v: dice.one([5, 12.34565, "19.99", 25, 0, -4, null]), k: dice.one(["k1", "k2", "k3", 4]) };
    const delay = dice.chance(0.5) ? dice.whole(0, 5 * 3_600_000) : dice.whole(0, 29 * DAY);
    return { at, arrives: at + delay, message: { type: "track", event: dice.one(["A", "A", "A", "B", "C"]), messageId: `m${index}`, properties } };
  });
}

const END = START + 55 * DAY;

/** Half of the comparisons are made while much of it still is in a window. */
function standing(fold: Fold, until: number): unknown {
  fold.advance(until);
  const { lastSeen, packs } = fold.view("c1");
  const { nextDeadline: _, segment, scores, ...rest } = packs.p;
  return { lastSeen, ...rest, segment: segment?.name ?? null, scores: Object.values(scores as Record<string, { value: number }>).map(({ value }) => value) };
}

function mustAgree(found: unknown, expected: unknown): void {
  const { scores, value, ...rest } = found as { scores: number[]; value: object };
  const { scores: expectedScores, value: expectedValue, ...expectedRest } = expected as { scores: number[]; value: object };
  expect(rest).toEqual(expectedRest);
  expect(value).toEqual(expectedValue);
  // The last bits of a sum of powers depend on where it began.
  for (const [index, score] of scores.entries()) expect(Math.abs(score - (expectedScores[index] as number))).toBeLessThanOrEqual(0.0101);
}

describe.each(SEEDS)("the same events in another order (dice %i)", (seed) => {
  const dice = new Dice(seed * 104_729);
  const all = story(dice);
  const soon = dice.chance(0.5);
  const sent = soon ? all.map((one) => ({ ...one, arrives: Math.min(one.arrives, START + 23 * DAY) })) : all;
  const until = soon ? START + 23 * DAY : END;

  const fed = (order: readonly Told[], arrival: (of: Told) => number, more: object = {}): Fold => {
    const fold = new Fold([PACK]);
    for (const one of order) fold.event("c1", arrival(one), { ...one.message, ...more }, one.at);
    return fold;
  };
  const asItHappens = (): unknown =>
    standing(
      fed(
        sent.toSorted((a, b) => a.at - b.at),
        ({ at }) => at,
      ),
      until,
    );

  test("late", () => {
    const late = fed(
      sent.toSorted((a, b) => a.arrives - b.arrives),
      ({ arrives }) => arrives,
    );
    expect(late.outcomes["late"] ?? 0).toBe(0);
    mustAgree(standing(late, until), asItHappens());
  });

  test("as history", () => {
    const past = fed(
      sent
        .map((one) => ({ one, drawn: dice.real() }))
        .toSorted((x, y) => x.drawn - y.drawn)
        .map(({ one }) => one),
      () => START + 22 * DAY,
      { context: { tidemark: { backfill: true } } },
    );
    past.endHistory(START + 22 * DAY);
    mustAgree(standing(past, until), asItHappens());
  });
});
