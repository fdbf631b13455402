import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { runScript } from "../support/script.ts";

const PACK = packFrom(`
pack: funnel
version: 1
events:
  visit:        { page: "*" }
  pricing_view: { page: "*", where: properties.path.startsWith("/pricing") }
  form:         Form Submitted
  whitepaper:   { track: Resource Downloaded, where: 'properties.type in ["whitepaper", "ebook"]' }
  webinar:      Webinar Attended
  open:         Email Opened
  bounce:       Email Bounced
  meeting:      Meeting Booked
  won:          { track: Deal Won, value: properties.amount }
  lost:         Deal Lost
  checkout:     { track: Checkout Started, key: properties.checkout_id }
traits:
  first_name: string
  employees:  number
  country:    string
measures:
  visits_7d: { count: visit, window: 7d }
  won_total: { sum: won }
  last_open: { last: open }
scores:
  engagement:
    range: [0, 100]
    decay: { half_life: 14d }
    points:
      visit:        { add: 1, cap: "5 per 1d" }
      pricing_view: { add: 12, cap: "24 per 1d" }
      whitepaper:   15
      webinar:      20
      bounce:       { add: -20, decay: none }
  fit:
    while:
      size:    { points: 60, if: traits.employees >= 50 }
      country: { points: 40, if: 'traits.country in ["DE", "RO"]' }
bands:
  recency: { of: days_since(last_open), at: { fresh: 0, stale: 30 } }
audiences:
  keen:  engagement >= 40
  loyal: { if: visits_7d >= 3, until: visits_7d == 0 }
stages:
  order: [visitor, lead, mql, sql, customer]
  moves:
    - { to: lead, from: visitor, event: form }
    - { to: mql, from: lead, if: engagement >= 60 && fit >= 55 }
    - { to: lead, from: mql, if: engagement < 40, for: 7d }
    - { to: sql, from: [lead, mql], event: meeting }
    - { to: lead, from: sql, event: lost, reset: engagement, stay: 30d }
    - { to: customer, from: before customer, event: won }
triggers:
  first_visit:  { enter: visitor, channel: web, message: hello }
  welcome:      { enter: lead, from: visitor, channel: email, message: welcome, carry: [first_name] }
  follow_up:    { event: whitepaper, after: 1h, in: [visitor, lead], channel: email, message: guide, repeat: 7d, carry: [event.properties.title] }
  handoff:      { enter: mql, channel: crm, message: call }
  not_worked:   { enter: mql, after: 2d, channel: crm, message: not-worked }
  warm:         { rises: { engagement: 40 }, in: [lead], channel: web, message: warm }
  cooling:      { falls: { engagement: 20 }, for: 1d, channel: email, message: cooling }
  silence:      { silent: open, for: 30d, in: [lead, mql], channel: email, message: miss-you }
  cart:         { started: checkout, without: won, within: 1h, channel: email, message: cart }
`);

