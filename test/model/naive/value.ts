// What a contact is worth, by docs/packs.md ("value") and the papers named there, with Math.pow and the series as it stands in the books.

import type { ValueDefinition } from "../../../src/packs/definition.ts";
import { firstAt } from "./calendar.ts";
import { DAY, type PackState } from "./contact.ts";
import { purchasesAt } from "./rfm.ts";
import { unitsLeft } from "./undo.ts";

const HOUR = 3_600_000;

export interface NaiveValue {
  readonly frequency: number;
  readonly recency: number;
  readonly age: number;
  readonly monetary: number;
  readonly alive: number | undefined;
  readonly purchases: number | undefined;
  readonly spend: number | undefined;
}

/** undefined where nothing was bought. */
export function valueAt(state: PackState, now: number): NaiveValue | undefined {
  const { value } = state.pack;
  if (value === null) return undefined;
  const bought = purchasesAt(state, { part: "value", window: null, ...value }, now);
  const days = unitsLeft(bought);
  if (days.length === 0) return undefined;
  const [first, last] = [Math.min(...days), Math.max(...days)];
  const frequency = days.length - 1;
  const recency = ((last - first) * DAY) / value.unitMs;
  const age = (moment: number): number => Math.max(recency, (moment - firstAt(state.pack.zone.otherwise, first)) / value.unitMs);
  const later = bought.filter(({ day }) => day > first).reduce((sum, { amount }) => sum + amount, 0) / 10_000;
  const history = { frequency, recency, age: age(now), monetary: frequency === 0 ? 0 : later / frequency };
  const inHours = { ...history, age: age(Math.floor(now / HOUR) * HOUR) };
  return { ...history, alive: alive(value, history), purchases: purchases(value, inHours), spend: spend(value, history) };
}

type History = Pick<NaiveValue, "frequency" | "recency" | "age" | "monetary">;

/** Fader, Hardie and Lee 2005: the odds against being alive. */
function odds({ r, alpha, a, b }: NonNullable<ValueDefinition["bgNbd"]>, { frequency: x, recency, age }: History): number {
  return x === 0 ? 0 : (a / (b + x - 1)) * Math.pow((alpha + age) / (alpha + recency), r + x);
}

const alive = ({ bgNbd }: ValueDefinition, history: History): number | undefined => (bgNbd === null ? undefined : 1 / (1 + odds(bgNbd, history)));

function purchases({ bgNbd, nextMs, unitMs }: ValueDefinition, history: History): number | undefined {
  if (bgNbd === null) return undefined;
  const { r, alpha, a, b } = bgNbd;
  const { frequency: x, age } = history;
  const next = nextMs / unitMs;
  const z = next / (alpha + age + next);
  const rest = 1 - Math.pow(1 - z, a - 1) * hypergeometric(a + b - 1 - r, a - 1, a + b + x - 1, z);
  return (((a + b + x - 1) / (a - 1)) * rest) / (1 + odds(bgNbd, history));
}

const spend = ({ gammaGamma }: ValueDefinition, { frequency: x, monetary }: History): number | undefined =>
  gammaGamma === null ? undefined : (gammaGamma.p * (gammaGamma.gamma + x * monetary)) / (gammaGamma.p * x + gammaGamma.q - 1);

/** Gauss's series, term by term. */
function hypergeometric(a: number, b: number, c: number, z: number): number {
  let [sum, term] = [1, 1];
  for (let n = 0; n < 100_000 && Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (((a + n) * (b + n)) / ((c + n) * (n + 1))) * z;
    sum += term;
  }
  return sum;
}
