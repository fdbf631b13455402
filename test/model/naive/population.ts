// Numbers of the whole population by docs/packs.md ("population", "rfm"): what a count over all contacts comes to, and when is counted. Which
// numbers a contact goes by is its own: until it has come under newer ones, those that it was last looked at with.

import type { PackDefinition, PopulationDefinition, RfmDefinition, Window } from "../../../src/packs/definition.ts";
import { dayAt } from "./calendar.ts";
import { DAY, type PackState, type Placed } from "./contact.ts";
import { measureValue } from "./measures.ts";
import { isPurchase, purchaseNumbers } from "./rfm.ts";

/** As the log's record has it, without what the engine adds for itself. */
export interface NumbersRecord {
  readonly pack: string;
  /** The name of the number, or `rfm`. */
  readonly of: string;
  readonly number: number;
  readonly numbers: Numbers;
}

export interface Numbers {
  readonly value: number | null;
  readonly axes: Axes | null;
}

/** Bounds that are computed; null where the pack has written them. */
export type Axes = { readonly [axis in "r" | "f" | "m"]: readonly number[] | null };

export interface InEffect extends Numbers {
  readonly number: number;
  readonly othersMoved: "silent" | "fire";
}

interface Counted {
  readonly of: string;
  readonly everyMs: number;
  readonly othersMoved: "silent" | "fire";
  count(states: readonly PackState[], now: number): Numbers | null;
}

export class Population {
  readonly #packs: readonly PackDefinition[];
  /** By pack and number: the multiple of `every` at the last count. */
  readonly #lastCount = new Map<string, number>();
  readonly #live = new Map<string, Map<string, InEffect>>();

  constructor(packs: readonly PackDefinition[]) {
    this.#packs = packs.filter((pack) => countedIn(pack).length > 0);
  }

  get isEmpty(): boolean {
    return this.#packs.length === 0;
  }

  /** Numbers in effect, by their names. */
  live(pack: string): ReadonlyMap<string, InEffect> {
    return this.#live.get(pack) ?? new Map();
  }

  /** Whether a time step at `now` counts; the first that a pack sees only begins. */
  isDue(now: number): boolean {
    return this.#packs.some((pack) => countedIn(pack).some((item) => this.#isDue(pack, item, now)));
  }

  /** What a time step at `now` gives, with all contacts as they are after its deadlines. */
  count(statesOf: (pack: string) => readonly PackState[], now: number): NumbersRecord[] {
    return this.#packs.flatMap((pack) =>
      countedIn(pack).flatMap((item) => {
        const due = this.#isDue(pack, item, now);
        this.#lastCount.set(`${pack.name}/${item.of}`, Math.floor(now / item.everyMs));
        const numbers = due ? item.count(statesOf(pack.name), now) : null;
        const number = (this.live(pack.name).get(item.of)?.number ?? 0) + 1;
        return numbers === null ? [] : [{ pack: pack.name, of: item.of, number, numbers }];
      }),
    );
  }

  /** A record of the log; one with another number than the next changes nothing. */
  take({ pack: name, of, number, numbers }: NumbersRecord): void {
    const pack = this.#packs.find((one) => one.name === name);
    const item = pack === undefined ? undefined : countedIn(pack).find((one) => one.of === of);
    const live = new Map(this.live(name));
    if (item === undefined || number !== (live.get(of)?.number ?? 0) + 1) return;
    live.set(of, { ...numbers, number, othersMoved: item.othersMoved });
    this.#live.set(name, live);
  }

  #isDue(pack: PackDefinition, { of, everyMs }: Counted, now: number): boolean {
    const last = this.#lastCount.get(`${pack.name}/${of}`);
    return last !== undefined && Math.floor(now / everyMs) > last;
  }
}

export function countedIn({ population, rfm }: PackDefinition): Counted[] {
  const all: Counted[] = population.map((item) => ({
    of: item.name,
    everyMs: item.everyMs,
    othersMoved: item.othersMoved,
    count: (...args) => numberOf(item, ...args),
  }));
  if (rfm?.recut) all.push({ of: "rfm", ...rfm.recut, count: (...args) => axesOf(rfm, ...args) });
  return all;
}

