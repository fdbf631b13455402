// The reference of the policy: for every word of policy-schema.ts what it means, what it takes, what holds without it and an
// example, as reference-*.ts have it for packs. docs/policy-language.md and docs/policy.schema.json are made from it; the exact
// meaning is in docs/policy.md.

import type { POLICY_BLOCKS } from "../policy-schema.ts";
import { POLICY_LIMITS } from "../policy-schema.ts";
import { NAME, PACK_NAME } from "../schema.ts";
import { type BlockReference, word } from "./reference.ts";
import { block, DURATION, form, listOf, mapOf, NAME_OF_PACK, nameOf, oneOf, TRUTH } from "./shapes.ts";

const CAP_SCHEMA = { type: "string", pattern: "^[0-9]{1,6}\\s+per\\s+(day|week|month|[0-9]{1,9}[smhdw])$" } as const;
const CAP = form(`\`<number> per <window>\` or \`<number> per day\` (\`week\`, \`month\`), or a list of at most ${POLICY_LIMITS.caps}`, {
  anyOf: [CAP_SCHEMA, { type: "array", minItems: 1, maxItems: POLICY_LIMITS.caps, items: CAP_SCHEMA }],
});
const ZONE_NAME = form("an IANA name", { type: "string" });
const TIME_OF_DAY = "([01]?[0-9]|2[0-3]):[0-5][0-9]";
const EXEMPT = oneOf(["none", "asked"]);
const SHORT_TEXT = { type: "string", minLength: 1, maxLength: 64 } as const;
const PRIORITIES = ["high", "normal", "low"] as const;

/** `pack/name`, or a list of these. */
const inPacks = (text: string) => {
  const one = { type: "string", pattern: `${PACK_NAME.source.slice(0, -1)}/${NAME.source.slice(1)}` };
  return form(`${text}, or a list of at most ${POLICY_LIMITS.places}`, {
    anyOf: [one, { type: "array", minItems: 1, maxItems: POLICY_LIMITS.places, items: one }],
  });
};

const POLICY: BlockReference = {
  title: "The policy",
  about: "A file holds one policy, and the engine has one. It stands between what all packs want to send and what is sent.",
  required: ["policy", "channels"],
  oneOf: [],
  stands: "on top",
  words: {
    policy: word("The name of the policy. It stands first: by it a file is known to be a policy and no pack.", NAME_OF_PACK, "policy: default"),
    zone: word(
      "Whose clock counts for quiet hours and calendar days: one zone for all, or the one that a trait of the contact names.",
      block("an IANA name, or `{ trait, else }`", "zone", { type: "string" }),
      "zone: Europe/Berlin",
      "`UTC`",
    ),
    channels: word(
      `The channels that triggers use, at most ${POLICY_LIMITS.channels}. One with nothing behind it reaches the contact and asks nothing. \`channels: {}\` has none.`,
      mapOf("`name: { … }` or `name:`", "channel", { type: "null" }),
      "channels:\n  email: { consent: email, cap: 1 per day }\n  web:",
    ),
    everyone: word("What holds over all channels that reach the contact, together.", block("`{ cap }`", "everyone"), "everyone: { cap: 6 per 7d }", "no cap"),
    transactional: word(
      "What triggers with `purpose: transactional` must ask all the same.",
      block("`{ consent, cap, quiet, hold_out }`", "transactional"),
      "transactional: { quiet: asked }",
      "they ask nothing",
    ),
    when_quiet: word(
      "What becomes of a message in quiet hours.",
      block("`{ hold, check_again }`", "whenQuiet"),
      "when_quiet: { hold: 12h, check_again: true }",
      "`{ hold: 24h, check_again: true }`",
    ),
    when_capped: word(
      "What becomes of a message for which no cap has room: it is withheld and published with its reason, never sent later.",
      oneOf(["drop"]),
      "when_capped: drop",
      "`drop`",
    ),
    priority: word(
      "Which priority of a trigger goes first at one moment, so that what is left of a cap goes to it. All three, each once.",
      form("a list of `high`, `normal` and `low`", { type: "array", minItems: 3, maxItems: 3, uniqueItems: true, items: { enum: PRIORITIES } }),
      "priority: [normal, high, low]",
      "`[high, normal, low]`",
    ),
    hold_out: word(
      "Contacts that get nothing, so that the rest can be compared with them.",
      block("`{ percent, salt }`", "holdOut"),
      "hold_out: { percent: 5, salt: 2026-q4 }",
      "nobody",
    ),
    suppress: word(
      "Places in which a contact is left alone by the triggers of all packs.",
      form(`a list of at most ${POLICY_LIMITS.suppress} entries \`{ in, except, channels }\``, {
        type: "array",
        maxItems: POLICY_LIMITS.suppress,
        items: { $ref: "#/$defs/suppress" },
      }),
      "suppress:\n  - { in: shop/lost, except: [shop/win_back] }",
      "nothing",
    ),
  },
};

