import { describe, expect, it } from "vitest";
import { partitionOf } from "../../src/model/partition-of.ts";
import { randomRulePack } from "../model/naive/random-rules.ts";
import { Dice } from "../model/naive/random-story.ts";
import { packFrom } from "../support/pack.ts";
import { durationOf, Fold, START } from "../support/script.ts";

const BODY = `
events: { a: A, b: B, cart: { track: Cart, key: properties.id } }
traits: { size: number }
measures: { n_a: { count: a }, n_a_2d: { count: a, window: 2d }, n_b: { count: b } }
scores: { s: { decay: { half_life: 1d }, points: { a: 40 } } }
`;
const PACK = packFrom(`
pack: p
version: 1
${BODY}
stages: { order: [x, y], moves: [{ to: y, from: x, if: n_a >= 1, for: 1d }] }
triggers:
  later: { event: a, after: 1h, channel: web, message: m }
  quiet: { silent: a, for: 2h, channel: web, message: m }
`);

/** Contacts of one partition, in the order in which they will be made. */
const neighbours = (count: number, partition = partitionOf("c1")): string[] =>
  Array.from({ length: count * 200 }, (_, i) => `n${i}`)
    .filter((id) => partitionOf(id) === partition)
    .slice(0, count);
const at = (text: string) => START + durationOf(text);
const track = (event: string, properties: Record<string, unknown> = {}) => ({ type: "track", event, properties });
const told = (fold: Fold, from = 0) => fold.effects.slice(from).map((effect) => `${effect.body.subject} ${effect.body.data.trigger ?? effect.body.data.to}`);

