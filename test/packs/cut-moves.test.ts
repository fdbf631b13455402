import { describe, expect, it } from "vitest";
import { isBetween, movesBetween } from "../../src/packs/cut-moves.ts";
import { type Axis, type AxisCuts, boundsBelow } from "../../src/packs/rfm-score.ts";
import { random } from "../flow/seeded.ts";

describe("what lies between two sets of cut points", () => {
  it("is exactly what has another bin", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const next = random(seed);
      const closed = next() < 0.5 ? "left" : "right";
      const some = (unit: number): AxisCuts => ({
        bounds: Array.from({ length: 3 }, () => (Math.floor(next() * 40) / (next() < 0.5 ? 4 : 1)) * unit).sort((a, b) => a - b),
        closed,
      });
      const [before, after] = [
        { r: some(1), f: some(1), m: some(0.01) },
        { r: some(1), f: some(1), m: some(0.01) },
      ];
      const moves = movesBetween(before, after);
      if (moves === null) throw new Error("these have bounds everywhere");
      const bin = (of: typeof before, axis: Axis, value: number) => boundsBelow(of[axis], axis === "m" ? value / 10_000 : value);
      for (const axis of ["r", "f", "m"] as const)
        for (let value = axis === "m" ? -50 : 0; value < (axis === "m" ? 4200 : 45); value++)
          expect([axis, value, isBetween(moves[axis], value)]).toEqual([axis, value, bin(before, axis, value) !== bin(after, axis, value)]);
    }
  });

  it("is unknown where there were none", () => {
    const some: AxisCuts = { bounds: [1], closed: "left" };
    expect(movesBetween({ r: null, f: some, m: some }, { r: some, f: some, m: some })).toBeNull();
  });

  it("tells which days after a purchase come sooner", () => {
    const with_ = (...bounds: number[]): Record<Axis, AxisCuts> => ({
      r: { bounds, closed: "left" },
      f: { bounds: [2, 3], closed: "left" },
      m: { bounds: [5, 9], closed: "left" },
    });
    expect(movesBetween(with_(30.5, 90), with_(30.2, 91))).toMatchObject({ r: [{ low: 90, high: 91 }], f: [], m: [], passes: [31, 91], soonerUpTo: 0 });
    expect(movesBetween(with_(30.5, 90), with_(30, 90))).toMatchObject({ r: [{ low: 30, high: 31 }], passes: [30, 90], soonerUpTo: 30 });
  });
});