function numberOf(item: PopulationDefinition, states: readonly PackState[], now: number): Numbers | null {
  const value = item.kind === "mean" ? meanOf(item, states, now) : quantile(sorted(states.map((state) => measureValue(state, item.measure, now))), item.at, 1);
  return value === null ? null : { value, axes: null };
}

function meanOf({ event, window, free }: PopulationDefinition & { kind: "mean" }, states: readonly PackState[], now: number): number | null {
  let [sum, count] = [0, 0];
  for (const state of states) {
    const zone = state.pack.zone.otherwise;
    for (const entry of state.valued.get(event) ?? []) {
      if (!isPurchase(state, event, entry.occurrence, free) || (window !== null && !isInWindow(window, zone, entry, now))) continue;
      sum += entry.amount;
      count += entry.count;
    }
  }
  return count === 0 ? null : sum / count / 10_000;
}

/** Days of everyone are those of the pack's zone. */
function isInWindow({ bucketMs, buckets }: Window, zone: string, { at, cameAt }: Placed, now: number): boolean {
  const bucketOf = (moment: number): number => (bucketMs === DAY ? dayAt(zone, moment) : Math.floor(moment / bucketMs));
  return bucketOf(at) > bucketOf(Math.max(now, cameAt)) - buckets;
}

function axesOf(rfm: RfmDefinition, states: readonly PackState[], now: number): Numbers | null {
  const all = states.map((state) => purchaseNumbers(state, now)).filter((one) => one !== undefined);
  if (all.length === 0) return null;
  const bounds = (written: readonly number[] | null, xs: readonly number[]): readonly number[] | null => (written === null ? boundsOf(rfm, sorted(xs)) : null);
  const axes: Axes = {
    r: bounds(
      rfm.cuts.r,
      all.map((one) => one.recencyDays),
    ),
    f: bounds(
      rfm.cuts.f,
      all.map((one) => one.frequency),
    ),
    m: bounds(
      rfm.cuts.m,
      all.map((one) => one.monetary),
    ),
  };
  return { value: null, axes };
}

function boundsOf({ method, bins }: RfmDefinition, xs: readonly number[]): number[] {
  return Array.from({ length: bins - 1 }, (_, index) => {
    if (method === "pandas") return largestWithin(xs, index + 1, bins);
    const bound = quantile(xs, index + 1, bins) ?? Number.NaN;
    return method === "r" ? bound + 1 : bound;
  });
}

/** The largest number whose rank, ties sharing the mean of theirs, is at most the quantile of the ranks. */
function largestWithin(xs: readonly number[], part: number, of: number): number {
  const ranks = xs.map((x) => (xs.indexOf(x) + xs.lastIndexOf(x)) / 2 + 1);
  const most = quantile(ranks, part, of) ?? Number.NaN;
  return Math.max(...xs.filter((_, index) => (ranks[index] ?? 0) <= most));
}

/** Type 7, of sorted numbers, at a part of so many. */
function quantile(xs: readonly number[], part: number, of: number): number | null {
  if (xs.length === 0) return null;
  // In this order, so that a whole number comes out as one.
  const h = ((xs.length - 1) * part) / of;
  const low = xs[Math.floor(h)] ?? Number.NaN;
  return low + (h - Math.floor(h)) * ((xs[Math.ceil(h)] ?? low) - low);
}

const sorted = (xs: readonly unknown[]): number[] => xs.filter((x) => typeof x === "number").sort((a, b) => a - b);

/** Whether two records say the same; sums are added in another order, so their last bits may differ. */
export function sameNumbers(a: NumbersRecord, b: NumbersRecord): boolean {
  const flat = ({ numbers: { value, axes } }: NumbersRecord): (number | null)[] => [
    value,
    ...(axes?.r ?? [null]),
    ...(axes?.f ?? [null]),
    ...(axes?.m ?? [null]),
  ];
  const [one, other] = [flat(a), flat(b)];
  return a.pack === b.pack && a.of === b.of && a.number === b.number && one.length === other.length && one.every((x, index) => near(x, other[index] ?? null));
}

const near = (a: number | null, b: number | null): boolean => a === b || (a !== null && b !== null && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a)));
