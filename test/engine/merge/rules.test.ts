// What each part of a pack and of a policy does when two contacts turn out to be one person.

import { describe, expect, it } from "vitest";
import { packFrom } from "../../support/pack.ts";
import { Town, type TownOptions } from "../../support/town.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const EVENTS = 'events: { visit: { page: "*" }, act: { track: Acted }, buy: { track: Bought, value: properties.revenue, key: properties.order } }\n';

const pack = (text: string) => packFrom(`pack: p\nversion: 1\n${EVENTS}${text}`);
const town = (text: string, options: Partial<TownOptions> = {}): Town => new Town({ packs: [pack(text)], ...options });
const page = (ids: object) => ({ type: "page", name: "Home", ...ids });
const track = (event: string, ids: object, properties: object = {}) => ({ type: "track", event, properties, ...ids });
const A = { anonymousId: "a" };
const U = { userId: "u" };
const BOTH = { ...A, ...U };
const tie = { type: "group", groupId: "g", ...BOTH };
const part = (here: Town, who = "u") => here.view(who).packs.p;
const sent = (here: Town, type: string) =>
  here.effects.filter(({ body }) => body.type === `io.tidemark.${type}.v1` && body.subject === "u").map(({ body }) => body.data);
const keys = (here: Town) => here.effects.filter(({ body }) => body.data.key !== undefined).map(({ body }) => body.data.key);

describe("stages", () => {
  const STAGES = `measures: { visits: { count: visit } }
stages:
  order: [stranger, lead, customer]
  moves: [{ to: lead, from: stranger, event: act }, { to: customer, from: any, event: buy }]
`;

  it("the one further on stays, with its since and what was before it, told as one step", () => {
    const here = town(STAGES);
    here.send(START, page(U));
    here.send(START + HOUR, page(A), track("Acted", A));
    here.send(START + 2 * HOUR, track("Bought", A));
    here.send(START + 3 * HOUR, tie);
    expect(part(here).stage).toEqual({ name: "customer", since: "2026-01-01T02:00:00.000Z", previous: "lead", sequence: 2 });
    expect(sent(here, "transition").map(({ from, to, sequence }) => [from, to, sequence])).toEqual([
      [null, "stranger", 1],
      ["stranger", "customer", 2],
    ]);
  });

  it("nothing is told where the person is further on", () => {
    const here = town(STAGES);
    here.send(START, track("Bought", U));
    here.send(START + HOUR, page(A));
    here.send(START + 2 * HOUR, tie);
    expect(part(here).stage).toMatchObject({ name: "customer", sequence: 2 });
    expect(sent(here, "transition")).toHaveLength(2);
  });

  it("a person that was not known goes on from where the visitor stood, and its numbers go on", () => {
    const here = town(STAGES);
    here.send(START, track("Acted", A));
    here.send(START + HOUR, { type: "alias", previousId: "a", userId: "u", timestamp: "2020-01-01T00:00:00.000Z" });
    expect(here.outcomes["late"]).toBe(1);
    expect(part(here).stage).toMatchObject({ name: "lead", sequence: 2 });
    expect(sent(here, "transition")).toEqual([]);
    here.send(START + 2 * HOUR, track("Bought", U));
    expect(sent(here, "transition").map(({ to, sequence }) => [to, sequence])).toEqual([["customer", 3]]);
    expect(here.view("u").contact.kind).toBe("user");
  });
});

