import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { runScript } from "../support/script.ts";

const HEAD = `
pack: p
version: 1
events: { a: A, b: B, c: C, ab: { track: [A, B] } }
traits: { plan: string, size: number }
measures: { n_a: { count: a }, n_a_2d: { count: a, window: 2d }, last_a: { last: a }, n_b: { count: b } }
`;
const stages = (order: string, ...moves: string[]) => `stages:\n  order: [${order}]\n  moves:\n${moves.map((move) => `    - { ${move} }\n`).join("")}`;
const pack = (...parts: string[]) => packFrom(HEAD + parts.join("\n"));

describe("stages", () => {
  it("are entered at birth, and left by the first move that applies", () => {
    const fold = runScript(
      [pack(stages("x, y, z", "to: y, from: x, event: a", "to: z, event: b, if: n_a >= 2"))],
      `
      0d c1 track C -> stage x, moves x
      0d c1 track B -> stage x, moves none
      1d c1 track A -> stage y, moves y
      1d c1 track B -> stage y
      1d c1 track A -> stage y, moves none
      2d c1 track B -> stage z, moves z
      2d c1 track B -> stage z, moves none
      `,
    );
    expect(fold.effects.map((effect) => effect.body.data.sequence)).toEqual([1, 2, 3]);
    expect(fold.effects[0]?.body.data).toMatchObject({ from: null, to: "x", was: { stage: null }, because: { move: "birth" } });
    expect(fold.effects[2]?.body.data).toMatchObject({ from: "y", was: { stage: "y", since: "2026-01-02T00:00:00.000Z" }, because: { move: "y to z" } });
    expect(fold.view("c1").packs.p.stage).toEqual({ name: "z", since: "2026-01-03T00:00:00.000Z", previous: "y", sequence: 3 });
  });

  it("go on from the top until no move applies, each step a transition", () => {
    runScript(
      [pack(stages("x, y, z, w", "to: w, from: z, if: n_a >= 2", "to: z, from: y, if: n_a >= 1", "to: y, from: x, event: c"))],
      `
      0d c1 track A -> stage x
      0d c1 track C -> stage z, moves y z
      0d c1 track A -> stage w, moves w
      `,
    );
  });

  it("use an event of a message once, and another event of the same message for the next move", () => {
    runScript(
      [pack(stages("x, y, z", "to: y, from: x, event: a", "to: z, from: y, event: [a, ab]"))],
      `
      0d c1 track A -> moves x y z
      0d c2 track B -> moves x
      `,
    );
    runScript([pack(stages("x, y, z", "to: y, from: x, event: a", "to: z, from: y, event: a"))], "0d c1 track A -> moves x y\n0d c1 track A -> moves z");
    // Of several, the first in the order of `events`: a is used by the first move, so the second has ab left, and the third none.
    runScript(
      [pack(stages("x, y, z, w", "to: y, from: x, event: [ab, a]", "to: z, from: y, event: [ab]", "to: w, from: z, event: [a, ab]"))],
      "0d c1 track A -> moves x y z",
    );
  });

  it("are not entered twice in one instant", () => {
    runScript(
      [pack(stages("x, y", "to: y, from: x, event: a", "to: x, from: y, if: n_a >= 1"))],
      `
      0d c1 track C -> stage x
      1d c1 track A -> stage y, moves y
      2d c1 track B -> stage x, moves x
      `,
    );
    runScript([pack(stages("x, y", "to: y, from: x, event: a", "to: x, from: y, if: n_a >= 1"))], "0d c1 track A -> moves x y");
  });

  it("know `before`, `after` and `any`, and never move to where the contact is", () => {
    runScript(
      [pack(stages("x, y, z", "to: z, from: before z, event: a", "to: x, from: after x, event: b", "to: y, event: c"))],
      `
      0d c1 track A -> moves x z
      0d c1 track A -> moves none
      0d c1 track C -> moves y
      0d c1 track C -> moves none
      0d c1 track B -> moves x
      0d c1 track B -> moves none
      `,
    );
  });
});

