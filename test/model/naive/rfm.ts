// Recency, frequency and amount by docs/packs.md ("rfm"), with cuts as they are written. Not here: cuts from the population.

import type { RfmDefinition } from "../../../src/packs/definition.ts";
import { DAY, type Entry, historyOf, type PackState } from "./contact.ts";
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
  const today = Math.floor(now / DAY);
  const all = purchasesOf(state, rfm).filter(({ day }) => rfm.window === null || day > today - rfm.window.buckets);
  const days = unitsLeft(all);
  if (days.length === 0) return undefined;
  const recencyDays = Math.max(0, today - Math.max(...days));
  const frequency = rfm.frequency === "orders" ? countOf(all) : days.length;
  const monetary = all.reduce((sum, { amount }) => sum + amount, 0) / 10_000;
  const passed = (cuts: readonly number[] | null, x: number): number => (cuts ?? []).filter((cut) => cut <= x).length;
  const [r, f, m] = [rfm.bins - passed(rfm.cuts.r, recencyDays), 1 + passed(rfm.cuts.f, frequency), 1 + passed(rfm.cuts.m, monetary)];
  return { r, f, m, rfm: 100 * r + 10 * f + m, recencyDays, frequency, monetary };
}

/** Entries of the event that are purchases, by their day of UTC. */
export function purchasesOf(state: PackState, { event: name, free }: Pick<RfmDefinition, "event" | "free">): Entry[] {
  const path = state.pack.events.find((event) => event.name === name)?.value ?? null;
  return historyOf(state, name).entries.flatMap((entry) => {
    const message = entry.occurrence?.event.message;
    const amount = path === null || message === undefined ? undefined : amountIn(at(message, path));
    if (message === undefined || amount === undefined || !isCurrency(message, state.pack.currency) || (free === "leave_out" && amount <= 0)) return [];
    return [{ ...entry, day: Math.floor(entry.at / DAY), inBuckets: true }];
  });
}

function isCurrency(message: JsonObject, currency: string | null): boolean {
  const said = at(message, ["properties", "currency"]);
  return currency === null || typeof said !== "string" || said.toUpperCase() === currency.toUpperCase();
}
