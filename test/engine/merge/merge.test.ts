// Two rows into one. A history that is split over several ids, tied at any place and in any order, ends as the same events under one
// id would have: for every measure of which docs/identity.md says so. And what each part of a pack does where that is not possible.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packFrom } from "../../support/pack.ts";
import { Town, type TownOptions } from "../../support/town.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const EXACT = packFrom(`
pack: exact
version: 1
events:
  visit: { page: "*" }
  buy: { track: Bought, value: properties.revenue, key: properties.order }
  refund: { track: Refunded, value: properties.revenue, key: properties.order, undoes: buy }
  opened: { track: Opened, once: { per: properties.mail, in: 3d } }
measures:
  visits: { count: visit }
  lately: { count: visit, window: 12h }
  weekly: { count: visit, window: 7d }
  paid: { sum: buy }
  paid_lately: { sum: buy, window: 2d }
  least: { min: buy }
  most: { max: buy }
  first_visit: { first: visit }
  last_visit: { last: visit }
  newest: { latest: visit, of: properties.path }
  oldest: { earliest: visit, of: properties.path }
  visit_days: { days: visit }
  days_lately: { days: visit, window: 5d }
  paths: { distinct: visit, of: properties.path }
  paths_lately: { distinct: visit, of: properties.path, window: 3d }
  rhythm: { gap: visit }
  run: { streak: visit }
  mails: { count: opened }
scores:
  heat: { range: [0, 100000], decay: { half_life: 3d }, points: { visit: 5, buy: 20 } }
  fixed: { range: [0, 100000], points: { visit: 2, opened: 1 } }
  fading: { range: [0, 100000], decay: { linear: 4d }, points: { visit: 3 } }
  brief: { range: [0, 100000], decay: { expiry: 2d }, points: { buy: 7 } }
  standing: { range: [0, 10], while: { keen: { points: 4, if: visits >= 4 }, buyer: { points: 3, if: paid > 0 } } }
rfm: { of: buy, frequency: orders, bins: 3, cuts: { r: [2, 5], f: [2, 4], m: [20, 60] } }
audiences: { regular: visits >= 6 }
segments: { list: [{ buyers: paid > 50 }, { lookers: visits >= 2 }, { others: else }] }
stages:
  order: [stranger, lead, hot]
  moves: [{ to: lead, from: stranger, if: visits >= 3 }, { to: hot, from: [stranger, lead], if: visits >= 8 && paid > 0 }]
`);

type Deed = { readonly kind: "visit" | "buy" | "refund" | "opened"; readonly who: number; readonly gapMs: number; readonly lateMs: number; readonly n: number };
type Told = { readonly deed: Deed } | { readonly tie: number };

const deeds: fc.Arbitrary<Told[]> = fc.array(
  fc.oneof({ weight: 6, arbitrary: fc.record({ deed: deedOf() }) }, { weight: 1, arbitrary: fc.record({ tie: fc.nat(1) }) }),
  { minLength: 5, maxLength: 60 },
);

function deedOf(): fc.Arbitrary<Deed> {
  return fc.record({
    kind: fc.constantFrom("visit", "visit", "visit", "buy", "buy", "refund", "opened"),
    who: fc.nat(2),
    gapMs: fc.oneof(fc.nat(30 * MINUTE), fc.nat(9 * HOUR), fc.nat(2 * DAY)),
    lateMs: fc.oneof(fc.constant(0), fc.constant(0), fc.nat(DAY)),
    n: fc.nat(5),
  });
}

const DEVICES = ["phone", "laptop"];
const IDS = [{ userId: "person" }, ...DEVICES.map((anonymousId) => ({ anonymousId }))];

function play(told: readonly Told[], split: boolean, options: Partial<TownOptions>): Town {
  const town = new Town({ packs: [EXACT], settings: { identity: { ties: split ? "all" : "none" } }, ...options });
  let at = START;
  let index = 0;
  for (const one of told) {
    index++;
    if ("tie" in one) {
      if (split) town.send(at, { type: "group", userId: "person", anonymousId: DEVICES[one.tie], messageId: `t${index}` });
      continue;
    }
    const { kind, who, gapMs, lateMs, n } = one.deed;
    at += gapMs;
    const time = new Date(at - lateMs + index).toISOString();
    town.send(at, { ...messageOf(kind, n), messageId: `m${index}`, timestamp: time, ...(split ? IDS[who] : IDS[0]) });
  }
  for (const anonymousId of DEVICES) town.send(at, { type: "group", messageId: anonymousId, ...(split ? { userId: "person", anonymousId } : IDS[0]) });
  town.settle();
  town.advance(at + DAY);
  return town;
}

function messageOf(kind: Deed["kind"], n: number): Record<string, unknown> {
  if (kind === "visit") return { type: "page", name: "Page", properties: { path: `/${n}` } };
  if (kind === "opened") return { type: "track", event: "Opened", properties: { mail: `mail ${n}` } };
  return { type: "track", event: kind === "buy" ? "Bought" : "Refunded", properties: { revenue: n * 10 + 1, order: `o${n}` } };
}

function partsOf(town: Town): Record<string, unknown> {
  const { measures, scores, rfm, segment, audiences, stage } = town.view("person").packs.exact;
  const values = Object.fromEntries(
    Object.entries(scores as Record<string, { value: number }>).map(([name, { value }]) => [name, Math.round(value * 50) / 50]),
  );
  return { measures, scores: values, rfm, segment: segment.name, audiences, stage: stage.name };
}

/** What takes something back, or repeats it, comes by the id that did it; what takes back nothing that is remembered does not come. */
function byOneId(told: readonly Told[]): Told[] {
  const bought = new Set<number>();
  return told.flatMap((one): Told[] => {
    if (!("deed" in one) || one.deed.kind === "visit") return [one];
    const { kind, n } = one.deed;
    if (kind === "buy") bought.add(n);
    return kind === "refund" && !bought.has(n) ? [] : [{ deed: { ...one.deed, who: n % 3 } }];
  });
}

describe("a history that is split over three ids and tied at any place", () => {
  const agree = (told: readonly Told[], options: Partial<TownOptions>, withUndo: boolean): void => {
    const story = withUndo ? byOneId(told) : told.filter((one) => !("deed" in one) || (one.deed.kind !== "refund" && one.deed.kind !== "opened"));
    const split = play(story, true, options);
    const whole = play(story, false, {});
    expect(split.contacts()).toHaveLength(1);
    expect(partsOf(split)).toEqual(partsOf(whole));
  };

  it("ends as under one id", () => {
    fc.assert(
      fc.property(deeds, fc.constantFrom(1, 4, 1000), (told, lag) => agree(told, { lag }, false)),
      { numRuns: 15, seed: 7 },
    );
  }, 120_000);

  it("ends as under one id also where something is taken back", () => {
    fc.assert(
      fc.property(deeds, fc.constantFrom(1, 4, 1000), (told, lag) => agree(told, { lag }, true)),
      { numRuns: 15, seed: 11 },
    );
  }, 120_000);
});
