// How much is remembered of a contact, of ids and of the population, at most: every bound by its name, with what happens beyond it. docs/packs.md "Bounds" is this
// table, held by a test. What a pack or the settings may choose (`limit`, `window`, `limits.…`) stands where it is chosen; how many
// parts a pack may have is LIMITS in schema.ts.

export interface Bound {
  readonly most: number;
  /** Of what. */
  readonly of: string;
  /** What happens beyond. */
  readonly beyond: string;
  /** As what it is counted (`tidemark_input_dropped_values_total`); null where nothing is lost. */
  readonly counted: string | null;
}

export const BOUNDS = {
  units_kept: {
    most: 400,
    of: "days, weeks or months of a `days` without a window or a `streak` that are known one by one",
    beyond: "the oldest is folded into a number; a later E on it or before it changes nothing",
    counted: "unit_folded",
  },
  purchase_days: {
    most: 400,
    of: "days with a purchase that `rfm` without a window and `value` know one by one",
    beyond: "the oldest is folded into totals; a later purchase before all days that are kept adds to orders and amount, and to no day",
    counted: "purchase_folded",
  },
  once_values: {
    most: 64,
    of: "values that a `once` remembers at a time",
    beyond: "the one with the smallest moment goes, before its time",
    counted: "once_forgotten",
  },
  undo_occurrences: {
    most: 64,
    of: "occurrences of an event with a `key` that an `undoes` can take back",
    beyond: "the oldest is forgotten: what it did can be taken back by its amount alone, or not",
    counted: "undo_forgotten",
  },
  top_values: {
    most: 32,
    of: "values that a `top` counts at a time",
    beyond: "a new value takes the place, and the count, of the least frequent",
    counted: "top_replaced",
  },
  consent_purposes: {
    most: 16,
    of: "purposes that have an answer of their own, of a consent key",
    beyond: "the last in the order of their names are passed over",
    counted: "purpose_dropped",
  },
  held_bytes: {
    most: 2048,
    of: "bytes that something held by quiet hours takes, beside `limits.carry_bytes`",
    beyond: "it is not held but withheld (`quiet`, `too_large`)",
    counted: null,
  },
  hand_characters: {
    most: 256,
    of: "characters of who set a stage by hand, and why",
    beyond: "the text is cut",
    counted: null,
  },
  passes: {
    most: 8,
    of: "looks at grids, audiences, segment and moves in one instant",
    beyond: "the rest is looked at with the next event or moment",
    counted: null,
  },
  audience_changes: {
    most: 2,
    of: "changes of an audience in one instant",
    beyond: "the rest is looked at with the next event or moment",
    counted: null,
  },
  also_known: {
    most: 16,
    of: "ids that a person is also known by (`alsoKnownAs`)",
    beyond: "the oldest is no longer shown; what was done under it stays",
    counted: null,
  },
  former_keys: {
    most: 8,
    of: "keys that an occasion had before its contact was merged into another",
    beyond: "the oldest is forgotten: what carries it is an answer to nothing",
    counted: null,
  },
  tied_before: {
    most: 8,
    of: "persons that an id is known to have been tied to before",
    beyond: "the oldest is forgotten: tied to it once more, a record is made again",
    counted: null,
  },
  record_hops: {
    most: 8,
    of: "ids that a record between partitions comes through",
    beyond: "the redirect there is taken away, and the record ends there",
    counted: null,
  },
  broadcasts_an_hour: {
    most: 16,
    of: "broadcasts that are taken within an hour of log time",
    beyond: "the record is refused",
    counted: "broadcast_refused",
  },
  broadcasts_known: {
    most: 256,
    of: "broadcasts that are known by name, so that one that is said again does nothing",
    beyond: "the oldest is forgotten: said again, it is taken again",
    counted: null,
  },
  distinct_numbers: {
    most: 16_384,
    of: "different values of a number of the population that a partition counts exactly",
    beyond: "values from 2,048 up count as the middle of a bucket of at most 1/1,024 of their size",
    counted: null,
  },
} as const satisfies Record<string, Bound>;
