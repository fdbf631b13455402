import { describe, expect, test } from "vitest";
import { renderScreen, type ScreenModel } from "../../src/demo/screen.ts";
import { clip, columnsOf, paint, span } from "../../src/demo/screen-text.ts";
import { Story } from "../../src/demo/story.ts";
import { type Sent, transition, trigger } from "./effects.ts";

const START = Date.UTC(2026, 0, 5);

function storyOf(...sent: readonly Sent[]): Story {
  const story = new Story({ kind: "user", id: "c_ana" });
  for (const { subject, body } of sent) story.see(subject, body);
  return story;
}

const told = storyOf(
  transition("b2b-funnel", "stage", undefined, "visitor", { contact: "c_ana", at: "2026-01-06T09:14:00.000Z" }),
  transition("b2b-funnel", "stage", "visitor", "lead", { contact: "c_ana", at: "2026-01-13T10:20:00.000Z", because: { event: "form" } }),
  transition("b2b-funnel", "stage", "mql", "lead", {
    contact: "c_ana",
    at: "2026-02-10T04:00:00.000Z",
    because: { cause: "time", checks: [{ if: "engagement < 40", value: 27.312 }] },
  }),
  ...Array.from({ length: 30 }, (_, i) => trigger("b2b-funnel", "welcome", "email", "welcome-series", { contact: `c_${i}`, at: "2026-03-09T14:05:00.000Z" })),
);

const model: ScreenModel = {
  people: 20_000,
  startMs: START,
  days: 182,
  simulatedMs: START + 91 * 86_400_000,
  eventsPerSecond: 8123.4,
  lagMessages: 12,
  lagSeconds: 0.04,
  events: 203_411,
  contacts: 9231,
  transitions: 31_200,
  triggers: 12_123,
  movedByTime: 2345,
  comebacks: 67,
  panels: [
    {
      title: "b2b-funnel",
      places: ["visitor", "lead", "mql", "sql", "opportunity", "customer", "evangelist"].map((name, i) => ({ name, count: 7000 - i * 1000 })),
    },
    { title: "ecommerce-rfm", places: ["champions", "loyal", "recent", "none"].map((name, i) => ({ name, count: i * 10 })) },
  ],
  recent: told.recent,
  heroName: "c_ana",
  hero: told.hero,
};

const screen = (columns: number, rows: number, changes: Partial<ScreenModel> = {}, colours = false): string[] =>
  renderScreen({ ...model, ...changes }, { columns, rows, colours });

describe("a frame", () => {
  test("says where the calendar, the rate, the stages, the triggers and the followed contact are", () => {
    const text = screen(80, 24).join("\n");
    expect(text).toContain("Tidemark  20,000 people  Mon 6 Apr 2026  day 92 of 182");
    expect(text).toContain("50 %");
    expect(text).toContain("203,411 events 8,123/s  lag 12 (0.0 s)  9,231 contacts");
    expect(text).toMatch(/visitor +7,000 +█/);
    expect(text).toMatch(/evangelist +1,000/);
    expect(text).toMatch(/recent +20 +█/);
    expect(text).toContain(" 9 Mar 14:05 c_29       email welcome: welcome-series visit");
    expect(text).toContain("13 Jan 10:20 visitor → lead form");
    expect(text).toContain("10 Feb 04:00 mql → lead time alone: engagement < 40 (27.31)");
  });

  test.each([
    [80, 24],
    [200, 60],
    [60, 20],
    [40, 12],
    [20, 5],
    [1, 1],
  ])("in %i x %i no line is wider than the terminal, and the cursor has a line left", (columns, rows) => {
    for (const lines of [screen(columns, rows), screen(columns, rows, { recent: [], hero: [], panels: [] })]) {
      expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
      for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
    }
  });

  test("keeps its height while triggers come in, so that nothing jumps", () => {
    expect(screen(80, 24, { recent: [] }).length).toBe(screen(80, 24).length);
    expect(screen(80, 24).length).toBe(23);
  });

  test("shows more triggers on a higher terminal, the newest last", () => {
    const shown = (rows: number): number => screen(100, rows).filter((line) => line.includes("welcome-series")).length;
    expect(shown(24)).toBeGreaterThanOrEqual(6);
    expect(shown(48)).toBeGreaterThan(shown(24) + 10);
    expect(screen(100, 24).findLast((line) => line.includes("welcome-series"))).toContain("c_29");
  });

  test("a share above nothing is always seen, and the largest fills its bar", () => {
    const [big, small, none] = screen(80, 24, {
      panels: [
        {
          title: "p",
          places: [
            { name: "big", count: 100_000 },
            { name: "small", count: 1 },
            { name: "none", count: 0 },
          ],
        },
      ],
    }).slice(4, 7);
    expect(big?.match(/█/g)?.length).toBeGreaterThan(40);
    expect(small).toContain("▏");
    expect(none?.trimEnd()).toMatch(/0$/);
  });

  test("has colours only where they are wanted", () => {
    expect(screen(80, 24).join("")).not.toContain("\x1b");
    expect(screen(80, 24, {}, true).join("")).toContain("\x1b[33m");
  });
});

describe("text", () => {
  test("wide characters take two columns, combining ones none", () => {
    expect(columnsOf("東京")).toBe(4);
    expect(columnsOf("e\u0301")).toBe(1);
    expect(columnsOf("🙂!")).toBe(3);
    expect(clip("東京都", 5)).toBe("東京…");
    expect(clip("東京都", 4)).toBe("東…");
  });

  test("contacts with wide ids keep their line inside the terminal", () => {
    const story = storyOf(trigger("shop", "thank_you", "email", "thank-you", { contact: "東京の田中さん-12345" }));
    for (const line of screen(80, 24, { recent: story.recent })) expect(columnsOf(line)).toBeLessThanOrEqual(80);
  });

  test("a control character in an id cannot reach the terminal", () => {
    const story = storyOf(trigger("shop", "thank_you", "email", "thank-you", { contact: "a\x1b[2Jb\n" }));
    const text = screen(80, 24, { recent: story.recent }).join("");
    expect(text).not.toContain("\x1b");
    expect(text).not.toContain("\n");
    expect(text).toContain("a·[2Jb·");
  });

  test("colours take no columns, and what is cut off takes its colour with it", () => {
    const line = paint([span("abc", "red"), span("def", "dim"), span("ghi", "bold")], 5, true);
    expect(line).toBe("\x1b[31mabc\x1b[0m\x1b[2md…\x1b[0m");
  });
});
