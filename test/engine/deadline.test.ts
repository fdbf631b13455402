import { describe, expect, it } from "vitest";
import type { PackDefinition } from "../../src/packs/definition.ts";
import { randomRulePack } from "../model/naive/random-rules.ts";
import { Dice } from "../model/naive/random-story.ts";
import { packFrom } from "../support/pack.ts";
import { durationOf, type Effect, Fold, runScript, START } from "../support/script.ts";

const HEAD = `
pack: p
version: 1
events: { a: A, b: B, c: C }
traits: { size: number, day: date }
measures: { n_a: { count: a }, n_a_2d: { count: a, window: 2d }, n_a_1h: { count: a, window: 1h }, last_a: { last: a } }
`;
const pack = (rest: string): PackDefinition => packFrom(HEAD + rest);
const next = (fold: Fold): string | null => fold.view("c1").packs.p.nextDeadline;
const iso = (text: string): string => new Date(START + durationOf(text)).toISOString();

describe("what matters", () => {
  it("is nothing where only events can change anything", () => {
    expect(next(runScript([pack("stages: { order: [x, y], moves: [{ to: y, from: x, event: a, if: n_a_2d >= 3 }] }\n")], "0d c1 track A"))).toBeNull();
  });

  it("is the edge of a window behind an audience, a segment, a `while` and an `if` move from where the contact stands", () => {
    for (const part of [
      "audiences: { keen: n_a_1h >= 1 }",
      "segments: { list: [{ keen: n_a_1h >= 1 }] }",
      "scores: { s: { while: { keen: { points: 5, if: n_a_1h >= 1 } } } }\naudiences: { any_points: s > 0 }",
      "stages: { order: [x, y], moves: [{ to: y, from: x, if: n_a_1h == 0 }] }",
    ])
      expect(next(runScript([pack(`${part}\n`)], "10m c1 track A")), part).toBe(iso("70m"));
    expect(next(runScript([pack("stages: { order: [x, y], moves: [{ to: x, from: y, if: n_a_1h == 0 }] }\n")], "10m c1 track A"))).toBeNull();
  });

  it("is not a score on its own, a trigger that has fired for good, or a segment below the one that holds", () => {
    expect(next(runScript([pack("scores: { s: { decay: { half_life: 1d }, points: { a: 50 } } }\n")], "0d c1 track A"))).toBeNull();
    const rising = pack("scores: { s: { decay: { half_life: 1d }, points: { a: 50 } } }\ntriggers: { up: { rises: { s: 40 }, channel: web, message: m } }\n");
    expect(next(runScript([rising], "0d c1 track A"))).toBeNull();
    const falling = pack(
      "scores: { s: { decay: { half_life: 1d }, points: { a: 50 } } }\ntriggers: { down: { falls: { s: 25 }, channel: web, message: m } }\n",
    );
    expect(next(runScript([falling], "0d c1 track A"))).toBe(iso("1d1ms"));
    expect(next(runScript([falling], "0d c1 track A\n2d ADVANCE"))).toBeNull();
    const segments = pack("segments: { list: [{ has_a: n_a >= 1 }, { lately: n_a_1h >= 1 }] }\n");
    expect(next(runScript([segments], "0d c1 track A"))).toBeNull();
  });

  it("is the end of `stay`, of `for`, of a silence and of what is pending, whichever comes first", () => {
    const all = pack(`stages: { order: [x, y, z], moves: [{ to: y, from: x, event: a, stay: 5d }, { to: z, from: y, if: n_a >= 1, for: 3d }] }
triggers:
  quiet: { silent: a, for: 2d, channel: web, message: m }
  later: { event: a, after: 1d, channel: web, message: m }
`);
    expect(next(runScript([all], "0d c1 track A"))).toBe(iso("1d"));
    expect(next(runScript([all], "0d c1 track A\n1d ADVANCE"))).toBe(iso("2d"));
    expect(next(runScript([all], "0d c1 track A\n2d ADVANCE"))).toBe(iso("3d"));
    expect(next(runScript([all], "0d c1 track A\n3d ADVANCE"))).toBe(iso("5d"));
    expect(next(runScript([all], "0d c1 track A\n5d ADVANCE -> c1 stage z"))).toBeNull();
  });

  it("is the nearer of two sides of ||, and while one side of && is false only that side", () => {
    const both = (op: string) => pack(`audiences: { q: 'n_a_1h >= 1 ${op} n_a_2d >= 1' }\n`);
    expect(next(runScript([both("&&")], "0d c1 track A"))).toBe(iso("1h"));
    expect(next(runScript([both("&&")], "0d c1 track A\n1h ADVANCE"))).toBeNull();
    expect(next(runScript([both("||")], "0d c1 track A"))).toBe(iso("2d"));
  });
});