describe("the time step", () => {
  it("fires in the order (deadline, slot), so many of a partition, the others at the next step", () => {
    const [first, second, third, fourth] = neighbours(4) as [string, string, string, string];
    const fold = new Fold([PACK], { timers: { per_step: 2 } });
    for (const [contact, moment] of [
      [first, "3ms"],
      [second, "2ms"],
      [third, "3ms"],
      [fourth, "3ms"],
    ] as const)
      fold.event(contact, at("10ms"), track("A"), at(moment));
    const before = fold.effects.length;
    fold.step(at("1h1s"));
    expect(told(fold, before)).toEqual([`${second} later`, `${first} later`]);
    fold.step(at("1h1s1ms"));
    expect(told(fold, before)).toHaveLength(2);
    fold.step(at("1h1s100ms"));
    expect(told(fold, before).slice(2)).toEqual([`${third} later`, `${fourth} later`]);
    expect(fold.effects.slice(before).map((effect) => effect.body.time)).toEqual([2, 3, 3, 3].map((ms) => new Date(at(`1h${ms}ms`)).toISOString()));
    const positions = fold.effects.slice(before).map((effect) => effect.identity.split("-").slice(1, 4).join("-"));
    expect(new Set(positions.map((position) => position.split("-")[0])).size).toBe(2);
    expect(positions.map((position) => position.split("-")[2])).toEqual(["0", "1", "0", "1"]);
  });

  it("lets a deadline that is set again to the past join the same step, and count", () => {
    const [first, second] = neighbours(2) as [string, string];
    const both = packFrom(
      `pack: p\nversion: 1\n${BODY}triggers:\n  one: { event: a, after: 1h, channel: web, message: m }\n  two: { event: a, after: 2h, channel: web, message: m }\n`,
    );
    for (const [perStep, order] of [
      [3, [`${first} one`, `${second} one`, `${first} two`]],
      [4, [`${first} one`, `${second} one`, `${first} two`, `${second} two`]],
    ] as const) {
      const fold = new Fold([both], { timers: { per_step: perStep } });
      for (const contact of [first, second]) fold.event(contact, at("0ms"), track("A"));
      fold.step(at("1d"));
      expect(told(fold)).toEqual(order);
    }
  });

  it("fires a contact's own deadlines first, each at its own moment, when an event comes before their turn", () => {
    const [first, second, third] = neighbours(3) as [string, string, string];
    const fold = new Fold([PACK], { timers: { per_step: 1 } });
    for (const contact of [first, second, third]) fold.event(contact, at("0ms"), track("A"));
    const before = fold.effects.length;
    fold.event(third, at("3h"), track("B"));
    expect(told(fold, before)).toEqual([`${first} later`, `${third} later`, `${third} quiet`]);
    expect(fold.effects.slice(before).map((effect) => effect.body.time)).toEqual([
      "2026-01-01T01:00:00.000Z",
      "2026-01-01T01:00:00.000Z",
      "2026-01-01T02:00:00.000Z",
    ]);
    expect(fold.effects.slice(before).map((effect) => effect.identity.split("-").at(-1))).toEqual(["0", "1", "2"]);
  });

  it("comes only when log time passes a multiple of the grain", () => {
    const fold = new Fold([PACK], { time: { grain_ms: 1000 } });
    fold.event("c1", at("0ms"), track("A"));
    fold.step(at("59m59s999ms"));
    fold.step(at("1h"));
    expect(told(fold)).toEqual(["c1 x", "c1 later"]);
    fold.event("c2", at("1h1ms"), track("A"));
    fold.event("c1", at("2h"), track("B"));
    fold.step(at("2h1ms"));
    expect(told(fold).slice(3)).toEqual(["c1 quiet"]);
    fold.step(at("2h900ms"));
    expect(told(fold).slice(4)).toEqual([]);
    fold.step(at("2h1s"));
    expect(told(fold).slice(4)).toEqual(["c2 later"]);
  });

  it("repeats at the end of a replay until nothing is due", () => {
    const fold = new Fold([PACK], { timers: { per_step: 1 } });
    for (const contact of neighbours(5)) fold.event(contact, at("0ms"), track("A"));
    const before = fold.effects.length;
    fold.advance(at("30d"));
    expect(told(fold, before).filter((what) => what.endsWith(" y"))).toHaveLength(5);
    expect(told(fold, before)).toHaveLength(15);
    expect(fold.effects.slice(before).map((effect) => effect.body.time)).toEqual(
      fold.effects
        .slice(before)
        .map((effect) => effect.body.time)
        .sort(),
    );
  });

  it("goes on after a restart in the middle of a herd as if there had been none", () => {
    const run = (restart: (fold: Fold, step: number) => void) => {
      const fold = new Fold([PACK], { timers: { per_step: 7 } });
      for (const contact of neighbours(50)) fold.event(contact, at("0ms"), track("A"));
      for (let step = 1; step <= 30; step++) {
        fold.step(at("1h") + step * 100);
        restart(fold, step);
      }
      return fold;
    };
    const plain = run(() => {});
    expect(plain.effects.filter((effect) => effect.body.data.trigger === "later")).toHaveLength(50);
    for (const when of [1, 3, 7]) {
      const restarted = run((fold, step) => {
        if (step % 4 === when % 4) fold.checkpoint();
        if (step % when === 0) fold.crash();
      });
      expect(restarted.effects).toEqual(plain.effects);
      expect(restarted.digest()).toBe(plain.digest());
    }
  });
});

