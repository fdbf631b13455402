// What a policy lets through: told as scripts, over two packs that both want to reach the same people. The scripts begin on
// Thursday 2026-01-01, 00:00 UTC; quiet hours and days are those of the contact.

import { describe, expect, test } from "vitest";
import { isDrawn } from "../../../src/model/draw.ts";
import { packFrom } from "../../support/pack.ts";
import { Fold, runScript } from "../../support/script.ts";

const SHOP = packFrom(`
pack: shop
version: 1
events: { order: Order, look: Look, cart: Cart }
measures: { looks: { count: look } }
audiences: { keen: looks >= 2 }
stages: { order: [new, buyer], moves: [{ to: buyer, event: order }] }
triggers:
  receipt: { event: order, channel: email, message: receipt, purpose: transactional }
  thanks: { enter: buyer, channel: email, message: thanks }
  offer: { event: look, channel: email, message: offer, priority: low }
  nudge: { event: cart, channel: { first: [push, email] }, message: nudge, in: new }
`);

const NEWS = packFrom(`
pack: news
version: 1
events: { digest: Digest, alarm: Alarm, both: Both }
triggers:
  digest: { event: digest, channel: email, message: digest }
  alarm: { event: alarm, channel: crm, message: call }
  both: { event: both, channel: { all: [email, push, crm] }, message: both }
`);

const PACKS = [SHOP, NEWS];
const policy = (text: string) => `policy: test\n${text}`;
const OPEN = policy("channels: { email: , push: , crm: { reaches: staff } }");

const run = (text: string, script: string, settings = {}) => runScript(PACKS, script, settings, text);
const withheld = (fold: Fold) => fold.effects.filter(({ body }) => body.type === "io.tidemark.withheld.v1").map(({ body }) => body.data);

describe("without a policy, or with one that asks nothing", () => {
  const SCRIPT = "0d c1 track Look {}\n1h c1 track Order {}\n2h c1 track Both {}\n1d c1 track Digest {}\n2d c2 track Cart {}";

  test("the same is sent", () => {
    const bodies = (fold: Fold) => fold.effects.map(({ subject, body }) => ({ subject, data: body.data }));
    expect(bodies(run(OPEN, SCRIPT))).toEqual(bodies(runScript(PACKS, SCRIPT)));
  });
});

describe("consent", () => {
  const ASKED = policy("channels: { email: { consent: { key: email, default: opt_out } }, push: { consent: push }, crm: { reaches: staff } }");

  test("a channel is opt-in where the policy does not say opt-out", () => {
    const fold = run(ASKED, "0d c1 track Both {}  -> sent both:email both:crm, withheld both:consent");
    expect(withheld(fold)[0]).toMatchObject({ reason: "consent", action: { channel: "push" }, policy: { name: "test", consent: "push", answer: "none" } });
  });

  test("is read from the traits of any message, by key and by purpose, and can be taken back", () => {
    run(
      ASKED,
      `
      0d  c1 identify {"consent": {"push": true}}
      1h  c1 track Both {}                                        -> sent both:email both:push both:crm
      2h  c1 track Look {"$traits": {"consent": {"email": false}}} -> withheld offer:consent
      3h  c1 identify {"consent": {"email": {"marketing": true, "newsletter": false}}}
      4h  c1 track Digest {}                                      -> sent digest:email
      5h  c1 identify {"consent": {"email": {"marketing": null}}}
      6h  c1 track Digest {}                                      -> withheld digest:consent
      7h  c1 identify {"consent": {"email": null}}
      8h  c1 track Digest {}                                      -> sent digest:email
    `,
    );
  });

  test.each(["Unsubscribed", "Email Unsubscribed", "Email Marked as Spam"])("ends for e-mail with %s, whatever was allowed by purpose", (event) => {
    run(
      ASKED,
      `
      0d  c1 identify {"consent": {"email": {"marketing": true}, "push": true}}
      1h  c1 track ${event} {}
      2h  c1 track Both {}   -> withheld both:consent, sent both:push both:crm
    `,
    );
  });

  test("the newest answer counts, also when it comes first", () => {
    run(
      ASKED,
      `
      2d  c1 track Unsubscribed {}
      3d  c1 @1d identify {"consent": {"email": true}}
      4d  c1 track Digest {}   -> withheld digest:consent
    `,
    );
  });

  test("of several channels the first that is allowed is taken; of none the first is withheld", () => {
    run(
      ASKED,
      `
      0d  c1 track Cart {}                              -> sent nudge:email
      1h  c1 identify {"consent": {"push": true}}
      2h  c1 track Cart {}                              -> sent nudge:push
      3h  c1 identify {"consent": {"push": false, "email": false}}
      4h  c1 track Cart {}                              -> withheld nudge:consent
    `,
    );
  });

  test("what is transactional does not ask, unless the policy wants it asked", () => {
    run(ASKED, '0d c1 identify {"consent": {"email": false}}\n1h c1 track Order {}  -> sent receipt:email, withheld thanks:consent');
    run(
      `${ASKED}\ntransactional: { consent: asked }`,
      '0d c1 identify {"consent": {"email": false}}\n1h c1 track Order {}  -> withheld receipt:consent thanks:consent',
    );
  });
});

