// Reference: the pack itself, and what is known of people: events, traits, measures.

import { LIMITS, NAME } from "../schema.ts";
import { type BlockReference, word } from "./reference.ts";
import { block, CONDITION, DURATION, form, mapOf, NAME_OF_PACK, nameOf, ONLY_TRUE, oneOf, PATH, TRAIT_PATH, TRUTH, texts, WHERE, WHOLE } from "./shapes.ts";

const MESSAGE_NAMES = [{ type: "string" }, { type: "array", minItems: 1, items: { type: "string" } }] as const;
const TRAIT_TYPES = ["string", "number", "bool", "date"] as const;

export const PACK: BlockReference = {
  title: "The pack",
  about: "A file holds one pack. Its parts are computed in the order in which they stand here, and a condition may name what stands above it.",
  required: ["pack", "version", "events"],
  oneOf: [],
  stands: "on top",
  words: {
    pack: word("The name of the pack. It stands in the subject of everything that it publishes.", NAME_OF_PACK, "pack: b2b-funnel"),
    version: word("Counts up with every change to a pack that is live.", WHOLE, "version: 2"),
    zone: word(
      "The zone whose days count in windows of days, caps, `days` and `streak`: one for all, or the one that a trait names.",
      block("an IANA name, or `{ trait, else }`", "zone", { type: "string" }),
      "zone: Europe/Berlin",
      "`UTC`",
    ),
    currency: word(
      "What amounts of money are in. For people; nothing is converted.",
      form("three capital letters", { type: "string", pattern: "^[A-Z]{3}$" }),
      "currency: EUR",
    ),
    exclude: word(
      "Whom the pack leaves out, such as one's own people: a condition on `traits` and `identified`.",
      CONDITION,
      'exclude: traits.country == "XX"',
      "nobody",
    ),
    catch_up: word(
      "What is made up for when a contact returns from history: nothing of the moments that it has passed, or what still is worth sending, spread over a time.",
      form("`none` or `spread over D`", { type: "string", pattern: "^(none|spread\\s+over\\s+[1-9][0-9]*[smhdw])$" }),
      "catch_up: spread over 6h",
      "`none`",
    ),
    events: word(
      "What people do: the pack's own names for messages. Everything else uses these names.",
      mapOf("`name: Track Name`, `name: [A, B]` or `name: { … }`", "event", ...MESSAGE_NAMES),
      'events:\n  visit: { page: "*" }\n  order: Order Completed',
    ),
    traits: word(
      "The only traits that are kept; conditions and `carry` may use these.",
      mapOf("`name: type` or `name: { … }`", "trait", { enum: TRAIT_TYPES }),
      "traits:\n  country: string",
    ),
    measures: word("Numbers and moments that are kept of one event each.", mapOf("`name: { … }`", "measure"), "measures:\n  orders: { count: order }"),
    scores: word(
      "Numbers that rules add to, and that always say which rule gave what.",
      mapOf("`name: { … }`", "score"),
      "scores:\n  heat: { points: { visit: 5 } }",
    ),
    grids: word(
      "Letters and digits by lower bounds of two scores, the best first: `A1`. A change of the cell is a transition.",
      form("`name: { score: { A: lowest, … }, other: { 1: lowest, … } }`", {
        type: "object",
        propertyNames: { pattern: NAME.source },
        additionalProperties: {
          type: "object",
          minProperties: 2,
          maxProperties: 2,
          additionalProperties: { type: "object", additionalProperties: { type: "number" } },
        },
      }),
      "grids:\n  grade:\n    fit: { A: 50, B: 0 }\n    heat: { 1: 50, 2: 0 }",
    ),
    bands: word("Names for where a number lies.", mapOf("`name: { of, at }`", "band"), "bands:\n  warmth: { of: heat, at: { cold: 0, warm: 40 } }"),
    population: word(
      "Numbers of everyone, counted from time to time: conditions know them as `population.name`.",
      mapOf("`name: { mean | quantile, … }`", "population"),
      "population:\n  average_order: { mean: order, window: 365d }",
    ),
    rfm: word(
      "Recency, frequency and amount of purchases, each as a bin; gives `r`, `f`, `m` and `rfm` to conditions.",
      block("`{ of, cuts, … }`", "rfm"),
      "rfm: { of: order, bins: 2, cuts: { r: [90], f: [2], m: [50] } }",
    ),
    value: word(
      "What a contact is worth: `value.alive`, `value.purchases` and `value.spend` in conditions.",
      block("`{ of, bg_nbd, gamma_gamma, … }`", "value"),
      "value: { of: order, bg_nbd: { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 } }",
    ),
    audiences: word(
      "Who is in and who is not, each on its own.",
      mapOf("`name: condition` or `name: { if, until }`", "audience", { type: ["string", "boolean"] }),
      "audiences:\n  keen: heat >= 50",
    ),
    segments: word(
      "Exactly one place for everybody in the game, by conditions from the top.",
      block("`{ among, list }` or `{ among, codes }`", "segments"),
      "segments:\n  list:\n    - hot: heat >= 50\n    - cold: else",
    ),
    stages: word(
      "Exactly one place for everybody, by moves from one to the next.",
      block("`{ order, moves }`", "stages"),
      "stages:\n  order: [visitor, lead]\n  moves:\n    - { to: lead, event: form }",
    ),
    triggers: word("What should happen when.", mapOf("`name: { … }`", "trigger"), "triggers:\n  hello: { event: form, channel: email, message: hello }"),
    targets: word(
      "What the team means to reach, for reports and an alert: of those who come into one stage, how many percent go on to the other in time.",
      form("`stage_to_stage: percent` or `stage_to_stage: { … }`", {
        type: "object",
        minProperties: 1,
        additionalProperties: { anyOf: [{ $ref: "#/$defs/target" }, { type: "number" }] },
      }),
      "targets:\n  visitor_to_lead: 20",
    ),
  },
};

