// What an examples file says, and what is said about one that is wrong: code, place and hint of every mistake.

import { describe, expect, test } from "vitest";
import { examplesBeside, loadExamples } from "../../../src/packs/examples/examples.ts";
import { formatProblems } from "../../../src/packs/problems.ts";
import type { ExamplesFile } from "../../../src/packs/story.ts";
import { packFrom } from "../../support/pack.ts";

const PACK = packFrom(`
pack: shop
version: 1
events:
  visit: { page: "*" }
  order: { track: [Order Completed, Purchase], value: properties.revenue, key: properties.id }
  paper: { track: Downloaded, where: 'properties.kind in ["ebook", "paper"]' }
  odd: { track: Odd, where: 'properties.code.matches("^[a-z]{3}$")' }
traits:
  country: string
  size: { type: number, from: [group.size, traits.company.size] }
  plan: { type: string, from: group.plan }
  member: bool
  ends: date
measures:
  last_order: { last: order }
scores:
  heat: { points: { visit: 1 } }
stages:
  order: [new, buyer]
  moves: [{ to: buyer, from: new, event: order }]
triggers:
  hello: { enter: buyer, channel: email, message: hello }
`);

describe("a story", () => {
  test("counts from a Monday at midnight, or from where it begins", () => {
    expect(load("examples: { a: [{ at: 1d 2h }] }").examples[0]?.lines[0]?.atMs).toBe(Date.parse("2026-01-06T02:00:00Z"));
    expect(load("begins: 2026-03-01T08:00:00Z\nexamples: { a: [{ at: 30m }] }").examples[0]?.lines[0]?.atMs).toBe(Date.parse("2026-03-01T08:30:00Z"));
  });

  test("is about someone, or about who is named", () => {
    const { examples } = load("examples: { a: [{ at: 0d }, { at: 0d, who: ana }, { at: 0d, who: anonymous x1 }] }");
    expect(examples[0]?.lines.map(({ who }) => `${who.kind} ${who.id}`)).toEqual(["user someone", "user ana", "anonymous x1"]);
  });

  test("an event is a message that is this event: its name, and what its `where` asks for", () => {
    expect(messages("do: [visit, order, paper]")).toEqual([
      { type: "page" },
      { type: "track", event: "Order Completed" },
      { type: "track", event: "Downloaded", properties: { kind: "ebook" } },
    ]);
  });

  test("value and key go where the pack reads them, and what is given is kept", () => {
    expect(
      messages("do: [{ event: order, name: Purchase, value: 12.5, key: o1, properties: { note: x } }, { event: paper, properties: { kind: paper } }]"),
    ).toEqual([
      { type: "track", event: "Purchase", properties: { note: "x", revenue: 12.5, id: "o1" } },
      { type: "track", event: "Downloaded", properties: { kind: "paper" } },
    ]);
  });

  test("what is done several times is done at its own pace, and the next thing comes after it", () => {
    const { examples } = load("examples: { a: [{ at: 1d, do: [{ event: visit, times: 3, every: 1d }, { event: order, ago: 2h }] }] }");
    const hours = examples[0]?.lines[0]?.messages.map(({ atMs, doneMs }) => [atMs, doneMs].map((ms) => (ms - Date.parse("2026-01-05T00:00:00Z")) / 3_600_000));
    expect(hours).toEqual([
      [24, 24],
      [48, 48],
      [72, 72],
      [72, 70],
    ]);
  });

  test("traits ride on the first message, stand alone as identify, or come from a group", () => {
    expect(messages("traits: { country: DE, size: 5 }, do: [visit]")).toEqual([{ type: "page", traits: { country: "DE", company: { size: 5 } } }]);
    expect(messages("traits: { country: null, ends: 30d }")).toEqual([{ type: "identify", traits: { country: null, ends: "2026-02-04T00:00:00.000Z" } }]);
    expect(messages("traits: { plan: team, country: DE }, do: [visit]")).toEqual([
      { type: "group", traits: { plan: "team" } },
      { type: "page", traits: { country: "DE" } },
    ]);
  });

  test("a moment is expected as a time of the story", () => {
    expect(load("examples: { a: [{ at: 1d, expect: { last_order: 12h } }] }").examples[0]?.lines[0]?.expect).toEqual([
      { line: 2, kind: "value", name: "last_order", is: "2026-01-05T12:00:00.000Z" },
    ]);
  });

  test("stands beside its pack", () => {
    expect([examplesBeside("rules/a.yaml"), examplesBeside("b.yml")]).toEqual(["rules/a.examples.yaml", "b.examples.yaml"]);
  });
});

