// Variants: contacts divided once and for all, so that two ways of saying something can be compared. Which variant a contact has
// is a number drawn from its key and the trigger: it needs no place in the row and is the same after every restart.

import { draw } from "../model/draw.ts";
import type { ContactKey } from "../model/ids.ts";
import type { TriggerDefinition } from "../packs/definition.ts";

/** The contact's variant of a trigger; null where it has none. */
export function variantOf({ name, variants }: TriggerDefinition, pack: string, contact: ContactKey): string | null {
  if (variants.length === 0) return null;
  const drawn = (draw(`${pack}/${name}\n${contact.kind}\n${contact.id}`) * 100) / 4_294_967_296;
  let below = 0;
  for (const variant of variants) {
    below += variant.percent;
    if (drawn < below) return variant.name;
  }
  return variants.at(-1)?.name ?? null;
}
