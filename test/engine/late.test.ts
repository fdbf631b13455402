// The table "Late and out of order" of docs/packs.md, line by line: what an event that is older than the last one does.

import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { runScript } from "../support/script.ts";

const pack = (body: string) => packFrom(`pack: p\nversion: 1\n${body}`);
const MEASURES = pack(`
events: { a: { track: A, value: properties.v }, b: B }
measures:
  n: { count: a }
  total: { sum: a }
  n_5d: { count: a, window: 5d }
  days_5d: { days: a, window: 5d }
  kinds_5d: { distinct: a, of: properties.k, window: 5d }
  least: { min: a }
  most: { max: a }
  since: { first: a }
  seen: { last: a }
  pace: { gap: a }
  newest: { latest: a, of: properties.k }
  oldest: { earliest: a, of: properties.k }
  days: { days: a }
  run: { streak: a }
  kinds: { distinct: a, of: properties.k, limit: 2 }
  visits: { sessions: a }
  best: { top: a, of: properties.k }
`);

describe("an event that comes late", () => {
  it("counts, is summed and compared as any other", () => {
    runScript(
      [MEASURES],
      '10d c1 track A {"v": 5}\n11d c1 @2d track A {"v": 1} -> n 2, total 6, least 1, most 5, pace 8, since 2026-01-03T00:00:00.000Z, seen 2026-01-11T00:00:00.000Z',
    );
  });

  it("is in a window by its own time, and not where that has left it", () => {
    runScript(
      [MEASURES],
      '10d c1 track A {"k": "x"}\n10d1h c1 @7d track A {"k": "y"} -> n_5d 2, days_5d 2, kinds_5d 2\n10d2h c1 @5d23h track A {"k": "z"} -> n_5d 2, days_5d 2, kinds_5d 2, n 3',
    );
  });

  it("is the latest or the earliest by its own time, and of equal times by the log", () => {
    runScript(
      [MEASURES],
      '10d c1 track A {"k": "x"}\n10d c1 @4d track A {"k": "y"} -> newest x, oldest y\n10d c1 @4d track A {"k": "z"} -> oldest y\n10d c1 @10d track A {"k": "w"} -> newest w',
    );
  });

  it("has a day of its own, and fills the gap of a streak", () => {
    runScript([MEASURES], "3d c1 track A\n5d c1 track A -> days 2, run 1\n5d c1 @4d track A -> days 3, run 3");
  });

  it("adds a value while there is room", () => {
    const fold = runScript([MEASURES], '3d c1 track A {"k": "x"}\n5d c1 @1d track A {"k": "y"} -> kinds 2\n5d c1 @2d track A {"k": "z"} -> kinds 2');
    expect(fold.dropped["distinct_full"]).toBe(1);
  });

  it("begins no session, and raises its value", () => {
    runScript([MEASURES], '3d c1 track A {"k": "x"}\n3d1h c1 @1d track A {"k": "y"} -> visits 1, best y\n3d1h c1 @2d track A {"k": "x"} -> best x');
  });

  it("sets traits by the order of the log", () => {
    const traits = pack(
      "events: { a: A }\ntraits: { plan: string, origin: { type: string, keep: first } }\naudiences: { gold: traits.plan == 'gold', web: traits.origin == 'web' }\n",
    );
    const fold = runScript(
      [traits],
      '5d c1 identify {"plan": "gold", "origin": "web"} -> in gold\n5d c1 @1d identify {"plan": "free", "origin": "shop"} -> out gold, in web',
    );
    expect(fold.view("c1")).toMatchObject({ firstSeen: "2026-01-06T00:00:00.000Z", lastSeen: "2026-01-06T00:00:00.000Z" });
  });

  it("is put into the day of the zone as it is now", () => {
    const zoned = pack("zone: { trait: tz, else: UTC }\nevents: { a: A }\ntraits: { tz: string }\nmeasures: { days: { days: a } }\n");
    runScript(
      [zoned],
      '5d23h30m c1 track A -> days 1\n6d c1 identify {"tz": "Asia/Kolkata"}\n6d c1 @5d23h40m track A -> days 2\n6d c1 @5d10h track A -> days 2',
    );
  });

  it("is credited as of its own time, and only what cap and range leave now", () => {
    const scored = pack(`
events: { a: A, b: B, c: C, d: D }
scores:
  warm: { decay: { half_life: 2d }, points: { a: 40 } }
  fading: { decay: { linear: 10d }, points: { b: 50 } }
  recent: { decay: { expiry: 5d }, points: { c: 30 } }
  capped: { points: { d: { add: 40, cap: "60 per 1d" } } }
`);
    runScript(
      [scored],
      `
      10d c1 @8d track A -> warm 20
      10d c1 @9d track B -> fading 50
      10d c1 @4d23h track C -> recent 0
      10d c1 @8d track C -> recent 30
      10d c1 track D -> capped 40
      10d c1 @9d12h track D -> capped 60
      10d c1 @10d track A -> warm 60
      10d c1 @10d track A -> warm 100
      10d c1 @8d track A -> warm 100
      `,
    );
  });

  it("moves numbers that are computed: a `while` rule, a band, a cell, rfm and value", () => {
    const computed = pack(`
currency: EUR
events: { a: { track: A, value: properties.v } }
measures: { n_9d: { count: a, window: 9d } }
scores: { keen: { while: { two: { points: 60, if: n_9d >= 2 } } }, base: { points: { a: 20 } } }
grids: { grade: { keen: { A: 50, B: 0 }, base: { 1: 40, 2: 0 } } }
bands: { pulse: { of: n_9d, at: { low: 0, high: 2 } } }
rfm: { of: a, bins: 2, cuts: { r: [5], f: [2], m: [10] } }
value: { of: a, gamma_gamma: { p: 6.25, q: 3.74, gamma: 15.45 } }
`);
    const fold = runScript([computed], '10d c1 track A {"v": 6} -> keen 0, grade B2, pulse low\n10d c1 @3d track A {"v": 6} -> keen 60, grade A1, pulse high');
    expect(fold.view("c1").packs.p).toMatchObject({
      rfm: { r: 2, f: 2, m: 2, recencyDays: 0, frequency: 2, monetary: 12 },
      value: { frequency: 1, recency: 1 },
    });
  });

  it("puts the contact where its numbers say, now, and takes a path from where it stands", () => {
    const placed = pack(`
events: { a: A, b: B }
measures: { n_5d: { count: a, window: 5d }, seen: { last: a } }
audiences: { busy: n_5d >= 2, loyal: { if: n_5d >= 2, until: n_5d < 1 } }
segments: { list: [{ hot: n_5d >= 2 }, { cold: else }] }
stages: { order: [x, y, z], moves: [{ to: y, from: x, event: b }, { to: z, from: y, event: a }] }
`);
    const fold = runScript(
      [placed],
      `
      10d c1 track A -> stage x, segment cold
      10d c1 @8d track A -> in busy, in loyal, segment hot, moves +busy +loyal hot
      10d c1 track B -> stage y
      10d c1 @9d track A -> stage z
      `,
    );
    const moved = fold.effects.find(({ body }) => body.data.to === "hot")?.body;
    expect([moved.time, moved.data.because.occurredAt]).toEqual(["2026-01-11T00:00:00.000Z", "2026-01-09T00:00:00.000Z"]);
  });

  it("counts for a mean by its own time, sets a stage by hand as of now, and is asked of traits as they are", () => {
    const told = pack(`
events: { a: { track: A, value: properties.v }, hand: { track: Hand, stage: properties.to } }
traits: { own: bool }
exclude: traits.own
population: { usual: { mean: a, window: 30d, every: 1d } }
audiences: { dear: population.usual > 15 }
stages: { order: [x, y], moves: [{ to: y, from: x, event: a, if: population.usual > 100 }], set_by: hand }
`);
    const fold = runScript(
      [told],
      `
      1d c1 track A {"v": 10}
      2d c1 @1d track A {"v": 30}
      3d c1 @1d12h track Hand {"to": "y"} -> stage y
      5d ADVANCE -> c1 in dear
      6d c2 identify {"own": true}
      6d c2 @2d track Hand {"to": "y"} -> stage missing
      `,
    );
    expect(fold.view("c1").packs.p.stage.since).toBe("2026-01-04T00:00:00.000Z");
  });

  it("is a repeat by its distance, before or after", () => {
    const once = pack("events: { a: { track: A, once: { per: properties.k, in: 2d } } }\nmeasures: { n: { count: a } }\n");
    runScript([once], '10d c1 track A {"k": 1} -> n 1\n10d c1 @9d track A {"k": 1} -> n 1\n10d c1 @7d track A {"k": 1} -> n 2');
  });

  it("takes back what the log has before it, and nothing that comes after", () => {
    const undone = pack("events: { a: { track: A, key: properties.k }, u: { track: U, key: properties.k, undoes: a } }\nmeasures: { n: { count: a } }\n");
    const fold = runScript([undone], '5d c1 track U {"k": 1}\n5d c1 @4d track A {"k": 1} -> n 1\n5d c1 @4d12h track U {"k": 1} -> n 0');
    expect(fold.dropped["undo_unmatched"]).toBe(1);
  });

  it("does not take back a newer answer about consent", () => {
    const sends = pack("events: { a: A }\ntriggers: { t: { event: a, channel: email, message: m } }\n");
    runScript(
      [sends],
      '5d c1 identify {"consent": {"email": false}}\n5d c1 @4d identify {"consent": {"email": true}}\n5d c1 track A -> withheld t:consent\n5d c1 @5d1s identify {"consent": {"email": true}}\n6d c1 track A -> sent t:email',
      {},
      "policy: p\nchannels: { email: { consent: email } }\n",
    );
  });
});

