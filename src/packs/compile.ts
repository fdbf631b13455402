// Checked packs -> one program: places in the scratch row for everything that is kept, closures for conditions, and for every
// message type and name the events that it may be. Compiling is a pure function of the definitions, so every worker, every
// restart and every replay gets the same program.

import { createHash } from "node:crypto";
import { compileCondition, compileNumber, type Names, type Term } from "./compile-condition.ts";
import { compileWhere } from "./compile-where.ts";
import type {
  AudienceDefinition,
  BandDefinition,
  EventDefinition,
  Expression,
  MeasureDefinition,
  MessageType,
  MoveDefinition,
  PackDefinition,
  Place,
  PropertyPath,
  ScoreDefinition,
  SegmentsDefinition,
  StagesDefinition,
  TraitDefinition,
  TriggerDefinition,
  Window,
} from "./definition.ts";
import {
  type AudienceProgram,
  type BandProgram,
  type CarryProgram,
  type Condition,
  type EventProgram,
  type MeasureProgram,
  MISSING,
  type MoveProgram,
  NO,
  type PackProgram,
  type PlaceTest,
  type PointsProgram,
  type Program,
  type ScoreProgram,
  type SegmentsProgram,
  type StagesProgram,
  type TraitProgram,
  type TriggerProgram,
  YES,
} from "./program.ts";
import { IDENTIFIED, LayoutBuilder, type Row } from "./row.ts";
import { heldPoints, scoreHasDecay, scoreMeets, scoreValue } from "./score-value.ts";

export function compile(definitions: readonly PackDefinition[]): Program {
  const layout = new LayoutBuilder();
  const projection = new ProjectionBuilder();
  const packs = [...definitions].sort((a, b) => (a.name < b.name ? -1 : 1)).map((definition) => new PackCompiler(definition, layout, projection).compile());
  return { packs, layout: layout.build(), projection: { paths: projection.paths }, candidates: dispatch(packs) };
}

class ProjectionBuilder {
  readonly paths: PropertyPath[] = [];
  readonly #indexes = new Map<string, number>();

  readonly index = (path: PropertyPath): number => {
    const id = JSON.stringify(path);
    const known = this.#indexes.get(id);
    if (known !== undefined) return known;
    this.#indexes.set(id, this.paths.length);
    return this.paths.push(path) - 1;
  };
}

/** One pack: what each part of it compiles to, and what its names stand for in conditions. */
class PackCompiler implements Names {
  readonly #of: PackDefinition;
  readonly #layout: LayoutBuilder;
  readonly #projection: ProjectionBuilder;
  readonly #traits = new Map<string, TraitProgram>();
  readonly #measures = new Map<string, MeasureProgram>();
  readonly #scores = new Map<string, ScoreProgram>();
  readonly #bands = new Map<string, Term>();
  readonly #audiences = new Map<string, AudienceProgram>();
  readonly #eventIndex: Map<string, number>;
  #stages: StagesProgram | null = null;
  #segments: SegmentsProgram | null = null;

  constructor(of: PackDefinition, layout: LayoutBuilder, projection: ProjectionBuilder) {
    this.#of = of;
    this.#layout = layout;
    this.#projection = projection;
    this.#eventIndex = new Map(of.events.map((event, index) => [event.name, index]));
  }

