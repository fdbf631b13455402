// An order comes in, or is taken back: what it does to the purchases that a row keeps by day (packs/purchases.ts). Late orders
// are additions like any other; one that is older than the window, or than the first of the days kept, cannot move a day.

import { BOUNDS } from "../packs/bounds.ts";
import type { BucketList } from "../packs/bucket-list.ts";
import type { PopulationProgram } from "../packs/population.ts";
import { amountOn, dayAt, lastPurchaseDay, type PurchasesProgram } from "../packs/purchases.ts";
import type { Row } from "../packs/row.ts";
import { amountOf } from "../packs/text-values.ts";
import { windowCut } from "../packs/windows.ts";
import type { Dropped } from "./dropped.ts";
import type { Recording } from "./recording.ts";
import type { EventFacts } from "./touch.ts";

/** `value` is where the projection has the order's amount. An order without a usable amount, or in another currency, is left out and counted. */
export function addPurchase(of: PurchasesProgram, value: number, row: Row, event: EventFacts, now: number, dropped: Dropped): void {
  const amount = purchaseAmount(of, value, event, dropped);
  if (!Number.isNaN(amount)) addOrders(of, row, dayAt(of, event.at), 1, amount, now, dropped);
}

/** Takes one order of `amount` (1/10,000), or with `orders` 0 only a part of its amount, back out of the day on which it was made; a day that is not kept any more stays as it is. */
export function removePurchase(of: PurchasesProgram, row: Row, atMs: number, amount: number, now: number, orders: 0 | 1 = 1): void {
  const day = dayAt(of, atMs);
  const isKept = of.older === null || !((row.numbers[of.older.days] as number) > 0) || day >= firstKept(row, of);
  if (isKept && amountOn(row.lists[of.orders] as BucketList, day) <= 0) return;
  addOrders(of, row, day, -orders, -amount, now);
}

/** An event whose value counts in a mean of the population. */
export function observe(of: PopulationProgram, value: number, { event, dropped, observed }: Recording): void {
  const amount = of.mean === null ? Number.NaN : purchaseAmount(of.mean, value, event, dropped);
  if (!Number.isNaN(amount)) observed.push({ of, at: event.at, events: 1, amount });
}

/** In 1/10,000; NaN for an order that does not count. */
export function purchaseAmount(of: Pick<PurchasesProgram, "currency" | "leaveOutFree">, value: number, event: EventFacts, dropped: Dropped): number {
  if (isForeign(of, event)) {
    dropped.other_currency++;
    return Number.NaN;
  }
  const amount = amountOf(event.values[value]);
  if (Number.isNaN(amount)) dropped.value_missing++;
  else if (amount <= 0 && of.leaveOutFree) return Number.NaN;
  return amount;
}

function isForeign({ currency }: Pick<PurchasesProgram, "currency">, event: EventFacts): boolean {
  const said = currency === null ? undefined : event.values[currency.projected];
  return typeof said === "string" && currency !== null && said.toUpperCase() !== currency.code;
}

/**
 * Takes back an amount of which nothing else is known: from the last days on backwards, the days whose whole amount it covers with
 * all their orders. Who has none of the days left that are kept one by one has bought nothing.
 */
export function removeAmount(of: PurchasesProgram, row: Row, amount: number, now: number): void {
  const orders = row.lists[of.orders] as BucketList;
  const amounts = row.lists[of.amounts] as BucketList;
  const cut = of.window === null ? Number.NEGATIVE_INFINITY : windowCut(of.window, row, now);
  let left = amount;
  for (const day of [...amounts.buckets.subarray(0, amounts.length)].reverse()) {
    const there = amountOn(amounts, day);
    if (day <= cut || left <= 0 || there <= 0) continue;
    const taken = Math.min(there, left);
    addOrders(of, row, day, taken === there ? -amountOn(orders, day) : 0, -taken, now);
    left -= taken;
  }
  if (Number.isNaN(lastPurchaseDay(of, row, now))) emptyPurchases(of, row);
}

/** Nothing was bought. */
export function emptyPurchases(of: PurchasesProgram, row: Row): void {
  row.version++;
  for (const list of [of.orders, of.amounts]) row.changeList(list).length = 0;
  if (of.older === null) return;
  for (const place of Object.values(of.older)) row.numbers[place] = row.layout.initial[place] as number;
}

function addOrders(of: PurchasesProgram, row: Row, day: number, orders: number, amount: number, now: number, dropped?: Dropped): void {
  row.version++;
  if (of.window !== null) {
    const cut = windowCut(of.window, row, now);
    if (day > cut) addToDay(of, row, day, orders, amount, cut);
    return;
  }
  const { older } = of;
  if (older !== null && (row.numbers[older.days] as number) > 0 && day < firstKept(row, of)) {
    row.numbers[older.orders] = (row.numbers[older.orders] as number) + orders;
    row.numbers[older.amount] = (row.numbers[older.amount] as number) + amount;
    if (dropped !== undefined) dropped.purchase_folded++;
    return;
  }
  addToDay(of, row, day, orders, amount, Number.NEGATIVE_INFINITY);
  if ((row.lists[of.orders] as BucketList).length > BOUNDS.purchase_days.most) foldFirstDay(of, row);
}

function addToDay(of: PurchasesProgram, row: Row, day: number, orders: number, amount: number, cut: number): void {
  row.addToList(of.orders, day, orders, cut);
  row.addToList(of.amounts, day, amount, cut);
}

export const firstKept = (row: Row, of: PurchasesProgram): number => (row.lists[of.orders] as BucketList).oldest(Number.NEGATIVE_INFINITY);

/** The oldest of the days kept goes into the totals. */
export function foldFirstDay(of: PurchasesProgram, row: Row): void {
  const { older } = of;
  if (older === null) return;
  const { numbers } = row;
  const orders = row.lists[of.orders] as BucketList;
  const amounts = row.lists[of.amounts] as BucketList;
  const day = firstKept(row, of);
  const count = amountOn(orders, day);
  const amount = amountOn(amounts, day);
  if (count > 0 && numbers[older.days] === 0) {
    numbers[older.firstDay] = day;
    numbers[older.firstAmount] = amount;
  }
  numbers[older.orders] = (numbers[older.orders] as number) + count;
  numbers[older.amount] = (numbers[older.amount] as number) + amount;
  if (count > 0) numbers[older.days] = (numbers[older.days] as number) + 1;
  orders.drop(day);
  amounts.drop(day);
}