const ZONE: BlockReference = {
  title: "A zone for each",
  about: "Under `zone:`, in place of a name.",
  required: [],
  oneOf: [],
  stands: "on top",
  words: {
    trait: word(
      "The trait that names the contact's zone, read from any message; `timezone` is also read from the `context` that SDKs send.",
      form("the name of a trait, at most 64 characters", SHORT_TEXT),
      "zone: { trait: timezone, else: Europe/Berlin }",
      "all live by `else`",
    ),
    else: word("The zone of those who have none.", ZONE_NAME, "zone: { trait: timezone, else: America/New_York }", "`UTC`"),
  },
};

const CHANNEL: BlockReference = {
  title: "A channel",
  about: "Under `channels:`, by the name that triggers give it.",
  required: [],
  oneOf: [],
  stands: { under: "channels" },
  words: {
    reaches: word(
      "Whom: `contact`, a message to the person; `audience`, a list that others show things to, without `cap` and `quiet`; `staff`, people of ours, asked nothing at all.",
      oneOf(["contact", "audience", "staff"]),
      "crm: { reaches: staff }",
      "`contact`",
    ),
    consent: word(
      "What the contact must have agreed to, by its key in `traits.consent`; the key alone asks for a yes.",
      block("the name of a key, or `{ key, default }`", "consent", { type: "string", pattern: NAME.source }),
      "email: { consent: email }",
      "nobody needs to be asked",
    ),
    cap: word(
      "At most so many in a window, the current bucket included. `7d` rolls; `day`, `week` and `month` are those of the contact's calendar. All of a list must have room.",
      CAP,
      "email: { cap: [1 per day, 4 per week] }",
      "no cap",
    ),
    quiet: word(
      "From the first time of day to the second nothing is sent, over midnight where the first is the later.",
      form('`"<hh:mm> to <hh:mm>"`', { type: "string", pattern: `^${TIME_OF_DAY}\\s+to\\s+${TIME_OF_DAY}$` }),
      'push: { quiet: "21:00 to 08:00" }',
      "never quiet",
    ),
  },
};

const CONSENT: BlockReference = {
  title: "Consent",
  about: "Under `consent:` of a channel. Channels may share a key.",
  required: ["key"],
  oneOf: [],
  stands: { under: "channels" },
  words: {
    key: word("The key in `traits.consent` under which the contact's answer comes.", nameOf("a key"), "email: { consent: { key: newsletter } }"),
    default: word(
      "What holds while there is no answer: `opt_in`, nothing is sent before a yes; `opt_out`, everything until a no.",
      oneOf(["opt_in", "opt_out"]),
      "push: { consent: { key: push, default: opt_out } }",
      "`opt_in`",
    ),
  },
};

const EVERYONE: BlockReference = {
  title: "Everyone",
  about: "Under `everyone:`.",
  required: [],
  oneOf: [],
  stands: "on top",
  words: {
    cap: word(
      "At most so many over all channels that reach the contact; asked after the channel's own.",
      CAP,
      "everyone: { cap: [2 per day, 6 per 7d] }",
      "no cap",
    ),
  },
};