describe("caps", () => {
  test("count over all packs; the sequence has no gaps", () => {
    const fold = run(
      policy("channels: { email: { cap: 2 per 1d }, push: , crm: { reaches: staff } }"),
      `
      0d      c1 track Digest {}  -> sent digest:email
      10m     c1 track Look {}    -> sent offer:email
      20m     c1 track Look {}    -> withheld offer:cap
      30m     c1 track Alarm {}   -> sent alarm:crm
      40m     c1 track Look {}    -> withheld offer:cap
      23h59m  c1 track Digest {}  -> withheld digest:cap
      1d      c1 track Digest {}  -> sent digest:email
    `,
    );
    expect(fold.effects.filter(({ body }) => body.data.trigger === "offer").map(({ body }) => body.data.sequence)).toEqual([1, 2, 3]);
    expect(withheld(fold)[0]).toMatchObject({ sequence: 2, policy: { name: "test", cap: "2 per 1d", of: "email", sent: 2 } });
  });

  test("over all channels that reach the contact; staff and transactional are not counted", () => {
    run(
      policy("channels: { email: , push: , ads: { reaches: audience }, crm: { reaches: staff } }\neveryone: { cap: 2 per 7d }"),
      `
      0d  c1 track Order {}  -> sent receipt:email thanks:email
      1d  c1 track Alarm {}  -> sent alarm:crm
      2d  c1 track Both {}   -> sent both:email both:crm, withheld both:cap
    `,
    );
  });

  test("roll by their buckets: hours up to two days, then days of the contact", () => {
    run(
      policy("zone: { trait: timezone, else: UTC }\nchannels: { email: { cap: 1 per 3d } }"),
      `
      0d      c1 track Digest {}                       -> sent digest:email
      2d23h   c1 track Digest {}                       -> withheld digest:cap
      3d      c1 track Digest {}                       -> sent digest:email
      3d1h    c2 identify {"timezone": "America/New_York"}
      3d2h    c2 track Digest {}                       -> sent digest:email
      6d4h59m c2 track Digest {}                       -> sent digest:email
    `,
    );
  });

  test("`per day` is the contact's calendar day", () => {
    run(
      policy("zone: { trait: timezone, else: UTC }\nchannels: { email: { cap: 1 per day } }"),
      `
      1h    c1 identify {"timezone": "Europe/Berlin"}
      22h   c1 track Digest {}  -> sent digest:email
      22h30m c1 track Digest {} -> withheld digest:cap
      23h   c1 track Digest {}  -> sent digest:email
      23h   c2 track Digest {}  -> sent digest:email
      23h30m c2 track Digest {} -> withheld digest:cap
      24h   c2 track Digest {}  -> sent digest:email
    `,
    );
  });

  test("`per week` begins anew on the contact's Monday, `per month` on its first", () => {
    // 2026-01-05 and 2026-02-02 are Mondays; Berlin is an hour ahead.
    run(
      policy("zone: Europe/Berlin\nchannels: { email: { cap: [2 per month, 1 per week] } }"),
      `
      0h     c1 track Digest {}  -> sent digest:email
      3d22h  c1 track Digest {}  -> withheld digest:cap
      3d23h  c1 track Digest {}  -> sent digest:email
      11d    c1 track Digest {}  -> withheld digest:cap
      30d22h c1 track Digest {}  -> withheld digest:cap
      30d23h c1 track Digest {}  -> sent digest:email
      31d22h c1 track Digest {}  -> withheld digest:cap
      31d23h c1 track Digest {}  -> sent digest:email
    `,
    );
  });

  test("in one instant the higher priority goes first, whatever the order of packs; the policy says which is higher", () => {
    const script = '0d c1 track Look {"$messageId": "m"} -> sent SENT, withheld LEFT';
    const pack = (name: string, priority: string) =>
      packFrom(
        `pack: ${name}\nversion: 1\nevents: { look: Look }\ntriggers: { of_${name}: { event: look, channel: email, message: m, priority: ${priority} } }`,
      );
    const packs = [pack("a", "low"), pack("b", "normal"), pack("c", "high")];
    const cap = "channels: { email: { cap: 2 per 1d } }";
    runScript(packs, script.replace("SENT", "of_c:email of_b:email").replace("LEFT", "of_a:cap"), {}, policy(cap));
    runScript(packs, script.replace("SENT", "of_a:email of_b:email").replace("LEFT", "of_c:cap"), {}, policy(`${cap}\npriority: [low, normal, high]`));
  });
});

