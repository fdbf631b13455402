// Why: the numbers behind a transition, a trigger or a contact, in the form in which they leave (DESIGN 9). Every score is
// shown with the points of its rules, and what is shown adds up: cents are given out so that the parts sum to the whole.

import { isoTime, isoTimeOrNull } from "../model/ids.ts";
import { historyOf, worthAt } from "../packs/compile/value.ts";
import type { PackProgram, ScoreProgram } from "../packs/program.ts";
import { AXES, axisScore, rfmCode, rfmInputs } from "../packs/rfm-score.ts";
import type { Row } from "../packs/row.ts";
import { scoreContributions, scoreValue } from "../packs/score-value.ts";
import { shown, valueOfTerm } from "../packs/terms/term.ts";
import type { PackTouch, Standing, Touch } from "./touch.ts";

/** What caused a touch, for `because`. `event`: the pack's event that did it, -1: the last one that the message is. */
export function causeOf(touched: PackTouch, touch: Touch, event: number): Record<string, unknown> {
  if (touch.forget === true) return { cause: "forget" };
  if (touch.merge !== undefined) return { cause: "merge", merged: { kind: touch.merge.old.kind, id: touch.merge.old.id } };
  if (touch.event === null) return { cause: touch.recut === true ? "cuts" : "time" };
  const index = event >= 0 ? event : (touched.matched.at(-1) ?? -1);
  return { cause: "event", event: touched.pack.events[index]?.name ?? null, messageId: touch.event.messageId ?? null, occurredAt: isoTime(touch.event.at) };
}

/** Scores by name, rounded as shown. */
export function scoresOf(pack: PackProgram, row: Row, now: number): Record<string, number> {
  return Object.fromEntries(pack.scores.map((score) => [score.name, cents(scoreValue(score, row, now)) / 100]));
}

/** Points by rule for every score; each score's points add up to the score that is shown. */
export function pointsOf(pack: PackProgram, row: Row, now: number): Record<string, Record<string, number>> {
  return Object.fromEntries(pack.scores.map((score) => [score.name, pointsOfScore(score, row, now)]));
}

/** Rounded to 1/100 so that the sum is the rounded score: what rounding leaves over goes to the parts that it changed most. */
export function pointsOfScore(score: ScoreProgram, row: Row, now: number): Record<string, number> {
  const lines = scoreContributions(score, row, now).map((line) => ({ rule: line.rule, exact: line.points * 100, cents: Math.round(line.points * 100) }));
  const left = cents(scoreValue(score, row, now)) - lines.reduce((sum, line) => sum + line.cents, 0);
  const direction = Math.sign(left);
  const byRoundingLoss = [...lines].sort((a, b) => direction * (b.exact - b.cents - (a.exact - a.cents)) || (a.rule < b.rule ? -1 : 1));
  for (let i = 0; i < Math.abs(left); i++) {
    const line = byRoundingLoss[i % byRoundingLoss.length];
    if (line !== undefined) line.cents += direction;
  }
  return Object.fromEntries(lines.filter((line) => line.cents !== 0).map((line) => [line.rule, line.cents / 100]));
}

const cents = (points: number): number => Math.round(points * 100);

/** Where the contact stands in a pack: stage, segment, scores, bands, audiences; only what the pack has. */
export function standingOf(pack: PackProgram, row: Row, now: number): Standing {
  const { stages, segments } = pack;
  const stage = stages?.order[row.numbers[stages.place] as number];
  return {
    ...(stages !== null ? { stage: stage ?? null, since: momentOf(row, stages.since) } : {}),
    ...(segments !== null ? { segment: segmentName(pack, row) } : {}),
    ...(pack.scores.length > 0 ? { scores: scoresOf(pack, row, now) } : {}),
    ...(pack.grids.length > 0 ? { grids: gridsOf(pack, row, now) } : {}),
    ...(pack.bands.length > 0 ? { bands: bandsOf(pack, row, now) } : {}),
    ...(pack.audiences.length > 0 ? { audiences: audiencesOf(pack, row) } : {}),
  };
}

/** Stage and segment alone: what other packs' triggers are told. */
export function placesOf(pack: PackProgram, row: Row): Standing {
  const { stages, segments } = pack;
  return {
    ...(stages !== null ? { stage: stages.order[row.numbers[stages.place] as number] ?? null } : {}),
    ...(segments !== null ? { segment: segmentName(pack, row) } : {}),
  };
}

export const segmentName = (pack: PackProgram, row: Row): string | null => pack.segments?.list[row.numbers[pack.segments.place] as number]?.name ?? null;

export const momentOf = (row: Row, place: number): string | null => isoTimeOrNull(row.numbers[place] as number);

export const gridsOf = (pack: PackProgram, row: Row, now: number): Record<string, string | null> =>
  Object.fromEntries(pack.grids.map((grid) => [grid.name, grid.cells[grid.cellAt(row, now)] ?? null]));

export const bandsOf = (pack: PackProgram, row: Row, now: number): Record<string, string | null> =>
  Object.fromEntries(pack.bands.map((band) => [band.name, band.value(row, now) ?? null]));

export const audiencesOf = (pack: PackProgram, row: Row): string[] =>
  pack.audiences.filter((audience) => row.numbers[audience.place] === 1).map((audience) => audience.name);

/** R, F and M with what they come from; null for who bought nothing. A score is null before there are cut points. */
export function rfmOf(pack: PackProgram, row: Row, now: number): Record<string, unknown> | null {
  const { rfm } = pack;
  const inputs = rfm === null ? null : rfmInputs(rfm, row, now);
  if (rfm === null || inputs === null) return null;
  const known = (value: number): number | null => (Number.isNaN(value) ? null : value);
  const scores = Object.fromEntries(AXES.map((axis) => [axis, known(axisScore(rfm, axis, row, now))]));
  return { ...scores, rfm: known(rfmCode(rfm, row, now)), ...inputs, cuts: rfm.cuts.number };
}

/** What the contact is worth, to four decimals, with the history that says so; null for who bought nothing. */
export function worthOf(pack: PackProgram, row: Row, now: number): Record<string, unknown> | null {
  const { value } = pack;
  const history = value === null ? null : historyOf(value, row, now);
  if (value === null || history === null) return null;
  const worth = (["alive", "purchases", "spend"] as const).flatMap((name) => {
    const of = worthAt(value, name, row, now);
    return Number.isNaN(of) ? [] : [[name, fourDecimals(of)] as const];
  });
  const facts = Object.entries(history).map(([name, of]) => [name, fourDecimals(of as number)] as const);
  return Object.fromEntries([...worth, ...facts]);
}

const fourDecimals = (of: number): number => Math.round(of * 10_000) / 10_000;

/** Measures by name; moments as times, what is missing left out. */
export function measuresOf(pack: PackProgram, row: Row, now: number): Record<string, unknown> {
  return Object.fromEntries(
    pack.measures.flatMap((measure) => {
      const value = valueOfTerm(measure.term, row, now);
      if (value === null) return [];
      const isMoment = measure.kind === "first" || measure.kind === "last";
      return [[measure.name, typeof value !== "number" ? value : isMoment ? isoTime(value) : shown(value)]];
    }),
  );
}
