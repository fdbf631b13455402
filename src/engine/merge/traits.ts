// Traits of two rows as one: the person's own where it has a value, else the other's. What the row does not keep is when a trait was
// set, so that is as near to "the newest" as it comes: the event that said who it is was applied to the person before.

import type { TraitProgram } from "../../packs/program.ts";
import type { Row } from "../../packs/row.ts";
import { takeMissing } from "./numbers.ts";

export function mergeTrait(trait: TraitProgram, row: Row, from: Row): void {
  if (trait.type !== "string") takeMissing(row, from, trait.place);
  else if (row.text(trait.place) === undefined) row.setText(trait.place, from.text(trait.place));
}
