// A contact of the naive model: everything that ever happened to it, kept whole, and every value worked out from that when
// it is asked for. Nothing is summed up on the way, nothing is thrown away: slow, and hard to get wrong. The one thing that
// cannot be worked out again is what a score was credited, because clipping depends on the order; so credits are a list too.

import type { ContactKey } from "../../../src/model/ids.ts";
import type { Axis, CalendarWindow, Expression, PackDefinition, ScoreDefinition, Window } from "../../../src/packs/definition.ts";
import { dayAt, isZone } from "./calendar.ts";
import { evaluate, holds, type Json, type Scope, type Value } from "./conditions.ts";
import { measureValue, unitOf } from "./measures.ts";
import { newMemory, type TriggerMemory } from "./memory.ts";
import { at, type JsonObject, type NaiveEvent } from "./message.ts";
import { rfmAt } from "./rfm.ts";

export interface NaiveContact {
  readonly key: ContactKey;
  /** The moment of birth (log time) and the event time of the event that made it. */
  readonly bornAt: number;
  readonly firstSeen: number;
  lastSeen: number;
  /** Everything due up to this moment has been handled. */
  moment: number;
  /** messageId -> log time at which it was first seen. */
  readonly seen: Map<string, number>;
  readonly packs: readonly PackState[];
}

export interface PackState {
  readonly pack: PackDefinition;
  readonly key: ContactKey;
  readonly identified: boolean;
  readonly bornAt: number;
  /** By event of the pack, in log order. */
  readonly occurrences: Map<string, Occurrence[]>;
  readonly traits: Map<string, string | number | boolean>;
  /** By event with `once` and value: the largest event time of a message that counted. */
  readonly once: Map<string, number>;
  credits: Credit[];
  readonly capped: (Credit & Placed)[];
  stage: string | null;
  stageSince: number;
  stayUntil: number;
  /** For each move with `for` (by its place in the list): since when its condition holds without a break. */
  readonly heldSince: Map<number, number>;
  segment: string | null;
  segmentSince: number;
  readonly audiences: Set<string>;
  /** All there ever were; the i-th has the number i + 1. */
  readonly transitions: NaiveTransition[];
  sequence: number;
  readonly triggers: Map<string, TriggerMemory>;
}

export interface Occurrence extends Placed {
  readonly event: NaiveEvent;
}

/** An event time with the day that it was put into, and the moment and day in which it came. */
export interface Placed {
  readonly at: number;
  readonly day: number;
  readonly cameAt: number;
  readonly cameOn: number;
}

/** Points given to a rule of a score at a moment. Rule null: `floor`. */
export interface Credit {
  readonly score: string;
  readonly rule: string | null;
  readonly at: number;
  readonly points: number;
  readonly decays: boolean;
}

export interface NaiveTransition {
  readonly axis: Axis;
  /** null: born into it, or from no segment. */
  readonly from: string | null;
  /** null: out of an audience, or to no segment. */
  readonly to: string | null;
  readonly at: number;
  readonly number: number;
  /** Of a stage: which move of the pack it was, from 1; null for birth. */
  readonly move: number | null;
  /** The pack's scores as the step was taken. */
  readonly scores: Readonly<Record<string, number>>;
}

export function newPackState(pack: PackDefinition, key: ContactKey, now: number): PackState {
  return {
    pack,
    key,
    identified: key.kind === "user",
    bornAt: now,
    occurrences: new Map(),
    traits: new Map(),
    once: new Map(),
    credits: [],
    capped: [],
    stage: null,
    stageSince: now,
    stayUntil: Number.NEGATIVE_INFINITY,
    heldSince: new Map(),
    segment: null,
    segmentSince: now,
    audiences: new Set(),
    transitions: [],
    sequence: 0,
    triggers: new Map(pack.triggers.map((trigger) => [trigger.name, newMemory()])),
  };
}

export const occurrencesOf = (state: PackState, event: string): Occurrence[] => state.occurrences.get(event) ?? [];

