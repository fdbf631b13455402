// What a condition depends on, as variables with finitely many cases. A number that conditions compare with 40 and 60 has seven
// cases as far as they can tell: missing, below 40, 40, between, 60, above. So whether a condition can hold is a finite
// question, and the answer is exact as long as the variables are independent of each other. Where they are not, there are more
// cases here than in the world: what is found impossible is impossible.

import type { Expression, PackDefinition, ScoreDefinition } from "../definition.ts";

/** One case of a variable: a value that stands for all that conditions cannot tell from it; undefined: missing. */
export type Case = number | string | boolean | undefined;

export type Domain =
  | {
      readonly kind: "number";
      readonly low: number;
      readonly high: number;
      readonly whole: boolean;
      /** The only values there are, ascending; null: all in the range. */
      readonly values: readonly number[] | null;
      readonly missing: boolean;
    }
  /** `words` null: any text. */
  | { readonly kind: "text"; readonly words: readonly string[] | null; readonly missing: boolean }
  | { readonly kind: "truth"; readonly missing: boolean };

export interface Variable {
  readonly key: string;
  /** For people. */
  readonly text: string;
  readonly domain: Domain;
  /** What it is made from: two variables without a common source are independent. */
  readonly sources: ReadonlySet<string>;
  /** Below it a number is only where clocks disagree: it counts for what is impossible and is no example of what is possible. */
  readonly usualLow: number;
  /** What conditions compare it with. */
  readonly cuts: Set<number>;
  readonly words: Set<string>;
}

/** Any text that no condition names. */
export const OTHER_TEXT = "\u0000";

const REALS = { kind: "number", low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, whole: false, values: null } as const;

export function casesOf(variable: Variable): readonly Case[] {
  const { domain } = variable;
  const missing = domain.missing ? [undefined] : [];
  switch (domain.kind) {
    case "truth":
      return [true, false, ...missing];
    case "text":
      return [...(domain.words ?? [...variable.words, OTHER_TEXT]), ...missing];
    case "number": {
      const numbers = numbersOf(
        domain,
        [...variable.cuts].filter(Number.isFinite).sort((a, b) => a - b),
      );
      const isUsual = (value: number): boolean => value >= variable.usualLow;
      return [...numbers.filter(isUsual), ...missing, ...numbers.filter((value) => !isUsual(value))];
    }
  }
}

/** Each cut itself, and one value between each two and beyond the ends. */
function numbersOf(domain: Extract<Domain, { kind: "number" }>, cuts: readonly number[]): number[] {
  const edges = [Number.NEGATIVE_INFINITY, ...cuts, Number.POSITIVE_INFINITY];
  const between = edges.slice(1).map((high, index) => oneBetween(domain, edges[index] as number, high));
  return [...cuts.filter((cut) => contains(domain, cut)), ...between.filter((value) => value !== undefined)];
}

function contains({ low, high, whole, values }: Extract<Domain, { kind: "number" }>, value: number): boolean {
  return values !== null ? values.includes(value) : value >= low && value <= high && (!whole || Number.isInteger(value));
}

/** Some value strictly between two edges, undefined where the domain has none there. */
function oneBetween(domain: Extract<Domain, { kind: "number" }>, from: number, to: number): number | undefined {
  if (domain.values !== null) return domain.values.find((value) => value > from && value < to);
  // The domain's own ends may be in it, the edges are not.
  const candidates = [
    domain.low,
    domain.high,
    Math.floor(from) + 1,
    Math.ceil(to) - 1,
    (from + to) / 2,
    0,
    from + 1,
    to - 1,
    (Math.max(from, domain.low) + Math.min(to, domain.high)) / 2,
  ];
  return candidates.find((value) => Number.isFinite(value) && value > from && value < to && contains(domain, value));
}

/** What a score can be: without points rules only the sums of its `while` rules, else all of its range. */
export function domainOfScore(score: ScoreDefinition): Domain {
  const { low, high } = score;
  if (score.points.length > 0 || score.while.length > MOST_RULES) return { kind: "number", low, high, whole: false, values: null, missing: false };
  const sums = new Set([0]);
  for (const { points } of score.while) for (const sum of [...sums]) sums.add(sum + points);
  const values = [...new Set([...sums].map((sum) => Math.max(low, Math.min(high, sum))))].sort((a, b) => a - b);
  return { kind: "number", low, high, whole: false, values, missing: false };
}

/** Beyond it the sums are too many to list. */
const MOST_RULES = 12;

