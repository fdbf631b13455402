// What a customer is worth: BG/NBD (Fader, Hardie and Lee, Marketing Science 24 (2005), "Counting your customers the easy way")
// for whether and how often somebody will buy again, Gamma-Gamma (Fader and Hardie 2013) for how much at a time. Pure functions
// of parameters and history; times are in units of the parameters.

import { exp2, log2 } from "../model/portable.ts";
import { hypergeometric } from "../model/special-functions.ts";

export interface BgNbd {
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
}

export interface GammaGamma {
  readonly p: number;
  readonly q: number;
  readonly gamma: number;
}

/** Repeat purchases x, from the first to the last of them, from the first until now, and what a repeat purchase is worth. */
export interface PurchaseHistory {
  readonly frequency: number;
  readonly recency: number;
  readonly age: number;
  readonly monetary: number;
}

/** The odds against being alive: a / (b + x - 1) ((alpha + T) / (alpha + t_x))^(r + x), 0 for who never bought again; may be Infinity. */
function oddsAgainst({ r, alpha, a, b }: BgNbd, { frequency: x, recency, age }: PurchaseHistory): number {
  return x === 0 ? 0 : exp2(log2(a / (b + x - 1)) + (r + x) * log2((alpha + age) / (alpha + recency)));
}

/** P(alive): 1 where nothing was bought again. Falls with age. */
export const aliveChance = (model: BgNbd, history: PurchaseHistory): number => 1 / (1 + oddsAgainst(model, history));

/** The age at which P(alive) is `chance`: where to look for its crossing; NaN where there is none. */
export function ageAtChance({ r, alpha, a, b }: BgNbd, { frequency: x, recency }: PurchaseHistory, chance: number): number {
  if (x === 0) return Number.NaN;
  return (alpha + recency) * exp2(log2(((1 / chance - 1) * (b + x - 1)) / a) / (r + x)) - alpha;
}

/**
 * Purchases expected in the next `t` (equation 10, by Euler's transformation of its 2F1, which stays finite for any frequency).
 * With frequency, recency and age 0 it is E[X(t)], what a new customer will do. Falls with age.
 */
export function expectedPurchases(model: BgNbd, history: PurchaseHistory, t: number): number {
  const { r, alpha, a, b } = model;
  const { frequency: x, age } = history;
  const z = t / (alpha + age + t);
  const rest = exp2((a - 1) * log2(1 - z)) * hypergeometric(a + b - 1 - r, a - 1, a + b + x - 1, z);
  return (((a + b + x - 1) / (a - 1)) * (1 - rest)) / (1 + oddsAgainst(model, history));
}

/** Expected amount of a purchase: a mean of what this customer and the population spend, weighed by how much is known. */
export function expectedSpend({ p, q, gamma }: GammaGamma, { frequency: x, monetary }: PurchaseHistory): number {
  return (p * (gamma + x * monetary)) / (p * x + q - 1);
}
