// Reference: triggers, their occasions and what they send.

import { PRIORITIES } from "../definition.ts";
import { LIMITS, NAME, WHENS } from "../schema.ts";
import { type BlockReference, word } from "./reference.ts";
import { block, CONDITION, DURATION, form, listOf, NUMBER, nameOf, namesOf, ONLY_TRUE, oneOf, TEXT, TRUTH } from "./shapes.ts";

const THRESHOLD = form("`{ measure or score: number }`", {
  type: "object",
  minProperties: 1,
  maxProperties: 1,
  propertyNames: { pattern: NAME.source },
  additionalProperties: { type: "number" },
});
const NUMBERS = form("`{ measure or score: number or list of numbers }`", {
  type: "object",
  minProperties: 1,
  maxProperties: 1,
  propertyNames: { pattern: NAME.source },
  additionalProperties: { anyOf: [{ type: "number" }, { type: "array", minItems: 1, items: { type: "number" } }] },
});
const DURATIONS = form("a duration (`0d` is the date itself), or a list of them", {
  anyOf: [DURATION.schema, { type: "array", minItems: 1, items: DURATION.schema }],
});
const PLACE = namesOf("a stage, segment or audience", "them");
const SEND = "channel: email, message: m";

export const TRIGGER: BlockReference = {
  title: "A trigger",
  about:
    "Under `triggers:`. Exactly one of `enter leave event rises falls reaches silent overdue started date every broadcast` is its occasion. `in` and `if` are asked when it fires, after all packs have moved.",
  required: [],
  either: [["channel", "message"], ["steps"]],
  oneOf: WHENS,
  stands: { under: "triggers" },
  words: {
    enter: word("Somebody comes into the place.", PLACE, `t: { enter: lead, ${SEND} }`),
    leave: word("Somebody goes out of it.", PLACE, `t: { leave: keen, ${SEND} }`),
    event: word("It happens.", namesOf("an event", "events"), `t: { event: form, ${SEND} }`),
    rises: word("The number goes from below to the threshold or above.", THRESHOLD, `t: { rises: { heat: 40 }, ${SEND} }`),
    falls: word("The number goes below the threshold.", THRESHOLD, `t: { falls: { heat: 20 }, ${SEND} }`),
    silent: word(
      "It has not happened for so long; counted from the last one, or from when the contact was first seen. Needs `for`.",
      namesOf("an event", "events"),
      `t: { silent: visit, for: 30d, ${SEND} }`,
    ),
    started: word(
      "It happened and was not followed by `without` within `within`.",
      namesOf("an event", "events"),
      `t: { started: form, without: order, within: 1h, ${SEND} }`,
    ),
    reaches: word(
      "The number comes to one of these or above: once for each, for the largest of several at once.",
      NUMBERS,
      `t: { reaches: { orders: [1, 10, 100] }, ${SEND} }`,
    ),
    overdue: word(
      "It has not happened for `by` times the contact's own average gap. Needs two of them at least.",
      namesOf("an event", "events"),
      `t: { overdue: order, by: 1.2, ${SEND} }`,
    ),
    by: word("With `overdue`: how many of the usual gaps have to pass.", NUMBER, `t: { overdue: order, by: 2, ${SEND} }`),
    date: word(
      "So long `before` or `after` a date that the contact has; a moved date moves it.",
      form("`traits.x`, where x is a date", { type: "string", pattern: "^traits\\.[a-z][a-z0-9_]*$" }),
      `t: { date: traits.renews_at, before: 7d, ${SEND} }`,
    ),
    before: word("With `date`: how long before it.", DURATIONS, `t: { date: traits.renews_at, before: [7d, 1d], ${SEND} }`),
    every: word(
      "Every day or every week, at a time of the contact's own clock (`zone` of the pack).",
      oneOf(["1d", "1w"]),
      `t: { every: 1d, at: "07:30", in: [lead], ${SEND} }`,
    ),
    broadcast: word(
      "Somebody sends for it, with `tidemark feed --broadcast pack/trigger`: every contact that is there by then is told.",
      ONLY_TRUE,
      `t: { broadcast: true, in: [lead], ${SEND} }`,
    ),
    at: word(
      "With `every`: the time, for `1w` with the day of the week before it. Quoted.",
      form("`HH:MM`, or `mon HH:MM` to `sun HH:MM`", { type: "string", pattern: "^((mon|tue|wed|thu|fri|sat|sun) )?([01][0-9]|2[0-3]):[0-5][0-9]$" }),
      `t: { every: 1w, at: "mon 07:30", ${SEND} }`,
    ),
    without: word(
      "With `started`: what should have followed.",
      namesOf("an event", "events"),
      `t: { started: form, without: [order, won], within: 1h, ${SEND} }`,
    ),
    within: word("With `started`: how long to wait for it.", DURATION, `t: { started: form, without: order, within: 4h, ${SEND} }`),
    from: word("With `enter` and `leave`: the stages or segments that were left.", PLACE, `t: { enter: customer, from: [visitor, lead], ${SEND} }`, "any"),
    in: word("The contact stands in one of these when it fires.", PLACE, `t: { event: form, in: [visitor, lead], ${SEND} }`, "anywhere"),
    if: word("A condition on the contact when it fires.", CONDITION, `t: { event: form, if: orders == 0, ${SEND} }`, "always"),
    for: word(
      "With `rises` and `falls`: the value stays there so long. With `silent`: how long the silence is.",
      DURATION,
      `t: { falls: { heat: 20 }, for: 14d, ${SEND} }`,
    ),
    after: word(
      "With `enter`, `leave` and `event`: so much later, if it is still true then. With `date`: how long after it.",
      DURATIONS,
      `t: { enter: lead, after: 3d, ${SEND} }`,
      "at once",
    ),
    repeat: word(
      "How often it may fire for one contact: `never` again, `always`, or not within a duration of the last time.",
      form("`never`, `always` or a duration", { type: "string", pattern: "^(never|always|[0-9]{1,9}[smhdw])$" }),
      `t: { event: form, repeat: 7d, ${SEND} }`,
      "`always`; of `rises` and `falls` `never`; of `reaches` once for each number (which is its `never`); of `silent` and `overdue` once per silence",
    ),
    channel: word(
      "The sender that takes it. It stands in the subject.",
      block("a name, `{ first: [...] }` or `{ all: [...] }`", "channel", { type: "string", pattern: NAME.source }),
      "t: { event: form, channel: crm, message: m }",
    ),
    message: word("What is to be sent: a word that the sender knows.", TEXT, "t: { event: form, channel: email, message: welcome-series }"),
    carry: word(
      "What goes along: traits, measures, and with `event` and `started` properties of the event.",
      form("a name or `event.properties.x`, or a list of them", { anyOf: [{ type: "string" }, { type: "array", minItems: 1, items: { type: "string" } }] }),
      `t: { event: order, carry: [country, orders, event.properties.order_id], ${SEND} }`,
      "nothing",
    ),
    params: word(
      "Fixed values for the sender.",
      form("`{ name: text, number or truth value }`", { type: "object", additionalProperties: { type: ["string", "number", "boolean"] } }),
      `t: { event: form, params: { discount: 10 }, ${SEND} }`,
      "none",
    ),
    purpose: word(
      "What it is for. `transactional` and `internal` are names that policies know.",
      nameOf("a purpose"),
      `t: { event: order, purpose: transactional, ${SEND} }`,
      "`marketing`",
    ),
    priority: word("Who goes first where several fire at one moment.", oneOf(PRIORITIES), `t: { event: form, priority: high, ${SEND} }`, "`normal`"),
    expires: word("How long it is worth sending: `action.expires` is the moment.", DURATION, `t: { event: form, expires: 2d, ${SEND} }`, "never"),
    steps: word(
      "A series: one message after the other, in place of `message`. It ends when the goal is met or when what began it is no longer so.",
      form("a list of steps", { type: "array", minItems: 1, maxItems: LIMITS.steps, items: { $ref: "#/$defs/step" } }),
      "t: { enter: lead, channel: email, steps: [{ after: 0d, message: hello }, { after: 3d, message: tips }] }",
    ),
    goal: word(
      "What it is for: its outcome is published when it is reached or its time is over, and a series ends when it is met.",
      block("`{ event or enter, answered, within }`", "goal"),
      `t: { enter: lead, goal: { event: order, within: 14d }, ${SEND} }`,
    ),
    variants: word(
      "Divides the contacts: each has always the same variant.",
      form("`{ name: percentage }`, which sum to 100", {
        type: "object",
        minProperties: 2,
        maxProperties: LIMITS.variants,
        propertyNames: { pattern: NAME.source },
        additionalProperties: { type: "number", minimum: 0 },
      }),
      `t: { enter: lead, variants: { a: 20, b: 80 }, ${SEND} }`,
      "none",
    ),
    owner: word("Who answers for it, for reports. It changes nothing.", TEXT, `t: { event: form, owner: growth, ${SEND} }`),
  },
};

