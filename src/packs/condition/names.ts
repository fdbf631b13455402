// Conditions: literals, and everything that is named (docs/packs.md, "Conditions"). Most of it is about names that are not
// there: whether one is declared later, belongs to the other vocabulary, is an event or a stage, or is a typing mistake.

import { listed } from "../fields.ts";
import { MESSAGE_ROOTS, pathOf } from "../message-path.ts";
import { article } from "../names.ts";
import { type CelNode, sourceOf } from "./cel.ts";
import type { Reading, Term } from "./reading.ts";

/** What CEL knows of the clock and packs do not. */
export const CLOCK_FUNCTIONS: ReadonlySet<string> = new Set([
  "duration",
  "timestamp",
  "now",
  "getDayOfWeek",
  "getHours",
  "getFullYear",
  "getMonth",
  "getDate",
  "getDayOfMonth",
]);
const CONTACT_WORDS: ReadonlySet<string> = new Set(["stage", "segment", "days_in_stage", "identified"]);

export function readLiteral(r: Reading, node: CelNode, value: unknown): Term | null {
  if (typeof value === "string") return r.term(node, "string", { op: "literal", value });
  if (typeof value === "boolean") return r.term(node, "bool", { op: "literal", value });
  if (typeof value === "number") return r.term(node, "number", { op: "literal", value });
  if (typeof value === "bigint") {
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) return r.refuse(node, "bad-value", `${value} is beyond the whole numbers that are exact`, null);
    return r.term(node, "number", { op: "literal", value: Number(value) });
  }
  if (value === null)
    return r.refuse(node, "not-in-conditions", "`null` is not part of conditions", r.vocabulary === "where" ? "use !has(...)" : "use missing(x) or never(x)");
  return r.refuse(node, "not-in-conditions", `\`${sourceOf(node).slice(0, 40)}\` is not part of conditions`, "numbers are written 5 or 5.0, texts in quotes");
}

export function readIdentifier(r: Reading, node: CelNode, name: string): Term | null {
  if (r.vocabulary === "where") return readMessageWord(r, node, name);
  if (r.vocabulary === "exclude" && (CONTACT_WORDS.has(name) || r.names.declared.has(name)) && name !== "identified")
    return r.refuse(node, "too-early", `\`${name}\` is not known where contacts are left out`, "that comes first: use traits and `identified`");
  if (name === "identified") return r.term(node, "bool", { op: "identified" });
  if (CONTACT_WORDS.has(name)) return readStanding(r, node, name as "stage" | "segment" | "days_in_stage");
  const value = r.names.values.get(name);
  if (value === undefined) return unknownName(r, node, name);
  if (value.kind === "rfm") return r.term(node, value.type, { op: "rfm", name: name as "r" | "f" | "m" | "rfm" });
  return r.term(node, value.type, { op: value.kind, name }, value.kind === "score" ? 1 : 0);
}

/** The words about where a contact stands; scores are computed before that is known. */
function readStanding(r: Reading, node: CelNode, name: "stage" | "segment" | "days_in_stage"): Term | null {
  if (r.vocabulary === "while")
    return r.refuse(node, "too-early", `\`${name}\` is not known where scores are computed`, "scores come first: use traits, measures and the scores above");
  const there = name === "segment" ? r.names.segments : r.names.stages;
  if (there.length === 0)
    return r.refuse(node, "unknown-name", `this pack has no ${name === "segment" ? "segments" : "stages"}, so \`${name}\` is never anything`, null);
  return name === "days_in_stage" ? r.term(node, "number", { op: name }, 1) : r.term(node, "string", { op: name });
}

function readMessageWord(r: Reading, node: CelNode, name: string): Term | null {
  if (name === "name") return r.term(node, "string", { op: "path", path: ["name"] });
  if (MESSAGE_ROOTS.includes(name)) return r.refuse(node, "wrong-type", `\`${name}\` alone is no value`, `name one of its keys: ${name}.something`);
  if (r.names.declared.has(name) || CONTACT_WORDS.has(name))
    return r.refuse(
      node,
      "if-in-where",
      `\`${name}\` is about the contact; a \`where\` is about the message`,
      "use it in an `if`; a `where` knows properties, context, traits and name",
    );
  return r.refuse(
    node,
    "unknown-name",
    `\`${name}\` is unknown in a \`where\``,
    r.problems.near(name, [...MESSAGE_ROOTS, "name"]) ?? "a `where` knows properties, context, traits and name; quote it if it is a text",
  );
}

