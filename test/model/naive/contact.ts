// A contact of the naive model: everything that ever happened to it, kept whole, and every value worked out from that when
// it is asked for. Nothing is summed up on the way, nothing is thrown away: slow, and hard to get wrong. What cannot be worked out again
// because it depends on the order, such as what scores were credited and what refunds took back, is written down as it comes.

import type { ContactKey } from "../../../src/model/ids.ts";
import type { Axis, Expression, GridAxis, PackDefinition } from "../../../src/packs/definition.ts";
import { isZone } from "./calendar.ts";
import { evaluate, type Scope, type Value } from "./conditions.ts";
import type { Ever } from "./ever.ts";
import { measureValue } from "./measures.ts";
import { newMemory, type TriggerMemory } from "./memory.ts";
import { amountIn, at, type NaiveEvent } from "./message.ts";
import type { InEffect } from "./population.ts";
import { rfmAt } from "./rfm.ts";
import { type Credit, scoreAt, scoreNamed } from "./scores.ts";
import { valueAt } from "./value.ts";

export const DAY = 86_400_000;

export interface NaiveContact {
  readonly key: ContactKey;
  /** Position of the event that made it. */
  readonly generation: number;
  firstSeen: number;
  lastSeen: number;
  /** Everything due up to this moment has been handled. In history it is the moment as of which the contact is. */
  moment: number;
  /** Until it returns, nothing of it leaves, and it waits for its own next event. */
  inHistory: boolean;
  packs: readonly PackState[];
  /** Ids whose row or name was merged into it, in the order in which they came. */
  alsoKnownAs: readonly ContactKey[];
}

export interface PackState {
  readonly pack: PackDefinition;
  readonly key: ContactKey;
  readonly identified: boolean;
  /** null: the pack has left it out so far. */
  bornAt: number | null;
  /** By event of the pack, in log order: all there ever were, whatever was taken back of them. Triggers go by these. */
  readonly occurrences: Map<string, Occurrence[]>;
  /** What measures go by: as above, until all of an event is taken back. */
  readonly histories: Map<string, History>;
  /** What means of the population go by: all entries of histories, also of those that have been emptied. */
  readonly valued: Map<string, Entry[]>;
  readonly traits: Map<string, string | number | boolean>;
  /** Numbers of the population that it goes by. */
  numbers: ReadonlyMap<string, InEffect>;
  /** By event with `once` and value: the largest event time of a message that counted. */
  readonly once: Map<string, number>;
  credits: Credit[];
  capped: Credit[];
  stage: string | null;
  stageSince: number;
  /** By stage: from which the contact last came into it, other than by a move back. */
  readonly cameFrom: Map<string, string>;
  stayUntil: number;
  /** For each move with `for` (by its place in the list): since when its condition holds without a break. */
  readonly heldSince: Map<number, number>;
  segment: string | null;
  segmentSince: number;
  readonly audiences: Set<string>;
  /** By grid, the cell that it was last told of. */
  readonly cells: Map<string, string>;
  /** All there ever were; the i-th has the number i + 1. */
  readonly transitions: NaiveTransition[];
  sequence: number;
  readonly triggers: Map<string, TriggerMemory>;
}

export interface Occurrence extends Placed {
  readonly event: NaiveEvent;
  /** Its order among all of the contact and pack. */
  readonly turn: number;
}

/** What an event has done to measures, with what was taken back of it. */
export interface History {
  /** One for each occurrence, and one for each time that something was taken back. */
  entries: Entry[];
  /** Those whose times and amounts are known to `first`, `last`, `min`, `max` and `gap`. */
  known: Occurrence[];
  /** All since the event last counted for nothing, and the rows that were merged in between. */
  ever: Ever;
  /** The last with a key, with what stands of them. */
  remembered: Remembered[];
  /** How many stand, remembered or not. */
  standing: number;
  /** What amounts alone have taken back of purchases, and how many entries there were by then. */
  lowered: { readonly part: "rfm" | "value"; readonly after: number; readonly entry: Entry }[];
  /** Entries before this one are no purchases any more: amounts have taken back all there was, or they stand in `bought`. */
  readonly purchasesFrom: { rfm: number; value: number };
  /** Purchases that two rows had when they were merged, by the days of the pack's zone. */
  readonly bought: { rfm: readonly Entry[]; value: readonly Entry[] };
}

export interface Entry extends Placed {
  readonly occurrence: Occurrence | null;
  /** 1 of an occurrence, -1 of one that was taken back whole, 0 where only an amount was. */
  readonly count: -1 | 0 | 1;
  /** What it adds to sums of the event's value, in 1/10,000. */
  readonly amount: number;
  /** Whether it is in the buckets of windows, and not in totals alone. */
  readonly inBuckets: boolean;
}

export interface Remembered {
  readonly occurrence: Occurrence;
  readonly key: string;
  readonly amount: number;
  left: number;
  stands: boolean;
}

/** An event time with the day that it was put into, and the moment and day in which it came. */
export interface Placed {
  readonly at: number;
  readonly day: number;
  readonly cameAt: number;
  readonly cameOn: number;
}

