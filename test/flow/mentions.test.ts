import { Packr } from "msgpackr";
import { describe, expect, it } from "vitest";
import { isCausedBefore, Mentions, soughtByName } from "../../src/flow/mentions.ts";
import { type ContactKey, epochMs } from "../../src/model/ids.ts";
import { settingsSchema } from "../../src/model/settings.ts";
import { packRecords } from "../../src/partition/pair-records.ts";
import { packPeople } from "../../src/partition/people-records.ts";

const SETTINGS = settingsSchema.parse({ created: "2026-01-01T00:00:00Z" });
const KEYS: readonly ContactKey[] = [
  { kind: "user", id: 'ada"1' },
  { kind: "anonymous", id: "visitor" },
];
const mentions = new Mentions(soughtByName(KEYS), SETTINGS);
/** As a start finds them that never knew the ids. */
const byHash = new Mentions({ contacts: soughtByName(KEYS).contacts }, SETTINGS);
const message = (data: Uint8Array | string, contentType = "") => ({
  contentType,
  storedMs: epochMs(Date.parse("2026-02-01T00:00:00Z")),
  data: Buffer.from(data),
});
const event = (ids: object) => ({ type: "track", event: "Seen", timestamp: "2026-01-31T00:00:00Z", ...ids });
const base64 = (content: string | Uint8Array) => Buffer.from(content).toString("base64");
const ADA = event({ userId: 'ada"1' });
const VISITOR = event({ anonymousId: "visitor" });
const BOB = event({ userId: "bob" });

describe("a message of the log", () => {
  it("is the contact's if all of its events are, in whatever form they came", () => {
    const forms: (readonly [unknown: Uint8Array | string, type?: string])[] = [
      [JSON.stringify(ADA)],
      [JSON.stringify([ADA, VISITOR])],
      [JSON.stringify({ batch: [ADA, ADA] })],
      [`${JSON.stringify(ADA)}\n${JSON.stringify(VISITOR)}\n`],
      [new Packr({ useRecords: false }).pack([ADA]), "application/msgpack"],
      [JSON.stringify({ specversion: "1.0", id: "1", source: "/s", type: "t", data: ADA }), "application/cloudevents+json"],
      [JSON.stringify({ specversion: "1.0", data_base64: base64(JSON.stringify(ADA)) })],
      [JSON.stringify({ specversion: "1.0", data_base64: base64(new Packr().pack(ADA)), datacontenttype: "application/msgpack" })],
      [JSON.stringify(ADA).replace("ada", "\\u0061da")],
      [JSON.stringify(event({ userId: 'ada"1', anonymousId: "somebody else's device" }))],
    ];
    for (const [data, type] of forms) expect([mentions.inLog(message(data, type)), byHash.inLog(message(data, type))], String(data)).toEqual(["only", "only"]);
  });

  it("is others' as well where one of its events is, and nobody's concern where none is the contact's", () => {
    for (const either of [mentions, byHash]) expect(either.inLog(message(JSON.stringify([ADA, BOB])))).toBe("too");
    for (const other of [
      BOB,
      event({ userId: "visitor" }),
      event({ userId: "bob", anonymousId: "visitor" }),
      event({ userId: "bob", properties: { by: 'ada"1' } }),
    ])
      expect([mentions, byHash].map((either) => either.inLog(message(JSON.stringify(other))))).toEqual(["none", "none"]);
  });

  it("that cannot be read is known by the id's bytes, and without them by its words, or nobody can say", () => {
    const broken = ["{ broken", '{"userId":"ada\\"1", broken', '[{"anonymousId":"visitor"}', "visitor,2026"];
    expect(broken.map((text) => mentions.inLog(message(text)))).toEqual(["none", "none", "only", "only"]);
    expect(broken.map((text) => byHash.inLog(message(text)))).toEqual(["unread", "only", "only", "only"]);
    const lines = `${JSON.stringify(ADA)}\n{ broken\n`;
    expect([mentions.inLog(message(lines)), byHash.inLog(message(lines))]).toEqual(["too", "too"]);
  });

  it("is the contact's where only the headers of a CloudEvent name it", () => {
    const page = { ...message('{"type":"page"}', "application/json"), cloudEvent: { id: "1", subject: 'ada"1' } };
    expect(mentions.inLog(page)).toBe("only");
    expect(mentions.inLog({ ...page, cloudEvent: { id: "1", subject: "bob" } })).toBe("none");
    expect(mentions.inLog({ ...page, cloudEvent: { id: "1" } })).toBe("none");
  });

  it("is found by an id that reads as a number, however it was written", () => {
    const numbered = new Mentions(soughtByName([{ kind: "user", id: "42" }]), SETTINGS);
    for (const data of [
      JSON.stringify(event({ userId: 42 })),
      JSON.stringify(event({ userId: "42" })),
      JSON.stringify(event({ userId: 42 })).replace("42", "4.2e1"),
    ])
      expect(numbered.inLog(message(data))).toBe("only");
    expect(numbered.inLog(message(new Packr({ useRecords: false }).pack([event({ userId: 42 })]), "application/msgpack"))).toBe("only");
  });
});

