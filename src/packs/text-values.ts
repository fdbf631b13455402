// What conditions may do with texts, and what a text is as a number (docs/packs.md "Conditions"): the same for `if`, for `where`
// and for what the engine keeps of a message. Nothing here knows of rows or messages.

import { RE2JS } from "re2js";
import { toAmount } from "../model/portable.ts";
import type { Expression } from "./definition.ts";

export const TEXT_TESTS = {
  contains: (whole: string, part: string) => whole.includes(part),
  startsWith: (whole: string, part: string) => whole.startsWith(part),
  endsWith: (whole: string, part: string) => whole.endsWith(part),
} as const;

/** RE2's syntax and linear time: no text can make it hang. */
export function linearPattern(expression: Expression): (text: string) => boolean {
  if (expression.op !== "literal" || typeof expression.value !== "string") throw new TypeError("`matches` takes a literal pattern");
  const pattern = RE2JS.compile(expression.value);
  return (text) => pattern.matcher(text).find();
}

export const lowerAscii = <T extends string | undefined>(text: T): T =>
  (text === undefined || BEYOND_ASCII.test(text) ? text?.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text.toLowerCase()) as T;
export const upperAscii = <T extends string | undefined>(text: T): T =>
  (text === undefined || BEYOND_ASCII.test(text) ? text?.replace(/[a-z]/g, (letter) => letter.toUpperCase()) : text.toUpperCase()) as T;

/** Only then do Unicode's cases differ from those of ASCII; without it the quick way is right. */
const BEYOND_ASCII = /[^\0-\x7f]/;

/** In Unicode code points, as CEL has it. */
export const sizeOf = (text: string | undefined): number => (text === undefined ? Number.NaN : [...text].length);

export function parseNumber(text: string): number {
  const trimmed = text.trim();
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : Number.NaN;
}

/** `double(x)`, or with `whole` `int(x)`: of a number its whole part, of a text only what is a whole number. NaN where there is none. */
export function converted(of: unknown, whole: boolean): number {
  if (typeof of === "number") return whole ? Math.trunc(of) : of;
  if (typeof of !== "string" || (whole && !/^\s*[+-]?\d+\s*$/.test(of))) return Number.NaN;
  return parseNumber(of);
}

/** What a message has as an amount: an integer of 1/10,000; NaN where there is no number. */
export function amountOf(found: unknown): number {
  return toAmount(typeof found === "number" ? found : typeof found === "string" ? parseNumber(found) : Number.NaN);
}
