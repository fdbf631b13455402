import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { runScript } from "../support/script.ts";

const PACK = packFrom(`
pack: p
version: 1
events:
  all: { any: true }
  buy: { track: Bought, value: properties.amount, key: properties.order }
  big: { track: Bought, where: properties.amount > 100.0 }
  either: [Bought, Sold]
  pages: { page: "*" }
  pricing: { page: Pricing }
  seen: { screen: "*" }
  known: { identify: true }
  company: { group: true }
traits:
  name: string
  size: { type: number, from: [traits.size, properties.size] }
  vip: bool
  joined: date
  origin: { type: string, keep: first, from: properties.ref }
  firm: { type: string, from: group.name }
  locale: { type: string, from: context.locale }
measures:
  n: { count: all }
  n_big: { count: big }
  n_either: { count: either }
  n_pages: { count: pages }
  n_pricing: { count: pricing }
  n_seen: { count: seen }
  n_known: { count: known }
  n_company: { count: company }
  n_hour: { count: all, window: 1h }
  n_2d: { count: all, window: 2d }
  n_7d: { count: all, window: 7d }
  total: { sum: buy }
  total_7d: { sum: buy, window: 7d }
  tax: { sum: buy, of: properties.tax }
  least: { min: buy }
  most: { max: buy }
  first_buy: { first: buy }
  last_buy: { last: buy }
audiences:
  named_ana: 'traits.name == "Ana"'
  nameless: missing(traits.name)
  sized: traits.size >= 50
  is_vip: traits.vip
  not_vip: '!traits.vip'
  early: hours_since(traits.joined) >= 24
  from_ad: 'traits.origin == "ad"'
  in_acme: 'traits.firm == "Acme"'
  german: 'traits.locale == "de"'
  rich: total >= 0.0003
`);

describe("events", () => {
  it("lets one message be several events, and asks `where` of the message", () => {
    runScript(
      [PACK],
      `
      0d c1 track Bought {"amount": 120} -> n 1, n_big 1, n_either 1, total 120
      0d c1 track Bought {"amount": 100} -> n_big 1, n_either 2
      0d c1 track Bought {"amount": "120"} -> n_big 1, total 340
      0d c1 track Bought {} -> n_big 1, total 340
      0d c1 track Sold -> n_either 5
      0d c1 track Other -> n_either 5, n 6
      0d c1 page Pricing -> n_pages 1, n_pricing 1
      0d c1 page -> n_pages 2, n_pricing 1
      0d c1 screen Pricing -> n_seen 1, n_pricing 1
      0d c1 identify -> n_known 1
      0d c1 group -> n_company 1, n 11
      `,
    );
  });

  it("counts a `where` that does not evaluate", () => {
    const fold = runScript([PACK], '0d c1 track Bought {}\n0d c1 track Bought {"amount": "x"}');
    expect(fold.dropped).toMatchObject({ condition_missing: 2 });
    expect(fold.dropped.value_missing).toBeGreaterThan(0);
  });
});

describe("windows", () => {
  it("lose a bucket exactly when time passes a multiple of it", () => {
    runScript(
      [PACK],
      `
      30m59s999ms       c1 track X -> n_hour 1
      31m               c1 track X -> n_hour 2
      1h29m59s999ms     ADVANCE -> c1 n_hour 2
      1h30m             ADVANCE -> c1 n_hour 1
      1h30m59s999ms     ADVANCE -> c1 n_hour 1
      1h31m             ADVANCE -> c1 n_hour 0, c1 n_2d 2, c1 n_7d 2
      1d23h59m59s999ms  ADVANCE -> c1 n_2d 2
      2d                ADVANCE -> c1 n_2d 0, c1 n_7d 2
      6d23h59m59s999ms  ADVANCE -> c1 n_7d 2
      7d                ADVANCE -> c1 n_7d 0, c1 n 2
      `,
    );
  });

  it("take a late event into its own bucket, and not one that is older than the window", () => {
    runScript(
      [PACK],
      `
      10d12h  c1 track X -> n_7d 1
      10d12h  c1 @4d track X -> n_7d 2, n_2d 1
      10d12h  c1 @3d23h59m59s999ms track X -> n_7d 2, n 3
      11d     ADVANCE -> c1 n_7d 1
      `,
    );
  });

  it("count buckets ahead of time", () => {
    runScript([PACK], "59s c1 @1m30s track X -> n_hour 1\n1h c2 track X -> c1 n_hour 1\n1h1m c2 track X -> c1 n_hour 0", {
      clock: "stored",
    });
  });

  it("sum by event time", () => {
    runScript(
      [PACK],
      `
      8d   c1 track Bought {"amount": 1.5}
      8d   c1 @2d track Bought {"amount": -0.25} -> total_7d 1.25, total 1.25
      9d   ADVANCE -> c1 total_7d 1.5
      `,
    );
  });
});

