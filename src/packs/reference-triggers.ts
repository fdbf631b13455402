// Reference: triggers, their occasions and what they send.

import { PRIORITIES } from "./definition.ts";
import { type BlockReference, word } from "./reference.ts";
import { block, CONDITION, DURATION, form, listOf, nameOf, namesOf, oneOf, TEXT } from "./reference-shapes.ts";
import { NAME, WHENS } from "./schema.ts";

const THRESHOLD = form("`{ measure or score: number }`", {
  type: "object",
  minProperties: 1,
  maxProperties: 1,
  propertyNames: { pattern: NAME.source },
  additionalProperties: { type: "number" },
});
const PLACE = namesOf("a stage, segment or audience", "them");
const SEND = "channel: email, message: m";

export const TRIGGER: BlockReference = {
  title: "A trigger",
  about:
    "Under `triggers:`. Exactly one of `enter leave event rises falls silent started` is its occasion. `in` and `if` are asked when it fires, after all packs have moved.",
  required: ["channel", "message"],
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
    after: word("With `enter`, `leave` and `event`: so much later, if it is still true then.", DURATION, `t: { enter: lead, after: 3d, ${SEND} }`, "at once"),
    repeat: word(
      "How often it may fire for one contact: `never` again, `always`, or not within a duration of the last time.",
      form("`never`, `always` or a duration", { type: "string", pattern: "^(never|always|[0-9]{1,9}[smhdw])$" }),
      `t: { event: form, repeat: 7d, ${SEND} }`,
      "`always`; of `rises` and `falls` `never`; of `silent` once per silence",
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

export const TRIGGERS = { trigger: TRIGGER, channel: CHANNEL } as const;
