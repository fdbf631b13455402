// Checked packs -> one program: places in the scratch row for everything that is kept, closures for conditions, and for every
// message type and name the events that it may be. Compiling is a pure function of the definitions, so every worker, every
// restart and every replay gets the same program.

import {
  type AudienceDefinition,
  BACK,
  type Expression,
  type MoveDefinition,
  type PackDefinition,
  type Place,
  type SegmentsDefinition,
  type StagesDefinition,
  type TraitDefinition,
} from "../definition.ts";
import type { PlaceTest } from "../place-test.ts";
import type { PolicyDefinition } from "../policy-definition.ts";
import type { PopulationProgram } from "../population.ts";
import type {
  AudienceProgram,
  Condition,
  GridProgram,
  MeasureProgram,
  MoveProgram,
  PackProgram,
  Program,
  ScoreProgram,
  SegmentsProgram,
  StagesProgram,
  TraitProgram,
} from "../program.ts";
import type { PurchasesProgram } from "../purchases.ts";
import type { RfmProgram } from "../rfm-score.ts";
import { IDENTIFIED, LayoutBuilder, type Row } from "../row.ts";
import { compileCondition, type Names } from "../terms/compile.ts";
import type { Term } from "../terms/term.ts";
import { MISSING, NO, YES } from "../terms/truth.ts";
import { compileZone, knownZone, type ZoneOfRow } from "../windows.ts";
import { compileEvents, dispatch } from "./events.ts";
import { PackFields, ProjectionBuilder } from "./fields.ts";
import { compileGrid, gridTerm } from "./grids.ts";
import { compileMeasure } from "./measures.ts";
import { compilePolicy } from "./policy.ts";
import { compilePopulation, compileRfmPopulation, populationTerm } from "./population.ts";
import { compileRfm, rfmTerm, type Shop } from "./rfm.ts";
import { compileBand, compileScore, scoreTerm } from "./scores.ts";
import { compileTargets } from "./targets.ts";
import { compileTrigger, type TriggerContext } from "./triggers.ts";
import { compileValue, type ValueName, type ValueProgram, valueTerm } from "./value.ts";

export function compile(definitions: readonly PackDefinition[], policy: PolicyDefinition | null = null): Program {
  const layout = new LayoutBuilder();
  const projection = new ProjectionBuilder();
  const packs = [...definitions].sort((a, b) => (a.name < b.name ? -1 : 1)).map((definition) => new PackCompiler(definition, layout, projection).compile());
  const compiled = policy === null ? null : compilePolicy(policy, packs, layout, projection);
  const catchUp = definitions.some(({ spreadMs }) => spreadMs !== null)
    ? { due: layout.number("@history/due", Number.POSITIVE_INFINITY), held: layout.text("@history/owed") }
    : null;
  return { packs, policy: compiled, catchUp, layout: layout.build(), projection: { paths: projection.paths }, candidates: dispatch(packs) };
}

/** One pack: what each part of it compiles to, and what its names stand for in conditions. */
class PackCompiler implements Names {
  readonly #of: PackDefinition;
  readonly #fields: PackFields;
  readonly #traits = new Map<string, TraitProgram>();
  readonly #measures = new Map<string, MeasureProgram>();
  readonly #scores = new Map<string, ScoreProgram>();
  readonly #grids = new Map<string, GridProgram>();
  readonly #bands = new Map<string, Term>();
  readonly #audiences = new Map<string, AudienceProgram>();
  #stages: StagesProgram | null = null;
  #segments: SegmentsProgram | null = null;
  #rfm: RfmProgram | null = null;
  #population: readonly PopulationProgram[] = [];
  #value: ValueProgram | null = null;

  constructor(of: PackDefinition, layout: LayoutBuilder, projection: ProjectionBuilder) {
    this.#of = of;
    this.#fields = new PackFields(of, layout, projection);
  }

