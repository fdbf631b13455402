// A condition as a formula over variables: what the engine would answer (yes, no, missing) for each case of what it depends on.
// Comparisons with numbers and texts that are written out are exact; of any other part only its text is known, and it may be
// anything, but the same wherever it stands.

import type { Expression, PackDefinition } from "../definition.ts";
import { type Case, DOMAIN_OF_SINCE, domainOf, partsOf, sourcesOf, type Variable } from "./variables.ts";

/** A set of answers. */
export const NO = 1;
export const YES = 2;
export const MISSING = 4;
export const NOT_YES = NO | MISSING;

export type Formula =
  | { readonly op: "fixed"; readonly answers: number }
  | { readonly op: "atom"; readonly variable: Variable; readonly answer: (of: Case) => number }
  | { readonly op: "not"; readonly of: Formula }
  | { readonly op: "and" | "or"; readonly left: Formula; readonly right: Formula }
  | { readonly op: "choice"; readonly asked: Formula; readonly left: Formula; readonly right: Formula };

/** A value of a condition: that of a variable, seen through a function. `cut` says where in the variable a value lies. */
interface Value {
  readonly variable: Variable;
  readonly of: (from: Case) => Case;
  readonly cut: (at: number) => number;
}

const plain = (variable: Variable): Value => ({ variable, of: (from) => from, cut: (at) => at });

const DAY_HOURS = 24;

/** Makes formulas that share their variables: one for each question that is asked. */
export class Formulas {
  readonly #pack: PackDefinition;
  readonly #variables = new Map<string, Variable>();

  constructor(pack: PackDefinition) {
    this.#pack = pack;
  }

  /**
   * `moment` tells apart what is asked at different moments of one instant: the variables that `changes` names are others there.
   * null is the condition that always holds.
   */
  of(condition: Expression | null, moment = "", changes: (of: Expression) => boolean = () => false): Formula {
    return condition === null ? { op: "fixed", answers: YES } : new Translation(this.#pack, this.#variables, moment, changes).formula(condition);
  }

  /** Standing in a stage, segment or audience, as a formula. */
  standing(axis: "stage" | "segment" | "audience", name: string, moment = "", changes: (of: Expression) => boolean = () => false): Formula {
    const translation = new Translation(this.#pack, this.#variables, moment, changes);
    if (axis === "audience") return translation.formula({ op: "audience", name, text: name, type: "bool" });
    const place: Expression = { op: axis, text: axis, type: "string" };
    return translation.formula({
      op: "==",
      left: place,
      right: { op: "literal", value: name, text: `"${name}"`, type: "string" },
      text: `${axis} == "${name}"`,
      type: "bool",
    });
  }
}

export const and = (formulas: readonly Formula[]): Formula => formulas.reduce((left, right) => ({ op: "and", left, right }), { op: "fixed", answers: YES });
export const or = (formulas: readonly Formula[]): Formula => formulas.reduce((left, right) => ({ op: "or", left, right }), { op: "fixed", answers: NO });

class Translation {
  readonly #pack: PackDefinition;
  readonly #variables: Map<string, Variable>;
  readonly #moment: string;
  readonly #changes: (of: Expression) => boolean;

  constructor(pack: PackDefinition, variables: Map<string, Variable>, moment: string, changes: (of: Expression) => boolean) {
    this.#pack = pack;
    this.#variables = variables;
    this.#moment = moment;
    this.#changes = changes;
  }

  formula(of: Expression): Formula {
    switch (of.op) {
      case "literal":
        return { op: "fixed", answers: of.value === true ? YES : NO };
      case "!":
        return { op: "not", of: this.formula(of.of) };
      case "&&":
        return { op: "and", left: this.formula(of.left), right: this.formula(of.right) };
      case "||":
        return { op: "or", left: this.formula(of.left), right: this.formula(of.right) };
      case "?:":
        return { op: "choice", asked: this.formula(of.condition), left: this.formula(of.left), right: this.formula(of.right) };
      case "<":
      case "<=":
      case ">":
      case ">=":
      case "==":
      case "!=":
        return this.#comparison(of.op, of.left, of.right, of);
      case "in":
        return this.#membership(of.left, of.right, of);
      case "never":
      case "missing":
        return this.#absent(of.of, YES);
      case "has":
        return this.#absent(of.of, NO);
      case "audience":
        return this.#audience(of.name, of);
      default:
        return this.#truth(of);
    }
  }

  #comparison(op: Order, left: Expression, right: Expression, whole: Expression): Formula {
    if (left.op === "literal" && right.op !== "literal") return this.#comparison(TURNED[op], right, left, whole);
    if (right.op !== "literal") return this.#pair(op, left, right);
    const literal = right.value;
    const value = this.#value(left);
    if (value === undefined || (typeof literal === "string" && op !== "==" && op !== "!=")) return this.#truth(whole);
    if (typeof literal === "number") value.variable.cuts.add(value.cut(literal));
    else if (typeof literal === "string") value.variable.words.add(literal);
    return { op: "atom", variable: value.variable, answer: (from) => answerOf(op, value.of(from), literal) };
  }

  /** Two values compared with each other: nothing is known but which is larger. */
  #pair(op: Order, left: Expression, right: Expression): Formula {
    const turned = left.text > right.text;
    const [a, b] = turned ? [right, left] : [left, right];
    const variable = this.#variable(`${a.text} <=> ${b.text}`, { ...a, op: "negate", of: { ...a, op: "-", left: a, right: b } as Expression } as Expression);
    variable.cuts.add(0);
    const asked = turned ? TURNED[op] : op;
    return { op: "atom", variable, answer: (from) => answerOf(asked, from, 0) };
  }

