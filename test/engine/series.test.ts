import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { Fold, runScript, START } from "../support/script.ts";

const HEAD = `
pack: p
version: 1
events: { a: A, b: B, c: C, cart: { track: Cart, key: properties.id } }
traits: { size: number }
measures: { n_a: { count: a }, recent: { count: a, window: 1d } }
audiences: { big: traits.size >= 10 }
stages: { order: [x, y, z], moves: [{ to: y, from: x, event: c }, { to: z, from: y, event: c }, { to: x, from: z, event: c }] }
triggers:
`;
const pack = (...triggers: string[]) => packFrom(`${HEAD}${triggers.map((trigger) => `  ${trigger.replace(/ \}$/, ", channel: web }")}\n`).join("")}`);
const STEPS = "steps: [{ after: 0d, message: one }, { after: 2d, message: two }, { after: 5d, message: three }]";
const said = (fold: Fold, name: string) =>
  fold.effects
    .filter(({ body }) => body.data.trigger === name && body.data.action !== undefined)
    .map(({ body }) => ({ key: body.data.key, time: body.time, ...body.data.action, because: body.data.because }));

describe("a series", () => {
  it("says one thing after the other, counted from the occasion, all under one key", () => {
    const fold = runScript(
      [pack(`s: { enter: y, ${STEPS} }`)],
      `
      0d c1 track C -> triggers s
      1d c1 track A -> triggers none
      2d ADVANCE -> c1 triggers s
      9d ADVANCE -> c1 triggers s
      99d ADVANCE -> c1 triggers none
      `,
    );
    expect(said(fold, "s")).toMatchObject([
      { key: "p/s/c1/2", step: 1, message: "one", time: "2026-01-01T00:00:00.000Z", because: { cause: "event" } },
      { key: "p/s/c1/2", step: 2, message: "two", time: "2026-01-03T00:00:00.000Z", because: { cause: "time", after: "2d" } },
      { key: "p/s/c1/2", step: 3, message: "three", time: "2026-01-06T00:00:00.000Z" },
    ]);
    expect(said(fold, "s").map(({ because }) => because.since)).toEqual([undefined, "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"]);
  });

  it("is shown while it goes on, with the goal that is open", () => {
    const fold = runScript([pack(`s: { enter: y, goal: { event: b, within: 9d }, ${STEPS} }`)], "0d c1 track C");
    expect(fold.view("c1").packs.p).toMatchObject({
      nextDeadline: "2026-01-03T00:00:00.000Z",
      series: { s: { occasion: "2", since: "2026-01-01T00:00:00.000Z", step: 2, of: 3, due: "2026-01-03T00:00:00.000Z", sent: ["web"] } },
      goals: { s: { event: "b", occasion: "2", step: 1, until: "2026-01-10T00:00:00.000Z" } },
    });
    expect(runScript([pack(`s: { enter: y, ${STEPS} }`)], "0d c1 track A").view("c1").packs.p.series).toBeUndefined();
  });

  it("is taken back on the channels where it was said when the place is left, and begins anew", () => {
    const fold = runScript(
      [
        pack(
          "s: { enter: y, steps: [{ after: 0d, message: one, channel: { all: [email, ads] } }, { after: 1d, message: two, channel: push }, { after: 9d, message: three }] }",
        ),
      ],
      `
      0d c1 track C -> triggers s s
      2d ADVANCE -> c1 triggers s
      3d c1 track C -> triggers !s !s !s
      4d c1 track C
      5d c1 track C -> triggers s s
      `,
    );
    expect(said(fold, "s").filter(({ cancel }) => cancel === true)).toMatchObject([
      { key: "p/s/c1/2", channel: "email", step: 2, message: "two", because: { cause: "event", ended: "no_longer_true" } },
      { channel: "ads" },
      { channel: "push" },
    ]);
  });

  it("is taken back with the last step that came, and not with one that was left out because it was over when the event arrived", () => {
    const fold = runScript(
      [pack(`s: { event: a, goal: { event: b, within: 9d }, ${STEPS} }`)],
      `
      5d c1 track C
      6d c1 @3d track A -> triggers s
      7d c1 track B -> triggers !s
      `,
    );
    expect(said(fold, "s").filter(({ cancel }) => cancel === true)).toMatchObject([{ step: 1, message: "one", because: { ended: "goal" } }]);
  });

  it("ends without a word where nothing was said yet, and is not taken back after its last step", () => {
    runScript(
      [pack("late: { enter: y, steps: [{ after: 2d, message: m }, { after: 3d, message: m }] }", "done: { enter: y, steps: [{ after: 0d, message: m }] }")],
      `
      0d c1 track C -> triggers done
      1d c1 track C -> triggers none
      9d ADVANCE -> c1 triggers none
      `,
    );
  });

  it("asks `in`, `if` and the step's own `if` at each step; what does not hold is left out, and the series goes on", () => {
    runScript(
      [
        pack(
          "s: { event: a, in: [big], steps: [{ after: 0d, message: m }, { after: 1d, message: m, if: n_a >= 2 }, { after: 2d, message: m }, { after: 3d, message: m }] }",
        ),
      ],
      `
      0d c1 identify {"size": 10}
      0d c1 track A -> triggers s
      1d ADVANCE -> c1 triggers none
      36h c1 identify {"size": 1}
      2d ADVANCE -> c1 triggers none
      60h c1 identify {"size": 10}
      3d ADVANCE -> c1 triggers s
      `,
    );
  });

  it("of an event goes on undisturbed by the next such event, and counts from the event's own time", () => {
    const fold = runScript(
      [pack(`s: { event: a, ${STEPS}, carry: [event.properties.id] }`)],
      `
      3d c1 track B
      3d c1 @0d track A {"id": 7} -> triggers s
      4d c1 track A {"id": 8} -> triggers none
      9d ADVANCE -> c1 triggers s
      `,
    );
    expect(said(fold, "s").map(({ step }) => step)).toEqual([1, 3]);
    expect(fold.effects.filter(({ body }) => body.data.trigger === "s").map(({ body }) => body.data.contact.carry.id)).toEqual([7, 7]);
  });

  it("of a silence counts from the last event, and ends with the silence", () => {
    const fold = runScript(
      [pack("s: { silent: a, steps: [{ after: 3d, message: m }, { after: 5d, message: m }, { after: 9d, message: m }] }")],
      `
      1d c1 track A
      4d ADVANCE -> c1 triggers s
      6d ADVANCE -> c1 triggers s
      7d c1 @1h track A -> triggers none
      8d c1 track A -> triggers !s
      11d ADVANCE -> c1 triggers s
      `,
    );
    const broken = `p/s/c1/${Date.parse("2026-01-05")}`;
    expect(said(fold, "s").map(({ key }) => key)).toEqual([broken, broken, broken, `p/s/c1/${Date.parse("2026-01-12")}`]);
  });

  it("of something begun starts when the time is over, and ends when it is brought to its end or begun again", () => {
    runScript(
      [pack("s: { started: cart, without: b, within: 1h, steps: [{ after: 0d, message: m }, { after: 1d, message: m }, { after: 2d, message: m }] }")],
      `
      0d c1 track Cart {"id": "k1"}
      1h ADVANCE -> c1 triggers s
      25h ADVANCE -> c1 triggers s
      26h c1 track B -> triggers !s
      30h c1 track Cart {"id": "k2"}
      31h ADVANCE -> c1 triggers s
      32h c1 track Cart {"id": "k3"} -> triggers !s
      33h ADVANCE -> c1 triggers s
      `,
    );
  });

  it("of a threshold ends when the value is back on the other side, and begins when it has stayed there", () => {
    runScript(
      [
        pack(
          "s: { rises: { recent: 2 }, repeat: always, steps: [{ after: 0d, message: m }, { after: 2d, message: m }] }",
          "r: { rises: { n_a: 2 }, for: 1h, steps: [{ after: 1h, message: m }, { after: 2h, message: m }] }",
        ),
      ],
      `
      0d c1 track A
      0d c1 track A -> triggers s
      1h ADVANCE -> c1 triggers none
      2h ADVANCE -> c1 triggers r
      9h ADVANCE -> c1 triggers r
      1d ADVANCE -> c1 triggers !s
      9d ADVANCE -> c1 triggers none
      `,
    );
  });

  it("of a threshold that counts once ends at the moment at which time takes the value back, and not with the next event", () => {
    const fold = runScript([pack(`s: { rises: { recent: 2 }, ${STEPS} }`)], "0d c1 track A\n 0d c1 track A -> triggers s\n 9d ADVANCE -> c1 triggers !s");
    expect(said(fold, "s").map(({ time, step, cancel }) => ({ time, step, cancel }))).toEqual([
      { time: "2026-01-01T00:00:00.000Z", step: 1, cancel: undefined },
      { time: "2026-01-02T00:00:00.000Z", step: 1, cancel: true },
    ]);
  });

  it("of a place that was only passed through withholds its first step only where that would have been sent", () => {
    const steps = (condition: string) => `steps: [{ after: 0d, message: one, if: ${condition} }, { after: 2d, message: two }]`;
    const fold = new Fold([
      packFrom(
        `${HEAD.replace("{ to: z, from: y, event: c }", "{ to: z, from: y, if: n_a >= 1 }")}  s: { enter: y, channel: web, ${steps("n_a >= 2")} }\n  t: { enter: y, channel: web, ${steps("n_a >= 1")} }\n`,
      ),
    ]);
    fold.event("c1", START, { type: "track", event: "A" });
    fold.event("c1", START, { type: "track", event: "C" });
    const withheld = fold.effects.filter(({ body }) => body.data.reason === "passed_through").map(({ body }) => body.data.trigger);
    expect(withheld).toEqual(["t"]);
  });

  it("counts for `repeat` from its beginning", () => {
    runScript(
      [pack("s: { event: a, repeat: 3d, steps: [{ after: 1d, message: m }] }")],
      `
      0d c1 track A
      1d ADVANCE -> c1 triggers s
      2d c1 track A
      3d c1 track A
      9d ADVANCE -> c1 triggers s
      `,
    );
  });

  it("of a place that is only passed through does not begin", () => {
    const fold = packFrom(`
pack: p
version: 1
events: { a: A }
measures: { n: { count: a } }
stages: { order: [x, y, z], moves: [{ to: y, from: x, event: a }, { to: z, from: y, if: n >= 1 }] }
triggers:
  soon: { enter: y, channel: web, steps: [{ after: 0d, message: m }, { after: 1d, message: m }] }
  later: { enter: y, channel: web, steps: [{ after: 1d, message: m }] }
`);
    runScript([fold], "0d c1 track A -> triggers ~soon\n9d ADVANCE -> c1 triggers none");
  });
});