export const TARGET: BlockReference = {
  title: "A target",
  about: "Under `targets:`. `stage_to_stage: 20` is short for `stage_to_stage: { percent: 20 }`.",
  required: ["percent"],
  oneOf: [],
  stands: { under: "targets" },
  words: {
    percent: word("What the team means to reach.", form("a number above 0, at most 100", { type: "number" }), "visitor_to_lead: { percent: 20 }"),
    within: word("In which time after the entry into the first stage.", DURATION, "visitor_to_lead: { percent: 20, within: 14d }", "`30d`"),
  },
};

export const EVENT: BlockReference = {
  title: "An event",
  about:
    "Under `events:`. `name: Track Name` and `name: [A, B]` are short for tracks of these names. Exactly one of `track page screen identify group any` says which messages it is; one message can be several events.",
  required: [],
  oneOf: ["track", "page", "screen", "identify", "group", "any"],
  stands: { under: "events" },
  words: {
    track: word("A track message of this name, or of any of these.", texts("a name, or a list of names"), "signup: { track: [Signed Up, Account Created] }"),
    page: word('A page of this name; `"*"`: every page.', texts('a name, a list of names, or `"*"`'), "pricing: { page: Pricing }"),
    screen: word('A screen of this name; `"*"`: every screen.', texts('a name, a list of names, or `"*"`'), 'opened: { screen: "*" }'),
    identify: word("Every identify message.", ONLY_TRUE, "known: { identify: true }"),
    group: word("Every group message.", ONLY_TRUE, "joined: { group: true }"),
    any: word("Every message, whatever it is.", ONLY_TRUE, "alive: { any: true }"),
    where: word(
      "Asks more of the message: `properties`, `context`, `traits` and `name`. It is not this event where that does not hold or something is missing.",
      WHERE,
      'pricing_view: { page: "*", where: properties.path.startsWith("/pricing") }',
    ),
    value: word("The event's amount: what `sum`, `min` and `max` take.", PATH, "deal: { track: Deal Won, value: properties.amount }"),
    stage: word(
      "The stage that an outside hand sets with it; the stages name the event under `set_by`.",
      block("a path, or `{ from, by, reason }`", "hand", { type: "string" }),
      "e: { track: Card Moved, stage: properties.stage }",
    ),
    key: word(
      "Names the occasion (an order, a cart) in the trigger's `key`. It does not drop repeats.",
      PATH,
      "cart: { track: Product Added, key: properties.cart_id }",
    ),
    undoes: word(
      "Takes back what another event with the same `key` did: with a `value` as much of it, without one all of it. Both have a `key`.",
      nameOf("an event"),
      "refund: { track: Order Refunded, key: properties.order_id, value: properties.refund, undoes: order }",
    ),
    once: word(
      "Drops repeats of a property's value.",
      block("`{ per, in }`", "once"),
      "open: { track: Email Opened, once: { per: properties.email_id, in: 1d } }",
    ),
  },
};

export const ONCE: BlockReference = {
  title: "Once",
  about: "Under `once:` of an event. The time runs from the last message with the value that counted.",
  required: ["per", "in"],
  oneOf: [],
  stands: { under: "events" },
  words: {
    per: word("The value that may not come again.", PATH, "open: { track: Email Opened, once: { per: properties.email_id, in: 1d } }"),
    in: word("For so long.", DURATION, "open: { track: Email Opened, once: { per: context.ip, in: 12h } }"),
  },
};