/** What a name or a call of a condition can be. */
export function domainOf(of: Expression, pack: PackDefinition): Domain {
  switch (of.op) {
    case "score": {
      const score = pack.scores.find(({ name }) => name === of.name);
      return score === undefined ? { ...REALS, missing: true } : domainOfScore(score);
    }
    case "measure": {
      const kind = pack.measures.find(({ name }) => name === of.name)?.kind;
      if (kind !== undefined && COUNTS.has(kind)) return { ...REALS, low: 0, whole: true, missing: false };
      return ofType(of, kind !== "sum");
    }
    case "value":
    case "population":
      return { ...REALS, missing: true };
    case "rfm": {
      const bins = Array.from({ length: pack.rfm?.bins ?? 0 }, (_, index) => index + 1);
      const values = of.name === "rfm" ? bins.flatMap((r) => bins.flatMap((f) => bins.map((m) => 100 * r + 10 * f + m))) : bins;
      return { ...REALS, values, missing: true };
    }
    case "literal":
      return typeof of.value === "number" ? { ...REALS, values: [of.value], missing: false } : ofType(of, false);
    case "+":
    case "-":
    case "*":
      return computed(of.op, domainOf(of.left, pack), domainOf(of.right, pack)) ?? ofType(of, true);
    case "days_in_stage":
      return { ...REALS, low: 0, missing: false };
    case "stage":
      return { kind: "text", words: pack.stages?.order ?? null, missing: false };
    case "segment":
      return { kind: "text", words: pack.segments?.list.map(({ name }) => name) ?? null, missing: true };
    case "audience":
    case "identified":
      return { kind: "truth", missing: false };
    default:
      return ofType(of, true);
  }
}

/** Measures that count, from 0. */
const COUNTS: ReadonlySet<string> = new Set(["count", "days", "distinct", "sessions", "streak"]);

function ofType(of: Expression, missing: boolean): Domain {
  if (of.type === "bool") return { kind: "truth", missing };
  return of.type === "string" ? { kind: "text", words: null, missing } : { ...REALS, missing };
}

/** Where both sides have few values, so has what is computed from them. */
function computed(op: "+" | "-" | "*", left: Domain, right: Domain): Domain | undefined {
  if (left.kind !== "number" || right.kind !== "number" || left.values === null || right.values === null) return undefined;
  if (left.values.length * right.values.length > MOST_VALUES) return undefined;
  const values = left.values.flatMap((a) => (right.values ?? []).map((b) => (op === "+" ? a + b : op === "-" ? a - b : a * b)));
  return { ...REALS, values: [...new Set(values)].sort((a, b) => a - b), missing: left.missing || right.missing };
}

const MOST_VALUES = 1_000;

/** Days since a moment. */
export const DOMAIN_OF_SINCE: Domain = { ...REALS, missing: true };

/** What a value is made from: kinds of messages, paths, places. */
export function sourcesOf(of: Expression, pack: PackDefinition): ReadonlySet<string> {
  const sources = new Set<string>();
  collect(of, pack, sources);
  return sources;
}

function collect(of: Expression, pack: PackDefinition, into: Set<string>): void {
  switch (of.op) {
    case "measure": {
      const measure = pack.measures.find(({ name }) => name === of.name);
      if (measure !== undefined) collectEvent(measure.event, pack, into);
      return;
    }
    case "score": {
      const score = pack.scores.find(({ name }) => name === of.name);
      for (const rule of score?.points ?? []) collectEvent(rule.event, pack, into);
      for (const rule of score?.while ?? []) collect(rule.if, pack, into);
      return;
    }
    case "trait":
      for (const path of pack.traits.find(({ name }) => name === of.name)?.from ?? []) into.add(`path ${path.join(".")}`);
      return;
    case "grid": {
      const grid = pack.grids.find(({ name }) => name === of.name);
      for (const axis of [grid?.rows, grid?.columns])
        if (axis !== undefined) collect({ op: "score", name: axis.score, text: axis.score, type: "number" }, pack, into);
      return;
    }
    case "band": {
      const band = pack.bands.find(({ name }) => name === of.name);
      if (band !== undefined) collect(band.of, pack, into);
      return;
    }
    case "audience": {
      const audience = pack.audiences.find(({ name }) => name === of.name);
      into.add(`audience ${of.name}`);
      for (const condition of [audience?.if, audience?.until]) if (condition !== null && condition !== undefined) collect(condition, pack, into);
      return;
    }
    default:
      into.add(`op ${of.op === "literal" ? of.text : of.op}`);
      for (const part of partsOf(of)) collect(part, pack, into);
  }
}

/** What the values that an event makes are made from. */
export function sourcesOfEvent(name: string, pack: PackDefinition): ReadonlySet<string> {
  const sources = new Set<string>();
  collectEvent(name, pack, sources);
  return sources;
}

/** Two events that one message can be have a source in common. */
function collectEvent(name: string, pack: PackDefinition, into: Set<string>): void {
  for (const { type, names } of pack.events.find((event) => event.name === name)?.match ?? []) {
    // A page that is named is also every page, so kinds without a fixed set of names count as one.
    if (type === "track" && names !== null) for (const track of names) into.add(`track ${track}`);
    else if (type === "track")
      for (const event of pack.events) for (const match of event.match) for (const track of match.names ?? []) into.add(`track ${track}`);
    else into.add(type);
  }
}

/** The expressions directly inside one. */
export function partsOf(of: Expression): Expression[] {
  return Object.values(of).flatMap((part: unknown) => (Array.isArray(part) ? part : [part]).filter(isExpression));
}

const isExpression = (part: unknown): part is Expression => typeof part === "object" && part !== null && "op" in part && "text" in part;
