// Forgetting somebody who is known by several ids: whatever leads to them goes with them, also what is on its way.

import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { Town, type TownOptions } from "../support/town.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const HOUR = 3_600_000;
const PACK = packFrom('pack: shop\nversion: 1\nevents: { visit: { page: "*" } }\nmeasures: { visits: { count: visit } }\n');

const town = (options: Partial<TownOptions> = {}): Town => new Town({ packs: [PACK], ...options });
const at = (hour: number) => new Date(START + hour * HOUR).toISOString();
const visit = (ids: Record<string, string>, hour?: number) => ({ type: "page", name: "Home", ...ids, ...(hour === undefined ? {} : { timestamp: at(hour) }) });
const BOTH = { userId: "person-one", anonymousId: "visitor-one" };
const visits = (here: Town, contact: string) => here.view(contact)?.packs.shop.measures.visits ?? null;

describe("a person with several ids", () => {
  it("is gone under all of them, and does not come back by what was done before, nor by who said then that they are one", () => {
    const here = town();
    here.send(START, visit({ anonymousId: "visitor-one" }));
    here.send(START + HOUR, visit(BOTH));
    here.send(START + HOUR, visit({ userId: "person-two", anonymousId: "visitor-two" }));
    here.forget("person-one", "anon:visitor-one");
    expect([here.view("person-one"), here.view("anon:visitor-one")]).toEqual([null, null]);
    expect(here.stored().includes("-one")).toBe(false);
    here.send(START + 2 * HOUR, visit(BOTH, 1), visit({ anonymousId: "visitor-one" }, 0), visit({ userId: "person-two" }));
    expect(here.stored().includes("-one")).toBe(false);
    expect(here.outcomes).toMatchObject({ forgotten: 2 });
    here.send(START + 3 * HOUR, visit({ anonymousId: "visitor-one" }), visit({ anonymousId: "visitor-two" }));
    expect([visits(here, "anon:visitor-one"), visits(here, "person-two")]).toEqual([1, 3]);
    here.send(START + 4 * HOUR, visit(BOTH));
    expect([visits(here, "person-one"), here.view("anon:visitor-one")]).toEqual([2, { redirect: { kind: "user", id: "person-one" } }]);
  });

  it("is led to by nothing, whatever names the request did not know", () => {
    const here = town();
    here.send(START, visit(BOTH), visit({ userId: "person-one", anonymousId: "phone-one" }), visit({ userId: "person-two", anonymousId: "phone-one" }));
    here.forget("person-one");
    expect(here.stored().includes("person-one")).toBe(false);
    expect([here.view("anon:visitor-one"), here.view("anon:phone-one")]).toEqual([null, { redirect: { kind: "user", id: "person-two" } }]);
    here.send(START + HOUR, visit({ anonymousId: "visitor-one" }));
    expect(visits(here, "anon:visitor-one")).toBe(1);
  });

  it("is forgotten with what is on its way, whether or not the engine begins again in between", () => {
    const digests = [false, true].map((restarts) => {
      const here = town({ lag: 1000 });
      here.send(START, visit({ anonymousId: "visitor-one" }), visit({ anonymousId: "visitor-two" }));
      here.send(START + HOUR, visit(BOTH), visit({ userId: "person-two", anonymousId: "visitor-two" }));
      here.send(START + HOUR, visit({ anonymousId: "visitor-one" }));
      here.forget("person-one", "anon:visitor-one");
      expect(here.stored().includes("-one")).toBe(false);
      const asked = here.log.length;
      if (restarts) here.restart();
      here.settle();
      expect(here.log.length).toBeGreaterThan(asked);
      expect(here.log.slice(asked).some(({ data }) => Buffer.from(data).includes("-one"))).toBe(false);
      expect([here.view("person-one"), visits(here, "person-two")]).toEqual([null, 2]);
      expect(here.stored().includes("-one")).toBe(false);
      // The numbers of the pairs go on.
      here.send(START + 2 * HOUR, visit(BOTH), visit({ anonymousId: "visitor-one" }), visit({ anonymousId: "visitor-two" }));
      here.settle();
      expect([visits(here, "person-one"), visits(here, "person-two")]).toEqual([2, 3]);
      return here.digest();
    });
    expect(digests[0]).toBe(digests[1]);
  });
});
