// Every form of docs/packs.md, and what it becomes: the defaults filled in, the names resolved, times in milliseconds.

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TidemarkError } from "../../../src/model/errors.ts";
import type { PackDefinition } from "../../../src/packs/definition.ts";
import { loadPackFile } from "../../../src/packs/load/load.ts";
import { packFrom } from "../../support/pack.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;

const HEAD = "pack: test-pack\nversion: 3\n";
const pack = (body: string): PackDefinition => packFrom(HEAD + body);

test("the frame: name, version, currency, hash and text", () => {
  const text = `${HEAD}zone: UTC\ncurrency: EUR\nevents: { a: A }\n`;
  expect(packFrom(text)).toMatchObject({
    name: "test-pack",
    version: 3,
    currency: "EUR",
    text,
    hash: createHash("sha256").update(text).digest("hex"),
    segments: null,
    stages: null,
    triggers: [],
  });
});

describe("events", () => {
  const event = (form: string) => pack(`events:\n  e: ${form}\n`).events[0];

  test.each([
    ["Track Name", [{ type: "track", names: ["Track Name"] }]],
    ["[A, B]", [{ type: "track", names: ["A", "B"] }]],
    ["{ track: A }", [{ type: "track", names: ["A"] }]],
    ["{ track: [A, B] }", [{ type: "track", names: ["A", "B"] }]],
    ['{ page: "*" }', [{ type: "page", names: null }]],
    ["{ page: Pricing }", [{ type: "page", names: ["Pricing"] }]],
    ['{ screen: "*" }', [{ type: "screen", names: null }]],
    ["{ identify: true }", [{ type: "identify", names: null }]],
    ["{ group: true }", [{ type: "group", names: null }]],
    ["{ any: true }", ["track", "page", "screen", "identify", "group", "alias"].map((type) => ({ type, names: null }))],
  ])("%s", (form, match) => {
    expect(event(form)).toMatchObject({ name: "e", match, where: null, value: null, key: null });
  });

  test("where, value and key", () => {
    expect(event(`{ track: A, where: properties.n > 1, value: properties.sum, key: 'properties.items[0]["order id"]' }`)).toMatchObject({
      where: { text: "properties.n > 1", type: "bool", op: ">" },
      value: ["properties", "sum"],
      key: ["properties", "items", 0, "order id"],
    });
  });
});

test("traits: their types and where they come from", () => {
  const { traits } = pack(`events: { a: A }
traits:
  name: string
  age: { type: number, keep: first }
  employees: { type: number, from: [traits.company.employees, group.employees], personal: true }
  source: { type: string, from: context.campaign.source }
  renews_at: date
  agreed: bool
`);
  expect(traits).toEqual([
    {
      name: "name",
      type: "string",
      from: [
        ["traits", "name"],
        ["context", "traits", "name"],
      ],
      keep: "last",
      personal: false,
    },
    {
      name: "age",
      type: "number",
      from: [
        ["traits", "age"],
        ["context", "traits", "age"],
      ],
      keep: "first",
      personal: false,
    },
    {
      name: "employees",
      type: "number",
      from: [
        ["traits", "company", "employees"],
        ["group", "employees"],
      ],
      keep: "last",
      personal: true,
    },
    { name: "source", type: "string", from: [["context", "campaign", "source"]], keep: "last", personal: false },
    {
      name: "renews_at",
      type: "date",
      from: [
        ["traits", "renews_at"],
        ["context", "traits", "renews_at"],
      ],
      keep: "last",
      personal: false,
    },
    {
      name: "agreed",
      type: "bool",
      from: [
        ["traits", "agreed"],
        ["context", "traits", "agreed"],
      ],
      keep: "last",
      personal: false,
    },
  ]);
});

test("measures: every kind", () => {
  const { measures } = pack(`events: { e: { track: E, value: properties.v } }
measures:
  c: { count: e }
  cw: { count: e, window: 12h }
  s: { sum: e }
  sw: { sum: e, of: "properties.items[1].price", window: 60m }
  lo: { min: e }
  hi: { max: e, of: properties.n }
  f: { first: e }
  l: { last: e }
`);
  const usual = { type: "number", limit: null, quietMs: null, unit: null, keep: null };
  expect(measures).toEqual([
    { name: "c", kind: "count", event: "e", of: null, window: null, ...usual },
    { name: "cw", kind: "count", event: "e", of: null, window: { bucketMs: HOUR, buckets: 12 }, ...usual },
    { name: "s", kind: "sum", event: "e", of: null, window: null, ...usual },
    { name: "sw", kind: "sum", event: "e", of: ["properties", "items", 1, "price"], window: { bucketMs: 60_000, buckets: 60 }, ...usual },
    { name: "lo", kind: "min", event: "e", of: null, window: null, ...usual },
    { name: "hi", kind: "max", event: "e", of: ["properties", "n"], window: null, ...usual },
    { name: "f", kind: "first", event: "e", of: null, window: null, ...usual },
    { name: "l", kind: "last", event: "e", of: null, window: null, ...usual },
  ]);
});