describe("scores, stages and triggers of a funnel", () => {
  it("hands a keen and fitting lead to sales, and takes it back when nothing happens", () => {
    const fold = runScript(
      [PACK],
      `
      0d      c1 page Home {"path": "/"}                                     -> stage visitor, engagement 1, triggers first_visit, moves visitor
      1h      c1 identify {"employees": 200, "country": "RO", "first_name": "Ana"} -> fit 100, triggers none
      1h      c1 track Form Submitted                                        -> stage lead, triggers welcome, moves lead
      1d      c1 track Resource Downloaded {"type": "whitepaper", "title": "T"} -> triggers none
      1d      c1 track Webinar Attended                                      -> engagement 35.95
      1d      c1 page Pricing {"path": "/pricing"}                           -> engagement 48.95, triggers warm, moves +keen
      1d      c1 page Pricing {"path": "/pricing"}                           -> stage mql, engagement 61.95, triggers handoff, moves +loyal mql
      1d1h    ADVANCE                                                        -> c1 no follow_up
      3d      ADVANCE                                                        -> c1 triggers not_worked
      9d20h   ADVANCE                                                        -> c1 stage mql, c1 moves -loyal
      16d20h  ADVANCE                                                        -> c1 stage mql, c1 moves -keen
      16d21h  ADVANCE                                                        -> c1 stage lead, c1 moves lead
      `,
    );
    const back = fold.effects.findLast((effect) => effect.subject === "tidemark.transitions.funnel.stage.lead.0");
    expect(back?.body.data.because).toMatchObject({ cause: "time", move: "mql to lead", for: "7d", checks: [{ if: "engagement < 40" }] });
    // 61.9517 * 2^(-x/14) = 40 at x = 8.8360 d after day 1, and seven days more.
    expect(back?.body.time).toBe("2026-01-17T20:03:51.491Z");
    const handoff = fold.effects.find((effect) => effect.body.data.trigger === "handoff");
    expect(handoff?.body.data).toMatchObject({
      key: "funnel/handoff/c1/5",
      sequence: 4,
      was: { stage: "lead" },
      now: { stage: "mql", scores: { engagement: 61.95, fit: 100 } },
      because: {
        cause: "event",
        event: "pricing_view",
        move: "lead to mql",
        points: { engagement: { visit: 2.95, pricing_view: 24, whitepaper: 15, webinar: 20 } },
      },
    });
  });

  it("fires a pending trigger when its hour is up and carries what began it", () => {
    const fold = runScript(
      [PACK],
      `
      0d      c1 track Resource Downloaded {"type": "ebook", "title": "The guide"}  -> triggers first_visit
      10m     c1 track Resource Downloaded {"type": "ebook", "title": "Another"}    -> triggers none
      59m     ADVANCE          -> c1 triggers none
      60m     ADVANCE          -> c1 triggers follow_up
      2h      c1 track Resource Downloaded {"type": "ebook", "title": "Third"}
      1d      ADVANCE          -> c1 triggers none
      8d      c1 track Resource Downloaded {"type": "ebook", "title": "Fourth"}
      8d2h    ADVANCE          -> c1 triggers follow_up
      `,
    );
    expect(fold.effects.find((effect) => effect.body.data.trigger === "follow_up")?.body.data.contact.carry).toEqual({ title: "The guide" });
  });

  it("withholds what was only passed through", () => {
    runScript(
      [PACK],
      `
      0d c1 identify {"employees": 50, "country": "DE"} -> stage visitor
      1d c2 track Form Submitted -> stage lead, moves visitor lead, triggers ~first_visit welcome
      `,
    );
  });

  it("gives a lost deal a clean score and holds it for thirty days", () => {
    runScript(
      [PACK],
      `
      0d  c1 identify {"employees": 50, "country": "DE"}
      0d  c1 track Form Submitted
      0d  c1 track Webinar Attended
      0d  c1 track Meeting Booked      -> stage sql
      1d  c1 track Deal Lost           -> stage lead, engagement 0, triggers welcome
      2d  c1 track Webinar Attended
      2d  c1 track Webinar Attended
      2d  c1 track Webinar Attended
      2d  c1 track Webinar Attended    -> engagement 80, stage lead
      `.replace("triggers welcome", "triggers none"),
    );
  });

  it("starts and stops a cart by time, and the newest cart counts", () => {
    const fold = runScript(
      [PACK],
      `
      0d    c1 track Checkout Started {"checkout_id": "a"}
      30m   c1 track Checkout Started {"checkout_id": "b"}
      61m   ADVANCE -> c1 triggers none
      90m   ADVANCE -> c1 triggers cart
      2h    c1 track Checkout Started {"checkout_id": "c"}
      2h30m c1 track Deal Won {"amount": 12.5} -> won_total 12.5, stage customer
      4h    ADVANCE -> c1 no cart
      `,
    );
    expect(fold.effects.find((effect) => effect.body.data.trigger === "cart")?.body.data.key).toBe("funnel/cart/c1/b");
  });

  it("counts a silence from birth or the last such event, once", () => {
    runScript(
      [PACK],
      `
      0d    c1 track Form Submitted
      29d   ADVANCE -> c1 no silence
      30d   ADVANCE -> c1 triggers silence
      60d   ADVANCE -> c1 triggers none
      61d   c1 track Email Opened -> recency fresh
      90d   ADVANCE -> c1 triggers none
      91d   ADVANCE -> c1 triggers silence, c1 recency stale
      `,
    );
  });

  it("leaves an audience by hysteresis, at the edge of a bucket", () => {
    runScript(
      [PACK],
      `
      12h   c1 page
      12h   c1 page
      36h   c1 page     -> in loyal, visits_7d 3
      7d    ADVANCE     -> c1 visits_7d 1, c1 in loyal
      8d    ADVANCE     -> c1 visits_7d 0, c1 out loyal, c1 moves -loyal
      `,
    );
  });

  it("never credits more than its cap, and closes the books with a floor", () => {
    const fold = runScript(
      [PACK],
      `
      1h   c1 page -> engagement 1
      1h   c1 page
      1h   c1 page
      1h   c1 page
      1h   c1 page
      1h   c1 page            -> engagement 5
      2h   c1 track Email Bounced -> engagement 0
      14d  c1 track Webinar Attended -> engagement 20
      `,
    );
    const points = fold.view("c1").packs.funnel.scores.engagement.points as Record<string, number>;
    expect(points).toMatchObject({ webinar: 20, bounce: -4.99 });
    expect(Object.values(points).reduce((sum, value) => sum + Math.round(value * 100), 0)).toBe(2000);
  });

  it("is the same after a crash, from a checkpoint and from nothing", () => {
    const script = (middle: string) => `
      0d  c1 page Home {"path": "/"}
      0d  c2 track Form Submitted
      0d  c2 identify {"employees": 500, "country": "RO", "first_name": "Ünï 😀"}
      1d  c2 track Resource Downloaded {"type": "ebook", "title": "x"}
      1d  c2 track Webinar Attended
      1d  c2 page Pricing {"path": "/pricing"}
      1d  anon:c2 page Pricing {"path": "/pricing"}
      ${middle}
      1d  c2 track Webinar Attended
      40d ADVANCE
      ${middle.replace("CHECKPOINT", "")}
      90d c1 track Checkout Started {"checkout_id": "z"}
      95d ADVANCE
    `;
    const plain = runScript([PACK], script(""));
    for (const middle of ["CRASH", "CHECKPOINT\nCRASH"]) {
      const crashed = runScript([PACK], script(middle));
      expect(crashed.effects).toEqual(plain.effects);
      expect(crashed.digest()).toBe(plain.digest());
    }
  });
});