export const CHANNEL: BlockReference = {
  title: "Several channels",
  about: "Under `channel:` of a trigger, in place of a name.",
  required: [],
  oneOf: ["first", "all"],
  stands: { under: "triggers" },
  words: {
    first: word("The first of these that may be used.", listOf("channels"), "t: { event: form, channel: { first: [push, email] }, message: m }"),
    all: word("Each of these.", listOf("channels"), "t: { event: form, channel: { all: [push, email] }, message: m }"),
  },
};

const inSteps = (keys: string): string => `t: { enter: lead, channel: email, steps: [{ ${keys} }] }`;

export const STEP: BlockReference = {
  title: "A step of a series",
  about: "Under `steps:` of a trigger. What it does not say of `channel`, `params` and `expires`, the trigger says for all steps.",
  required: ["after", "message"],
  oneOf: [],
  stands: { under: "triggers" },
  words: {
    after: word("How long after the beginning of the series; later than the step before. `0d` is at once.", DURATION, inSteps("after: 3d, message: m")),
    message: word("What is to be sent.", TEXT, inSteps("after: 3d, message: tips")),
    channel: word(
      "The sender of this step.",
      block("a name, `{ first: [...] }` or `{ all: [...] }`", "channel", { type: "string", pattern: NAME.source }),
      inSteps("after: 3d, message: m, channel: push"),
      "the trigger's",
    ),
    params: word(
      "Fixed values for the sender.",
      form("`{ name: text, number or truth value }`", { type: "object", additionalProperties: { type: ["string", "number", "boolean"] } }),
      inSteps("after: 3d, message: m, params: { discount: 10 }"),
      "the trigger's",
    ),
    expires: word("How long this step is worth sending.", DURATION, inSteps("after: 3d, message: m, expires: 2d"), "the trigger's"),
    if: word(
      "A condition on the contact when the step comes; where it does not hold the step is left out.",
      CONDITION,
      inSteps("after: 3d, message: m, if: orders == 0"),
      "always",
    ),
  },
};

export const GOAL: BlockReference = {
  title: "A goal",
  about: "Under `goal:` of a trigger. It is open from the first message that is sent.",
  required: ["within"],
  oneOf: ["event", "enter"],
  stands: { under: "triggers" },
  words: {
    event: word("It happens.", namesOf("an event", "events"), `t: { enter: lead, goal: { event: [order, won], within: 14d }, ${SEND} }`),
    enter: word("Somebody comes into the place.", PLACE, `t: { event: form, goal: { enter: customer, within: 14d }, ${SEND} }`),
    answered: word(
      "Only an event that is an answer to what was sent meets it: one whose `context.tidemark.key` is the `key` of that occasion, as opens and clicks have it. Needs `event`.",
      TRUTH,
      `t: { enter: lead, goal: { event: form, answered: true, within: 3d }, ${SEND} }`,
      "false",
    ),
    within: word("How long after the first message it counts.", DURATION, `t: { enter: lead, goal: { event: order, within: 3d }, ${SEND} }`),
  },
};

export const TRIGGERS = { trigger: TRIGGER, step: STEP, goal: GOAL, channel: CHANNEL } as const;