describe("sum, min, max, first and last", () => {
  it("keeps amounts exactly in 1/10,000, rounded half away from zero", () => {
    runScript(
      [PACK],
      `
      0d c1 track Bought {"amount": 0.00005} -> total 0.0001, least 0.0001, most 0.0001
      0d c1 track Bought {"amount": -0.00005} -> total 0, least -0.0001, most 0.0001
      0d c1 track Bought {"amount": " 19.99 "} -> total 19.99, most 19.99
      0d c1 track Bought {"amount": 0.1}
      0d c1 track Bought {"amount": 0.2} -> total 20.29
      0d c1 track Bought {"amount": 900000000000} -> total 900000000020.29, most 900000000000
      0d c1 track Bought {"amount": 900000000000.1} -> total 900000000020.29
      0d c1 track Bought {"amount": 1e300} -> total 900000000020.29
      0d c1 track Bought {"amount": "12 EUR"} -> total 900000000020.29
      0d c1 track Bought {"amount": true} -> total 900000000020.29
      0d c1 track Bought {"amount": null} -> total 900000000020.29
      `,
    );
  });

  it("reads another path with `of`, and is missing before the first value", () => {
    runScript(
      [PACK],
      `
      0d c1 track Bought {"tax": 3} -> tax 3, total 0, least missing, most missing
      0d c1 track Bought {"amount": 5} -> tax 3, total 5, least 5
      `,
    );
  });

  it("compares amounts in their unit", () => {
    runScript([PACK], '0d c1 track Bought {"amount": 0.0002} -> out rich\n0d c1 track Bought {"amount": 0.0001} -> in rich');
  });

  it("takes first and last by event time", () => {
    const fold = runScript(
      [PACK],
      `
      5d c1 track Bought {}
      5d c1 @2d track Bought {}
      5d c1 @3d track Bought {}
      `,
    );
    const view = fold.view("c1");
    expect(view.packs.p.measures).toMatchObject({ first_buy: "2026-01-03T00:00:00.000Z", last_buy: "2026-01-06T00:00:00.000Z" });
    expect(view).toMatchObject({ firstSeen: "2026-01-06T00:00:00.000Z", lastSeen: "2026-01-06T00:00:00.000Z" });
  });
});

const RHYTHM = packFrom(`
pack: p
version: 1
events: { x: X }
measures:
  days: { days: x }
  days_3d: { days: x, window: 3d }
  visits: { sessions: x }
  short_visits: { sessions: x, quiet: 5m }
  visits_2d: { sessions: x, window: 2d }
  gap: { gap: x }
  run: { streak: x }
  weeks: { streak: x, unit: week }
  months: { streak: x, unit: month }
audiences:
  on: run >= 2
  weekly: weeks >= 1
  regular: gap <= 2
  once: missing(gap)
`);

describe("days", () => {
  it("counts days, however often and in whatever order something happened on them", () => {
    runScript(
      [RHYTHM],
      `
      1d   c1 track X -> days 1, days_3d 1
      1d9h c1 track X -> days 1
      3d   c1 track X -> days 2, days_3d 2
      3d   c1 @2d track X -> days 3, days_3d 3
      3d   c1 @1d1h track X -> days 3
      4d   ADVANCE -> c1 days 3, c1 days_3d 2
      `,
    );
  });

  it("keeps count of days that it no longer knows one by one", () => {
    // One restart in it: with one after each of its lines it would take half a minute.
    const story = Array.from({ length: 405 }, (_, day) => `${day}d c1 track X`).join("\n");
    runScript(
      [RHYTHM],
      `${story}\nCHECKPOINT\nCRASH\n405d c1 @399d track X -> days 405, run 405\n405d c1 @2d track X -> days 405\n405d c1 track X -> days 406, run 406`,
    );
  });
});

