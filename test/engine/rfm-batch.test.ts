// Incremental equals batch: after any history of orders, late ones, refunds and passing days, what the engine keeps by event is
// what sorting the whole history from scratch gives, and everyone stands where their bins put them, though a sweep of new numbers passes
// whom they do not move. `RUNS=2000` runs as many (the default is few, for every run of tests).

import { expect, test } from "vitest";
import { random } from "../flow/seeded.ts";
import { packFrom } from "../support/pack.ts";
import { Fold, START } from "../support/script.ts";

const SEEDS = Number(process.env.RUNS ?? 25);
const DAY = 86_400_000;
const WINDOW_DAYS = 20;

const PACK = packFrom(`
pack: p
version: 1
events:
  order: { track: Order, value: properties.revenue, key: properties.id }
  refund: { track: Refund, key: properties.id, undoes: order }
rfm: { of: order, window: ${WINDOW_DAYS}d, bins: 4, method: r, recut: { every: 1d } }
population: { average: { mean: order, window: 10d, every: 1d } }
audiences: { best: rfm == 444, spender: m >= 3 }
segments: { list: [{ fresh_spenders: r >= 3 && m >= 3 }, { fresh: r >= 3 }, { regular: f >= 3 }, { known: f >= 1 }] }
`);

interface Order {
  readonly who: string;
  readonly id: string;
  readonly at: number;
  readonly cents: number;
  refunded: boolean;
}

test.each(Array.from({ length: SEEDS }, (_, seed) => seed + 1))("seed %i", (seed) => {
  const next = random(seed);
  const fold = new Fold([PACK], seed % 2 === 0 ? {} : { timers: { recut_per_step: 1, recut_slots_per_step: 2 } });
  const orders: Order[] = [];
  let now = START;
  for (let step = 0; step < 60; step++) {
    now += Math.floor(next() * DAY);
    const mine = orders.filter(({ refunded }) => !refunded);
    if (next() < 0.15 && mine.length > 0) refund(fold, mine[Math.floor(next() * mine.length)] as Order, now);
    else orders.push(order(fold, step, now, next));
    if (next() < 0.1) {
      fold.advance(now);
      mustStandByBins(fold);
    }
  }
  const end = (Math.floor(now / DAY) + 2) * DAY;
  fold.advance(end);
  expect(shown(fold)).toEqual(fromScratch(orders, end));
  mustStandByBins(fold);
});

function mustStandByBins(fold: Fold): void {
  for (const { contact, packs } of fold.contacts()) {
    const { r, f, m, rfm } = packs.p.rfm ?? {};
    const segment = r >= 3 && m >= 3 ? "fresh_spenders" : r >= 3 ? "fresh" : f >= 3 ? "regular" : f >= 1 ? "known" : null;
    const audiences = [...(rfm === 444 ? ["best"] : []), ...(m >= 3 ? ["spender"] : [])];
    expect([contact.id, packs.p.segment?.name ?? null, packs.p.audiences ?? []]).toEqual([contact.id, segment, audiences]);
  }
}

function order(fold: Fold, step: number, now: number, next: () => number): Order {
  const at = Math.max(START, next() < 0.3 ? now - Math.floor(next() * 9 * DAY) : now);
  const one = { who: `c${Math.floor(next() * 8)}`, id: `o${step}`, at, cents: Math.floor(next() * 20_000), refunded: false };
  fold.event(one.who, now, { type: "track", event: "Order", properties: { id: one.id, revenue: one.cents / 100 } }, at);
  return one;
}

function refund(fold: Fold, one: Order, now: number): void {
  one.refunded = true;
  fold.event(one.who, now, { type: "track", event: "Refund", properties: { id: one.id } });
}

function shown(fold: Fold): Record<string, unknown> {
  return Object.fromEntries(
    fold
      .contacts()
      .map(({ contact, packs }) => [contact.id, packs.p.rfm === null ? null : { ...packs.p.rfm, cuts: 0 }] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Sums by contact, sorted, quantiles of type 7 plus one, bins by counting bounds. */
function fromScratch(orders: readonly Order[], end: number): Record<string, unknown> {
  const today = Math.floor(end / DAY);
  const inputs = new Map<string, { recencyDays: number; frequency: number; monetary: number } | null>();
  for (const who of new Set(orders.map((one) => one.who))) {
    const own = orders.filter((one) => one.who === who && !one.refunded && Math.floor(one.at / DAY) > today - WINDOW_DAYS);
    const last = Math.max(...own.map(({ at }) => Math.floor(at / DAY)));
    inputs.set(
      who,
      own.length === 0 ? null : { recencyDays: today - last, frequency: own.length, monetary: own.reduce((sum, { cents }) => sum + cents, 0) / 100 },
    );
  }
  const there = [...inputs.values()].flatMap((one) => one ?? []);
  const passed = (name: "recencyDays" | "frequency" | "monetary", value: number) => {
    const sorted = there.map((one) => one[name]).sort((a, b) => a - b);
    return [1, 2, 3].filter((part) => quantile(sorted, part / 4) + 1 <= value).length;
  };
  return Object.fromEntries(
    [...inputs]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([who, one]) => {
        if (one === null) return [who, null];
        const [r, f, m] = [4 - passed("recencyDays", one.recencyDays), 1 + passed("frequency", one.frequency), 1 + passed("monetary", one.monetary)];
        return [who, { r, f, m, rfm: 100 * r + 10 * f + m, ...one, cuts: 0 }];
      }),
  );
}

function quantile(sorted: readonly number[], p: number): number {
  const place = (sorted.length - 1) * p;
  const low = sorted[Math.floor(place)] as number;
  return low + (place - Math.floor(place)) * ((sorted[Math.ceil(place)] as number) - low);
}
