// Recency, frequency and amount by docs/packs.md ("rfm"), with cuts as they are written. Not here: cuts from the population.

import type { RfmDefinition } from "../../../src/packs/definition.ts";
import { dayAt } from "./calendar.ts";
import { type Entry, historyOf, type Occurrence, type PackState } from "./contact.ts";
import { amountIn, at, type JsonObject } from "./message.ts";
import { countOf, unitsLeft } from "./undo.ts";

export interface NaiveRfm {
  readonly r: number;
  readonly f: number;
  readonly m: number;
  readonly rfm: number;
  readonly recencyDays: number;
  readonly frequency: number;
  readonly monetary: number;
}

/** undefined where nothing was bought that counts. */
export function rfmAt(state: PackState, now: number): NaiveRfm | undefined {
  const { rfm } = state.pack;
  if (rfm === null) return undefined;
  const today = dayAt(state.pack.zone.otherwise, now);
  const all = purchasesAt(state, rfm, now);
  const days = unitsLeft(all);
  if (days.length === 0) return undefined;
  const recencyDays = Math.max(0, today - Math.max(...days));
  const frequency = rfm.frequency === "orders" ? countOf(all) : days.length;
  const monetary = all.reduce((sum, { amount }) => sum + amount, 0) / 10_000;
  const passed = (cuts: readonly number[] | null, x: number): number => (cuts ?? []).filter((cut) => cut <= x).length;
  const [r, f, m] = [rfm.bins - passed(rfm.cuts.r, recencyDays), 1 + passed(rfm.cuts.f, frequency), 1 + passed(rfm.cuts.m, monetary)];
  return { r, f, m, rfm: 100 * r + 10 * f + m, recencyDays, frequency, monetary };
}

type Purchases = Pick<RfmDefinition, "event" | "free" | "window">;

/** What counts of them at a moment. */
function purchasesAt(state: PackState, of: Purchases, now: number): Entry[] {
  const today = dayAt(state.pack.zone.otherwise, now);
  return purchasesOf(state, of).filter(({ day }) => of.window === null || day > today - of.window.buckets);
}

/** What an amount takes back of which nothing else is known: the last days that it covers, whole, and of the next its amount. */
export function lowerPurchases(state: PackState, name: string, amount: number, occurrence: Occurrence, now: number): void {
  const { rfm } = state.pack;
  if (rfm === null || rfm.event !== name) return;
  const all = purchasesAt(state, rfm, now);
  const history = state.histories.get(name);
  if (history === undefined) return;
  let left = amount;
  for (const day of [...new Set(all.map((one) => one.day))].sort((a, b) => b - a)) {
    const ofDay = all.filter((one) => one.day === day);
    const there = ofDay.reduce((sum, one) => sum + one.amount, 0);
    if (left <= 0 || there <= 0) continue;
    const taken = Math.min(left, there);
    const lower = (count: 0 | -1, by: number): void => {
      history.lowered.push({ after: history.entries.length, entry: { ...occurrence, day, occurrence: null, count, amount: -by, inBuckets: true } });
    };
    lower(0, taken);
    if (taken === there) for (let order = 0; order < countOf(ofDay); order++) lower(-1, 0);
    left -= taken;
  }
  if (unitsLeft(purchasesAt(state, rfm, now)).length > 0) return;
  history.lowered = [];
  history.purchasesFrom = history.entries.length;
}

/** Entries of the event that are purchases, by their day of the pack's zone. */
export function purchasesOf(state: PackState, { event: name, free }: Pick<RfmDefinition, "event" | "free">): Entry[] {
  const path = state.pack.events.find((event) => event.name === name)?.value ?? null;
  const { zone } = state.pack;
  const { entries, lowered, purchasesFrom } = historyOf(state, name);
  const counted = entries.map((entry, index): Entry | null => {
    if (index < purchasesFrom) return null;
    const message = entry.occurrence?.event.message;
    const amount = path === null || message === undefined ? undefined : amountIn(at(message, path));
    if (message === undefined || amount === undefined || !isCurrency(message, state.pack.currency) || (free === "leave_out" && amount <= 0)) return null;
    return { ...entry, day: dayAt(zone.otherwise, entry.at), inBuckets: true };
  });
  const inOrder = Array.from({ length: counted.length + 1 }, (_, index) => [
    ...lowered.filter(({ after }) => after === index).map(({ entry }) => entry),
    ...(counted[index] ? [counted[index]] : []),
  ]).flat();
  const kept: Entry[] = [];
  for (const entry of inOrder) if (entry.count === 1 || isBought(kept, entry.day)) kept.push(entry);
  return kept;
}

/** From a day without a purchase nothing is taken back. */
const isBought = (kept: readonly Entry[], day: number): boolean => countOf(kept.filter((one) => one.day === day)) > 0;

function isCurrency(message: JsonObject, currency: string | null): boolean {
  const said = at(message, ["properties", "currency"]);
  return currency === null || typeof said !== "string" || said.toUpperCase() === currency.toUpperCase();
}
