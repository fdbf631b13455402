import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { type Fold, runScript, START } from "../support/script.ts";

const HEAD = `
pack: p
version: 1
events: { a: A, b: B, c: C, ab: { track: [A, B] }, cart: { track: Cart, key: properties.id } }
traits: { plan: string, size: number }
measures: { n_a: { count: a }, n_a_2d: { count: a, window: 2d }, last_a: { last: a }, n_b: { count: b } }
scores: { s: { decay: { half_life: 1d }, points: { a: 40, b: { add: -30, decay: none } } } }
audiences: { big: traits.size >= 10, vast: traits.size >= 100 }
segments: { list: [{ few: n_a <= 1 }, { many: else }] }
stages:
  order: [x, y, z, w]
  moves:
    - { to: y, from: x, event: c }
    - { to: z, from: y, if: n_b >= 1 }
    - { to: x, from: z, event: a }
    - { to: w, event: cart, if: n_b >= 5 }
triggers:
`;
const pack = (...triggers: string[]) =>
  packFrom(`${HEAD}${triggers.map((trigger) => `  ${trigger.replace(/ \}$/, ", channel: web, message: m }")}\n`).join("")}`);
const fired = (fold: Fold, name: string) => fold.effects.filter((effect) => effect.body.data.trigger === name);
const keys = (fold: Fold, name: string) => fired(fold, name).map((effect) => effect.body.data.key);

describe("enter and leave", () => {
  it("fire on transitions of any axis, with their number as occasion", () => {
    const fold = runScript(
      [pack("in_y: { enter: y }", "in_big: { enter: big }", "out_big: { leave: big }", "in_many: { enter: many }", "out_x: { leave: [x, few] }")],
      `
      0d c1 identify {"size": 10} -> triggers in_big
      0d c1 track C -> triggers in_y out_x
      0d c1 identify {"size": 1} -> triggers out_big
      0d c1 track A -> triggers none
      0d c1 track A -> triggers in_many out_x
      `,
    );
    // 1 x, 2 +big, 3 few, 4 y, 5 -big, 6 many
    expect(fired(fold, "in_big")[0]?.body.data).toMatchObject({
      key: "p/in_big/c1/2",
      sequence: 1,
      was: { in: false },
      because: { cause: "event", checks: [{ if: "traits.size >= 10", value: 10 }] },
    });
    expect(keys(fold, "out_x")).toEqual(["p/out_x/c1/4", "p/out_x/c1/6"]);
    expect(fired(fold, "in_y")[0]?.subject).toBe("tidemark.triggers.web.p.in_y.0");
  });

  it("ask where the contact came from and where it stands, after all has moved", () => {
    runScript(
      [pack("from_x: { enter: [y, z], from: x }", "from_y: { leave: y }", "inside: { enter: y, in: [big] }", "fits: { enter: y, if: n_a >= 1 }")],
      `
      0d c1 track C -> triggers from_x
      0d c2 identify {"size": 10}
      0d c2 track A
      0d c2 track C -> triggers from_x inside fits
      0d c2 track B -> triggers from_y
      `,
    );
  });

  it("take the last place entered of several, and the first left", () => {
    const fold = runScript(
      [pack("enters: { enter: [y, z, big] }", "leaves: { leave: [x, y] }")],
      `
      0d c1 track B
      0d c1 track C -> moves y z, triggers enters leaves
      `,
    );
    // x 1, few 2, y 3, z 4
    expect(keys(fold, "enters")).toEqual(["p/enters/c1/4"]);
    expect(keys(fold, "leaves")).toEqual(["p/leaves/c1/3"]);
  });

  it("withhold what was only passed through: counted in sequence, not for repeat", () => {
    const fold = runScript(
      [pack("once: { enter: y, repeat: never }", "other: { enter: y, if: n_a >= 1 }", "next: { enter: z }")],
      `
      0d c1 track B
      0d c1 track C -> moves y z, triggers ~once next
      1d c1 track A -> stage x
      2d c2 track C -> triggers once
      `,
    );
    expect(fold.effects.filter((effect) => effect.body.data.trigger !== undefined).map((effect) => [effect.subject, effect.body.data.sequence])).toEqual([
      ["tidemark.withheld.passed_through.p.once.0", 1],
      ["tidemark.triggers.web.p.next.0", 2],
      ["tidemark.triggers.web.p.once.0", 1],
    ]);
    expect(fold.effects.find((effect) => effect.subject.includes("withheld"))?.body.data.reason).toBe("passed_through");
  });

  it("do not count a withheld one for `repeat`", () => {
    const moves =
      "stages: { order: [x, y, z], moves: [{ to: y, from: x, event: c }, { to: z, from: y, if: n_b >= 1 && n_a == 0 }, { to: x, from: z, event: a }] }";
    const once = packFrom(`${HEAD.replace(/stages:[\s\S]*triggers:/, `${moves}\ntriggers:`)}  once: { enter: y, repeat: never, channel: web, message: m }\n`);
    runScript(
      [once],
      `
      0d c1 track B
      0d c1 track C -> stage z, triggers ~once
      1d c1 track A -> stage x
      1d c1 track C -> stage y, triggers once
      `,
    );
  });
});

