// The logarithm of the gamma function and Gauss's hypergeometric series, from + - x / and our own logarithm, so that every
// machine gives the same bits (see portable.ts). What customer value needs of them, and no more.

import { LN2, log2 } from "./portable.ts";

const HALF_LN_2PI = 0.9189385332046728;
/** From here on five terms of Stirling's series are exact to 1e-15. */
const STIRLING_FROM = 12;
/** Bernoulli numbers over 2k (2k - 1), for 1/z, 1/z^3, ... */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360] as const;
/** Terms of a series at most; what is asked of it here ends long before. */
const MOST_TERMS = 100_000;
const NEGLIGIBLE = 1e-16;

/** ln x for x > 0, absolute error below 1e-12. */
export const ln = (x: number): number => log2(x) * LN2;

/** ln of the gamma function for z > 0, error below 1e-12 (1 + |result|). Stirling's series after moving up by the recurrence. */
export function lnGamma(z: number): number {
  if (!(z > 0)) return Number.NaN;
  let product = 1;
  let at = z;
  for (; at < STIRLING_FROM; at++) product *= at;
  const inverse = 1 / (at * at);
  let series = 0;
  for (let k = STIRLING.length - 1; k >= 0; k--) series = series * inverse + (STIRLING[k] as number);
  return (at - 0.5) * ln(at) - at + HALF_LN_2PI + series / at - (product === 1 ? 0 : ln(product));
}

/**
 * 2F1(a, b; c; z) for 0 <= z < 1 and c > 0, by its power series: relative error below 1e-12 where its terms have one sign or
 * fall fast, as they do for c well above a and b. NaN where it does not end.
 */
export function hypergeometric(a: number, b: number, c: number, z: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 0; k < MOST_TERMS; k++) {
    term *= (((a + k) * (b + k)) / ((c + k) * (k + 1))) * z;
    sum += term;
    if (Math.abs(term) <= NEGLIGIBLE * Math.abs(sum) * (1 - z)) return sum;
  }
  return Number.NaN;
}
