// A contact's purchases by day, as RFM and customer value read them: how many, how much, on how many days, the first and the
// last day. Everything is by whole days, so that what is asked of it is the same whether orders came one by one or all at once,
// in whatever order. Days are numbers since 1970-01-01, of the pack's zone.
//
// With a window only the days inside count. Without one the last days (BOUNDS.purchase_days) with a purchase are kept one by one, and what
// is older as totals: exact as long as no order is later than that. How an order gets here is in engine/purchases.ts.

import type { Zone } from "../model/calendar.ts";
import type { BucketList } from "./bucket-list.ts";
import type { Row } from "./row.ts";
import { DAY_MS, type WindowProgram, windowCut, windowEdge } from "./windows.ts";

export interface PurchasesProgram {
  readonly window: WindowProgram | null;
  /** Whose days they are; null: UTC. One for all contacts, because their days are compared with each other. */
  readonly zone: Zone | null;
  readonly leaveOutFree: boolean;
  /** An order whose currency is known and another one is left out; null: none is asked. */
  readonly currency: { readonly code: string; readonly projected: number } | null;
  /** Lists of orders and of amounts (1/10,000) by day. */
  readonly orders: number;
  readonly amounts: number;
  /** Places of what is older than the lists, and of the first day; null where a window forgets it. */
  readonly older: { readonly orders: number; readonly days: number; readonly amount: number; readonly firstDay: number; readonly firstAmount: number } | null;
}

export const dayAt = ({ zone }: Pick<PurchasesProgram, "zone">, at: number): number => (zone === null ? Math.floor(at / DAY_MS) : zone.dayOf(at));

/** Its first moment. */
export const startOfDay = ({ zone }: Pick<PurchasesProgram, "zone">, day: number): number => (zone === null ? day * DAY_MS : zone.startOfDay(day));

/** Orders that count at `now`. */
export const orderCount = (of: PurchasesProgram, row: Row, now: number): number =>
  listOf(row, of.orders).sum(cutOf(of, row, now)) + olderOf(row, of.older?.orders);

/** Their amounts together, in 1/10,000. */
export const orderAmount = (of: PurchasesProgram, row: Row, now: number): number =>
  listOf(row, of.amounts).sum(cutOf(of, row, now)) + olderOf(row, of.older?.amount);

/** Days with at least one order. */
export function purchaseDays(of: PurchasesProgram, row: Row, now: number): number {
  const { buckets, amounts, length } = listOf(row, of.orders);
  const cut = cutOf(of, row, now);
  let days = olderOf(row, of.older?.days);
  for (let i = length - 1; i >= 0 && (buckets[i] as number) > cut; i--) if ((amounts[i] as number) > 0) days++;
  return days;
}

/** The last day with an order; NaN where there is none. */
export function lastPurchaseDay(of: PurchasesProgram, row: Row, now: number): number {
  const { buckets, amounts, length } = listOf(row, of.orders);
  const cut = cutOf(of, row, now);
  for (let i = length - 1; i >= 0 && (buckets[i] as number) > cut; i--) if ((amounts[i] as number) > 0) return buckets[i] as number;
  return Number.NaN;
}

/** The first day with an order and its amount; only without a window. NaN where there is none. */
export function firstPurchaseDay(of: PurchasesProgram, row: Row): { readonly day: number; readonly amount: number } {
  if (of.older !== null && olderOf(row, of.older.days) > 0)
    return { day: row.numbers[of.older.firstDay] as number, amount: row.numbers[of.older.firstAmount] as number };
  const orders = listOf(row, of.orders);
  for (let i = 0; i < orders.length; i++)
    if ((orders.amounts[i] as number) > 0) return { day: orders.buckets[i] as number, amount: amountOn(listOf(row, of.amounts), orders.buckets[i] as number) };
  return { day: Number.NaN, amount: 0 };
}

/** When the window next loses a day. */
export const purchasesEdge = (of: PurchasesProgram, row: Row, now: number): number =>
  of.window === null ? Number.POSITIVE_INFINITY : windowEdge(row, of.orders, of.window, now);

export const amountOn = ({ buckets, amounts, length }: BucketList, day: number): number => {
  for (let i = length - 1; i >= 0; i--) if (buckets[i] === day) return amounts[i] as number;
  return 0;
};

const listOf = (row: Row, list: number): BucketList => row.lists[list] as BucketList;
const cutOf = (of: PurchasesProgram, row: Row, now: number): number => (of.window === null ? Number.NEGATIVE_INFINITY : windowCut(of.window, row, now));
const olderOf = (row: Row, place: number | undefined): number => (place === undefined ? 0 : (row.numbers[place] as number));