const exempt = (what: string, example: string) =>
  word(`Whether ${what}: \`asked\`, as for any other trigger; \`none\`, it is passed over.`, EXEMPT, example, "`none`");

const TRANSACTIONAL: BlockReference = {
  title: "What is transactional",
  about: "Under `transactional:`, for triggers with `purpose: transactional`. They are never suppressed.",
  required: [],
  oneOf: [],
  stands: "on top",
  words: {
    cap: exempt("caps hold for them, and count them", "transactional: { cap: asked }"),
    consent: exempt("they need consent", "transactional: { consent: asked }"),
    quiet: exempt("they wait through quiet hours", "transactional: { quiet: asked }"),
    hold_out: exempt("those held out go without them", "transactional: { hold_out: asked }"),
  },
};

const WHEN_QUIET: BlockReference = {
  title: "When it is quiet",
  about: "Under `when_quiet:`. A message in quiet hours is held until they end.",
  required: [],
  oneOf: [],
  stands: "on top",
  words: {
    hold: word("At most so long, `7d` at the longest; what would wait longer is withheld at once.", DURATION, "when_quiet: { hold: 12h }", "`24h`"),
    check_again: word(
      "Whether what made the trigger fire must still be true when the quiet hours end; what is not is withheld.",
      TRUTH,
      "when_quiet: { check_again: false }",
      "true",
    ),
  },
};

const HOLD_OUT: BlockReference = {
  title: "A hold-out",
  about: "Under `hold_out:`. A contact is drawn once, and stays what it was drawn as.",
  required: ["percent", "salt"],
  oneOf: [],
  stands: "on top",
  words: {
    percent: word(
      "How many of a hundred are held out. Another percentage draws nobody again.",
      form("a number from 0 to 100", { type: "number", minimum: 0, maximum: 100 }),
      "hold_out: { percent: 2.5, salt: spring }",
    ),
    salt: word("Any text; another one draws everybody anew.", form("a text, at most 64 characters", SHORT_TEXT), "hold_out: { percent: 5, salt: 2026-q4 }"),
  },
};

const SUPPRESS: BlockReference = {
  title: "A suppression",
  about: "An entry of `suppress:`. While the contact stands in one of the places, nothing is sent on the channels, except by the triggers that are named.",
  required: ["in"],
  oneOf: [],
  stands: "on top",
  words: {
    in: word("Stages, segments or audiences of packs.", inPacks("`pack/place`"), "suppress:\n  - { in: [shop/lost, shop/complaining] }"),
    except: word("Triggers that go all the same.", inPacks("`pack/trigger`"), "suppress:\n  - { in: shop/lost, except: shop/win_back }", "none"),
    channels: word(
      "On these channels of the policy alone; none of them is for staff.",
      form("a channel, or a list of channels", { anyOf: [{ type: "string", pattern: NAME.source }, listOf("channels").schema] }),
      "suppress:\n  - { in: shop/lost, channels: [email] }",
      "all but those for staff",
    ),
  },
};

export const POLICY_REFERENCE: Readonly<Record<keyof typeof POLICY_BLOCKS, BlockReference>> = {
  policy: POLICY,
  zone: ZONE,
  channel: CHANNEL,
  consent: CONSENT,
  everyone: EVERYONE,
  transactional: TRANSACTIONAL,
  whenQuiet: WHEN_QUIET,
  holdOut: HOLD_OUT,
  suppress: SUPPRESS,
};

/** A whole policy with the example in it; everything that an example names is there. */
export function framedPolicy({ stands }: BlockReference, example: string): string {
  if (stands !== "on top") return `policy: example\nchannels:\n  ${example}\n`;
  const key = /^\w+/.exec(example)?.[0] ?? "";
  const parts: Readonly<Record<string, string>> = { policy: "policy: example", channels: "channels: { email: { consent: email } }" };
  return `${Object.values({ ...parts, [key]: example }).join("\n")}\n`;
}
