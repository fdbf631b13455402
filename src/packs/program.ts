// A compiled pack: places in the scratch row and closures for conditions. `compile` makes it, the engine runs it. Nothing
// here is looked up by name while an event is handled: names were turned into places and indexes once.
//
// A condition answers two questions about a row at a moment: does it hold, and when is the first moment after this one at
// which the answer may be another (never too late; too early costs one useless look).

import type { ValueProgram } from "./compile/value.ts";
import type { CarryItem, MessageType, PackDefinition, PropertyPath, TargetDefinition, TriggerDefinition } from "./definition.ts";
import type { PlaceTest } from "./place-test.ts";
import type { PolicyProgram } from "./policy-program.ts";
import type { PopulationProgram } from "./population.ts";
import type { PurchasesProgram } from "./purchases.ts";
import type { RfmProgram } from "./rfm-score.ts";
import type { Layout, Row } from "./row.ts";
import type { ConditionPart } from "./terms/parts.ts";
import type { Shown, Term } from "./terms/term.ts";
import type { NextChange, Truth } from "./terms/truth.ts";
import type { Calendar, WindowProgram, ZoneOfRow } from "./windows.ts";

export interface Condition {
  readonly text: string;
  readonly truth: (row: Row, now: number) => Truth;
  /** First moment after `now` at which the truth may differ; Infinity: never without an event. */
  readonly next: NextChange;
  /** Only an event can change the answer. */
  readonly timeless: boolean;
  /** The condition's parts joined by &&, each with the value that it compares. */
  readonly checks: (row: Row, now: number) => Check[];
  /** Taken apart, for whoever asks why. */
  readonly parts: () => ConditionPart;
}

export interface Check {
  readonly if: string;
  readonly value: number | string | boolean | null;
}

/** A number of a row: NaN is missing. `next` is when a threshold `at` may be crossed. */
export interface NumberTerm {
  readonly text: string;
  readonly value: (row: Row, now: number) => number;
  readonly nextCrossing: (row: Row, now: number, at: number) => number;
}

export interface EventProgram {
  readonly name: string;
  /** Values of the message that the projection found -> does it hold; null: always. */
  readonly where: ((values: readonly unknown[], name: string) => Truth) | null;
  /** Indexes into the projection, or -1. */
  readonly value: number;
  readonly key: number;
  /** Of an outside hand: the stage that it sets, who and why; null otherwise. */
  readonly hand: { readonly stage: number; readonly by: number; readonly reason: number } | null;
  readonly once: OnceProgram | null;
  readonly measures: readonly MeasureProgram[];
  readonly points: readonly { readonly score: ScoreProgram; readonly rule: PointsProgram }[];
  /** Histories that this event is a purchase of. */
  readonly purchases: readonly PurchasesProgram[];
  /** Whether it may change what is counted of a contact for numbers of the population. */
  readonly counts: boolean;
  /** Means of the population that this event is counted for. */
  readonly means: readonly PopulationProgram[];
  /** How it is remembered, where another event may take it back; and what it takes back itself. */
  readonly remembered: RememberProgram | null;
  readonly undoes: RememberProgram | null;
}

/** An event that another one may take back: what is remembered of it. */
export interface RememberProgram {
  readonly event: EventProgram;
  /** Place of the text with the last occurrences. */
  readonly memory: number;
  /** Place of how many occurrences stand; NaN for contacts that were there before this was known. */
  readonly standing: number;
}

export interface OnceProgram {
  /** Projection index of the value that may not come again. */
  readonly per: number;
  readonly inMs: number;
  /** A list of hashes of values by the moment at which each last counted. */
  readonly list: number;
}

export interface TraitProgram {
  readonly name: string;
  readonly type: "string" | "number" | "bool" | "date";
  readonly keepFirst: boolean;
  /** Projection indexes, in order of preference. */
  readonly from: readonly number[];
  /** Place in numbers, or in texts for strings. */
  readonly place: number;
}

/** A measure: how an event changes it is in engine/measures.ts, how it is read in measure-value.ts. */
export type MeasureProgram = {
  readonly name: string;
  /** Projection index of what it reads; -1: the event's own value. */
  readonly of: number;
  /** The number it is; NaN where it is missing, or no number. */
  readonly value: (row: Row, now: number) => number;
  /** What it is in a condition. */
  readonly term: Term;
} & MeasureState;