test("scores: points, caps, decay and while", () => {
  const { scores } = pack(`events: { a: A, b: B, c: C }
traits: { size: number }
scores:
  plain: { points: { a: 5 } }
  still: { decay: none, range: [-10, 10.5], points: { a: 5 } }
  warm:
    decay: { half_life: 2w }
    points:
      a: 1
      b: { add: 2, cap: 6 per 1d }
      c: { add: -20, cap: -40 per 30d, decay: none }
    while:
      big: { points: 30, if: traits.size >= 50 }
      other: { points: -5, if: plain > 3 }
`);
  expect(scores[0]).toEqual({
    name: "plain",
    low: 0,
    high: 100,
    halfLifeMs: null,
    points: [{ event: "a", add: 5, cap: null, decays: false, spread: null }],
    while: [],
  });
  expect(scores[1]).toMatchObject({ low: -10, high: 10.5, halfLifeMs: null });
  expect(scores[2]).toMatchObject({
    halfLifeMs: 14 * DAY,
    points: [
      { event: "a", add: 1, cap: null, decays: true },
      { event: "b", add: 2, cap: { limit: 6, window: { bucketMs: HOUR, buckets: 24 } }, decays: true },
      { event: "c", add: -20, cap: { limit: -40, window: { bucketMs: DAY, buckets: 30 } }, decays: false },
    ],
    while: [
      { name: "big", points: 30, if: { text: "traits.size >= 50" } },
      { name: "other", points: -5, if: { left: { op: "score", name: "plain" } } },
    ],
  });
});

test("bands of a measure, a score and the time since a moment", () => {
  const { bands } = pack(`events: { e: E }
measures: { n: { count: e }, l: { last: e } }
scores: { s: { points: { e: 1 } } }
bands:
  often: { of: n, at: { few: 1, many: 10 } }
  keen: { of: s, at: { cold: -5, hot: 50.5 } }
  recent: { of: days_since(l), at: { now_ish: 0, long_ago: 90 } }
`);
  expect(bands).toMatchObject([
    {
      name: "often",
      of: { op: "measure", name: "n" },
      at: [
        { band: "few", from: 1 },
        { band: "many", from: 10 },
      ],
    },
    {
      name: "keen",
      of: { op: "score", name: "s" },
      at: [
        { band: "cold", from: -5 },
        { band: "hot", from: 50.5 },
      ],
    },
    { name: "recent", of: { op: "days_since", of: { op: "measure", name: "l" } } },
  ]);
});

const PLACES = `events: { a: A, b: B }
measures: { n: { count: a } }
scores: { s: { points: { a: 1 } } }
audiences:
  busy: n > 3
  keen: { if: busy && s >= 50, until: s < 20 }
segments:
  among: n >= 1
  list:
    - best: keen
    - rest: else
stages:
  order: [one, two, three, four]
  moves:
    - { to: two, event: a }
    - { to: two, from: one, event: [a, b], if: n > 1, stay: 1h }
    - { to: three, from: before three, if: s > 1, for: 7d, reset: s }
    - { to: one, from: after two, if: segment == "best", reset: [s] }
    - to: four
      from: any
      if: days_in_stage >= 3
    - { to: four, from: [one, before three], event: b }
`;

test("audiences and segments", () => {
  const { audiences, segments } = pack(PLACES);
  expect(audiences).toMatchObject([
    { name: "busy", if: { text: "n > 3" }, until: null },
    { name: "keen", if: { text: "busy && s >= 50", left: { op: "audience", name: "busy" } }, until: { text: "s < 20" } },
  ]);
  expect(segments).toMatchObject({
    among: { text: "n >= 1" },
    list: [
      { name: "best", if: { op: "audience", name: "keen" } },
      { name: "rest", if: null },
    ],
  });
});

test("stages: `from` is spelled out, and a move knows its line", () => {
  const stages = pack(PLACES).stages;
  expect(stages?.order).toEqual(["one", "two", "three", "four"]);
  expect(stages?.moves).toMatchObject([
    { to: "two", from: ["one", "three", "four"], events: ["a"], if: null, forMs: null, stayMs: null, reset: [], line: 17 },
    { to: "two", from: ["one"], events: ["a", "b"], if: { text: "n > 1" }, stayMs: HOUR, line: 18 },
    { to: "three", from: ["one", "two"], events: null, forMs: 7 * DAY, reset: ["s"] },
    { to: "one", from: ["three", "four"], if: { left: { op: "segment" } }, reset: ["s"] },
    { to: "four", from: ["one", "two", "three"], if: { left: { op: "days_in_stage" } }, line: 21 },
    { to: "four", from: ["one", "two"], events: ["b"] },
  ]);
});

