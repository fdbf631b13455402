import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { runScript } from "../support/script.ts";

const HEAD = `
pack: p
version: 1
events: { order: { track: Order Completed, value: properties.revenue }, look: Looked }
`;
const rfm = (more = "") => `rfm: { of: order, bins: 2, method: r, recut: { every: 1d${more} } }\n`;
const CODES = `
segments:
  codes: { top: "[12][12]2", rest: "[12][12]1" }
triggers: { congratulate: { enter: top, channel: email, message: m } }
`;
const bought = (revenue: number) => `track Order Completed {"revenue": ${revenue}}`;

describe("cut points of the population", () => {
  it("are counted when log time passes a multiple of `every`, numbered, and there are none before", () => {
    const fold = runScript(
      [packFrom(HEAD + rfm() + CODES)],
      `
      0d1h   a ${bought(10)}   -> segment none
      0d2h   b ${bought(20)}
      0d3h   c ${bought(100)}
      1d     ADVANCE           -> a segment rest, c segment top, b segment rest
      `,
    );
    // The median of 10, 20 and 100, plus one, is 21.
    expect(fold.view("c").packs.p.rfm).toEqual({ r: 2, f: 1, m: 2, rfm: 212, recencyDays: 1, frequency: 1, monetary: 100, cuts: 1 });
    expect(fold.effects).toEqual([]);
  });

  it("are told to those who did something, with the silent place as what it was", () => {
    const fold = runScript(
      [packFrom(HEAD + rfm() + CODES)],
      `
      0d1h   a ${bought(10)}
      0d1h   b ${bought(20)}
      0d1h   c ${bought(100)}
      1d     ADVANCE            -> c segment top
      1d1h   d ${bought(1000)}  -> segment top, triggers congratulate
      1d1h   e ${bought(1000)}
      2d     ADVANCE            -> c segment rest, triggers none
      2d1h   c ${bought(900)}   -> segment top, moves top, triggers congratulate
      `,
    );
    expect(fold.effects.at(-2)?.body.data).toMatchObject({ from: "rest", to: "top", sequence: 1, was: { segment: "rest", since: "2026-01-03T00:00:00.000Z" } });
  });

  it("take back what was said of a series whose place they silently end", () => {
    const series =
      "triggers:\n  congratulate: { enter: top, channel: email, message: m }\n  tell: { enter: top, channel: email, steps: [{ after: 0d, message: one }, { after: 9d, message: two }] }\n";
    const fold = runScript(
      [packFrom(`${HEAD}${rfm()}${CODES.slice(0, CODES.indexOf("triggers"))}${series}`)],
      `
      0d1h   a ${bought(10)}
      0d1h   b ${bought(20)}
      0d1h   c ${bought(100)}
      1d     ADVANCE            -> c segment top
      1d1h   d ${bought(200)}   -> triggers congratulate tell
      1d2h   e ${bought(1000)}
      1d2h   f ${bought(1000)}
      1d2h   g ${bought(1000)}
      2d     ADVANCE            -> d segment rest, d moves none, d triggers !tell
      30d    ADVANCE            -> d triggers none
      `,
    );
    expect(fold.effects.find(({ body }) => body.data.action?.cancel)?.body.data.because).toMatchObject({ cause: "cuts", ended: "no_longer_true" });
  });

  it("are told to everyone where the pack says so", () => {
    const fold = runScript(
      [packFrom(HEAD + rfm(", others_moved: fire") + CODES)],
      `
      0d1h   a ${bought(10)}
      0d1h   c ${bought(100)}
      1d     ADVANCE            -> c segment top, c moves top, c triggers congratulate, a moves rest
      `,
    );
    expect(fold.effects[0]?.body.data.because).toMatchObject({ cause: "cuts" });
  });

  it("take a contact's windows as they are by then", () => {
    const fold = runScript(
      [packFrom(HEAD + rfm().replace("bins: 2", "bins: 2, window: 3d"))],
      `
      0d1h   a ${bought(10)}
      1d1h   b ${bought(30)}
      2d1h   c ${bought(50)}
      3d1h   d track Looked
      4d1h   d track Looked
      4d1h1s d track Looked
      `,
    );
    // a has left the window, and at the next count b as well: only c is left.
    expect(fold.view("a").packs.p.rfm).toBeNull();
    expect(fold.view("c").packs.p.rfm).toMatchObject({ m: 1, cuts: 4 });
  });

  it("come from any text of the log, but only the next number counts", () => {
    const fold = runScript([packFrom(HEAD + rfm())], `0d1h a ${bought(10)}\n1d ADVANCE`);
    const before = fold.view("a").packs.p.rfm;
    for (const number of [0, 1, 3]) fold.repeat({ type: "cuts", pack: "p", of: "rfm", meaning: "other", number, asOf: 1, at: 0, counted: 1, axes: {} });
    expect(fold.view("a").packs.p.rfm).toEqual(before);
    expect(before.cuts).toBe(1);
  });

  it("go on when the pack changes around them", () => {
    const one = HEAD + rfm() + CODES;
    const fold = runScript([packFrom(one)], `0d1h a ${bought(10)}\n0d1h c ${bought(100)}\n1d ADVANCE`);
    fold.pack(packFrom(`${one.replace("version: 1", "version: 2")}\nmeasures: { n: { count: look } }\n`));
    fold.advance(Date.parse("2026-01-02T01:00:00Z"));
    expect(fold.view("c").packs.p).toMatchObject({ version: 2, segment: { name: "top" }, rfm: { cuts: 1, m: 2 } });
    fold.advance(Date.parse("2026-01-03T01:00:00Z"));
    expect(fold.view("c").packs.p).toMatchObject({ segment: { name: "top" }, rfm: { cuts: 2, m: 2 } });
  });
});

