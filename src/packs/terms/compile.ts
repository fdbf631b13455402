// Expression trees -> closures over the scratch row, with their next change. The meaning is docs/packs.md "Conditions": a
// part that is missing makes what depends on it missing, && and || absorb it. What each operator and function makes of its
// terms is in the files beside this one; what `where` may ask of a message is in compile/where.ts.

import type { CallName, Expression } from "../definition.ts";
import type { Check, Condition, NumberTerm } from "../program.ts";
import type { Row } from "../row.ts";
import { linearPattern, lowerAscii, upperAscii } from "../text-values.ts";
import { nextChange } from "./change.ts";
import { absent, asNumber, asText, matched, since, sized, textTest } from "./functions.ts";
import { atom, both, choice, either, negated, type Truthful } from "./logic.ts";
import { arithmetic, equality, joined, membership, membershipOfTexts, ordering } from "./operators.ts";
import { boundOf, type ConditionPart } from "./parts.ts";
import { type NumberOf, plain, shown, type Term, type TextOf } from "./term.ts";
import { NO, never, YES } from "./truth.ts";

/** What the names of a pack stand for. Throws for a name that is not there: the pack was checked before. */
export interface Names {
  measure(name: string): Term;
  score(name: string): Term;
  grid(name: string): Term;
  band(name: string): Term;
  audience(name: string): Term;
  trait(name: string): Term;
  stage(): Term;
  segment(): Term;
  daysInStage(): Term;
  identified(): Term;
  rfm(name: "r" | "f" | "m" | "rfm"): Term;
  population(name: string): Term;
  value(name: "alive" | "purchases" | "spend"): Term;
}

export function compileCondition(expression: Expression, names: Names): Condition {
  const { truth, next } = truthful(expression, names);
  return {
    text: expression.text,
    truth,
    next,
    timeless: next === never,
    checks: compileChecks(expression, names),
    parts: () => compileParts(expression, names),
  };
}

function compileParts(expression: Expression, names: Names): ConditionPart {
  const { truth, next } = truthful(expression, names);
  const compared = boundOf(expression);
  const of = compared?.left ?? comparedPart(expression);
  const whole = { text: expression.text, truth, next, of: of.text, value: (row: Row, now: number) => simple(plain(term(of, names))(row, now)) };
  if (expression.op !== "&&" && expression.op !== "||")
    return { ...whole, joined: "one", parts: [], bound: compared?.bound ?? null, points: of.op === "score" };
  const parts = [compileParts(expression.left, names), compileParts(expression.right, names)];
  return { ...whole, joined: expression.op === "&&" ? "all" : "any", parts, bound: null, points: false };
}

/** A list of texts is shown as one. */
const simple = (value: unknown): number | string | boolean | undefined =>
  typeof value === "number" || typeof value === "string" || typeof value === "boolean" || value === undefined ? value : String(value);

export function compileNumber(expression: Expression, names: Names): NumberTerm {
  const term = numeric(expression, names);
  return {
    text: expression.text,
    value: term.at,
    nextCrossing: (row, now, at) =>
      nextChange(
        (r, t) => term.at(r, t) >= at,
        term.edges,
        term.continuous,
        row,
        now,
        term.meets === undefined ? undefined : (r, t) => term.meets?.(r, t, at) ?? Number.NaN,
      ),
  };
}

function truthful(expression: Expression, names: Names): Truthful {
  switch (expression.op) {
    case "&&":
      return both(truthful(expression.left, names), truthful(expression.right, names));
    case "||":
      return either(truthful(expression.left, names), truthful(expression.right, names));
    case "!":
      return negated(truthful(expression.of, names));
    default:
      return atom(term(expression, names));
  }
}