  #membership(left: Expression, list: Expression, whole: Expression): Formula {
    const value = this.#value(left);
    if (value === undefined || list.op !== "list") return this.#truth(whole);
    const members = new Set<Case>(list.items.map((item) => (item.op === "literal" ? item.value : undefined)));
    for (const member of members) {
      if (typeof member === "number") value.variable.cuts.add(value.cut(member));
      else if (typeof member === "string") value.variable.words.add(member);
    }
    return {
      op: "atom",
      variable: value.variable,
      answer: (from) => {
        const found = value.of(from);
        return found === undefined ? MISSING : members.has(found) ? YES : NO;
      },
    };
  }

  #absent(of: Expression, whenAbsent: number): Formula {
    const value = of.type === "moment" ? plain(this.#since(of)) : this.#value(of);
    if (value === undefined) return { op: "fixed", answers: YES | NO };
    return { op: "atom", variable: value.variable, answer: (from) => (value.of(from) === undefined ? whenAbsent : YES + NO - whenAbsent) };
  }

  /** An audience without a way out of its own is what its condition says, where nothing can change between the two looks. */
  #audience(name: string, whole: Expression): Formula {
    const audience = this.#pack.audiences.find((one) => one.name === name);
    if (audience === undefined || audience.until !== null || !settled(audience.if, this.#pack)) return this.#truth(whole);
    return this.formula(audience.if);
  }

  #truth(of: Expression): Formula {
    return {
      op: "atom",
      variable: this.#variable(of.text, of),
      answer: (from) => (from === undefined ? MISSING : from === true ? YES : from === false ? NO : YES | NO | MISSING),
    };
  }

  #value(of: Expression): Value | undefined {
    switch (of.op) {
      case "days_since":
        return plain(this.#since(of.of));
      case "hours_since": {
        const variable = this.#since(of.of);
        return { variable, of: (from) => (typeof from === "number" ? from * DAY_HOURS : undefined), cut: (at) => at / DAY_HOURS };
      }
      case "band":
        return this.#band(of.name);
      case "!":
      case "&&":
      case "||":
      case "?:":
      case "literal":
      case "list":
        return undefined;
      default:
        return plain(this.#variable(of.text, of));
    }
  }

  #since(moment: Expression): Variable {
    return this.#variable(`days_since(${moment.text})`, moment);
  }

  #band(name: string): Value | undefined {
    const band = this.#pack.bands.find((one) => one.name === name);
    const inner = band === undefined ? undefined : this.#value(band.of);
    if (band === undefined || inner === undefined) return undefined;
    for (const { from } of band.at) inner.variable.cuts.add(inner.cut(from));
    const of = (from: Case) => {
      const number = inner.of(from);
      return typeof number === "number" ? band.at.findLast((step) => number >= step.from)?.band : undefined;
    };
    return { variable: inner.variable, of, cut: (at) => at };
  }

  #variable(text: string, of: Expression): Variable {
    const key = this.#changes(of) || partsOf(of).some(this.#changes) ? `${text} ${this.#moment}` : text;
    const known = this.#variables.get(key);
    if (known !== undefined) return known;
    const domain = of.type === "moment" ? DOMAIN_OF_SINCE : domainOf(of, this.#pack);
    const made = {
      key,
      text,
      domain,
      sources: sourcesOf(of, this.#pack),
      usualLow: of.type === "moment" && of.op === "measure" ? 0 : Number.NEGATIVE_INFINITY,
      cuts: new Set<number>(),
      words: new Set<string>(),
    };
    this.#variables.set(key, made);
    return made;
  }
}

/** Whether nothing in it changes between audiences and what comes after them in one instant. */
function settled(of: Expression, pack: PackDefinition): boolean {
  if (of.op === "stage" || of.op === "segment" || of.op === "days_in_stage") return false;
  if (of.op === "score") return pack.stages?.moves.every(({ reset }) => !reset.includes(of.name)) ?? true;
  if (of.op === "grid") {
    const grid = pack.grids.find(({ name }) => name === of.name);
    const scores = [grid?.rows.score, grid?.columns.score];
    return pack.stages?.moves.every(({ reset }) => !reset.some((score) => scores.includes(score))) ?? true;
  }
  if (of.op === "band") return pack.bands.every((band) => band.name !== of.name || settled(band.of, pack));
  if (of.op === "audience") {
    const audience = pack.audiences.find(({ name }) => name === of.name);
    return audience !== undefined && audience.until === null && settled(audience.if, pack);
  }
  return partsOf(of).every((part) => settled(part, pack));
}

type Order = "<" | "<=" | ">" | ">=" | "==" | "!=";
const TURNED = { "<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!=" } as const;

function answerOf(op: Order, value: Case, literal: number | string | boolean): number {
  if (value === undefined) return MISSING;
  if (op === "==") return value === literal ? YES : NO;
  if (op === "!=") return value === literal ? NO : YES;
  if (typeof value !== "number" || typeof literal !== "number") return YES | NO;
  return (op === "<" ? value < literal : op === "<=" ? value <= literal : op === ">" ? value > literal : value >= literal) ? YES : NO;
}
