// A term: a number, text, truth or several texts that are read from a row at a moment, with what makes them change without an event.
// Numbers carry missing as NaN, texts as undefined, truths as MISSING, several texts as none. What terms are put together to is in
// the files beside this one.

import type { Row } from "../row.ts";
import type { Guess } from "./change.ts";
import { MISSING, type NextChange, type Truth, YES } from "./truth.ts";

export type At<T> = (row: Row, now: number) => T;

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

export type NumberOf = Extract<Term, { kind: "number" }>;
export type TextOf = Extract<Term, { kind: "text" }>;
export type TextsOf = Extract<Term, { kind: "texts" }>;

/** A value as it leaves: null is missing. */
export type Shown = number | string | boolean | readonly string[] | null;

/** What two terms together depend on. */
export const together = (left: Term, right: Term) => ({ edges: [...left.edges, ...right.edges], continuous: left.continuous || right.continuous });

/** A term's value as a plain value, undefined where it is missing; several texts in one, for people to read. */
export function plain(of: Term): At<number | string | boolean | undefined> {
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

/** A term's value as it leaves. */
export function valueOfTerm(of: Term, row: Row, now: number): Shown {
  if (of.kind !== "texts") return plain(of)(row, now) ?? null;
  const values = of.at(row, now);
  return values.length === 0 ? null : values;
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
