// Can these conditions hold together? A search over the cases of what they depend on, one variable after another, that gives
// up a branch as soon as one of the conditions can no longer be answered as wanted. "no" is a proof; "yes" comes with an
// example and is as good as the independence of its variables; a search that takes too long is not decided.

import { type Formula, MISSING, NO, YES } from "./formula.ts";
import { type Case, casesOf, OTHER_TEXT, type Variable } from "./variables.ts";

export interface Wanted {
  readonly formula: Formula;
  /** The set of answers that will do. */
  readonly answers: number;
}

export type Example = ReadonlyMap<Variable, Case>;
export type Possible = { readonly answer: "yes"; readonly example: Example } | { readonly answer: "no" | "undecided" };

/** Looks at a condition, at most: a question of ordinary size needs some hundreds. */
const LOOKS_A_QUESTION = 50_000;
const LOOKS_A_PACK = 500_000;

/** The questions asked about one pack: together they take no longer than a person waits. */
export class Questions {
  #left = LOOKS_A_PACK;

  possible(wanted: readonly Wanted[]): Possible {
    if (this.#left <= 0) return { answer: "undecided" };
    const variables = new Set<Variable>();
    for (const { formula } of wanted) collectVariables(formula, variables);
    const search = new Search(wanted, [...variables], Math.min(this.#left, LOOKS_A_QUESTION));
    const found = search.from(0);
    this.#left -= search.looks;
    if (found !== undefined) return { answer: "yes", example: found };
    return { answer: search.gaveUp ? "undecided" : "no" };
  }
}

/** Whether the example's variables have nothing to do with each other, so that the case can really come about. */
export function canComeAbout(example: Example): boolean {
  const seen = new Set<string>();
  for (const [{ sources, usualLow }, of] of example) {
    if (typeof of === "number" && of < usualLow) return false;
    for (const source of sources) {
      if (seen.has(source)) return false;
      seen.add(source);
    }
  }
  return true;
}

/** `engagement 60 and fit 70`. */
export function describe(example: Example): string {
  const parts = [...example].map(([{ text }, of]) => {
    if (of === undefined) return `${text} missing`;
    if (of === OTHER_TEXT) return `${text} another text`;
    return typeof of === "boolean" ? (of ? text : `not ${text}`) : `${text} ${typeof of === "number" ? shortNumber(of) : of}`;
  });
  return parts.length < 2 ? (parts[0] ?? "always") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

const shortNumber = (value: number): number => Number(value.toPrecision(6));

class Search {
  looks = 0;
  gaveUp = false;
  readonly #most: number;
  readonly #wanted: readonly Wanted[];
  readonly #variables: readonly Variable[];
  readonly #cases: ReadonlyMap<Variable, readonly Case[]>;
  readonly #chosen = new Map<Variable, Case>();
  readonly #open = new Map<Formula, number>();

  constructor(wanted: readonly Wanted[], variables: readonly Variable[], most: number) {
    this.#most = most;
    this.#wanted = wanted;
    this.#variables = variables;
    this.#cases = new Map(variables.map((variable) => [variable, casesOf(variable)]));
  }

  from(index: number): Example | undefined {
    if (this.looks > this.#most) {
      this.gaveUp = true;
      return undefined;
    }
    let sure = true;
    for (const { formula, answers } of this.#wanted) {
      this.looks++;
      const can = this.#answers(formula);
      if ((can & answers) === 0) return undefined;
      sure &&= (can & ~answers) === 0;
    }
    const variable = this.#variables[index];
    if (sure || variable === undefined) return new Map(this.#chosen);
    for (const of of this.#cases.get(variable) ?? []) {
      this.#chosen.set(variable, of);
      const found = this.from(index + 1);
      if (found !== undefined) return found;
    }
    this.#chosen.delete(variable);
    return undefined;
  }

  /** The answers that are still possible. */
  #answers(of: Formula): number {
    switch (of.op) {
      case "fixed":
        return of.answers;
      case "atom":
        return this.#chosen.has(of.variable) ? of.answer(this.#chosen.get(of.variable)) : this.#anyAnswer(of);
      case "not":
        return negated(this.#answers(of.of));
      case "and":
        return both(this.#answers(of.left), this.#answers(of.right));
      case "or":
        return negated(both(negated(this.#answers(of.left)), negated(this.#answers(of.right))));
      case "choice": {
        const asked = this.#answers(of.asked);
        const left = (asked & YES) === 0 ? 0 : this.#answers(of.left);
        return left | (asked & MISSING) | ((asked & NO) === 0 ? 0 : this.#answers(of.right));
      }
    }
  }

  /** Of an atom whose variable is not chosen yet. */
  #anyAnswer(of: Extract<Formula, { op: "atom" }>): number {
    const known = this.#open.get(of);
    if (known !== undefined) return known;
    const all = (this.#cases.get(of.variable) ?? []).reduce<number>((answers, one) => answers | of.answer(one), 0);
    this.#open.set(of, all);
    return all;
  }
}

const negated = (answers: number): number => (answers & MISSING) | ((answers & YES) === 0 ? 0 : NO) | ((answers & NO) === 0 ? 0 : YES);

function both(a: number, b: number): number {
  const yes = a & b & YES;
  const missing = ((a | b) & MISSING) !== 0 && (a & (YES | MISSING)) !== 0 && (b & (YES | MISSING)) !== 0 ? MISSING : 0;
  // One side being missing needs the other to be able to be something else than no, which was asked just now.
  return yes | missing | ((a | b) & NO);
}

function collectVariables(of: Formula, into: Set<Variable>): void {
  switch (of.op) {
    case "fixed":
      return;
    case "atom":
      into.add(of.variable);
      return;
    case "not":
      collectVariables(of.of, into);
      return;
    case "and":
    case "or":
      collectVariables(of.left, into);
      collectVariables(of.right, into);
      return;
    case "choice":
      collectVariables(of.asked, into);
      collectVariables(of.left, into);
      collectVariables(of.right, into);
  }
}