/** The zone whose days count for the contact. */
export function zoneOf({ pack: { zone }, traits }: PackState): string {
  const named = zone.trait === null ? undefined : traits.get(zone.trait);
  return typeof named === "string" && isZone(named) ? named : zone.otherwise;
}

/** Names of the pack as they stand at `now`. */
export const scopeAt = (state: PackState, now: number): Scope => ({ now, read: (leaf) => read(state, leaf, now) });

function read(state: PackState, leaf: Expression, now: number): Value {
  switch (leaf.op) {
    case "measure":
      return measureValue(state, leaf.name, now);
    case "score":
      return scoreAt(state, scoreNamed(state, leaf.name), now).value;
    case "rfm":
      return rfmAt(state, now)?.[leaf.name];
    case "band":
      return bandValue(state, leaf.name, now);
    case "audience":
      return state.audiences.has(leaf.name);
    case "trait":
      return state.traits.get(leaf.name);
    case "stage":
      return state.stage ?? undefined;
    case "segment":
      return state.segment ?? undefined;
    case "days_in_stage":
      return state.stage === null ? undefined : (now - state.stageSince) / 86_400_000;
    case "identified":
      return state.identified;
    default:
      throw new Error(`${leaf.op} is not a name`);
  }
}

const DAY = 86_400_000;

/** Where an event time stands at `now`, by the zone as it is then. */
export function placed(state: PackState, eventAt: number, now: number): Placed {
  const zone = zoneOf(state);
  return { at: eventAt, day: dayAt(zone, eventAt), cameAt: now, cameOn: dayAt(zone, now) };
}

/** Whether something lies in the window that ends with the bucket of `now`, and did when it came. Buckets ahead count too. */
export function inWindow(state: PackState, window: Window | CalendarWindow, one: Placed, now: number): boolean {
  const today = Math.max(dayAt(zoneOf(state), now), one.cameOn);
  if ("unit" in window) return unitOf(window.unit, one.day) > unitOf(window.unit, today) - window.buckets;
  const bucket = (moment: number): number => Math.floor(moment / window.bucketMs);
  if (window.bucketMs !== DAY) return bucket(one.at) > Math.max(bucket(now), bucket(one.cameAt)) - window.buckets;
  return one.day > today - window.buckets;
}

export interface ScoreValue {
  /** As it is read: rounded to 2^-30, and between low and high. */
  readonly value: number;
  /** Between low and high, not rounded: what a hit reckons with. */
  readonly exact: number;
  /** The rules' total before clamping, the kept floor included. */
  readonly raw: number;
  /** By rule; `floor` where it is not 0. The sum is the value. */
  readonly points: Record<string, number>;
}

export function scoreNamed(state: PackState, name: string): ScoreDefinition {
  const score = state.pack.scores.find((one) => one.name === name);
  if (score === undefined) throw new Error(`no score ${name}`);
  return score;
}

export function scoreAt(state: PackState, score: ScoreDefinition, now: number): ScoreValue {
  const points: Record<string, number> = {};
  for (const rule of score.points) points[rule.event] = creditsAt(state, score, rule.event, now);
  for (const rule of score.while) points[rule.name] = holds(rule.if, scopeAt(state, now)) ? rule.points : 0;
  const kept = creditsAt(state, score, null, now);
  const raw = Object.values(points).reduce((sum, part) => sum + part, 0) + kept;
  const exact = clamp(raw, score.low, score.high);
  const value = clamp(Math.round(raw * 2 ** 30) / 2 ** 30, score.low, score.high);
  const floor = kept + (exact - raw);
  return { value, exact, raw, points: floor === 0 ? points : { ...points, floor } };
}

export const scoresAt = (state: PackState, now: number): Record<string, number> =>
  Object.fromEntries(state.pack.scores.map((score) => [score.name, scoreAt(state, score, now).value]));

const creditsAt = (state: PackState, score: ScoreDefinition, rule: string | null, now: number): number =>
  state.credits.filter((one) => one.score === score.name && one.rule === rule).reduce((sum, one) => sum + brought(one, score, now), 0);