describe("several deadlines of one contact", () => {
  it("come each at its own moment, in order, before the event that finds them", () => {
    const story = pack(`scores: { s: { decay: { half_life: 1d }, points: { a: 64 } } }
audiences: { hot: s >= 32, warm: s >= 16, mild: s >= 8 }
triggers: { gone: { leave: [hot, warm, mild], channel: web, message: m } }
`);
    const fold = runScript([story], "0d c1 track A\n9d c1 track B -> moves -hot -warm -mild, triggers gone gone gone");
    expect(fold.effects.filter((effect) => effect.body.data.trigger === "gone").map((effect) => effect.body.time)).toEqual(
      [iso("1d1ms"), iso("2d1ms"), iso("3d1ms")].map((time) => time),
    );
  });
});

/** What happens, without the places in the log at which it was noticed. */
const happenings = (effects: readonly Effect[]) =>
  effects
    .map(({ subject, body }) => JSON.stringify([body.subject, body.time, subject, body.data.key ?? null, body.data.sequence, body.data.now, body.data.because]))
    .sort();

describe("time", () => {
  it.each([1, 2, 3, 4, 5, 6])("changes nothing by being noticed early, late, or with somebody else's events (dice %i)", (seed) => {
    const run = (act: (fold: Fold, from: number, to: number) => void) => {
      const dice = new Dice(seed);
      const fold = new Fold([packFrom(randomRulePack("p", dice)), packFrom(randomRulePack("q", dice))]);
      let now = START;
      for (let index = 0; index < 60; index++) {
        const then = now + (dice.chance(0.2) ? 0 : dice.chance(0.5) ? dice.whole(1, 3_600_000) : dice.whole(1, 3 * 86_400_000));
        act(fold, now, then);
        now = then;
        const late = dice.chance(0.15) ? dice.whole(0, 3 * 86_400_000) : 0;
        const type = dice.one(["A", "B", "B", "A", "Cee", "id"]);
        const properties = { v: dice.one([5, 25, "19.99", null]), k: dice.one(["k1", 3]) };
        const message =
          type === "Cee"
            ? { type: "page", name: "Cee" }
            : type === "id"
              ? { type: "identify", traits: { plan: dice.one(["x", null]), size: 5 } }
              : { type: "track", event: type, properties };
        fold.event(dice.one(["c1", "c2", "anon:c1"]), now, { ...message, messageId: `m${index}` }, now - late);
      }
      fold.advance(now + 60 * 86_400_000);
      return { happened: happenings(fold.effects), views: fold.contacts().map((view) => ({ ...view, contact: { ...view.contact, generation: 0 } })) };
    };
    const plain = run(() => {});
    const dense = run((fold, from, to) => {
      const other = new Dice(from % 1000);
      for (let step = 0; step < 12; step++) fold.step(from + Math.floor(((to - from) * (step + other.real())) / 12.1));
    });
    expect(dense.happened).toEqual(plain.happened);
    expect(dense.views).toEqual(plain.views);
    expect(plain.happened.length).toBeGreaterThan(50);
  });
});
