// A condition taken apart for people: what is joined by && and ||, down to its comparisons, each with its own answer, the value
// that it compares and the number that it compares it with. Made only when somebody asks why; nothing of it runs with events.

import type { Expression } from "../definition.ts";
import type { Row } from "../row.ts";
import type { NextChange, Truth } from "./truth.ts";

export interface ConditionPart {
  readonly text: string;
  /** A comparison, or anything else that is no `&&` and no `||`, is `one`. */
  readonly joined: "all" | "any" | "one";
  readonly parts: readonly ConditionPart[];
  readonly truth: (row: Row, now: number) => Truth;
  readonly next: NextChange;
  /** What is compared; undefined is missing. */
  readonly value: (row: Row, now: number) => number | string | boolean | undefined;
  /** Its text: `engagement`. */
  readonly of: string;
  /** Of a comparison with a number that is written out. */
  readonly bound: Bound | null;
  /** The value is points of a score. */
  readonly points: boolean;
}

export interface Bound {
  readonly op: "<" | "<=" | ">" | ">=" | "==" | "!=";
  readonly at: number;
}

const TURNED = { "<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!=" } as const;

/** What a comparison compares with a written number, and which; null for all else. */
export function boundOf(of: Expression): { readonly left: Expression; readonly bound: Bound } | null {
  switch (of.op) {
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "==":
    case "!=":
      if (of.right.op === "literal" && typeof of.right.value === "number") return { left: of.left, bound: { op: of.op, at: of.right.value } };
      if (of.left.op === "literal" && typeof of.left.value === "number") return { left: of.right, bound: { op: TURNED[of.op], at: of.left.value } };
      return null;
    default:
      return null;
  }
}

/** Each part once, the comparisons in the order of the text. */
export function atomsOf(part: ConditionPart): readonly ConditionPart[] {
  return part.joined === "one" ? [part] : part.parts.flatMap(atomsOf);
}