describe("quiet hours", () => {
  const NIGHT = policy(
    'zone: { trait: timezone, else: UTC }\nchannels: { email: { quiet: "21:00 to 08:00" }, push: , crm: { reaches: staff } }\nwhen_quiet: { hold: 12h }',
  );

  test("hold to their exact end, in the zone of the contact, over midnight", () => {
    const fold = run(
      NIGHT,
      `
      20h59m       c1 track Digest {}  -> sent digest:email
      21h          c1 track Digest {}  -> sent none, withheld none
      1d7h59m59s   ADVANCE             -> c1 sent none
      1d8h         ADVANCE             -> c1 sent digest:email
      1d9h         c2 identify {"timezone": "America/New_York"}
      2d7h         c2 track Digest {}  -> sent none
      2d12h59m     ADVANCE             -> c2 sent none
      2d13h        ADVANCE             -> c2 sent digest:email
    `,
    );
    const held = fold.effects.find(({ body }) => body.data.sequence === 2);
    expect(held?.body).toMatchObject({
      time: "2026-01-02T08:00:00.000Z",
      data: { sequence: 2, policy: { name: "test", heldSince: "2026-01-01T21:00:00.000Z" } },
    });
  });

  test("an unknown or missing zone is the policy's; the SDK's own context.timezone is read", () => {
    run(
      NIGHT,
      `
      22h  c1 identify {"timezone": "Mars/Olympus"}
      22h  c1 track Digest {}                                            -> sent none
      22h  c2 track Digest {"$context": {"timezone": "America/New_York"}} -> sent digest:email
    `,
    );
  });

  test("what is no longer true in the morning is dropped, and says so", () => {
    const fold = run(
      NIGHT.replace("push: ,", 'push: { quiet: "21:00 to 08:00" },'),
      `
      22h   c1 track Cart {}   -> sent none
      23h   c1 track Order {}  -> sent receipt:email
      1d8h  ADVANCE            -> c1 sent thanks:email, c1 withheld nudge:quiet
    `,
    );
    expect(withheld(fold)[0]).toMatchObject({ policy: { name: "test", why: "no_longer_true", since: "2026-01-01T22:00:00.000Z" } });
  });

  test("a place left meanwhile, a value that fell back, a silence that ended are no longer true", () => {
    const pack = packFrom(`
pack: p
version: 1
events: { come: In, out: Out, up: Up, stop: Stop }
measures: { ups: { count: up, window: 2h } }
stages: { order: [off, on], moves: [{ to: on, event: come }, { to: off, from: on, event: out }] }
triggers:
  hello: { enter: on, channel: email, message: m }
  bye: { leave: on, channel: email, message: m }
  high: { rises: { ups: 1 }, channel: email, message: m }
  quiet: { silent: up, for: 1h, channel: email, message: m }
  left: { started: up, without: stop, within: 30m, channel: email, message: m }
`);
    runScript(
      [pack],
      `
      21h     c1 track In {}
      21h1m   c1 track Up {}
      22h30m  c1 track Stop {}
      23h     c1 track Up {}
      23h10m  c1 track Out {}
      1d8h    ADVANCE  -> c1 withheld hello:quiet high:quiet quiet:quiet left:quiet, c1 sent bye:email quiet:email left:email
    `,
      {},
      NIGHT,
    );
  });

  test("a date that was moved, a rhythm that was met again and a number that was lost are no longer true", () => {
    const pack = packFrom(`
pack: p
version: 1
events: { buy: Buy, up: Up }
traits: { renews: date }
measures: { ups: { count: up, window: 3h } }
triggers:
  soon: { date: traits.renews, before: 1d, channel: email, message: m }
  late: { overdue: buy, by: 1, channel: email, message: m }
  three: { reaches: { ups: [2] }, channel: email, message: m }
`);
    runScript(
      [pack],
      `
      1h     c1 track Buy {}
      1h     c2 track Buy {}
      10h    c1 identify {"renews": "2026-01-02T22:00:00Z"}
      10h    c2 identify {"renews": "2026-01-02T22:00:00Z"}
      12h    c1 track Buy {}
      12h    c2 track Buy {}
      22h    c1 track Up {}
      22h    c2 track Up {}
      22h1m  c1 track Up {}
      22h1m  c2 track Up {}
      23h30m c1 track Buy {}
      23h40m c1 identify {"renews": "2026-03-02T22:00:00Z"}
      1d8h   ADVANCE -> c1 withheld soon:quiet late:quiet three:quiet, c2 sent soon:email late:email, c2 withheld three:quiet
    `,
      {},
      NIGHT,
    );
  });

  test("it expires: with the policy's hold, or with what the trigger says; then it is not held at all", () => {
    const brief = packFrom("pack: p\nversion: 1\nevents: { sale: Sale }\ntriggers: { sale: { event: sale, channel: email, message: m, expires: 2h } }");
    runScript(
      [brief],
      "1d5h59m c1 track Sale {} -> withheld sale:quiet\n1d6h1m c2 track Sale {} -> sent none, withheld none\n1d8h ADVANCE -> c2 sent sale:email",
      {},
      NIGHT,
    );
    const fold = run(
      NIGHT.replace("12h", "10h"),
      "21h c1 track Digest {} -> withheld digest:quiet\n22h c2 track Digest {} -> withheld none\n1d8h ADVANCE -> c2 sent digest:email",
    );
    expect(withheld(fold)[0]).toMatchObject({ policy: { why: "expires", until: "2026-01-02T08:00:00.000Z", quiet: "21:00 to 08:00", zone: "UTC" } });
  });

  test("caps and consent are asked in the morning, not at night", () => {
    run(
      NIGHT.replace("email: {", "email: { consent: { key: email, default: opt_out }, cap: 1 per 1d,"),
      `
      22h   c1 track Digest {}
      22h   c2 track Digest {}
      23h   c1 track Digest {}
      23h   c2 track Unsubscribed {}
      1d8h  ADVANCE   -> c1 sent digest:email, c1 withheld digest:cap, c2 withheld digest:consent
    `,
    );
  });

  test("hold so many for a contact as limits.held says", () => {
    const fold = run(NIGHT, "22h c1 track Digest {} -> withheld none\n23h c1 track Digest {} -> withheld digest:quiet\n1d8h ADVANCE -> c1 sent digest:email", {
      limits: { held: 1 },
    });
    expect(withheld(fold)[0].policy).toMatchObject({ why: "too_many" });
  });

  test("something held counts for repeat, unless it is given up", () => {
    const pack = (repeat: string) =>
      packFrom(`pack: p\nversion: 1\nevents: { hit: Hit, off: Off, on: On }\ntraits: { ok: string }
triggers: { t: { event: hit, if: 'traits.ok != "no"', repeat: ${repeat}, channel: email, message: m } }`);
    const script = `
      21h   c1 identify {"ok": "yes"}
      22h   c1 track Hit {}                -> sent none
      23h   c1 track Hit {}                -> sent none
      1d8h  ADVANCE                        -> c1 sent t:email, c1 withheld none
      1d22h c1 track Hit {}`;
    runScript([pack("never")], `${script}\n2d8h ADVANCE -> c1 sent none`, {}, NIGHT);
    runScript([pack("1d")], `${script}\n2d8h ADVANCE -> c1 sent none\n2d9h c1 track Hit {} -> sent t:email`, {}, NIGHT);
    const given = `
      21h   c1 identify {"ok": "yes"}
      22h   c1 track Hit {}
      23h   c1 identify {"ok": "no"}
      1d8h  ADVANCE                        -> c1 withheld t:quiet
      1d9h  c1 identify {"ok": "yes"}
      1d10h c1 track Hit {}                -> sent t:email`;
    runScript([pack("never")], given, {}, NIGHT);
  });

  const CARE = packFrom(`
pack: care
version: 1
events: { cart: Cart, order: Order, both: Both }
stages: { order: [new, buyer], moves: [{ to: buyer, event: order }] }
triggers:
  basket: { event: cart, channel: email, message: m, goal: { event: order, within: 7d } }
  welcome: { enter: new, channel: email, goal: { enter: buyer, within: 7d }, steps: [{ after: 0d, message: one }, { after: 10h, message: two }, { after: 2d, message: three }] }
  tell: { event: both, channel: { all: [email, push] }, steps: [{ after: 0d, message: one }, { after: 1d, message: two }] }
`);

  test("what has reached its goal meanwhile is dropped, and so is what its series no longer waits for", () => {
    runScript(
      [CARE],
      `
      21h  c1 track Cart {}   -> sent none
      21h  c2 track Cart {}   -> sent none
      23h  c1 track Order {}  -> moves buyer
      1d8h ADVANCE            -> c1 withheld basket:quiet welcome:quiet, c1 sent none, c2 sent basket:email welcome:email welcome:email
      3d8h ADVANCE            -> c1 sent none, c1 withheld none, c2 sent welcome:email
    `,
      {},
      NIGHT,
    );
  });

  test("the goal of what was held opens when it is sent, and closes on time", () => {
    const pack = packFrom(`pack: p\nversion: 1\nevents: { cart: Cart, order: Order }
triggers: { basket: { event: cart, channel: email, message: m, goal: { event: order, within: 7d } } }`);
    const fold = runScript([pack], "22h c1 track Cart {}\n1d8h ADVANCE -> c1 outcomes none\n30d ADVANCE", {}, NIGHT);
    const outcomes = fold.effects.filter(({ subject }) => subject.startsWith("tidemark.outcomes.")).map(({ body }) => `${body.data.trigger} ${body.time}`);
    expect(outcomes).toEqual(["basket 2026-01-09T08:00:00.000Z"]);
  });

  test("a step that is held on one channel and refused on another does not end its series", () => {
    runScript(
      [CARE],
      `
      10h   c1 track Both {"$context": {"traits": {"consent": {"push": false}}}}  -> sent welcome:email tell:email, withheld tell:consent
      22h   c2 track Both {"$context": {"traits": {"consent": {"push": false}}}}  -> sent none, withheld tell:consent
      1d8h  ADVANCE  -> c2 sent welcome:email welcome:email tell:email, c2 withheld none
      1d10h ADVANCE  -> c1 sent tell:email, c1 withheld tell:consent
    `,
      {},
      NIGHT.replace("push: ,", "push: { consent: push },"),
    );
  });

  test("what is transactional and what goes to staff is never held", () => {
    run(NIGHT, "23h c1 track Alarm {} -> sent alarm:crm\n23h c1 track Order {} -> sent receipt:email");
  });

  test("of a trigger that a new version of the pack no longer has, nothing is sent, and it is counted", () => {
    const before = packFrom("pack: p\nversion: 1\nevents: { a: A }\ntriggers: { t: { event: a, channel: email, message: m } }");
    const after = packFrom("pack: p\nversion: 2\nevents: { a: A }\ntriggers: { u: { event: a, channel: email, message: m } }");
    const fold = new Fold([before], {}, NIGHT);
    const start = Date.parse("2026-01-01T22:00:00Z");
    fold.event("c1", start, { type: "track", event: "A" });
    fold.pack(after);
    fold.advance(start + 86_400_000);
    expect([fold.effects, fold.dropped]).toEqual([[], { held_trigger_gone: 1 }]);
  });
});