describe("triggers", () => {
  it("what the visitor was waiting for comes to the person, once", () => {
    const here = town("triggers:\n  cart: { started: act, without: buy, within: 5h, channel: email, message: cart }\n");
    here.send(START, track("Acted", { ...A, messageId: "began" }));
    here.send(START + HOUR, tie);
    here.advance(START + DAY);
    expect(keys(here)).toEqual(["p/cart/u/began"]);
  });

  it("what the person did ends what the visitor began", () => {
    const here = town("triggers:\n  cart: { started: act, without: buy, within: 5h, channel: email, message: cart }\n");
    here.send(START, track("Acted", A));
    here.send(START + HOUR, track("Bought", U));
    here.send(START + 2 * HOUR, tie);
    here.advance(START + DAY);
    expect(keys(here)).toEqual([]);
  });

  it("a place that the visitor had entered, and that was told, is no news; one that only the two together reach is", () => {
    const text = `measures: { visits: { count: visit } }
stages: { order: [stranger, lead, hot], moves: [{ to: lead, from: stranger, if: visits >= 2 }, { to: hot, from: lead, if: visits >= 3 }] }
triggers:
  lead_in: { enter: lead, channel: crm, message: lead }
  hot_in: { enter: hot, channel: crm, message: hot }
`;
    const here = town(text);
    here.send(START, page(A), page(A));
    expect(keys(here)).toEqual(["p/lead_in/a/2"]);
    here.send(START + HOUR, page(BOTH));
    expect(part(here).stage.name).toBe("hot");
    expect(keys(here)).toEqual(["p/lead_in/a/2", "p/hot_in/u/2"]);
    const other = town(text);
    other.send(START, page(A), page(A));
    other.send(START + HOUR, tie);
    expect(part(other).stage.name).toBe("lead");
    expect(keys(other)).toEqual(["p/lead_in/a/2"]);
  });

  it("a stay that the visitor waits out goes on under a name of its own", () => {
    const here = town(`stages: { order: [stranger, lead], moves: [{ to: lead, from: stranger, event: act }] }
triggers:
  call: { enter: lead, after: 2d, channel: crm, message: call }
`);
    here.send(START, track("Acted", A));
    here.send(START + HOUR, tie);
    here.advance(START + 5 * DAY);
    const [call] = here.effects.filter(({ body }) => body.data.trigger === "call").map(({ body }) => body);
    expect(call.data.key).toBe("p/call/u/2@a");
    expect(call.time).toBe("2026-01-03T00:00:00.000Z");
  });

  it("`repeat: never` is never for both together, and a silence is that of the later of the two", () => {
    const here = town(`measures: { visits: { count: visit } }
triggers:
  often: { rises: { visits: 2 }, channel: crm, message: often }
  gone: { silent: visit, for: 2d, channel: email, message: gone }
`);
    here.send(START, page(A), page(A));
    here.send(START + DAY, page(U));
    here.send(START + DAY + HOUR, tie);
    here.send(START + DAY + 2 * HOUR, page(U));
    here.advance(START + 10 * DAY);
    expect(keys(here).filter((key) => key.startsWith("p/often"))).toEqual([`p/often/a/${START}`]);
    expect(keys(here).filter((key) => key.startsWith("p/gone"))).toEqual([`p/gone/u/${START + 3 * DAY + 2 * HOUR}`]);
  });

  it("a series of the visitor goes on; where both have one the visitor's is taken back", () => {
    const text = `triggers:
  course: { event: act, channel: email, steps: [{ after: 0d, message: one }, { after: 1d, message: two }] }
`;
    const here = town(text);
    here.send(START, track("Acted", { ...A, messageId: "m" }));
    here.send(START + HOUR, tie);
    here.advance(START + 3 * DAY);
    expect(here.effects.map(({ body }) => [body.subject, body.data.action.message])).toEqual([
      ["a", "one"],
      ["u", "two"],
    ]);
    const two = town(text);
    two.send(START, track("Acted", { ...A, messageId: "of a" }), track("Acted", { ...U, messageId: "of u" }));
    two.send(START + HOUR, tie);
    two.advance(START + 3 * DAY);
    expect(two.effects.map(({ body }) => [body.subject, body.data.key, body.data.action.message, body.data.action.cancel ?? false])).toEqual([
      ["u", "p/course/u/of u", "one", false],
      ["a", "p/course/a/of a", "one", false],
      ["u", "p/course/u/of a", "one", true],
      ["u", "p/course/u/of u", "two", false],
    ]);
  });

  it("of two open goals the visitor's closes, and each comes out once", () => {
    const here = town("triggers:\n  offer: { event: act, goal: { event: buy, within: 5d }, channel: email, message: offer }\n");
    here.send(START, track("Acted", { ...A, messageId: "of a" }), track("Acted", { ...U, messageId: "of u" }));
    here.send(START + HOUR, tie);
    here.send(START + DAY, track("Bought", U));
    expect(sent(here, "outcome").map(({ key, outcome, because }) => [key, outcome, because.cause])).toEqual([
      ["p/offer/u/of a", "not_reached", "replaced"],
      ["p/offer/u/of u", "reached", "event"],
    ]);
  });
});

