import { describe, expect, it } from "vitest";
import { exp2, log2, powerOfTwo, toAmount } from "../../src/model/portable.ts";

describe("exp2", () => {
  it("is within 1e-14 of the true power over the range that half-lives use", () => {
    for (let i = -200_000; i <= 20_000; i++) {
      const x = i / 997;
      expect(Math.abs(exp2(x) / 2 ** x - 1)).toBeLessThan(1e-14);
    }
  });
  it("is exact for whole exponents, 0 far below and infinite far above", () => {
    for (const k of [-1022, -54, -1, 0, 1, 10, 1023]) expect(exp2(k)).toBe(2 ** k);
    expect(exp2(-1022.5)).toBe(0);
    expect(exp2(-1e12)).toBe(0);
    expect(exp2(1024)).toBe(Number.POSITIVE_INFINITY);
    expect(exp2(Number.NaN)).toBeNaN();
  });
  it("never rises where its argument falls by the step of a millisecond in a day's half-life", () => {
    let before = exp2(0);
    for (let ms = 1; ms < 100_000; ms++) {
      const now = exp2(-ms / 86_400_000);
      expect(now).toBeLessThan(before);
      before = now;
    }
  });
  it("gives these very bits", () => {
    const bits = (x: number) => Buffer.from(new Float64Array([x]).buffer).toString("hex");
    expect([-0.1, -1 / 3, -9.84, -123.456].map((x) => bits(exp2(x)))).toMatchInlineSnapshot(`
      [
        "12ab170168dbed3f",
        "3d6e3da5fe65e93f",
        "9a2f647a68e0513f",
        "9a7474a401543738",
      ]
    `);
  });
});

describe("log2", () => {
  it("undoes exp2", () => {
    for (const x of [-1000, -123.456, -1, -0.001, 0, 0.5, 1, 99.9]) expect(log2(exp2(x))).toBeCloseTo(x, 10);
  });
  it("is exact for powers of two and NaN where there is none", () => {
    for (let k = -1022; k <= 1023; k++) expect(log2(powerOfTwo(k))).toBe(k);
    expect(log2(0)).toBeNaN();
    expect(log2(-1)).toBeNaN();
  });
});

describe("toAmount", () => {
  it("rounds half away from zero to 1/10,000", () => {
    expect([1.5, 29.33, 0.00005, -0.00005, 0.00004, 0].map(toAmount)).toEqual([15000, 293300, 1, -1, 0, 0]);
  });
  it("refuses what is no amount", () => {
    expect([Number.NaN, Number.POSITIVE_INFINITY, 9.1e11, -9.1e11].map(toAmount)).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  });
});
