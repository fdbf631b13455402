// The words of `explain` that a person of marketing reads: what the contact allows, what it was sent, and what happened to it and why.

import { expect, test } from "vitest";
import { type Explained, type Happened, linesOfExplained } from "../../src/cli/explain-text.ts";

const CONTACT: Explained = {
  contact: { id: "c_1", kind: "user" },
  firstSeen: "2026-01-05T10:00:00.000Z",
  lastSeen: "2026-01-05T10:00:00.000Z",
  packs: {},
  why: { asOf: "2026-01-05T10:00:00.000Z", merged: [], packs: {} },
};

const past = (happened: readonly Happened[]) => ({ messages: happened.length, more: false, since: null, happened });
const one = (family: string, data: Record<string, unknown>): Happened => ({ family, time: "2026-01-05T10:00:00.000Z", pack: "shop", data });
const told = (family: string, data: Record<string, unknown>): string | undefined =>
  linesOfExplained(CONTACT, past([one(family, data)]))
    .at(-1)
    ?.replace("  2026-01-05 10:00:00  shop  ", "");

test("a policy says what this contact allows, was sent and waits for, and nothing of what it has no word on twice", () => {
  const policy = {
    name: "default",
    zone: "Europe/Berlin",
    consent: { email: false, push: { any: true, news: false }, sms: { marketing: true }, phone: null, ads: null },
    holdOut: true,
    sent: { email: { "1 per day": 1, "4 per 7d": 0 }, everyone: { "6 per 7d": 2 } },
    held: [{ trigger: "shop/hello", channel: "email", until: "2026-01-06T07:00:00.000Z" }],
  };
  expect(linesOfExplained({ ...CONTACT, policy }, null).slice(1)).toEqual([
    "",
    "policy default, zone Europe/Berlin",
    "  consent: email no, push yes (news no), sms marketing yes",
    "  no word on phone, ads",
    "  held out: what reaches contacts is not sent to this one",
    "  sent of late: email 1 (at most 1 per day), everyone 2 (at most 6 per 7d)",
    "  held for quiet hours: shop/hello by email, until 2026-01-06T07:00:00.000Z",
  ]);
});

test("a change of consent says to what, and from what", () => {
  const data = { axis: "consent", from: null, to: "email", because: { cause: "event", event: "Unsubscribed" } };
  const [nothing, no] = [
    { answer: null, purposes: {} },
    { answer: false, purposes: { news: true } },
  ];
  expect(told("transitions", { ...data, was: nothing, now: no })).toBe("consent for email: no (news yes), before that no word: event Unsubscribed");
});

test("what was withheld says by which channel and by which rule", () => {
  const data = { trigger: "hello", action: { channel: "email", step: 1 } };
  const cap = { reason: "cap", policy: { name: "default", cap: "1 per day", of: "email", sent: 1 } };
  expect(told("withheld", { ...data, ...cap })).toBe("withheld: trigger hello by email: cap (1 per day of email, 1 sent)");
  expect(told("withheld", { ...data, reason: "consent", policy: { name: "default", consent: "email", answer: "refused" } })).toBe(
    "withheld: trigger hello by email: consent (email, refused)",
  );
  expect(told("withheld", { ...data, reason: "passed_through" })).toBe("withheld: trigger hello by email: passed_through");
});

test.each([
  [{ cause: "time", silent: "visit", for: "14d" }, "14d without visit"],
  [{ cause: "time", started: "cart", without: "order", within: "1h" }, "cart and no order within 1h"],
  [{ cause: "time", after: "3d", event: "form" }, "3d after event form"],
  [{ cause: "merge", merged: { kind: "anonymous", id: "a-7" }, move: "trial to keen" }, "trial to keen, merge with anonymous a-7"],
])("a trigger says what made it fire: %j", (because, words) => {
  expect(told("triggers", { trigger: "hello", action: { channel: "email", step: 1 }, because })).toBe(`trigger hello by email: ${words}`);
});

test("a later step of a series and what takes it back are told apart from its first", () => {
  expect(told("triggers", { trigger: "hello", action: { channel: "email", step: 2 } })).toBe("trigger hello, step 2, by email");
  expect(told("triggers", { trigger: "hello", action: { channel: "email", step: 1, cancel: true } })).toBe("taken back: trigger hello by email");
});

test("an outcome says whether it was answered", () => {
  expect(told("outcomes", { trigger: "hello", outcome: "reached", answered: true })).toBe("outcome of hello: reached, answered");
  expect(told("outcomes", { trigger: "hello", outcome: "reached", answered: false })).toBe("outcome of hello: reached");
});
