// Why a condition holds or not, part by part, in words: the value and the bound, how much is missing, and what time alone will
// do to it. "engagement 58.1 of 60: 2 more points before 24 Nov, after that decay makes it 3". Pure: it reads the row at
// moments to come, which is what the engine itself will see if nothing happens.

import { isoTime, isoTimeOrNull } from "../../model/ids.ts";
import type { Condition } from "../../packs/program.ts";
import type { Row } from "../../packs/row.ts";
import { atomsOf, type ConditionPart } from "../../packs/terms/parts.ts";
import { shown } from "../../packs/terms/term.ts";
import { MISSING, YES } from "../../packs/terms/truth.ts";

export interface PartView {
  readonly if: string;
  readonly holds: boolean | null;
  readonly value: number | string | boolean | null;
  /** How much more a number needs to be; null where that is no question of more. */
  readonly needs: number | null;
  /** When the answer changes if nothing happens, and to what. */
  readonly changes: { readonly at: string; readonly to: boolean } | null;
  readonly text: string;
}

export interface ConditionView {
  readonly if: string;
  readonly holds: boolean;
  /** When it will hold if nothing happens; null: not by time alone. */
  readonly holdsFrom: string | null;
  /** Parts that have to change, at least. */
  readonly missing: number;
  readonly parts: readonly PartView[];
}

export function explainCondition(condition: Condition, row: Row, now: number): ConditionView {
  const part = condition.parts();
  return {
    if: condition.text,
    holds: condition.truth(row, now) === YES,
    holdsFrom: isoTimeOrNull(firstHolds(condition, row, now)),
    missing: missingParts(part, row, now),
    parts: atomsOf(part).map((atom) => explainPart(atom, row, now)),
  };
}

/** Looks ahead, at most: a condition that turns more often than that is not followed to its end. */
const MOST_CHANGES = 16;

/** The first moment from `now` on at which it holds; Infinity where time alone does not bring it. */
export function firstHolds({ truth, next }: Pick<Condition, "truth" | "next">, row: Row, now: number): number {
  let at = now;
  for (let looks = 0; looks < MOST_CHANGES && Number.isFinite(at); looks++) {
    if (truth(row, at) === YES) return at;
    at = next(row, at);
  }
  return Number.POSITIVE_INFINITY;
}

/** The fewest comparisons that have to come out otherwise. */
function missingParts(part: ConditionPart, row: Row, now: number): number {
  if (part.truth(row, now) === YES) return 0;
  if (part.joined === "one") return 1;
  const missing = part.parts.map((one) => missingParts(one, row, now));
  return part.joined === "all" ? missing.reduce((sum, one) => sum + one, 0) : Math.min(...missing);
}

function explainPart(part: ConditionPart, row: Row, now: number): PartView {
  const truth = part.truth(row, now);
  const value = part.value(row, now);
  const needs = truth === YES ? null : needed(part, row, now);
  const change = changeOf(part, row, now);
  return {
    if: part.text,
    holds: truth === MISSING ? null : truth === YES,
    value: shown(value),
    needs,
    changes: change === null ? null : { at: isoTime(change.at), to: change.to },
    text: inWords(part, truth === YES, value, needs, change, row, now),
  };
}

interface Change {
  readonly at: number;
  readonly to: boolean;
}

/** The next moment at which the answer is another, if nothing happens. */
function changeOf(part: ConditionPart, row: Row, now: number): Change | null {
  const holds = part.truth(row, now) === YES;
  let at = now;
  for (let looks = 0; looks < MOST_CHANGES; looks++) {
    at = part.next(row, at);
    if (!Number.isFinite(at)) return null;
    const then = part.truth(row, at) === YES;
    if (then !== holds) return { at, to: then };
  }
  return null;
}

/** Of `x >= 60` and `x > 60` what x lacks; whole numbers for points and counts, because that is how they come. */
function needed({ bound, value }: ConditionPart, row: Row, now: number): number | null {
  if (bound === null || (bound.op !== ">=" && bound.op !== ">")) return null;
  const is = value(row, now);
  if (typeof is !== "number") return null;
  const gap = bound.at - is;
  if (bound.op === ">" && Number.isInteger(gap)) return Math.max(0, gap) + (Number.isInteger(is) ? 1 : 0);
  return gap <= 0 ? 0 : Math.ceil(round(gap));
}

function inWords(
  part: ConditionPart,
  holds: boolean,
  value: number | string | boolean | undefined,
  needs: number | null,
  change: Change | null,
  row: Row,
  now: number,
): string {
  const written = value === undefined ? "missing" : String(part.points && typeof value === "number" ? Math.round(value * 100) / 100 : shown(value));
  if (holds) return `${part.text} holds${part.of === part.text ? "" : ` (${written})`}${change === null ? "" : `, until ${dayOf(change.at, now)}`}`;
  if (needs !== null && part.bound !== null) {
    // Of `orders > 0` somebody with none has "0 of more than 0": "0 of 0" would read as enough.
    const more = `${part.of} ${written} of ${part.bound.op === ">" ? "more than " : ""}${part.bound.at}: ${needs} more${part.points ? ` ${needs === 1 ? "point" : "points"}` : ""}`;
    return change?.to === true ? `${more}, or wait until ${dayOf(change.at, now)}` : `${more}${whileItLasts(part, needs, row, now)}`;
  }
  const is = `${part.of} is ${written}`;
  const asked = part.of === part.text ? `${part.text} does not hold` : `${is}, and it asks for ${part.text}`;
  return change?.to === true ? `${asked}; time alone brings it on ${dayOf(change.at, now)}` : asked;
}

const YEAR_MS = 365 * 86_400_000;
const WEEK_MS = 7 * 86_400_000;

/** What waiting costs: the moment at which more is needed, and how much in a week. */
function whileItLasts(part: ConditionPart, needs: number, row: Row, now: number): string {
  const more = firstMore(part, needs, row, now);
  if (!Number.isFinite(more)) return "";
  const [then, later] = [needed(part, row, more) ?? needs, needed(part, row, now + WEEK_MS) ?? needs];
  return ` before ${dayOf(more, now)}, after that ${part.points ? "decay makes" : "time makes"} it ${then}${later > then && more < now + WEEK_MS ? `, and ${later} in a week` : ""}`;
}

/** By bisection: without an event a value that counts or decays only goes down. */
function firstMore(part: ConditionPart, needs: number, row: Row, now: number): number {
  const isMore = (at: number): boolean => (needed(part, row, at) ?? 0) > needs;
  let [low, high] = [now, now + YEAR_MS];
  if (!isMore(high)) return Number.POSITIVE_INFINITY;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isMore(middle)) high = middle;
    else low = middle;
  }
  return high;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** `3 Dec`, with the time of day where it is within two days, with the year where it is another. UTC. */
export function dayOf(at: number, now: number): string {
  const date = new Date(at);
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  if (date.getUTCFullYear() !== new Date(now).getUTCFullYear()) return `${day} ${date.getUTCFullYear()}`;
  return Math.abs(at - now) < 2 * 86_400_000 ? `${day} ${isoTime(at).slice(11, 16)}` : day;
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6;
