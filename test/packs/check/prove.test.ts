// What the proofs find in packs that are wrong in one way, and that they find nothing in packs that are right.

import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { provePack } from "../../../src/packs/check/prove.ts";
import { loadPackFile } from "../../../src/packs/load/load.ts";
import { formatProblems } from "../../../src/packs/problems.ts";
import { packFrom } from "../../support/pack.ts";
import { runScript } from "../../support/script.ts";

const HEAD = `pack: p
version: 1
events: { visit: { page: "*" }, order: { track: Order, value: properties.v }, form: Form, won: Won }
traits: { country: string, size: number }
measures: { orders: { count: order }, visits: { count: visit, window: 30d }, spend: { sum: order }, last_order: { last: order }, last_visit: { last: visit } }
scores:
  heat: { decay: { half_life: 9d }, points: { visit: 5 } }
  fit: { while: { big: { points: 30, if: size_ok }, near: { points: 25, if: 'traits.country in ["DE", "AT"]' } } }
bands:
  recency: { of: days_since(last_order), at: { hot: 0, warm: 40, cold: 90 } }
`.replace("size_ok", "traits.size >= 50");

const stages = (...moves: readonly string[]) => `stages:\n  order: [a, b, c]\n  moves:\n${moves.map((move) => `    - { ${move} }\n`).join("")}`;
const segments = (...list: readonly string[]) => `segments:\n  list:\n${list.map((one) => `    - ${one}\n`).join("")}`;
const trigger = (text: string) =>
  `${stages("to: b, from: a, if: heat >= 60", "to: c, from: b, event: won")}triggers:\n  t: { ${text}, channel: web, message: m }\n`;

function said(text: string): string[] {
  return formatProblems(provePack(packFrom(HEAD + text), "").findings).map((line) => line.slice(1));
}

