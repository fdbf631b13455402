// Reference: what conditions may ask. Which comparisons have a moment at which their answer changes, and which are refused with
// which advice; a test reads every example here.

export const FUNCTIONS: readonly { readonly name: string; readonly gives: string }[] = [
  { name: "days_since(x)", gives: "days since a moment (a `first` or `last` measure, a date trait), as a real number; missing if it never happened" },
  { name: "hours_since(x)", gives: "the same in hours" },
  { name: "never(x)", gives: "whether the moment has not happened" },
  { name: "missing(x)", gives: "whether a trait, measure, band or segment has no value" },
  { name: "has(traits.x)", gives: "whether a trait has a value; in `where`: whether a property is there" },
  { name: "double(x)", gives: "a number from a text" },
  { name: "int(x)", gives: "a whole number from a text, the whole part of a number" },
  { name: "string(x)", gives: "a text" },
  { name: "size(x)", gives: "how many characters a text has" },
  { name: 'x.contains("a")', gives: "whether the text is in it; also `startsWith`, `endsWith`" },
  { name: 'x.matches("a+")', gives: "whether an RE2 pattern is found in it, in time that grows only with the text" },
  { name: "x.lowerAscii()", gives: "the text with A to Z in lower case; also `upperAscii`" },
];

export const ASKED: readonly { readonly form: string; readonly example: string; readonly changes: string }[] = [
  { form: "a count, a sum, a smallest or largest value, for all time", example: "orders >= 3", changes: "with an event" },
  { form: "a count or sum in a window", example: "visits_30d == 0", changes: "with an event, or when a bucket leaves the window" },
  { form: "a score", example: "heat >= 60", changes: "with an event, or at the very millisecond at which decay brings it there" },
  { form: "a score, scaled and shifted by numbers and measures", example: "heat * 2 + orders > 100", changes: "the same" },
  { form: "time since a moment", example: "days_since(last_order) >= 40", changes: "at that millisecond, or with the event" },
  { form: "time until a date", example: "days_since(traits.renews_at) >= -30", changes: "at that millisecond" },
  { form: "time in the stage", example: "days_in_stage > 7", changes: "at that millisecond, or with the stage" },
  { form: "a band", example: 'recency == "hot"', changes: "when its number crosses one of its bounds" },
  { form: "a trait", example: 'traits.country in ["DE", "AT"]', changes: "with an event" },
  { form: "where a contact stands", example: 'stage == "lead" && keen', changes: "with the step" },
  { form: "whether something is there", example: "never(last_order) || missing(traits.country)", changes: "with an event" },
  { form: "a choice between numbers that stand still", example: "(orders > 3 ? visits_30d : orders) >= 2", changes: "with what is asked and what is chosen" },
];

/** `instead` that begins with `=` is a condition. */
export const REFUSED: readonly { readonly example: string; readonly code: string; readonly why: string; readonly instead: string }[] = [
  { example: "heat == 50", code: "equality-on-real", why: "a real number that moves would be equal for no time at all", instead: "=heat >= 50" },
  {
    example: "days_since(last_order) in [1, 2]",
    code: "equality-on-real",
    why: "the same",
    instead: "=days_since(last_order) >= 1 && days_since(last_order) < 2",
  },
  {
    example: "heat > fit",
    code: "two-moving-values",
    why: "two values that both move: nobody can foresee when they cross",
    instead: "=heat > 50 && fit <= 50",
  },
  { example: "heat + days_in_stage > 30", code: "two-moving-values", why: "the same", instead: "=heat > 20 && days_in_stage > 10" },
  {
    example: "days_since(last_order) % 7 < 1",
    code: "moving-value",
    why: "the remainder of something that moves jumps again and again",
    instead: "`repeat`, `for` or `after` for what comes again",
  },
  { example: "100 / heat > 2", code: "moving-value", why: "dividing by something that moves", instead: "=heat < 50" },
  { example: "int(days_in_stage) > 3", code: "moving-value", why: "whole parts of something that moves jump", instead: "=days_in_stage >= 4" },
  { example: "(orders > 3 ? heat : fit) > 5", code: "moving-value", why: "choosing between values that move", instead: "=orders > 3 ? heat > 5 : fit > 5" },
  { example: "(heat > 5) == keen", code: "nested-comparison", why: "a comparison that the clock turns inside another", instead: "=heat > 5 && keen" },
  { example: "last_order > first_order", code: "moment", why: "moments are no numbers", instead: "=days_since(last_order) < 30" },
  {
    example: 'days_since(last_order) > duration("30d")',
    code: "not-in-conditions",
    why: "the library's own check and evaluation disagree about durations",
    instead: "=days_since(last_order) > 30",
  },
  {
    example: "orders > 3 && now > 30",
    code: "not-in-conditions",
    why: "there is no `now`: conditions say how long ago",
    instead: "=days_since(last_order) > 30",
  },
  { example: 'properties.plan == "pro"', code: "where-in-if", why: "a message is gone when a contact is asked", instead: "a `where` of an event, or a trait" },
];
