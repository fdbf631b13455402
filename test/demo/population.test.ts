// The population is a fixed input of other tests and of the README, so what is held here is that it stays the same, behaves as
// people do, and contains what it promises.

import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { DEMO_START_MS, type PopulationMessage, type PopulationOptions, population } from "../../src/demo/population.ts";

const DAY_MS = 86_400_000;
const HALF_YEAR: PopulationOptions = { seed: 7, contacts: 2000, days: 182, startMs: DEMO_START_MS };

interface Event {
  readonly type: string;
  readonly event?: string;
  readonly messageId?: string;
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly timestamp: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly traits?: Readonly<Record<string, unknown>>;
}

const people = [...population(HALF_YEAR)];
const events = people.map(({ json }) => JSON.parse(json) as Event);
const idOf = (event: Event): string => event.userId ?? `anonymous ${event.anonymousId}`;
const eventNames = new Map<string, number>();
for (const event of events) eventNames.set(event.event ?? event.type, (eventNames.get(event.event ?? event.type) ?? 0) + 1);

function first(count: number, options: PopulationOptions): PopulationMessage[] {
  return population(options).take(count).toArray();
}

const hashOf = (messages: readonly PopulationMessage[]): string =>
  createHash("sha256")
    .update(messages.map(({ timeMs, json }) => `${timeMs} ${json}`).join("\n"))
    .digest("hex");

describe("the same on every machine", () => {
  test("the first ten thousand messages of seed 7 have not changed", () => {
    expect(hashOf(people.slice(0, 10_000))).toBe("e6b1ad4a8953b2f06ae32ec86a8ed57bf04de9dc9b3ed6dde1399aa6c87b0c05");
  });

  test("equal options give equal bytes, another seed gives other people", () => {
    expect(hashOf(first(3000, HALF_YEAR))).toBe(hashOf(people.slice(0, 3000)));
    expect(hashOf(first(3000, { ...HALF_YEAR, seed: 8 }))).not.toBe(hashOf(people.slice(0, 3000)));
  });

  test("garbage is added without changing anybody's life", () => {
    const times = new Map<string, string>();
    for (const event of events) times.set(event.messageId ?? "", event.timestamp);
    const withGarbage = first(20_000, { ...HALF_YEAR, garbage: true }).flatMap(({ json }) => readable(json));
    for (const { messageId, timestamp } of withGarbage) if (messageId !== undefined) expect(times.get(messageId)).toBe(timestamp);
  });
});

