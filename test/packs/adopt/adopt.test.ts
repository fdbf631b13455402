// A pack that uses another: what comes out of both, that it is a pack like any other, and what is said about one that is wrong.

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { StoryFold } from "../../../src/app/examples/story-fold.ts";
import type { PackDefinition } from "../../../src/packs/definition.ts";
import { loadPack, loadPackFile } from "../../../src/packs/load/load.ts";
import { formatProblems } from "../../../src/packs/problems.ts";
import { lines, run } from "../../cli/command-line.ts";

const BASE = `
# A comment that does not matter.
pack: base
version: 7
events:
  order: { track: [Order Completed, Purchase], value: properties.revenue }
  visit: { page: "*" }
  known: { identify: true }
measures:
  spent: { sum: order }
scores:
  heat: { points: { visit: 1.50, known: 5 } }
triggers:
  thanks: { event: order, channel: email, message: thanks }
  hello:  { event: known, channel: { first: [push, email] }, message: hello }
  big:    { rises: { spent: 100 }, channel: { all: [email, post] }, message: big }
`;

function adopt(text: string, base = BASE) {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-adopt-"));
  writeFileSync(join(folder, "base.yaml"), base);
  writeFileSync(join(folder, "mine.yaml"), text);
  const result = loadPackFile(join(folder, "mine.yaml"));
  return { result, problems: result.ok ? [] : formatProblems(result.problems).map((line) => line.replace(`${folder}/`, "")), file: join(folder, "mine.yaml") };
}

function packOf(text: string): PackDefinition {
  const { result, problems } = adopt(text);
  if (!result.ok) throw new Error(problems.join("\n"));
  return result.pack;
}

describe("a pack that uses another", () => {
  test("is that pack, with a version of its own", () => {
    const pack = packOf("use: ./base.yaml\nversion: 2\n");
    expect(pack).toMatchObject({ name: "base", version: 2 });
    expect(pack.triggers.map(({ name }) => name)).toEqual(["thanks", "hello", "big"]);
    expect(pack.scores[0]?.points[0]?.add).toBe(1.5);
  });

  test("has its own name, and its own names for what people do", () => {
    const pack = packOf(
      "use: ./base.yaml\npack: mine\nversion: 1\ncurrency: EUR\nevents:\n  order: Bestellt\n  visit: { screen: [Start, Shop] }\n  known: { track: Angemeldet }\n",
    );
    expect(pack).toMatchObject({ name: "mine", currency: "EUR" });
    expect(pack.events).toMatchObject([
      { name: "order", match: [{ type: "track", names: ["Bestellt"] }], value: ["properties", "revenue"] },
      { name: "visit", match: [{ type: "screen", names: ["Start", "Shop"] }] },
      { name: "known", match: [{ type: "track", names: ["Angemeldet"] }] },
    ]);
  });

  test("a key of an event is replaced, and the others stay", () => {
    expect(packOf("use: ./base.yaml\nversion: 1\nevents:\n  order: { value: properties.total }\n").events[0]).toMatchObject({
      match: [{ names: ["Order Completed", "Purchase"] }],
      value: ["properties", "total"],
    });
  });

  test("has no trigger that was switched off, and may have none at all", () => {
    expect(packOf("use: ./base.yaml\nversion: 1\noff: [thanks, big]\n").triggers.map(({ name }) => name)).toEqual(["hello"]);
    expect(packOf("use: ./base.yaml\nversion: 1\noff: [thanks, hello, big]\n").triggers).toEqual([]);
  });

  test("calls its channels what the deployment calls them", () => {
    const { triggers } = packOf("use: ./base.yaml\nversion: 1\nchannels: { post: email, push: app }\n");
    expect(triggers.map(({ steps }) => steps[0].channels.names)).toEqual([["email"], ["app", "email"], ["email"]]);
  });

  test("is one text that stands for itself: it loads again, and is the same for the same two files", () => {
    const text = "use: ./base.yaml\nversion: 1\nevents: { order: Bestellt }\n";
    const pack = packOf(text);
    expect(packOf(text).hash).toBe(pack.hash);
    const again = loadPack(pack.text, "log");
    expect(again).toMatchObject({ ok: true, pack: { hash: pack.hash, events: pack.events } });
    expect(pack.text).not.toMatch(/^use:/m);
  });

  test("runs: the engine needs nothing but that text", () => {
    const pack = packOf("use: ./base.yaml\nversion: 1\nevents: { order: Bestellt }\noff: [big]\n");
    const fold = new StoryFold(pack, 0);
    const at = Date.parse("2026-01-05T00:00:00Z");
    const told = fold.say({ kind: "user", id: "a" }, { message: { type: "track", event: "Bestellt", properties: { revenue: 500 } }, atMs: at, doneMs: at });
    expect(told.filter(({ type }) => type === "io.tidemark.trigger.v1").map(({ data }) => data.trigger)).toEqual(["thanks"]);
  });

  test("may use a pack that ships, by its name, and is checked and tested like any other", async () => {
    const { file } = adopt("use: ecommerce-rfm\npack: my-shop\nversion: 1\nevents: { order: Bestellt }\noff: [restock]\n");
    expect(await run(`check ${file}`)).toMatchObject({ exit: 0, out: expect.stringContaining("my-shop version 1: ") });
    writeFileSync(
      file.replace(".yaml", ".examples.yaml"),
      "pack: my-shop\nexamples:\n  a:\n    - { at: 0d, do: [{ event: order, value: 5 }], expect: { segment: recent, triggers: [thank_you] } }\n",
    );
    expect((await run(`test ${file}`)).exit).toBe(0);
  });

  test("a replay runs the resolved pack, under its own name", async () => {
    const { file } = adopt("use: ./base.yaml\npack: mine\nversion: 1\nevents: { order: Bestellt }\n");
    const events = file.replace("mine.yaml", "events.ndjson");
    writeFileSync(events, '{"type":"track","event":"Bestellt","userId":"a","messageId":"m1","timestamp":"2026-01-05T00:00:00Z","properties":{"revenue":5}}\n');
    expect((await run(`replay ${events} --pack ${file} --triggers ${events}.out`)).exit).toBe(0);
    expect(lines(readFileSync(`${events}.out`, "utf8")).map((line) => JSON.parse(line).data.pack)).toEqual(["mine"]);
  });
});