  compile(): PackProgram {
    const of = this.#of;
    const state = {
      deadline: this.#number("deadline", Number.POSITIVE_INFINITY),
      born: this.#number("born", Number.NaN),
      transitions: this.#number("transitions", 0),
      sequence: this.#number("sequence", 0),
    };
    for (const trait of of.traits) this.#traits.set(trait.name, this.#trait(trait));
    for (const measure of of.measures) this.#measures.set(measure.name, this.#measure(measure));
    this.#placePlaces();
    for (const score of of.scores) this.#scores.set(score.name, this.#score(score));
    const bands = of.bands.map((band) => this.#band(band));
    for (const audience of of.audiences) this.#audiences.set(audience.name, this.#audience(audience));
    if (of.segments !== null) this.#segments = { ...(this.#segments as SegmentsProgram), ...this.#segmentConditions(of.segments) };
    if (of.stages !== null)
      this.#stages = { ...(this.#stages as StagesProgram), moves: of.stages.moves.map((move) => this.#move(move, of.stages as StagesDefinition)) };
    return {
      definition: of,
      name: of.name,
      events: of.events.map((event) => this.#eventProgram(event)),
      traits: [...this.#traits.values()],
      measures: [...this.#measures.values()],
      scores: [...this.#scores.values()],
      bands,
      audiences: [...this.#audiences.values()],
      segments: this.#segments,
      stages: this.#stages,
      triggers: of.triggers.map((trigger) => this.#trigger(trigger)),
      ...state,
      locale: this.#stringTrait("locale"),
      timezone: this.#stringTrait("timezone"),
    };
  }

  // Places. An id has the hash of what the field means, so that it survives a new version only where the meaning does.

  #number(what: string, initial: number, meaning?: unknown): number {
    return this.#layout.number(this.#id(what, meaning), initial);
  }

  #id(what: string, meaning?: unknown): string {
    return `${this.#of.name}/${what}${meaning === undefined ? "" : `#${fingerprint(meaning)}`}`;
  }

  /** Which messages the event is. */
  #eventMeaning(name: string): unknown {
    const event = this.#event(name);
    return [event.match, event.where?.text ?? null];
  }

  /** Which messages a measure takes and what it reads of them: a count does not care about the event's value. */
  #measureMeaning(of: MeasureDefinition): unknown {
    const reads = of.kind === "sum" || of.kind === "min" || of.kind === "max" ? (of.of ?? this.#event(of.event).value) : null;
    return [of.kind, this.#eventMeaning(of.event), reads, of.window];
  }

  #event(name: string): EventDefinition {
    return this.#of.events[this.#eventIndex.get(name) as number] as EventDefinition;
  }

  /** Stage and segment places are given out first: any condition may ask for them. */
  #placePlaces(): void {
    const { stages, segments } = this.#of;
    if (stages !== null) {
      this.#stages = {
        order: stages.order,
        moves: [],
        place: this.#number("stage", -1),
        since: this.#number("stage/since", Number.NaN),
        previous: this.#number("stage/previous", -1),
        number: this.#number("stage/number", 0),
        stayUntil: this.#number("stage/stay_until", Number.NaN),
      };
    }
    if (segments !== null) this.#segments = { among: null, list: [], place: this.#number("segment", -1), since: this.#number("segment/since", Number.NaN) };
  }

  #trait(of: TraitDefinition): TraitProgram {
    const meaning = [of.type, of.from, of.keep];
    const place = of.type === "string" ? this.#layout.text(this.#id(`trait/${of.name}`, meaning)) : this.#number(`trait/${of.name}`, Number.NaN, meaning);
    return { name: of.name, type: of.type, keepFirst: of.keep === "first", from: of.from.map(this.#projection.index), place };
  }

  #stringTrait(name: string): number {
    const trait = this.#traits.get(name);
    return trait?.type === "string" ? trait.place : -1;
  }

  #measure(of: MeasureDefinition): MeasureProgram {
    const meaning = this.#measureMeaning(of);
    const what = `measure/${of.name}`;
    const place =
      of.window !== null ? this.#layout.list(this.#id(what, meaning)) : this.#number(what, of.kind === "count" || of.kind === "sum" ? 0 : Number.NaN, meaning);
    return { name: of.name, kind: of.kind, of: of.of === null ? -1 : this.#projection.index(of.of), window: of.window, place, value: measureValue(of, place) };
  }

  #score(of: ScoreDefinition): ScoreProgram {
    const what = `score/${of.name}`;
    const meaning = [of.low, of.high, of.halfLifeMs];
    const whiles = of.while.map((rule) => ({ name: rule.name, points: rule.points, condition: compileCondition(rule.if, this) }));
    return {
      name: of.name,
      low: of.low,
      high: of.high,
      halfLifeMs: of.halfLifeMs ?? 0,
      landmark: this.#number(`${what}/landmark`, Number.NaN, meaning),
      floor: this.#number(`${what}/floor`, 0, meaning),
      points: of.points.map((rule): PointsProgram => {
        const id = `${what}/points/${rule.event}`;
        const ruleMeaning = [meaning, this.#eventMeaning(rule.event), rule.decays];
        const cap = rule.cap === null ? null : { ...rule.cap, list: this.#layout.list(this.#id(`${id}/cap`, [ruleMeaning, rule.cap.window])) };
        return { name: rule.event, add: rule.add, decays: rule.decays, cap, total: this.#number(id, 0, ruleMeaning) };
      }),
      whiles,
      held: heldPoints(whiles),
    };
  }

  #band(of: BandDefinition): BandProgram {
    const number = compileNumber(of.of, this);
    const names = of.at.map((step) => step.band);
    const bounds = of.at.map((step) => step.from);
    const indexAt = (row: Row, now: number): number => {
      const value = number.value(row, now);
      let index = bounds.length - 1;
      while (index >= 0 && !(value >= (bounds[index] as number))) index--;
      return index;
    };
    const value = (row: Row, now: number) => names[indexAt(row, now)];
    const crossing = (row: Row, now: number) =>
      bounds.reduce((first, bound) => Math.min(first, number.nextCrossing(row, now, bound)), Number.POSITIVE_INFINITY);
    this.#bands.set(of.name, { kind: "text", at: value, edges: [crossing], continuous: false });
    return { name: of.name, value };
  }

  #audience(of: AudienceDefinition): AudienceProgram {
    const place = this.#number(`audience/${of.name}`, 0);
    return { name: of.name, place, if: compileCondition(of.if, this), until: of.until === null ? null : compileCondition(of.until, this) };
  }

  #segmentConditions(of: SegmentsDefinition): Pick<SegmentsProgram, "among" | "list"> {
    return {
      among: of.among === null ? null : compileCondition(of.among, this),
      list: of.list.map((segment) => ({ name: segment.name, condition: segment.if === null ? null : compileCondition(segment.if, this) })),
    };
  }

  #move(of: MoveDefinition, stages: StagesDefinition): MoveProgram {
    const meaning = [of.to, of.from, of.if?.text ?? null, of.forMs];
    return {
      to: stages.order.indexOf(of.to),
      from: stages.order.map((stage) => of.from.includes(stage)),
      events: of.events === null ? null : this.#events(of.events),
      condition: this.#condition(of.if),
      forMs: of.forMs ?? 0,
      held: of.forMs === null ? -1 : this.#number("move", Number.NaN, meaning),
      stayMs: of.stayMs ?? 0,
      reset: of.reset.map((name) => this.#scores.get(name) as ScoreProgram),
    };
  }

  #condition(of: Expression | null): Condition | null {
    return of === null ? null : compileCondition(of, this);
  }

