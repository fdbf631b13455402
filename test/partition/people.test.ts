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

describe("several names", () => {
  const visits = (here: Town, who: string): unknown => {
    let view = here.view(who);
    for (let hops = 0; hops < 10 && view?.redirect !== undefined; hops++)
      view = here.view(view.redirect.kind === "user" ? view.redirect.id : `anon:${view.redirect.id}`);
    return view === null ? null : shop(view).measures["visits"];
  };
  const alias = (from: string, to: string) => ({ type: "alias", previousId: from, userId: to });

  it("make a chain: a is b, and b is c", () => {
    const here = town();
    here.send(START, visit({ anonymousId: "a" }), visit({ userId: "b" }), visit({ userId: "c" }));
    here.send(START + HOUR, { type: "identify", anonymousId: "a", userId: "b" });
    here.send(START + 2 * HOUR, alias("b", "c"));
    here.send(START + 3 * HOUR, visit({ anonymousId: "a" }), visit({ userId: "b" }));
    expect(here.contacts()).toHaveLength(1);
    expect([visits(here, "anon:a"), visits(here, "b"), visits(here, "c")]).toEqual([5, 5, 5]);
    expect(here.view("c").contact.alsoKnownAs).toEqual(["a", "b"]);
  });

  it("may come before what was done under them", () => {
    const here = town();
    here.send(START, alias("a", "u"));
    here.send(START + HOUR, visit({ anonymousId: "a" }), visit({ userId: "a" }));
    expect(visits(here, "u")).toBe(2);
    expect(here.contacts()).toHaveLength(1);
  });

  it("may lead in a circle", () => {
    const here = town();
    here.send(START, visit({ userId: "a" }), visit({ userId: "b" }));
    here.send(START + HOUR, alias("a", "b"));
    here.send(START + 2 * HOUR, alias("b", "a"));
    here.send(START + 3 * HOUR, visit({ userId: "b" }), visit({ userId: "a" }));
    expect([visits(here, "a"), visits(here, "b")]).toEqual([4, 4]);
    const both = town({ lag: 100 });
    both.send(START, visit({ userId: "a" }), visit({ userId: "a" }), visit({ userId: "b" }));
    both.send(START + HOUR, alias("a", "b"), alias("b", "a"));
    both.settle();
    expect(both.contacts().map((view) => shop(view).measures["visits"])).toEqual(expect.arrayContaining([1, 2]));
  });

  it("of a device that two share bring the first one's past to the first alone", () => {
    const here = town();
    here.send(START, visit({ anonymousId: "a" }));
    here.send(START + HOUR, visit({ anonymousId: "a", userId: "u" }));
    here.send(START + 2 * HOUR, visit({ anonymousId: "a", userId: "v" }));
    here.send(START + 3 * HOUR, visit({ anonymousId: "a" }));
    expect([visits(here, "u"), visits(here, "v"), visits(here, "anon:a")]).toEqual([2, 2, 2]);
    expect(here.dropped["two_users_refused"]).toBe(1);
    for (let i = 4; i < 10; i++) here.send(START + i * HOUR, visit({ anonymousId: "a", userId: i % 2 === 0 ? "u" : "v" }));
    expect(here.log.filter(({ subject }) => subject.endsWith(".records"))).toHaveLength(3);
    expect(here.dropped["two_users_refused"]).toBe(1);
  });

  it("of two users on one device are one person where the settings say so: the second joins the first", () => {
    const here = town({ settings: { identity: { ties: "all", two_users: "merge" } } });
    here.send(START, visit({ userId: "v" }));
    for (let i = 1; i < 8; i++) here.send(START + i * HOUR, visit({ anonymousId: "a", userId: i % 2 === 1 ? "u" : "v" }));
    expect(here.contacts()).toHaveLength(1);
    expect(visits(here, "u")).toBe(8);
    expect(here.view("v")).toEqual({ redirect: { kind: "user", id: "u" } });
    expect(here.dropped["two_users_refused"]).toBeUndefined();
  });

  it("that are nobody's tie nothing, and neither does an alias by an anonymous id", () => {
    const here = town();
    here.send(
      START,
      visit({ userId: "u", anonymousId: "undefined" }),
      { type: "alias", previousId: "null", userId: "u" },
      { type: "alias", previousId: "x", anonymousId: "a" },
    );
    here.send(START, visit({ userId: "u", anonymousId: "" }), { type: "track", event: "Bought", previousId: "y", userId: "u", properties: { revenue: 1 } });
    expect(here.log.some(({ subject }) => subject.endsWith(".records"))).toBe(false);
  });

  it("with escapes and beyond ASCII are the same names", () => {
    const here = town();
    here.send(START, visit({ anonymousId: 'é\\"😀' }));
    here.send(START + HOUR, { type: "identify", userId: "ü\n1", anonymousId: 'é\\"😀' });
    expect(visits(here, "ü\n1")).toBe(1);
    expect(here.view("ü\n1").contact.alsoKnownAs).toEqual(['é\\"😀']);
  });

  it("tie nothing where the settings say so", () => {
    const none = town({ settings: { identity: { ties: "none" } } });
    const some = town({ settings: { identity: { ties: "alias" } } });
    for (const here of [none, some]) {
      here.send(START, visit({ anonymousId: "a" }), visit({ anonymousId: "b" }));
      here.send(START + HOUR, { type: "identify", userId: "u", anonymousId: "a" }, alias("b", "u"));
    }
    expect(none.contacts()).toHaveLength(3);
    expect(some.contacts()).toHaveLength(2);
  });
});

