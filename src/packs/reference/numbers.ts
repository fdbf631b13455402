// Reference: scores, with how they decay and what adds to them, and bands.

import { NAME } from "../schema.ts";
import { type BlockReference, word } from "./reference.ts";
import { block, CONDITION, DURATION, form, mapOf, NUMBER } from "./shapes.ts";

const RANGE = { type: "array", minItems: 2, maxItems: 2, items: { type: "number" } } as const;
const NUMBERS_BY_NAME = { type: "object", minProperties: 1, propertyNames: { pattern: NAME.source }, additionalProperties: { type: "number" } } as const;

export const SCORE: BlockReference = {
  title: "A score",
  about: "Under `scores:`. At least one of `points` and `while` adds to it. A score is the sum of what its rules have given, and never leaves its range.",
  required: [],
  oneOf: [],
  stands: { under: "scores" },
  words: {
    range: word(
      "The lowest and the highest that it can be. It is clipped when points are added.",
      form("`[low, high]`", RANGE),
      "mood: { range: [-50, 50], points: { visit: 1 } }",
      "`[0, 100]`",
    ),
    decay: word(
      "How points fade.",
      block("`none` or `{ half_life }`", "decay", { const: "none" }),
      "interest: { decay: { half_life: 14d }, points: { visit: 5 } }",
      "`none`",
    ),
    points: word(
      "What each event adds.",
      mapOf("`event: number` or `event: { … }`", "points", { type: "number" }),
      "buying: { points: { order: 40, visit: { add: 1, cap: 5 per 1d } } }",
    ),
    while: word(
      "Points that hold as long as their condition holds.",
      mapOf("`rule: { points, if }`", "while"),
      "match: { while: { big: { points: 30, if: traits.employees >= 50 } } }",
    ),
  },
};

export const DECAY: BlockReference = {
  title: "Decay",
  about: "Under `decay:` of a score or of a points rule.",
  required: [],
  oneOf: ["half_life", "linear", "expiry"],
  stands: { under: "scores" },
  words: {
    half_life: word("After this time half of the points are left, continuously.", DURATION, "interest: { decay: { half_life: 14d }, points: { visit: 5 } }"),
    linear: word(
      "Each hit loses its points evenly over this time, from the end of its bucket on; at most `400d`, a whole number of buckets.",
      DURATION,
      "interest: { decay: { linear: 30d }, points: { visit: 5 } }",
    ),
    expiry: word(
      "Each hit counts in full as long as a window of this length holds it, then not at all.",
      DURATION,
      "interest: { decay: { expiry: 30d }, points: { visit: 5 } }",
    ),
  },
};

export const POINTS: BlockReference = {
  title: "A points rule",
  about: "Under `points:` of a score, by the event's name. `event: 5` is short for `event: { add: 5 }`.",
  required: ["add"],
  oneOf: [],
  stands: { under: "scores" },
  words: {
    add: word("How many points, above or below 0.", NUMBER, "mood: { range: [-50, 50], points: { form: { add: -5 } } }"),
    cap: word(
      "At most so many points within a time, for this rule. What is over is not added.",
      form("`<points> per <duration>`, or `per day`, `week`, `month` of the calendar", { type: "string", pattern: "^\\S+\\s+per\\s+\\S+$" }),
      "interest: { points: { visit: { add: 1, cap: 5 per 1d } } }",
      "no cap",
    ),
    decay: word(
      "`none`: these points stay, whatever the score's decay. `{ expiry }` or, where the score has no half-life, `{ linear }`: these points go that way.",
      block("`none`, `{ expiry }` or `{ linear }`", "decay", { const: "none" }),
      "interest: { decay: { half_life: 14d }, points: { form: { add: 20, decay: none } } }",
      "as the score says",
    ),
  },
};

export const WHILE: BlockReference = {
  title: "A `while` rule",
  about: "Under `while:` of a score, by a name of your choice.",
  required: ["points", "if"],
  oneOf: [],
  stands: { under: "scores" },
  words: {
    points: word("What it gives while it holds.", NUMBER, 'match: { while: { near: { points: 15, if: traits.country == "DE" } } }'),
    if: word("When it holds. It may name traits, measures and the scores above.", CONDITION, "match: { while: { buyer: { points: 15, if: orders >= 1 } } }"),
  },
};

export const BAND: BlockReference = {
  title: "A band",
  about: 'Under `bands:`. In conditions it is a text: `recency == "hot"`.',
  required: ["of", "at"],
  oneOf: [],
  stands: { under: "bands" },
  words: {
    of: word(
      "The number: a measure, a score, or `days_since(x)`.",
      form("a name or `days_since(x)`", { type: "string" }),
      "freshness: { of: days_since(last_order), at: { fresh: 0, stale: 60 } }",
    ),
    at: word(
      "Names with their lower bounds, from the lowest. Below the first bound the band is missing.",
      form("`{ name: lowest, … }`", NUMBERS_BY_NAME),
      "loyalty: { of: orders, at: { one: 1, some: 2, many: 10 } }",
    ),
  },
};

export const NUMBERS = { score: SCORE, decay: DECAY, points: POINTS, while: WHILE, band: BAND } as const;
