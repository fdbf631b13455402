import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { runScript } from "../support/script.ts";

const PACK = packFrom(`
pack: p
version: 1
events:
  rated: { track: Rated, value: properties.stars }
  viewed: Viewed
  plan: Plan
measures:
  stars: { latest: rated }
  first_stars: { earliest: rated }
  plan: { latest: plan, of: properties.name }
  trial: { latest: plan, of: properties.trial, type: bool }
  seats: { latest: plan, of: properties.seats, type: number }
  kinds: { distinct: viewed, of: properties.kind, limit: 3 }
  kinds_3d: { distinct: viewed, of: properties.kind, window: 3d, limit: 2 }
  topic: { top: viewed, of: properties.kind }
  topics: { top: viewed, of: properties.kind, keep: 2 }
audiences:
  unhappy: stars <= 2
  on_pro: 'plan == "pro"'
  trying: trial
  not_trying: '!trial'
  planless: missing(plan)
  big: seats > 10
  into_shoes: 'topic == "shoes"'
  has_hats: '"hats" in topics'
  topicless: missing(topics)
  curious: kinds_3d >= 2
triggers:
  tell: { event: rated, channel: crm, message: m, carry: [stars, plan, topics, trial] }
`);

describe("latest and earliest", () => {
  it("go by event time; of two at one moment the latest is the later in the log, the earliest the earlier", () => {
    runScript(
      [PACK],
      `
      1d c1 track Plan {} -> in planless, stars missing
      5d c1 track Rated {"stars": 2} -> stars 2, first_stars 2, in unhappy
      5d c1 @3d track Rated {"stars": 4} -> stars 2, first_stars 4
      5d c1 @3d track Rated {"stars": 3} -> first_stars 4
      5d c1 track Rated {"stars": "4.5"} -> stars 4.5, out unhappy
      6d c1 track Rated {"stars": "many"} -> stars 4.5
      `,
    );
  });

  it("keep texts, numbers and truths, each only of its type", () => {
    const fold = runScript(
      [PACK],
      `
      0d c1 track Plan {"name": "pro", "trial": true, "seats": 11} -> plan pro, in on_pro, in trying, in big, out planless
      1d c1 track Plan {"name": null, "trial": "no", "seats": "x"} -> plan pro, in trying, seats 11
      1d c1 track Plan {"name": 7, "trial": false, "seats": 3} -> in not_trying, out trying, out big
      `,
    );
    expect(fold.dropped.value_missing).toBe(3);
    expect(fold.view("c1").packs.p.measures).toMatchObject({ plan: "7", trial: false, seats: 3 });
  });

  it("do not keep a text that is too long, and count it", () => {
    const fold = runScript([PACK], `0d c1 track Plan {"name": "pro"}\n1d c1 track Plan {"name": "${"é".repeat(129)}"} -> plan pro`);
    expect(fold.dropped.text_too_long).toBe(1);
  });

  it("are carried as they are", () => {
    const fold = runScript(
      [PACK],
      '0d c1 track Plan {"name": "pro"}\n0d c1 track Viewed {"kind": "hats"}\n0d c1 track Viewed {"kind": "shoes"}\n1d c1 track Rated {"stars": 5} -> triggers tell',
    );
    expect(fold.effects.at(-1)?.body.data.contact.carry).toEqual({ stars: 5, plan: "pro", topics: ["shoes", "hats"], trial: null });
  });
});

describe("distinct", () => {
  it("counts different values, up to its limit", () => {
    const fold = runScript(
      [PACK],
      `
      0d c1 track Viewed {"kind": "hats"} -> kinds 1
      0d c1 track Viewed {"kind": "hats"} -> kinds 1
      0d c1 track Viewed {"kind": 7} -> kinds 2
      0d c1 track Viewed {"kind": "7"} -> kinds 2
      0d c1 track Viewed {"kind": {"a": 1}} -> kinds 2
      0d c1 track Viewed {"kind": true} -> kinds 3
      0d c1 track Viewed {"kind": "more"} -> kinds 3
      0d c1 track Viewed {"kind": "hats"} -> kinds 3
      `,
    );
    expect(fold.dropped.distinct_full).toBe(3);
  });

  it("forgets a value when its last bucket leaves the window, and says so on time", () => {
    runScript(
      [PACK],
      `
      0d   c1 track Viewed {"kind": "a"} -> kinds_3d 1
      1d   c1 track Viewed {"kind": "b"} -> kinds_3d 2, in curious
      2d   c1 track Viewed {"kind": "a"} -> kinds_3d 2
      2d   c1 track Viewed {"kind": "c"} -> kinds_3d 2
      3d23h59m59s999ms ADVANCE -> c1 in curious
      4d   ADVANCE -> c1 kinds_3d 1, c1 out curious, c1 moves -curious
      4d   c1 track Viewed {"kind": "c"} -> kinds_3d 2
      4d   c1 @1d track Viewed {"kind": "d"} -> kinds_3d 2
      5d   ADVANCE -> c1 kinds_3d 1
      `,
    );
  });
});

describe("top", () => {
  it("gives the most frequent values, and of those that are level the one that came last first", () => {
    runScript(
      [PACK],
      `
      0d c1 track Viewed {"kind": "hats"} -> topic hats, in has_hats, out topicless
      0d c1 track Viewed {"kind": "shoes"} -> topic shoes, in into_shoes, in has_hats
      0d c1 track Viewed {"kind": "bags"} -> topic bags, out has_hats
      0d c1 track Viewed {"kind": "hats"} -> topic hats, in has_hats
      0d c1 track Viewed {} -> topic hats
      0d c2 track Rated {"stars": 1} -> in topicless, out has_hats
      `,
    );
  });

  it("counts 32 values at a time: another takes the place and the count of the least frequent", () => {
    const fill = Array.from({ length: 32 }, (_, i) => `0d c1 track Viewed {"kind": "k${i}"}`).join("\n");
    const fold = runScript(
      [PACK],
      `${fill}\n0d c1 track Viewed {"kind": "k0"}\n0d c1 track Viewed {"kind": "new"} -> topic new\n0d c1 track Viewed {"kind": "k1"} -> topic k1\n0d c1 track Viewed {"kind": "k1"} -> topic k1`,
    );
    expect(fold.view("c1").packs.p.measures).toMatchObject({ topic: "k1", topics: ["k1", "new"] });
  });
});
