// The policy's language: what a right one means, and every mistake with its words, place and cure.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadPolicy, loadPolicyFile, looksLikePolicy } from "../../../src/packs/load/policy.ts";
import { formatProblems } from "../../../src/packs/problems.ts";

const RIGHT = `policy: default
zone: { trait: timezone, else: Europe/Berlin }
channels:
  email: { consent: email, cap: [1 per 1d, 4 per 7d], quiet: "21:00 to 08:00" }
  push: { consent: { key: push, default: opt_out }, cap: 2 per day }
  web:
  ads: { reaches: audience, consent: ads }
  crm: { reaches: staff }
everyone: { cap: 6 per 7d }
transactional: { cap: none, consent: asked }
when_quiet: { hold: 12h, check_again: false }
when_capped: drop
priority: [normal, high, low]
hold_out: { percent: 5, salt: 2026-q4 }
suppress:
  - { in: shop/lost, except: [shop/win_back], channels: [email] }
`;

/** Replaces a text of RIGHT, or is a whole policy. */
type Mistake = readonly [change: string, into: string, ...says: readonly string[]];

const MISTAKES: Readonly<Record<string, Mistake>> = {
  "no name": ["policy: default\n", "", "1:1  missing-key  the policy has no name  (begin with `policy: default`)"],
  "a bad name": [
    "policy: default",
    "policy: My Policy",
    "1:9  bad-name  `My Policy` is not the name of a policy  (a lower-case letter, then up to 63 lower-case letters, digits, - and _)",
  ],
  "an unknown key": ["when_capped: drop", "when_caped: drop", "12:1  unknown-key  unknown key `when_caped` in the policy  (did you mean `when_capped`?)"],
  "an unknown zone": [
    "else: Europe/Berlin",
    "else: Europe/Berln",
    "2:32  unknown-zone  `else` of `zone` is `Europe/Berln`, which is no time zone  (did you mean `Europe/Berlin`?)",
  ],
  "an offset for a zone": [
    "zone: { trait: timezone, else: Europe/Berlin }",
    'zone: "+01:00"',
    "2:7  unknown-zone  `zone` is `+01:00`, which is no time zone  (an IANA name, such as Europe/Berlin, America/New_York or UTC)",
  ],
  "no reach of that name": [
    "reaches: staff",
    "reaches: stuff",
    "8:19  bad-value  `reaches` of channel `crm` is `stuff`; it can be `contact`, `audience` or `staff`  (did you mean `staff`?)",
  ],
  "a default that is none": [
    "default: opt_out",
    "default: optout",
    "5:42  bad-value  `default` of channel `push` is `optout`; it can be `opt_in` or `opt_out`  (did you mean `opt_out`?)",
  ],
  "a consent without a key": [
    "{ key: push, default: opt_out }",
    "{ default: opt_out }",
    "5:20  missing-key  `consent` of channel `push` has no `key`  (name it as it stands in traits.consent, such as key: email)",
  ],
  "a cap without a window": [
    "cap: 2 per day",
    "cap: 2",
    "5:58  bad-value  channel `push`: the cap is the number 2; it is a whole number from 1 per window  (such as 1 per 1d, 4 per 7d or 1 per day)",
  ],
  "a cap of nothing": [
    "cap: 2 per day",
    "cap: 0 per day",
    "5:58  bad-value  channel `push`: the cap is the text `0 per day`; it is a whole number from 1 per window  (to send nothing, ask for a consent that nobody gives)",
  ],
  "a window that is none": [
    "2 per day",
    "2 per year",
    "5:58  bad-duration  channel `push`, the cap: of the calendar the day, the week and the month can be named, not the year  (write 2 per 365d)",
  ],
  "a window between its buckets": [
    "2 per day",
    "2 per 90m",
    "5:58  bad-duration  channel `push`, the cap: a window of 90m is not a whole number of its buckets of 1h  (write 1h or 2h)",
  ],
  "quiet without an end": [
    '"21:00 to 08:00"',
    '"21:00"',
    '4:62  bad-value  channel `email`: `quiet` is the text `21:00`; it is from one time of day to another  (such as quiet: "21:00 to 08:00")',
  ],
  "quiet at 24:00": [
    '"21:00 to 08:00"',
    '"21:00 to 24:00"',
    '4:62  bad-value  channel `email`: `quiet` is the text `21:00 to 24:00`; it is from one time of day to another  (such as quiet: "21:00 to 08:00")',
  ],
  "quiet all day": [
    '"21:00 to 08:00"',
    '"08:00 to 08:00"',
    "4:62  bad-value  channel `email`: `quiet` begins and ends at 08:00, which would be the whole day  (leave a part of the day to send in)",
  ],
  "a cap for staff": [
    "{ reaches: staff }",
    "{ reaches: staff, cap: 1 per 1d }",
    "8:31  key-not-here  channel `crm` reaches staff: `cap` does not go with that  (people of ours are asked nothing)",
  ],
  "quiet hours of an audience": [
    "{ reaches: audience, consent: ads }",
    '{ reaches: audience, quiet: "21:00 to 08:00" }',
    "7:36  key-not-here  channel `ads` reaches an audience: `quiet` does not go with that  (an audience is not a message: nobody is woken by it or counts it)",
  ],
  "a word that is neither none nor asked": [
    "consent: asked",
    "consent: keep",
    "10:38  bad-value  `consent` of `transactional` is `keep`; it can be `none` or `asked`",
  ],
  "a hold of two weeks": ["hold: 12h", "hold: 2w", "11:21  bad-value  `hold` is 2w; at most 7d are allowed  (quiet hours end every day)"],
  "a hold that is no duration": ["hold: 12h", "hold: 12 h", "11:21  bad-duration  `hold`: `12 h` is not a duration  (write 12h)"],
  "neither true nor false": ["check_again: false", "check_again: maybe", "11:39  wrong-type  `check_again` is the text `maybe`; it can be true or false"],
  "a cap that queues": ["when_capped: drop", "when_capped: queue", "12:14  bad-value  `when_capped` is `queue`; it can be `drop`"],
  "a priority left out": [
    "[normal, high, low]",
    "[high, low]",
    "13:11  bad-value  `priority` does not say where `normal` goes  (name all three, such as [high, low, normal])",
  ],
  "a priority that is none": [
    "[normal, high, low]",
    "[high, normal, lowest]",
    "13:11  bad-value  `priority` does not say where `low` goes  (name all three, such as [high, normal, low])",
    "13:26  bad-value  a priority is `lowest`; it can be `high`, `normal` or `low`",
  ],
  "more than all of them": ["percent: 5", "percent: 500", "14:22  bad-value  `percent` is 500; it is from 0 to 100"],
  "no salt": [", salt: 2026-q4", "", "14:11  missing-key  `hold_out` has no `salt`  (any word; another salt draws another group, such as salt: 2026-q4)"],
  "a place without its pack": [
    "in: shop/lost",
    "in: lost",
    "16:11  bad-value  `lost` does not name a place of a pack  (write pack/place, such as ecommerce-rfm/lost)",
  ],
  "an exception without its pack": [
    "[shop/win_back]",
    "[win_back]",
    "16:31  bad-value  `win_back` does not name a trigger of a pack  (write pack/trigger, such as ecommerce-rfm/win_back)",
  ],
  "a suppression nowhere": ["in: shop/lost, ", "", "16:5  missing-key  an entry of `suppress` has no `in`  (name the place: in: pack/place)"],
  "a channel that is none": ["channels: [email]", "channels: [emial]", "16:58  unknown-channel  `emial` is no channel of the policy  (did you mean `email`?)"],
  "staff suppressed": ["channels: [email]", "channels: [crm]", "16:58  bad-value  `crm` reaches staff, which is never suppressed  (take it out)"],
  "a syntax error": ["{ percent: 5, salt: 2026-q4 }", "{ percent: 5, salt: 2026-q4", "14:11  syntax  the { here is never closed  (close it with })"],
};