describe("`for`", () => {
  const FOR = pack(stages("x, y", "to: y, from: x, if: traits.size >= 10, for: 2d"));

  it("asks that the condition held without a break", () => {
    const fold = runScript(
      [FOR],
      `
      0d          c1 identify {"size": 10}
      1d          c1 identify {"size": 9}
      1d          c1 identify {"size": 11}
      2d23h59m    ADVANCE -> c1 stage x
      3d          ADVANCE -> c1 stage y, c1 moves y
      `,
    );
    expect(fold.effects.at(-1)?.body).toMatchObject({ time: "2026-01-04T00:00:00.000Z", data: { because: { cause: "time", move: "x to y", for: "2d" } } });
  });

  it("counts from the entry into the stage where the condition held before", () => {
    runScript(
      [pack(stages("x, y, z", "to: y, from: x, event: a", "to: z, from: y, if: traits.size >= 10, for: 2d"))],
      `
      0d      c1 identify {"size": 10}
      5d      c1 track A -> stage y
      6d23h   ADVANCE -> c1 stage y
      7d      ADVANCE -> c1 stage z
      `,
    );
  });

  it("begins again with every entry", () => {
    runScript(
      [pack(stages("x, y, z", "to: y, from: x, event: a", "to: x, from: y, event: b", "to: z, from: y, if: traits.size >= 10, for: 2d"))],
      `
      0d      c1 identify {"size": 10}
      1d      c1 track A
      2d      c1 track B
      2d      c1 track A
      3d23h   ADVANCE -> c1 stage y
      4d      ADVANCE -> c1 stage z
      `,
    );
  });

  it("runs beside other moves of the same condition, each with its own", () => {
    runScript(
      [pack(stages("x, y, z", "to: z, from: [x, y], if: traits.size >= 10, for: 3d", "to: y, from: x, if: traits.size >= 10, for: 1d"))],
      `
      0d c1 identify {"size": 10}
      1d ADVANCE -> c1 stage y
      3d23h59m ADVANCE -> c1 stage y
      4d ADVANCE -> c1 stage z
      `,
    );
  });

  it("follows a condition that time alone turns on and off", () => {
    const fold = runScript(
      [pack(stages("x, y", "to: y, from: x, if: days_since(last_a) >= 3, for: 36h"))],
      `
      0d   c1 track A
      4d   c1 @3d track A
      7d12h  ADVANCE -> c1 moves y
      `,
    );
    expect(fold.effects.at(-1)?.body.time).toBe("2026-01-08T12:00:00.000Z");
    // A break of the condition and its return: held from day 6 again.
    runScript(
      [pack(stages("x, y", "to: y, from: x, if: days_since(last_a) >= 3, for: 36h"))],
      "0d c1 track A\n4d c1 @3d track A\n7d11h59m59s999ms ADVANCE -> c1 moves none",
    );
  });
});

describe("`stay`", () => {
  it("holds `if` moves back and lets event moves through", () => {
    runScript(
      [pack(stages("x, y, z", "to: y, from: x, event: a, stay: 3d", "to: z, from: y, if: n_a >= 1", "to: x, from: y, event: b"))],
      `
      0d c1 track A -> stage y
      2d c1 track A -> stage y
      2d23h59m59s999ms ADVANCE -> c1 stage y
      3d ADVANCE -> c1 stage z
      4d c2 track A -> stage y
      5d c2 track B -> stage x
      `,
    );
  });

  it("does not stop the clock of a `for`", () => {
    runScript(
      [pack(stages("x, y, z", "to: y, from: x, event: a, stay: 3d", "to: z, from: y, if: traits.size >= 10, for: 2d"))],
      `
      0d c1 identify {"size": 10}
      0d c1 track A -> stage y
      3d ADVANCE -> c1 stage z
      4d c2 track A -> stage y
      6d c2 identify {"size": 10}
      7d ADVANCE -> c2 stage y
      8d ADVANCE -> c2 stage z
      `,
    );
  });

  it("sees a break under `stay`", () => {
    runScript(
      [pack(stages("x, y, z", "to: y, from: x, event: a, stay: 3d", "to: z, from: y, if: n_a_2d >= 1, for: 1d"))],
      `
      0d  c1 track A -> stage y
      3d  ADVANCE -> c1 stage y
      4d  c1 track A -> stage y
      5d  ADVANCE -> c1 stage z
      `,
    );
  });

  it("belongs to the entry: another move into the stage has none", () => {
    runScript(
      [pack(stages("x, y, z", "to: y, from: x, event: a, stay: 30d", "to: x, from: y, event: b", "to: y, from: x, event: c", "to: z, from: y, if: n_b >= 1"))],
      `
      0d c1 track A -> stage y
      0d c1 track B -> stage x
      0d c1 track C -> stage z, moves y z
      `,
    );
  });
});