  compile(): PackProgram {
    const of = this.#of;
    const state = {
      deadline: this.#fields.number("deadline", Number.POSITIVE_INFINITY),
      born: this.#fields.number("born", Number.NaN),
      transitions: this.#fields.number("transitions", 0),
      sequence: this.#fields.number("sequence", 0),
    };
    for (const trait of of.traits) this.#traits.set(trait.name, this.#trait(trait));
    const exclude = this.#condition(of.exclude);
    const shop = this.#shop();
    if (of.rfm !== null) this.#rfm = compileRfm(of.rfm, shop, this.#fields);
    const zone = this.#zone();
    for (const measure of of.measures) this.#measures.set(measure.name, compileMeasure(measure, this.#fields, zone));
    this.#population = this.#compilePopulation(shop, exclude);
    if (of.value !== null) this.#value = compileValue(of.value, shop, this.#fields);
    this.#placePlaces();
    for (const score of of.scores) this.#scores.set(score.name, compileScore(score, this.#fields, this, zone));
    const bands = of.bands.map((band) => {
      const { program, term } = compileBand(band, this);
      this.#bands.set(band.name, term);
      return program;
    });
    for (const grid of of.grids) this.#grids.set(grid.name, compileGrid(grid, this.#fields, this));
    for (const audience of of.audiences) this.#audiences.set(audience.name, this.#audience(audience));
    if (of.segments !== null) this.#segments = { ...(this.#segments as SegmentsProgram), ...this.#segmentConditions(of.segments) };
    if (of.stages !== null)
      this.#stages = { ...(this.#stages as StagesProgram), moves: of.stages.moves.map((move) => this.#move(move, of.stages as StagesDefinition)) };
    const purchases = this.#purchases();
    const means = of.population.flatMap((item) =>
      item.kind === "mean" ? this.#population.filter(({ name }) => name === item.name).map((program) => ({ event: item.event, program })) : [],
    );
    const measures = of.measures.map(({ name, event }) => ({ event, program: this.#measures.get(name) as MeasureProgram }));
    const context: TriggerContext = {
      names: this,
      placeTest: (place) => this.#placeTest(place),
      dateTrait: (name) => (this.#traits.get(name) as TraitProgram).place,
      zone,
    };
    return {
      definition: of,
      name: of.name,
      exclude,
      events: compileEvents(of, { measures, scores: [...this.#scores.values()], purchases, means, counted: countedEvents(of) }, this.#fields),
      traits: [...this.#traits.values()],
      measures: [...this.#measures.values()],
      scores: [...this.#scores.values()],
      grids: [...this.#grids.values()],
      bands,
      rfm: this.#rfm,
      value: this.#value,
      population: this.#population,
      audiences: [...this.#audiences.values()],
      segments: this.#segments,
      stages: this.#stages,
      triggers: of.triggers.map((trigger) => compileTrigger(trigger, this.#fields, context)),
      ...state,
      locale: this.#stringTrait("locale"),
      timezone: this.#stringTrait("timezone"),
    };
  }

  /** Each history once: two parts that look at the same purchases share its fields. */
  #purchases(): { event: string; program: PurchasesProgram }[] {
    const { rfm, value } = this.#of;
    const all = [
      ...(this.#rfm === null ? [] : [{ event: rfm?.event ?? "", program: this.#rfm.purchases }]),
      ...(this.#value === null ? [] : [{ event: value?.event ?? "", program: this.#value.purchases }]),
    ];
    return all.filter(({ program }, index) => all.findIndex((other) => other.program.orders === program.orders) === index);
  }

  #compilePopulation(shop: Shop, exclude: Condition | null): PopulationProgram[] {
    const { name, rfm, population, measures } = this.#of;
    const pack = { name, shop, leavesOut: exclude === null ? null : (row: Row, now: number) => exclude.truth(row, now) === YES };
    const items = population.map((item) => {
      const of = item.kind === "quantile" ? measures.find((measure) => measure.name === item.measure) : undefined;
      const measure =
        of === undefined ? null : { term: this.measure(of.name), meaning: [of, this.#fields.eventMeaning(of.event), this.#fields.event(of.event).value] };
      return compilePopulation(pack, item, measure, this.#fields);
    });
    if (rfm === null || this.#rfm === null) return items;
    const cuts = compileRfmPopulation(pack, rfm, this.#rfm, this.#fields);
    return cuts === null ? items : [...items, cuts];
  }

  /** Stage and segment places are given out first: any condition may ask for them. */
  #placePlaces(): void {
    const { stages, segments } = this.#of;
    if (stages !== null) {
      const leadsBack = (stage: string) => stages.moves.some(({ to, from }) => to === BACK && from.includes(stage));
      this.#stages = {
        order: stages.order,
        moves: [],
        place: this.#fields.number("stage", -1),
        since: this.#fields.number("stage/since", Number.NaN),
        previous: this.#fields.number("stage/previous", -1),
        number: this.#fields.number("stage/number", 0),
        stayUntil: this.#fields.number("stage/stay_until", Number.NaN),
        origins: stages.order.map((stage) => (leadsBack(stage) ? this.#fields.number(`stage/origin/${stage}`, Number.NaN) : -1)),
        setBy: this.#events(stages.setBy),
        targets: compileTargets(this.#of.targets, stages.order, this.#fields),
      };
    }
    if (segments !== null)
      this.#segments = { among: null, list: [], place: this.#fields.number("segment", -1), since: this.#fields.number("segment/since", Number.NaN) };
  }

  #trait(of: TraitDefinition): TraitProgram {
    const meaning = [of.type, of.from, of.keep];
    const place = of.type === "string" ? this.#fields.text(`trait/${of.name}`, meaning) : this.#fields.number(`trait/${of.name}`, Number.NaN, meaning);
    return { name: of.name, type: of.type, keepFirst: of.keep === "first", from: of.from.map((path) => this.#fields.project(path)), place };
  }

  /** Contacts are compared by their days, so a zone that each has by a trait is here that of `else`. */
  #shop(): Shop {
    const { currency, zone } = this.#of;
    const days = knownZone(zone.otherwise);
    return { currency, zone: days.name === "UTC" ? null : days };
  }

  #zone(): ZoneOfRow | null {
    const { trait, otherwise } = this.#of.zone;
    const place = trait === null ? -1 : this.#stringTrait(trait);
    return compileZone(place < 0 ? null : (row) => row.text(place), otherwise);
  }

  #stringTrait(name: string): number {
    const trait = this.#traits.get(name);
    return trait?.type === "string" ? trait.place : -1;
  }

  #audience(of: AudienceDefinition): AudienceProgram {
    const place = this.#fields.number(`audience/${of.name}`, 0);
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
      held: of.forMs === null ? -1 : this.#fields.number("move", Number.NaN, meaning),
      stayMs: of.stayMs ?? 0,
      reset: of.reset.map((name) => this.#scores.get(name) as ScoreProgram),
    };
  }

  #condition(of: Expression | null): Condition | null {
    return of === null ? null : compileCondition(of, this);
  }

  #events(names: readonly string[]): number[] {
    return names.map((name) => this.#fields.eventIndex(name));
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
    return (this.#measures.get(name) as MeasureProgram).term;
  }

  score(name: string): Term {
    return scoreTerm(this.#scores.get(name) as ScoreProgram);
  }

  grid(name: string): Term {
    return gridTerm(this.#grids.get(name) as GridProgram);
  }

  band(name: string): Term {
    return this.#bands.get(name) as Term;
  }

  rfm(name: "r" | "f" | "m" | "rfm"): Term {
    return rfmTerm(this.#rfm as RfmProgram, name);
  }

  value(name: ValueName): Term {
    return valueTerm(this.#value as ValueProgram, name);
  }

  population(name: string): Term {
    return populationTerm(this.#population.find((item) => item.name === name) as PopulationProgram);
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

/** Events that change a number which is counted of each contact: purchases of `rfm`, and what quantiles are of. */
function countedEvents({ rfm, population, measures }: PackDefinition): ReadonlySet<string> {
  const sources = population.flatMap((item) => (item.kind === "quantile" ? measures.filter(({ name }) => name === item.measure) : []));
  return new Set([...(rfm === null || rfm.recut === null ? [] : [rfm.event]), ...sources.map(({ event }) => event)]);
}