describe("a rhythm", () => {
  it("that the other has kept ends a series that has begun because it was broken, as an event that comes late does", () => {
    const series = "overdue: act, by: 1, repeat: always, channel: email, steps: [{ after: 0d, message: m0 }, { after: 2d, message: m1 }]";
    const here = town(`triggers: { t: { ${series} } }\n`);
    here.send(START, track("Acted", U));
    here.send(START + DAY, track("Acted", U));
    here.send(START + DAY + 12 * HOUR, track("Acted", A));
    here.advance(START + 2 * DAY);
    here.send(START + 2 * DAY + HOUR, tie);
    expect(sent(here, "trigger").map(({ action, because }) => [action.message, because.ended ?? null])).toEqual([
      ["m0", null],
      ["m0", "no_longer_true"],
    ]);
  });
});

describe("a threshold", () => {
  it("that the two together are beyond again ends what waits for the side, as if time had taken the value there", () => {
    const series = "steps: [{ after: 0d, message: m0 }, { after: 2d, message: m1 }]";
    const here = town(`measures: { recent: { count: act, window: 6h } }\ntriggers: { t: { falls: { recent: 1 }, channel: email, ${series} } }\n`);
    here.send(START, track("Acted", U));
    here.send(START + DAY, track("Acted", A));
    here.send(START + DAY + HOUR, tie);
    expect(sent(here, "trigger").map(({ action, because }) => [action.message, because.ended ?? null])).toEqual([
      ["m0", null],
      ["m0", "no_longer_true"],
    ]);
  });
});

describe("triggers of several places", () => {
  const PLACES = `measures: { visits: { count: visit }, acts: { count: act } }
audiences: { keen: visits >= 2 }
stages:
  order: [stranger, lead]
  moves: [{ to: lead, from: stranger, event: act }]
`;
  const fired = (here: Town) => sent(here, "trigger").map(({ key }) => key);

  it("are told of each place that one of the two was told of, whichever stands first in the list", () => {
    const here = town(`${PLACES}triggers: { t: { enter: [lead, keen], channel: email, message: m } }\n`);
    here.send(START, track("Acted", U));
    here.send(START + HOUR, track("Acted", A), page(A), page(A));
    here.send(START + 2 * HOUR, tie);
    expect(part(here).audiences).toEqual(["keen"]);
    expect(fired(here)).toEqual(["p/t/u/2"]);
  });

  it("go on waiting for a stay where the other was told of nothing that is news", () => {
    const here = town(`${PLACES}triggers: { t: { enter: [lead, keen], after: 5h, channel: email, message: m } }\n`);
    here.send(START, page(U), page(U));
    here.send(START + HOUR, track("Acted", U));
    here.send(START + HOUR, page(A), page(A));
    here.send(START + 2 * HOUR, tie);
    here.advance(START + DAY);
    expect(fired(here)).toEqual(["p/t/u/3"]);
  });
});