describe("a mistake is named with its place and cure", () => {
  test.each([
    ["examples: {}", "2:11  wrong-shape  `examples` is empty; each has a name and a list of lines"],
    [
      "begins: soon\nexamples: { a: [{ at: 0d }] }",
      "2:9  bad-value  `begins` is the text `soon` where a moment in UTC was expected  (such as 2026-01-05 or 2026-01-05T09:00:00Z)",
    ],
    ["examples: { a: { at: 0d } }", "2:16  wrong-shape  example `a` is a map; it is a list of lines"],
    ["examples: { a: [{ do: [visit] }] }", "2:17  missing-key  a line of example `a` does not say when  (begin it with `at: 0d`)"],
    [
      "examples: { a: [{ at: soon }] }",
      "2:23  bad-duration  `at` is the text `soon` where a time since the beginning was expected  (such as 0d, 90m or 1d 2h)",
    ],
    ["examples: { a: [{ at: 2d }, { at: 1d }] }", "2:35  time-goes-back  `at` of example `a` is before the line above  (put the lines in the order of time)"],
    ["examples: { a: [{ at: 0d, does: [visit] }] }", "2:27  unknown-key  unknown key `does` in a line of example `a`"],
    ["examples: { a: [{ at: 0d, do: [vist] }] }", "2:32  unknown-event  `do` of example `a`: the pack has no event `vist`  (did you mean `visit`?)"],
    ["examples: { a: [{ at: 0d, do: [5] }] }", "2:32  wrong-shape  `do` of example `a` is the number 5 where an event was expected"],
    [
      "examples: { a: [{ at: 0d, do: [odd] }] }",
      '2:32  no-message  `do` of example `a`: no message could be made up for `odd`, which asks for properties.code.matches("^[a-z]{3}$")  (write { event: odd, properties: { ... } } with what its `where` asks for)',
    ],
    [
      "examples: { a: [{ at: 0d, do: [{ event: paper, properties: { kind: x } }] }] }",
      "2:32  no-message  `do` of example `a`: what is given is not the event `paper`",
    ],
    [
      "examples: { a: [{ at: 0d, do: [{ event: visit, value: 1 }] }] }",
      "2:32  no-message  `do` of example `a`: the event `visit` has no `value`  (give it under `properties`)",
    ],
    ["examples: { a: [{ at: 0d, do: [{ event: visit, times: 0 }] }] }", "2:55  bad-value  `times` is the number 0; it is a whole number from 1 to 1000"],
    ["examples: { a: [{ at: 0d, do: [{ event: visit, every: daily }] }] }", "2:55  bad-duration  `every` is the text `daily` where a duration was expected"],
    [
      "examples: { a: [{ at: 0d, do: [{ event: visit, answers: helo }] }] }",
      "2:57  unknown-trigger  `answers` in example `a`: the pack has no trigger `helo`  (did you mean `hello`?)",
    ],
    [
      "examples: { a: [{ at: 0d, do: [{ event: visit, answers: 7 }] }] }",
      "2:57  wrong-type  `answers` in example `a` is the number 7 where a text was expected",
    ],
    [
      "examples: { a: [{ at: 0d, do: [{ event: visit, answers: hello, context: { tidemark: { key: x } } }] }] }",
      "2:57  key-not-here  `answers` in example `a` does not go with a `context` that has a `tidemark.key`  (take one of them away: both say what is answered)",
    ],
    [
      "examples: { a: [{ at: 0d, traits: { contry: DE } }] }",
      "2:37  unknown-trait  `traits` of example `a`: the pack keeps no trait `contry`  (did you mean `country`?)",
    ],
    ["examples: { a: [{ at: 0d, traits: { size: big } }] }", "2:43  wrong-type  the trait `size` of example `a` is the text `big` where a number was expected"],
    [
      "examples: { a: [{ at: 0d, expect: { stage: byer } }] }",
      "2:44  unknown-name  `stage` of example `a`: the pack has no stage `byer`  (did you mean `buyer`?)",
    ],
    [
      "examples: { a: [{ at: 0d, expect: { triggers: [helo] } }] }",
      "2:48  unknown-name  `triggers` of example `a`: the pack has no trigger `helo`  (did you mean `hello`?)",
    ],
    [
      "examples: { a: [{ at: 0d, expect: { heet: 5 } }] }",
      "2:37  unknown-name  `expect` of example `a`: `heet` is neither a word of it nor a measure, score, grid, band or audience of the pack  (did you mean `heat`?)",
    ],
  ])("%s", (text, problem) => {
    expect(problemsOf(`pack: shop\n${text}`)).toEqual([expect.stringContaining(`shop.examples.yaml:${problem}`)]);
  });

  test("examples of another pack", () => {
    expect(problemsOf("pack: shopp\nexamples: { a: [{ at: 0d }] }")).toEqual([
      expect.stringContaining("1:7  other-pack  these are examples of `shopp`, and the pack beside them is `shop`"),
    ]);
  });

  test("all mistakes at once", () => {
    expect(problemsOf("pack: shop\nexamples: { a: [{ at: x }, { at: 0d, do: [a, b] }] }").length).toBe(3);
  });
});

const problemsOf = (text: string): string[] => {
  const result = loadExamples(text, "shop.examples.yaml", PACK);
  return result.ok ? [] : formatProblems(result.problems);
};

function load(text: string): ExamplesFile {
  const result = loadExamples(`pack: shop\n${text}`, "shop.examples.yaml", PACK);
  if (!result.ok) throw new Error(formatProblems(result.problems).join("\n"));
  return result.examples;
}

const messages = (line: string) => load(`examples: { a: [{ at: 0d, ${line} }] }`).examples[0]?.lines[0]?.messages.map(({ message }) => message);