export interface NaiveTransition {
  readonly axis: Axis | "grid";
  /** Of a grid: its name. */
  readonly grid: string | null;
  /** null: born into it, from no segment, from no cell. */
  readonly from: string | null;
  /** null: out of an audience, to no segment, to no cell. */
  readonly to: string | null;
  readonly at: number;
  readonly number: number;
  /** Of a stage: which move of the pack it was, from 1; null for birth and for an outside hand. */
  readonly move: number | null;
  /** What is told with it. */
  readonly told: Readonly<Record<string, unknown>>;
  /** As the step was taken. */
  readonly shown: Shown;
}

/** How a pack sees a contact at a moment. */
export interface Shown {
  readonly scores: Readonly<Record<string, number>>;
  /** By score and rule. */
  readonly points: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly stage: string | null;
  readonly segment: string | null;
  readonly grids: Readonly<Record<string, string | null>>;
  readonly audiences: readonly string[];
}

export function newPackState(pack: PackDefinition, key: ContactKey, now: number, numbers: PackState["numbers"]): PackState {
  return {
    pack,
    key,
    identified: key.kind === "user",
    bornAt: null,
    occurrences: new Map(),
    histories: new Map(),
    valued: new Map(),
    traits: new Map(),
    numbers,
    once: new Map(),
    credits: [],
    capped: [],
    stage: null,
    stageSince: now,
    cameFrom: new Map(),
    stayUntil: Number.NEGATIVE_INFINITY,
    heldSince: new Map(),
    segment: null,
    segmentSince: now,
    audiences: new Set(),
    cells: new Map(),
    transitions: [],
    sequence: 0,
    triggers: new Map(pack.triggers.map((trigger) => [trigger.name, newMemory()])),
  };
}

export const occurrencesOf = (state: PackState, event: string): Occurrence[] => state.occurrences.get(event) ?? [];

export const newHistory = (): History => ({
  entries: [],
  known: [],
  ever: [],
  remembered: [],
  standing: 0,
  lowered: [],
  purchasesFrom: { rfm: 0, value: 0 },
  bought: { rfm: [], value: [] },
});

const NOTHING = newHistory();

export const historyOf = (state: PackState, event: string): Readonly<History> => state.histories.get(event) ?? NOTHING;

/** The amount of an occurrence, in 1/10,000, where the event has one. */
export function eventAmount({ pack }: PackState, name: string, { event }: Occurrence): number | undefined {
  const path = pack.events.find((one) => one.name === name)?.value ?? null;
  return path === null ? undefined : amountIn(at(event.message, path));
}

/** The zone whose days count for the contact. */
export function zoneOf({ pack: { zone }, traits }: PackState): string {
  const named = zone.trait === null ? undefined : traits.get(zone.trait);
  return typeof named === "string" && isZone(named) ? named : zone.otherwise;
}

/** Names of the pack as they stand at `now`, each worked out once: for as long as nothing of the contact changes. */
export function scopeAt(state: PackState, now: number): Scope {
  const known = new Map<string, Value>();
  const scope: Scope = {
    now,
    read: (leaf) => {
      if (!known.has(leaf.text)) known.set(leaf.text, read(state, leaf, scope));
      return known.get(leaf.text);
    },
  };
  return scope;
}

function read(state: PackState, leaf: Expression, scope: Scope): Value {
  const { now } = scope;
  switch (leaf.op) {
    case "measure":
      return measureValue(state, leaf.name, now);
    case "score":
      return scoreAt(state, scoreNamed(state, leaf.name), now, scope).value;
    case "rfm":
      return rfmAt(state, now)?.[leaf.name];
    case "population":
      return state.numbers.get(leaf.name)?.value ?? undefined;
    case "value":
      return valueAt(state, now)?.[leaf.name];
    case "grid":
      return cellAt(state, leaf.name, scope);
    case "band":
      return bandValue(state, leaf.name, scope);
    case "audience":
      return state.audiences.has(leaf.name);
    case "trait":
      return state.traits.get(leaf.name);
    case "stage":
      return state.stage ?? undefined;
    case "segment":
      return state.segment ?? undefined;
    case "days_in_stage":
      return state.stage === null ? undefined : (now - state.stageSince) / DAY;
    case "identified":
      return state.identified;
    default:
      throw new Error(`${leaf.op} is not a name`);
  }
}

export function bandValue(state: PackState, name: string, scope: Scope): string | undefined {
  const band = state.pack.bands.find((one) => one.name === name);
  if (band === undefined) throw new Error(`no band ${name}`);
  const value = evaluate(band.of, scope);
  if (typeof value !== "number") return undefined;
  return [...band.at].sort((a, b) => b.from - a.from).find((one) => one.from <= value)?.band;
}

export function cellAt(state: PackState, name: string, scope: Scope): string | undefined {
  const grid = state.pack.grids.find((one) => one.name === name);
  if (grid === undefined) throw new Error(`no grid ${name}`);
  const [row, column] = [markAt(grid.rows, scope), markAt(grid.columns, scope)];
  return row === undefined || column === undefined ? undefined : row + column;
}

function markAt({ score, at: marks }: GridAxis, scope: Scope): string | undefined {
  const value = scope.read({ op: "score", name: score, text: score, type: "number" });
  return marks.find(({ from }) => typeof value === "number" && from <= value)?.mark;
}