describe("`after` an entry or a departure", () => {
  it("fires if the stay was not broken", () => {
    const fold = runScript(
      [pack("stayed: { enter: big, after: 2d }", "gone: { leave: big, after: 1d }")],
      `
      0d  c1 identify {"size": 10}
      1d  c1 identify {"size": 1}
      1d  c1 identify {"size": 10}
      2d  ADVANCE -> c1 triggers none
      3d  ADVANCE -> c1 triggers stayed
      4d  c1 identify {"size": 1}
      4d12h c1 identify {"size": 10}
      4d13h c1 identify {"size": 1}
      5d12h ADVANCE -> c1 triggers none
      5d13h ADVANCE -> c1 triggers gone
      `,
    );
    // x 1, +big 2, few 3, -big 4, +big 5, -big 6, +big 7, -big 8
    expect(fired(fold, "stayed")[0]?.body).toMatchObject({
      time: "2026-01-04T00:00:00.000Z",
      data: { key: "p/stayed/c1/5", was: { in: false }, because: { cause: "time", after: "2d", since: "2026-01-02T00:00:00.000Z" } },
    });
    expect(keys(fold, "gone")).toEqual(["p/gone/c1/8"]);
  });

  it("is asked for `in` and `if` at the occasion and when it fires", () => {
    runScript(
      [pack("stayed: { enter: big, after: 2d, if: n_b == 0 }")],
      `
      0d c1 identify {"size": 10}
      1d c1 track B
      2d ADVANCE -> c1 triggers none
      2d c2 track B
      2d c2 identify {"size": 10}
      4d ADVANCE -> c2 triggers none
      `,
    );
  });

  it("lets a new occasion replace the pending one", () => {
    const fold = runScript(
      [pack("stayed: { enter: [big, vast], after: 2d }")],
      `
      0d c1 identify {"size": 10}
      1d c1 identify {"size": 100}
      2d ADVANCE -> c1 triggers none
      3d ADVANCE -> c1 triggers stayed
      `,
    );
    expect(fired(fold, "stayed")).toHaveLength(1);
  });

  it("never begins for a stage that was passed through, and leaves alone what was pending", () => {
    const fold = runScript(
      [pack("stayed: { enter: [y, big], after: 2d }")],
      `
      0d c1 identify {"size": 10}
      0d c1 track B
      1d c1 track C -> moves y z
      2d ADVANCE -> c1 triggers stayed
      4d ADVANCE -> c1 triggers none
      `,
    );
    // +big is the contact's second transition.
    expect(keys(fold, "stayed")).toEqual(["p/stayed/c1/2"]);
  });

  it("ends one absence and begins the next in one instant, in the order of the steps", () => {
    runScript(
      [pack("gone: { leave: [x, y], after: 1d }")],
      `
      0d  c1 track C -> stage y
      12h c1 track B -> stage z
      1d  ADVANCE -> c1 triggers none
      1d12h ADVANCE -> c1 triggers gone
      2d  c1 track A -> stage x
      2d  c1 track C -> stage z, moves y z
      3d  ADVANCE -> c1 triggers gone
      `,
    );
  });

  it("fires at the very moment the stay would end later, and not when it ends at that moment", () => {
    runScript(
      [
        packFrom(
          `${HEAD.replace("audiences: {", "audiences: { recent: days_since(last_a) < 2, short: days_since(last_a) < 2.5, ")}  to_edge: { enter: recent, after: 2d, channel: web, message: m }\n  within: { enter: short, after: 2d, channel: web, message: m }\n`,
        ),
      ],
      `
      0d c1 track A
      3d ADVANCE -> c1 triggers within
      `,
    );
  });
});