describe("what counts for numbers of the population", () => {
  const SHOP = `
pack: p
version: 1
zone: Europe/Berlin
currency: EUR
exclude: traits.email endsWith "@own"
traits: { email: string }
events:
  order: { track: Order Completed, value: properties.revenue, key: properties.order_id }
  refund: { track: Refunded, value: properties.amount, key: properties.order_id, undoes: order }
measures: { spent: { sum: order }, orders: { count: order } }
population:
  mean_order: { mean: order, every: 1d }
  paid: { mean: order, free: leave_out, every: 1d }
  lately: { mean: order, window: 3d, every: 1d }
  half: { quantile: spent, at: 0.5, every: 1d }
`
    .replace("traits.email endsWith", "traits.email.endsWith(")
    .replace('"@own"', '"@own")');
  const order = (id: string, revenue: number, more = "") => `track Order Completed {"order_id": "${id}", "revenue": ${revenue}${more}}`;
  /** The last numbers by name, of a pack whose audiences ask for them. */
  const numbersOf = (script: string): Record<string, number | undefined> => {
    const asked = ["mean_order", "paid", "lately", "half"].map((name) => `  ${name}: "spent >= population.${name}"`).join("\n");
    const fold = runScript([packFrom(`${SHOP}audiences:\n${asked}\n`)], script);
    return Object.fromEntries(fold.numbers.map(({ of, value }) => [of, value] as const));
  };

  it("is what was not taken back, whole or in part", () => {
    expect(
      numbersOf(`
        0d1h  a ${order("1", 10)}
        0d2h  b ${order("2", 50)}
        0d3h  c ${order("3", 90)}
        0d4h  c track Refunded {"order_id": "3"}
        0d5h  b track Refunded {"order_id": "2", "amount": 20}
        1d    ADVANCE
      `),
    ).toEqual({ mean_order: 20, paid: 20, lately: 20, half: 10 });
  });

  it("is in the pack's currency, and free orders only where they count", () => {
    expect(
      numbersOf(`
        0d1h  a ${order("1", 10)}
        0d2h  b ${order("2", 500, ', "currency": "USD"')}
        0d3h  c ${order("3", 0)}
        1d    ADVANCE
      `),
    ).toMatchObject({ mean_order: 5, paid: 10 });
  });

  it("is of the days of the zone", () => {
    expect(
      numbersOf(`
        0d22h  a ${order("1", 10)}
        0d23h  a ${order("2", 30)}
        # In Berlin the second order is of the second day, and the window of the fourth has no first.
        2d23h  ADVANCE
        3d22h  ADVANCE
      `),
    ).toMatchObject({ mean_order: 20, lately: 30 });
  });

  it("is not of those whom the pack leaves out", () => {
    expect(
      numbersOf(`
        0d    own identify {"email": "me@own"}
        0d    x identify {"email": "x@y"}
        0d1h  own ${order("1", 900)}
        0d2h  b ${order("2", 50)}
        0d3h  c ${order("3", 70)}
        1d    ADVANCE
      `),
    ).toMatchObject({ mean_order: 60, half: 50 });
  });
});

describe("numbers of the population", () => {
  const MEAN = `
population: { average: { mean: order, window: 3d, every: 1d, others_moved: fire }, big: { quantile: spend, at: 0.5, every: 2d } }
measures: { spend: { sum: order }, n: { count: order } }
audiences: { above: spend > 2.0 * population.average, biggest: spend > population.big }
`;
  it("are the same for everyone until the next", () => {
    runScript(
      [packFrom(HEAD + MEAN)],
      `
      0d1h   a ${bought(10)}    -> out above
      0d1h   b ${bought(50)}    -> out above
      1d     ADVANCE            -> b out above
      1d1h   c ${bought(100)}   -> in above
      2d     ADVANCE            -> c out above, c moves -above +biggest
      3d     ADVANCE            -> c out above
      4d     ADVANCE            -> c out above
      `,
    );
  });
});