describe("scores", () => {
  const heat = (here: Town) => part(here).scores.heat;

  it("a cap of both is one cap, and the range holds", () => {
    const here = town('scores: { heat: { range: [0, 40], points: { visit: { add: 5, cap: "10 per 1d" }, act: 30 } } }\n');
    here.send(START, page(A), page(A), page(U), track("Acted", U));
    here.send(START + HOUR, tie);
    expect(heat(here)).toEqual({ value: 40, points: { act: 30, visit: 10 } });
    here.send(START + HOUR, track("Acted", { userId: "v" }));
    here.send(START + 2 * HOUR, track("Acted", { anonymousId: "b" }));
    here.send(START + 3 * HOUR, { type: "group", userId: "v", anonymousId: "b" });
    expect(here.view("v").packs.p.scores.heat).toEqual({ value: 40, points: { act: 40 } });
  });

  it("what a cap has counted counts on where the points themselves are gone", () => {
    const here = town('scores: { heat: { points: { visit: { add: 5, cap: "10 per 2d", decay: { expiry: 1h } }, act: 1 } } }\n');
    here.send(START, page(A), page(A), track("Acted", U));
    here.send(START + 3 * HOUR, tie);
    here.send(START + 4 * HOUR, page(U));
    expect(heat(here)).toEqual({ value: 1, points: { act: 1 } });
  });

  it("what an undo takes back of a cap is no more than the merge has left there", () => {
    const events = "{ buy: { track: Bought, key: properties.order }, returned: { track: Returned, key: properties.order, undoes: buy } }";
    const text = `pack: p\nversion: 1\nevents: ${events}\nscores: { heat: { points: { buy: { add: 5, cap: 12 per 1d } } } }\n`;
    const here = new Town({ packs: [packFrom(text)] });
    const order = (name: string, ids: object, of: string) => track(name, ids, { order: of });
    here.send(START, order("Bought", A, "1"), order("Bought", A, "2"));
    here.send(START + DAY / 2, order("Bought", U, "3"));
    here.send(START + DAY / 2, tie);
    expect(heat(here).value).toBe(12);
    here.send(START + DAY / 2 + HOUR, order("Returned", U, "1"), order("Returned", U, "2"), order("Bought", U, "4"), order("Bought", U, "5"));
    expect(heat(here).value).toBe(9);
  });

  it("a floor that is kept without points is kept", () => {
    const events =
      '{ visit: { page: "*" }, act: Acted, buy: { track: Bought, key: properties.order }, returned: { track: Returned, key: properties.order, undoes: buy } }';
    const scores = "{ heat: { range: [0, 10], points: { buy: 8, visit: 1 }, while: { keen: { points: 10, if: acts >= 1 } } } }";
    const text = `pack: p\nversion: 1\nevents: ${events}\nmeasures: { acts: { count: act } }\nscores: ${scores}\n`;
    const here = new Town({ packs: [packFrom(text)] });
    here.send(START, track("Bought", A, { order: "1" }), track("Acted", A));
    here.send(START, track("Bought", A, { order: "2" }), track("Returned", A, { order: "1" }), track("Returned", A, { order: "2" }));
    here.send(START + HOUR, page(U));
    expect(here.view("anon:a").packs.p.scores.heat.points).toMatchObject({ keen: 10, floor: -8 });
    here.send(START + HOUR, tie);
    expect(heat(here).points).toMatchObject({ visit: 1, keen: 10, floor: -8 });
  });

  it("points that both had lose half of themselves together", () => {
    const here = town("scores: { heat: { decay: { half_life: 2d }, points: { visit: 8 } } }\n");
    here.send(START, page(A));
    here.send(START + 2 * DAY, page(U));
    here.send(START + 2 * DAY, tie);
    expect(heat(here).value).toBe(12);
    here.advance(START + 4 * DAY);
    expect(heat(here).value).toBe(6);
  });
});

describe("a policy", () => {
  const POLICY = `policy: q
channels:
  email: { consent: { key: email, default: opt_in }, cap: 2 per 30d, quiet: "21:00 to 08:00" }
hold_out: { percent: 50, salt: s }
`;
  const TEXT = "triggers:\n  mail: { event: act, channel: email, message: mail }\n";
  const consent = (ids: object, email: unknown) => ({ type: "identify", traits: { consent: { email } }, ...ids });

  it.each([
    [true, false, false],
    [false, true, false],
    [true, undefined, true],
    [undefined, true, true],
    [{ news: true, offers: false }, true, { offers: false, any: true, news: undefined }],
    [false, { news: true }, false],
  ])("consent %j of the visitor and %j of the person are %j", (ofVisitor, ofPerson, both) => {
    const here = town(TEXT, { policy: POLICY });
    here.send(START, page(A), page(U));
    if (ofVisitor !== undefined) here.send(START + HOUR, consent(A, ofVisitor));
    if (ofPerson !== undefined) here.send(START + 2 * HOUR, consent(U, ofPerson));
    here.send(START + 3 * HOUR, tie);
    const said = here.view("u").policy.consent.email;
    expect(typeof said === "object" && said !== null ? { news: undefined, ...said } : said).toEqual(both);
  });

  it("a series ends where one of them has refused what its next step needs", () => {
    const series = "triggers:\n  care: { event: act, channel: email, steps: [{ after: 0d, message: one }, { after: 2d, message: two }] }\n";
    const open = POLICY.replace("percent: 50", "percent: 0").replace("opt_in", "opt_out").replace(', quiet: "21:00 to 08:00"', "");
    for (const [who, other] of [
      [U, A],
      [A, U],
    ] as const) {
      const here = town(series, { policy: open });
      here.send(START, track("Acted", who), consent(other, false));
      here.send(START + HOUR, tie);
      here.advance(START + 9 * DAY);
      const told = here.effects.filter(({ body }) => body.data.trigger === "care").map(({ body }) => [body.data.action.step, body.data.action.cancel ?? false]);
      expect(told).toEqual([
        [1, false],
        [1, true],
      ]);
      const cancel = here.effects.find(({ body }) => body.data.action?.cancel)?.body;
      expect([cancel.time, cancel.data.because.ended]).toEqual(["2026-01-01T01:00:00.000Z", "consent"]);
    }
  });

  it("what was sent counts together, what is held waits on, and the hold-out is the person's", () => {
    const here = town(TEXT, { policy: POLICY.replace("percent: 50", "percent: 0") });
    const day = START + 12 * HOUR;
    here.send(day, consent(A, true), consent(U, true));
    here.send(day + HOUR, track("Acted", A), track("Acted", U));
    here.send(day + 10 * HOUR, track("Acted", { ...A, messageId: "late" }));
    here.send(day + 11 * HOUR, tie);
    expect(here.view("u").policy.held).toHaveLength(1);
    here.advance(START + 3 * DAY);
    const withheld = here.effects
      .filter(({ body }) => body.type === "io.tidemark.withheld.v1")
      .map(({ body }) => [body.subject, body.data.reason, body.data.policy.sent]);
    expect(withheld).toEqual([["u", "cap", 2]]);
    expect(here.view("u").policy.holdOut).toBe(false);
  });
});