export const TRAIT: BlockReference = {
  title: "A trait",
  about: "Under `traits:`. `name: type` is short for `{ type }`.",
  required: ["type"],
  oneOf: [],
  stands: { under: "traits" },
  words: {
    type: word("What it is. A date is a moment: conditions ask `days_since(traits.x)`.", oneOf(TRAIT_TYPES), "plan: { type: string }"),
    from: word(
      "Where it is read. `group.x` are the traits of a group message.",
      TRAIT_PATH,
      "company: { type: string, from: [traits.company.name, group.name] }",
      "`traits.<name>`, then `context.traits.<name>`",
    ),
    keep: word("Which one stays.", oneOf(["first", "last"]), "source: { type: string, from: context.campaign.source, keep: first }", "`last`"),
    personal: word(
      "Says that it is about a person and not for everybody's eyes. It changes nothing that is computed.",
      TRUTH,
      "email: { type: string, personal: true }",
      "`false`",
    ),
  },
};

export const MEASURE: BlockReference = {
  title: "A measure",
  about: "Under `measures:`. Each is of one named event.",
  required: [],
  oneOf: ["count", "sum", "min", "max", "first", "last", "latest", "earliest", "days", "distinct", "sessions", "gap", "streak", "top"],
  stands: { under: "measures" },
  words: {
    count: word("How many of it; 0 before the first.", nameOf("an event"), "forms: { count: form }"),
    sum: word("The sum of its values, to 1/10,000; 0 before the first.", nameOf("an event"), "paid: { sum: order }"),
    min: word("Its smallest value; missing before the first.", nameOf("an event"), "smallest: { min: order }"),
    max: word("Its largest value; missing before the first.", nameOf("an event"), "largest: { max: order }"),
    first: word("The moment of the first; ask `days_since(x)` or `never(x)`.", nameOf("an event"), "first_order: { first: order }"),
    last: word("The moment of the last.", nameOf("an event"), "last_form: { last: form }"),
    latest: word("The value of the latest.", nameOf("an event"), "last_paid: { latest: order }"),
    earliest: word("The value of the earliest.", nameOf("an event"), "first_paid: { earliest: order }"),
    days: word(
      "On how many calendar days it happened; with `unit` in how many weeks or months.",
      nameOf("an event"),
      "active_days: { days: visit, window: 30d }",
    ),
    distinct: word("How many different values of a property.", nameOf("an event"), "products: { distinct: visit, of: properties.product_id }"),
    sessions: word("How many visits, one ending after a quiet time.", nameOf("an event"), "sessions_30d: { sessions: visit, window: 30d }"),
    gap: word("Days from one to the next, on average; missing before the second.", nameOf("an event"), "rhythm: { gap: order }"),
    streak: word("How many days, weeks or months in a row, up to now.", nameOf("an event"), "run: { streak: visit }"),
    top: word("The most frequent value of a property.", nameOf("an event"), "favourite: { top: visit, of: properties.category }"),
    of: word("Where the value is read; `distinct` and `top` need it.", PATH, "items: { sum: order, of: properties.items }", "the event's `value`"),
    window: word(
      "Only what happened within it, for `count`, `sum`, `days`, `distinct` and `sessions`. Whole minutes up to `1h`, hours up to `2d`, days up to `400d`. With `unit: week` or `unit: month` a number of them, the current one included.",
      form("a duration, or with `unit` a whole number", { anyOf: [DURATION.schema, WHOLE.schema] }),
      "visits_7d: { count: visit, window: 7d }",
      "all time",
    ),
    type: word(
      "What `latest` and `earliest` keep of their `of`.",
      oneOf(["string", "number", "bool"]),
      "plan: { latest: form, of: properties.plan, type: string }",
      "`string`",
    ),
    limit: word(
      `How many values \`distinct\` remembers; the number stays there. At most ${LIMITS.distinct_most}.`,
      WHOLE,
      "pages: { distinct: visit, of: properties.path, limit: 200 }",
      `${LIMITS.distinct}`,
    ),
    quiet: word("After how long without it a session of `sessions` ends.", DURATION, "calls: { sessions: visit, quiet: 10m }", "`30m`"),
    unit: word(
      "What `days` and `streak` count, by the calendar.",
      oneOf(["day", "week", "month"]),
      "months: { days: order, unit: month, window: 12 }",
      "`day`",
    ),
    keep: word(
      `How many values \`top\` gives: with more than one it is a list, asked with \`in\`. At most ${LIMITS.top}.`,
      WHOLE,
      "favourites: { top: visit, of: properties.category, keep: 3 }",
      "1",
    ),
  },
};

export const ZONE: BlockReference = {
  title: "A zone for each",
  about: "Under `zone:` of the pack, in place of a name.",
  required: ["trait", "else"],
  oneOf: [],
  stands: { instead: "zone" },
  words: {
    trait: word("The text trait that names the contact's zone.", nameOf("a trait"), "zone: { trait: timezone, else: Europe/Berlin }"),
    else: word("The zone of those who have none.", form("an IANA name", { type: "string" }), "zone: { trait: timezone, else: UTC }"),
  },
};

export const BEHAVIOUR = { pack: PACK, target: TARGET, zone: ZONE, event: EVENT, once: ONCE, trait: TRAIT, measure: MEASURE } as const;