describe("audiences", () => {
  it("are entered and left, earlier ones first", () => {
    const fold = runScript(
      [pack("audiences: { big: traits.size >= 10, both: big && n_a >= 1 }")],
      `
      0d c1 track A -> moves none
      0d c1 identify {"size": 10} -> moves +big +both
      0d c1 identify {"size": 9} -> moves -big -both
      0d c1 identify {"size": null} -> moves none
      `,
    );
    expect(fold.effects[1]?.body.data).toMatchObject({
      axis: "audience",
      from: null,
      to: "both",
      sequence: 2,
      was: { in: false },
      now: { in: true, audiences: ["big", "both"] },
    });
    expect(fold.effects.map((effect) => effect.body.data.sequence)).toEqual([1, 2, 3, 4]);
  });

  it("have hysteresis: inside and `if` false is inside, until `until` holds", () => {
    runScript(
      [pack("audiences: { big: { if: traits.size >= 10, until: traits.size < 5 } }")],
      `
      0d c1 identify {"size": 9} -> out big
      0d c1 identify {"size": 10} -> in big
      0d c1 identify {"size": 5} -> in big
      0d c1 identify {"size": null} -> in big
      0d c1 identify {"size": 4} -> out big
      0d c1 identify {"size": 9} -> out big
      `,
    );
  });

  it("change at most twice in one instant", () => {
    runScript(
      [pack("audiences: { odd: { if: n_a >= 1, until: n_a >= 1 } }")],
      `
      0d c1 track A -> moves +odd -odd
      1d c1 track A -> moves +odd -odd
      `,
    );
  });

  it("are left when a move resets the score behind them", () => {
    runScript(
      [pack("scores: { s: { points: { a: 40 } } }", "audiences: { keen: s >= 40 }", stages("x, y", "to: y, from: x, event: b, reset: s"))],
      `
      0d c1 track A -> in keen, moves x +keen
      0d c1 track B -> out keen, moves y -keen
      `,
    );
  });

  it("may turn with the stage, in the same instant", () => {
    runScript(
      [pack('audiences: { there: stage == "y" }', stages("x, y, z", "to: y, from: x, event: a", "to: z, from: y, if: there && n_b >= 1"))],
      `
      0d c1 track B
      0d c1 track A -> moves y +there z -there
      `,
    );
  });
});

describe("segments", () => {
  const SEGMENTS = pack("segments:\n  among: n_a >= 1\n  list:\n    - big: traits.size >= 10\n    - small: traits.size >= 1\n    - rest: else\n");

  it("are the first that holds, among those in the game", () => {
    const fold = runScript(
      [SEGMENTS],
      `
      0d c1 identify {"size": 20} -> segment none, moves none
      1d c1 track A -> segment big, moves big
      2d c1 identify {"size": 3} -> segment small, moves small
      3d c1 identify {"size": null} -> segment rest, moves rest
      `,
    );
    expect(fold.effects.map((effect) => [effect.body.data.from, effect.body.data.to, effect.body.data.sequence])).toEqual([
      [null, "big", 1],
      ["big", "small", 2],
      ["small", "rest", 3],
    ]);
    expect(fold.effects[1]?.body.data.was).toEqual({ segment: "big", since: "2026-01-02T00:00:00.000Z" });
  });

  it("are left for none by time, and entered again", () => {
    const fold = runScript(
      [pack("segments: { among: n_a_2d >= 1, list: [{ one: n_a >= 1 }] }")],
      `
      0d  c1 track A -> segment one
      2d  ADVANCE -> c1 segment none
      3d  c1 track A -> segment one, moves one
      `,
    );
    expect(fold.effects.map((effect) => effect.subject)).toEqual([
      "tidemark.transitions.p.segment.one.0",
      "tidemark.transitions.p.segment.none.0",
      "tidemark.transitions.p.segment.one.0",
    ]);
    expect(fold.effects[1]?.body).toMatchObject({ time: "2026-01-03T00:00:00.000Z", data: { from: "one", to: "none", because: { cause: "time" } } });
  });

  it("turn at the edge of each condition above the one that holds", () => {
    runScript(
      [pack("segments: { list: [{ fresh: days_since(last_a) < 1 }, { mild: days_since(last_a) < 2 }, { old: '!never(last_a)' }] }")],
      `
      0d c1 track B -> segment none
      0d c1 track A -> segment fresh
      23h59m59s999ms ADVANCE -> c1 segment fresh
      1d  ADVANCE -> c1 segment mild
      2d  ADVANCE -> c1 segment old
      3d  c1 @2d12h track A -> segment fresh
      `,
    );
  });
});

describe("an instant", () => {
  it("ends although a pack goes round in circles", () => {
    const fold = runScript(
      [
        pack(
          'segments: { list: [{ here: stage == "x" }, { there: else }] }',
          stages("x, y, z", 'to: y, from: x, if: segment == "here"', 'to: z, from: y, if: segment == "there"'),
        ),
      ],
      "0d c1 track A -> stage z, segment there",
    );
    expect(fold.effects.map((effect) => effect.body.data.to)).toEqual(["x", "here", "y", "there", "z"]);
  });
});
