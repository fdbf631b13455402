// Recency, frequency and amount by docs/packs.md ("rfm"). Not here: how bounds come from the population (population.ts).

import type { RfmDefinition } from "../../../src/packs/definition.ts";
import { dayAt } from "./calendar.ts";
import { type Entry, eventAmount, historyOf, type Occurrence, type PackState } from "./contact.ts";
import { at, type JsonObject } from "./message.ts";
import { countOf, unitsLeft } from "./undo.ts";

/** Bins are undefined where their bounds come from a population that was not counted yet. */
export interface NaiveRfm extends PurchaseNumbers {
  readonly r: number | undefined;
  readonly f: number | undefined;
  readonly m: number | undefined;
  readonly rfm: number | undefined;
  /** Number of the cut points in effect. */
  readonly cuts: number;
}

interface PurchaseNumbers {
  readonly recencyDays: number;
  readonly frequency: number;
  readonly monetary: number;
}

/** undefined where nothing was bought that counts. */
export function rfmAt(state: PackState, now: number): NaiveRfm | undefined {
  const { rfm } = state.pack;
  const numbers = purchaseNumbers(state, now);
  if (rfm === null || numbers === undefined) return undefined;
  const found = state.numbers.get("rfm");
  const passed = (axis: "r" | "f" | "m", x: number): number | undefined => {
    const written = rfm.cuts[axis];
    if (written !== null) return written.filter((cut) => cut <= x).length;
    return found?.axes?.[axis]?.filter((cut) => (rfm.method === "r" ? cut <= x : cut < x)).length;
  };
  const [older, f, m] = [passed("r", numbers.recencyDays), passed("f", numbers.frequency), passed("m", numbers.monetary)];
  const bins = { r: older === undefined ? undefined : rfm.bins - older, f: f === undefined ? undefined : 1 + f, m: m === undefined ? undefined : 1 + m };
  const all = bins.r === undefined || bins.f === undefined || bins.m === undefined ? undefined : 100 * bins.r + 10 * bins.f + bins.m;
  return { ...numbers, ...bins, rfm: all, cuts: found?.number ?? 0 };
}

/** What bins are made of. */
export function purchaseNumbers(state: PackState, now: number): PurchaseNumbers | undefined {
  const { rfm } = state.pack;
  if (rfm === null) return undefined;
  const all = purchasesAt(state, { part: "rfm", ...rfm }, now);
  const days = unitsLeft(all);
  if (days.length === 0) return undefined;
  const recencyDays = Math.max(0, dayAt(state.pack.zone.otherwise, now) - Math.max(...days));
  const frequency = rfm.frequency === "orders" ? countOf(all) : days.length;
  return { recencyDays, frequency, monetary: all.reduce((sum, { amount }) => sum + amount, 0) / 10_000 };
}

/** A part of the pack that goes by purchases. */
interface Purchases extends Pick<RfmDefinition, "event" | "free" | "window"> {
  readonly part: "rfm" | "value";
}

/** What counts of them at a moment. */
export function purchasesAt(state: PackState, of: Purchases, now: number): Entry[] {
  const today = dayAt(state.pack.zone.otherwise, now);
  return purchasesOf(state, of).filter(({ day }) => of.window === null || day > today - of.window.buckets);
}

/** What an amount takes back of which nothing else is known: the last days that it covers, whole, and of the next its amount. */
export function lowerPurchases(state: PackState, name: string, amount: number, occurrence: Occurrence, now: number): void {
  const { rfm, value } = state.pack;
  if (rfm !== null && rfm.event === name) lowerPart(state, { part: "rfm", ...rfm }, amount, occurrence, now);
  if (value !== null && value.event === name) lowerPart(state, { part: "value", window: null, ...value }, amount, occurrence, now);
}

function lowerPart(state: PackState, of: Purchases, amount: number, occurrence: Occurrence, now: number): void {
  const all = purchasesAt(state, of, now);
  const history = state.histories.get(of.event);
  if (history === undefined) return;
  let left = amount;
  for (const day of [...new Set(all.map((one) => one.day))].sort((a, b) => b - a)) {
    const ofDay = all.filter((one) => one.day === day);
    const there = ofDay.reduce((sum, one) => sum + one.amount, 0);
    if (left <= 0 || there <= 0) continue;
    const taken = Math.min(left, there);
    const lower = (count: 0 | -1, by: number): void => {
      const entry = { ...occurrence, day, occurrence: null, count, amount: -by, inBuckets: true };
      history.lowered.push({ part: of.part, after: history.entries.length, entry });
    };
    lower(0, taken);
    if (taken === there) for (let order = 0; order < countOf(ofDay); order++) lower(-1, 0);
    left -= taken;
  }
  if (unitsLeft(purchasesAt(state, of, now)).length > 0) return;
  history.lowered = history.lowered.filter(({ part }) => part !== of.part);
  history.purchasesFrom[of.part] = history.entries.length;
  history.bought[of.part] = [];
}

/** Entries of the event that are purchases, by their day of the pack's zone. */
export function purchasesOf(state: PackState, { event: name, free, part }: Omit<Purchases, "window">): Entry[] {
  const { zone } = state.pack;
  const { entries, lowered, purchasesFrom, bought } = historyOf(state, name);
  const counted = entries.map((entry, index): Entry | null =>
    index < purchasesFrom[part] || !isPurchase(state, name, entry.occurrence, free)
      ? null
      : { ...entry, day: dayAt(zone.otherwise, entry.at), inBuckets: true },
  );
  const inOrder = Array.from({ length: counted.length + 1 }, (_, index) => [
    ...lowered.filter((one) => one.part === part && one.after === index).map(({ entry }) => entry),
    ...(counted[index] ? [counted[index]] : []),
  ]).flat();
  const kept: Entry[] = [...bought[part]];
  for (const entry of inOrder) if (entry.count === 1 || isBought(kept, entry.day)) kept.push(entry);
  return kept;
}

/** Whether an occurrence counts as a purchase: it has an amount, in the pack's currency. */
export function isPurchase(state: PackState, name: string, occurrence: Occurrence | null, free: "count" | "leave_out"): boolean {
  const amount = occurrence === null ? undefined : eventAmount(state, name, occurrence);
  if (occurrence === null || amount === undefined || (free === "leave_out" && amount <= 0)) return false;
  return isCurrency(occurrence.event.message, state.pack.currency);
}

/** From a day without a purchase nothing is taken back. */
const isBought = (kept: readonly Entry[], day: number): boolean => countOf(kept.filter((one) => one.day === day)) > 0;

function isCurrency(message: JsonObject, currency: string | null): boolean {
  const said = at(message, ["properties", "currency"]);
  return currency === null || typeof said !== "string" || said.toUpperCase() === currency.toUpperCase();
}
