// Proofs about what is counted and where people stand besides stages and segments: every `while` rule can hold, every band and
// audience can be reached, and no audience lets people in whom it lets go at once.

import type { PackDefinition } from "../definition.ts";
import type { FindingList } from "./findings.ts";
import { Formulas, NOT_YES, YES } from "./formula.ts";
import { canComeAbout, describe } from "./possible.ts";
import { domainOf } from "./variables.ts";

export function proveRules(pack: PackDefinition, found: FindingList): void {
  for (const score of pack.scores)
    for (const rule of score.while) {
      const { answer } = found.possible([{ formula: new Formulas(pack).of(rule.if), answers: YES }]);
      if (answer === "undecided") found.undecided(`score ${score.name}, rule ${rule.name}: can it hold?`);
      if (answer === "no")
        found.error(
          ["scores", score.name, "while", rule.name],
          "dead-rule",
          `score \`${score.name}\`, rule \`${rule.name}\`: \`${rule.if.text.slice(0, 120)}\` never holds`,
          "its parts exclude each other: take one of them back",
        );
    }
  proveBands(pack, found);
  proveAudiences(pack, found);
}

function proveBands(pack: PackDefinition, found: FindingList): void {
  for (const band of pack.bands) {
    const domain = domainOf(band.of, pack);
    if (domain.kind !== "number") continue;
    for (const [index, { band: name, from }] of band.at.entries()) {
      const below = band.at[index + 1]?.from ?? Number.POSITIVE_INFINITY;
      const reached = domain.values?.some((value) => value >= from && value < below) ?? (domain.high >= from && domain.low < below);
      if (!reached)
        found.error(
          ["bands", band.name, "at", name],
          "unreachable-band",
          `band \`${band.name}\` is never \`${name}\`: \`${band.of.text}\` ${domain.high < from ? `goes up to ${domain.high}` : `is never from ${from} to below ${below}`}`,
          "move the bound into what it can be, or take the name out",
        );
    }
  }
}

function proveAudiences(pack: PackDefinition, found: FindingList): void {
  for (const audience of pack.audiences) {
    const path = ["audiences", audience.name];
    const formulas = new Formulas(pack);
    const enter = formulas.of(audience.if);
    const { answer } = found.possible([{ formula: enter, answers: YES }]);
    if (answer === "undecided") found.undecided(`audience ${audience.name}: can anyone get in?`);
    else if (answer === "no")
      found.error(path, "empty-audience", `nobody can get into audience \`${audience.name}\`: \`${audience.if.text.slice(0, 120)}\` never holds`, EXCLUDE);
    else if (found.possible([{ formula: enter, answers: NOT_YES }]).answer === "no")
      found.warning(
        path,
        "always",
        `everybody is in audience \`${audience.name}\`: \`${audience.if.text.slice(0, 120)}\` always holds`,
        "ask for less, or take it out",
      );
    if (audience.until === null || answer !== "yes") continue;
    const leave = formulas.of(audience.until);
    const both = found.possible([
      { formula: enter, answers: YES },
      { formula: leave, answers: YES },
    ]);
    if (both.answer === "yes" && canComeAbout(both.example))
      found.error(
        [...path, "until"],
        "flicker",
        `audience \`${audience.name}\` lets people in and out at once: with ${describe(both.example)} both \`if\` and \`until\` hold`,
        "leave a gap between the two, such as if: x >= 30, until: x < 15",
      );
    else if (both.answer !== "no") found.undecided(`audience ${audience.name}: can \`if\` and \`until\` hold at once?`);
    if (found.possible([{ formula: leave, answers: YES }]).answer === "no")
      found.error(
        [...path, "until"],
        "no-way-out",
        `nobody ever leaves audience \`${audience.name}\`: \`${audience.until.text.slice(0, 120)}\` never holds`,
        EXCLUDE,
      );
  }
}

const EXCLUDE = "its parts exclude each other, or what it asks for lies beyond what the value can be";
