import { describe, expect, it } from "vitest";
import { ageAtChance, aliveChance, expectedPurchases, expectedSpend } from "../../src/packs/value-model.ts";

const MODEL = { r: 0.25, alpha: 4, a: 0.8, b: 2.5 };
const history = (frequency: number, recency: number, age: number, monetary = 10) => ({ frequency, recency, age, monetary });

describe("P(alive)", () => {
  it("is 1 for who never bought again, and falls with the time since the last purchase", () => {
    expect(aliveChance(MODEL, history(0, 0, 500))).toBe(1);
    // x = 1: 1 / (1 + 0.8 / 2.5 (14 / 4)^1.25)
    expect(aliveChance(MODEL, history(1, 0, 10))).toBeCloseTo(1 / (1 + (0.8 / 2.5) * 3.5 ** 1.25), 12);
    let before = 1;
    for (let age = 10; age < 300; age += 7) {
      const chance = aliveChance(MODEL, history(5, 10, age));
      expect(chance).toBeLessThan(before);
      before = chance;
    }
  });

  it("stays a number for very many purchases and very long ages", () => {
    for (const frequency of [1, 221, 5000])
      for (const age of [30, 400, 1e6]) {
        const chance = aliveChance(MODEL, history(frequency, 30, age));
        expect(chance).toBeGreaterThanOrEqual(0);
        expect(chance).toBeLessThanOrEqual(1);
      }
  });

  it("crosses a chance at the age that the formula says", () => {
    for (const chance of [0.9, 0.3, 0.01]) expect(aliveChance(MODEL, history(3, 20, ageAtChance(MODEL, history(3, 20, 20), chance)))).toBeCloseTo(chance, 9);
    expect(ageAtChance(MODEL, history(0, 0, 1), 0.5)).toBeNaN();
  });
});

/** Equation 9 with so many terms of its series. */
function withTerms({ r, alpha, a, b }: typeof MODEL, t: number, terms: number): number {
  let sum = 1;
  let term = 1;
  for (let j = 1; j <= terms; j++) {
    term *= (((r + j - 1) * (b + j - 1)) / ((a + b + j - 2) * j)) * (t / (alpha + t));
    sum += term;
  }
  return ((a + b - 1) / (a - 1)) * (1 - (alpha / (alpha + t)) ** r * sum);
}

describe("expected purchases", () => {
  it("are the sum of what is expected week by week, seen from now", () => {
    // For small t the rate is that of the alive: P(alive) (r + x) / (alpha + T).
    const one = history(4, 20, 30);
    const rate = (aliveChance(MODEL, one) * (MODEL.r + 4)) / (MODEL.alpha + 30);
    expect(expectedPurchases(MODEL, one, 1e-4) / 1e-4).toBeCloseTo(rate, 4);
  });

  it("of a new customer are those of the paper on CDNOW, with the parameters that maximum likelihood gives", () => {
    const fitted = { r: 0.242594587, alpha: 4.413602457, a: 0.792923156, b: 2.425895678 };
    const ofNew = (t: number): string => expectedPurchases(fitted, history(0, 0, 0), t).toFixed(4);
    expect([0.1429, 1, 3, 31.8571, 32].map(ofNew)).toEqual(["0.0078", "0.0532", "0.1506", "1.0405", "1.0437"]);
    // The paper has 1.8576, which is what the first 150 terms of the series come to: where t is large against alpha it converges slowly.
    expect(ofNew(78)).toBe("1.8580");
    expect(withTerms(fitted, 78, 150).toFixed(4)).toBe("1.8576");
    expect(withTerms(fitted, 78, 2000)).toBeCloseTo(expectedPurchases(fitted, history(0, 0, 0), 78), 10);
  });

  it("grow with the time ahead, fall with age, and stay finite for frequency 221 and 0", () => {
    for (const frequency of [0, 1, 221]) {
      let before = 0;
      for (const t of [0.1, 1, 10, 100, 1000]) {
        const expected = expectedPurchases(MODEL, history(frequency, 30, 31), t);
        expect(expected).toBeGreaterThan(before);
        expect(Number.isFinite(expected)).toBe(true);
        before = expected;
      }
      expect(expectedPurchases(MODEL, history(frequency, 30, 60), 10)).toBeLessThan(expectedPurchases(MODEL, history(frequency, 30, 31), 10));
    }
  });
});

describe("expected spend", () => {
  it("is the population's mean for who never bought again, and goes to one's own mean with purchases", () => {
    const model = { p: 6, q: 4, gamma: 15 };
    expect(expectedSpend(model, history(0, 0, 5, 0))).toBe((6 * 15) / 3);
    expect(expectedSpend(model, history(2, 5, 9, 50))).toBe((6 * (15 + 100)) / (12 + 3));
    expect(expectedSpend(model, history(1e6, 5, 9, 50))).toBeCloseTo(50, 3);
  });
});
