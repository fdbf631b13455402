// Who is who: visitors become known people without losing what they did before, whatever the order in which records arrive.

import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { foldLog, Town, type TownOptions } from "../support/town.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const HOUR = 3_600_000;
const PACK = packFrom(`
pack: shop
version: 1
events: { visit: { page: "*" }, buy: { track: Bought, value: properties.revenue } }
traits: { plan: string }
measures: { visits: { count: visit }, paid: { sum: buy }, first: { first: visit }, lately: { count: visit, window: 6h } }
scores: { heat: { decay: { half_life: 7d }, points: { visit: 5, buy: 20 } } }
stages:
  order: [stranger, lead, customer]
  moves: [{ to: lead, from: stranger, if: visits >= 3 }, { to: customer, from: [stranger, lead], event: buy }]
triggers:
  hello: { enter: lead, channel: email, message: hello }
  missed: { silent: visit, for: 2d, channel: email, message: back }
`);

const town = (options: Partial<TownOptions> = {}): Town => new Town({ packs: [PACK], ...options });
const visit = (ids: Record<string, string>) => ({ type: "page", name: "Home", ...ids });
const buy = (ids: Record<string, string>, revenue: number) => ({ type: "track", event: "Bought", properties: { revenue }, ...ids });
const shop = (view: { packs: { shop: Record<string, unknown> } }) => view.packs.shop as { measures: Record<string, unknown>; stage: Record<string, unknown> };

describe("a visitor who says who it is", () => {
  it("brings along what it did", () => {
    const here = town();
    for (const hour of [0, 1]) here.send(START + hour * HOUR, visit({ anonymousId: "a1" }));
    here.send(START + 2 * HOUR, { type: "identify", userId: "u1", anonymousId: "a1", traits: { plan: "pro" } });
    const person = here.view("u1");
    expect(shop(person).measures).toMatchObject({ visits: 2, first: "2026-01-01T00:00:00.000Z" });
    expect(person.contact.alsoKnownAs).toEqual(["a1"]);
    expect(person.firstSeen).toBe("2026-01-01T00:00:00.000Z");
    expect(here.view("anon:a1")).toEqual({ redirect: { kind: "user", id: "u1" } });
    expect(here.view("u1", true).why.merged).toEqual([{ id: "a1", kind: "anonymous", at: "2026-01-01T02:00:00.000Z" }]);
    expect(here.contacts()).toHaveLength(1);
  });

  it("is told as one net transition, with what was merged", () => {
    const here = town();
    for (const hour of [0, 1]) here.send(START + hour * HOUR, visit({ anonymousId: "a1" }));
    here.send(START + 2 * HOUR, visit({ userId: "u1" }));
    here.send(START + 3 * HOUR, { type: "identify", userId: "u1", anonymousId: "a1" });
    const moves = here.effects.filter(({ body }) => body.subject === "u1" && body.type === "io.tidemark.transition.v1").map(({ body }) => body.data);
    expect(moves.map(({ from, to, sequence }) => [from, to, sequence])).toEqual([
      [null, "stranger", 1],
      ["stranger", "lead", 2],
    ]);
    expect(moves[1].because).toMatchObject({ cause: "merge", merged: { kind: "anonymous", id: "a1" } });
    expect(moves[1].contact.alsoKnownAs).toEqual(["a1"]);
    expect(here.effects.filter(({ body }) => body.data.trigger === "hello").map(({ body }) => body.data.key)).toEqual(["shop/hello/u1/2"]);
  });

  it("goes on being that person where an event comes by the old id alone", () => {
    const here = town();
    here.send(START, { type: "identify", userId: "u1", anonymousId: "a1" });
    here.send(START + HOUR, visit({ anonymousId: "a1" }), buy({ anonymousId: "a1" }, 30));
    expect(shop(here.view("u1")).measures).toMatchObject({ visits: 1, paid: 30 });
    expect(here.outcomes["applied"]).toBe(3);
  });

  it("has a straggler that was sent twice once", () => {
    const here = town();
    here.send(START, { type: "identify", userId: "u1", anonymousId: "a1" });
    const straggler = { ...visit({ anonymousId: "a1" }), messageId: "twice" };
    here.send(START + HOUR, straggler);
    here.send(START + HOUR, straggler);
    expect(shop(here.view("u1")).measures["visits"]).toBe(1);
    expect(here.outcomes["duplicate"]).toBe(1);
  });

  it("makes one record for a tie that is said with every event", () => {
    const here = town();
    for (let hour = 0; hour < 10; hour++) here.send(START + hour * HOUR, visit({ userId: "u1", anonymousId: "a1" }));
    expect(here.log.filter(({ subject }) => subject.endsWith(".records"))).toHaveLength(1);
    expect(shop(here.view("u1")).measures["visits"]).toBe(10);
  });
});

describe("records between partitions", () => {
  const story = (here: Town): Town => {
    for (let i = 0; i < 60; i++) {
      const at = START + i * HOUR;
      if (i % 7 === 3) here.send(at, { type: "identify", userId: `u${i % 3}`, anonymousId: `a${i % 5}` });
      else here.send(at, visit(i % 2 === 0 ? { anonymousId: `a${i % 5}` } : { userId: `u${i % 3}` }), buy({ anonymousId: `a${(i + 1) % 5}` }, i));
      if (i === 30) here.restart();
    }
    here.advance(START + 90 * HOUR);
    return here;
  };

  it.each([1, 7, 25])("give the same person when they are written after %i messages", (lag) => {
    const here = story(town({ lag }));
    const visits = here.contacts().reduce((sum, view) => sum + (shop(view).measures["visits"] as number), 0);
    const paid = here.contacts().reduce((sum, view) => sum + (shop(view).measures["paid"] as number), 0);
    const sent = here.log.filter(({ subject }) => subject.endsWith(".shop")).flatMap(({ data }) => JSON.parse(Buffer.from(data).toString()));
    expect(visits).toBe(sent.filter(({ type }) => type === "page").length);
    expect(paid).toBe(sent.reduce((sum, { properties }) => sum + (properties?.revenue ?? 0), 0));
  });

  it.each([1, 25])("are folded to the same bytes with any batch and any number of workers (written after %i messages)", (lag) => {
    const { log } = story(town({ lag }));
    const truth = foldLog(log, 1, 1);
    for (const workers of [1, 2, 4]) for (const batch of [7, 10_000]) expect(foldLog(log, workers, batch)).toEqual(truth);
  });
});
