import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { Fold, runScript, START } from "../support/script.ts";

const HEAD = `
pack: p
version: 1
currency: EUR
events: { order: { track: Order Completed, value: properties.revenue, key: properties.order_id }, look: Looked }
`;
const CUTS = "cuts: { r: [31, 91], f: [2, 4], m: [50, 100.5] }";
const rfm = (more = "") => `rfm: { of: order, bins: 3, method: thresholds, ${CUTS}${more} }\n`;
const SEGMENTS = `
segments:
  codes:
    best: "33[23]"
    good: "2[23][23] 331 3[12][123]"
    rest: else
`;
const bought = (revenue: unknown, more = "") => `track Order Completed {"revenue": ${revenue}${more}}`;

describe("R, F and M", () => {
  it("are bins by lower bounds of days, orders and amounts, and are not there before the first order", () => {
    const fold = runScript(
      [packFrom(HEAD + rfm())],
      `
      0d   c1 track Looked
      0d   c2 ${bought(20)}
      1d   c2 ${bought(30)}
      1d   c3 ${bought(100.5)}
      `,
    );
    expect(fold.view("c1").packs.p.rfm).toBeNull();
    // A number on a bound lies above it: two orders are the second bin, 50 is the second bin of amounts.
    expect(fold.view("c2").packs.p.rfm).toEqual({ r: 3, f: 2, m: 2, rfm: 322, recencyDays: 0, frequency: 2, monetary: 50, cuts: 0 });
    expect(fold.view("c3").packs.p.rfm).toMatchObject({ r: 3, f: 1, m: 3, rfm: 313 });
  });

  it("go down by days from the day of the last order, at midnight", () => {
    const fold = runScript(
      [packFrom(`${HEAD}${rfm()}audiences: { fresh: r == 3, gone: r == 1 }\nmeasures: { n: { count: look } }\n`)],
      `
      0d18h      c1 ${bought(20)}        -> in fresh, out gone
      30d23h59m  ADVANCE                 -> c1 in fresh
      31d        ADVANCE                 -> c1 out fresh, c1 moves -fresh
      90d23h     ADVANCE                 -> c1 out gone
      91d        ADVANCE                 -> c1 in gone
      `,
    );
    expect(fold.effects.map((effect) => effect.body.time)).toEqual(["2026-01-01T18:00:00.000Z", "2026-02-01T00:00:00.000Z", "2026-04-02T00:00:00.000Z"]);
  });

  it("forget what a window forgets, and then there are none", () => {
    const fold = runScript(
      [packFrom(`${HEAD}${rfm(", window: 60d")}audiences: { buyer: f >= 1, twice: f == 2 }\n`)],
      `
      0d   c1 ${bought(20)}     -> in buyer
      10d  c1 ${bought(40)}     -> in twice
      59d  ADVANCE              -> c1 in twice
      60d  ADVANCE              -> c1 out twice, c1 in buyer
      70d  ADVANCE              -> c1 out buyer
      `,
    );
    expect(fold.view("c1").packs.p.rfm).toBeNull();
  });

  it("count days instead of orders where that is asked, late orders too", () => {
    const fold = runScript(
      [packFrom(HEAD + rfm(", frequency: days"))],
      `
      5d     c1 ${bought(10)}
      5d1h   c1 ${bought(10)}
      6d     c1 @2d ${bought(10)}
      6d     c1 @2d1h ${bought(10)}
      `,
    );
    expect(fold.view("c1").packs.p.rfm).toMatchObject({ frequency: 2, monetary: 40, recencyDays: 1 });
  });

  it("leave out what has no amount, another currency, and free orders where that is asked", () => {
    const script = `
      0d c1 ${bought('"nothing"')}
      0d c1 ${bought(10, ', "currency": "USD"')}
      0d c1 ${bought(10, ', "currency": "eur"')}
      0d c1 ${bought(0)}
      0d c1 track Order Completed
      `;
    const fold = runScript([packFrom(HEAD + rfm())], script);
    expect(fold.view("c1").packs.p.rfm).toMatchObject({ frequency: 2, monetary: 10 });
    expect(fold.dropped).toMatchObject({ other_currency: 1, value_missing: 2 });
    expect(runScript([packFrom(HEAD + rfm(", free: leave_out"))], script).view("c1").packs.p.rfm).toMatchObject({ frequency: 1, monetary: 10 });
  });

  it("keep the totals of more days than are kept one by one", () => {
    const fold = new Fold([packFrom(HEAD + rfm(", frequency: days"))]);
    for (let day = 0; day < 405; day++) fold.event("c1", START + day * 86_400_000, { type: "track", event: "Order Completed", properties: { revenue: 1 } });
    fold.checkpoint();
    fold.crash();
    expect(fold.view("c1").packs.p.rfm).toMatchObject({ frequency: 405, monetary: 405, recencyDays: 0 });
  });
});

