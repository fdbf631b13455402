// `value:` -> a contact's purchase history in the row, and what `value.alive`, `value.purchases` and `value.spend` are in
// conditions. The first two fall by themselves as time passes: their next change is found like that of a score.

import type { ValueDefinition } from "../definition.ts";
import { firstPurchaseDay, lastPurchaseDay, orderAmount, type PurchasesProgram, purchaseDays, startOfDay } from "../purchases.ts";
import type { Row } from "../row.ts";
import type { Term } from "../terms/term.ts";
import { ageAtChance, aliveChance, type BgNbd, expectedPurchases, expectedSpend, type GammaGamma, type PurchaseHistory } from "../value-model.ts";
import { DAY_MS } from "../windows.ts";
import type { PackFields } from "./fields.ts";
import { compilePurchases, type Shop } from "./rfm.ts";

export type ValueName = "alive" | "purchases" | "spend";

export interface ValueProgram {
  readonly purchases: PurchasesProgram;
  readonly unitMs: number;
  /** How far ahead purchases are expected, in units. */
  readonly next: number;
  readonly bgNbd: BgNbd | null;
  readonly gammaGamma: GammaGamma | null;
}

export function compileValue(of: ValueDefinition, shop: Shop, fields: PackFields): ValueProgram {
  return {
    purchases: compilePurchases({ event: of.event, window: null, leaveOutFree: of.free === "leave_out" }, shop, fields),
    unitMs: of.unitMs,
    next: of.nextMs / of.unitMs,
    bgNbd: of.bgNbd,
    gammaGamma: of.gammaGamma,
  };
}

/**
 * Expected purchases are looked at in whole hours. What a millisecond takes off them is less than the last bits of their series
 * are uncertain by, years after a purchase, so that they would rise and fall again and pass a bound several times.
 */
const HOUR_MS = 3_600_000;

/** By days: several purchases of one day are one. Null where nothing was bought. */
export function historyOf(of: ValueProgram, row: Row, now: number): PurchaseHistory | null {
  const { day, amount } = firstPurchaseDay(of.purchases, row);
  if (Number.isNaN(day)) return null;
  const frequency = purchaseDays(of.purchases, row, now) - 1;
  const recency = ((lastPurchaseDay(of.purchases, row, now) - day) * DAY_MS) / of.unitMs;
  return {
    frequency,
    recency,
    age: Math.max(recency, (now - startOfDay(of.purchases, day)) / of.unitMs),
    monetary: frequency === 0 ? 0 : (orderAmount(of.purchases, row, now) - amount) / 10_000 / frequency,
  };
}

/** NaN where nothing was bought or the pack has no parameters for it. */
export function worthAt(of: ValueProgram, name: ValueName, row: Row, now: number): number {
  const history = historyOf(of, row, name === "purchases" ? Math.floor(now / HOUR_MS) * HOUR_MS : now);
  if (history === null) return Number.NaN;
  if (name === "spend") return of.gammaGamma === null ? Number.NaN : expectedSpend(of.gammaGamma, history);
  if (of.bgNbd === null) return Number.NaN;
  return name === "alive" ? aliveChance(of.bgNbd, history) : expectedPurchases(of.bgNbd, history, of.next);
}

export function valueTerm(of: ValueProgram, name: ValueName): Term {
  const at = (row: Row, now: number): number => worthAt(of, name, row, now);
  if (name === "spend") return { kind: "number", at, edges: [], continuous: false };
  const { bgNbd } = of;
  if (name === "purchases" || bgNbd === null) return { kind: "number", at, edges: [], continuous: true };
  const meets = (row: Row, now: number, bound: number): number => {
    const history = historyOf(of, row, now);
    return history === null ? Number.NaN : startOfDay(of.purchases, firstPurchaseDay(of.purchases, row).day) + ageAtChance(bgNbd, history, bound) * of.unitMs;
  };
  return { kind: "number", at, meets, edges: [], continuous: true };
}
