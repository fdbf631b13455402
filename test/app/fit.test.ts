import { describe, expect, it } from "vitest";
import { bgNbdLikelihood, fitBgNbd, fitGammaGamma, gammaGammaLikelihood, grouped } from "../../src/app/fit.ts";
import { maximize } from "../../src/app/maximize.ts";
import type { PurchaseHistory } from "../../src/packs/value-model.ts";
import { random as seededRandom } from "../flow/seeded.ts";

const keyOf = (history: PurchaseHistory) => JSON.stringify(history);

describe("maximize", () => {
  it("finds the top of a hill, and says when it did not get there", () => {
    const hill = ([x = 0, y = 0]: readonly number[]) => -((x - 3) ** 2) - 10 * (y + 1 - x ** 2) ** 2;
    const found = maximize(hill, [0, 0], { iterations: 1000, tolerance: 1e-9 });
    expect(found.converged).toBe(true);
    expect(found.at[0]).toBeCloseTo(3, 4);
    expect(found.at[1]).toBeCloseTo(8, 3);
    expect(maximize(hill, [0, 0], { iterations: 3, tolerance: 1e-9 }).converged).toBe(false);
  });
});

describe("the likelihood of BG/NBD", () => {
  it("is the formula's for histories worked out by hand", () => {
    const model = { r: 1, alpha: 2, a: 1.5, b: 3 };
    const never = { frequency: 0, recency: 0, age: 10, monetary: 0 };
    // (alpha / (alpha + T))^r
    expect(bgNbdLikelihood(model, grouped([never], keyOf))).toBeCloseTo(Math.log(2 / 12), 12);
    // x = 1: B(a, b + 1) / B(a, b) r alpha / (alpha + T)^2 + B(a + 1, b) / B(a, b) r alpha / (alpha + t_x)^2
    const once = { frequency: 1, recency: 4, age: 10, monetary: 5 };
    expect(bgNbdLikelihood(model, grouped([once], keyOf))).toBeCloseTo(Math.log((3 / 4.5) * (2 / 144) + (1.5 / 4.5) * (2 / 36)), 12);
    expect(bgNbdLikelihood(model, grouped([never, once, once], keyOf))).toBeCloseTo(
      Math.log(2 / 12) + 2 * Math.log((3 / 4.5) * (2 / 144) + (1.5 / 4.5) * (2 / 36)),
      11,
    );
  });
});

describe("a fit", () => {
  it("comes back to the parameters that histories were drawn from", () => {
    const random = seededRandom(7);
    const histories = Array.from({ length: 800 }, () => drawn(random));
    const bgNbd = fitBgNbd(histories);
    expect(bgNbd?.converged).toBe(true);
    // Rates are 0.15 a week on average, the chance of dropping out is 0.25: means r / alpha and a / (a + b).
    expect((bgNbd?.parameters.r ?? 0) / (bgNbd?.parameters.alpha ?? 1)).toBeCloseTo(0.15, 1);
    expect((bgNbd?.parameters.a ?? 0) / ((bgNbd?.parameters.a ?? 0) + (bgNbd?.parameters.b ?? 1))).toBeCloseTo(0.25, 1);
    const gammaGamma = fitGammaGamma(histories);
    expect(gammaGamma?.converged).toBe(true);
    const { p = 0, q = 0, gamma: scale = 0 } = gammaGamma?.parameters ?? {};
    expect((p * scale) / (q - 1) / 30).toBeCloseTo(1, 0);
    const better = gammaGammaLikelihood(
      gammaGamma?.parameters ?? { p: 1, q: 2, gamma: 1 },
      grouped(
        histories.filter(({ frequency }) => frequency > 0),
        keyOf,
      ),
    );
    expect(gammaGamma?.logLikelihood).toBeCloseTo(better, 6);
  });

  it("is none where nobody has bought again", () => {
    const never = [{ frequency: 0, recency: 0, age: 10, monetary: 0 }];
    expect(fitBgNbd(never)).toBeNull();
    expect(fitGammaGamma(never)).toBeNull();
  });
});

function drawn(random: () => number): PurchaseHistory {
  const age = 30 + Math.floor(random() * 50);
  const rate = 0.3 * random() ** 2 + 0.05;
  const drop = random() ** 3;
  let at = 0;
  let frequency = 0;
  let recency = 0;
  for (;;) {
    at += -Math.log(1 - random()) / rate;
    if (at > age) break;
    frequency++;
    recency = at;
    if (random() < drop) break;
  }
  if (frequency === 0) return { frequency, recency, age, monetary: 0 };
  // Gamma-Gamma with p 6, q 4, gamma 15.
  const scale = gamma(4, random) / 15;
  return { frequency, recency, age, monetary: gamma(6 * frequency, random) / (scale * frequency) };
}

/** A gamma variate of a whole shape: so many exponential ones. */
const gamma = (shape: number, random: () => number): number => Array.from({ length: shape }).reduce<number>((sum) => sum - Math.log(1 - random()), 0);
