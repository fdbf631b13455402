import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { runScript } from "../support/script.ts";

const PACK = packFrom(`
pack: p
version: 4
events: { a: { track: A, value: properties.v } }
traits: { size: number }
measures: { n: { count: a, window: 2d }, total: { sum: a }, least: { min: a }, last_a: { last: a } }
scores: { s: { decay: { half_life: 1d }, points: { a: 10 } } }
bands: { pace: { of: days_since(last_a), at: { quick: 0, slow: 5 } } }
audiences: { many: n >= 2, big: traits.size >= 10 }
segments: { among: n >= 1, list: [{ all_of_them: else }] }
stages: { order: [x, y], moves: [{ to: y, from: x, if: n >= 2 }] }
`);
const BARE = packFrom("pack: bare\nversion: 1\nevents: { a: A }\n");

describe("a contact, as it is shown", () => {
  it("has what each pack has, at log time", () => {
    const fold = runScript([PACK, BARE], '1h c1 track A {"v": 1.23456}\n2h c1 track A {"v": -2}\n1d2h c2 track A');
    expect(fold.view("c1")).toEqual({
      contact: { id: "c1", kind: "user", alsoKnownAs: [], generation: 4 },
      firstSeen: "2026-01-01T01:00:00.000Z",
      lastSeen: "2026-01-01T02:00:00.000Z",
      packs: {
        bare: { version: 1, nextDeadline: null },
        p: {
          version: 4,
          nextDeadline: "2026-01-03T01:00:00.000Z",
          stage: { name: "y", since: "2026-01-01T02:00:00.000Z", previous: "x", sequence: 4 },
          segment: { name: "all_of_them", since: "2026-01-01T01:00:00.000Z" },
          scores: { s: { value: 9.86, points: { a: 9.86 } } },
          bands: { pace: "quick" },
          audiences: ["many"],
          measures: { n: 2, total: -0.7654, least: -2, last_a: "2026-01-01T02:00:00.000Z" },
        },
      },
    });
  });

  it("leaves out what is missing, and says where the contact is in no segment", () => {
    const view = runScript([PACK], "0d anon:c1 track Other").view("anon:c1");
    expect(view).toMatchObject({
      contact: { id: "c1", kind: "anonymous" },
      packs: { p: { segment: null, bands: { pace: null }, audiences: [], measures: { n: 0, total: 0 } } },
    });
    expect(view.packs.p.stage).toEqual({ name: "x", since: "2026-01-01T00:00:00.000Z", previous: null, sequence: 1 });
    expect(Object.keys(view.packs.p.measures)).toEqual(["n", "total"]);
  });

  it("is nothing for an unknown contact", () => {
    const fold = runScript([PACK], "0d c1 track A");
    expect(fold.view("c2")).toBeNull();
    expect(fold.view("anon:c1")).toBeNull();
  });
});
