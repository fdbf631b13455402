// Proofs about segments: each can be reached past those above it, and whoever is in the game has one.

import type { PackDefinition } from "../definition.ts";
import type { FindingList } from "./findings.ts";
import { Formulas, NO, NOT_YES, YES } from "./formula.ts";
import { canComeAbout, describe, type Wanted } from "./possible.ts";

/** Gives the segments that nobody can be in. */
export function proveSegments(pack: PackDefinition, found: FindingList): ReadonlySet<string> {
  const unreached = new Set<string>();
  const { segments } = pack;
  if (segments === null) return unreached;
  const formulas = new Formulas(pack);
  const above: Wanted[] = [{ formula: formulas.of(segments.among), answers: YES }, ...whoHasCodes(pack, formulas)];
  for (const [index, { name, if: condition }] of segments.list.entries()) {
    const formula = formulas.of(condition);
    const { answer } = found.possible([...above, { formula, answers: YES }]);
    if (answer === "undecided") found.undecided(`segment ${name}: can it be reached?`);
    if (answer === "no") {
      unreached.add(name);
      const alone = found.possible([{ formula, answers: YES }]).answer === "no";
      found.error(
        ["segments", "list", index],
        "unreachable-segment",
        `segment \`${name}\` can never be reached: ${alone ? "its condition never holds" : "whoever it asks for is in one above it, or not among them"}`,
        alone ? "its parts exclude each other: take one of them back" : "put it further up, or ask for more in those above",
      );
    }
    above.push({ formula, answers: NOT_YES });
  }
  if (segments.list.length > 0) proveCover(above, found);
  return unreached;
}

/** A map of codes is about those who have one: who never bought has none, and that is no gap. */
function whoHasCodes(pack: PackDefinition, formulas: Formulas): readonly Wanted[] {
  const conditions = pack.segments?.list.flatMap(({ if: condition }) => condition ?? []) ?? [];
  const [first] = conditions;
  if (first?.op !== "in" || !conditions.every(({ text }) => / in codes of /.test(text))) return [];
  return [{ formula: formulas.of({ op: "missing", of: first.left, text: "missing", type: "bool" }), answers: NO }];
}

function proveCover(none: readonly Wanted[], found: FindingList): void {
  const left = found.possible(none);
  if (left.answer === "no") return;
  if (left.answer === "yes" && canComeAbout(left.example))
    found.error(
      ["segments", "list"],
      "segments-gap",
      `the segments leave somebody out: with ${describe(left.example)} a contact is in none`,
      "end the list with `- name: else`, or say in `among` who is in the game",
    );
  else found.undecided("segments: does everybody who is among them have one?");
}