describe("event", () => {
  it("fires for each, with the messageId or the place in the log as occasion", () => {
    const fold = runScript(
      [pack("each: { event: a, carry: [event.properties.v, plan, n_a] }")],
      `
      0d c1 track A {"$messageId": "one", "v": {"deep": [1, "é"]}} -> triggers each
      0d c1 track A {"$messageId": "one"} -> triggers none
      0d c1 track A {"$messageId": null} -> triggers each
      0d c1 track A {"$messageId": null} -> triggers each
      `,
    );
    expect(keys(fold, "each")[0]).toBe("p/each/c1/one");
    expect(keys(fold, "each")[1]).toMatch(/^p\/each\/c1\/\d+\.0$/);
    expect(new Set(keys(fold, "each")).size).toBe(3);
    expect(fired(fold, "each").map((effect) => effect.body.data.contact.carry)).toEqual([
      { v: { deep: [1, "é"] }, plan: null, n_a: 1 },
      { v: null, plan: null, n_a: 2 },
      { v: null, plan: null, n_a: 3 },
    ]);
    expect(fired(fold, "each")[0]?.body.data.because).toMatchObject({ cause: "event", event: "a", messageId: "one" });
  });

  it("carries moments as milliseconds, where a view of the contact shows a time", () => {
    const dated = packFrom(
      `${HEAD.replace("size: number", "size: number, renews: date")}  each: { event: a, carry: [last_a, renews], channel: web, message: m }\n`,
    );
    const fold = runScript([dated], '1h c1 identify {"renews": "2026-02-01"}\n2h c1 track A -> triggers each');
    expect(fired(fold, "each")[0]?.body.data.contact.carry).toEqual({ last_a: START + 2 * 3_600_000, renews: Date.UTC(2026, 1, 1) });
    expect(fold.view("c1")?.packs.p.measures.last_a).toBe("2026-01-01T02:00:00.000Z");
  });

  it("names the first of its list that the message is", () => {
    const fold = runScript([pack("each: { event: [ab, a] }")], "0d c1 track A -> triggers each");
    expect(fired(fold, "each")[0]?.body.data.because.event).toBe("ab");
  });

  it("keeps the first pending occasion with `after`, counted from event time", () => {
    const fold = runScript(
      [pack("later: { event: a, after: 1d }")],
      `
      1d  c1 @12h track A {"$messageId": "one"}
      1d1h c1 track A {"$messageId": "two"}
      1d11h ADVANCE -> c1 triggers none
      1d12h ADVANCE -> c1 triggers later
      1d13h c1 track A {"$messageId": "three"}
      5d ADVANCE -> c1 triggers later
      `,
    );
    expect(keys(fold, "later")).toEqual(["p/later/c1/one", "p/later/c1/three"]);
    expect(fired(fold, "later")[0]?.body.data.because).toMatchObject({
      cause: "time",
      event: "a",
      messageId: "one",
      after: "1d",
      occurredAt: "2026-01-01T12:00:00.000Z",
    });
  });

  it("is never made up for", () => {
    runScript(
      [pack("later: { event: a, after: 1d }")],
      `
      3d c1 track B
      3d c1 @2d track A
      3d c1 @1d track A
      9d ADVANCE -> c1 triggers none
      9d c1 @8d1ms track A
      9d1ms ADVANCE -> c1 triggers later
      `,
    );
  });

  it("carries all of it at once, and when it has to wait what fits; the rest is counted", () => {
    const big = "x".repeat(60);
    const fold = runScript(
      [
        pack(
          "at_once: { event: a, carry: [event.properties.u, event.properties.v] }",
          "later: { event: a, after: 1h, carry: [event.properties.u, event.properties.v] }",
        ),
      ],
      `
      0d c1 track A {"u": "${big}", "v": 1}
      1d ADVANCE -> c1 triggers later
      `,
      { limits: { carry_bytes: 64 } },
    );
    expect(fired(fold, "at_once")[0]?.body.data.contact.carry).toEqual({ u: big, v: 1 });
    expect(fired(fold, "later")[0]?.body.data.contact.carry).toEqual({ u: null, v: 1 });
    expect(fold.dropped).toEqual({ carry_too_large: 1 });
  });

  it("carries up to exactly the limit", () => {
    // {"u":"…"} is 8 bytes and the text.
    const run = (length: number) =>
      runScript([pack("later: { event: a, after: 1h, carry: [event.properties.u] }")], `0d c1 track A {"u": "${"x".repeat(length)}"}`, {
        limits: { carry_bytes: 64 },
      });
    expect(run(56).dropped).toEqual({});
    expect(run(57).dropped).toEqual({ carry_too_large: 1 });
  });
});

