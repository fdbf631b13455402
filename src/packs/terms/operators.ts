// Terms by operators: sums and products, texts in a row, comparisons, `in`. What is missing on one side is missing in the whole.

import type { Expression } from "../definition.ts";
import type { Row } from "../row.ts";
import type { Guess } from "./change.ts";
import { type NumberOf, plain, type Term, type TextOf, type TextsOf, together } from "./term.ts";
import { MISSING, NO, not, type Truth, YES } from "./truth.ts";

export function joined(left: TextOf, right: TextOf): Term {
  const at = (row: Row, now: number) => {
    const first = left.at(row, now);
    const second = right.at(row, now);
    return first === undefined || second === undefined ? undefined : first + second;
  };
  return { kind: "text", at, ...together(left, right) };
}

export function arithmetic(op: "+" | "-" | "*" | "/" | "%", a: NumberOf, b: NumberOf): Term {
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

export function ordering(op: "<" | "<=" | ">" | ">=", left: Term, right: Term): Term {
  if (left.kind === "number" && right.kind === "number") return orderingOfNumbers(op, left, right);
  if (left.kind === "text" && right.kind === "text") return orderingOfTexts(op, left, right);
  throw new TypeError(`${op} compares two numbers or two texts`);
}

function orderingOfNumbers(op: "<" | "<=" | ">" | ">=", left: NumberOf, right: NumberOf): Term {
  const a = left.at;
  const b = right.at;
  const holds = ORDER_NUMBERS[op];
  const at = (row: Row, now: number): Truth => {
    const x = a(row, now);
    const y = b(row, now);
    return Number.isNaN(x) || Number.isNaN(y) ? MISSING : holds(x, y) ? YES : NO;
  };
  return { kind: "truth", at, ...together(left, right), ...meeting(left, right) };
}

function orderingOfTexts(op: "<" | "<=" | ">" | ">=", left: TextOf, right: TextOf): Term {
  const holds = ORDER_TEXTS[op];
  const at = (row: Row, now: number): Truth => {
    const x = left.at(row, now);
    const y = right.at(row, now);
    return x === undefined || y === undefined ? MISSING : holds(x, y) ? YES : NO;
  };
  return { kind: "truth", at, ...together(left, right) };
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

export function equality(op: "==" | "!=", left: Term, right: Term): Term {
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

/** `x in topics`: whether it is one of several texts that are kept. */
export function membershipOfTexts(left: Term, list: TextsOf): Term {
  const of = plain(left);
  const at = (row: Row, now: number): Truth => {
    const value = of(row, now);
    const values = list.at(row, now);
    return value === undefined || values.length === 0 ? MISSING : values.includes(value as string) ? YES : NO;
  };
  return { kind: "truth", at, ...together(left, list) };
}

/** `x in [1, 2]`: whether it is one of what is written out. */
export function membership(left: Term, list: Expression): Term {
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