describe("an event", () => {
  it("is late when it is older than log time less the lateness, and touches nothing", () => {
    const fold = new Fold([PACK], { time: { lateness_ms: 86_400_000 } });
    fold.event("c1", at("2d"), track("A"), at("1d"));
    fold.event("c1", at("2d"), track("A"), at("1d") - 1);
    fold.event("c2", at("2d"), track("A"), at("1d") - 1);
    expect(fold.outcomes).toMatchObject({ applied: 1, late: 2 });
    expect(fold.view("c1").packs.p.measures.n_a).toBe(1);
    expect(fold.view("c2")).toBeNull();
  });

  it("is a duplicate by contact and messageId within the window, and touches nothing", () => {
    const fold = new Fold([PACK]);
    const send = (contact: string, moment: string, messageId: string | null) => fold.event(contact, at(moment), { ...track("A"), messageId });
    send("c1", "0ms", "m");
    send("c1", "0ms", "m");
    send("anon:c1", "0ms", "m");
    send("c2", "0ms", "m");
    send("c1", "1d", "m");
    expect(fold.outcomes).toMatchObject({ applied: 3, duplicate: 2 });
    send("c1", "1d1ms", "m");
    expect(fold.outcomes).toMatchObject({ applied: 4, duplicate: 2 });
    send("c1", "2d", null);
    send("c1", "2d", null);
    expect(fold.view("c1").packs.p.measures.n_a).toBe(4);
  });

  it("that is late is not remembered as seen", () => {
    const fold = new Fold([PACK], { time: { lateness_ms: 1000 } });
    fold.event("c1", at("1d"), { ...track("A"), messageId: "m" }, at("0ms"));
    fold.event("c1", at("1d"), { ...track("A"), messageId: "m" });
    expect(fold.outcomes).toMatchObject({ late: 1, applied: 1 });
  });

  it("is clamped to log time and a bounded skew with the stored clock, and not with the event clock", () => {
    const settings = { time: { skew_ms: 60_000 } };
    const stored = new Fold([PACK], { clock: "stored", ...settings });
    stored.event("c1", at("1h"), track("A"), at("1h1m30s"));
    stored.event("c2", at("1h"), track("A"), at("1h30s"));
    expect(stored.view("c1").lastSeen).toBe("2026-01-01T01:01:00.000Z");
    expect(stored.view("c2").lastSeen).toBe("2026-01-01T01:00:30.000Z");
  });

  it("of one message shares position and partition with its neighbours, and k goes on", () => {
    const [first, second] = neighbours(2) as [string, string];
    const fold = new Fold([PACK]);
    const time = new Date(at("1h")).toISOString();
    fold.message(
      at("1h"),
      [first, second, first].map((userId) => ({ ...track("A"), userId, timestamp: time })),
    );
    expect(fold.effects.map((effect) => effect.identity)).toEqual([0, 1].map((k) => `0-3-${partitionOf(first)}-${k}`));
    fold.step(at("2h"));
    expect(fold.effects.at(-1)?.body.data.key).toBe(`p/later/${second}/3.1`);
    expect(fold.view(first)).toMatchObject({ contact: { generation: 3 }, packs: { p: { measures: { n_a: 2 } } } });
  });
});

describe("contacts", () => {
  it("are told apart by kind and by every character of their ids", () => {
    const ids = ["ü", "u\u0308", "😀", "\ufffd", "a b", "%61", "a", "A", "ß", "名前", "x".repeat(512), "null2", "-1", "é".repeat(100)];
    const fold = new Fold([PACK]);
    for (const round of [1, 2]) for (const id of ids) for (const contact of [id, `anon:${id}`]) fold.event(contact, at(`${round}h`), track("A"));
    for (const id of ids)
      for (const contact of [id, `anon:${id}`]) expect(fold.view(contact)).toMatchObject({ contact: { id }, packs: { p: { measures: { n_a: 2 } } } });
    fold.checkpoint();
    const digest = fold.digest();
    fold.crash();
    expect(fold.digest()).toBe(digest);
    for (const id of ids) expect(fold.view(id).packs.p.measures.n_a).toBe(2);
  });

  it("whose id has half of a surrogate pair are one contact, not a new one with every event", () => {
    const fold = new Fold([PACK]);
    fold.event("\ud83d", at("1h"), track("A"));
    fold.event("\ud83d", at("2h"), track("A"));
    expect(fold.contacts()).toHaveLength(1);
    expect(fold.contacts()[0]).toMatchObject({ contact: { id: "\ufffd" }, packs: { p: { measures: { n_a: 2 } } } });
  });
});

const version = (number: number, rest: string, name = "p") => packFrom(`pack: ${name}\nversion: ${number}\n${rest}`);
const FIRST = version(
  1,
  `${BODY}audiences: { big: traits.size >= 10 }\nstages: { order: [x, y], moves: [{ to: y, from: x, event: b }] }\ntriggers: { later: { event: a, after: 1h, channel: web, message: m }, in_y: { enter: y, channel: web, message: m } }\n`,
);

