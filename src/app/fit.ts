// Parameters of customer value by maximum likelihood, from the histories of many customers: BG/NBD (Fader, Hardie and Lee 2005,
// equation 6 in logarithms) and Gamma-Gamma (Fader and Hardie 2013, equation 1a). Parameters are above 0, so their logarithms
// are what is searched. Customers with equal histories are counted once.

import { exp2, log2 } from "../model/portable.ts";
import { ln, lnGamma } from "../model/special-functions.ts";
import type { BgNbd, GammaGamma, PurchaseHistory } from "../packs/value-model.ts";
import { type Maximum, maximize } from "./maximize.ts";

export interface Fitted<Parameters> {
  readonly parameters: Parameters;
  readonly logLikelihood: number;
  readonly converged: boolean;
  readonly iterations: number;
  /** Histories that it was estimated from. */
  readonly customers: number;
}

const OPTIONS = { iterations: 2000, tolerance: 1e-7 } as const;
const LOG2_E = Math.LOG2E;

/** Null where nobody has bought again: then there is nothing to estimate from. */
export function fitBgNbd(histories: readonly PurchaseHistory[]): Fitted<BgNbd> | null {
  if (!histories.some(({ frequency }) => frequency > 0)) return null;
  const groups = grouped(histories, ({ frequency, recency, age }) => `${frequency} ${recency} ${age}`);
  const found = maximize((at) => bgNbdLikelihood(bgNbdOf(at), groups), [0, 0, 0, 0], OPTIONS);
  return { parameters: bgNbdOf(found.at), ...outcome(found), customers: histories.length };
}

/** From those who have bought again, at a mean above 0; null where there is none. */
export function fitGammaGamma(histories: readonly PurchaseHistory[]): Fitted<GammaGamma> | null {
  const repeat = histories.filter(({ frequency, monetary }) => frequency > 0 && monetary > 0);
  if (repeat.length === 0) return null;
  const groups = grouped(repeat, ({ frequency, monetary }) => `${frequency} ${monetary}`);
  const found = maximize((at) => gammaGammaLikelihood(gammaGammaOf(at), groups), [log2(5), log2(4), log2(15)], OPTIONS);
  return { parameters: gammaGammaOf(found.at), ...outcome(found), customers: repeat.length };
}

export interface Group {
  readonly history: PurchaseHistory;
  readonly count: number;
}

export function bgNbdLikelihood({ r, alpha, a, b }: BgNbd, groups: readonly Group[]): number {
  const common = r * ln(alpha) - lnGamma(r) + lnGamma(a + b) - lnGamma(b);
  const ofFrequency = memoized((x) => lnGamma(r + x) + lnGamma(b + x) - lnGamma(a + b + x));
  const ofDrop = memoized((x) => ln(a) - ln(b + x - 1));
  let sum = 0;
  for (const { history, count } of groups) {
    const { frequency: x, recency, age } = history;
    const alive = -(r + x) * ln(alpha + age);
    const dead = x === 0 ? Number.NEGATIVE_INFINITY : ofDrop(x) - (r + x) * ln(alpha + recency);
    sum += count * (common + ofFrequency(x) + sumOfLogs(alive, dead));
  }
  return sum;
}

export function gammaGammaLikelihood({ p, q, gamma }: GammaGamma, groups: readonly Group[]): number {
  const common = q * ln(gamma) - lnGamma(q);
  const ofFrequency = memoized((x) => lnGamma(p * x + q) - lnGamma(p * x) + p * x * ln(x));
  let sum = 0;
  for (const { history, count } of groups) {
    const { frequency: x, monetary } = history;
    sum += count * (common + ofFrequency(x) + (p * x - 1) * ln(monetary) - (p * x + q) * ln(gamma + x * monetary));
  }
  return sum;
}

/** ln(e^a + e^b), where a is finite. */
function sumOfLogs(a: number, b: number): number {
  const [large, small] = a > b ? [a, b] : [b, a];
  return large + ln(1 + exp2((small - large) * LOG2_E));
}

function memoized(of: (x: number) => number): (x: number) => number {
  const known = new Map<number, number>();
  return (x) => {
    const value = known.get(x) ?? of(x);
    known.set(x, value);
    return value;
  };
}

export function grouped(histories: readonly PurchaseHistory[], keyOf: (history: PurchaseHistory) => string): Group[] {
  const groups = new Map<string, { readonly history: PurchaseHistory; count: number }>();
  for (const history of histories) {
    const known = groups.get(keyOf(history));
    if (known === undefined) groups.set(keyOf(history), { history, count: 1 });
    else known.count++;
  }
  return [...groups.values()];
}

/** From logarithms (of base 2). */
function bgNbdOf(at: readonly number[]): BgNbd {
  const [r, alpha, a, b] = at.map(exp2) as [number, number, number, number];
  return { r, alpha, a, b };
}

function gammaGammaOf(at: readonly number[]): GammaGamma {
  const [p, q, gamma] = at.map(exp2) as [number, number, number];
  return { p, q, gamma };
}

const outcome = ({ value, converged, iterations }: Maximum): Pick<Fitted<unknown>, "logLikelihood" | "converged" | "iterations"> => ({
  logLikelihood: value,
  converged,
  iterations,
});