describe("hold-out", () => {
  const HELD_OUT = policy(
    "channels: { email: { consent: { key: email, default: opt_in } }, push: { consent: push }, crm: { reaches: staff } }\nhold_out: { percent: 50, salt: autumn }",
  );
  const contacts = Array.from({ length: 40 }, (_, i) => `c${i}`);
  const drawn = (salt: string) => contacts.filter((id) => isDrawn(`${salt}\nuser\n${id}`, 50));

  test("keeps the same contacts from everything but staff and what is transactional", () => {
    const fold = new Fold(PACKS, {}, HELD_OUT);
    const start = Date.parse("2026-01-01T10:00:00Z");
    for (const id of contacts) {
      fold.event(id, start, { type: "identify", traits: { consent: { email: true } } });
      fold.event(id, start, { type: "track", event: "Digest" });
      fold.event(id, start, { type: "track", event: "Alarm" });
      fold.event(id, start, { type: "track", event: "Order" });
    }
    const of = (trigger: string, reason: string | undefined) =>
      fold.effects.filter(({ body }) => body.data.trigger === trigger && body.data.reason === reason).map(({ body }) => body.subject);
    expect(of("digest", "hold_out")).toEqual(drawn("autumn"));
    expect([of("alarm", undefined).length, of("receipt", undefined).length, drawn("autumn").length > 10]).toEqual([40, 40, true]);
  });

  test("is drawn once, when a channel may reach the contact: a later percentage draws nobody anew, another salt does", () => {
    const fold = new Fold(PACKS, {}, HELD_OUT);
    const start = Date.parse("2026-01-01T10:00:00Z");
    const digest = (id: string) => fold.event(id, start, { type: "track", event: "Digest" });
    digest("c0");
    expect(fold.view("c0").policy.holdOut).toBeNull();
    for (const id of contacts) fold.event(id, start, { type: "identify", traits: { consent: { email: true } } });
    fold.policy(HELD_OUT.replace("50", "0"));
    for (const id of contacts) digest(id);
    expect(contacts.filter((id) => fold.view(id).policy.holdOut)).toEqual(drawn("autumn"));
    fold.policy(HELD_OUT.replace("autumn", "winter"));
    for (const id of contacts) digest(id);
    expect(contacts.filter((id) => fold.view(id).policy.holdOut)).toEqual(drawn("winter"));
  });
});