describe("what quiet hours hold for both, where there is no room for all of it", () => {
  const NIGHT = 'policy: q\nchannels: { email: { consent: { key: email, default: opt_out }, cap: 9 per 1d, quiet: "21:00 to 08:00" } }\n';
  const MAIL = "triggers:\n  mail: { event: act, channel: email, message: mail }\n";
  const late = START + 22 * HOUR;
  const full = (text: string, more: Partial<TownOptions> = {}) => {
    const here = town(text, { policy: NIGHT, settings: { identity: { ties: "all" }, limits: { held: 2 } } as never, ...more });
    here.send(START + 12 * HOUR, page(A), page(U));
    here.send(late, track("Acted", { ...U, messageId: "u1" }), track("Acted", { ...A, messageId: "a1" }), track("Acted", { ...A, messageId: "a2" }));
    return here;
  };
  const told = (here: Town) =>
    sent(here, "withheld").map(({ key, sequence, reason, policy: { why, since, until }, contact }) => ({
      key,
      sequence,
      reason,
      why,
      since,
      until,
      contact: contact.id,
    }));

  it("comes due at the merge, is withheld as what is beyond the limit is, and leaves no gap", () => {
    const here = full(MAIL);
    here.send(late + HOUR, tie);
    expect(told(here)).toEqual([
      {
        key: "p/mail/u/a2",
        sequence: 1,
        reason: "quiet",
        why: "too_many",
        since: "2026-01-01T22:00:00.000Z",
        until: "2026-01-02T08:00:00.000Z",
        contact: "u",
      },
    ]);
    expect(here.view("u").policy.held).toHaveLength(2);
    expect(here.dropped["held_merged_away"]).toBe(1);
    here.advance(START + 2 * DAY);
    expect(sent(here, "trigger").map(({ key, sequence }) => [key, sequence])).toEqual([
      ["p/mail/u/u1", 2],
      ["p/mail/u/a1", 3],
    ]);
  });

  it("is asked as ever: what has lost its consent is withheld for that", () => {
    const here = full(MAIL);
    here.send(late + HOUR, consentTo(U, false));
    here.send(late + 2 * HOUR, tie);
    expect(told(here).map(({ key, reason }) => [key, reason])).toEqual([["p/mail/u/a2", "consent"]]);
  });

  it("counts for `repeat` no more, but what either had been sent before does", () => {
    const once = "triggers:\n  mail: { event: act, channel: email, message: mail, repeat: 20h }\n  other: { event: buy, channel: email, message: o }\n";
    const here = town(once, { policy: NIGHT, settings: { identity: { ties: "all" }, limits: { held: 1 } } as never });
    here.send(START + 12 * HOUR, page(A), track("Acted", U));
    here.send(late, track("Bought", U), track("Acted", A));
    here.send(late + HOUR, tie);
    expect(told(here).map(({ why }) => why)).toEqual(["too_many"]);
    here.send(START + DAY + 7.5 * HOUR, track("Acted", { ...U, messageId: "too-soon" }));
    here.send(START + DAY + 9 * HOUR, track("Acted", { ...U, messageId: "again" }));
    expect(sent(here, "trigger").map(({ key }) => key)).toEqual(["p/mail/u/m2", "p/other/u/m3", "p/mail/u/again"]);
  });
});