describe("a moment that has passed unseen", () => {
  it("fires nothing: a silence, a rhythm, a wait, a series, something begun and not done", () => {
    const waits = pack(`
events: { a: A, b: B, s: S, f: F }
triggers:
  quiet: { silent: a, for: 3d, channel: c, message: m }
  rhythm: { overdue: b, by: 2, channel: c, message: m }
  later: { event: a, after: 2d, channel: c, message: m }
  steps: { event: b, channel: c, steps: [{ after: 1d, message: one }, { after: 20d, message: two }] }
  left: { started: s, without: f, within: 1d, channel: c, message: m }
`);
    runScript(
      [waits],
      `
      20d c1 @10d track A -> triggers none
      20d c1 @12d track B -> triggers none
      20d c1 @14d track B -> triggers none
      20d c1 @10d track S -> triggers none
      25d ADVANCE -> c1 triggers none
      # The step that still is to come of the first series; its successor was left out, because the first goes on.
      32d ADVANCE -> c1 triggers steps
      60d ADVANCE -> c1 triggers none
      `,
    );
  });

  it("is what a late event makes of an occasion that waits: cancelled, moved, or met", () => {
    const waits = pack(`
events: { a: A, s: S, f: F }
triggers:
  quiet: { silent: a, for: 5d, channel: c, message: m }
  left: { started: s, without: f, within: 3d, channel: c, message: m }
  bid: { event: s, channel: c, message: m, goal: { event: f, within: 9d } }
`);
    runScript(
      [waits],
      `
      10d c1 track A
      10d c1 track S -> triggers bid
      11d c1 @9d12h track F -> outcomes none
      12d c1 @10d12h track F -> outcomes bid:reached
      12d c1 @11d track A
      14d ADVANCE -> c1 triggers none
      16d ADVANCE -> c1 triggers quiet
      16d c1 @10d6h track S -> triggers bid
      20d ADVANCE -> c1 triggers none
      `,
    );
  });

  it("is not what `rises` tells: it looks at the value as it is now", () => {
    const rises = pack(
      "events: { a: A }\nscores: { warm: { decay: { half_life: 1d }, points: { a: 60 } } }\ntriggers: { hot: { rises: { warm: 50 }, channel: c, message: m } }\n",
    );
    runScript([rises], "10d c1 @9d track A -> warm 30, triggers none\n10d c1 @9d12h track A -> warm 72.43, triggers hot");
  });

  it("is one more for `reaches`, and what was reached by it is told now and not again", () => {
    const reaches = pack("events: { a: A }\nmeasures: { n: { count: a } }\ntriggers: { third: { reaches: { n: [2, 3] }, channel: c, message: m } }\n");
    runScript(
      [reaches],
      "10d c1 track A -> n 1, triggers none\n11d c1 @2d track A -> n 2, triggers third\n11d c1 @3d track A -> n 3, triggers third\n12d c1 @1d track A -> n 4, triggers none",
    );
  });
});
