// What a message leaves in the traits of a row (docs/packs.md "traits").

import { parseTimeText } from "../model/event-time.ts";
import type { TraitProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { parseNumber } from "../packs/text-values.ts";
import type { Dropped } from "./dropped.ts";
import type { EventFacts } from "./touch.ts";

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
