// Reference: recency, frequency and amount.

import { type BlockReference, word } from "./reference.ts";
import { block, DURATION, form, nameOf, oneOf } from "./reference-shapes.ts";

const CUTS = "cuts: { r: [90], f: [2], m: [50] }";
const BOUNDS = form("a list of lower bounds, ascending, one fewer than there are bins", { type: "array", minItems: 1, items: { type: "number" } });

export const RFM: BlockReference = {
  title: "RFM",
  about:
    "Under `rfm:` of the pack. Conditions know `r`, `f`, `m` (bins from 1, the best is the highest) and `rfm` = 100 r + 10 f + m; missing without a purchase.",
  required: ["of"],
  oneOf: [],
  stands: { instead: "rfm" },
  words: {
    of: word("The event that is a purchase; it has a `value`.", nameOf("an event"), `rfm: { of: order, bins: 2, ${CUTS} }`),
    window: word("Only purchases of so many days, from `3d` to `400d`.", DURATION, `rfm: { of: order, window: 365d, bins: 2, ${CUTS} }`, "all time"),
    frequency: word(
      "Whether purchases count, or days with one.",
      oneOf(["orders", "days"]),
      `rfm: { of: order, frequency: days, bins: 2, ${CUTS} }`,
      "`orders`",
    ),
    bins: word(
      "How many bins each has.",
      form("a whole number from 2 to 9", { type: "integer", minimum: 2 }),
      `rfm: { of: order, bins: 2, ${CUTS} }`,
      "5; with `thirds` 3",
    ),
    method: word(
      "Where the bounds come from: `thresholds` are written in `cuts`.",
      oneOf(["r", "pandas", "thresholds", "thirds"]),
      `rfm: { of: order, method: thresholds, bins: 2, ${CUTS} }`,
      "`thresholds`",
    ),
    cuts: word("The bounds, written out.", block("`{ r, f, m }`", "cuts"), `rfm: { of: order, bins: 3, cuts: { r: [30, 90], f: [2, 5], m: [50, 200] } }`),
    free: word(
      "Whether purchases without an amount above 0 count.",
      oneOf(["count", "leave_out"]),
      `rfm: { of: order, free: leave_out, bins: 2, ${CUTS} }`,
      "`count`",
    ),
    recut: word(
      "When bounds that are not written out are computed again, and who is told.",
      block("`{ every, others_moved }`", "recut"),
      "rfm: { of: order, method: thirds, cuts: { r: [180, 365] }, recut: { every: 7d } }",
      "once a day, silently",
    ),
  },
};

export const CUTS_BLOCK: BlockReference = {
  title: "Cut points",
  about: "Under `cuts:` of `rfm`.",
  required: [],
  oneOf: [],
  stands: { instead: "rfm" },
  words: {
    r: word("Of the days since the last purchase: the fewer, the higher the bin.", BOUNDS, `rfm: { of: order, bins: 2, ${CUTS} }`),
    f: word("Of the number of purchases.", BOUNDS, `rfm: { of: order, bins: 2, ${CUTS} }`),
    m: word("Of the sum of their values.", BOUNDS, `rfm: { of: order, bins: 2, ${CUTS} }`),
  },
};

export const RECUT: BlockReference = {
  title: "Cutting again",
  about: "Under `recut:` of `rfm`.",
  required: [],
  oneOf: [],
  stands: { instead: "rfm" },
  words: {
    every: word("How often.", DURATION, "rfm: { of: order, method: thirds, recut: { every: 1d } }", "`1d`"),
    others_moved: word(
      "Whether those who change their place only because others moved are told about.",
      oneOf(["silent", "fire"]),
      "rfm: { of: order, method: thirds, recut: { every: 1d, others_moved: fire } }",
      "`silent`",
    ),
  },
};

export const POPULATION: BlockReference = {
  title: "Population",
  about:
    "Under `population:`, by name. A number of everyone, the same for everyone until the next; conditions know it as `population.name`, missing before the first.",
  required: [],
  oneOf: ["mean", "quantile"],
  stands: { under: "population" },
  words: {
    mean: word("The mean of the values of an event.", nameOf("an event with a `value`"), "average_order: { mean: order }"),
    quantile: word(
      "A quantile of a measure, over the contacts that have it.",
      nameOf("a measure that is a number"),
      "usual_orders: { quantile: orders, at: 0.5 }",
    ),
    at: word(
      "Which quantile: the share that lies at or below.",
      form("a number between 0 and 1", { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }),
      "most_orders: { quantile: orders, at: 0.9 }",
    ),
    window: word("Of a mean: only events that are so recent.", DURATION, "average_order: { mean: order, window: 365d }", "all time"),
    every: word("How often it is computed again.", DURATION, "average_order: { mean: order, every: 7d }", "`1d`"),
    others_moved: word(
      "Whether those are told of who move because the number has changed.",
      oneOf(["silent", "fire"]),
      "average_order: { mean: order, others_moved: fire }",
      "`silent`",
    ),
  },
};

export const RFM_BLOCKS = { population: POPULATION, rfm: RFM, cuts: CUTS_BLOCK, recut: RECUT } as const;
