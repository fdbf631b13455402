// Truths that are joined: `&&`, `||`, `!` and `?:`. While one side settles the answer nothing that happens to the other matters, so the
// next change of a whole may be later than the earliest of its parts.

import type { Row } from "../row.ts";
import { nextChange } from "./change.ts";
import { type At, type Term, together } from "./term.ts";
import { MISSING, type NextChange, NO, never, not, type Truth, YES } from "./truth.ts";

export type Truthful = { readonly truth: At<Truth>; readonly next: NextChange };

/** A comparison, or a truth that is kept, with the moment at which it turns. */
export function atom(of: Term): Truthful {
  if (of.kind !== "truth") throw new TypeError("a condition must be true or false");
  const { at, edges, continuous, guess } = of;
  if (!continuous && edges.length === 0) return { truth: at, next: never };
  return { truth: at, next: (row, now) => nextChange(at, edges, continuous, row, now, guess) };
}

export const negated = (of: Truthful): Truthful => ({ truth: (row, now) => not(of.truth(row, now)), next: of.next });

export function both(left: Truthful, right: Truthful): Truthful {
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

export function either(left: Truthful, right: Truthful): Truthful {
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

/** While one side is false (of `||`: true) the later of two changes is early enough. */
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

/** `condition ? left : right`. */
export function choice(condition: Truthful, left: Term, right: Term): Term {
  const of = together(left, right);
  const common = { edges: [condition.next, ...of.edges], continuous: of.continuous };
  if (left.kind === "number" && right.kind === "number") return { kind: "number", at: picked(condition, left.at, right.at, Number.NaN), ...common };
  if (left.kind === "text" && right.kind === "text")
    return { kind: "text", at: picked<string | undefined>(condition, left.at, right.at, undefined), ...common };
  if (left.kind === "truth" && right.kind === "truth") return { kind: "truth", at: picked<Truth>(condition, left.at, right.at, MISSING), ...common };
  throw new TypeError("both sides of ?: must be of one type");
}

const picked =
  <T>(condition: Truthful, left: At<T>, right: At<T>, missing: T): At<T> =>
  (row: Row, now: number) => {
    const truth = condition.truth(row, now);
    return truth === MISSING ? missing : truth === YES ? left(row, now) : right(row, now);
  };
