// `population:`, and the cut points of `rfm` that come from the population -> what is counted of each contact, and what
// `population.x` is in conditions.

import { createHash } from "node:crypto";
import { toAmount } from "../../model/portable.ts";
import type { PopulationDefinition, RfmDefinition } from "../definition.ts";
import type { LiveNumbers, Plan, PopulationProgram, Sample } from "../population.ts";
import { lastPurchaseDay, orderAmount, purchasesEdge } from "../purchases.ts";
import { AXES, type Axis, frequencyOf, type RfmProgram } from "../rfm-score.ts";
import type { Row } from "../row.ts";
import type { Term } from "../terms/term.ts";
import type { NextChange } from "../terms/truth.ts";
import { DAY_MS } from "../windows.ts";
import type { PackFields } from "./fields.ts";
import { compileCurrency, purchasesMeaning, purchasesOfRfm, type Shop } from "./rfm.ts";

const never: NextChange = () => Number.POSITIVE_INFINITY;
/** As many digits of a hash as a field's id has. */
const MEANING_DIGITS = 12;

/** What every number of a pack has in common. */
export interface PopulationOf {
  readonly name: string;
  readonly shop: Shop;
  /** Whom the pack leaves out is counted nowhere; null: nobody. */
  readonly leavesOut: PopulationProgram["leavesOut"];
}

/** The item that computes the cut points of `rfm`; null where the pack writes all of them. */
export function compileRfmPopulation(pack: PopulationOf, of: RfmDefinition, rfm: RfmProgram, fields: PackFields): PopulationProgram | null {
  const axes = AXES.filter((axis) => of.cuts[axis] === null);
  if (of.recut === null || of.method === "thresholds" || axes.length === 0) return null;
  const { zone } = pack.shop;
  const plan: Plan = { kind: "rfm", method: of.method, bins: of.bins, axes, ...(zone === null ? {} : { zone: zone.name }) };
  const counted = [purchasesMeaning(purchasesOfRfm(of), pack.shop, fields), of.frequency];
  const item = itemOf(pack, "rfm", [...counted, plan], of.recut, fields);
  const samples = axes.map((axis) => sampleOf(`population/rfm/${axis}`, axis, counted, fields, sampledAxis(rfm, axis)));
  const placeOf = (axis: Axis): number => samples[axes.indexOf(axis)]?.counted ?? -1;
  return {
    ...item,
    plan,
    samples,
    ranks: { r: placeOf("r"), f: placeOf("f"), m: placeOf("m"), any: samples[0]?.counted ?? -1 },
    next: (row, now) => purchasesEdge(rfm.purchases, row, now),
    live: nothingYet(rfm),
  };
}

/** `measure`: of a quantile, what it is of, and what that means. */
export function compilePopulation(
  pack: PopulationOf,
  of: PopulationDefinition,
  measure: { readonly term: Term; readonly meaning: unknown } | null,
  fields: PackFields,
): PopulationProgram {
  const common = { ranks: null, live: nothingYet(null) } as const;
  if (of.kind === "mean") {
    const meaning = meanMeaning(of, pack.shop, fields);
    return {
      ...itemOf(pack, of.name, meaning, of, fields),
      ...common,
      plan: { kind: "mean" },
      samples: [],
      next: never,
      mean: compileMean(of, pack.shop, fields),
    };
  }
  if (measure?.term.kind !== "number") throw new TypeError(`${of.measure} is not a number`);
  const { at, edges } = measure.term;
  const { meaning } = measure;
  return {
    ...itemOf(pack, of.name, [meaning, of.at], of, fields),
    ...common,
    plan: { kind: "quantile", at: of.at },
    samples: [sampleOf(`population/${of.name}`, "value", meaning, fields, (row, now) => toAmount(at(row, now)))],
    next: (row, now) => edges.reduce((first, edge) => Math.min(first, edge(row, now)), Number.POSITIVE_INFINITY),
  };
}

type MeanDefinition = Extract<PopulationDefinition, { kind: "mean" }>;

function compileMean(of: MeanDefinition, { currency, zone }: Shop, fields: PackFields): PopulationProgram["mean"] {
  const { window } = of;
  const days = window?.bucketMs === DAY_MS ? zone : null;
  return {
    currency: compileCurrency(currency, fields),
    leaveOutFree: of.free === "leave_out",
    buckets: window?.buckets ?? Number.POSITIVE_INFINITY,
    bucketOf: window === null ? () => 0 : days === null ? (at) => Math.floor(at / window.bucketMs) : (at) => days.dayOf(at),
  };
}

function meanMeaning(of: MeanDefinition, { currency, zone }: Shop, fields: PackFields): unknown[] {
  const more = { ...(currency === null ? {} : { currency }), ...(of.free === "count" ? {} : { free: of.free }), ...(zone === null ? {} : { zone: zone.name }) };
  return [fields.eventMeaning(of.event), fields.event(of.event).value, of.window, ...(Object.keys(more).length === 0 ? [] : [more])];
}

/** Changes only with new numbers, for which every contact is looked at. */
export const populationTerm = ({ live }: PopulationProgram): Term => ({ kind: "number", at: () => live.value, edges: [], continuous: false });

type Item = Pick<PopulationProgram, "pack" | "name" | "meaning" | "everyMs" | "othersMoved" | "seen" | "leavesOut" | "mean">;

function itemOf(pack: PopulationOf, name: string, meaning: unknown, of: Pick<PopulationProgram, "everyMs" | "othersMoved">, fields: PackFields): Item {
  const hash = createHash("sha256").update(JSON.stringify(meaning)).digest("hex").slice(0, MEANING_DIGITS);
  const seen = fields.number(`population/${name}/seen`, 0, meaning);
  return { pack: pack.name, name, meaning: hash, everyMs: of.everyMs, othersMoved: of.othersMoved, seen, leavesOut: pack.leavesOut, mean: null };
}

function sampleOf(what: string, name: string, meaning: unknown, fields: PackFields, value: Sample["value"]): Sample {
  return { name, id: fields.id(what, meaning), counted: fields.number(what, Number.NaN, meaning), value };
}

/** Recency is counted as the last day, which does not move with the clock. */
function sampledAxis(rfm: RfmProgram, axis: Axis): (row: Row, now: number) => number {
  const { purchases } = rfm;
  if (axis === "r") return (row, now) => lastPurchaseDay(purchases, row, now);
  const value = axis === "f" ? (row: Row, now: number) => frequencyOf(rfm, row, now) : (row: Row, now: number) => orderAmount(purchases, row, now);
  return (row, now) => (Number.isNaN(lastPurchaseDay(purchases, row, now)) ? Number.NaN : value(row, now));
}

const nothingYet = (rfm: RfmProgram | null): LiveNumbers => ({
  number: 0,
  at: Number.NaN,
  records: [],
  value: Number.NaN,
  rfm,
  before: new Map(),
  moves: new Map(),
});
