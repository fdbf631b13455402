// The traits that a pack keeps of a contact, out of the messages that say them (docs/packs.md, "traits").

import type { Json, Value } from "./conditions.ts";
import type { PackState } from "./contact.ts";
import { at, type JsonObject } from "./message.ts";

/** The traits of a message, by the pack's definitions. */
export function takeTraits(state: PackState, message: JsonObject, maxBytes: number): void {
  for (const trait of state.pack.traits) {
    const found = trait.from.map((path) => typed(at(message, path), trait.type, trait.keep === "last")).find((value) => value !== undefined);
    if (found === undefined) continue;
    if (found === null) state.traits.delete(trait.name);
    else if (typeof found === "string" && Buffer.byteLength(found) > maxBytes) continue;
    else if (trait.keep === "last" || !state.traits.has(trait.name)) state.traits.set(trait.name, found);
  }
}

/** The value as the trait's type, null where it clears the trait, undefined where it is not of the type. */
function typed(value: Value, type: string, mayClear: boolean): string | number | boolean | null | undefined {
  if (value === null) return mayClear ? null : undefined;
  if (type === "string") return typeof value === "string" ? value : undefined;
  if (type === "bool") return typeof value === "boolean" ? value : undefined;
  if (type === "date") return dateIn(value);
  return typeof value === "number" ? value : typeof value === "string" && /^[+-]?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : undefined;
}

function dateIn(value: Json | undefined): number | undefined {
  const moment = typeof value === "number" ? Math.floor(value) : typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isFinite(moment) ? moment : undefined;
}
