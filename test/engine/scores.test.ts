import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { type Fold, runScript } from "../support/script.ts";

const pack = (scores: string, more = "") =>
  packFrom(`
pack: p
version: 1
events: { a: A, b: B, c: C, both: { track: [A, B] }, won: { track: W } }
traits: { plan: string, size: number }
measures: { n_a: { count: a }, n_a_2d: { count: a, window: 2d }, last_a: { last: a } }
scores:
${scores}
${more}
`);

const points = (fold: Fold, score = "s") => fold.view("c1").packs.p.scores[score].points as Record<string, number>;

describe("points", () => {
  it("caps points by the calendar's week and month, in the pack's zone", () => {
    const pack = packFrom(`
pack: p
version: 1
zone: Europe/Berlin
events: { a: A, b: B }
scores: { s: { points: { a: { add: 4, cap: 6 per week }, b: { add: 4, cap: 6 per month } } } }
`);
    // Mondays are 2026-01-05 and -12; Berlin is an hour ahead, and a late hit goes into the week in which it was.
    runScript(
      [pack],
      `
      0d     c1 track A -> s 4
      3d     c1 track A -> s 6
      3d22h  c1 track A -> s 6
      3d23h  c1 track A -> s 10
      4d     c1 @3d track A -> s 10
      5d     c1 track B -> s 14
      20d    c1 track B -> s 16
      30d22h c1 track B -> s 16
      30d23h c1 track B -> s 20
      `,
    );
  });

  it("adds what does not decay, and stays within the default range", () => {
    const fold = runScript(
      [pack("  s: { points: { a: 30, b: -50 } }")],
      `
      0d c1 track A -> s 30
      1d c1 track A -> s 60
      2d c1 track A
      2d c1 track A -> s 100
      3d c1 track B -> s 50
      4d c1 track B
      4d c1 track B -> s 0
      5d c1 track A -> s 30
      `,
    );
    // 100 credited to a before (30, 30, 30, 10), 50 + 50 + 0 taken by b.
    expect(points(fold)).toEqual({ a: 130, b: -100 });
  });

  it("halves after a half-life, and counts a late hit as if it had come in time", () => {
    runScript(
      [pack("  s: { decay: { half_life: 2d }, points: { a: 40 } }")],
      `
      0d      c1 track A -> s 40
      2d      ADVANCE    -> c1 s 20
      4d      ADVANCE    -> c1 s 10
      4d      c1 @2d track A -> s 30
      6d      ADVANCE    -> c1 s 15
      `,
    );
  });

  it("does not raise a hit that is ahead of log time", () => {
    runScript([pack("  s: { decay: { half_life: 1m }, points: { a: 40 } }")], "1d c1 @1d50s track A -> s 40", { clock: "stored" });
  });

  it("keeps points with `decay: none` beside those that decay", () => {
    runScript(
      [pack("  s: { decay: { half_life: 1d }, points: { a: 40, b: { add: 7, decay: none } } }")],
      `
      0d  c1 track A
      0d  c1 track B -> s 47
      1d  ADVANCE -> c1 s 27
      30d ADVANCE -> c1 s 7
      `,
    );
  });

  it("forgets in the end what decayed for a thousand half-lives, and moves the landmark on without a trace", () => {
    const fold = runScript(
      [pack("  s: { decay: { half_life: 1m }, points: { a: 40, b: 1 } }")],
      `
      0d          c1 track A
      32m         c1 track B -> s 1
      1h4m30s     c1 track B -> s 1
      1h5m30s     c1 track B -> s 1.5
      2h10m       c1 track B -> s 1
      20h         c1 track A -> s 40
      20h1m       ADVANCE -> c1 s 20
      `,
    );
    expect(points(fold)).toEqual({ a: 20 });
  });

  it("takes the rules of one message in the order of the events, each within the range", () => {
    const fold = runScript([pack("  s: { range: [0, 50], points: { both: 45, a: 30 } }")], "0d c1 track A -> s 50");
    expect(points(fold)).toEqual({ a: 30, both: 20 });
  });

  it("goes below zero where the range does, and begins at the lowest where it does not reach zero", () => {
    const fold = runScript(
      [pack("  s: { range: [-30, 10], points: { a: -20, b: 15 } }\n  t: { range: [10, 20], points: { a: 3 } }")],
      `
      0d c1 track C -> s 0, t 10
      0d c1 track A -> s -20, t 13
      0d c1 track A -> s -30
      0d c1 track B -> s -15
      0d c1 track B
      0d c1 track B -> s 10
      `,
    );
    expect(points(fold, "t")).toEqual({ a: 6, floor: 10 });
  });
});