  #events(names: readonly string[]): number[] {
    return names.map((name) => this.#eventIndex.get(name) as number);
  }

  #eventProgram(of: EventDefinition): EventProgram {
    const scores = [...this.#scores.values()];
    return {
      name: of.name,
      where: of.where === null ? null : compileWhere(of.where, this.#projection.index),
      value: of.value === null ? -1 : this.#projection.index(of.value),
      key: of.key === null ? -1 : this.#projection.index(of.key),
      measures: this.#of.measures.filter((measure) => measure.event === of.name).map((measure) => this.#measures.get(measure.name) as MeasureProgram),
      points: scores.flatMap((score) => score.points.filter((rule) => rule.name === of.name).map((rule) => ({ score, rule }))),
    };
  }

  #trigger(of: TriggerDefinition): TriggerProgram {
    const { when } = of;
    const what = `trigger/${of.name}`;
    const waits = when.kind === "started" || (of.afterMs ?? 0) > 0 || of.forMs !== null;
    const remembers = when.kind === "rises" || when.kind === "falls" ? 0 : when.kind === "silent" || when.kind === "started" ? Number.NaN : null;
    const marks = when.kind === "silent" || when.kind === "started";
    const meaning = JSON.stringify(when);
    return {
      definition: of,
      condition: this.#condition(of.if),
      in: of.in === null ? null : of.in.map((place) => this.#placeTest(place)),
      fired: this.#number(`${what}/fired`, Number.NaN),
      due: waits ? this.#number(`${what}/due`, Number.NaN, meaning) : -1,
      pending: waits ? this.#layout.text(this.#id(`${what}/pending`, meaning)) : -1,
      memory: remembers === null ? -1 : this.#number(`${what}/memory`, remembers, meaning),
      mark: marks ? this.#number(`${what}/mark`, Number.NaN, meaning) : -1,
      term: when.kind === "rises" || when.kind === "falls" ? compileNumber(when.of, this) : null,
      events: when.kind === "event" || when.kind === "silent" || when.kind === "started" ? this.#events(when.events) : [],
      without: when.kind === "started" ? this.#events(when.without) : [],
      carry: of.carry.map((item): CarryProgram => {
        if (item.from === "event") return { item, projected: this.#projection.index(item.path), own: null };
        return { item, projected: -1, own: shownTerm(item.from === "trait" ? this.trait(item.name) : this.measure(item.name)) };
      }),
    };
  }

  #placeTest(of: Place): PlaceTest {
    switch (of.axis) {
      case "stage":
        return { ...of, place: (this.#stages as StagesProgram).place, index: (this.#stages as StagesProgram).order.indexOf(of.name) };
      case "segment": {
        const segments = this.#segments as SegmentsProgram;
        return { ...of, place: segments.place, index: segments.list.findIndex((segment) => segment.name === of.name) };
      }
      case "audience":
        return { ...of, place: (this.#audiences.get(of.name) as AudienceProgram).place, index: 1 };
    }
  }

  // Names, as conditions ask for them.

  measure(name: string): Term {
    const of = this.#measures.get(name) as MeasureProgram;
    const { window, place } = of;
    return { kind: "number", at: of.value, edges: window === null ? [] : [(row, now) => windowEdge(row, place, window, now)], continuous: false };
  }

  score(name: string): Term {
    const of = this.#scores.get(name) as ScoreProgram;
    return {
      kind: "number",
      at: (row, now) => scoreValue(of, row, now),
      meets: (row, now, bound) => scoreMeets(of, row, now, bound),
      edges: of.whiles.filter((rule) => !rule.condition.timeless).map((rule) => rule.condition.next),
      continuous: scoreHasDecay(of),
    };
  }

  band(name: string): Term {
    return this.#bands.get(name) as Term;
  }

  audience(name: string): Term {
    const { place } = this.#audiences.get(name) as AudienceProgram;
    return { kind: "truth", at: (row) => (row.numbers[place] === 1 ? YES : NO), edges: [], continuous: false };
  }

  trait(name: string): Term {
    const { type, place } = this.#traits.get(name) as TraitProgram;
    if (type === "string") return { kind: "text", at: (row) => row.text(place), edges: [], continuous: false };
    if (type === "bool")
      return { kind: "truth", at: (row) => (row.numbers[place] === 1 ? YES : row.numbers[place] === 0 ? NO : MISSING), edges: [], continuous: false };
    return { kind: "number", at: (row) => row.numbers[place] as number, edges: [], continuous: false };
  }

  stage(): Term {
    const { place, order } = this.#stages as StagesProgram;
    return { kind: "text", at: (row) => order[row.numbers[place] as number], edges: [], continuous: false };
  }

  segment(): Term {
    const { place } = this.#segments as SegmentsProgram;
    const names = (this.#of.segments as SegmentsDefinition).list.map((segment) => segment.name);
    return { kind: "text", at: (row) => names[row.numbers[place] as number], edges: [], continuous: false };
  }

  daysInStage(): Term {
    const { since } = this.#stages as StagesProgram;
    return {
      kind: "number",
      at: (row, now) => (now - (row.numbers[since] as number)) / 86_400_000,
      meets: (row, _now, bound) => (row.numbers[since] as number) + bound * 86_400_000,
      edges: [],
      continuous: true,
    };
  }

  identified(): Term {
    return { kind: "truth", at: (row) => (row.numbers[IDENTIFIED] === 1 ? YES : NO), edges: [], continuous: false };
  }
}

const fingerprint = (meaning: unknown): string => createHash("sha256").update(JSON.stringify(meaning)).digest("hex").slice(0, 12);

/** The last bucket that is out of the window at `now`. */
export const windowCut = (window: Window, now: number): number => Math.floor(now / window.bucketMs) - window.buckets;

function measureValue(of: MeasureDefinition, place: number): (row: Row, now: number) => number {
  const { window } = of;
  const unit = of.kind === "sum" || of.kind === "min" || of.kind === "max" ? 10_000 : 1;
  if (window !== null) return (row, now) => (row.lists[place]?.sum(windowCut(window, now)) ?? 0) / unit;
  return unit === 1 ? (row) => row.numbers[place] as number : (row) => (row.numbers[place] as number) / unit;
}

/** When the oldest bucket that the window still holds leaves it. */
function windowEdge(row: Row, list: number, window: Window, now: number): number {
  const oldest = row.lists[list]?.oldest(windowCut(window, now)) ?? Number.NaN;
  return Number.isNaN(oldest) ? Number.POSITIVE_INFINITY : (oldest + window.buckets) * window.bucketMs;
}

function shownTerm(of: Term): (row: Row, now: number) => number | string | boolean | null {
  return (row, now) => {
    const value = of.at(row, now);
    if (of.kind === "truth") return value === MISSING ? null : value === YES;
    return value === undefined || Number.isNaN(value) ? null : (value as number | string);
  };
}

/** For every type and name that some pack mentions, which events it may be; built once, asked for every message. */
function dispatch(packs: readonly PackProgram[]): Program["candidates"] {
  const named = new Map<string, number[][]>();
  const anyName = new Map<MessageType, number[][]>();
  const types: readonly MessageType[] = ["track", "page", "screen", "identify", "group", "alias"];
  const candidatesOf = (type: MessageType, name: string | null) =>
    packs.map((pack) =>
      pack.definition.events.flatMap((event, index) =>
        event.match.some((match) => match.type === type && (match.names === null || (name !== null && match.names.includes(name)))) ? [index] : [],
      ),
    );
  for (const type of types) anyName.set(type, candidatesOf(type, null));
  for (const pack of packs)
    for (const event of pack.definition.events)
      for (const match of event.match) for (const name of match.names ?? []) named.set(`${match.type}\n${name}`, candidatesOf(match.type, name));
  return (type, name) => named.get(`${type}\n${name}`) ?? (anyName.get(type) as number[][]);
}