describe("rises and falls", () => {
  it("fire when the threshold is crossed, by an event or by time, at the exact moment", () => {
    const fold = runScript(
      [pack("up: { rises: { s: 40 }, repeat: always }", "down: { falls: { s: 20 }, repeat: always }")],
      `
      0d c1 track A -> triggers up
      12h c1 track C -> triggers none
      23h59m59s999ms ADVANCE -> c1 triggers none
      2d ADVANCE -> c1 triggers down
      2d c1 track A -> triggers up
      `,
    );
    expect(fired(fold, "down")[0]?.body).toMatchObject({
      time: "2026-01-02T00:00:00.001Z",
      data: { because: { cause: "time", checks: [{ if: "s < 20", value: 20 }] } },
    });
    const crossing = Date.parse("2026-01-02T00:00:00.001Z");
    expect(keys(fold, "down")).toEqual([`p/down/c1/${crossing}`]);
  });

  it("fire once per contact by default", () => {
    runScript(
      [pack("up: { rises: { n_a_2d: 1 } }")],
      `
      0d c1 track A -> triggers up
      3d c1 track A -> triggers none
      `,
    );
  });

  it("do not fire for what is passed within one touch, nor at birth for `falls`", () => {
    runScript(
      [
        packFrom(
          `${HEAD.replace("{ to: y, from: x, event: c }", "{ to: y, from: x, event: a, reset: s }")}  up: { rises: { s: 40 }, channel: web, message: m }\n  down: { falls: { s: 20 }, channel: web, message: m }\n`,
        ),
      ],
      "0d c1 track A -> s 0, triggers none\n1d c1 track A -> triggers up",
    );
  });

  it("wait out `for` without a break", () => {
    const fold = runScript(
      [pack("up: { rises: { s: 40 }, for: 6h, repeat: always }")],
      `
      0d  c1 track A
      6h  ADVANCE -> c1 triggers none
      1d  c1 track A
      1d1h c1 track A
      1d7h ADVANCE -> c1 triggers up
      `,
    );
    // 60 at day 1; it was not below 40 before 1d1h, when another 40 came.
    expect(fired(fold, "up")[0]?.body).toMatchObject({
      time: "2026-01-02T06:00:00.000Z",
      data: { key: `p/up/c1/${Date.parse("2026-01-02T00:00:00Z")}`, because: { for: "6h" } },
    });
  });

  it("end `for` at the moment at which the value leaves", () => {
    runScript([pack("up: { rises: { n_a_2d: 1 }, for: 2d }", "up2: { rises: { n_a_2d: 1 }, for: 47h }")], "0d c1 track A\n4d ADVANCE -> c1 triggers up2");
  });

  it("fall to below from a missing value never, from a real one yes", () => {
    const least = HEAD.replace("n_b: { count: b }", "n_b: { count: b }, least: { min: a, of: properties.v }");
    runScript(
      [packFrom(`${least}  down: { falls: { least: 5 }, channel: web, message: m }\n  up: { rises: { least: 5 }, channel: web, message: m }\n`)],
      `
      0d c1 track B -> triggers none
      0d c1 track A {"v": 7} -> triggers up
      0d c1 track A {"v": 4} -> triggers down
      `,
    );
  });
});

describe("silent", () => {
  it("begins at birth or with the last E by event time, and fires once each", () => {
    const fold = runScript(
      [pack("quiet: { silent: a, for: 3d }")],
      `
      0d c1 track B
      3d ADVANCE -> c1 triggers quiet
      9d ADVANCE -> c1 triggers none
      10d c1 @9d track A -> triggers none
      10d c1 @8d track A
      11d23h59m59s999ms ADVANCE -> c1 triggers none
      12d ADVANCE -> c1 triggers quiet
      `,
    );
    expect(keys(fold, "quiet")).toEqual([`p/quiet/c1/${Date.parse("2026-01-04T00:00:00Z")}`, `p/quiet/c1/${Date.parse("2026-01-13T00:00:00Z")}`]);
    expect(fired(fold, "quiet")[1]?.body.data.because).toMatchObject({ cause: "time", silent: "a", for: "3d", since: "2026-01-10T00:00:00.000Z" });
  });

  it("is spent when its moment comes, whether or not it may fire", () => {
    runScript(
      [pack("quiet: { silent: a, for: 3d, in: [big] }")],
      `
      0d c1 track A
      3d ADVANCE -> c1 triggers none
      4d c1 identify {"size": 10} -> triggers none
      5d c1 track A
      8d ADVANCE -> c1 triggers quiet
      `,
    );
  });

  it("is not made up for when a late E ends in the past", () => {
    runScript(
      [pack("quiet: { silent: a, for: 3d }")],
      `
      5d c1 @1d track A -> triggers none
      8d ADVANCE -> c1 triggers none
      8d c1 @5d track A
      9d ADVANCE -> c1 triggers none
      9d c1 @6d1ms track A
      10d ADVANCE -> c1 triggers quiet
      `,
    );
  });
});

