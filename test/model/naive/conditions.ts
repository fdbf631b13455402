// What a condition says, read straight off docs/packs.md ("Conditions"): a walk over the expression tree, nothing compiled
// and nothing remembered. `undefined` stands for missing. The engine has its own evaluator; these two share no line.

import type { Expression } from "../../../src/packs/definition.ts";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
/** undefined: missing. */
export type Value = Json | undefined;

/** Where names get their values: a contact's pack at a moment, or a message. */
export interface Scope {
  readonly now: number;
  read(leaf: Expression): Value;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const holds = (condition: Expression | null, scope: Scope): boolean => condition === null || evaluate(condition, scope) === true;

export function evaluate(e: Expression, scope: Scope): Value {
  switch (e.op) {
    case "literal":
      return e.value;
    case "list":
      return allPresent(e.items.map((item) => evaluate(item, scope)));
    case "days_since":
      return since(evaluate(e.of, scope), scope.now, DAY);
    case "hours_since":
      return since(evaluate(e.of, scope), scope.now, HOUR);
    case "never":
    case "missing":
      return evaluate(e.of, scope) === undefined;
    case "has":
      return evaluate(e.of, scope) !== undefined;
    case "!": {
      const value = evaluate(e.of, scope);
      return typeof value === "boolean" ? !value : undefined;
    }
    case "negate": {
      const value = evaluate(e.of, scope);
      return typeof value === "number" ? -value : undefined;
    }
    case "&&":
      return both(evaluate(e.left, scope), evaluate(e.right, scope), false);
    case "||":
      return both(evaluate(e.left, scope), evaluate(e.right, scope), true);
    case "?:": {
      const condition = evaluate(e.condition, scope);
      if (typeof condition !== "boolean") return undefined;
      return evaluate(condition ? e.left : e.right, scope);
    }
    case "call":
      return call(
        e.name,
        e.args.map((arg) => evaluate(arg, scope)),
      );
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "in":
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      return binary(e.op, evaluate(e.left, scope), evaluate(e.right, scope));
    default:
      return scope.read(e);
  }
}

/** Every part of an expression, itself included: the search for moments watches the truth of all of them. */
export function parts(e: Expression): Expression[] {
  switch (e.op) {
    case "list":
      return [e, ...e.items.flatMap(parts)];
    case "days_since":
    case "hours_since":
    case "never":
    case "missing":
    case "has":
    case "!":
    case "negate":
      return [e, ...parts(e.of)];
    case "?:":
      return [e, ...parts(e.condition), ...parts(e.left), ...parts(e.right)];
    case "call":
      return [e, ...e.args.flatMap(parts)];
    default:
      return "left" in e ? [e, ...parts(e.left), ...parts(e.right)] : [e];
  }
}

const since = (moment: Value, now: number, unit: number): Value => (typeof moment === "number" ? (now - moment) / unit : undefined);

const allPresent = (items: Value[]): Value => (items.includes(undefined) ? undefined : (items as Json[]));

/** && absorbs with false, || with true, whatever the other side is. */
function both(left: Value, right: Value, absorbing: boolean): Value {
  if (left === absorbing || right === absorbing) return absorbing;
  return typeof left === "boolean" && typeof right === "boolean" ? !absorbing : undefined;
}

function binary(op: string, left: Value, right: Value): Value {
  if (left === undefined || right === undefined) return undefined;
  if (op === "==") return left === right;
  if (op === "!=") return left !== right;
  if (op === "in") return Array.isArray(right) ? right.includes(left) : undefined;
  if (typeof left === "number" && typeof right === "number") return numbers(op, left, right);
  if (typeof left === "string" && typeof right === "string")
    return op === "+" ? left + right : ordered(op, Buffer.compare(Buffer.from(left), Buffer.from(right)));
  return undefined;
}

function numbers(op: string, left: number, right: number): Value {
  switch (op) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return right === 0 ? undefined : left / right;
    case "%":
      return right === 0 ? undefined : left % right;
    default:
      return ordered(op, left < right ? -1 : left > right ? 1 : left === right ? 0 : Number.NaN);
  }
}

function ordered(op: string, sign: number): Value {
  if (op === "<") return sign < 0;
  if (op === "<=") return sign <= 0;
  if (op === ">") return sign > 0;
  if (op === ">=") return sign >= 0;
  return undefined;
}

function call(name: string, args: Value[]): Value {
  const [receiver, argument] = args;
  if (name === "size") return typeof receiver === "string" ? [...receiver].length : Array.isArray(receiver) ? receiver.length : undefined;
  if (name === "double" || name === "int") return converted(name, receiver);
  if (name === "string") return receiver === undefined || receiver === null || typeof receiver === "object" ? undefined : String(receiver);
  if (typeof receiver !== "string") return undefined;
  if (name === "lowerAscii") return receiver.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  if (name === "upperAscii") return receiver.replace(/[a-z]/g, (letter) => letter.toUpperCase());
  if (typeof argument !== "string") return undefined;
  if (name === "contains") return receiver.includes(argument);
  if (name === "startsWith") return receiver.startsWith(argument);
  if (name === "endsWith") return receiver.endsWith(argument);
  if (name === "matches") return pattern(argument).test(receiver);
  throw new Error(`unknown function ${name}`);
}

function converted(name: string, value: Value): Value {
  const number = typeof value === "number" ? value : typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) return undefined;
  return name === "int" ? Math.trunc(number) : number;
}

/** RE2's `(?i)` in front is a flag in JavaScript; what else differs does not occur in the packs compared. */
const pattern = (text: string): RegExp => (text.startsWith("(?i)") ? new RegExp(text.slice(4), "iu") : new RegExp(text, "u"));
