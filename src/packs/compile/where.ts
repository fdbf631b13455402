// `where`: a condition on one message. It is asked once, when the message comes, so nothing here knows of time. Values are
// what decode found at the condition's paths: JSON values, undefined where there is none. Missing is as in `if`.

import type { Expression, PropertyPath } from "../definition.ts";
import { MISSING, NO, type Truth, YES } from "../terms/truth.ts";
import { converted, linearPattern, lowerAscii, sizeOf, TEXT_TESTS, upperAscii } from "../text-values.ts";

/** Values by projection index, and the name of the track, page or screen. */
type Of = (values: readonly unknown[], name: string) => unknown;

/** `project` gives a path's index in the projection. */
export function compileWhere(expression: Expression, project: (path: PropertyPath) => number): (values: readonly unknown[], name: string) => Truth {
  const of = value(expression, project);
  return (values, name) => {
    const found = of(values, name);
    return found === true ? YES : found === false ? NO : MISSING;
  };
}

function value(expression: Expression, project: (path: PropertyPath) => number): Of {
  const sub = (of: Expression) => value(of, project);
  switch (expression.op) {
    case "literal": {
      const fixed = expression.value;
      return () => fixed;
    }
    case "path": {
      if (expression.path.length === 1 && expression.path[0] === "name") return (_, name) => name;
      const index = project(expression.path);
      return (values) => values[index];
    }
    case "list": {
      const items = expression.items.map(sub);
      return (values, name) => items.map((item) => item(values, name));
    }
    case "has": {
      const of = sub(expression.of);
      return (values, name) => of(values, name) !== undefined;
    }
    case "missing":
    case "never": {
      const of = sub(expression.of);
      return (values, name) => of(values, name) === undefined;
    }
    case "!": {
      const of = sub(expression.of);
      return (values, name) => {
        const found = of(values, name);
        return typeof found === "boolean" ? !found : undefined;
      };
    }
    case "negate": {
      const of = sub(expression.of);
      return (values, name) => {
        const found = of(values, name);
        return typeof found === "number" ? -found : undefined;
      };
    }
    case "&&":
      return absorbing(sub(expression.left), sub(expression.right), false);
    case "||":
      return absorbing(sub(expression.left), sub(expression.right), true);
    case "?:": {
      const condition = sub(expression.condition);
      const left = sub(expression.left);
      const right = sub(expression.right);
      return (values, name) => {
        const truth = condition(values, name);
        return truth === true ? left(values, name) : truth === false ? right(values, name) : undefined;
      };
    }
    case "call": {
      const args = expression.args.map(sub);
      const apply = callOf(expression.name, expression.args);
      return (values, name) => apply(args.map((argument) => argument(values, name)));
    }
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
    case "%": {
      const left = sub(expression.left);
      const right = sub(expression.right);
      const apply = BINARY[expression.op];
      return (values, name) => {
        const a = left(values, name);
        const b = right(values, name);
        return a === undefined || b === undefined ? undefined : apply(a, b);
      };
    }
    default:
      throw new TypeError(`${expression.op} is not for a where-condition`);
  }
}

function absorbing(left: Of, right: Of, absorber: boolean): Of {
  return (values, name) => {
    const a = left(values, name);
    if (a === absorber) return absorber;
    const b = right(values, name);
    if (b === absorber) return absorber;
    return a === !absorber && b === !absorber ? !absorber : undefined;
  };
}

type Binary = (a: unknown, b: unknown) => unknown;
const numbers =
  (apply: (a: number, b: number) => unknown): Binary =>
  (a, b) =>
    typeof a === "number" && typeof b === "number" ? apply(a, b) : undefined;
const ordered =
  (apply: (a: number | string, b: number | string) => boolean): Binary =>
  (a, b) =>
    (typeof a === "number" && typeof b === "number") || (typeof a === "string" && typeof b === "string") ? apply(a, b) : undefined;

/** Values of different types are never equal; of different types nothing is less. Lists and objects are equal by what is in them. */
const BINARY: Record<"==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "+" | "-" | "*" | "/" | "%", Binary> = {
  "==": equal,
  "!=": (a, b) => !equal(a, b),
  "<": ordered((a, b) => a < b),
  "<=": ordered((a, b) => a <= b),
  ">": ordered((a, b) => a > b),
  ">=": ordered((a, b) => a >= b),
  in: (a, b) => (Array.isArray(b) ? b.some((item) => equal(a, item)) : isObject(b) ? typeof a === "string" && Object.hasOwn(b, a) : undefined),
  "+": (a, b) => (typeof a === "string" && typeof b === "string" ? a + b : typeof a === "number" && typeof b === "number" ? a + b : undefined),
  "-": numbers((a, b) => a - b),
  "*": numbers((a, b) => a * b),
  "/": numbers((a, b) => (b === 0 ? undefined : a / b)),
  "%": numbers((a, b) => (b === 0 ? undefined : a % b)),
};

function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

function callOf(name: Extract<Expression, { op: "call" }>["name"], args: readonly Expression[]): (values: readonly unknown[]) => unknown {
  switch (name) {
    case "contains":
    case "startsWith":
    case "endsWith":
      return ([whole, part]) => (typeof whole === "string" && typeof part === "string" ? TEXT_TESTS[name](whole, part) : undefined);
    case "matches": {
      const pattern = linearPattern(args[1] as Expression);
      return ([whole]) => (typeof whole === "string" ? pattern(whole) : undefined);
    }
    case "lowerAscii":
      return ([text]) => (typeof text === "string" ? lowerAscii(text) : undefined);
    case "upperAscii":
      return ([text]) => (typeof text === "string" ? upperAscii(text) : undefined);
    case "size":
      return ([of]) => (typeof of === "string" ? sizeOf(of) : Array.isArray(of) ? of.length : isObject(of) ? Object.keys(of).length : undefined);
    case "double":
    case "int":
      return ([of]) => numberOf(of, name === "int");
    case "string":
      return ([of]) => (typeof of === "string" || typeof of === "number" || typeof of === "boolean" ? String(of) : undefined);
  }
}

function numberOf(of: unknown, whole: boolean): number | undefined {
  const number = converted(of, whole);
  return Number.isNaN(number) ? undefined : number;
}