test.each(Object.entries(MISTAKES))("%s", (_, [change, into, ...says]) => {
  expect(RIGHT.split(change).length, "the text stands once").toBe(2);
  const result = loadPolicy(RIGHT.replace(change, into), "p.yaml");
  expect(result.ok ? [] : formatProblems(result.problems)).toEqual(says.map((line) => `p.yaml:${line}`));
});

test("a policy without channels says nothing", () => {
  const result = loadPolicy("policy: p\n", "p.yaml");
  expect(result.ok ? [] : formatProblems(result.problems)).toEqual([
    "p.yaml:1:1  missing-key  the policy has no `channels`  (name the channels that the packs use, such as channels: { email: { consent: email } })",
  ]);
});

test("what is written is what is meant, and what is left out has its default", () => {
  const whole = loadPolicy(RIGHT, "p.yaml");
  expect(whole).toMatchObject({
    ok: true,
    policy: {
      zone: { trait: "timezone", else: "Europe/Berlin" },
      channels: [
        {
          name: "email",
          reaches: "contact",
          consent: { key: "email", withoutAnswer: false },
          caps: [
            { limit: 1, bucket: "hour", buckets: 24 },
            { limit: 4, bucket: "day", buckets: 7 },
          ],
          quiet: { from: 1260, to: 480 },
        },
        { name: "push", consent: { key: "push", withoutAnswer: true }, caps: [{ limit: 2, bucket: "day", buckets: 1 }], quiet: null },
        { name: "web", reaches: "contact", consent: null, caps: [] },
        { name: "ads", reaches: "audience" },
        { name: "crm", reaches: "staff" },
      ],
      transactional: { cap: true, consent: false, quiet: true, holdOut: true },
      whenQuiet: { holdMs: 43_200_000, checkAgain: false },
      priority: ["normal", "high", "low"],
    },
  });
  expect(loadPolicy("policy: p\nchannels: { email: }", "p.yaml")).toMatchObject({
    ok: true,
    policy: {
      zone: { trait: null, else: "UTC" },
      everyone: [],
      transactional: { cap: true, consent: true, quiet: true, holdOut: true },
      whenQuiet: { holdMs: 86_400_000, checkAgain: true },
      priority: ["high", "normal", "low"],
      holdOut: null,
      suppress: [],
    },
  });
});

test("the policy that ships is right, and is known for one by its first key", () => {
  const file = new URL("../../../rules/policy.yaml", import.meta.url).pathname;
  expect(loadPolicyFile(file)).toMatchObject({ ok: true, policy: { name: "default" } });
  expect([looksLikePolicy(readFileSync(file, "utf8")), looksLikePolicy("pack: policy\npolicy: x\n")]).toEqual([true, false]);
});