describe("what is too large for a record", () => {
  it("is not merged, and counted", () => {
    const many = packFrom(`
pack: many
version: 1
events: { visit: { page: "*" } }
measures: { paths: { distinct: visit, of: properties.path, limit: 1000 } }
`);
    const here = town({ packs: [many], settings: { limits: { record_bytes: 4096 } } });
    for (let i = 0; i < 1000; i += 100)
      here.send(START + i * HOUR, ...Array.from({ length: 100 }, (_, at) => ({ ...visit({ anonymousId: "a" }), properties: { path: `/${i + at}` } })));
    here.send(START + 1000 * HOUR, { type: "identify", userId: "u", anonymousId: "a" });
    here.send(START + 1001 * HOUR, { type: "identify", userId: "u", anonymousId: "a" });
    expect(here.dropped["merge_too_large"]).toBe(1);
    expect(here.view("anon:a").packs.many.measures.paths).toBe(1000);
    expect(here.view("u").packs.many.measures.paths).toBe(0);
    const long = town({ settings: { limits: { record_bytes: 4096 } } });
    long.send(START, { type: "identify", userId: "u", anonymousId: "a" });
    long.send(START + HOUR, { ...visit({ anonymousId: "a" }), properties: { text: "x".repeat(5000) } });
    expect(long.outcomes).toMatchObject({ applied: 1, deadLetter: 1 });
  });
});

describe("any ties in any order", () => {
  it.each(Array.from({ length: 8 }, (_, seed) => seed + 1))("lose and double nothing (seed %i)", (seed) => {
    let state = (seed * 2_654_435_761) >>> 0;
    const dice = (sides: number): number => {
      state ^= state << 13;
      state >>>= 0;
      state ^= state >>> 17;
      state ^= state << 5;
      state >>>= 0;
      return state % sides;
    };
    const id = (): Record<string, string> => (dice(2) === 0 ? { userId: `u${dice(4)}` } : { anonymousId: `a${dice(4)}` });
    const here = town({ lag: [1, 3, 10, 1000][dice(4)] as number, settings: { identity: { ties: "all", two_users: dice(2) === 0 ? "merge" : "refuse" } } });
    let fed = 0;
    for (let i = 0; i < 120; i++) {
      const events = Array.from({ length: 1 + dice(3) }, () => {
        if (dice(10) < 6) return visit(id());
        if (dice(2) === 0) return { ...visit({ userId: `u${dice(4)}`, anonymousId: `a${dice(4)}` }) };
        return { type: "alias", previousId: dice(2) === 0 ? `u${dice(4)}` : `a${dice(4)}`, userId: `u${dice(4)}` };
      });
      fed += events.filter(({ type }) => type === "page").length;
      here.send(START + i * HOUR, ...events);
      if (dice(25) === 0) here.restart();
    }
    here.settle();
    expect(here.contacts().reduce((sum, view) => sum + (shop(view).measures["visits"] as number), 0)).toBe(fed);
    expect(foldLog(here.log, 3, 17)).toEqual(foldLog(here.log, 1, 1));
  });
});
