import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { Fold, runScript, START } from "../support/script.ts";

const DAY = 86_400_000;
const iso = (days: number): string => new Date(START + days * DAY).toISOString();

const SHOP = `
pack: shop
version: 1
events: { order: { track: Order, value: properties.total }, visit: { page: "*" } }
measures: { n: { count: order }, spent: { sum: order }, recent: { count: order, window: 30d }, last_order: { last: order } }
scores: { heat: { range: [0, 100], decay: { half_life: 10d }, points: { visit: 20, order: 40 } } }
audiences: { warm: heat >= 30 }
segments: { among: n > 0, list: [{ active: recent > 0 }, { lapsed: else }] }
stages: { order: [lead, buyer, lost], moves: [{ to: buyer, from: lead, event: order }, { to: buyer, from: lost, event: order }, { to: lost, from: buyer, if: days_since(last_order) >= 60 }] }
triggers:
  welcome: { enter: buyer, channel: email, message: hello }
  quiet: { silent: order, for: 20d, channel: email, message: where }
`;
const shop = (more = "") => packFrom(SHOP.replace("version: 1", `version: 1\n${more}`));

const HISTORICAL = { context: { tidemark: { backfill: true } } };

/** What a contact is, but for what only the fold of a live feed counts. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads into the view as it is
const standing = (fold: Fold, contact: string): any => {
  const { packs } = fold.view(contact);
  return packs;
};

describe("a contact in history", () => {
  it("passes through its past as of its own moments, and nothing of that leaves", () => {
    const fold = runScript(
      [shop()],
      `
      400d c1 ~10d track Order {"total": 10} -> stage buyer, triggers none, moves none
      400d c1 ~12d page Home
      400d c1 ~90d page Home -> stage lost, heat 20.25
      `,
    );
    expect(fold.effects).toEqual([]);
    expect(fold.view("c1")).toMatchObject({ history: { asOf: iso(90) }, firstSeen: iso(10), lastSeen: iso(90) });
    expect(standing(fold, "c1").shop).toMatchObject({
      stage: { name: "lost", since: iso(70), previous: "buyer" },
      segment: { name: "lapsed", since: iso(40) },
    });
    // Birth, buyer, active, warm in and out, lapsed, lost; welcome, one silence.
    expect(fold.muted).toEqual({ transition: 7, trigger: 2 });
    expect(fold.inHistory).toBe(1);
  });

  it("is never late, is a duplicate when it is said twice, and knows no deadline of its own", () => {
    const fold = runScript(
      [shop()],
      `
      400d c1 ~10d track Order {"$messageId": "once"}
      400d c1 ~10d track Order {"$messageId": "once"} -> n 1
      400d c1 @300d track Order -> n 1
      500d ADVANCE -> c1 stage buyer, triggers none
      `,
    );
    expect(fold.outcomes).toMatchObject({ applied: 1, duplicate: 1, late: 1 });
    expect(fold.view("c1").history).toEqual({ asOf: iso(10) });
  });

  it("does not go back where its past comes out of order", () => {
    const fold = runScript(
      [shop()],
      `
      400d c1 ~50d track Order {"total": 1} -> stage buyer
      400d c1 ~20d track Order {"total": 2} -> spent 3, recent 1
      400d c1 ~60d page Home
      `,
    );
    expect(fold.view("c1")).toMatchObject({ history: { asOf: iso(60) }, lastSeen: iso(60) });
    expect(standing(fold, "c1").shop).toMatchObject({ stage: { name: "buyer", since: iso(50) }, measures: { last_order: iso(50) } });
  });

  it("returns with its first live event: first what it has passed, muted, and then the event", () => {
    const fold = runScript(
      [shop()],
      `
      100d c1 ~10d track Order {"total": 10}
      100d c1 page Home -> stage lost, triggers none, moves none, heat 20.08
      101d c1 track Order {"total": 5} -> stage buyer, triggers welcome, moves +warm active buyer
      121d ADVANCE -> c1 triggers quiet
      `,
    );
    expect(fold.view("c1").history).toBeUndefined();
    expect(fold.inHistory).toBe(0);
    const [first] = fold.effects;
    // Numbers that were given in history are not given again.
    expect(first?.body.data).toMatchObject({ sequence: 8, origin: "live", axis: "audience" });
    expect(fold.effects.filter(({ body }) => body.data.trigger !== undefined).map(({ body }) => body.data.sequence)).toEqual([1, 2]);
  });
});

describe("the end of history", () => {
  it("brings every contact of before to the present, with its deadlines pending", () => {
    const fold = runScript(
      [shop()],
      `
      100d c1 ~85d track Order {"total": 10}
      100d c2 ~10d track Order {"total": 10}
      100d HISTORY ENDS
      100d c3 ~90d track Order {"total": 10}
      101d STEP -> c1 stage buyer, c2 stage lost
      105d ADVANCE -> c1 triggers quiet
      146d ADVANCE -> c1 moves lapsed lost, c2 moves none, c3 stage buyer
      `,
    );
    expect(fold.view("c1").history).toBeUndefined();
    // Who came after the record is in history still.
    expect(fold.view("c3").history).toEqual({ asOf: iso(90) });
    expect(fold.inHistory).toBe(1);
    expect(fold.effects.filter(({ body }) => body.subject === "c1").map(({ body }) => body.time)).toEqual([iso(105), iso(115), iso(145)]);
  });

  it("does no harm when it is said again, or when nobody is in history", () => {
    const script = (more: string) => `
      50d c1 ~10d track Order {"total": 10}
      50d HISTORY ENDS
      51d STEP
      ${more}
      200d ADVANCE`;
    const once = runScript([shop()], script(""));
    const again = runScript([shop()], script("51d HISTORY ENDS\n      51d HISTORY ENDS\n      60d HISTORY ENDS"));
    expect(again.effects.map(({ body }) => ({ ...body, id: null }))).toEqual(once.effects.map(({ body }) => ({ ...body, id: null })));
    expect(again.view("c1")).toEqual(once.view("c1"));
  });

  it("leaves contacts where a live feed of the same events has them at that moment", () => {
    const events = [
      ["c1", 3, "track Order", 12],
      ["c2", 3, "page Home", 0],
      ["c1", 9, "page Home", 0],
      ["c2", 30, "track Order", 7],
      ["c1", 31, "track Order", 5],
      ["c2", 31, "page Home", 0],
      ["c1", 77, "page Home", 0],
    ] as const;
    const line = (mark: string) =>
      events.map(([contact, day, what, total]) => `${mark === "" ? day : 120}d ${contact} ${mark === "" ? "" : `~${day}d `}${what} {"total": ${total}}`);
    const live = runScript([shop()], `${line("").join("\n")}\n120d ADVANCE`);
    const past = runScript([shop()], `${line("~").join("\n")}\n120d HISTORY ENDS\n121d STEP\n120d ADVANCE`);
    live.step(START + 121 * DAY);
    for (const contact of ["c1", "c2"]) expect(standing(past, contact)).toEqual(standing(live, contact));
    expect(past.effects).toEqual([]);
  });
});

describe("history of a contact of the present", () => {
  it("adds to what it has, tells the facts, and withholds what triggers want", () => {
    const fold = runScript(
      [shop()],
      `
      400d c1 page Home
      401d c1 ~350d track Order {"total": 10} -> stage buyer, n 1, recent 0, heat 19.83, withheld welcome:history, moves lapsed buyer
      `,
    );
    const withheld = fold.effects.find(({ body }) => body.data.reason === "history");
    expect(withheld?.subject).toBe("tidemark.withheld.history.shop.welcome.0");
    expect(withheld?.body.data).toMatchObject({ origin: "history", sequence: 1 });
    expect(fold.view("c1").history).toBeUndefined();
  });
});

describe("catching up", () => {
  const spread = shop("catch_up: spread over 6h");
  const sent = (fold: Fold) => fold.effects.filter(({ body }) => body.data.trigger !== undefined).map(({ body }) => body);

  it("makes up for nothing unless the pack says so", () => {
    const fold = runScript([shop()], "100d c1 ~75d track Order\n100d HISTORY ENDS\n101d STEP\n102d ADVANCE -> c1 triggers none");
    expect(fold.muted).toMatchObject({ trigger: 2 });
  });

  it("wants once more, within the time after the return, what was due meanwhile and still is worth it", () => {
    const fold = runScript(
      [spread],
      `
      100d c1 ~75d track Order {"total": 3}
      100d HISTORY ENDS
      101d STEP -> c1 triggers none
      101d6h ADVANCE -> c1 triggers quiet
      400d ADVANCE -> c1 triggers none
      `,
    );
    const [quiet] = sent(fold);
    expect(Date.parse(quiet.time)).toBeGreaterThan(START + 101 * DAY);
    expect(quiet.data).toMatchObject({
      origin: "history",
      key: `shop/quiet/c1/${START + 95 * DAY}`,
      sequence: 1,
      because: { cause: "time", since: iso(75), due: iso(95) },
    });
    expect(fold.muted).toMatchObject({ caught_up: 1 });
  });

  it("wants nothing of what history itself has passed, nor what a live event has answered", () => {
    const fold = runScript(
      [spread],
      `
      100d c1 ~10d track Order
      100d c1 ~75d page Home
      100d c2 ~75d track Order
      100d c2 track Order -> triggers none
      100d c1 page Home -> triggers none
      101d ADVANCE -> c1 triggers none, c2 triggers none
      `,
    );
    expect(fold.muted).toMatchObject({ trigger: 4 });
    expect(fold.muted.caught_up).toBeUndefined();
  });

  it("spreads contacts by their keys, each at one moment", () => {
    const fold = new Fold([spread]);
    for (let one = 0; one < 60; one++) fold.event(`c${one}`, START + 100 * DAY, { ...HISTORICAL, type: "track", event: "Order" }, START + 75 * DAY);
    fold.endHistory(START + 100 * DAY);
    fold.step(START + 100 * DAY + 60_000);
    fold.advance(START + 101 * DAY);
    const hours = sent(fold).map(({ time }) => (Date.parse(time) - START - 100 * DAY - 60_000) / 3_600_000);
    expect(hours).toHaveLength(60);
    expect(Math.min(...hours)).toBeGreaterThan(0);
    expect(Math.max(...hours)).toBeLessThanOrEqual(6);
    for (const hour of [1, 2, 3, 4, 5, 6]) expect(hours.filter((at) => Math.ceil(at) === hour).length).toBeGreaterThan(2);
  });

  const CARE = `
pack: p
version: 1
catch_up: spread over 1h
events: { a: A, b: B }
triggers:
  s: { event: a, channel: email, goal: { event: b, within: 30d }, steps: [{ after: 1d, message: one }, { after: 2d, message: two }, { after: 9d, message: three }] }
  quiet: { silent: a, for: 3d, channel: email, message: gone }
  brief: { silent: a, for: 4d, channel: email, message: brief, expires: 1h }
`;

  it("owes the newest of each trigger that has not expired, and policy decides when it leaves", () => {
    const fold = runScript(
      [packFrom(CARE)],
      `
      100d c1 ~95d track A
      100d HISTORY ENDS
      100d1m STEP
      100d2h ADVANCE -> c1 sent s:email, c1 withheld quiet:cap
      106d ADVANCE -> c1 sent s:email
      `,
      {},
      "policy: p\nchannels: { email: { cap: 1 per 1d } }\n",
    );
    expect(sent(fold).map(({ data }) => [data.trigger, data.action.step, data.origin])).toEqual([
      ["s", 2, "history"],
      ["quiet", 1, "history"],
      ["s", 3, "live"],
    ]);
  });

  it("owes nothing any more for a goal that is met meanwhile", () => {
    const fold = runScript([packFrom(CARE)], "100d c1 ~95d track A\n100d c1 track B\n100d c1 track B\n100d2h ADVANCE -> c1 triggers quiet");
    // The goal was met when its first action was still owed, so there is nothing that it could be the outcome of.
    expect(fold.effects.filter(({ subject }) => subject.includes("outcomes"))).toEqual([]);
  });
});
