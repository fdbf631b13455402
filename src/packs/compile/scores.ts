// `scores:` and `bands:` -> places in the row and what they are in conditions. What a score is worth is in score-value.ts.

import type { BandDefinition, PointsRule, ScoreDefinition, SpreadDefinition } from "../definition.ts";
import type { BandProgram, PointsProgram, ScoreProgram, SpreadProgram } from "../program.ts";
import type { Row } from "../row.ts";
import { heldPoints, scoreHasDecay, scoreMeets, scoreValue } from "../score-value.ts";
import { spreadEdge } from "../spread-points.ts";
import { compileCondition, compileNumber, type Names } from "../terms/compile.ts";
import type { Term } from "../terms/term.ts";
import { compileWindow, type ZoneOfRow } from "../windows.ts";
import type { PackFields } from "./fields.ts";

export function compileScore(of: ScoreDefinition, fields: PackFields, names: Names, zone: ZoneOfRow | null): ScoreProgram {
  const what = `score/${of.name}`;
  const meaning = [of.low, of.high, of.halfLifeMs];
  const whiles = of.while.map((rule) => ({ name: rule.name, points: rule.points, condition: compileCondition(rule.if, names) }));
  return {
    name: of.name,
    low: of.low,
    high: of.high,
    halfLifeMs: of.halfLifeMs ?? 0,
    landmark: fields.number(`${what}/landmark`, Number.NaN, meaning),
    floor: fields.number(`${what}/floor`, 0, meaning),
    keepsFloor: of.points.every((rule) => rule.spread === null),
    points: of.points.map((rule) => compilePoints(rule, `${what}/points/${rule.event}`, meaning, fields, zone)),
    resets: of.points.some((rule) => fields.isUndone(rule.event)) ? fields.number(`${what}/resets`, 0) : -1,
    whiles,
    held: heldPoints(whiles),
  };
}

/** What a score is in a condition. */
export function scoreTerm(of: ScoreProgram): Term {
  return {
    kind: "number",
    at: (row, now) => scoreValue(of, row, now),
    meets: (row, now, bound) => scoreMeets(of, row, now, bound),
    edges: [
      ...of.whiles.filter((rule) => !rule.condition.timeless).map((rule) => rule.condition.next),
      ...of.points.flatMap(({ spread }) => (spread === null ? [] : [(row: Row, now: number) => spreadEdge(spread, row, now)])),
    ],
    continuous: scoreHasDecay(of),
  };
}

/** A band and what it is in a condition. */
export function compileBand(of: BandDefinition, names: Names): { readonly program: BandProgram; readonly term: Term } {
  const number = compileNumber(of.of, names);
  const words = of.at.map((step) => step.band);
  const bounds = of.at.map((step) => step.from);
  const indexAt = (row: Row, now: number): number => {
    const value = number.value(row, now);
    let index = bounds.length - 1;
    while (index >= 0 && !(value >= (bounds[index] as number))) index--;
    return index;
  };
  const value = (row: Row, now: number) => words[indexAt(row, now)];
  const crossing = (row: Row, now: number) => bounds.reduce((first, bound) => Math.min(first, number.nextCrossing(row, now, bound)), Number.POSITIVE_INFINITY);
  return { program: { name: of.name, value }, term: { kind: "text", at: value, edges: [crossing], continuous: false } };
}

function compilePoints(rule: PointsRule, what: string, scoreMeaning: unknown, fields: PackFields, zone: ZoneOfRow | null): PointsProgram {
  const meaning = [scoreMeaning, fields.eventMeaning(rule.event), rule.decays];
  const cap =
    rule.cap === null
      ? null
      : { limit: rule.cap.limit, window: compileWindow(rule.cap.window, zone), list: fields.list(`${what}/cap`, [meaning, rule.cap.window]) };
  const spread = rule.spread === null ? null : compileSpread(rule.spread, what, meaning, fields, zone);
  return { name: rule.event, add: rule.add, decays: rule.decays, cap, spread, total: spread === null ? fields.number(what, 0, meaning) : -1 };
}

function compileSpread({ law, window }: SpreadDefinition, what: string, meaning: unknown, fields: PackFields, zone: ZoneOfRow | null): SpreadProgram {
  const list = fields.list(`${what}/${law}`, [meaning, window]);
  return { law, window: compileWindow(window, zone), ms: window.bucketMs * window.buckets, list };
}