describe("suppression", () => {
  const text = policy(`
channels: { email: , push: , ads: { reaches: audience }, crm: { reaches: staff } }
suppress:
  - { in: shop/buyer, except: [news/alarm, shop/thanks], channels: [email] }
  - { in: [shop/keen, shop/nowhere, gone/place] }
`);

  test("while the contact stands in a place of another pack, nothing is sent but what is excepted", () => {
    const fold = run(
      text,
      `
      0d  c1 track Both {}    -> sent both:email both:push both:crm
      1h  c1 track Order {}   -> sent receipt:email thanks:email
      2h  c1 track Both {}    -> sent both:push both:crm, withheld both:suppressed
      3h  c2 track Look {}    -> sent offer:email
      4h  c2 track Look {}    -> withheld offer:suppressed
      5h  c2 track Both {}    -> sent both:crm, withheld both:suppressed both:suppressed
    `,
    );
    expect(withheld(fold)[0].policy).toEqual({ name: "test", in: "shop/buyer" });
  });
});

test("transitions are published whatever the policy", () => {
  const nothing = policy(
    "channels: { email: { consent: never_given }, push: { consent: never_given }, crm: { reaches: staff } }\nhold_out: { percent: 100, salt: s }",
  );
  run(nothing, "0d c1 track Look {} -> moves new\n1h c1 track Look {} -> moves +keen\n2h c1 track Order {} -> moves buyer, withheld thanks:consent");
});

