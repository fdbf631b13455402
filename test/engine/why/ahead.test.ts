// What `explain` says is ahead: the next step of a series, the next number of a `reaches`, and what the policy will have to say.

import { describe, expect, it } from "vitest";
import { packFrom } from "../../support/pack.ts";
import { type Fold, runScript } from "../../support/script.ts";

const PACK = packFrom(`
pack: p
version: 1
events: { a: A, b: B, done: Done }
measures: { n: { count: b } }
triggers:
  care:
    event: a
    channel: { first: [push, email] }
    goal: { event: done, within: 9d }
    steps:
      - { after: 0d, message: hello }
      - { after: 2d, message: tips, if: n >= 1 }
      - { after: 5d, message: call, channel: crm }
  stones: { reaches: { n: [1, 10, 50] }, channel: email, message: m }
  later: { event: b, after: 3d, channel: email, message: m }
`);
const POLICY =
  'policy: p\nchannels: { email: { consent: { key: email, default: opt_out }, quiet: "21:00 to 08:00" }, push: { consent: push }, crm: { reaches: staff } }\n';

const whyOf = (fold: Fold) => fold.explained("c1").why.packs.p;
const texts = (items: readonly { readonly text: string }[]) => items.map(({ text }) => text);

describe("what is ahead", () => {
  it("names the next step of a series, on which channel and under which condition", () => {
    expect(texts(whyOf(runScript([PACK], "0d c1 track A")).ahead)).toEqual([
      "3 Jan: step 2 of 3 of trigger care: tips by push or email, if then n >= 1",
      "10 Jan: the goal of trigger care is closed, if it was not reached",
    ]);
    expect(texts(whyOf(runScript([PACK], "0d c1 track A\n3d ADVANCE")).ahead)[0]).toBe("6 Jan: step 3 of 3 of trigger care: call by crm");
  });

  it("says when a goal that is to be answered closes", () => {
    const pack = packFrom(
      "pack: p\nversion: 1\nevents: { a: A }\ntriggers: { t: { event: a, channel: email, message: m, goal: { event: a, answered: true, within: 9d } } }\n",
    );
    const fold = runScript([pack], "0d c1 track A");
    expect(texts(whyOf(fold).ahead)).toEqual(["10 Jan: the goal of trigger t is closed, if it was not answered"]);
  });

  it("names the next number, and what is missing to it", () => {
    expect(whyOf(runScript([PACK], "0d c1 track B\n1d c1 track B")).numbers).toEqual([
      { trigger: "stones", next: 10, value: 2, text: "trigger stones: n 2 of 10: 8 more" },
    ]);
    const all = Array.from({ length: 50 }, () => "1d c1 track B").join("\n");
    expect(whyOf(runScript([PACK], `${all}\nCHECKPOINT\nCRASH`)).numbers).toEqual([]);
  });

  it("says where the policy would withhold it as things stand, and until when quiet hours hold something", () => {
    const asleep = runScript([PACK], "22h c1 track B", {}, POLICY);
    expect(texts(whyOf(asleep).ahead)).toEqual([
      "2 Jan 08:00: quiet hours are over: trigger stones, held for email, is asked again",
      "4 Jan: trigger later fires",
    ]);
    const refused = runScript([PACK], '9h c1 track B\n10h c1 identify {"consent": {"email": false}}', {}, POLICY);
    expect(texts(whyOf(refused).ahead)).toEqual(["4 Jan: trigger later fires, but as things stand it is withheld: consent (email, refused)"]);
    const left = runScript([PACK], '9h c1 identify {"consent": {"push": true}}\n9h c1 track A\n10h c1 identify {"consent": {"email": false}}', {}, POLICY);
    expect(texts(whyOf(left).ahead)[0]).toBe("3 Jan 09:00: step 2 of 3 of trigger care: tips by push or email, if then n >= 1");
  });
});
