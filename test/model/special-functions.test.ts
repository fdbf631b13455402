import { describe, expect, it } from "vitest";
import { hypergeometric, ln, lnGamma } from "../../src/model/special-functions.ts";

describe("lnGamma", () => {
  it("is the logarithm of factorials, and of the square root of pi at a half", () => {
    let factorial = 1;
    for (let n = 1; n <= 170; n++) {
      expect(Math.abs(lnGamma(n) - Math.log(factorial))).toBeLessThan(1e-12 * (1 + Math.log(factorial)));
      factorial *= n;
    }
    expect(lnGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 12);
    expect(lnGamma(1e-10)).toBeCloseTo(-Math.log(1e-10), 9);
  });

  it("keeps the recurrence everywhere", () => {
    for (let z = 0.01; z < 400; z *= 1.37) expect(Math.abs(lnGamma(z + 1) - lnGamma(z) - ln(z))).toBeLessThan(1e-12 * (1 + Math.abs(lnGamma(z + 1))));
  });

  it("is not a number where there is no gamma function", () => {
    expect(lnGamma(0)).toBeNaN();
    expect(lnGamma(-2.5)).toBeNaN();
  });
});

describe("hypergeometric", () => {
  it("is what closed forms say", () => {
    for (const z of [0, 0.1, 0.5, 0.9, 0.99]) {
      // 2F1(1, 1; 2; z) = -ln(1 - z) / z, and 2F1(a, b; b; z) = (1 - z)^-a.
      if (z > 0) expect(hypergeometric(1, 1, 2, z)).toBeCloseTo(-Math.log(1 - z) / z, 10);
      expect(hypergeometric(0.3, 2, 2, z) / (1 - z) ** -0.3).toBeCloseTo(1, 11);
    }
    expect(hypergeometric(0.5, 0.5, 1.5, 0.25)).toBeCloseTo(Math.asin(0.5) / 0.5, 12);
  });
});
