// Expression trees -> closures over the scratch row, with their next change. The meaning is docs/packs.md "Conditions": a
// part that is missing makes what depends on it missing, && and || absorb it. Numbers carry missing as NaN, texts as
// undefined, truths as MISSING. What `where` may ask of a message is in compile/where.ts.

import type { CallName, Expression } from "../definition.ts";
import { type Check, type Condition, MISSING, type NextChange, NO, type NumberTerm, type Shown, type Truth, YES } from "../program.ts";
import type { Row } from "../row.ts";
import { converted, linearPattern, lowerAscii, sizeOf, TEXT_TESTS, upperAscii } from "../text-values.ts";
import { type Guess, nextChange } from "./change.ts";
import { boundOf, type ConditionPart } from "./parts.ts";

type At<T> = (row: Row, now: number) => T;

/** A number, text or truth of a row, with what makes it change without an event. */
export type Term = {
  readonly edges: readonly NextChange[];
  readonly continuous: boolean;
} /** `meets`: a formula's idea of the moment at which the number is `bound`; NaN where it never is. Only a hint where to look. */ & (
  | { readonly kind: "number"; readonly at: At<number>; readonly meets?: (row: Row, now: number, bound: number) => number }
  | { readonly kind: "text"; readonly at: At<string | undefined> }
  | { readonly kind: "truth"; readonly at: At<Truth>; readonly guess?: Guess }
  /** Several texts; none is missing. Only `in`, `missing` and `size` ask for them. */
  | { readonly kind: "texts"; readonly at: At<readonly string[]> }
);

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

type Truthful = { readonly truth: At<Truth>; readonly next: NextChange };

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

/** Of what only an event can change. */
const never: NextChange = () => Number.POSITIVE_INFINITY;

function truthful(expression: Expression, names: Names): Truthful {
  switch (expression.op) {
    case "&&":
      return both(truthful(expression.left, names), truthful(expression.right, names));
    case "||":
      return either(truthful(expression.left, names), truthful(expression.right, names));
    case "!": {
      const inner = truthful(expression.of, names);
      return { truth: (row, now) => not(inner.truth(row, now)), next: inner.next };
    }
    default:
      return atom(term(expression, names));
  }
}

const not = (truth: Truth): Truth => (truth === MISSING ? MISSING : truth === YES ? NO : YES);

/** While one side is false nothing that happens to the other matters: the later of two changes is early enough. */
function both(left: Truthful, right: Truthful): Truthful {
  return {
    truth: (row, now) => {
      const a = left.truth(row, now);
      if (a === NO) return NO;
      const b = right.truth(row, now);
      return b === NO ? NO : a === YES && b === YES ? YES : MISSING;
    },
    next: absorbing(left, right, NO),
  };
}

function either(left: Truthful, right: Truthful): Truthful {
  return {
    truth: (row, now) => {
      const a = left.truth(row, now);
      if (a === YES) return YES;
      const b = right.truth(row, now);
      return b === YES ? YES : a === NO && b === NO ? NO : MISSING;
    },
    next: absorbing(left, right, YES),
  };
}

function absorbing(left: Truthful, right: Truthful, absorber: Truth): NextChange {
  if (left.next === never && right.next === never) return never;
  return (row, now) => {
    const leftAbsorbs = left.truth(row, now) === absorber;
    const rightAbsorbs = right.truth(row, now) === absorber;
    if (leftAbsorbs && rightAbsorbs) return Math.max(left.next(row, now), right.next(row, now));
    if (leftAbsorbs) return left.next(row, now);
    if (rightAbsorbs) return right.next(row, now);
    return Math.min(left.next(row, now), right.next(row, now));
  };
}