/** `place`: in numbers, in lists where there is a window, in texts where it is said. */
export type MeasureState =
  | { readonly kind: "count"; readonly place: number; readonly window: WindowProgram | null }
  | { readonly kind: "sum"; readonly place: number; readonly window: WindowProgram | null }
  | { readonly kind: "min" | "max"; readonly place: number }
  | { readonly kind: "first" | "last"; readonly place: number }
  | LatestProgram
  | ({ readonly kind: "days"; readonly window: WindowProgram | null } & UnitsProgram)
  | ({ readonly kind: "streak" } & UnitsProgram)
  /** Values by the bucket in which each was last seen (without a window all of them in bucket 0), as hashes. */
  | { readonly kind: "distinct"; readonly place: number; readonly limit: number; readonly window: WindowProgram | null }
  /** `last`: place of the largest event time. */
  | { readonly kind: "sessions"; readonly place: number; readonly window: WindowProgram | null; readonly last: number; readonly quietMs: number }
  | { readonly kind: "gap"; readonly count: number; readonly first: number; readonly last: number }
  /** A text: JSON of [value, count], the one that was counted last at the end. */
  | { readonly kind: "top"; readonly place: number; readonly keep: number };

export interface LatestProgram {
  readonly kind: "latest" | "earliest";
  readonly type: "number" | "string" | "bool";
  /** In numbers, or in texts for strings. */
  readonly place: number;
  /** Place of the moment of what is kept. */
  readonly at: number;
}

/** Days, weeks or months in which something happened: the latest of them each with how often, those before folded into numbers. */
export interface UnitsProgram extends Calendar {
  readonly list: number;
  /** Place of what the folded ones come to: how many (days), or the length of the run that ends with the last of them (streak). */
  readonly folded: number;
  /** Place of the last folded one. */
  readonly until: number;
}

export interface PointsProgram {
  readonly name: string;
  readonly add: number;
  readonly decays: boolean;
  readonly cap: { readonly limit: number; readonly window: WindowProgram; readonly list: number } | null;
  /** Place of the sum of what was credited; -1 where it is kept by buckets. */
  readonly total: number;
  readonly spread: SpreadProgram | null;
}

/** What was credited, by the bucket of the event time. */
export interface SpreadProgram {
  readonly law: "linear" | "expiry";
  readonly window: WindowProgram;
  readonly ms: number;
  readonly list: number;
}

export interface ScoreProgram {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** 0: nothing decays. */
  readonly halfLifeMs: number;
  /** Places of the landmark and of the kept floor. */
  readonly landmark: number;
  readonly floor: number;
  /** Not where points are gone after a time: what closed the books for them would stay. */
  readonly keepsFloor: boolean;
  readonly points: readonly PointsProgram[];
  readonly whiles: readonly WhileProgram[];
  /** Place of how often it was reset, where an event that gives points may be taken back; else -1. */
  readonly resets: number;
  /** Points of the `while` rules that hold now. */
  readonly held: (row: Row, now: number) => number;
}

export interface WhileProgram {
  readonly name: string;
  readonly points: number;
  readonly condition: Condition;
}

export interface GridProgram {
  readonly name: string;
  readonly cells: readonly string[];
  /** Index of the cell at a moment, -1 for none; and the next moment at which it may be another. */
  readonly cellAt: (row: Row, now: number) => number;
  readonly next: NextChange;
  /** Places: the cell that was last told of (-1: none), and since when. */
  readonly place: number;
  readonly since: number;
}

export interface BandProgram {
  readonly name: string;
  readonly value: (row: Row, now: number) => string | undefined;
}

export interface AudienceProgram {
  readonly name: string;
  /** 1 inside, 0 outside. */
  readonly place: number;
  readonly if: Condition;
  readonly until: Condition | null;
}

export interface SegmentsProgram {
  readonly among: Condition | null;
  readonly list: readonly { readonly name: string; readonly condition: Condition | null }[];
  /** Index of the segment (-1: none) and when it was entered. */
  readonly place: number;
  readonly since: number;
}

export interface MoveProgram {
  /** -1: back to where the stage that it leads out of was entered from. */
  readonly to: number;
  /** By stage index. */
  readonly from: readonly boolean[];
  /** Event indexes; null: an `if` move. */
  readonly events: readonly number[] | null;
  readonly condition: Condition | null;
  readonly forMs: number;
  /** Place of the moment since which the condition has held (only with `for`), else -1. */
  readonly held: number;
  readonly stayMs: number;
  readonly reset: readonly ScoreProgram[];
}

export interface StagesProgram {
  readonly order: readonly string[];
  readonly moves: readonly MoveProgram[];
  /** Places: index of the stage (-1: none yet), when entered, the one before (-1), number of the transition, end of `stay`. */
  readonly place: number;
  readonly since: number;
  readonly previous: number;
  readonly number: number;
  readonly stayUntil: number;
  /** By stage, the place of the stage that it was last entered from, but for entries by a move back (-1: born there, NaN: not known); -1 for stages that no move back leads out of. */
  readonly origins: readonly number[];
  /** Event indexes of an outside hand. */
  readonly setBy: readonly number[];
  readonly targets: TargetsProgram;
}