const FOUND: Readonly<Record<string, readonly [text: string, says: string]>> = {
  "a segment below one that takes all of it": [
    segments("good: orders >= 1", "better: orders >= 5", "rest: else"),
    "14:7  unreachable-segment  segment `better` can never be reached: whoever it asks for is in one above it, or not among them  (put it further up, or ask for more in those above)",
  ],
  "a segment whose bands exclude each other": [
    segments('x: recency == "hot" && days_since(last_order) > 60', "rest: else"),
    "13:7  unreachable-segment  segment `x` can never be reached: its condition never holds  (its parts exclude each other: take one of them back)",
  ],
  "a code that there is not": [
    `rfm: { of: order, bins: 2, cuts: { r: [90], f: [2], m: [50] } }\n${segments("best: rfm >= 300", "rest: else")}`,
    "14:7  unreachable-segment  segment `best` can never be reached: its condition never holds  (its parts exclude each other: take one of them back)",
  ],
  "an else with nobody left": [
    segments("some: orders >= 3", "few: orders < 3", "rest: else"),
    "15:7  unreachable-segment  segment `rest` can never be reached: whoever it asks for is in one above it, or not among them  (put it further up, or ask for more in those above)",
  ],
  "segments that leave somebody out": [
    segments("some: orders >= 3", "few: orders < 2"),
    "12:3  segments-gap  the segments leave somebody out: with orders 2 a contact is in none  (end the list with `- name: else`, or say in `among` who is in the game)",
  ],
  "segments that forget who never bought": [
    segments('hot: recency == "hot"', 'warm: recency == "warm"', 'cold: recency == "cold"'),
    "12:3  segments-gap  the segments leave somebody out: with days_since(last_order) missing a contact is in none  (end the list with `- name: else`, or say in `among` who is in the game)",
  ],
  "a stage that nothing leads to": [
    stages("to: b, from: a, event: form"),
    "12:17  unreachable-stage  nobody ever gets to stage `c`  (add a move to it, or take it out of the order)",
  ],
  "a move that asks for more than a score can be": [
    stages("to: b, from: a, if: fit >= 60", "to: c, from: a, event: won"),
    "12:14  unreachable-stage  nobody ever gets to stage `b`  (add a move to it, or take it out of the order)\n14:7  dead-move  the move to `b` never happens: its condition never holds there, or a move above it is always taken first  (ask for less, or put it further up)",
  ],
  "a move below one that is always taken first": [
    stages("to: c, from: a, event: [form, won]", "to: b, from: a, event: won"),
    "12:14  unreachable-stage  nobody ever gets to stage `b`  (add a move to it, or take it out of the order)\n15:7  dead-move  the move to `b` never happens: its condition never holds there, or a move above it is always taken first  (ask for less, or put it further up)",
  ],
  "moves that undo each other": [
    stages("to: b, from: a, if: heat >= 60", "to: a, from: b, if: heat < 70", "to: c, from: b, event: won"),
    "14:7  moves-undo  the moves a > b > a undo each other with heat 60 (the other is in line 15)  (leave a gap between their conditions, so that only one of them can hold)",
  ],
  "moves on two things that can be true at once": [
    stages("to: b, from: a, if: orders >= 3", "to: a, from: b, if: visits == 0", "to: c, from: b, event: won"),
    "14:7  moves-undo  the moves a > b > a undo each other with orders 3 and visits 0 (the other is in line 15)  (leave a gap between their conditions, so that only one of them can hold)",
  ],
  "moves that undo each other slowly": [
    stages("to: b, from: a, if: heat >= 60", "to: a, from: b, if: heat < 70, for: 7d", "to: c, from: b, event: won"),
    "14:7  moves-undo  the moves a > b > a undo each other with heat 60, again every 7d (the other is in line 15)  (leave a gap between their conditions, so that only one of them can hold)",
  ],
  "three moves in a circle": [
    stages("to: b, from: a, if: heat >= 60", "to: c, from: b, if: heat >= 50", "to: a, from: c, if: heat < 90"),
    "14:7  moves-undo  the moves a > b > c > a undo each other with heat 60 (the others are in line 15, 16)  (leave a gap between their conditions, so that only one of them can hold)",
  ],
  "a way back that its own way in undoes": [
    stages("to: b, from: a, if: heat >= 60", "to: back, from: b, if: heat < 70", "to: c, from: b, event: won"),
    "14:7  moves-undo  the moves a > b > a undo each other with heat 60 (the other is in line 15)  (leave a gap between their conditions, so that only one of them can hold)",
  ],
  "a move by an event that the next touch takes back": [
    stages("to: b, from: a, event: form", "to: a, from: b, if: visits == 0", "to: c, from: b, event: won"),
    "14:7  moves-undo  the move a > b on `form` is undone at the contact's next event or moment with visits 0 (by the move in line 15)  (give it a `stay`, give the other a `for`, or leave a gap between their conditions)",
  ],
  "a move by an event that a way back takes back": [
    stages("to: b, from: a, event: [order, form]", "to: back, from: b, if: heat < 5", "to: c, from: b, event: won"),
    "14:7  moves-undo  the move a > b on `order` is undone at the contact's next event or moment with heat 0 (by the move in line 15)  (give it a `stay`, give the other a `for`, or leave a gap between their conditions)",
  ],
  "an event that goes to and fro": [
    stages("to: b, from: a, event: form, if: heat >= 5", "to: a, from: b, event: [won, form]", "to: c, from: b, event: won"),
    "14:7  moves-toggle  each `form` undoes the one before with heat 5: a > b > a (the move back is in line 15)  (if that is not meant, use another event for the way back)",
  ],
  "an audience that nobody gets into": [
    "audiences: { x: heat > 100 }\n",
    "11:14  empty-audience  nobody can get into audience `x`: `heat > 100` never holds  (its parts exclude each other, or what it asks for lies beyond what the value can be)",
  ],
  "an audience that everybody is in": [
    "audiences: { x: heat >= 0 }\n",
    "11:14  always  everybody is in audience `x`: `heat >= 0` always holds  (ask for less, or take it out)",
  ],
  "an audience that lets people in and out at once": [
    "audiences: { x: { if: heat >= 30, until: heat < 50 } }\n",
    "11:35  flicker  audience `x` lets people in and out at once: with heat 30 both `if` and `until` hold  (leave a gap between the two, such as if: x >= 30, until: x < 15)",
  ],
  "an audience without a way out": [
    "audiences: { x: { if: orders >= 3, until: orders < 0 } }\n",
    "11:36  no-way-out  nobody ever leaves audience `x`: `orders < 0` never holds  (its parts exclude each other, or what it asks for lies beyond what the value can be)",
  ],
  "a trigger on a stage with a place that excludes it": [
    trigger("enter: b, in: [c]"),
    "17:3  dead-trigger  trigger `t` never fires: whoever enters it is not `in` its places or does not fulfil its `if`  (take one of them back)",
  ],
  "a trigger that asks for less than its move did": [
    trigger("enter: b, if: heat < 20"),
    "17:3  dead-trigger  trigger `t` never fires: whoever enters it is not `in` its places or does not fulfil its `if`  (take one of them back)",
  ],
  "a trigger on a step that no move makes": [
    trigger("enter: c, from: a"),
    "17:3  dead-trigger  trigger `t` never fires: no move leads from a to c  (name a stage in `from` that a move leads out of)",
  ],
  "a trigger on leaving that asks for staying": [
    trigger("leave: b, in: [b]"),
    "17:3  dead-trigger  trigger `t` never fires: whoever leaves it is not `in` its places or does not fulfil its `if`  (take one of them back)",
  ],
  "a threshold beyond the range": [
    trigger("rises: { heat: 120 }"),
    "17:3  dead-trigger  trigger `t` never fires: `heat` goes up to 100  (choose a threshold of at most 100)",
  ],
  "a threshold beyond all rules together": [
    trigger("rises: { fit: 60 }"),
    "17:3  dead-trigger  trigger `t` never fires: `fit` goes up to 55  (choose a threshold of at most 55)",
  ],
  "a count that falls below nothing": [
    trigger("falls: { orders: 0 }"),
    "17:3  dead-trigger  trigger `t` never fires: `orders` is never below 0  (choose a threshold above 0)",
  ],
  "a condition that contradicts itself": [
    trigger('event: order, if: traits.country == "DE" && traits.country == "AT"'),
    '17:3  dead-trigger  trigger `t` never fires: `traits.country == "DE" && traits.country == "AT"` never holds  (its parts exclude each other: take one of them back)',
  ],
  "a place and a condition that exclude each other": [
    trigger('silent: visit, for: 9d, in: [a], if: stage == "b"'),
    "17:3  dead-trigger  trigger `t` never fires: nobody who is `in` one of its places fulfils its `if`  (take one of the two back)",
  ],
};