describe("caps", () => {
  it("credits no more than is left in the window, and again when the window has moved on", () => {
    runScript(
      [pack('  s: { points: { a: { add: 4, cap: "10 per 2d" } } }')],
      `
      0d       c1 track A -> s 4
      1d       c1 track A -> s 8
      1d       c1 track A -> s 10
      1d23h    c1 track A -> s 10
      2d       c1 track A -> s 14
      2d       c1 track A -> s 14
      3d       c1 track A -> s 18
      `,
    );
  });

  it("turns signs for points that are taken", () => {
    runScript(
      [pack('  s: { range: [-100, 100], points: { a: { add: -4, cap: "-10 per 1d" } } }')],
      `
      0d c1 track A
      0d c1 track A -> s -8
      0d c1 track A -> s -10
      0d c1 track A -> s -10
      1d c1 track A -> s -14
      `,
    );
  });

  it("counts what was credited, not what was tried", () => {
    runScript(
      [pack('  s: { range: [0, 100], points: { b: 95, a: { add: 10, cap: "20 per 1d" }, c: -50 } }')],
      `
      0d c1 track B -> s 95
      0d c1 track A -> s 100
      0d c1 track C -> s 50
      0d c1 track A -> s 60
      0d c1 track A -> s 65
      0d c1 track A -> s 65
      `,
    );
  });

  it("credits nothing for a hit older than the cap's window, and puts a late one into its own bucket", () => {
    runScript(
      [pack('  s: { points: { a: { add: 5, cap: "5 per 3d" } } }')],
      `
      5d12h c1 @2d23h59m59s999ms track A -> s 0
      5d12h c1 @3d track A  -> s 5
      5d12h c1 track A        -> s 5
      6d    c1 track A        -> s 10
      `,
    );
  });

  it("counts points that decay as brought to the moment of the hit", () => {
    runScript(
      [pack('  s: { decay: { half_life: 1d }, points: { a: { add: 16, cap: "20 per 10d" } } }')],
      `
      4d c1 @2d track A -> s 4
      4d c1 track A -> s 20
      4d c1 track A -> s 20
      `,
    );
  });

  it("stays full after a reset", () => {
    runScript(
      [pack('  s: { points: { a: { add: 5, cap: "5 per 1d" }, b: 1 } }', "stages: { order: [x, y], moves: [{ to: y, from: x, event: won, reset: s }] }\n")],
      `
      0d c1 track A -> s 5
      0d c1 track W -> s 0, stage y
      0d c1 track A -> s 0
      0d c1 track B -> s 1
      `,
    );
  });
});

describe("while", () => {
  it("counts while its condition holds, on top of what was earned, and clamps what is shown", () => {
    const fold = runScript(
      [pack("  s: { points: { a: 60 }, while: { big: { points: 50, if: traits.size >= 10 }, gone: { points: -20, if: days_since(last_a) >= 2 } } }")],
      `
      0d c1 identify {"size": 10} -> s 50
      0d c1 track A -> s 100
      2d ADVANCE -> c1 s 80
      3d c1 identify {"size": 9} -> s 30
      3d c1 identify {"size": null} -> s 30
      `,
    );
    expect(points(fold)).toEqual({ a: 50, gone: -20 });
  });

  it("closes the books at a hit that its cap leaves nothing of, as at any other", () => {
    runScript(
      [pack('  s: { points: { b: 50, a: { add: 1, cap: "1 per 30d" } }, while: { big: { points: 60, if: traits.size >= 10 } } }')],
      `
      0d c1 track A -> s 1
      0d c1 track B -> s 51
      1d c1 identify {"size": 10} -> s 100
      1d c1 track A -> s 100
      2d c1 identify {"size": 1} -> s 40
      `,
    );
  });
});

describe("reset", () => {
  it("sets totals, the kept floor and the landmark back, and leaves `while` alone", () => {
    const fold = runScript(
      [
        pack(
          "  s: { decay: { half_life: 1d }, points: { a: 40, b: { add: -30, decay: none } }, while: { big: { points: 5, if: traits.size >= 10 } } }",
          "stages: { order: [x, y], moves: [{ to: y, from: x, event: won, reset: [s] }] }\n",
        ),
      ],
      `
      0d c1 identify {"size": 10}
      0d c1 track A
      0d c1 track B -> s 15
      1d ADVANCE -> c1 s 0
      1d c1 track A -> s 40
      2d c1 track W -> s 5
      2d c1 track A -> s 45
      3d ADVANCE -> c1 s 25
      `,
    );
    expect(points(fold)).toEqual({ a: 20, big: 5 });
  });
});