describe("as messages arrive", () => {
  test("they are Segment messages with an id and the time that is claimed for them", () => {
    for (const [i, event] of events.entries()) {
      expect(["track", "page", "identify", "group"]).toContain(event.type);
      expect(event.userId ?? event.anonymousId).toMatch(/^(c_|anon-)\w+$/);
      expect(Date.parse(event.timestamp)).toBe(people[i]?.timeMs);
    }
  });

  test("they are in the order of time but for a few that are hours late; less than a thousandth is older than a log takes", () => {
    const age = { late: 0, stale: 0 };
    let logTimeMs = 0;
    for (const { timeMs } of people) {
      if (timeMs < logTimeMs - 30 * DAY_MS) age.stale++;
      else if (timeMs < logTimeMs) {
        age.late++;
        expect(timeMs).toBeGreaterThan(logTimeMs - 1.5 * DAY_MS);
      }
      logTimeMs = Math.max(logTimeMs, timeMs);
    }
    expect(age.late / people.length).toBeGreaterThan(0.005);
    expect(age.late / people.length).toBeLessThan(0.02);
    expect(age.stale).toBeGreaterThan(0);
    expect(age.stale / people.length).toBeLessThan(0.001);
    expect(logTimeMs).toBeLessThan(DEMO_START_MS + 182 * DAY_MS);
    expect(logTimeMs).toBeGreaterThan(DEMO_START_MS + 181.9 * DAY_MS);
  });

  test("first comes what shop and CRM know of the year before: orders, deals and referrals, in order and within 365 days", () => {
    const before = people.findIndex(({ timeMs }) => timeMs >= DEMO_START_MS);
    expect(before / people.length).toBeGreaterThan(0.005);
    expect(before / people.length).toBeLessThan(0.04);
    const names = new Set(events.slice(0, before).map((event) => event.event ?? event.type));
    expect(names).toEqual(new Set(["identify", "Order Completed", "Deal Won", "Referral Sent"]));
    const times = people.slice(0, before).map(({ timeMs }) => timeMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBeGreaterThan(DEMO_START_MS - 365 * DAY_MS);
    expect(people.slice(before).every(({ timeMs }) => timeMs >= DEMO_START_MS)).toBe(true);
  });

  test("a messageId belongs to one event, and a few events arrive twice within six hours", () => {
    const seen = new Map<string, { readonly json: string; readonly at: number }>();
    let repeated = 0;
    let logTimeMs = 0;
    for (const [i, { timeMs, json }] of people.entries()) {
      logTimeMs = Math.max(logTimeMs, timeMs);
      const before = seen.get(events[i]?.messageId ?? "");
      if (before === undefined) seen.set(events[i]?.messageId ?? "", { json, at: logTimeMs });
      else {
        repeated++;
        expect(json).toBe(before.json);
        expect(logTimeMs - before.at).toBeLessThanOrEqual(6 * 3_600_000);
      }
    }
    expect(repeated / people.length).toBeGreaterThan(0.002);
    expect(repeated / people.length).toBeLessThan(0.006);
  });

  test("garbage, if asked for, is a few messages that are no JSON, have no id, a forbidden one, or no type", () => {
    const texts = [...population({ ...HALF_YEAR, contacts: 1000, garbage: true })].map(({ json }) => json);
    const broken = texts.filter((json) => readable(json).length === 0).length;
    const noId = texts.flatMap(readable).filter((event) => (event.userId ?? event.anonymousId) === undefined).length;
    const forbidden = texts.flatMap(readable).filter((event) => ["undefined", "null", "[object Object]"].includes(event.userId ?? "")).length;
    for (const count of [broken, noId, forbidden]) expect(count).toBeGreaterThan(0);
    expect(broken + noId + forbidden).toBeLessThan(texts.length / 500);
  });
});

describe("as people do", () => {
  test("about as many as asked for; many come once, and active ones do 20 to 60 things", () => {
    const counts = new Map<string, number>();
    for (const event of events) counts.set(idOf(event), (counts.get(idOf(event)) ?? 0) + 1);
    expect(counts.size).toBeGreaterThan(1900);
    expect(counts.size).toBeLessThan(2400);
    const known = [...counts].filter(([id]) => id.startsWith("c_")).map(([, count]) => count);
    const mean = known.reduce((sum, count) => sum + count, 0) / known.length;
    expect(mean).toBeGreaterThan(20);
    expect(mean).toBeLessThan(60);
    expect([...counts.values()].filter((count) => count <= 4).length / counts.size).toBeGreaterThan(0.25);
  });

  test("nights are quiet, and offices are empty on weekends", () => {
    const hours = new Array<number>(24).fill(0);
    const webinars = new Array<number>(7).fill(0);
    for (const event of events) {
      const at = new Date(event.timestamp);
      hours[at.getUTCHours()] = (hours[at.getUTCHours()] ?? 0) + 1;
      if (event.event === "Webinar Attended") webinars[at.getUTCDay()] = (webinars[at.getUTCDay()] ?? 0) + 1;
    }
    expect((hours[3] ?? 0) * 10).toBeLessThan(hours[11] ?? 0);
    expect(((webinars[0] ?? 0) + (webinars[6] ?? 0)) * 2).toBeLessThan(webinars.reduce((sum, count) => sum + count, 0));
  });

  test.each([
    ["Form Submitted", 50],
    ["Signed Up", 20],
    ["Chat Lead Captured", 20],
    ["identify", 400],
    ["group", 5],
    ["Resource Downloaded", 200],
    ["Webinar Attended", 60],
    ["Email Delivered", 5000],
    ["Email Opened", 1500],
    ["Email Link Clicked", 200],
    ["Email Bounced", 5],
    ["Meeting Booked", 20],
    ["Demo Requested", 20],
    ["Opportunity Created", 40],
    ["Deal Won", 20],
    ["Deal Lost", 20],
    ["NPS Answered", 20],
    ["Referral Sent", 3],
    ["Product Viewed", 2000],
    ["Product Added", 1000],
    ["Checkout Started", 700],
    ["Order Completed", 600],
    ["Product Reviewed", 50],
    ["Order Refunded", 20],
  ])("%s occurs at least %i times", (name, least) => {
    expect(eventNames.get(name) ?? 0).toBeGreaterThanOrEqual(least);
  });

  test("some carts are left, most become an order with the same checkout and amount", () => {
    const started = new Map<unknown, unknown>();
    const ordered = new Map<unknown, unknown>();
    for (const { event, properties } of events) {
      if (event === "Checkout Started") started.set(properties?.checkout_id, properties?.value);
      if (event === "Order Completed") ordered.set(properties?.checkout_id, properties?.revenue);
    }
    for (const [checkout, revenue] of ordered) if (started.has(checkout)) expect(revenue).toBe(started.get(checkout));
    const left = [...started.keys()].filter((checkout) => !ordered.has(checkout)).length;
    expect(left / started.size).toBeGreaterThan(0.05);
    expect(left / started.size).toBeLessThan(0.35);
  });

  test("some shoppers order again after more than forty days, when a mail was opened in between", () => {
    const shoppers = new Map<string, { lastOrder: number; openedAt: number }>();
    let wonBack = 0;
    for (const event of events) {
      const is = shoppers.get(idOf(event)) ?? { lastOrder: 0, openedAt: 0 };
      const at = Date.parse(event.timestamp);
      if (event.event === "Email Opened") is.openedAt = at;
      if (event.event === "Order Completed") {
        if (is.lastOrder > 0 && at - is.lastOrder > 40 * DAY_MS && is.openedAt > is.lastOrder + 40 * DAY_MS) wonBack++;
        is.lastOrder = at;
      }
      shoppers.set(idOf(event), is);
    }
    expect(wonBack).toBeGreaterThan(20);
  });

  test("c_ana goes from a first visit over a form, a meeting and a deal to a referral", () => {
    const path = events.filter(({ userId }) => userId === "c_ana").map((event) => event.event ?? event.type);
    const milestones = ["page", "Form Submitted", "identify", "Webinar Attended", "Meeting Booked", "Opportunity Created", "Deal Won", "Referral Sent"];
    const places = milestones.map((name) => path.indexOf(name));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBe(0);
  });

  test("her path is the same with every seed", () => {
    const pathOf = (seed: number): string[] =>
      first(60_000, { ...HALF_YEAR, contacts: 100, seed }).flatMap(({ json }) => (json.includes('"c_ana"') ? [json] : []));
    expect(pathOf(1)).toEqual(pathOf(2));
    expect(pathOf(1).length).toBeGreaterThan(30);
  });

  test("the mix is a knob: only passers-by, and nobody ever orders", () => {
    const mix = { passerBy: 1, stranger: 0, lead: 0, shopper: 0, pastShopper: 0, pastAccount: 0 };
    const names = [...population({ ...HALF_YEAR, contacts: 300, mix })].map(({ json }) => JSON.parse(json) as Event).filter(({ userId }) => userId !== "c_ana");
    expect(new Set(names.map(({ type }) => type))).toEqual(new Set(["page"]));
  });
});

function readable(json: string): Event[] {
  try {
    return [JSON.parse(json) as Event];
  } catch {
    return [];
  }
}
