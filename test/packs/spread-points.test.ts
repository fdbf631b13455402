import { describe, expect, it } from "vitest";
import { packFrom, problemsOf } from "../support/pack.ts";
import { type Fold, runScript } from "../support/script.ts";

const pack = (scores: string, more = "") =>
  packFrom(`
pack: p
version: 1
${more.startsWith("zone") ? more : ""}
events: { a: { track: A, key: properties.id }, b: B, gone: { track: Gone, undoes: a, key: properties.id } }
scores:
${scores}
${more.startsWith("zone") ? "" : more}
`);
const points = (fold: Fold, score = "s") => fold.view("c1").packs.p.scores[score].points as Record<string, number>;

describe("points that expire", () => {
  it("count in full for as long as a window of that length holds their bucket, then not at all", () => {
    runScript(
      [pack("  s: { decay: { expiry: 3d }, points: { a: 20, b: -5 } }", "audiences: { warm: s >= 15 }")],
      `
      12h c1 track A -> s 20, in warm
      1d  c1 track A -> s 40
      2d  c1 track B -> s 35
      2d23h59m59s999ms ADVANCE -> c1 s 35
      3d  ADVANCE -> c1 s 15, c1 in warm
      4d  ADVANCE -> c1 s 0, c1 out warm, c1 moves -warm
      4d  c1 @1d12h track A -> s 0
      4d  c1 @2d track A -> s 15
      5d  ADVANCE -> c1 s 0
      `,
    );
  });

  it("go by the days of the zone", () => {
    runScript(
      [pack("  s: { decay: { expiry: 3d }, points: { a: 20 } }", "zone: Asia/Tokyo")],
      "0d14h c1 track A -> s 20\n2d14h59m59s999ms ADVANCE -> c1 s 20\n2d15h ADVANCE -> c1 s 0",
    );
  });
});

describe("points that are lost evenly", () => {
  it("are whole until their bucket is over, and gone so much later", () => {
    const fold = runScript(
      [pack("  s: { decay: { linear: 10d }, points: { a: 80 } }", "audiences: { hot: s >= 40, warm: s > 0 }")],
      `
      12h c1 track A -> s 80, in hot
      1d  ADVANCE -> c1 s 80
      3d  ADVANCE -> c1 s 64
      6d  ADVANCE -> c1 s 40, c1 in hot
      6d1ms ADVANCE -> c1 out hot, c1 moves -hot
      10d23h59m59s999ms ADVANCE -> c1 in warm
      11d ADVANCE -> c1 s 0, c1 out warm, c1 moves -warm
      `,
    );
    expect(fold.view("c1").packs.p.nextDeadline).toBeNull();
  });

  it("of several hits and signs are a sum, exactly, with the moment at which it passes a bound", () => {
    // From day 2 on: 40 - 4 a day, and -20 + 2 a day. From day 5 on 30 more.
    const fold = runScript(
      [pack("  s: { range: [-50, 50], decay: { linear: 10d }, points: { a: 40, b: -20 } }", "audiences: { low: s < 10 }")],
      `
      1d   c1 track A -> s 40
      1d   c1 track B -> s 20
      2d   ADVANCE -> c1 s 20
      7d   ADVANCE -> c1 s 10, c1 out low
      7d1ms ADVANCE -> c1 in low
      8d   c1 track A -> s 48
      12d  ADVANCE -> c1 s 28
      `,
    );
    expect(points(fold)).toEqual({ a: 28 });
  });

  it("are worth less when the hit comes late, and go with a reset", () => {
    runScript(
      [pack("  s: { decay: { linear: 10d }, points: { a: 80 } }", "stages: { order: [x, y], moves: [{ to: y, event: b, reset: s }] }")],
      `
      6d  c1 @12h track A -> s 40
      11d ADVANCE -> c1 s 0
      11d c1 track A -> s 80
      11d c1 @1h track A -> s 80
      11d c1 track B -> s 0
      `,
    );
  });

  it("are taken back as they are left", () => {
    runScript(
      [pack("  s: { decay: { linear: 10d }, points: { a: { add: 40, cap: 60 per 1d } } }")],
      `
      12h c1 track A {"id": 1} -> s 40
      12h c1 track A {"id": 2} -> s 60
      6d  c1 track Gone {"id": 1} -> s 10
      6d  c1 track Gone {"id": 2} -> s 0
      `,
    );
  });
});

describe("decay of a rule", () => {
  it("may be evenly or in steps where the score does not halve, and only in steps where it does", () => {
    const fold = runScript(
      [
        pack(
          "  s: { decay: { half_life: 2d }, points: { a: 40, b: { add: 10, decay: { expiry: 3d } } } }\n  t: { points: { a: 10, b: { add: 10, decay: { linear: 2d } } } }",
        ),
      ],
      `
      0d c1 track A -> s 40, t 10
      0d c1 track B -> s 50, t 20
      2d ADVANCE -> c1 s 30, c1 t 10.21
      3d ADVANCE -> c1 s 14.14, c1 t 10
      `,
    );
    expect(points(fold)).toEqual({ a: 14.14 });
    expect(points(fold, "t")).toEqual({ a: 10 });
  });

  const withDecay = (score: string, rule: string) =>
    problemsOf(`pack: x\nversion: 1\nevents: { e: E }\nscores:\n  s:\n    decay: ${score}\n    points:\n      e: { add: 5${rule} }\n`);

  it.each([
    ["{ half_life: 2d }", ", decay: { expiry: 3d }", []],
    [
      "{ half_life: 2d }",
      ", decay: { linear: 3d }",
      ["8:27  two-decays  score `s`, points of `e`: a score turns with the clock in one way  (let them expire, or give the rule a score of its own)"],
    ],
    [
      "none",
      ", decay: { half_life: 3d }",
      ["8:27  two-decays  score `s`, points of `e`: a score turns with the clock in one way  (the half-life is the score's: give the rule a score of its own)"],
    ],
    [
      "none",
      ", decay: 3d",
      ["8:27  bad-value  score `s`, points of `e`: a rule's decay is the text `3d`; it can be `none`, `linear` or `expiry`  (such as { expiry: 30d })"],
    ],
    ["{ linear: 3d, expiry: 2d }", "", ["6:12  one-of  the decay of score `s` is `linear` and `expiry` at once  (keep one)"]],
    ["{}", "", ["6:12  one-of  the decay of score `s` does not say how  (say one of `half_life`, `linear` or `expiry`, such as { half_life: 14d })"]],
    ["{ linear: 49h }", "", ["6:22  bad-window  `linear` of score `s`: a window of 49h is not a whole number of its buckets of 1d  (write 2d or 3d)"]],
    ["{ expiry: 500d }", "", ["6:22  bad-window  `expiry` of score `s`: a window of 500d is longer than 400d  (leave `window` out for all time)"]],
  ])("%s%s", (score, rule, says) => {
    expect(withDecay(score, rule)).toEqual(says);
  });
});