describe("sessions", () => {
  it("begin after thirty quiet minutes, or after `quiet`", () => {
    runScript(
      [RHYTHM],
      `
      0d          c1 track X -> visits 1, short_visits 1
      4m59s999ms  c1 track X -> visits 1, short_visits 1
      9m59s999ms  c1 track X -> visits 1, short_visits 2
      39m59s998ms c1 track X -> visits 1
      1h9m59s998ms c1 track X -> visits 2, visits_2d 2
      1h10m       c1 @20m track X -> visits 2
      2d1h        ADVANCE -> c1 visits_2d 0, c1 visits 2
      `,
    );
  });
});

describe("gap", () => {
  it("is the average time between, in days, and needs two", () => {
    runScript(
      [RHYTHM],
      `
      0d c1 track X -> gap missing, in once, out regular
      1d c1 track X -> gap 1, in regular, out once
      6d c1 track X -> gap 3, out regular
      6d c1 @3d track X -> gap 2, in regular
      `,
    );
  });
});

describe("streak", () => {
  it("counts days in a row up to now, and breaks as the day after a missed one begins", () => {
    runScript(
      [RHYTHM],
      `
      1d    c1 track X -> run 1
      2d5h  c1 track X -> run 2, in on
      3d23h59m59s999ms ADVANCE -> c1 run 2, c1 in on
      4d    ADVANCE -> c1 run 0, c1 out on, c1 moves -on
      4d1h  c1 track X -> run 1
      4d1h  c1 @3d track X -> run 4, in on
      `,
    );
  });

  it("counts weeks from Monday, and months of the calendar", () => {
    // 2026-01-01 is a Thursday: the next Monday is day 4; February begins on day 31, March on day 59, April on day 90.
    runScript(
      [RHYTHM],
      `
      3d    c1 track X -> weeks 1, months 1
      4d    c1 track X -> weeks 2, months 1
      17d23h59m59s999ms ADVANCE -> c1 weeks 2, c1 in weekly
      18d   ADVANCE -> c1 weeks 0, c1 moves -weekly
      58d   c1 track X -> months 2, weeks 1
      89d   ADVANCE -> c1 months 2
      90d   ADVANCE -> c1 months 0
      `,
    );
  });
});

describe("traits", () => {
  it("keeps the last of its type, and null clears it", () => {
    runScript(
      [PACK],
      `
      0d c1 identify {"name": "Ana"} -> in named_ana, out nameless
      1d c1 identify {"name": 7} -> in named_ana
      2d c1 @1h identify {"name": "Bea"} -> out named_ana
      3d c1 track X {"$context": {"traits": {"name": "Ana"}}} -> in named_ana
      4d c1 identify {"name": null} -> out named_ana, in nameless
      `,
    );
  });

  it("keeps the first where it says so, and null does not clear that", () => {
    runScript(
      [PACK],
      `
      0d c1 track X {"ref": "ad"} -> in from_ad
      0d c1 track X {"ref": "mail"} -> in from_ad
      0d c1 track X {"ref": null} -> in from_ad
      `,
    );
  });

  it("reads numbers from digits, truths from truths only, dates from ISO text and ms", () => {
    runScript(
      [PACK],
      `
      0d c1 identify {"size": "50", "vip": "true", "joined": "2026-01-01"} -> in sized, out is_vip, out not_vip, out early
      1d ADVANCE -> c1 in early
      1d c1 identify {"size": "fifty", "vip": true} -> in sized, in is_vip, out not_vip
      1d c1 track X {"size": 49} -> out sized
      1d c1 identify {"vip": false, "joined": 1767225600001} -> in not_vip, out early
      1d1ms ADVANCE -> c1 in early
      1d1ms c1 identify {"vip": null} -> out not_vip
      `,
    );
  });

  it("takes the first path that has a value of the type", () => {
    runScript([PACK], '0d c1 identify {"size": "?", "$properties": {"size": 60}} -> in sized');
  });

  it("reads a group's traits only by `group`", () => {
    runScript(
      [PACK],
      `
      0d c1 group {"name": "Acme"} -> in in_acme, in nameless
      0d c1 identify {"name": "Other"} -> in in_acme
      0d c1 track X {"$context": {"locale": "de"}} -> in german
      `,
    );
  });

  it("drops a text that is too long, by its bytes, and counts it", () => {
    const long = "é".repeat(129);
    const fold = runScript(
      [PACK],
      `0d c1 identify {"name": "Ana"}\n0d c1 identify {"name": "${long}"} -> in named_ana\n0d c1 identify {"name": "${long.slice(1)}"} -> out named_ana`,
    );
    expect(fold.dropped).toEqual({ trait_too_long: 1 });
  });
});
