import { describe, expect, it } from "vitest";
import { pointsOfScore } from "../../src/engine/explain.ts";
import { compile } from "../../src/packs/compile/compile.ts";
import type { ScoreProgram } from "../../src/packs/program.ts";
import { Row } from "../../src/packs/row.ts";
import { scoreValue } from "../../src/packs/score-value.ts";
import { Dice } from "../model/naive/random-story.ts";
import { packFrom } from "../support/pack.ts";
import { runScript } from "../support/script.ts";

const PACK = packFrom(`
pack: p
version: 1
events: { a: A, b: B, c: C, d: D }
traits: { size: number }
measures: { last_a: { last: a }, spent: { sum: a, of: properties.v } }
scores:
  s: { decay: { half_life: 3d }, points: { a: 10, b: { add: 7, decay: none }, c: -4, d: 1 }, while: { big: { points: 5.555, if: traits.size >= 10 } } }
bands: { heat: { of: s, at: { cold: 5, warm: 12 } } }
stages: { order: [x, y], moves: [{ to: y, from: x, if: s >= 12.5 && spent < 0.5 && heat == "warm" }] }
`);

describe("points by rule", () => {
  it("add up to the score as it is shown, whatever rounding does", () => {
    const program = compile([PACK]);
    const score = program.packs[0]?.scores[0] as ScoreProgram;
    const dice = new Dice(3);
    for (let round = 0; round < 3000; round++) {
      const row = new Row(program.layout);
      row.numbers[score.landmark] = 0;
      for (const rule of score.points) row.numbers[rule.total] = dice.whole(-3000, 9000) / dice.one([1, 3, 7, 100, 1000]);
      row.numbers[score.floor] = dice.chance(0.5) ? dice.whole(-500, 500) / 7 : 0;
      row.numbers[program.packs[0]?.traits[0]?.place as number] = dice.whole(5, 15);
      const now = dice.whole(0, 900_000_000);
      const points = pointsOfScore(score, row, now);
      const sum = Object.values(points).reduce((total, part) => total + Math.round(part * 100), 0);
      expect(sum).toBe(Math.round(scoreValue(score, row, now) * 100));
      expect(Object.values(points).every((part) => part !== 0 && Math.abs(part * 100 - Math.round(part * 100)) < 1e-6)).toBe(true);
    }
  });

  it("stay close to what each rule gives", () => {
    const fold = runScript([PACK], '0d c1 track A\n1d c1 track B\n1d c1 identify {"size": 20} -> s 20.49');
    expect(fold.view("c1").packs.p.scores.s.points).toEqual({ a: 7.94, b: 7, big: 5.55 });
  });
});

describe("why", () => {
  it("names the event, each check with its value, and the points behind a step", () => {
    const fold = runScript([PACK], '0d c1 track B {"$messageId": "first"}\n1h c1 @30m track A {"$messageId": "second", "v": 0.25} -> stage y');
    expect(fold.effects.at(-1)?.body.data).toMatchObject({
      was: { stage: "x", since: "2026-01-01T00:00:00.000Z" },
      now: { stage: "y", since: "2026-01-01T01:00:00.000Z", scores: { s: 16.95 }, bands: { heat: "warm" } },
      because: {
        cause: "event",
        event: "a",
        messageId: "second",
        occurredAt: "2026-01-01T00:30:00.000Z",
        move: "x to y",
        checks: [
          { if: "s >= 12.5", value: 16.952 },
          { if: "spent < 0.5", value: 0.25 },
          { if: 'heat == "warm"', value: "warm" },
        ],
        points: { s: { a: 9.95, b: 7 } },
      },
    });
  });
});