test("a channel that the policy does not name reaches the contact: it counts for everyone, and needs nothing of its own", () => {
  run(
    policy("channels: { push: , crm: { reaches: staff } }\neveryone: { cap: 1 per 1d }"),
    "0d c1 track Digest {} -> sent digest:email\n1h c1 track Digest {} -> withheld digest:cap",
  );
});

test("a policy that comes later, or changes, counts from where it stands; what was counted and said stays", () => {
  const fold = new Fold(PACKS);
  const at = (hours: number) => Date.parse("2026-01-01T10:00:00Z") + hours * 3_600_000;
  const digest = (hours: number) => fold.event("c1", at(hours), { type: "track", event: "Digest" });
  const last = () => fold.effects.at(-1)?.subject;
  digest(0);
  const one = policy("channels: { email: { consent: { key: email, default: opt_out }, cap: 1 per 1d }, push: , crm: { reaches: staff } }");
  fold.policy(one);
  digest(1);
  expect(last()).toBe("tidemark.triggers.email.news.digest.0");
  digest(2);
  expect(last()).toBe("tidemark.withheld.cap.news.digest.0");
  fold.event("c1", at(3), { type: "track", event: "Unsubscribed" });
  fold.policy(one.replace("1 per 1d", "5 per 1d"));
  digest(4);
  expect(last()).toBe("tidemark.withheld.consent.news.digest.0");
  fold.event("c1", at(5), { type: "identify", traits: { consent: { email: true } } });
  digest(6);
  expect(last()).toBe("tidemark.triggers.email.news.digest.0");
  expect(fold.view("c1").policy.sent.email).toEqual({ "5 per 1d": 2 });
  fold.policy("policy: broken\nchannels: [");
  digest(7);
  expect([fold.dropped, fold.view("c1").policy.sent.email]).toEqual([{ policy_refused: 1 }, { "5 per 1d": 3 }]);
});