describe("a mistake is named with its place and cure", () => {
  test.each([
    [
      "use: ./base.yaml\n",
      "mine.yaml:1:1  missing-key  the pack has no version  (add `version: 1`, of your own counting: raise it with each change, and when the pack that you use changes)",
    ],
    [
      "use: ecommerce\nversion: 1\n",
      "mine.yaml:1:6  unknown-pack  `use`: there is no pack `ecommerce`  (name one that ships, such as ecommerce-rfm, or a file, such as ./shop.yaml)",
    ],
    ["use: ../../etc\nversion: 1\n", "mine.yaml:1:6  unknown-pack  `use`: there is no pack `../../etc`"],
    ["use: ./mine.yaml\nversion: 1\n", "mine.yaml:1:6  unknown-pack  `use`: `./mine.yaml` uses another pack itself  (use that one)"],
    ["use: ./base.yaml\nversion: 1\nscores: {}\n", "mine.yaml:3:1  unknown-key  unknown key `scores` in the pack"],
    ["use: ./base.yaml\nversion: one\n", "mine.yaml:2:10  bad-value  `version` is the text `one`"],
    [
      "use: ./base.yaml\nversion: 1\nevents: { oder: X }\n",
      "mine.yaml:3:11  unknown-event  the pack that is used has no event `oder`  (did you mean `order`?)",
    ],
    [
      "use: ./base.yaml\nversion: 1\nevents: { known: X }\n",
      "mine.yaml:3:18  wrong-shape  event `known` is `identify: true` in the pack that is used, and has no name  (write { track: ... } to make it another kind of message)",
    ],
    [
      "use: ./base.yaml\nversion: 1\nevents: { order: { track: X, valeu: properties.x } }\n",
      "mine.yaml:3:30  unknown-key  unknown key `valeu` in event `order`  (did you mean `value`?)",
    ],
    ["use: ./base.yaml\nversion: 1\nevents:\n  visit: Start\n  order: { value: revenue }\n", "mine.yaml:5:10  bad-path  the `value` of event `order`"],
    [
      "use: ./base.yaml\nversion: 1\noff: [thank]\n",
      "mine.yaml:3:7  unknown-trigger  `off`: the pack that is used has no trigger `thank`  (did you mean `thanks`?)",
    ],
    [
      "use: ./base.yaml\nversion: 1\nchannels: { pst: email }\n",
      "mine.yaml:3:13  unknown-channel  `channels`: no trigger of the pack that is used takes `pst`  (did you mean `post`?)",
    ],
  ])("%s", (text, problem) => {
    expect(adopt(text).problems).toEqual([expect.stringContaining(problem)]);
  });

  test("the pack that is used has one itself", () => {
    expect(adopt("use: ./base.yaml\nversion: 1\n", BASE.replace("sum: order", "sum: ordr")).problems).toEqual([
      "mine.yaml:1:6  unknown-pack  `use`: `./base.yaml` has a mistake in line 10: measure `spent`: there is no event `ordr`  (did you mean `order`?)",
    ]);
  });
});