test.each(Object.entries(FOUND))("%s is found", (_, [text, says]) => {
  expect(said(text).join("\n")).toBe(says);
});

test("a band beyond its score, and a rule that never holds, are found", () => {
  const text = HEAD.replace("cold: 90 } }", "cold: 90 } }\n  warmth: { of: heat, at: { cool: 0, boiling: 101 } }").replace(
    "traits.size >= 50",
    "traits.size >= 50 && traits.size < 9",
  );
  expect(formatProblems(provePack(packFrom(text), "").findings).map((line) => line.slice(1))).toEqual([
    "8:19  dead-rule  score `fit`, rule `big`: `traits.size >= 50 && traits.size < 9` never holds  (its parts exclude each other: take one of them back)",
    "11:38  unreachable-band  band `warmth` is never `boiling`: `heat` goes up to 100  (move the bound into what it can be, or take the name out)",
  ]);
});

describe("nothing is said", () => {
  test.each<readonly [string, string]>([
    ["of moves with a gap between them", stages("to: b, from: a, if: heat >= 60", "to: a, from: b, if: heat < 40, for: 7d", "to: c, from: b, event: won")],
    [
      "of moves that take turns by the days in a stage",
      stages("to: b, from: a, if: days_in_stage >= 3", "to: a, from: b, if: days_in_stage >= 4", "to: c, from: b, event: won"),
    ],
    [
      "of a way back that looks at another stage's conditions",
      stages("to: b, from: a, if: heat >= 60", "to: c, from: b, if: heat >= 90", "to: back, from: c, if: heat < 90"),
    ],
    [
      "of an event whose stage must be stayed in, and of one whose own numbers end it",
      stages("to: b, from: a, event: form, stay: 7d", "to: a, from: b, if: visits == 0", "to: c, from: b, event: order", "to: b, from: c, if: orders == 0"),
    ],
    [
      "of a move back that has to last, and of one that some days in the stage must pass before",
      stages("to: b, from: a, event: form", "to: a, from: b, if: visits == 0, for: 1h", "to: c, from: b, event: won", "to: b, from: c, if: days_in_stage >= 1"),
    ],
    [
      "of a move back that waits for an event and begins anew",
      stages("to: b, from: a, if: heat >= 60", "to: a, from: b, event: form, reset: heat", "to: c, from: b, event: won"),
    ],
    [
      "of what hangs together in ways that the proofs do not know",
      stages("to: b, from: a, if: orders >= 1", "to: a, from: b, if: never(last_order)", "to: c, from: b, event: won"),
    ],
    [
      "of a score that the move takes back",
      stages("to: b, from: a, if: heat >= 60, reset: heat", "to: a, from: b, if: heat < 40", "to: c, from: b, event: won"),
    ],
    [
      "of a trigger on a score that its move has reset",
      `${stages("to: b, from: a, if: heat >= 60, reset: heat", "to: c, from: b, event: won")}triggers:\n  t: { enter: b, if: heat < 20, channel: web, message: m }\n`,
    ],
    ["of a trigger that comes later", trigger("enter: b, after: 9d, if: heat < 20")],
    ["of a missing value that only a negation hides", segments("known: traits.size >= 50", "unknown: missing(traits.size)", "rest: else")],
    [
      "of codes that cover every bin",
      "rfm: { of: order, bins: 2, cuts: { r: [90], f: [2], m: [50] } }\nsegments: { codes: { good: '2[12]', rest: '1[12]' } }\n",
    ],
    ["of a place that one of several conditions allows", trigger("enter: [b, c], in: [c]")],
  ])("%s", (_, text) => {
    expect(said(text)).toEqual([]);
  });

  const rules = new URL("../../../rules/", import.meta.url);
  test.each(readdirSync(rules).filter((file) => /^[a-z0-9-]+\.yaml$/.test(file) && file !== "policy.yaml"))("of the shipped pack %s", (file) => {
    const result = loadPackFile(new URL(file, rules).pathname);
    expect(result.ok ? provePack(result.pack, file).findings : result.problems).toEqual([]);
  });
});