describe("a series and consent", () => {
  const POLICY = "policy: p\nchannels: { email: { consent: { key: email, default: opt_out } }, push: { consent: push }, crm: { reaches: staff } }\n";
  const two = (channel: string, more = "") =>
    packFrom(
      `${HEAD}  s: { event: a, channel: ${channel}${more}, steps: [{ after: 0d, message: one }, { after: 2d, message: two }, { after: 5d, message: three }] }\n`,
    );
  const NO = '{"consent": {"email": false}}';

  it("is over at the moment at which the next step loses its last channel, also by a message that its pack does not know", () => {
    const fold = runScript(
      [two("email")],
      `
      0d c1 track A -> triggers s
      1d c1 track Unsubscribed {} -> triggers !s
      1d c1 identify {"consent": {"email": true}}
      9d ADVANCE -> c1 triggers none
      `,
      {},
      POLICY,
    );
    expect(said(fold, "s").at(-1)).toMatchObject({
      cancel: true,
      channel: "email",
      step: 1,
      time: "2026-01-02T00:00:00.000Z",
      because: { cause: "event", ended: "consent" },
    });
  });

  it("goes on while another channel of its next step is open, or is for staff, or needs no consent", () => {
    const script = `0d c1 identify {"consent": {"push": true}}\n0d c1 track A\n1d c1 identify ${NO} -> triggers none`;
    runScript([two("{ first: [email, push] }")], script, {}, POLICY);
    runScript([two("{ all: [email, crm] }")], script, {}, POLICY);
    runScript([two("email", ", purpose: transactional")], script, {}, POLICY);
    runScript([two("{ all: [email, push] }")], `${script}\n1d c1 identify {"consent": {"push": false}} -> triggers !s !s`, {}, POLICY);
  });

  it("that began without consent waits for it until its step comes", () => {
    const later = packFrom(`${HEAD}  s: { event: a, channel: push, steps: [{ after: 1d, message: one }, { after: 3d, message: two }] }\n`);
    runScript(
      [later],
      `
      0d c1 track A
      1h c1 identify {"consent": {"push": false}} -> triggers none
      2h c1 identify {"consent": {"push": true}}
      1d ADVANCE -> c1 triggers s
      2d c1 identify {"consent": {"push": null}} -> triggers !s
      9d ADVANCE -> c1 triggers none
      `,
      {},
      POLICY,
    );
  });

  it("asks the next step's own channel, and ends without a word where nothing was sent", () => {
    const mixed = packFrom(
      `${HEAD}  s: { event: a, channel: push, steps: [{ after: 1d, message: one, channel: crm }, { after: 2d, message: two, channel: email }, { after: 3d, message: three }] }\n`,
    );
    runScript([mixed], `0d c1 track A\n1h c1 identify ${NO} -> triggers none\n1d ADVANCE -> c1 triggers s\n2d ADVANCE -> c1 withheld s:consent`, {}, POLICY);
    const silent = packFrom(`${HEAD}  s: { event: a, channel: email, steps: [{ after: 1d, message: one }, { after: 2d, message: two }] }\n`);
    runScript([silent], `0d c1 track A\n1h c1 identify ${NO}\n9d ADVANCE -> c1 triggers none, c1 withheld none`, {}, POLICY);
  });

  it("takes back before anything else of the moment is sent, and a goal that is met goes first", () => {
    const pack = packFrom(
      `${HEAD}  s: { event: a, goal: { event: b, within: 9d }, channel: email, steps: [{ after: 0d, message: one }, { after: 2d, message: two }] }\n  t: { event: [b, c], channel: crm, priority: high, message: m }\n`,
    );
    const no = '{"$traits": {"consent": {"email": false}}}';
    runScript([pack], `0d c1 track A -> triggers s\n1d c1 track C ${no} -> triggers !s t`, {}, POLICY);
    const met = runScript([pack], `0d c1 track A -> triggers s\n1d c1 track B ${no} -> triggers !s t`, {}, POLICY);
    expect(said(met, "s").at(-1)?.because).toMatchObject({ ended: "goal" });
  });
});

describe("variants", () => {
  it("divide contacts as said, the same one always alike, each trigger anew", () => {
    const fold = new Fold([pack("v: { event: a, message: m, variants: { one: 20, two: 80 } }", "w: { event: a, message: m, variants: { one: 20, two: 80 } }")]);
    for (let i = 0; i < 400; i++) fold.event(`c${i % 200}`, START, { type: "track", event: "A" });
    const of = (name: string) => Object.groupBy(said(fold, name), ({ key }) => String(key).split("/")[2] as string);
    const first = Object.entries(of("v")).map(([contact, actions]) => [contact, new Set(actions?.map(({ variant }) => variant))] as const);
    expect(first.every(([, variants]) => variants.size === 1)).toBe(true);
    const ones = first.filter(([, variants]) => variants.has("one"));
    expect(ones.length).toBeGreaterThan(20);
    expect(ones.length).toBeLessThan(60);
    const others = of("w");
    expect(new Set(ones.map(([contact]) => others[contact]?.[0]?.variant))).toEqual(new Set(["one", "two"]));
  });
});
