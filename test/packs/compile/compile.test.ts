import { describe, expect, it } from "vitest";
import { compile } from "../../../src/packs/compile/compile.ts";
import type { MessageType } from "../../../src/packs/definition.ts";
import { packFrom } from "../../support/pack.ts";

const pack = (body: string, name = "p", version = 1) => packFrom(`pack: ${name}\nversion: ${version}\n${body}`);
const EVENTS =
  "events: { a: { track: A, value: properties.v }, b: { track: [A, B], where: properties.v > 5.0 }, page_any: { page: '*' }, page_one: { page: One }, anything: { any: true }, known: { identify: true } }\n";

describe("a program", () => {
  it("knows which events of each pack a message may be, in the order of the pack", () => {
    const program = compile([pack(EVENTS, "z"), pack("events: { only: A }\n", "a")]);
    expect(program.packs.map((one) => one.name)).toEqual(["a", "z"]);
    const names = (type: MessageType, name: string) =>
      program.candidates(type, name).map((indexes, at) => indexes.map((index) => program.packs[at]?.events[index]?.name));
    expect(names("track", "A")).toEqual([["only"], ["a", "b", "anything"]]);
    expect(names("track", "B")).toEqual([[], ["b", "anything"]]);
    expect(names("track", "toString")).toEqual([[], ["anything"]]);
    expect(names("page", "One")).toEqual([[], ["page_any", "page_one", "anything"]]);
    expect(names("page", "")).toEqual([[], ["page_any", "anything"]]);
    expect(names("screen", "One")).toEqual([[], ["anything"]]);
    expect(names("identify", "")).toEqual([[], ["anything", "known"]]);
  });

  it("reads each path once, whoever asks for it", () => {
    const program = compile([
      pack(`${EVENTS}measures: { s: { sum: a }, t: { sum: b, of: properties.v } }\ntraits: { v: { type: number, from: properties.v }, w: string }\n`),
      pack(EVENTS, "q"),
    ]);
    const paths = program.projection.paths.map((path) => path.join("."));
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths).toEqual(expect.arrayContaining(["properties.v", "traits.w", "context.traits.w"]));
    expect(paths).toHaveLength(3);
  });

  it("is the same whatever the order in which packs came", () => {
    const one = pack(EVENTS, "one");
    const two = pack(`${EVENTS}measures: { n: { count: a } }\n`, "two");
    expect(compile([two, one]).layout).toEqual(compile([one, two]).layout);
  });
});

describe("fields", () => {
  const fields = (body: string, version = 1) => {
    const { layout } = compile([pack(body, "p", version)]);
    return new Set([...layout.numbers, ...layout.lists, ...layout.texts]);
  };
  const kept = (before: string, after: string, what: string) => {
    const then = [...fields(before)].filter((field) => field.startsWith(`p/${what}`));
    const now = fields(after, 2);
    expect(then.length, what).toBeGreaterThan(0);
    return then.every((field) => now.has(field));
  };

  it("keep their name where their meaning is the same, and only there", () => {
    const measure = (form: string, events = EVENTS) => `${events}measures: { m: ${form} }\n`;
    expect(kept(measure("{ sum: a }"), measure("{ sum: a }, n: { count: b }"), "measure/m")).toBe(true);
    expect(kept(measure("{ count: a }"), measure("{ count: b }"), "measure/m")).toBe(false);
    expect(kept(measure("{ sum: a }"), measure("{ sum: a }", EVENTS.replace("value: properties.v", "value: properties.w")), "measure/m")).toBe(false);
    // What an event is worth matters to those who ask for it, and what names its occasions to none.
    expect(kept(measure("{ count: a }"), measure("{ count: a }", EVENTS.replace("value: properties.v", "key: properties.k")), "measure/m")).toBe(true);
    expect(kept(measure("{ sum: a }"), measure("{ sum: a, of: properties.w }"), "measure/m")).toBe(false);
    expect(kept(measure("{ count: a, window: 7d }"), measure("{ count: a, window: 8d }"), "measure/m")).toBe(false);
    expect(kept(measure("{ count: b }"), measure("{ count: b }", EVENTS.replace("> 5.0", "> 6.0")), "measure/m")).toBe(false);
    const score = (form: string) => `${EVENTS}scores: { s: ${form} }\n`;
    expect(kept(score("{ points: { a: 5 } }"), score("{ points: { a: 7, b: 1 } }"), "score/s")).toBe(true);
    expect(kept(score("{ decay: { half_life: 1d }, points: { a: 5 } }"), score("{ decay: { half_life: 2d }, points: { a: 5 } }"), "score/s")).toBe(false);
    expect(kept(score("{ points: { a: 5 } }"), score("{ range: [0, 50], points: { a: 5 } }"), "score/s")).toBe(false);
    const trigger = (form: string) => `${EVENTS}triggers: { t: { ${form}, channel: web, message: m } }\n`;
    expect(kept(trigger("event: a, after: 1h"), trigger("event: a, after: 2h"), "trigger/t")).toBe(true);
    expect(kept(trigger("silent: a, for: 1h"), trigger("silent: b, for: 1h"), "trigger/t/memory")).toBe(false);
    expect(kept(trigger("silent: a, for: 1h"), trigger("event: b"), "trigger/t/fired")).toBe(true);
  });
});