describe("started without", () => {
  const CARTS = pack("cart_left: { started: cart, without: [b, c], within: 1h, carry: [event.properties.id] }");

  it("keeps the newest, and its key is the occasion", () => {
    const fold = runScript(
      [CARTS],
      `
      0d      c1 track Cart {"id": "k1"}
      30m     c1 track Cart {"id": 7}
      40m     c1 @20m track Cart {"id": "older"}
      50m     c1 @30m track Cart {"id": "equal"}
      1h30m   ADVANCE -> c1 triggers cart_left
      3h      ADVANCE -> c1 triggers none
      3h      c1 track Cart {"$messageId": "mid"}
      4h      ADVANCE -> c1 triggers cart_left
      `,
    );
    expect(keys(fold, "cart_left")).toEqual(["p/cart_left/c1/equal", "p/cart_left/c1/mid"]);
    expect(fired(fold, "cart_left")[0]?.body.data).toMatchObject({
      contact: { carry: { id: "equal" } },
      because: { started: "cart", without: "b", within: "1h" },
    });
  });

  it("is ended by an F that is not before it, and not begun by an E that is not after the last F", () => {
    runScript(
      [CARTS],
      `
      1d      c1 track Cart
      1d10m   c1 @23h track B
      1d1h    ADVANCE -> c1 triggers cart_left
      2d      c1 track Cart
      2d10m   c1 @2d track C
      2d1h    ADVANCE -> c1 triggers none
      2d1h    c1 @2d track Cart
      2d1h    c1 @1d23h59m track Cart
      2d2h    ADVANCE -> c1 triggers none
      2d2h    c1 @1d23h track B
      2d2h    c1 @1d23h30m track Cart
      2d3h    ADVANCE -> c1 triggers none
      2d3h    c1 @2d2h1ms track Cart
      2d4h    ADVANCE -> c1 triggers cart_left
      `,
    );
  });

  it("is dropped where the time is over when it comes", () => {
    runScript([CARTS], "1d c1 @23h track Cart\n2d ADVANCE -> c1 triggers none\n2d c1 @1d23h1ms track Cart\n2d1ms ADVANCE -> c1 triggers cart_left");
  });

  it("is ended by a message that is both", () => {
    runScript(
      [pack("left: { started: ab, without: b, within: 1h }")],
      "0d c1 track B\n1h ADVANCE -> c1 triggers none\n1h c1 track A\n2h ADVANCE -> c1 triggers left",
    );
  });
});

describe("repeat", () => {
  it("by time counts from when it fired last", () => {
    runScript(
      [pack("each: { event: a, repeat: 1d }")],
      `
      0d c1 track A -> triggers each
      12h c1 track A -> triggers none
      23h59m59s999ms c1 track A -> triggers none
      1d c1 track A -> triggers each
      1d12h c1 track A -> triggers none
      `,
    );
  });

  it("is asked when it fires, so a pending one may come too soon", () => {
    runScript(
      [pack("later: { event: a, after: 1h, repeat: 1d }")],
      `
      0d c1 track A
      1h ADVANCE -> c1 triggers later
      2h c1 track A
      3h ADVANCE -> c1 triggers none
      1d c1 track A
      1d1h ADVANCE -> c1 triggers later
      `,
    );
  });

  it("never is per contact, and anonymous contacts are others", () => {
    runScript(
      [pack("each: { event: a, repeat: never }")],
      "0d c1 track A -> triggers each\n0d c1 track A -> triggers none\n0d anon:c1 track A -> triggers each",
    );
  });
});

describe("order", () => {
  it("gives all transitions of all packs, then all triggers, packs by name and triggers as they stand in the pack", () => {
    const second = packFrom(
      `pack: a_first\nversion: 1\nevents: { a: A }\nstages: { order: [one, two], moves: [{ to: two, from: one, event: a }] }\ntriggers: { t2: { enter: two, channel: web, message: m }, t1: { event: a, channel: web, message: m } }\n`,
    );
    const fold = runScript([pack("z1: { event: a }", "a1: { event: a }"), second], "0d c1 track A");
    expect(fold.effects.map((effect) => effect.body.data.trigger ?? effect.body.data.to)).toEqual(["one", "two", "x", "few", "t2", "t1", "z1", "a1"]);
    expect(fold.effects.map((effect) => effect.identity.split("-").at(-1))).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
    expect(fold.effects[4]?.body.data).toMatchObject({ sequence: 1, also: { p: { stage: "x", segment: "few" } } });
  });
});