function unknownName(r: Reading, node: CelNode, name: string): null {
  const declared = r.names.declared.get(name);
  if (declared !== undefined && name === r.names.reading) {
    const hint = declared.kind === "audience" ? "for a way out that differs from the way in, use `until`" : "name what it should depend on";
    return r.refuse(node, "self-reference", `\`${name}\` cannot depend on itself`, hint);
  }
  if (declared !== undefined) {
    const may = r.vocabulary === "while" ? "a `while` may use traits, measures and the scores above it" : "an audience may use the ones above it";
    return r.refuse(node, "too-early", `\`${name}\` is ${article(declared.kind)} that is computed later (line ${r.problems.lineOf(declared.at)})`, may);
  }
  if (name === "properties" || name === "context" || name === "name") return whereInIf(r, node, name);
  if (CLOCK_FUNCTIONS.has(name))
    return r.refuse(node, "not-in-conditions", `\`${name}\` is not part of conditions`, "use days_since(x), hours_since(x) or days_in_stage");
  if (name === "traits") return r.refuse(node, "wrong-type", "`traits` alone is no value", "name one of them: traits.something");
  if (name === "rfm") return r.refuse(node, "unknown-name", "this pack has no `rfm`", "add `rfm:` with the event that is a purchase");
  if (name === "population") return r.refuse(node, "wrong-type", "`population` alone is no value", "name one of its numbers: population.something");
  if (name === "value") return r.refuse(node, "wrong-type", "`value` alone is no value", "name value.alive, value.purchases or value.spend");
  const hint = r.problems.near(name, [...r.names.declared.keys(), ...CONTACT_WORDS]);
  if (hint !== null) return r.refuse(node, "unknown-name", `\`${name}\` is unknown`, hint);
  if (r.names.traits.has(name)) return r.refuse(node, "unknown-name", `\`${name}\` is unknown`, `\`${name}\` is a trait: write traits.${name}`);
  if (r.names.events.has(name)) return r.refuse(node, "unknown-name", `\`${name}\` is unknown`, `\`${name}\` is an event: count it with a measure`);
  const [axis] = r.names.axesOf(name);
  if (axis !== undefined) return r.refuse(node, "unknown-name", `\`${name}\` is unknown`, `\`${name}\` is ${article(axis)}: write ${axis} == "${name}"`);
  return r.refuse(node, "unknown-name", `\`${name}\` is unknown`, "name a measure, score, band or audience; quote it if it is a text");
}

function whereInIf(r: Reading, node: CelNode, name: string): null {
  return r.refuse(
    node,
    "where-in-if",
    `\`${name}\` is about the message; an \`if\` is about the contact`,
    "put it into the `where` of an event, or keep it as a trait",
  );
}

export function readAccess(r: Reading, node: CelNode): Term | null {
  const root = rootOf(node);
  if (r.vocabulary === "where") return readMessagePath(r, node, root);
  if (root === "properties" || root === "context" || root === "event") return whereInIf(r, node, root);
  if (root === "population") return readPopulationNumber(r, node);
  if (root === "value") return readWorth(r, node);
  if (root !== "traits") return r.refuse(node, "not-in-conditions", `\`${sourceOf(node).slice(0, 40)}\`: only \`traits\` has parts in an \`if\``, null);
  if (node.op !== "." || node.args[0].op !== "id")
    return r.refuse(node, "not-in-conditions", "a trait is one value and has no parts", "keep the part as a trait of its own, with `from`");
  return readTrait(r, node, node.args[1]);
}

/** P(alive) and expected purchases move with the clock by themselves. */
function readWorth(r: Reading, node: CelNode): Term | null {
  const name = node.op === "." && node.args[0].op === "id" ? node.args[1] : "";
  if (r.names.worth.has(name)) return r.term(node, "number", { op: "value", name: name as "alive" | "purchases" | "spend" }, name === "spend" ? 0 : 1);
  const known = [...r.names.worth].map((one) => `value.${one}`);
  const needs = name === "spend" ? "give `value:` the parameters `gamma_gamma`" : "give `value:` the parameters `bg_nbd`";
  const hint = ["alive", "purchases", "spend"].includes(name)
    ? needs
    : (r.problems.near(`value.${name}`, known) ?? "there are value.alive, value.purchases and value.spend");
  return r.refuse(node, "unknown-name", `\`${sourceOf(node).slice(0, 60)}\` is not known in this pack`, hint);
}

function readPopulationNumber(r: Reading, node: CelNode): Term | null {
  const name = node.op === "." && node.args[0].op === "id" ? node.args[1] : null;
  if (name !== null && r.names.population.has(name)) return r.term(node, "number", { op: "population", name });
  const known = [...r.names.population];
  const hint =
    (name === null ? null : r.problems.near(name, known)) ?? (known.length === 0 ? "declare it under `population:` first" : `there are ${listed(known)}`);
  return r.refuse(node, "unknown-name", `the population has no number \`${sourceOf(node).slice("population.".length, 60)}\``, hint);
}

function readTrait(r: Reading, node: CelNode, name: string): Term | null {
  const type = r.names.traits.get(name);
  if (type !== undefined) return r.term(node, type, { op: "trait", name });
  const known = [...r.names.traits.keys()];
  const hint = r.problems.near(name, known) ?? (known.length === 0 ? "keep it under `traits:` first" : `the traits kept are ${listed(known.slice(0, 12))}`);
  return r.refuseAt(node.pos, "unknown-trait", `there is no trait \`${name}\``, hint);
}

function readMessagePath(r: Reading, node: CelNode, root: string | null): Term | null {
  if (root !== null && !MESSAGE_ROOTS.includes(root)) return readMessageWord(r, firstOf(node), root);
  const path = pathOf(node);
  if (path.ok) return r.term(node, "dyn", { op: "path", path: path.value });
  return r.refuseAt(path.at, "bad-path", path.message, path.hint);
}

/** The first word of `a.b["c"].d`. */
function rootOf(node: CelNode): string | null {
  const first = firstOf(node);
  return first.op === "id" ? first.args : null;
}

function firstOf(node: CelNode): CelNode {
  return node.op === "." || node.op === "[]" ? firstOf(node.args[0]) : node;
}
