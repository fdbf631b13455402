// `rfm:` -> where a contact's purchases lie in the row, and what r, f, m and rfm are in conditions.

import type { Zone } from "../../model/calendar.ts";
import type { RfmDefinition, Window } from "../definition.ts";
import type { PurchasesProgram } from "../purchases.ts";
import { type Axis, axisScore, type RfmProgram, recencyEdge, rfmCode, windowLoss } from "../rfm-score.ts";
import type { Term } from "../terms/term.ts";
import type { NextChange } from "../terms/truth.ts";
import { compileWindow } from "../windows.ts";
import type { PackFields } from "./fields.ts";

/** Where a message says which currency its amount is in. */
const CURRENCY_PATH = ["properties", "currency"] as const;

export interface PurchasesOf {
  readonly event: string;
  readonly window: Window | null;
  readonly leaveOutFree: boolean;
}

/** What a pack says of all purchases: their currency, if they have one, and the zone whose days they are kept by. */
export interface Shop {
  readonly currency: string | null;
  /** null: UTC. */
  readonly zone: Zone | null;
}

/** Two parts of a pack that look at the same purchases share them. */
export function compilePurchases(of: PurchasesOf, shop: Shop, fields: PackFields): PurchasesProgram {
  const { zone } = shop;
  const meaning = purchasesMeaning(of, shop, fields);
  const older = (what: string, initial: number): number => fields.number(`purchases/${what}`, initial, meaning);
  return {
    window: of.window === null ? null : compileWindow(of.window, zone === null ? null : () => zone),
    zone,
    leaveOutFree: of.leaveOutFree,
    currency: compileCurrency(shop.currency, fields),
    orders: fields.list("purchases/orders", meaning),
    amounts: fields.list("purchases/amounts", meaning),
    older:
      of.window !== null
        ? null
        : {
            orders: older("older_orders", 0),
            days: older("older_days", 0),
            amount: older("older_amount", 0),
            firstDay: older("first_day", Number.NaN),
            firstAmount: older("first_amount", 0),
          },
  };
}

export const compileCurrency = (code: string | null, fields: PackFields): PurchasesProgram["currency"] =>
  code === null ? null : { code, projected: fields.project(CURRENCY_PATH) };

/** Which orders they are. */
export const purchasesMeaning = (of: PurchasesOf, { currency, zone }: Shop, fields: PackFields): unknown => [
  fields.eventMeaning(of.event),
  fields.event(of.event).value,
  of.window,
  of.leaveOutFree,
  currency,
  ...(zone === null ? [] : [zone.name]),
];

export const purchasesOfRfm = (of: RfmDefinition): PurchasesOf => ({ event: of.event, window: of.window, leaveOutFree: of.free === "leave_out" });

export function compileRfm(of: RfmDefinition, shop: Shop, fields: PackFields): RfmProgram {
  const fixed = (bounds: readonly number[] | null) => (bounds === null ? null : ({ bounds, closed: "left" } as const));
  return {
    purchases: compilePurchases(purchasesOfRfm(of), shop, fields),
    frequency: of.frequency,
    bins: of.bins,
    cuts: { number: 0, axes: { r: fixed(of.cuts.r), f: fixed(of.cuts.f), m: fixed(of.cuts.m) } },
    recencyAsked: false,
  };
}

/** What `r`, `f`, `m` and `rfm` are in a condition: whole numbers that change with orders, at midnights, and with new cut points. */
export function rfmTerm(of: RfmProgram, name: Axis | "rfm"): Term {
  if (name === "r" || name === "rfm") of.recencyAsked = true;
  const lost: NextChange = (row, now) => windowLoss(of, row, now);
  const recency: NextChange = (row, now) => recencyEdge(of, row, now);
  const at: Extract<Term, { kind: "number" }>["at"] = name === "rfm" ? (row, now) => rfmCode(of, row, now) : (row, now) => axisScore(of, name, row, now);
  return { kind: "number", at, edges: name === "f" || name === "m" ? [lost] : [lost, recency], continuous: false };
}