function atom(of: Term): Truthful {
  if (of.kind !== "truth") throw new TypeError("a condition must be true or false");
  const { at, edges, continuous, guess } = of;
  if (!continuous && edges.length === 0) return { truth: at, next: never };
  return { truth: at, next: (row, now) => nextChange(at, edges, continuous, row, now, guess) };
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
      return expression.type === "string" ? joined(expression.left, expression.right, names) : arithmetic("+", expression.left, expression.right, names);
    case "-":
    case "*":
    case "/":
    case "%":
      return arithmetic(expression.op, expression.left, expression.right, names);
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
      return choice(expression, names);
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

type NumberOf = Extract<Term, { kind: "number" }>;

function numeric(expression: Expression, names: Names): NumberOf {
  const of = term(expression, names);
  if (of.kind !== "number") throw new TypeError(`${expression.text} is not a number`);
  return of;
}

function textual(expression: Expression, names: Names): Extract<Term, { kind: "text" }> {
  const of = term(expression, names);
  if (of.kind !== "text") throw new TypeError(`${expression.text} is not a text`);
  return of;
}

const since = (moment: NumberOf, unitMs: number): Term => ({
  kind: "number",
  at: (row, now) => (now - moment.at(row, now)) / unitMs,
  meets: (row, now, bound) => moment.at(row, now) + bound * unitMs,
  edges: moment.edges,
  continuous: true,
});

function absent(of: Term, whenAbsent: Truth): Term {
  const whenPresent = not(whenAbsent);
  const { edges } = of;
  switch (of.kind) {
    case "number":
      return { kind: "truth", at: (row, now) => (Number.isNaN(of.at(row, now)) ? whenAbsent : whenPresent), edges, continuous: false };
    case "text":
      return { kind: "truth", at: (row, now) => (of.at(row, now) === undefined ? whenAbsent : whenPresent), edges, continuous: false };
    case "truth":
      return { kind: "truth", at: (row, now) => (of.at(row, now) === MISSING ? whenAbsent : whenPresent), edges, continuous: false };
    case "texts":
      return { kind: "truth", at: (row, now) => (of.at(row, now).length === 0 ? whenAbsent : whenPresent), edges, continuous: false };
  }
}

/** What two terms together depend on. */
const together = (left: Term, right: Term) => ({ edges: [...left.edges, ...right.edges], continuous: left.continuous || right.continuous });

function joined(left: Expression, right: Expression, names: Names): Term {
  const a = textual(left, names);
  const b = textual(right, names);
  const at = (row: Row, now: number) => {
    const first = a.at(row, now);
    const second = b.at(row, now);
    return first === undefined || second === undefined ? undefined : first + second;
  };
  return { kind: "text", at, ...together(a, b) };
}

function arithmetic(op: "+" | "-" | "*" | "/" | "%", left: Expression, right: Expression, names: Names): Term {
  const a = numeric(left, names);
  const b = numeric(right, names);
  const common = { kind: "number", ...together(a, b) } as const;
  switch (op) {
    case "+":
      return { ...common, at: (row, now) => a.at(row, now) + b.at(row, now) };
    case "-":
      return { ...common, at: (row, now) => a.at(row, now) - b.at(row, now) };
    case "*":
      return { ...common, at: (row, now) => a.at(row, now) * b.at(row, now) };
    case "/":
      return { ...common, at: (row, now) => divided(a.at(row, now), b.at(row, now)) };
    case "%":
      return { ...common, at: (row, now) => a.at(row, now) % b.at(row, now) };
  }
}

const divided = (a: number, b: number): number => (b === 0 ? Number.NaN : a / b);

function ordering(op: "<" | "<=" | ">" | ">=", left: Term, right: Term): Term {
  const common = { kind: "truth", ...together(left, right) } as const;
  if (left.kind === "number" && right.kind === "number") {
    const a = left.at;
    const b = right.at;
    const holds = ORDER_NUMBERS[op];
    return {
      ...common,
      ...meeting(left, right),
      at: (row, now) => {
        const x = a(row, now);
        const y = b(row, now);
        return Number.isNaN(x) || Number.isNaN(y) ? MISSING : holds(x, y) ? YES : NO;
      },
    };
  }
  if (left.kind !== "text" || right.kind !== "text") throw new TypeError(`${op} compares two numbers or two texts`);
  const a = left.at;
  const b = right.at;
  const holds = ORDER_TEXTS[op];
  return {
    ...common,
    at: (row, now) => {
      const x = a(row, now);
      const y = b(row, now);
      return x === undefined || y === undefined ? MISSING : holds(x, y) ? YES : NO;
    },
  };
}

/** Where to look first for the change of a comparison of two numbers. */
function meeting(left: NumberOf, right: NumberOf): { guess?: Guess } {
  const { meets } = left;
  if (meets !== undefined) return { guess: (row, now) => meets(row, now, right.at(row, now)) };
  const turned = right.meets;
  return turned === undefined ? {} : { guess: (row, now) => turned(row, now, left.at(row, now)) };
}

const ORDER_NUMBERS = {
  "<": (x: number, y: number) => x < y,
  "<=": (x: number, y: number) => x <= y,
  ">": (x: number, y: number) => x > y,
  ">=": (x: number, y: number) => x >= y,
} as const;

/** By UTF-16 code units, as CEL's library does it. */
const ORDER_TEXTS = {
  "<": (x: string, y: string) => x < y,
  "<=": (x: string, y: string) => x <= y,
  ">": (x: string, y: string) => x > y,
  ">=": (x: string, y: string) => x >= y,
} as const;

function equality(op: "==" | "!=", left: Term, right: Term): Term {
  const equal = op === "==" ? YES : NO;
  const unequal = not(equal);
  const a = plain(left);
  const b = plain(right);
  const at = (row: Row, now: number): Truth => {
    const x = a(row, now);
    const y = b(row, now);
    return x === undefined || y === undefined ? MISSING : x === y ? equal : unequal;
  };
  return { kind: "truth", at, ...together(left, right) };
}

/** A term's value as a plain value, undefined where it is missing; several texts in one, for people to read. */
function plain(of: Term): At<number | string | boolean | undefined> {
  switch (of.kind) {
    case "number":
      return (row, now) => {
        const value = of.at(row, now);
        return Number.isNaN(value) ? undefined : value;
      };
    case "text":
      return of.at;
    case "truth":
      return (row, now) => {
        const value = of.at(row, now);
        return value === MISSING ? undefined : value === YES;
      };
    case "texts":
      return (row, now) => {
        const values = of.at(row, now);
        return values.length === 0 ? undefined : values.join(", ");
      };
  }
}

/** `x in topics`: whether it is one of several texts that are kept. */
function membershipOfTexts(left: Term, list: Extract<Term, { kind: "texts" }>): Term {
  const of = plain(left);
  const at = (row: Row, now: number): Truth => {
    const value = of(row, now);
    const values = list.at(row, now);
    return value === undefined || values.length === 0 ? MISSING : values.includes(value as string) ? YES : NO;
  };
  return { kind: "truth", at, ...together(left, list) };
}

function membership(left: Term, list: Expression): Term {
  if (list.op !== "list") throw new TypeError("`in` takes a list");
  const values = new Set(
    list.items.map((item) => (item.op === "literal" ? item.value : item.op === "negate" && item.of.op === "literal" ? -(item.of.value as number) : undefined)),
  );
  const of = plain(left);
  const at = (row: Row, now: number): Truth => {
    const value = of(row, now);
    return value === undefined ? MISSING : values.has(value) ? YES : NO;
  };
  return { kind: "truth", at, edges: left.edges, continuous: left.continuous };
}

function choice(expression: Extract<Expression, { op: "?:" }>, names: Names): Term {
  const condition = truthful(expression.condition, names);
  const left = term(expression.left, names);
  const right = term(expression.right, names);
  const of = together(left, right);
  const common = { edges: [condition.next, ...of.edges], continuous: of.continuous };
  const pick =
    <T>(a: At<T>, b: At<T>, missing: T): At<T> =>
    (row, now) => {
      const truth = condition.truth(row, now);
      return truth === MISSING ? missing : truth === YES ? a(row, now) : b(row, now);
    };
  if (left.kind === "number" && right.kind === "number") return { kind: "number", at: pick(left.at, right.at, Number.NaN), ...common };
  if (left.kind === "text" && right.kind === "text") return { kind: "text", at: pick<string | undefined>(left.at, right.at, undefined), ...common };
  if (left.kind === "truth" && right.kind === "truth") return { kind: "truth", at: pick<Truth>(left.at, right.at, MISSING), ...common };
  throw new TypeError("both sides of ?: must be of one type");
}

function call(name: CallName, args: readonly Expression[], names: Names): Term {
  const receiver = args[0] as Expression;
  switch (name) {
    case "contains":
    case "startsWith":
    case "endsWith": {
      const text = textual(receiver, names);
      const part = textual(args[1] as Expression, names);
      const holds = TEXT_TESTS[name];
      const at = (row: Row, now: number): Truth => {
        const whole = text.at(row, now);
        const sought = part.at(row, now);
        return whole === undefined || sought === undefined ? MISSING : holds(whole, sought) ? YES : NO;
      };
      return { kind: "truth", at, ...together(text, part) };
    }
    case "matches": {
      const text = textual(receiver, names);
      const pattern = linearPattern(args[1] as Expression);
      const at = (row: Row, now: number): Truth => {
        const whole = text.at(row, now);
        return whole === undefined ? MISSING : pattern(whole) ? YES : NO;
      };
      return { kind: "truth", at, edges: text.edges, continuous: text.continuous };
    }
    case "lowerAscii":
    case "upperAscii": {
      const text = textual(receiver, names);
      const change = name === "lowerAscii" ? lowerAscii : upperAscii;
      return { ...text, at: (row, now) => change(text.at(row, now)) };
    }
    case "size": {
      const text = textual(receiver, names);
      return { kind: "number", at: (row, now) => sizeOf(text.at(row, now)), edges: text.edges, continuous: text.continuous };
    }
    case "double":
    case "int":
      return toNumber(term(receiver, names), name === "int");
    case "string": {
      const of = plain(term(receiver, names));
      const { edges, continuous } = term(receiver, names);
      return {
        kind: "text",
        at: (row, now) => {
          const value = of(row, now);
          return value === undefined ? undefined : String(value);
        },
        edges,
        continuous,
      };
    }
  }
}

function toNumber(of: Term, whole: boolean): Term {
  const value = plain(of);
  return { kind: "number", at: (row, now) => converted(value(row, now), whole), edges: of.edges, continuous: of.continuous };
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

/** A term's value as it leaves; null is missing. */
export function valueOfTerm(of: Term, row: Row, now: number): Shown {
  switch (of.kind) {
    case "number": {
      const value = of.at(row, now);
      return Number.isNaN(value) ? null : value;
    }
    case "text":
      return of.at(row, now) ?? null;
    case "truth": {
      const value = of.at(row, now);
      return value === MISSING ? null : value === YES;
    }
    case "texts": {
      const values = of.at(row, now);
      return values.length === 0 ? null : values;
    }
  }
}

/** How far a rounded number may be from what it stands for and still look as if it were on the other side of a bound. */
const MISLEADING = { from: 1e-11, to: 1e-6 } as const;

/** Numbers as people read them: to 1/10,000, but for those that rounding would put on a bound: 14.9999999991 is not 15. */
export function shown(value: number | string | boolean | undefined): number | string | boolean | null {
  if (value === undefined) return null;
  if (typeof value !== "number") return value;
  const rounded = Math.round(value * 10_000) / 10_000;
  const off = Math.abs(rounded - value);
  return off > MISLEADING.from && off < MISLEADING.to ? Number(value.toPrecision(12)) : rounded;
}
