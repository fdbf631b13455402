// Proofs about triggers: each can fire. What it waits for can happen, and `in`, `if` and the occasion can be true together.

import { BACK, type Expression, type PackDefinition, type Place, type TriggerDefinition } from "../definition.ts";
import type { FindingList } from "./findings.ts";
import { and, type Formula, Formulas, or, YES } from "./formula.ts";
import { isSetByHand, type ProvenMoves } from "./moves.ts";
import type { Wanted } from "./possible.ts";
import { domainOf } from "./variables.ts";

interface Proven extends ProvenMoves {
  /** Segments that nobody can be in. */
  readonly segments: ReadonlySet<string>;
}

export function proveTriggers(pack: PackDefinition, proven: Proven, found: FindingList): void {
  for (const trigger of pack.triggers) {
    const why = whyNever(pack, trigger, proven) ?? whyNot(pack, trigger, proven, found);
    if (why !== undefined) found.error(["triggers", trigger.name], "dead-trigger", `trigger \`${trigger.name}\` never fires: ${why.message}`, why.hint);
  }
}

interface Why {
  readonly message: string;
  readonly hint: string;
}

/** What it waits for cannot happen. */
function whyNever(pack: PackDefinition, trigger: TriggerDefinition, proven: Proven): Why | undefined {
  const { when } = trigger;
  if (when.kind === "rises" || when.kind === "falls") return whyNoThreshold(pack, when.of, when.kind, when.at);
  if (when.kind === "reaches") return when.at[0] === undefined ? undefined : whyNoThreshold(pack, when.of, "rises", when.at[0]);
  if (when.kind !== "enter" && when.kind !== "leave") return undefined;
  const open = when.places.filter((place) => canBeIn(place, proven));
  if (open.length === 0 && when.places.length > 0)
    return { message: `nobody ever gets to ${when.places.map(({ name }) => `\`${name}\``).join(" or ")}`, hint: "see to it that the place can be reached" };
  if (when.kind === "enter" && trigger.from !== null && !isSetByHand(pack) && open.every(({ axis }) => axis === "stage") && !isStep(open, trigger.from, proven))
    return {
      message: `no move leads from ${trigger.from.join(" or ")} to ${open.map(({ name }) => name).join(" or ")}`,
      hint: "name a stage in `from` that a move leads out of",
    };
  return undefined;
}

function canBeIn({ axis, name }: Place, proven: Proven): boolean {
  return axis === "stage" ? !proven.unreachedStages.has(name) : axis === "segment" ? !proven.segments.has(name) : true;
}

const isStep = (to: readonly Place[], from: readonly string[], { live }: Proven): boolean =>
  to.some(({ name }) => live.some((one) => (one.move.to === name || one.move.to === BACK) && one.from.some((stage) => from.includes(stage))));

function whyNoThreshold(pack: PackDefinition, of: Expression, kind: "rises" | "falls", at: number): Why | undefined {
  const domain = domainOf(of, pack);
  if (domain.kind !== "number") return undefined;
  const low = domain.values?.[0] ?? domain.low;
  const high = domain.values?.at(-1) ?? domain.high;
  if (high < at) return { message: `\`${of.text}\` goes up to ${high}`, hint: `choose a threshold of at most ${high}` };
  if (kind === "falls" && low >= at) return { message: `\`${of.text}\` is never below ${at}`, hint: `choose a threshold above ${low}` };
  return undefined;
}

/** `in`, `if` and the occasion exclude each other. */
function whyNot(pack: PackDefinition, trigger: TriggerDefinition, proven: Proven, found: FindingList): Why | undefined {
  const formulas = new Formulas(pack);
  const asked: Wanted[] = [
    { formula: formulas.of(trigger.if, NOW, changesAfterStep(pack)), answers: YES },
    { formula: places(pack, formulas, trigger.in), answers: YES },
  ];
  const alone = found.possible(asked);
  if (alone.answer === "undecided") found.undecided(`trigger ${trigger.name}: can \`if\` and \`in\` hold?`);
  if (alone.answer === "no")
    return trigger.in === null
      ? { message: `\`${trigger.if?.text.slice(0, 120) ?? ""}\` never holds`, hint: "its parts exclude each other: take one of them back" }
      : { message: "nobody who is `in` one of its places fulfils its `if`", hint: "take one of the two back" };
  const occasion = occasionOf(pack, trigger, proven, formulas);
  if (occasion === undefined || found.possible([...asked, { formula: occasion, answers: YES }]).answer !== "no") return undefined;
  return {
    message: `whoever ${OCCASIONS[trigger.when.kind] ?? "has the occasion"} is not \`in\` its places or does not fulfil its \`if\``,
    hint: "take one of them back",
  };
}

const OCCASIONS: Readonly<Record<string, string>> = { enter: "enters it", leave: "leaves it" };

/** The moment at which triggers are asked: all moves are made. */
const NOW = "fires";

const changesAfterStep = (pack: PackDefinition) => (of: Expression) =>
  ["stage", "segment", "days_in_stage", "audience"].includes(of.op) ||
  (of.op === "score" && (pack.stages?.moves.some(({ reset }) => reset.includes(of.name)) ?? false)) ||
  (of.op === "band" && (pack.stages?.moves.some(({ reset }) => reset.length > 0) ?? false));

function places(pack: PackDefinition, formulas: Formulas, of: readonly Place[] | null): Formula {
  return of === null ? formulas.of(null) : or(of.map(({ axis, name }) => formulas.standing(axis, name, NOW, changesAfterStep(pack))));
}

/** Where the contact stands when an entry or a leaving fires; undefined where that says nothing. */
function occasionOf(pack: PackDefinition, trigger: TriggerDefinition, proven: Proven, formulas: Formulas): Formula | undefined {
  const { when } = trigger;
  if (when.kind === "enter") return or(when.places.filter((place) => canBeIn(place, proven)).map((place) => entry(pack, place, trigger, proven, formulas)));
  if (when.kind !== "leave" || trigger.series || when.places.some(({ axis }) => axis !== "stage")) return undefined;
  // No stage twice in one instant, and with `after` the absence must last: so it stands elsewhere.
  return or(when.places.map(({ axis, name }) => ({ op: "not", of: formulas.standing(axis, name, NOW, changesAfterStep(pack)) })));
}

/** Standing there; and where it fires at once, with the condition of one of the moves that lead there. */
function entry(pack: PackDefinition, place: Place, trigger: TriggerDefinition, proven: Proven, formulas: Formulas): Formula {
  const standing = formulas.standing(place.axis, place.name, NOW, changesAfterStep(pack));
  const first = pack.stages?.order[0];
  if (place.axis !== "stage" || isSetByHand(pack) || trigger.series || (trigger.afterMs ?? 0) > 0 || (place.name === first && trigger.from === null))
    return standing;
  const moves = proven.live.filter(
    ({ move, from }) => (move.to === place.name || move.to === BACK) && from.some((stage) => trigger.from?.includes(stage) ?? true),
  );
  return and([standing, or(moves.map(({ move }) => formulas.of(move.if, "moves", changesAfterStep(pack))))]);
}
