// A pack as it was written, checked and with every default filled in: what `load` makes of the YAML and what `compile`
// turns into a program. Names are resolved, durations are milliseconds, conditions are typed expression trees. Plain data:
// nothing here runs. docs/packs.md says what each part means.

import type { BgNbd, GammaGamma } from "./value-model.ts";

/** What a value in a condition is. `moment` is a time in ms that only days_since, hours_since, never and missing may read. */
export type ValueType = "bool" | "number" | "string" | "moment" | "list" | "dyn";

/** A typed expression. `text` is the source of exactly this part, for `checks` and messages. */
export type Expression = { readonly text: string; readonly type: ValueType } & ExpressionForm;

type ExpressionForm =
  | { readonly op: "literal"; readonly value: string | number | boolean }
  | { readonly op: "list"; readonly items: readonly Expression[] }
  /** A name of the pack (if-conditions), resolved. */
  | { readonly op: "measure" | "score" | "grid" | "band" | "audience" | "trait"; readonly name: string }
  | { readonly op: "rfm"; readonly name: "r" | "f" | "m" | "rfm" }
  /** `population.average_order` */
  | { readonly op: "population"; readonly name: string }
  /** `value.alive` */
  | { readonly op: "value"; readonly name: "alive" | "purchases" | "spend" }
  | { readonly op: "stage" | "segment" | "days_in_stage" | "identified" }
  /** A value of the message (where-conditions): path from the message's root, e.g. ["properties", "path"], ["properties", "items", 0, "sku"]. */
  | { readonly op: "path"; readonly path: PropertyPath }
  | { readonly op: "days_since" | "hours_since" | "never" | "missing" | "has"; readonly of: Expression }
  | { readonly op: "!" | "negate"; readonly of: Expression }
  | { readonly op: "&&" | "||"; readonly left: Expression; readonly right: Expression }
  | { readonly op: "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "+" | "-" | "*" | "/" | "%"; readonly left: Expression; readonly right: Expression }
  | { readonly op: "?:"; readonly condition: Expression; readonly left: Expression; readonly right: Expression }
  | { readonly op: "call"; readonly name: CallName; readonly args: readonly Expression[] };

/** Methods have their receiver as the first argument. `matches` has a literal pattern, checked when the pack is loaded. */
export type CallName = "contains" | "startsWith" | "endsWith" | "matches" | "lowerAscii" | "upperAscii" | "size" | "double" | "int" | "string";

/** Keys and array indexes from the root of a message. */
export type PropertyPath = readonly (string | number)[];

export interface PackDefinition {
  readonly name: string;
  readonly version: number;
  readonly currency: string | null;
  /** Whose days count: those of the zone that the contact's trait names, else of `otherwise`. */
  readonly zone: { readonly trait: string | null; readonly otherwise: string };
  /** SHA-256 of the text, hex. */
  readonly hash: string;
  readonly text: string;
  /** Whom the pack leaves out, by what they say of themselves. */
  readonly exclude: Expression | null;
  readonly events: readonly EventDefinition[];
  readonly traits: readonly TraitDefinition[];
  readonly measures: readonly MeasureDefinition[];
  readonly scores: readonly ScoreDefinition[];
  readonly grids: readonly GridDefinition[];
  readonly bands: readonly BandDefinition[];
  readonly population: readonly PopulationDefinition[];
  readonly rfm: RfmDefinition | null;
  readonly value: ValueDefinition | null;
  readonly audiences: readonly AudienceDefinition[];
  readonly segments: SegmentsDefinition | null;
  readonly stages: StagesDefinition | null;
  readonly triggers: readonly TriggerDefinition[];
  /** `catch_up`: over so long what a contact passed on its way back from history is sent, ms; null: it is not. */
  readonly spreadMs: number | null;
  /** What the team means to reach, for reports: of those in one stage, how many percent go on to the other. */
  readonly targets: readonly TargetDefinition[];
}

export interface TargetDefinition {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly percent: number;
  /** A contact counts as gone on if it came there within this time. */
  readonly withinMs: number;
}

export type MessageType = "track" | "page" | "screen" | "identify" | "group" | "alias";

export interface EventDefinition {
  readonly name: string;
  /** Any of these; names null means every message of the type. `any: true` is every type with names null. */
  readonly match: readonly { readonly type: MessageType; readonly names: readonly string[] | null }[];
  readonly where: Expression | null;
  readonly value: PropertyPath | null;
  readonly key: PropertyPath | null;
  /** The event that it takes back, by the same key. */
  readonly undoes: string | null;
  /** Drops repeats of the value at a path. */
  readonly once: { readonly per: PropertyPath; readonly inMs: number } | null;
  /** The stage that an outside hand sets with it, and who and why, where the message says so. */
  readonly stage: { readonly from: PropertyPath; readonly by: PropertyPath | null; readonly reason: PropertyPath | null } | null;
}

export interface TraitDefinition {
  readonly name: string;
  readonly type: "string" | "number" | "bool" | "date";
  /** Paths whose first part is "traits", "context", "properties" or "group" ("group" stands for the traits of a group message). */
  readonly from: readonly PropertyPath[];
  readonly keep: "first" | "last";
  readonly personal: boolean;
}

export interface Window {
  readonly bucketMs: number;
  readonly buckets: number;
}

/** A window of whole weeks or months of the calendar. */
export interface CalendarWindow {
  readonly unit: "week" | "month";
  readonly buckets: number;
}

export type MeasureKind =
  | "count"
  | "sum"
  | "min"
  | "max"
  | "first"
  | "last"
  | "latest"
  | "earliest"
  | "days"
  | "distinct"
  | "sessions"
  | "gap"
  | "streak"
  | "top";

export type CalendarUnit = "day" | "week" | "month";

export interface MeasureDefinition {
  readonly name: string;
  readonly kind: MeasureKind;
  readonly event: string;
  /** Where the value is read; null: the event's own `value`. Of distinct and top never null. */
  readonly of: PropertyPath | null;
  /** Of count, sum, days (whole days, or weeks or months where that is its unit), distinct and sessions. */
  readonly window: Window | CalendarWindow | null;
  /** Of latest and earliest: what they keep. Of top always string, of all others number. */
  readonly type: "number" | "string" | "bool";
  /** Of distinct: values that it remembers. */
  readonly limit: number | null;
  /** Of sessions: how long nothing happens between two of them. */
  readonly quietMs: number | null;
  /** Of days and streak: what they count. */
  readonly unit: CalendarUnit | null;
  /** Of top: how many values it gives; one is a string, more are a list. */
  readonly keep: number | null;
}

export interface ScoreDefinition {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** null: nothing decays. */
  readonly halfLifeMs: number | null;
  readonly points: readonly PointsRule[];
  readonly while: readonly WhileRule[];
}

export interface SpreadDefinition {
  readonly law: "linear" | "expiry";
  readonly window: Window;
}

export interface PointsRule {
  readonly event: string;
  readonly add: number;
  readonly cap: { readonly limit: number; readonly window: Window | CalendarWindow } | null;
  /** By the half-life of the score. */
  readonly decays: boolean;
  /** Points that are lost evenly over, or all at once after, a time; kept by buckets. */
  readonly spread: SpreadDefinition | null;
}

export interface WhileRule {
  readonly name: string;
  readonly points: number;
  readonly if: Expression;
}

/** Two scores, each with marks from the best to the least; a cell is a mark of each: "A2". */
export interface GridDefinition {
  readonly name: string;
  readonly rows: GridAxis;
  readonly columns: GridAxis;
}

export interface GridAxis {
  readonly score: string;
  /** One letter or digit each, with its lower bound; each bound is below the one before. */
  readonly at: readonly { readonly mark: string; readonly from: number }[];
}

export interface BandDefinition {
  readonly name: string;
  /** A measure, a score, or days_since of a moment. */
  readonly of: Expression;
  /** From the lowest bound to the highest. */
  readonly at: readonly { readonly band: string; readonly from: number }[];
}

export interface ValueDefinition {
  readonly event: string;
  /** What times are counted in by the parameters, and how far ahead purchases are expected. */
  readonly unitMs: number;
  readonly nextMs: number;
  readonly free: "count" | "leave_out";
  readonly bgNbd: BgNbd | null;
  readonly gammaGamma: GammaGamma | null;
}

/** A number of the whole population. */
export type PopulationDefinition = { readonly name: string; readonly everyMs: number; readonly othersMoved: "silent" | "fire" } & (
  | { readonly kind: "mean"; readonly event: string; readonly window: Window | null; readonly free: "count" | "leave_out" }
  | { readonly kind: "quantile"; readonly measure: string; readonly at: number }
);

export interface RfmDefinition {
  readonly event: string;
  readonly window: Window | null;
  readonly frequency: "orders" | "days";
  readonly bins: number;
  readonly method: "r" | "pandas" | "thresholds" | "thirds";
  /** Lower bounds above the first bin, ascending; null: computed from the population. */
  readonly cuts: { readonly r: readonly number[] | null; readonly f: readonly number[] | null; readonly m: readonly number[] | null };
  readonly free: "count" | "leave_out";
  /** null where nothing is computed from the population. */
  readonly recut: { readonly everyMs: number; readonly othersMoved: "silent" | "fire" } | null;
}

export interface AudienceDefinition {
  readonly name: string;
  readonly if: Expression;
  readonly until: Expression | null;
}

export interface SegmentsDefinition {
  readonly among: Expression | null;
  /** if null: `else`. */
  readonly list: readonly { readonly name: string; readonly if: Expression | null }[];
}

export interface StagesDefinition {
  readonly order: readonly string[];
  /** Events of an outside hand, each with its `stage`. */
  readonly setBy: readonly string[];
  readonly moves: readonly MoveDefinition[];
}

/** `to` of a move to where the contact came from: no stage can have this name. */
export const BACK = "back";

export interface MoveDefinition {
  /** A stage, or BACK. */
  readonly to: string;
  /** Stage names, resolved from `any`, `before` and `after`. */
  readonly from: readonly string[];
  readonly events: readonly string[] | null;
  readonly if: Expression | null;
  readonly forMs: number | null;
  readonly stayMs: number | null;
  readonly reset: readonly string[];
  /** `"lead to mql"`: as `because.move` names it when taken from `lead`; built when it fires. Here the 1-based line of the move. */
  readonly line: number;
}

export type Axis = "stage" | "segment" | "audience";

export interface Place {
  readonly axis: Axis;
  readonly name: string;
}

export type When =
  | { readonly kind: "enter" | "leave"; readonly places: readonly Place[] }
  | { readonly kind: "event"; readonly events: readonly string[] }
  | { readonly kind: "rises" | "falls"; readonly of: Expression; readonly at: number }
  | { readonly kind: "silent"; readonly events: readonly string[]; readonly forMs: number }
  /** Ascending. */
  | { readonly kind: "reaches"; readonly of: Expression; readonly at: readonly number[] }
  | { readonly kind: "overdue"; readonly events: readonly string[]; readonly by: number }
  /** A trait that is a date. */
  | { readonly kind: "date"; readonly trait: string; readonly side: "before" | "after"; readonly byMs: readonly number[] }
  /** weekday: 0 is Monday; null: every day. */
  | { readonly kind: "every"; readonly weekday: number | null; readonly minute: number; readonly text: string }
  | { readonly kind: "broadcast" }
  | { readonly kind: "started"; readonly events: readonly string[]; readonly without: readonly string[]; readonly withinMs: number };

export type CarryItem =
  | { readonly from: "trait" | "measure"; readonly name: string; readonly as: string }
  | { readonly from: "event"; readonly path: PropertyPath; readonly as: string };

export interface TriggerDefinition {
  readonly name: string;
  readonly when: When;
  /** Of enter and leave. */
  readonly from: readonly string[] | null;
  readonly in: readonly Place[] | null;
  readonly if: Expression | null;
  /** Of rises and falls; for silent it is in `when`. */
  readonly forMs: number | null;
  /** Of enter, leave and event; null and 0 are at once. */
  readonly afterMs: number | null;
  readonly repeat: "never" | "always" | { readonly withinMs: number } | "once_per_silence" | "once_per_number";
  /** Whether it has `steps`: a series goes on until its last step or until it is over. */
  readonly series: boolean;
  /** At least one, from the earliest to the latest; exactly one where the trigger is no series. */
  readonly steps: readonly [StepDefinition, ...StepDefinition[]];
  readonly goal: GoalDefinition | null;
  /** Empty, or percentages that sum to 100. */
  readonly variants: readonly { readonly name: string; readonly percent: number }[];
  readonly carry: readonly CarryItem[];
  /** What it is sent for, as policy asks: marketing, transactional, internal or any other name. */
  readonly purpose: string;
  readonly priority: Priority;
  /** Who answers for it; null where the pack does not say. It stands in reports and changes nothing. */
  readonly owner: string | null;
}

export const PRIORITIES = ["high", "normal", "low"] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Senders that a trigger asks for: the one, the first of several that it may use, or all of them. */
export interface Channels {
  readonly take: "first" | "all";
  readonly names: readonly string[];
}

/** What the trigger is for: one of these events, or an entry into one of these places. */
export interface GoalDefinition {
  readonly events: readonly string[];
  /** Only an event that answers the occasion counts. */
  readonly answered: boolean;
  readonly places: readonly Place[];
  readonly withinMs: number;
}

/** What a trigger has to say at one moment. */
export interface StepDefinition {
  /** Of a series: from the occasion on; 0 is at once, and always where the trigger is no series. */
  readonly afterMs: number;
  readonly if: Expression | null;
  readonly message: string;
  readonly channels: Channels;
  readonly params: Readonly<Record<string, string | number | boolean>>;
  /** How long it is worth sending; null: always. */
  readonly expiresMs: number | null;
}

/** One mistake in a pack, with its place. `hint` is the cure or the nearest name. */
export interface Problem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** Stable, e.g. "unknown-event"; docs/packs.md need not list them. */
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export type LoadResult = { readonly ok: true; readonly pack: PackDefinition } | { readonly ok: false; readonly problems: readonly Problem[] };