/** What the team means to reach. `list`: by index of the target, the moment of the last entry into `from`, below 0 where `to` followed in time; -1 without targets. */
export interface TargetsProgram {
  readonly list: number;
  readonly of: readonly { readonly definition: TargetDefinition; readonly from: number; readonly to: number }[];
}

export interface TriggerProgram {
  readonly definition: TriggerDefinition;
  readonly condition: Condition | null;
  readonly in: readonly PlaceTest[] | null;
  /** Place of the moment it last fired; NaN: never. */
  readonly fired: number;
  /** Place of the moment at which a pending occasion comes due (NaN: none), and the text that describes the occasion. -1 where the trigger has none. */
  readonly due: number;
  readonly pending: number;
  /** rises, falls: place of 1 (at or above) or 0. reaches: which numbers were reached, as bits. silent, overdue: last event time. started: last event time of `without`. date: its value when it was looked at. -1 otherwise. */
  readonly memory: number;
  /** silent, overdue: the beginning of the silence that is spent. started: event time of the pending event. date: up to when its moments are past. every: when it came last. broadcast: position of the last one. -1 otherwise. */
  readonly mark: number;
  readonly term: NumberTerm | null;
  /** Event indexes that begin an occasion (event, silent, started) and that end one (started). */
  readonly events: readonly number[];
  readonly without: readonly number[];
  readonly carry: readonly CarryProgram[];
  /** overdue: places of the first event time and of the number of events; null otherwise. */
  readonly rhythm: { readonly first: number; readonly count: number } | null;
  /** date: place of the trait, -1 otherwise. */
  readonly date: number;
  /** every: whose clock it goes by. */
  readonly zone: ZoneOfRow;
  /** Conditions of the steps, in their order; null: none of its own. */
  readonly steps: readonly (Condition | null)[];
  readonly goal: GoalProgram | null;
}

export interface GoalProgram {
  /** Event indexes. */
  readonly events: readonly number[];
  /** Place among an event's values of the key that it answers; -1 where no event is the goal. */
  readonly key: number;
  /** Place of the moment at which an open goal closes (NaN: none is open), and the text that says whose it is. */
  readonly until: number;
  readonly state: number;
}

export interface CarryProgram {
  readonly item: CarryItem;
  /** Projection index for event properties, else -1. */
  readonly projected: number;
  /** The contact's own value. */
  readonly own: ((row: Row, now: number) => Shown) | null;
}

export interface PackProgram {
  readonly definition: PackDefinition;
  readonly name: string;
  /** Whom the pack leaves out; only traits can change the answer. */
  readonly exclude: Condition | null;
  readonly events: readonly EventProgram[];
  readonly traits: readonly TraitProgram[];
  readonly measures: readonly MeasureProgram[];
  readonly scores: readonly ScoreProgram[];
  readonly grids: readonly GridProgram[];
  readonly bands: readonly BandProgram[];
  readonly rfm: RfmProgram | null;
  readonly value: ValueProgram | null;
  readonly population: readonly PopulationProgram[];
  readonly audiences: readonly AudienceProgram[];
  readonly segments: SegmentsProgram | null;
  readonly stages: StagesProgram | null;
  readonly triggers: readonly TriggerProgram[];
  /** Place of the pack's own next moment: the contact's deadline is the earliest of its packs'. */
  readonly deadline: number;
  /** Places: moment at which the pack first saw the contact (NaN: not yet), transitions so far, triggers so far. */
  readonly born: number;
  readonly transitions: number;
  readonly sequence: number;
  /** Trait places for `locale` and `timezone` in a trigger; -1 where the pack keeps none. */
  readonly locale: number;
  readonly timezone: number;
}

/** What the packs read of a message: decode fills one value for each path. */
export interface Projection {
  readonly paths: readonly PropertyPath[];
}

/** Places of what a contact that returned from history is owed: the earliest moment of it, and the JSON text that says what. */
export interface CatchUpProgram {
  readonly due: number;
  readonly held: number;
}

/** All live packs, in the order of their names, over one layout. */
export interface Program {
  readonly packs: readonly PackProgram[];
  /** null: nothing is withheld but what triggers withhold themselves. */
  readonly policy: PolicyProgram | null;
  /** null: no pack catches up on what it passed in history. */
  readonly catchUp: CatchUpProgram | null;
  readonly layout: Layout;
  readonly projection: Projection;
  /** For each pack the indexes of the events that a message of this type and name may be, ascending. */
  readonly candidates: (type: MessageType, name: string) => readonly (readonly number[])[];
}
