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
