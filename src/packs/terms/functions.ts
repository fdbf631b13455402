// Terms by functions: what is asked of a text, conversions, whether something is there, time since a moment.

import type { Row } from "../row.ts";
import { converted, sizeOf, TEXT_TESTS } from "../text-values.ts";
import { type NumberOf, plain, type Term, type TextOf, together } from "./term.ts";
import { MISSING, NO, not, type Truth, YES } from "./truth.ts";

/** How long a moment ago is, in units of `unitMs`. */
export const since = (moment: NumberOf, unitMs: number): Term => ({
  kind: "number",
  at: (row, now) => (now - moment.at(row, now)) / unitMs,
  meets: (row, now, bound) => moment.at(row, now) + bound * unitMs,
  edges: moment.edges,
  continuous: true,
});

/** `whenAbsent` where the term is missing, else the other. */
export function absent(of: Term, whenAbsent: Truth): Term {
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

export function textTest(name: keyof typeof TEXT_TESTS, text: TextOf, part: TextOf): Term {
  const holds = TEXT_TESTS[name];
  const at = (row: Row, now: number): Truth => {
    const whole = text.at(row, now);
    const sought = part.at(row, now);
    return whole === undefined || sought === undefined ? MISSING : holds(whole, sought) ? YES : NO;
  };
  return { kind: "truth", at, ...together(text, part) };
}

export function matched(text: TextOf, pattern: (text: string) => boolean): Term {
  const at = (row: Row, now: number): Truth => {
    const whole = text.at(row, now);
    return whole === undefined ? MISSING : pattern(whole) ? YES : NO;
  };
  return { kind: "truth", at, edges: text.edges, continuous: text.continuous };
}

export const sized = (text: TextOf): Term => ({
  kind: "number",
  at: (row, now) => sizeOf(text.at(row, now)),
  edges: text.edges,
  continuous: text.continuous,
});

export function asText(of: Term): Term {
  const value = plain(of);
  const at = (row: Row, now: number) => {
    const found = value(row, now);
    return found === undefined ? undefined : String(found);
  };
  return { kind: "text", at, edges: of.edges, continuous: of.continuous };
}

/** `whole`: only what is a whole number, or its whole part. */
export function asNumber(of: Term, whole: boolean): Term {
  const value = plain(of);
  return { kind: "number", at: (row, now) => converted(value(row, now), whole), edges: of.edges, continuous: of.continuous };
}