const brought = (credit: Credit, score: ScoreDefinition, now: number): number =>
  credit.decays && score.halfLifeMs !== null ? credit.points * Math.pow(2, (credit.at - now) / score.halfLifeMs) : credit.points;

/** Steps 1 to 4 of docs/packs.md ("scores") for one event. */
export function hitScores(state: PackState, event: string, eventAt: number, now: number): void {
  for (const score of state.pack.scores) {
    for (const rule of score.points.filter((one) => one.event === event)) hit(state, score, rule, eventAt, now);
  }
}

function hit(state: PackState, score: ScoreDefinition, rule: ScoreDefinition["points"][number], eventAt: number, now: number): void {
  const decays = rule.decays && score.halfLifeMs !== null;
  let points = rule.cap === null ? rule.add : leftUnderCap(state, score, rule, eventAt, now);
  if (decays && score.halfLifeMs !== null && eventAt < now) points *= Math.pow(2, (eventAt - now) / score.halfLifeMs);
  const { exact, raw } = scoreAt(state, score, now);
  if (raw !== exact) state.credits.push({ score: score.name, rule: null, at: now, points: exact - raw, decays: false });
  const credited = clamp(exact + points, score.low, score.high) - exact;
  state.credits.push({ score: score.name, rule: rule.event, at: now, points: credited, decays });
  if (rule.cap !== null) state.capped.push({ score: score.name, rule: rule.event, points: credited, decays, ...placed(state, eventAt, now) });
}

function leftUnderCap(state: PackState, score: ScoreDefinition, rule: ScoreDefinition["points"][number], eventAt: number, now: number): number {
  const cap = rule.cap;
  if (cap === null) return rule.add;
  if (!inWindow(state, cap.window, placed(state, eventAt, now), now)) return 0;
  const counted = state.capped.filter((one) => one.score === score.name && one.rule === rule.event && inWindow(state, cap.window, one, now));
  const used = Math.abs(counted.reduce((sum, one) => sum + one.points, 0));
  return Math.sign(rule.add) * Math.min(Math.abs(rule.add), Math.max(0, Math.abs(cap.limit) - used));
}

export function resetScore(state: PackState, score: string): void {
  state.credits = state.credits.filter((one) => one.score !== score);
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

export function bandValue(state: PackState, name: string, now: number): string | undefined {
  const band = state.pack.bands.find((one) => one.name === name);
  if (band === undefined) throw new Error(`no band ${name}`);
  const value = evaluate(band.of, scopeAt(state, now));
  if (typeof value !== "number") return undefined;
  return [...band.at].sort((a, b) => b.from - a.from).find((one) => one.from <= value)?.band;
}

/** The traits of a message, by the pack's definitions. */
export function takeTraits(state: PackState, message: JsonObject, maxBytes: number): void {
  for (const trait of state.pack.traits) {
    const found = trait.from.map((path) => typed(at(message, path), trait.type, trait.keep === "last")).find((value) => value !== undefined);
    if (found === undefined) continue;
    if (found === null) state.traits.delete(trait.name);
    else if (typeof found === "string" && Buffer.byteLength(found) > maxBytes) continue;
    else if (trait.keep === "last" || !state.traits.has(trait.name)) state.traits.set(trait.name, found);
  }
}

/** The value as the trait's type, null where it clears the trait, undefined where it is not of the type. */
function typed(value: Value, type: string, mayClear: boolean): string | number | boolean | null | undefined {
  if (value === null) return mayClear ? null : undefined;
  if (type === "string") return typeof value === "string" ? value : undefined;
  if (type === "bool") return typeof value === "boolean" ? value : undefined;
  if (type === "date") return dateIn(value);
  return typeof value === "number" ? value : typeof value === "string" && /^[+-]?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : undefined;
}

function dateIn(value: Json | undefined): number | undefined {
  const moment = typeof value === "number" ? Math.floor(value) : typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isFinite(moment) ? moment : undefined;
}