describe("days of R, F and M", () => {
  const zoned = (zone: string) => `${HEAD}zone: ${zone}\n${rfm(", frequency: days")}audiences: { fresh: r == 3 }\n`;
  it("are those of the pack's zone: counted by its clock, gone by at its midnights", () => {
    const fold = runScript(
      [packFrom(zoned("Europe/Berlin"))],
      `
      0d22h59m   c1 ${bought(10)}
      0d23h      c1 ${bought(10)}          -> in fresh
      # 31 days after the second of January in Berlin begin when it is still the first of February in UTC.
      31d22h59m  ADVANCE                   -> c1 in fresh
      31d23h     ADVANCE                   -> c1 out fresh
      `,
    );
    expect(fold.view("c1").packs.p.rfm).toMatchObject({ frequency: 2, recencyDays: 31 });
  });

  it("go on by the clock through a change of it", () => {
    runScript(
      [packFrom(zoned("Europe/Berlin").replace("31, 91", "2, 91"))],
      `
      # The 28th of March; on the 29th the clocks of Berlin go forward.
      86d12h     c1 ${bought(10)}   -> in fresh
      87d21h59m  ADVANCE            -> c1 in fresh
      87d22h     ADVANCE            -> c1 out fresh
      `,
    );
  });

  it("are of one zone for all, though each contact may have a zone of its own", () => {
    const fold = runScript(
      [packFrom(`${zoned("{ trait: tz, else: Europe/Berlin }")}traits: { tz: string }\n`)],
      `
      0d    c1 identify {"tz": "America/New_York"}
      0d23h c1 ${bought(10)}
      1d22h c1 ${bought(10)}
      `,
    );
    expect(fold.view("c1").packs.p.rfm).toMatchObject({ frequency: 1, recencyDays: 0 });
  });
});

describe("a refund without its order", () => {
  const REFUNDS = HEAD.replace("look: Looked", "look: Looked, refund: { track: Refunded, value: properties.amount, key: properties.order_id, undoes: order }");
  const refunded = (amount: number) => `track Refunded {"amount": ${amount}}`;

  it("takes its amount from the last days, and the orders of days that it covers", () => {
    const fold = runScript(
      [packFrom(REFUNDS + rfm())],
      `
      0d   c1 ${bought(40)}
      5d   c1 ${bought(20)}
      5d   c1 ${bought(10)}
      6d   c1 ${refunded(35)}
      `,
    );
    expect(fold.view("c1").packs.p.rfm).toMatchObject({ frequency: 1, monetary: 35, recencyDays: 6 });
    expect(fold.dropped).toMatchObject({ undo_by_amount: 1 });
  });

  it("that empties the history makes a non-buyer again", () => {
    const fold = runScript(
      [packFrom(`${REFUNDS + rfm()}audiences: { buyer: f >= 1 }\n`)],
      `
      0d   c1 ${bought(40)}
      5d   c1 ${bought(20)}       -> in buyer
      6d   c1 ${refunded(20)}     -> in buyer
      7d   c1 ${refunded(500)}    -> out buyer
      8d   c1 ${bought(15)}       -> in buyer
      `,
    );
    expect(fold.view("c1").packs.p.rfm).toMatchObject({ frequency: 1, monetary: 15, recencyDays: 0 });
  });

  it("and one with it that takes back all there was leave nothing behind", () => {
    const fold = runScript(
      [packFrom(REFUNDS + rfm())],
      `
      0d   c1 ${bought(40, ', "order_id": "a"')}
      1d   c1 ${refunded(15)}
      2d   c1 track Refunded {"order_id": "a"}
      3d   c1 ${bought(30, ', "order_id": "b"')}
      `,
    );
    expect(fold.view("c1").packs.p.rfm).toMatchObject({ frequency: 1, monetary: 30 });
  });

  it("takes nothing of what is older than the days kept one by one, until none of those is left", () => {
    const fold = new Fold([packFrom(REFUNDS + rfm(", frequency: days"))]);
    const order = (day: number) => ({ type: "track", event: "Order Completed", properties: { revenue: day < 5 ? 3 : 1 } });
    for (let day = 0; day < 405; day++) fold.event("c1", START + day * 86_400_000, order(day));
    const refund = (day: number, amount: number) => fold.event("c1", START + day * 86_400_000, { type: "track", event: "Refunded", properties: { amount } });
    refund(405, 399);
    expect(fold.view("c1").packs.p.rfm).toMatchObject({ monetary: 16, frequency: 6, recencyDays: 400 });
    refund(406, 1);
    expect(fold.view("c1").packs.p.rfm).toBeNull();
    fold.event("c1", START + 407 * 86_400_000, order(407));
    expect(fold.view("c1").packs.p.rfm).toMatchObject({ monetary: 1, frequency: 1 });
  });
});

describe("segments by codes", () => {
  it("give each code its segment, with moves by orders and by time", () => {
    const fold = runScript(
      [packFrom(HEAD + rfm() + SEGMENTS)],
      `
      0d    c1 track Looked      -> segment rest
      0d    c1 ${bought(10)}     -> segment good, moves good
      1d    c1 ${bought(100)}    -> segment good, moves none
      1d    c1 ${bought(10)}     -> segment good
      1d    c1 ${bought(10)}     -> segment best, moves best
      31d   ADVANCE              -> c1 segment best
      32d   ADVANCE              -> c1 segment good, c1 moves good
      92d   ADVANCE              -> c1 segment rest
      `,
    );
    expect(fold.effects.at(-2)?.body.data.because).toMatchObject({ cause: "time", checks: [{ if: "rfm in codes of good", value: 233 }] });
  });

  it("may have two digits, of R and F", () => {
    runScript(
      [packFrom(`${HEAD}${rfm()}segments:\n  codes:\n    regulars: "[123]3"\n    others: "[123][12]"\n`)],
      `
      0d c1 track Looked   -> segment none
      0d c1 ${bought(1)}   -> segment others
      0d c1 ${bought(1)}
      0d c1 ${bought(1)}
      0d c1 ${bought(1)}   -> segment regulars
      `,
    );
  });
});