describe("triggers", () => {
  const trigger = (form: string) => pack(`${PLACES}traits: { first: string }\ntriggers:\n  t: { ${form}, channel: email, message: hello-there }\n`).triggers[0];
  const says = { afterMs: 0, if: null, message: "hello-there", channels: { take: "first", names: ["email"] }, params: {}, expiresMs: null };
  const asks = { name: "t", from: null, in: null, if: null, forMs: null, afterMs: null, carry: [] };
  const usual = { ...asks, series: false, steps: [says], goal: null, variants: [], purpose: "marketing", priority: "normal", owner: null };

  test.each([
    ["enter: two", { kind: "enter", places: [{ axis: "stage", name: "two" }] }, "always"],
    [
      "leave: [best, keen]",
      {
        kind: "leave",
        places: [
          { axis: "segment", name: "best" },
          { axis: "audience", name: "keen" },
        ],
      },
      "always",
    ],
    ["event: [a, b]", { kind: "event", events: ["a", "b"] }, "always"],
    ["rises: { s: 40 }", { kind: "rises", of: { op: "score", name: "s", text: "s", type: "number" }, at: 40 }, "never"],
    ["falls: { n: 2.5 }", { kind: "falls", of: { op: "measure", name: "n", text: "n", type: "number" }, at: 2.5 }, "never"],
    ["silent: a, for: 30d", { kind: "silent", events: ["a"], forMs: 30 * DAY }, "once_per_silence"],
    ["started: a, without: b, within: 1h", { kind: "started", events: ["a"], without: ["b"], withinMs: HOUR }, "always"],
    ["reaches: { n: [10, 1] }", { kind: "reaches", of: { op: "measure", name: "n", text: "n", type: "number" }, at: [1, 10] }, "once_per_number"],
    ["overdue: a, by: 1.5", { kind: "overdue", events: ["a"], by: 1.5 }, "once_per_silence"],
    ['every: 1d, at: "07:30"', { kind: "every", weekday: null, minute: 450, text: "07:30" }, "always"],
    ['every: 1w, at: "sun 00:00"', { kind: "every", weekday: 6, minute: 0, text: "sun 00:00" }, "always"],
    ["started: [a, b], without: [b], within: 1h", { kind: "started", events: ["a", "b"], without: ["b"], withinMs: HOUR }, "always"],
  ])("%s", (form, when, repeat) => {
    expect(trigger(form)).toEqual({ ...usual, when, repeat });
  });

  test("what goes with them", () => {
    expect(trigger("enter: two, from: [one, three], after: 2d, in: [keen, best], if: n > 3, repeat: 180d")).toMatchObject({
      from: ["one", "three"],
      afterMs: 2 * DAY,
      in: [
        { axis: "audience", name: "keen" },
        { axis: "segment", name: "best" },
      ],
      if: { text: "n > 3" },
      repeat: { withinMs: 180 * DAY },
    });
    expect(trigger("falls: { s: 20 }, for: 14d, repeat: always")).toMatchObject({ forMs: 14 * DAY, repeat: "always" });
    expect(trigger("silent: a, for: 14d, repeat: never")).toMatchObject({ forMs: null, repeat: "never" });
  });

  test("what is carried, and under which name", () => {
    expect(trigger(`event: a, carry: [first, n, event.properties.order.id, 'event.properties.items[0]["the sku"]']`)?.carry).toEqual([
      { from: "trait", name: "first", as: "first" },
      { from: "measure", name: "n", as: "n" },
      { from: "event", path: ["properties", "order", "id"], as: "id" },
      { from: "event", path: ["properties", "items", 0, "the sku"], as: "the sku" },
    ]);
  });
});

describe("a file", () => {
  test("that cannot be read is an error for a person", () => {
    expect(() => loadPackFile("/nowhere/pack.yaml")).toThrow(TidemarkError);
    expect(() => loadPackFile(tmpdir())).toThrow(/it is a folder/);
  });

  test("that is no text is a problem of the pack", () => {
    const folder = mkdtempSync(join(tmpdir(), "tidemark-pack-"));
    try {
      const path = join(folder, "p.yaml");
      writeFileSync(path, Buffer.from([0x70, 0xff, 0xfe, 0x00]));
      expect(loadPackFile(path)).toEqual({
        ok: false,
        problems: [{ file: path, line: 1, column: 1, code: "not-text", message: "the file is not UTF-8 text", hint: "save it as UTF-8" }],
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
