// Recency, frequency and amount by docs/packs.md ("rfm"), with cuts as they are written. Not here: cuts from the population.

import type { RfmDefinition } from "../../../src/packs/definition.ts";
import { occurrencesOf, type PackState } from "./contact.ts";
import { amountIn, at, type JsonObject } from "./message.ts";

const DAY = 86_400_000;

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
  const today = Math.floor(now / DAY);
  const bought = rfm === null ? [] : purchasesOf(state, rfm).filter(({ day }) => rfm.window === null || day > today - rfm.window.buckets);
  if (rfm === null || bought.length === 0) return undefined;
  const days = bought.map(({ day }) => day);
  const recencyDays = Math.max(0, today - Math.max(...days));
  const frequency = rfm.frequency === "orders" ? bought.length : new Set(days).size;
  const monetary = bought.reduce((sum, { amount }) => sum + amount, 0) / 10_000;
  const passed = (cuts: readonly number[] | null, x: number): number => (cuts ?? []).filter((cut) => cut <= x).length;
  const [r, f, m] = [rfm.bins - passed(rfm.cuts.r, recencyDays), 1 + passed(rfm.cuts.f, frequency), 1 + passed(rfm.cuts.m, monetary)];
  return { r, f, m, rfm: 100 * r + 10 * f + m, recencyDays, frequency, monetary };
}

function purchasesOf(state: PackState, rfm: RfmDefinition): { readonly day: number; readonly amount: number }[] {
  const path = state.pack.events.find((event) => event.name === rfm.event)?.value ?? null;
  return occurrencesOf(state, rfm.event).flatMap(({ at: eventAt, event }) => {
    const amount = path === null ? undefined : amountIn(at(event.message, path));
    if (amount === undefined || !isCurrency(event.message, state.pack.currency) || (rfm.free === "leave_out" && amount <= 0)) return [];
    return [{ day: Math.floor(eventAt / DAY), amount }];
  });
}

function isCurrency(message: JsonObject, currency: string | null): boolean {
  const said = at(message, ["properties", "currency"]);
  return currency === null || typeof said !== "string" || said.toUpperCase() === currency.toUpperCase();
}
