// Reference: where people can stand: audiences, segments, stages and the moves between them.

import { NAME } from "../schema.ts";
import { type BlockReference, word } from "./reference.ts";
import { CONDITION, DURATION, form, listOf, nameOf, namesOf, PATH } from "./shapes.ts";

const SEGMENT_LIST = {
  type: "array",
  minItems: 1,
  items: { type: "object", minProperties: 1, maxProperties: 1, propertyNames: { pattern: NAME.source }, additionalProperties: { type: ["string", "boolean"] } },
} as const;

export const AUDIENCE: BlockReference = {
  title: "An audience",
  about: "Under `audiences:`. `name: condition` is short for `{ if: condition }`. In conditions it is true or false.",
  required: ["if"],
  oneOf: [],
  stands: { under: "audiences" },
  words: {
    if: word("Who gets in.", CONDITION, "buyers: { if: orders >= 1 }"),
    until: word(
      "Who leaves, where that differs from the way in, so that nobody flickers between the two.",
      CONDITION,
      "active: { if: heat >= 30, until: heat < 15 }",
      "whoever the `if` no longer holds for",
    ),
  },
};

export const SEGMENTS: BlockReference = {
  title: "Segments",
  about: "Under `segments:`.",
  required: [],
  oneOf: ["list", "codes"],
  stands: { instead: "segments" },
  words: {
    among: word(
      "Who is in the game. Whoever is not has no segment.",
      CONDITION,
      "segments:\n  among: orders >= 1\n  list:\n    - many: orders >= 5\n    - few: else",
      "everybody",
    ),
    list: word(
      "Names with their conditions, from the top: the first that holds. `else` holds always and stands last.",
      form("a list of `- name: condition`", SEGMENT_LIST),
      "segments:\n  list:\n    - hot: heat >= 50\n    - cold: else",
    ),
    codes: word(
      "In place of `list`, an exact map of RFM codes: every code stands in one segment. A code has a digit for R, F and M, or for R and F; `[12]` is either digit.",
      form("`name: codes`", {
        type: "object",
        minProperties: 1,
        propertyNames: { pattern: NAME.source },
        additionalProperties: { type: ["string", "integer", "array"] },
      }),
      'segments:\n  codes:\n    good: "22 21"\n    fair: "1[12]"',
    ),
  },
};

export const STAGES: BlockReference = {
  title: "Stages",
  about: "Under `stages:`.",
  required: ["order"],
  oneOf: [],
  stands: { instead: "stages" },
  words: {
    order: word(
      "The stages. Everybody is born into the first.",
      listOf("names"),
      "stages:\n  order: [visitor, lead, customer]\n  moves: [{ to: lead, event: form }, { to: customer, event: order }]",
    ),
    moves: word(
      "How one gets from stage to stage, from the top: the first that applies, then again from the top until none does.",
      form("a list of moves", { type: "array", items: { $ref: "#/$defs/move" } }),
      "stages:\n  order: [visitor, lead]\n  moves:\n    - { to: lead, event: form }",
    ),
    set_by: word(
      "Events of an outside hand, each with its `stage`. At that instant it wins over all moves.",
      namesOf("an event", "events"),
      "stages:\n  order: [visitor, lead]\n  set_by: moved",
    ),
  },
};

export const HAND: BlockReference = {
  title: "A stage that an event sets",
  about: "Under `stage:` of an event that `set_by` of the stages names, in place of the path alone.",
  required: ["from"],
  oneOf: [],
  stands: { under: "events" },
  words: {
    from: word("Where the name of the stage is.", PATH, "e: { track: Card Moved, stage: { from: properties.stage } }"),
    by: word(
      "Where it says who set it: a text, for the transition's `because`.",
      PATH,
      "e: { track: Card Moved, stage: { from: properties.stage, by: properties.user } }",
    ),
    reason: word("Where it says why.", PATH, "e: { track: Card Moved, stage: { from: properties.stage, reason: properties.note } }"),
  },
};

export const MOVE: BlockReference = {
  title: "A move",
  about: "In the list under `moves:`. It needs `event`, `if`, or both.",
  required: ["to"],
  oneOf: [],
  stands: "among the moves",
  words: {
    to: word(
      "The stage that it leads to, or `back`: where the contact was before it came into this one.",
      nameOf("a stage, or `back`"),
      "{ to: lead, event: form }",
    ),
    from: word(
      "The stages that it leads out of: names, `any`, `before x` or `after x`.",
      form("one or a list", { anyOf: [{ type: "string" }, { type: "array", minItems: 1, items: { type: "string" } }] }),
      "{ to: customer, from: before customer, event: order }",
      "`any`",
    ),
    event: word(
      "It applies when this happens. One event satisfies one move.",
      namesOf("an event", "events"),
      "{ to: lead, from: visitor, event: [form, won] }",
    ),
    if: word("It applies when this holds, whatever makes it hold; with `event`, both.", CONDITION, "{ to: lead, from: visitor, if: heat >= 40 }"),
    for: word(
      "The `if` must have held without a break so long, since the entry at the earliest.",
      DURATION,
      "{ to: visitor, from: lead, if: heat < 10, for: 7d }",
      "at once",
    ),
    stay: word("So long no `if` move leads out of the stage that it enters.", DURATION, "{ to: lead, from: customer, event: form, stay: 30d }", "no time"),
    reset: word("Scores that are set to 0 with the step.", namesOf("a score", "scores"), "{ to: lead, from: customer, event: form, reset: heat }", "none"),
  },
};

export const PLACES = { audience: AUDIENCE, segments: SEGMENTS, stages: STAGES, hand: HAND, move: MOVE } as const;