function term(expression: Expression, names: Names): Term {
  switch (expression.op) {
    case "literal":
      return literal(expression.value);
    case "measure":
      return names.measure(expression.name);
    case "score":
      return names.score(expression.name);
    case "grid":
      return names.grid(expression.name);
    case "band":
      return names.band(expression.name);
    case "audience":
      return names.audience(expression.name);
    case "trait":
      return names.trait(expression.name);
    case "stage":
      return names.stage();
    case "segment":
      return names.segment();
    case "days_in_stage":
      return names.daysInStage();
    case "identified":
      return names.identified();
    case "rfm":
      return names.rfm(expression.name);
    case "value":
      return names.value(expression.name);
    case "population":
      return names.population(expression.name);
    case "days_since":
      return since(numeric(expression.of, names), 86_400_000);
    case "hours_since":
      return since(numeric(expression.of, names), 3_600_000);
    case "never":
    case "missing":
      return absent(term(expression.of, names), YES);
    case "has":
      return absent(term(expression.of, names), NO);
    case "!":
    case "&&":
    case "||": {
      const inner = truthful(expression, names);
      return { kind: "truth", at: inner.truth, edges: [inner.next], continuous: false };
    }
    case "negate": {
      const of = numeric(expression.of, names);
      return { ...of, at: (row, now) => -of.at(row, now) };
    }
    case "+":
      return expression.type === "string"
        ? joined(textual(expression.left, names), textual(expression.right, names))
        : arithmetic("+", numeric(expression.left, names), numeric(expression.right, names));
    case "-":
    case "*":
    case "/":
    case "%":
      return arithmetic(expression.op, numeric(expression.left, names), numeric(expression.right, names));
    case "==":
    case "!=":
      return equality(expression.op, term(expression.left, names), term(expression.right, names));
    case "<":
    case "<=":
    case ">":
    case ">=":
      return ordering(expression.op, term(expression.left, names), term(expression.right, names));
    case "in": {
      const list = expression.right.op === "list" ? null : term(expression.right, names);
      return list?.kind === "texts" ? membershipOfTexts(term(expression.left, names), list) : membership(term(expression.left, names), expression.right);
    }
    case "?:":
      return choice(truthful(expression.condition, names), term(expression.left, names), term(expression.right, names));
    case "call":
      return call(expression.name, expression.args, names);
    case "list":
    case "path":
      throw new TypeError(`${expression.op} has no value in an if-condition`);
  }
}

function literal(value: string | number | boolean): Term {
  const fixed = { edges: [], continuous: false } as const;
  if (typeof value === "number") return { kind: "number", at: () => value, ...fixed };
  if (typeof value === "string") return { kind: "text", at: () => value, ...fixed };
  return { kind: "truth", at: () => (value ? YES : NO), ...fixed };
}

function numeric(expression: Expression, names: Names): NumberOf {
  const of = term(expression, names);
  if (of.kind !== "number") throw new TypeError(`${expression.text} is not a number`);
  return of;
}

function textual(expression: Expression, names: Names): TextOf {
  const of = term(expression, names);
  if (of.kind !== "text") throw new TypeError(`${expression.text} is not a text`);
  return of;
}

function call(name: CallName, args: readonly Expression[], names: Names): Term {
  const [receiver, argument] = args as readonly [Expression, Expression];
  switch (name) {
    case "contains":
    case "startsWith":
    case "endsWith":
      return textTest(name, textual(receiver, names), textual(argument, names));
    case "matches":
      return matched(textual(receiver, names), linearPattern(argument));
    case "lowerAscii":
    case "upperAscii": {
      const text = textual(receiver, names);
      const change = name === "lowerAscii" ? lowerAscii : upperAscii;
      return { ...text, at: (row, now) => change(text.at(row, now)) };
    }
    case "size":
      return sized(textual(receiver, names));
    case "double":
    case "int":
      return asNumber(term(receiver, names), name === "int");
    case "string":
      return asText(term(receiver, names));
  }
}

function compileChecks(expression: Expression, names: Names): (row: Row, now: number) => Check[] {
  const parts = conjuncts(expression).map((part) => ({ text: part.text, value: plain(term(comparedPart(part), names)) }));
  return (row, now) => parts.map((part) => ({ if: part.text, value: shown(part.value(row, now)) }));
}

function conjuncts(expression: Expression): Expression[] {
  return expression.op === "&&" ? [...conjuncts(expression.left), ...conjuncts(expression.right)] : [expression];
}

/** Of a comparison the side that is no literal, of anything else the whole. */
function comparedPart(expression: Expression): Expression {
  switch (expression.op) {
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return expression.left.op === "literal" ? expression.right : expression.left;
    case "in":
      return expression.right.op === "list" ? expression.left : expression.right;
    default:
      return expression;
  }
}
