// `scores:` and `bands:`. A score adds points for events and for conditions that hold; a band names where a number lies.

import { BROKEN, readCondition, readExpression } from "../condition/expression.ts";
import type { BandDefinition, CalendarWindow, Expression, PointsRule, ScoreDefinition, WhileRule, Window } from "../definition.ts";
import { readFields, readNamed, readNumber, shapeOf } from "../fields.ts";
import type { Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { BLOCKS, LIMITS } from "../schema.ts";
import { DAY_MS } from "../windows.ts";
import type { YamlNode } from "../yaml-source.ts";
import { refuseOfCalendar } from "./cap.ts";
import { type Decay, readDecay, readRuleDecay } from "./decay.ts";
import { readWindow } from "./measures.ts";

export function readScores(node: YamlNode | undefined, names: Names, problems: ProblemList): ScoreDefinition[] {
  return readNamed(node, "scores", LIMITS.scores, problems, "name: { points: { event: 5 } }").map(({ key, value }) => {
    names.reading = key;
    const score = readScore(key, value, names, problems);
    names.values.set(key, { kind: "score", type: "number", words: null });
    return score;
  });
}

export function readBands(node: YamlNode | undefined, names: Names, problems: ProblemList): BandDefinition[] {
  const bands = readNamed(node, "bands", LIMITS.bands, problems, "name: { of: x, at: { low: 0, high: 50 } }").map(({ key, value }) =>
    readBand(key, value, names, problems),
  );
  for (const { name, at } of bands) names.values.set(name, { kind: "band", type: "string", words: at.map(({ band }) => band) });
  return bands;
}

function readScore(name: string, node: YamlNode, names: Names, problems: ProblemList): ScoreDefinition {
  const what = `score \`${name}\``;
  const empty: ScoreDefinition = { name, low: 0, high: 100, halfLifeMs: null, points: [], while: [] };
  const fields = readFields(node, BLOCKS.score, what, problems);
  if (fields === undefined) return empty;
  const range = fields.range === undefined ? [0, 100] : readRange(fields.range, what, problems);
  const decay = readDecay(fields.decay, what, problems);
  if (fields.points === undefined && fields.while === undefined && !fields.refused)
    problems.add(fields.start, "missing-key", `${what} has neither \`points\` nor \`while\``, "say what adds to it");
  const points = fields.points === undefined ? [] : readPoints(fields.points, what, decay, names, problems);
  const rules = fields.while === undefined ? [] : readWhile(fields.while, what, names, problems);
  for (const rule of rules)
    if (points.some(({ event }) => event === rule.name))
      problems.add(
        fields.while?.at ?? fields.start,
        "name-taken",
        `${what}: \`${rule.name}\` is a points rule and a \`while\` rule`,
        "rename the `while` rule: each is a line of its own in the score",
      );
  return { ...empty, low: range[0] ?? 0, high: range[1] ?? 100, halfLifeMs: decay.halfLifeMs, points, while: rules };
}

function readRange(node: YamlNode, what: string, problems: ProblemList): readonly number[] {
  if (node.kind !== "list" || node.items.length !== 2) {
    problems.add(node.at, "wrong-shape", `the range of ${what} is ${shapeOf(node)}; it is two numbers`, "such as [0, 100]");
    return [];
  }
  const [low, high] = node.items.map((item) => readNumber(item, `the range of ${what}`, problems));
  if (low === undefined || high === undefined) return [];
  if (low >= high) problems.add(node.at, "bad-value", `the range of ${what} ends (${high}) where it begins (${low}) or before`, "write [low, high]");
  return [low, high];
}

function readPoints(node: YamlNode, what: string, decay: Decay, names: Names, problems: ProblemList): PointsRule[] {
  if (node.kind !== "map") {
    problems.add(node.at, "wrong-shape", `the points of ${what} are ${shapeOf(node)}`, "write them as event: points");
    return [];
  }
  if (node.entries.length > LIMITS.rules)
    problems.add(node.at, "too-many", `${what} has ${node.entries.length} points rules; at most ${LIMITS.rules} are allowed`, null);
  return node.entries.slice(0, LIMITS.rules).map(({ key, at, value }) => {
    const event = names.event({ kind: "scalar", at, value: key, text: key, torn: false, offsetOf: () => at }, `the points of ${what}`) ?? key;
    return readPointsRule(event, value, `${what}, points of \`${key}\``, decay, problems);
  });
}

function readPointsRule(event: string, node: YamlNode, what: string, ofScore: Decay, problems: ProblemList): PointsRule {
  const decaying = ({ halfLifeMs, spread }: Decay) => ({ decays: halfLifeMs !== null, spread });
  if (node.kind !== "map") return { event, add: readAdd(node, what, problems), cap: null, ...decaying(ofScore) };
  const fields = readFields(node, BLOCKS.points, what, problems);
  if (fields === undefined) return { event, add: 1, cap: null, ...decaying(ofScore) };
  if (fields.add === undefined) problems.add(fields.start, "missing-key", `${what}: no \`add\``, "say how many points, such as add: 5");
  const add = fields.add === undefined ? 1 : readAdd(fields.add, what, problems);
  return {
    event,
    add,
    cap: fields.cap === undefined ? null : readCap(fields.cap, add, what, problems),
    ...decaying(fields.decay === undefined ? ofScore : readRuleDecay(fields.decay, ofScore, what, problems)),
  };
}

function readAdd(node: YamlNode, what: string, problems: ProblemList): number {
  const add = readNumber(node, what, problems);
  if (add === 0) problems.add(node.at, "bad-value", `${what}: 0 points do nothing`, "take the rule out, or give it points");
  return add === undefined || add === 0 ? 1 : add;
}

/** The day, week or month of now, whichever hours it has: `1d` rolls by the hour. */
const CALENDAR: Readonly<Record<string, Window | CalendarWindow | undefined>> = {
  day: { bucketMs: DAY_MS, buckets: 1 },
  week: { unit: "week", buckets: 1 },
  month: { unit: "month", buckets: 1 },
};

/** `24 per 1d`: as many points as that window takes, with the sign of `add`. */
function readCap(node: YamlNode, add: number, what: string, problems: ProblemList): PointsRule["cap"] {
  const match = node.kind === "scalar" ? /^(\S+)\s+per\s+(\S+)$/.exec(node.text.trim()) : null;
  const limit = Number(match?.[1] ?? Number.NaN);
  const per = match?.[2] ?? "";
  if (node.kind !== "scalar" || match === null || !Number.isFinite(limit)) {
    problems.add(node.at, "bad-value", `${what}: the cap is ${shapeOf(node)}; it is points per window`, `such as ${add * 2} per 1d`);
    return null;
  }
  if (refuseOfCalendar(node.at, match[1] as string, per, what, problems)) return null;
  if (limit === 0 || Math.sign(limit) !== Math.sign(add))
    problems.add(
      node.at,
      "bad-value",
      `${what}: the cap is ${limit} where each hit adds ${add}`,
      `a cap has the sign of its points: write ${limit === 0 ? add : -limit} per ${per}`,
    );
  const window = CALENDAR[per] ?? readWindow({ ...node, value: per, text: per }, `${what}, the cap`, problems);
  return window === null ? null : { limit, window };
}

function readWhile(node: YamlNode, what: string, names: Names, problems: ProblemList): WhileRule[] {
  return readNamed(node, `while`, LIMITS.rules, problems, "rule: { points: 5, if: condition }").map(({ key, value }) => {
    const rule = `${what}, rule \`${key}\``;
    const fields = readFields(value, BLOCKS.while, rule, problems);
    if (fields === undefined) return { name: key, points: 1, if: BROKEN };
    if (fields.points === undefined) problems.add(fields.start, "missing-key", `${rule} has no \`points\``, "say how many points it gives while it holds");
    if (fields.if === undefined) problems.add(fields.start, "missing-key", `${rule} has no \`if\``, "say when it holds; for events use `points:`");
    return {
      name: key,
      points: fields.points === undefined ? 1 : readAdd(fields.points, rule, problems),
      if: (fields.if === undefined ? null : readCondition(fields.if, "while", `the \`if\` of ${rule}`, names, problems)) ?? BROKEN,
    };
  });
}

function readBand(name: string, node: YamlNode, names: Names, problems: ProblemList): BandDefinition {
  const what = `band \`${name}\``;
  const fields = readFields(node, BLOCKS.band, what, problems);
  if (fields === undefined) return { name, of: BROKEN, at: [] };
  if (fields.of === undefined) problems.add(fields.start, "missing-key", `${what} has no \`of\``, "name a measure, a score or days_since(x)");
  if (fields.at === undefined) problems.add(fields.start, "missing-key", `${what} has no \`at\``, "give names with their lower bounds: { low: 0, high: 50 }");
  return {
    name,
    of: (fields.of === undefined ? null : readBandOf(fields.of, what, names, problems)) ?? BROKEN,
    at: fields.at === undefined ? [] : readBounds(fields.at, what, problems),
  };
}

function readBandOf(node: YamlNode, what: string, names: Names, problems: ProblemList): Expression | null {
  const of = readExpression(node, "while", `\`of\` of ${what}`, names, problems);
  if (of === null || of.op === "score" || of.op === "days_since" || (of.op === "measure" && of.type === "number")) return of;
  problems.add(
    node.at,
    "wrong-type",
    `${what} is of \`${of.text.slice(0, 60)}\`; a band is of a measure, a score or days_since(x)`,
    of.type === "moment" ? `write days_since(${of.text})` : null,
  );
  return null;
}

/** Lower bounds, from the lowest: in any other order one of them is a slip. */
function readBounds(node: YamlNode, what: string, problems: ProblemList): BandDefinition["at"] {
  const bounds: { band: string; from: number }[] = [];
  for (const { key, at, value } of readNamed(node, "at", LIMITS.list, problems, "name: lowest")) {
    const from = readNumber(value, `${what}, \`${key}\``, problems);
    const before = bounds.at(-1);
    if (from === undefined) continue;
    if (before !== undefined && from <= before.from)
      problems.add(
        at,
        "bad-order",
        `${what}: \`${key}\` begins at ${from} and stands after \`${before.band}\`, which begins at ${before.from}`,
        "write lower bounds, each above the one before",
      );
    bounds.push({ band: key, from });
  }
  return bounds;
}
