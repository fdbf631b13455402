// Targets: where in the row it is kept when a contact last came into a stage that a target counts from, and whether it went on in
// time. One list for all targets of a pack: most contacts have come into few of these stages.

import type { TargetDefinition } from "../definition.ts";
import type { TargetsProgram } from "../program.ts";
import type { PackFields } from "./fields.ts";

/** Another percentage changes nothing that is kept; other stages or times begin anew. */
export function compileTargets(targets: readonly TargetDefinition[], order: readonly string[], fields: PackFields): TargetsProgram {
  if (targets.length === 0) return { list: -1, of: [] };
  const meaning = targets.map(({ from, to, withinMs }) => [from, to, withinMs]);
  return {
    list: fields.list("targets", meaning),
    of: targets.map((definition) => ({ definition, from: order.indexOf(definition.from), to: order.indexOf(definition.to) })),
  };
}