const consentTo = (ids: object, email: unknown) => ({ type: "identify", traits: { consent: { email } }, ...ids });

describe("numbers of the population", () => {
  it("count one person once", () => {
    const here = town("measures: { visits: { count: visit } }\npopulation: { half: { quantile: visits, at: 0.5, every: 1h } }\n");
    here.send(START, page(A), page(A), page(U), page({ userId: "v" }));
    here.send(START + 10 * 60_000, tie);
    const counted = here.counted(START + 2 * HOUR);
    expect(counted.flatMap(({ samples }) => samples["value"])).toEqual(
      expect.arrayContaining([
        [30_000, 1],
        [10_000, 1],
      ]),
    );
    expect(counted.flatMap(({ samples }) => samples["value"] ?? []).reduce((sum, [, count]) => sum + count, 0)).toBe(2);
  });
});

describe("a pack that has changed while a record was on its way", () => {
  it("finds what it still knows", () => {
    const here = town(
      "measures: { visits: { count: visit }, acts: { count: act } }\nstages: { order: [stranger, lead], moves: [{ to: lead, from: stranger, event: act }] }\n",
      {
        lag: 1000,
      },
    );
    here.send(START, page(A), track("Acted", A), page(U));
    here.send(START + HOUR, tie);
    here.pack(
      packFrom(
        `pack: p\nversion: 2\n${EVENTS}measures: { visits: { count: visit }, buys: { count: buy } }\nstages: { order: [stranger, reader, lead], moves: [{ to: lead, from: [stranger, reader], event: act }] }\n`,
      ),
    );
    here.settle();
    expect(part(here).measures).toEqual({ visits: 2, buys: 0 });
    expect(part(here).stage.name).toBe("lead");
  });
});

describe("contacts in history", () => {
  const STAGES = `measures: { visits: { count: visit } }
stages: { order: [stranger, lead, hot], moves: [{ to: lead, from: stranger, if: visits >= 2 }, { to: hot, from: lead, if: visits >= 4 }] }
`;
  const past = (event: object) => ({ ...event, context: { tidemark: { backfill: true } } });

  it("are one contact in history, and nothing of it leaves", () => {
    const here = town(STAGES);
    here.send(START, past(page(A)));
    here.send(START + HOUR, past(page(U)), past(page(U)));
    here.send(START + 2 * HOUR, past(tie));
    expect(here.view("u").history).toBeDefined();
    expect(part(here).measures.visits).toBe(3);
    expect(here.effects).toEqual([]);
    here.send(START + 3 * HOUR, page(A));
    expect(here.view("u").history).toBeUndefined();
    expect(part(here).stage).toMatchObject({ name: "hot", sequence: 3 });
    expect(here.effects.map(({ body }) => [body.subject, body.data.to])).toEqual([["u", "hot"]]);
  });

  it("join a person of the present, who stays there", () => {
    const here = town(STAGES);
    here.send(START, past(page(A)), past(page(A)));
    here.send(START + HOUR, page(U));
    here.send(START + 2 * HOUR, tie);
    expect(here.view("u").history).toBeUndefined();
    expect(part(here).measures.visits).toBe(3);
    expect(here.effects.map(({ body }) => [body.data.to, body.data.sequence])).toEqual([
      ["stranger", 1],
      ["lead", 2],
    ]);
  });

  it("return with a visitor of the present", () => {
    const here = town(STAGES);
    here.send(START, past(page(U)));
    here.send(START + HOUR, page(A));
    here.send(START + 2 * HOUR, past({ type: "alias", previousId: "a", userId: "u" }));
    expect(here.view("u").history).toBeUndefined();
    expect(part(here)).toMatchObject({ measures: { visits: 2 }, stage: { name: "lead" } });
  });
});
