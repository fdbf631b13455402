import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { Fold, runScript, START } from "../support/script.ts";

const yaml = (version: number, undoes = "undoes: order, ") => `
pack: p
version: ${version}
events:
  order:  { track: Ordered, value: properties.total, key: properties.id }
  refund: { track: Refunded, value: properties.amount, ${undoes}key: properties.id }
  gone:   { track: Cancelled, ${undoes}key: properties.id }
  strike: Strike
measures:
  n: { count: order }
  n_7d: { count: order, window: 7d }
  total: { sum: order }
  total_7d: { sum: order, window: 7d }
  tax: { sum: order, of: properties.tax }
  least: { min: order }
  most: { max: order }
  first_order: { first: order }
  last_order: { last: order }
  days: { days: order }
  rhythm: { gap: order }
  bought: { latest: order, of: properties.sku }
  skus: { distinct: order, of: properties.sku }
  refunds: { count: refund }
scores:
  love: { decay: { half_life: 10d }, points: { order: { add: 40, cap: 60 per 1d } } }
  fame: { points: { order: 10, strike: -5 } }
audiences:
  buyers: n >= 1
  never_bought: never(last_order)
stages:
  order: [new, known]
  moves: [{ to: known, from: new, event: strike, reset: fame }]
`;
const PACK = packFrom(yaml(1));

describe("undoes", () => {
  it("takes back what the event with the same key did, and leaves a non-buyer where nothing is left", () => {
    const fold = runScript(
      [PACK],
      `
      0d c1 track Ordered {"id": "a", "total": 100, "tax": 19, "sku": "s1"} -> n 1, total 100, tax 19, days 1, love 40, fame 10, in buyers
      2d c1 track Cancelled {"id": "a"} -> n 0, n_7d 0, total 0, total_7d 0, tax 0, least missing, most missing, days 0, bought missing, skus 0, love 0, fame 0, out buyers
      2d c1 track Ordered {"id": "b", "total": 50, "sku": "s2"} -> n 1, skus 1, total 50, least 50, love 40, out never_bought
      3d c1 track Refunded {"id": "b", "amount": 50} -> n 0, total 0, love 0, in never_bought, refunds 1
      `,
    );
    expect(fold.dropped.undo_unmatched).toBeUndefined();
    expect(fold.view("c1").packs.p.scores.love.points).toEqual({});
  });

  it("of several takes the one that is meant: first, last, the gap and the extremes are those of what stands", () => {
    const fold = runScript(
      [PACK],
      `
      0d c1 track Ordered {"id": 1, "total": 10, "sku": "x"}
      2d c1 track Ordered {"id": 2, "total": 30, "sku": "y"}
      8d c1 track Ordered {"id": 3, "total": 20, "sku": "z"} -> rhythm 4, n_7d 2, total_7d 50, most 30
      8d c1 track Cancelled {"id": "2"} -> n 2, total 30, n_7d 1, total_7d 20, most 20, least 10, rhythm 8, days 2, bought z, skus 3
      8d c1 track Cancelled {"id": 3} -> n 1, least 10, most 10, rhythm missing, bought z
      `,
    );
    expect(fold.view("c1").packs.p.measures).toMatchObject({ first_order: "2026-01-01T00:00:00.000Z", last_order: "2026-01-01T00:00:00.000Z" });
  });

  it("of a part takes the amount, until nothing is left of it", () => {
    runScript(
      [PACK],
      `
      0d c1 track Ordered {"id": "a", "total": 100, "tax": 19}
      1d c1 track Refunded {"id": "a", "amount": 30} -> n 1, total 70, total_7d 70, tax 19, least 100, fame 10
      1d c1 track Refunded {"id": "a", "amount": -30} -> n 1, total 40
      1d c1 track Refunded {"id": "a", "amount": 0} -> n 1, total 40
      1d c1 track Refunded {"id": "a", "amount": 40} -> n 0, total 0, tax 0, fame 0, least missing
      `,
    );
  });

  it("takes the newest of several with one key first", () => {
    runScript(
      [PACK],
      `
      0d c1 track Ordered {"id": "a", "total": 10}
      1d c1 track Ordered {"id": "a", "total": 20} -> n 2, total 30
      2d c1 track Refunded {"id": "a", "amount": 25} -> n 1, total 5, least 10, most 10
      3d c1 track Cancelled {"id": "a"} -> n 0, total 0
      `,
    );
  });

  it("lowers sums by the amount alone where the key is not remembered, and counts what it cannot match", () => {
    const fold = runScript(
      [PACK],
      `
      0d c1 track Ordered {"id": "a", "total": 100}
      1d c1 track Refunded {"id": "older", "amount": 30} -> total 70, n 1, total_7d 100
      1d c1 track Refunded {"id": "older", "amount": 300} -> total 0, n 1
      1d c1 track Cancelled {"id": "older"} -> n 1
      1d c1 track Cancelled {} -> n 1
      2d c1 track Cancelled {"id": "a"} -> n 0
      2d c1 track Cancelled {"id": "a"} -> n 0
      2d c1 track Refunded {"id": "a", "amount": 5} -> total 0
      `,
    );
    expect(fold.dropped).toMatchObject({ undo_by_amount: 2, undo_unmatched: 4 });
  });

  it("remembers 64 occurrences", () => {
    const fill = Array.from({ length: 65 }, (_, i) => `0d c1 track Ordered {"id": ${i}, "total": 1}`).join("\n");
    const fold = runScript(
      [PACK],
      `${fill}\n0d c1 track Cancelled {"id": 0} -> n 65\n0d c1 track Cancelled {"id": 1} -> n 64, total 64\n1d c1 track Ordered {"id": 1, "total": 7} -> n 65`,
    );
    expect(fold.dropped.undo_unmatched).toBe(1);
  });

  it("takes back points as they have decayed, frees their cap, and nothing of what a reset has cleared", () => {
    runScript(
      [PACK],
      `
      0d  c1 track Ordered {"id": "a", "total": 1} -> love 40, fame 10
      0d  c1 track Ordered {"id": "b", "total": 1} -> love 60
      0d  c1 track Cancelled {"id": "a"} -> love 20
      0d  c1 track Ordered {"id": "c", "total": 1} -> love 60, fame 20
      10d c1 track Strike -> love 30, fame 0, stage known
      10d c1 track Cancelled {"id": "c"} -> love 10, fame 0
      `,
    );
  });

  it("begins when a version brings it: what was before is known by its amount only", () => {
    const fold = new Fold([packFrom(yaml(1, ""))]);
    const order = (id: string, total: number) => fold.event("c1", START, { type: "track", event: "Ordered", properties: { id, total } });
    order("a", 10);
    fold.pack(packFrom(yaml(2)));
    order("b", 20);
    fold.event("c1", START, { type: "track", event: "Cancelled", properties: { id: "b" } });
    expect(fold.view("c1").packs.p.measures).toMatchObject({ n: 1, total: 10 });
    fold.event("c1", START, { type: "track", event: "Refunded", properties: { id: "a", amount: 10 } });
    expect(fold.view("c1").packs.p.measures).toMatchObject({ n: 1, total: 0 });
  });
});