test("contacts that the sweep has not reached yet survive a checkpoint, with the policy they were laid out by", () => {
  const one = policy("channels: { email: { cap: 1 per 1d }, push: , crm: { reaches: staff } }");
  const fold = new Fold(PACKS, { timers: { sweep_per_step: 1 } }, one);
  const at = (hours: number) => Date.parse("2026-01-01T10:00:00Z") + hours * 3_600_000;
  const contacts = Array.from({ length: 300 }, (_, i) => `c${i}`);
  const digest = (hours: number) => {
    for (const id of contacts) fold.event(id, at(hours), { type: "track", event: "Digest" });
  };
  digest(0);
  fold.policy(one.replace("push: ,", "push: { consent: push }, sms: { cap: 1 per 2d },"));
  fold.step(at(1));
  fold.checkpoint();
  digest(2);
  fold.crash();
  expect(fold.effects.filter(({ body }) => body.data.reason === "cap").map(({ body }) => body.subject)).toEqual(contacts);
});

test("the contact's view shows consent, hold-out, what was sent and what is held", () => {
  const fold = run(
    policy(
      'zone: { trait: timezone, else: UTC }\nchannels: { email: { consent: email, cap: [2 per 1d, 4 per 7d], quiet: "21:00 to 08:00" }, push: { consent: push } }\neveryone: { cap: 6 per 7d }\nhold_out: { percent: 0, salt: s }',
    ),
    `
    20h  c1 identify {"timezone": "Europe/London", "consent": {"email": {"marketing": true, "news": false}, "push": false}}
    20h  c1 track Digest {}
    22h  c1 track Digest {}
  `,
  );
  expect(fold.view("c1").policy).toEqual({
    name: "test",
    zone: "Europe/London",
    consent: { email: { marketing: true, news: false }, push: false },
    holdOut: false,
    sent: { email: { "2 per 1d": 1, "4 per 7d": 1 }, everyone: { "6 per 7d": 1 } },
    held: [{ trigger: "news/digest", channel: "email", since: "2026-01-01T22:00:00.000Z", until: "2026-01-02T08:00:00.000Z" }],
  });
});
