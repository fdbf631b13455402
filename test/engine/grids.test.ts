import { describe, expect, it } from "vitest";
import { packFrom, problemsOf } from "../support/pack.ts";
import { Fold, runScript, START } from "../support/script.ts";

const yaml = (version: number, grids: string) => `
pack: p
version: ${version}
events: { visit: Visit, lost: Lost, known: { identify: true } }
traits: { size: number }
scores:
  heat: { decay: { half_life: 10d }, points: { visit: 40 } }
  fit: { while: { big: { points: 60, if: traits.size >= 50 }, huge: { points: 30, if: traits.size >= 500 } } }
${grids}
audiences:
  best: grade == "A1"
  good: 'grade in ["A1", "A2", "B1"]'
  off: missing(grade)
stages:
  order: [lead, cold]
  moves: [{ to: cold, from: lead, event: lost, reset: heat }]
triggers:
  top: { enter: best, channel: crm, message: m }
`;
const GRADE = "grids: { grade: { fit: { A: 80, B: 60, C: 0 }, heat: { 1: 60, 2: 20 } } }";
const PACK = packFrom(yaml(1, GRADE));

describe("a grid", () => {
  it("is a mark of each of two scores, by lower bounds; nothing below them", () => {
    const fold = runScript(
      [PACK],
      `
      0d c1 track Visit -> grade C2, moves lead C2
      0d c1 track Visit -> grade C1, moves C1
      0d c1 identify {"size": 500} -> grade A1, in best, in good, triggers top, moves A1 +best +good
      0d c2 identify {"size": 50} -> in off, moves lead +off
      `,
    );
    expect(fold.view("c1").packs.p.grids).toEqual({ grade: "A1" });
    expect(fold.view("c2").packs.p.grids).toEqual({ grade: null });
    const effect = fold.effects.find(({ body }) => body.data.to === "A1");
    expect(effect?.subject).toBe("tidemark.transitions.p.grid.A1.0");
    expect(effect?.body.data).toMatchObject({
      axis: "grid",
      grid: "grade",
      from: "C1",
      to: "A1",
      sequence: 4,
      was: { cell: "C1", since: "2026-01-01T00:00:00.000Z" },
      now: { stage: "lead", grids: { grade: "A1" } },
      because: { cause: "event", event: "known" },
    });
  });

  it("changes in the very millisecond in which a score sinks below a bound, and goes to none below the last", () => {
    const fold = runScript(
      [PACK],
      `
      0d  c1 track Visit -> moves lead C2
      0d  c1 track Visit -> moves C1
      4d  ADVANCE -> c1 moves none, c1 grade C1
      5d  ADVANCE -> c1 moves C2, c1 grade C2
      20d ADVANCE -> c1 grade C2
      21d ADVANCE -> c1 grade missing, c1 in off
      `,
    );
    const told = fold.effects.filter(({ subject }) => subject.includes(".grid.")).map(({ body }) => [body.data.to, Date.parse(body.time) - START]);
    const [, , sunk, gone] = told as [string, number][];
    // 80 points fall to 60 after 10 d * log2(80 / 60), and to 20 after 20 d.
    expect(sunk?.[0]).toBe("C2");
    expect(Math.abs((sunk?.[1] ?? 0) - 864_000_000 * Math.log2(80 / 60))).toBeLessThan(2);
    expect(gone).toEqual(["none", 1_728_000_001]);
  });

  it("follows a reset within the instant", () => {
    runScript([PACK], "0d c1 track Visit -> grade C2\n1d c1 track Lost -> moves cold none +off, grade missing");
  });

  it("comes with a new version without a word for those who are there, and keeps what it knew where the marks stay", () => {
    const fold = new Fold([packFrom(yaml(1, GRADE))]);
    fold.event("c1", START, { type: "track", event: "Visit" });
    fold.pack(packFrom(yaml(2, GRADE.replace("2: 20", "2: 30"))));
    fold.event("c1", START, { type: "track", event: "Visit" });
    const told = () => fold.effects.map(({ body }) => body.data.to);
    expect(told()).toEqual(["lead", "C2", "C1"]);
    fold.pack(packFrom(yaml(3, GRADE.replace("C: 0", "D: 0"))));
    fold.advance(START + 1000);
    expect(told()).toEqual(["lead", "C2", "C1"]);
    expect(fold.view("c1").packs.p.grids).toEqual({ grade: "D1" });
  });
});

const withGrids = (grids: string, more = "") =>
  problemsOf(`pack: x\nversion: 1\nevents: { e: E }\nscores: { s: { points: { e: 1 } }, t: { points: { e: 1 } } }\ngrids:\n  ${grids}\n${more}`);

describe("a grid that is wrong", () => {
  it.each([
    [
      "g: { s: { A: 5 } }",
      "6:6  wrong-shape  grid `g` is of 1 score; a grid is of two scores  (such as name: { score: { A: 80, B: 0 }, other: { 1: 50, 2: 0 } })",
    ],
    ["g: { s: { A: 5 }, u: { 1: 5 } }", "6:21  unknown-name  grid `g`: there is no score `u`  (did you mean `s`?)"],
    ["g: { s: { a: 5 }, t: { 1: 5 } }", "6:13  bad-name  grid `g`, `s`: `a` is no mark  (a mark here is a capital letter, such as A)"],
    ["g: { s: { A: 5 }, t: { B: 5 } }", "6:26  bad-name  grid `g`, `t`: `B` is no mark  (a mark here is a digit, such as 1)"],
    [
      "g: { s: { A: 5, B: 10 }, t: { 1: 5 } }",
      "6:19  bad-order  grid `g`, `s`: `B` begins at 10 and stands after `A`, which begins at 5  (write the best first: each lower bound below the one before)",
    ],
    ["g: { s: { A: x }, t: { 1: 5 } }", "6:16  wrong-type  grid `g`, `s`, `A` is the text `x` where a number was expected"],
    [
      "g: { s: [A, B], t: { 1: 5 } }",
      "6:11  wrong-shape  grid `g`, `s` is a list; it holds marks with their lower bounds  (such as name: { score: { A: 80, B: 0 }, other: { 1: 50, 2: 0 } })",
    ],
    [
      "e: { s: { A: 5 }, t: { 1: 5 } }\n  s: { s: { A: 5 }, t: { 1: 5 } }",
      "7:3  name-taken  `s` is already a score (line 4)  (measures, scores, bands and audiences share one set of names: rename one)",
    ],
  ])("%s", (grids, says) => {
    expect(withGrids(grids)).toEqual([says]);
  });

  it("has no such cell", () => {
    expect(withGrids("g: { s: { A: 5 }, t: { 1: 5 } }", 'audiences: { a: g == "A2" }\n')).toEqual([
      '7:22  unknown-cell  the grid `g` is never "A2"  (did you mean `A1`?)',
    ]);
  });
});
