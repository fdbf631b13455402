// An answer about being reached that cannot be read is no answer, and whoever sent it can find out: a "no" that is a text must not
// vanish without a trace.

import { expect, test } from "vitest";
import { packFrom } from "../../support/pack.ts";
import { Fold, START } from "../../support/script.ts";

const PACK = packFrom("pack: p\nversion: 1\nevents: { form: Form }\n");
const POLICY = "policy: p\nchannels: { email: { consent: email } }\n";

function droppedBy(traits: unknown, context: unknown = {}): Record<string, number> {
  const fold = new Fold([PACK], {}, POLICY);
  fold.event("c1", START, { type: "identify", traits, context });
  return fold.dropped;
}

test.each([[true], [false], [null], [{ news: false }], [{ news: null }], [{}]])("%j is an answer, and nothing is lost", (email) => {
  expect(droppedBy({ consent: { email } })).toEqual({});
});

test.each([
  ["no", 1],
  ["false", 1],
  [0, 1],
  [[false], 1],
  [{ news: "no", offers: false }, 1],
  [{ "No Name": false, news: 0 }, 2],
])("%j is none, and is counted", (email, count) => {
  expect(droppedBy({ consent: { email } })).toEqual({ consent_unread: count });
  expect(droppedBy({}, { traits: { consent: { email } } })).toEqual({ consent_unread: count });
});

test("what a message does not say, or says about a key that the policy has not, is nothing that was lost", () => {
  expect(droppedBy({ plan: "team" })).toEqual({});
  expect(droppedBy({ consent: { sms: "no" } })).toEqual({});
});
