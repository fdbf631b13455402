// What an event leaves in a row: traits and measures (docs/packs.md). Late events are additions wherever that is possible:
// a window takes what still lies in it, first and last are moments of event time.

import { parseTimeText } from "../model/event-time.ts";
import { toAmount } from "../model/portable.ts";
import { parseNumber } from "../packs/compile-condition.ts";
import type { EventProgram, MeasureProgram, TraitProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { windowCut } from "../packs/windows.ts";
import type { Dropped, EventFacts } from "./touch.ts";

export function applyTraits(traits: readonly TraitProgram[], row: Row, event: EventFacts, maxBytes: number, dropped: Dropped): boolean {
  let changed = false;
  for (const trait of traits) if (applyTrait(trait, row, event, maxBytes, dropped)) changed = true;
  return changed;
}

function applyTrait(trait: TraitProgram, row: Row, event: EventFacts, maxBytes: number, dropped: Dropped): boolean {
  for (const index of trait.from) {
    const found = event.values[index];
    if (found === undefined) continue;
    if (found === null) {
      if (trait.keepFirst) continue;
      return store(trait, row, undefined);
    }
    const value = typed(trait.type, found);
    if (value === undefined) continue;
    if (typeof value === "string" && Buffer.byteLength(value) > maxBytes) {
      dropped.trait_too_long++;
      return false;
    }
    return store(trait, row, value);
  }
  return false;
}

function store(trait: TraitProgram, row: Row, value: string | number | undefined): boolean {
  if (trait.type === "string") {
    const before = row.text(trait.place);
    if (before === value || (trait.keepFirst && before !== undefined)) return false;
    row.setText(trait.place, value as string | undefined);
    return true;
  }
  const before = row.numbers[trait.place] as number;
  const after = value === undefined ? Number.NaN : (value as number);
  if (Object.is(before, after) || (trait.keepFirst && !Number.isNaN(before))) return false;
  row.numbers[trait.place] = after;
  return true;
}

/** The value as a trait of this type keeps it, or undefined where it is not of the type. Booleans are 1 and 0, dates ms. */
function typed(type: TraitProgram["type"], found: unknown): string | number | undefined {
  switch (type) {
    case "string":
      return typeof found === "string" ? found : undefined;
    case "bool":
      return typeof found === "boolean" ? Number(found) : undefined;
    case "number": {
      const value = typeof found === "number" ? found : typeof found === "string" ? parseNumber(found) : Number.NaN;
      return Number.isFinite(value) ? value : undefined;
    }
    case "date": {
      const value = typeof found === "number" ? Math.trunc(found) : typeof found === "string" ? parseTimeText(found) : Number.NaN;
      return Number.isFinite(value) ? value : undefined;
    }
  }
}

/** Every measure of one event of the pack. */
export function applyMeasures(of: EventProgram, row: Row, event: EventFacts, now: number, dropped: Dropped): void {
  for (const measure of of.measures) applyMeasure(measure, of, row, event, now, dropped);
}

function applyMeasure(measure: MeasureProgram, of: EventProgram, row: Row, event: EventFacts, now: number, dropped: Dropped): void {
  const { kind, place, window } = measure;
  const { numbers } = row;
  switch (kind) {
    case "first":
      if (!((numbers[place] as number) <= event.at)) numbers[place] = event.at;
      return;
    case "last":
      if (!((numbers[place] as number) >= event.at)) numbers[place] = event.at;
      return;
    case "count":
      if (window === null) numbers[place] = (numbers[place] as number) + 1;
      else addToWindow(row, measure, event.at, 1, now);
      return;
    default: {
      const amount = amountOf(event.values[measure.of >= 0 ? measure.of : of.value]);
      if (Number.isNaN(amount)) {
        dropped.value_missing++;
        return;
      }
      if (kind === "sum") {
        if (window === null) numbers[place] = (numbers[place] as number) + amount;
        else addToWindow(row, measure, event.at, amount, now);
      } else if (kind === "min") {
        if (!((numbers[place] as number) <= amount)) numbers[place] = amount;
      } else if (!((numbers[place] as number) >= amount)) numbers[place] = amount;
    }
  }
}

function addToWindow(row: Row, measure: MeasureProgram, at: number, amount: number, now: number): void {
  const window = measure.window;
  if (window === null) return;
  const cut = windowCut(window, now);
  const bucket = Math.floor(at / window.bucketMs);
  if (bucket > cut) row.addToList(measure.place, bucket, amount, cut);
}

/** An integer of 1/10,000; NaN where there is no number. */
function amountOf(found: unknown): number {
  return toAmount(typeof found === "number" ? found : typeof found === "string" ? parseNumber(found) : Number.NaN);
}