test("what is said to be undone is", () => {
  const undone = packFrom(HEAD + stages("to: b, from: a, event: form", "to: a, from: b, if: visits == 0", "to: c, from: b, event: won"));
  runScript([undone], "0d c1 identify {}\n1d c1 track Form -> moves b\n2d c1 track Order {} -> moves a");
  const toggled = packFrom(HEAD + stages("to: b, from: a, event: form", "to: a, from: b, event: [won, form]", "to: c, from: b, event: order"));
  runScript([toggled], "0d c1 track Form -> moves a b\n1d c1 track Form -> moves a\n2d c1 track Form -> moves b");
});

test("what cannot be decided is listed, not reported", () => {
  const { findings, undecided } = provePack(
    packFrom(HEAD + stages("to: b, from: a, if: orders >= 1", "to: a, from: b, if: never(last_order)", "to: c, from: b, event: won")),
    "",
  );
  expect([findings, undecided]).toEqual([[], ["moves a > b > a: can they all happen while the same conditions hold?"]]);
});

test("a pack as large as the limits allow is proven within seconds", () => {
  const many = Array.from({ length: 200 }, (_, i) => `    - s${i}: orders == ${i} && traits.size > ${i} && heat >= ${i % 90}\n`).join("");
  const moves = Array.from({ length: 400 }, (_, i) => `    - { to: x${i % 90}, from: any, if: heat > ${i % 99} && visits >= ${i} }\n`).join("");
  const text = `${HEAD}segments:\n  list:\n${many}stages:\n  order: [${Array.from({ length: 90 }, (_, i) => `x${i}`).join(", ")}]\n  moves:\n${moves}`;
  // Time of the processor: what others do on the machine is not asked.
  const began = process.cpuUsage();
  provePack(packFrom(text), "");
  expect(process.cpuUsage(began).user / 1000).toBeLessThan(20_000);
}, 120_000);
