// Reference: recency, frequency and amount.

import { type BlockReference, word } from "./reference.ts";
import { block, DURATION, form, nameOf, oneOf } from "./shapes.ts";

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
      form("a number between 0 and 1", { type: "number", minimum: 0 }),
      "most_orders: { quantile: orders, at: 0.9 }",
    ),
    window: word("Of a mean: only events that are so recent.", DURATION, "average_order: { mean: order, window: 365d }", "all time"),
    free: word(
      "Of a mean: whether events without an amount above 0 count.",
      oneOf(["count", "leave_out"]),
      "average_order: { mean: order, free: leave_out }",
      "`count`",
    ),
    every: word("How often it is computed again.", DURATION, "average_order: { mean: order, every: 7d }", "`1d`"),
    others_moved: word(
      "Whether those are told of who move because the number has changed.",
      oneOf(["silent", "fire"]),
      "average_order: { mean: order, others_moved: fire }",
      "`silent`",
    ),
  },
};

const PARAMETER = form("a number above 0", { type: "number", minimum: 0 });
const BG_NBD_EXAMPLE = "value: { of: order, bg_nbd: { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 } }";
const GAMMA_GAMMA_EXAMPLE = "value: { of: order, gamma_gamma: { p: 6.25, q: 3.74, gamma: 15.44 } }";

export const VALUE: BlockReference = {
  title: "Value",
  about:
    "Under `value:` of the pack. `bg_nbd` gives `value.alive` (the chance that the contact will buy again at all) and `value.purchases`, `gamma_gamma` gives `value.spend` (of one purchase); missing without a purchase.",
  required: ["of"],
  oneOf: [],
  stands: { instead: "value" },
  words: {
    of: word("The event that is a purchase; it has a `value`.", nameOf("an event"), "value: { of: order }"),
    unit: word("What the parameters count time in.", DURATION, "value: { of: order, unit: 7d }", "`7d`"),
    next: word("How far ahead purchases are expected.", DURATION, "value: { of: order, next: 90d }", "`365d`"),
    free: word("Whether purchases without an amount above 0 count.", oneOf(["count", "leave_out"]), "value: { of: order, free: leave_out }", "`count`"),
    bg_nbd: word("Parameters of BG/NBD, as `tidemark fit` estimates them.", block("`{ r, alpha, a, b }`", "bg_nbd"), BG_NBD_EXAMPLE),
    gamma_gamma: word("Parameters of Gamma-Gamma, as `tidemark fit` estimates them.", block("`{ p, q, gamma }`", "gamma_gamma"), GAMMA_GAMMA_EXAMPLE),
  },
};

export const BG_NBD: BlockReference = {
  title: "BG/NBD",
  about: "Under `bg_nbd:` of `value` (Fader, Hardie and Lee 2005).",
  required: ["r", "alpha", "a", "b"],
  oneOf: [],
  stands: { instead: "value" },
  words: {
    r: word("Shape of how purchase rates spread.", PARAMETER, BG_NBD_EXAMPLE),
    alpha: word("Their scale, in units of time.", PARAMETER, BG_NBD_EXAMPLE),
    a: word("With `b`, how the chance of dropping out after a purchase spreads.", PARAMETER, BG_NBD_EXAMPLE),
    b: word("With `a`, the same.", PARAMETER, BG_NBD_EXAMPLE),
  },
};

export const GAMMA_GAMMA: BlockReference = {
  title: "Gamma-Gamma",
  about: "Under `gamma_gamma:` of `value` (Fader and Hardie 2013).",
  required: ["p", "q", "gamma"],
  oneOf: [],
  stands: { instead: "value" },
  words: {
    p: word("Shape of one customer's amounts.", PARAMETER, GAMMA_GAMMA_EXAMPLE),
    q: word("Shape of how their means spread; above 1.", PARAMETER, GAMMA_GAMMA_EXAMPLE),
    gamma: word("Scale of that, in the currency.", PARAMETER, GAMMA_GAMMA_EXAMPLE),
  },
};

export const RFM_BLOCKS = { population: POPULATION, rfm: RFM, cuts: CUTS_BLOCK, recut: RECUT, value: VALUE, bg_nbd: BG_NBD, gamma_gamma: GAMMA_GAMMA } as const;