describe("a pack that changes in mid-log", () => {
  const begin = (settings = {}) => {
    const fold = new Fold([FIRST], { timers: { per_step: 1000, sweep_per_step: 2 }, ...settings });
    const contacts = neighbours(7);
    for (const contact of contacts) fold.event(contact, at("0ms"), track("A"));
    for (const contact of contacts.slice(0, 2)) fold.event(contact, at("10m"), track("B"));
    return { fold, contacts };
  };

  it("keeps what did not change, begins what is new empty, and fires what was pending", () => {
    const { fold, contacts } = begin();
    const before = fold.effects.length;
    fold.pack(
      version(
        2,
        `${BODY.replace("n_b: { count: b }", "n_b: { count: b }, n_both: { count: a, window: 3d }").replace("points: { a: 40 }", "points: { a: 10, b: 5 }")}audiences: { big: traits.size >= 10 }\nstages: { order: [new, y, x], moves: [{ to: y, from: x, event: b }] }\ntriggers: { later: { event: a, after: 1h, channel: mail, message: other }, in_y: { enter: y, channel: web, message: m }, fresh: { enter: y, channel: web, message: m } }\n`,
      ),
    );
    fold.advance(at("30m"));
    expect(told(fold, before)).toEqual([]);
    expect(fold.view(contacts[0] as string).packs.p).toMatchObject({
      version: 2,
      stage: { name: "y", previous: "x" },
      measures: { n_a: 1, n_a_2d: 1, n_b: 1, n_both: 0 },
      scores: { s: { points: { a: 39.43 } } },
    });
    expect(fold.view(contacts[6] as string).packs.p).toMatchObject({ stage: { name: "x" }, measures: { n_a: 1, n_both: 0 } });
    fold.event(contacts[6] as string, at("40m"), track("B"));
    expect(told(fold, before)).toEqual([`${contacts[6]} y`, `${contacts[6]} in_y`, `${contacts[6]} fresh`]);
    fold.step(at("2h"));
    expect(fold.effects.filter((effect) => effect.subject === "tidemark.triggers.mail.p.later.0")).toHaveLength(7);
  });

  it("places contacts in a new pack without a word, and tells what changes from there on", () => {
    const { fold, contacts } = begin();
    const before = fold.effects.length;
    fold.pack(
      version(
        1,
        "events: { a: A }\nmeasures: { n: { count: a } }\nscores: { fit: { while: { known: { points: 60, if: identified } } } }\naudiences: { known: identified }\nsegments: { list: [{ some: n >= 1 }, { none_yet: else }] }\nstages: { order: [one, two, three], moves: [{ to: two, from: one, if: identified }, { to: three, from: two, event: a }] }\ntriggers: { in_two: { enter: two, channel: web, message: m }, fits: { rises: { fit: 50 }, channel: web, message: m }, fits_long: { rises: { fit: 50 }, for: 1h, channel: web, message: m }, idle: { silent: a, for: 1d, channel: web, message: m } }\n",
        "q",
      ),
    );
    fold.step(at("20m"));
    fold.event(contacts[6] as string, at("20m"), track("A"));
    fold.step(at("21m"));
    fold.step(at("22m"));
    fold.step(at("23m"));
    expect(told(fold, before)).toEqual([`${contacts[6]} some`, `${contacts[6]} three`].map((line) => line));
    expect(fold.view(contacts[3] as string).packs.q).toMatchObject({ stage: { name: "two" }, segment: { name: "none_yet" }, audiences: ["known"] });
    fold.event("someone-new", at("30m"), track("X"));
    expect(told(fold, before).filter((line) => line.startsWith("someone-new"))).toEqual(
      ["x", "one", "known", "none_yet", "two", "in_two", "fits"].map((what) => `someone-new ${what}`),
    );
    fold.advance(at("3d"));
    // Only who came after the pack crossed the threshold; all were silent, from when the pack came.
    const later = fold.effects.filter((effect) => effect.body.data.pack === "q" && effect.body.type === "io.tidemark.trigger.v1");
    expect(later.filter((effect) => effect.body.data.trigger === "fits_long").map((effect) => effect.body.subject)).toEqual(["someone-new"]);
    expect(later.filter((effect) => effect.body.data.trigger === "idle")).toHaveLength(8);
    expect(later.filter((effect) => effect.body.data.trigger === "idle" && effect.body.time < "2026-01-02T00:20:00")).toEqual([]);
  });

  it("places contacts in what a new version adds without a word: stages, segments, audiences, thresholds, silences", () => {
    const plain = version(1, BODY);
    const fold = new Fold([plain], { timers: { sweep_per_step: 1 } });
    const contacts = neighbours(3);
    for (const contact of contacts) fold.event(contact, at("0ms"), track("A"));
    fold.event(contacts[0] as string, at("20d"), track("A"));
    fold.pack(
      version(
        2,
        `${BODY}audiences: { some: n_a >= 1 }\nsegments: { list: [{ many: n_a >= 2 }, { few: else }] }\nstages: { order: [x, y, z], moves: [{ to: y, from: x, if: n_a >= 2 }, { to: z, from: [x, y], event: b }] }\ntriggers: { warm: { rises: { s: 30 }, channel: web, message: m }, quiet: { silent: a, for: 25d, channel: web, message: m }, moved: { enter: [y, some, many], channel: web, message: m } }\n`,
      ),
    );
    for (const minute of [1, 2, 3, 4]) fold.step(at(`20d${minute}m`));
    expect(told(fold)).toEqual([]);
    expect(contacts.map((contact) => fold.view(contact).packs.p.stage.name)).toEqual(["y", "x", "x"]);
    expect(fold.view(contacts[0] as string).packs.p).toMatchObject({ segment: { name: "many" }, audiences: ["some"] });
    fold.event(contacts[1] as string, at("20d5m"), track("B"));
    expect(told(fold)).toEqual([`${contacts[1]} z`]);
    fold.advance(at("44d"));
    expect(told(fold)).toHaveLength(1);
    fold.advance(at("46d"));
    expect(told(fold).slice(1)).toEqual(contacts.map((contact) => `${contact} quiet`));
    fold.event(contacts[0] as string, at("50d"), track("A"));
    expect(told(fold).at(-1)).toBe(`${contacts[0]} warm`);
  });

  it("looks at changed conditions when a contact is taken over, and tells what they turn", () => {
    const { fold, contacts } = begin();
    const before = fold.effects.length;
    fold.pack(version(2, `${BODY}audiences: { big: n_a >= 1 }\nstages: { order: [x, y], moves: [{ to: y, from: x, if: n_a >= 1 }] }\n`));
    fold.step(at("11m"));
    expect(told(fold, before)).toEqual([`${contacts[0]} big`, `${contacts[1]} big`]);
    fold.advance(at("12m"));
    expect(told(fold, before).slice(2)).toEqual(contacts.slice(2).flatMap((contact) => [`${contact} big`, `${contact} y`]));
  });

  it("puts who stood in a segment that is gone where it belongs now", () => {
    const fold = new Fold([version(1, `${BODY}segments: { list: [{ old: n_a >= 1 }] }\n`)]);
    fold.event("c1", at("0ms"), track("A"));
    fold.pack(version(2, `${BODY}segments: { list: [{ other: n_b >= 1 }, { new: n_a >= 1 }] }\n`));
    fold.advance(at("1h"));
    expect(fold.effects.at(-1)?.body.data).toMatchObject({ axis: "segment", from: null, to: "new", was: { segment: null, since: null } });
  });

  it("is refused where its version is not above the live one, or a stage is gone; the same text changes nothing", () => {
    const { fold, contacts } = begin();
    const digest = fold.digest();
    fold.pack(FIRST);
    expect(fold.digest()).toBe(digest);
    fold.pack(version(1, `${BODY}stages: { order: [x, y] }\n`));
    fold.pack(version(2, `${BODY}stages: { order: [x, z], moves: [{ to: z, event: b }] }\n`));
    fold.pack(version(2, BODY));
    expect(fold.dropped).toEqual({ pack_refused: 3 });
    fold.step(at("11m"));
    expect(fold.view(contacts[0] as string).packs.p).toMatchObject({ version: 1, stage: { name: "y" } });
  });

  it("is the same to the byte with a restart at any step of the sweep", () => {
    const second = version(
      2,
      `${BODY.replace("half_life: 1d", "half_life: 2d")}stages: { order: [x, y, z], moves: [{ to: z, from: x, if: n_a >= 1, for: 1m }] }\ntriggers: { later: { event: a, after: 1h, channel: web, message: m } }\n`,
    );
    const third = version(1, "events: { a: A }\nstages: { order: [one] }\n", "q");
    const run = (restart: (fold: Fold, at: number) => void) => {
      const { fold, contacts } = begin();
      const points: (() => void)[] = [
        () => fold.pack(second),
        () => fold.step(at("20m")),
        () => fold.event(contacts[6] as string, at("21m"), track("B")),
        () => fold.pack(third),
        () => fold.event(contacts[5] as string, at("21m10ms"), track("A")),
        () => fold.step(at("22m")),
        ...contacts.map((contact) => () => fold.event(contact, at("22m10ms"), track("B"))),
        () => fold.step(at("23m")),
        () => fold.event("late-comer", at("24m"), track("A")),
        () => fold.step(at("25m")),
        () => fold.advance(at("3d")),
      ];
      const digests: string[] = [];
      for (const [index, act] of points.entries()) {
        act();
        restart(fold, index);
        digests.push(fold.digest());
      }
      return { fold, digests };
    };
    const plain = run(() => {});
    for (const [checkpointAt, crashAt] of [
      [0, 1],
      [2, 3],
      [3, 5],
      [12, 12],
      [1, 14],
    ] as const) {
      const restarted = run((fold, index) => {
        if (index >= checkpointAt && (index - checkpointAt) % 3 === 0) fold.checkpoint();
        if (index >= crashAt) fold.crash();
      });
      expect(restarted.fold.effects).toEqual(plain.fold.effects);
      expect(restarted.digests).toEqual(plain.digests);
    }
  });

  it.each([1, 2, 3, 4])("is the same to the byte with restarts, from one random pack to the next and the next (dice %i)", (seed) => {
    const run = (restarts: boolean) => {
      const dice = new Dice(seed);
      const chance = new Dice(seed + 1000);
      const versions = [1, 2, 3].map((number) => packFrom(randomRulePack("p", dice).replace("version: 1", `version: ${number}`)));
      const fold = new Fold([versions[0] as (typeof versions)[0]], { timers: { per_step: 3, sweep_per_step: 2 } });
      let now = START;
      for (let index = 0; index < 90; index++) {
        now += dice.chance(0.3) ? 0 : dice.whole(1, dice.one([90, 60_000, 86_400_000]));
        if (index === 30 || index === 33 || index === 60) fold.pack(versions[index === 30 ? 1 : 2] as (typeof versions)[0]);
        fold.event(
          `u${dice.whole(1, 9)}`,
          now,
          { ...track(dice.one(["A", "B"]), { v: dice.one([5, 30]) }), messageId: `m${index}` },
          now - (dice.chance(0.2) ? 86_400_000 : 0),
        );
        if (!restarts) continue;
        if (chance.chance(0.3)) fold.checkpoint();
        if (chance.chance(0.3)) fold.crash();
      }
      fold.advance(now + durationOf("40d"));
      return fold;
    };
    const plain = run(false);
    const restarted = run(true);
    expect(plain.effects.length).toBeGreaterThan(50);
    expect(restarted.effects).toEqual(plain.effects);
    expect(restarted.digest()).toBe(plain.digest());
  });
});