it("records between partitions are the contact's if all of them name it", () => {
  const record = (to: ContactKey, old: ContactKey) => ({
    from: 1,
    to: 2,
    number: 1,
    body: packPeople({ kind: "merge", to, old, row: null, trail: [old], made: 1 }),
  });
  const [ada, visitor] = KEYS as [ContactKey, ContactKey];
  const bob: ContactKey = { kind: "user", id: "bob" };
  for (const either of [mentions, byHash]) {
    expect(either.ofRecords(packRecords([record(ada, visitor), record(bob, visitor)]))).toBe("only");
    expect(either.ofRecords(packRecords([record(ada, visitor), record(bob, bob)]))).toBe("too");
    expect(either.ofRecords(packRecords([record(bob, bob)]))).toBe("none");
  }
});

it("an effect is the contact's by its subject and kind; another person's that names it stays", () => {
  const effect = (subject: string, kind: string, alsoKnownAs: string[] = []) =>
    Buffer.from(JSON.stringify({ id: "0-1-2-3", subject, data: { contact: { id: subject, kind, alsoKnownAs } } }));
  for (const either of [mentions, byHash]) {
    expect(either.inOutput(effect('ada"1', "user"))).toBe("only");
    expect(either.inOutput(effect('ada"1', "anonymous"))).toBe("none");
    expect(either.inOutput(effect("visitor", "anonymous"))).toBe("only");
    expect(either.inOutput(effect("bob", "user", ["visitor"]))).toBe("too");
    expect(either.inOutput(effect("bob", "user"))).toBe("none");
  }
});

it("a dead letter is the contact's as far as it can be read, and by its bytes where it cannot", () => {
  expect(mentions.inDeadLetter(message(JSON.stringify(ADA)))).toBe("only");
  expect(mentions.inDeadLetter(message('{"userId":"visitor", broken'))).toBe("only");
  expect(mentions.inDeadLetter(message(JSON.stringify({ ...BOB, properties: { seen: "visitor" } })))).toBe("none");
  expect(mentions.inDeadLetter(message('{"userId":"bob", broken'))).toBe("none");
  const hidden = (text: string) => `[{"specversion":"1.0","data_base64": "${base64(text).replaceAll("/", "\\/")}"`;
  expect(mentions.inDeadLetter(message(hidden('???{"anonymousId":"visitor"}')))).toBe("only");
  expect(mentions.inDeadLetter(message(hidden('{"userId":"bob"}')))).toBe("none");
  expect(mentions.inDeadLetter(message('{"userId":"b\\u006fb", broken'))).toBe("none");
  const numbered = new Mentions(soughtByName([{ kind: "user", id: "42" }]), SETTINGS);
  expect(["", "{broken", '{"type":"track"}', '{"userId":42, broken'].map((text) => numbered.inDeadLetter(message(text)))).toEqual([
    "none",
    "none",
    "none",
    "only",
  ]);
});

it("what came of a message is told by the position in its name, a dead letter's apart (letter-id.ts)", () => {
  expect([isCausedBefore("0-9-12-1", 10), isCausedBefore("0-10-12-1", 10), isCausedBefore("epoch", 10)]).toEqual([true, false, false]);
});
