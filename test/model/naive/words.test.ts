import { describe, expect, test } from "vitest";
import { Story } from "./story.ts";

const events = [
  "  o: { track: O, key: properties.id, value: properties.v }",
  "  refund: { track: Back, key: properties.id, undoes: o, value: properties.v }",
  "  a: A",
  "  hand: { track: Hand, stage: { from: properties.to } }",
].join("\n");
const pack = (body: string): string => `pack: p\nversion: 1\nevents:\n${events}\n${body}`;
const bought = (id: string, v: number) => ({ properties: { id, v } });

describe("undoes", () => {
  const MEASURES =
    "measures:\n  n: { count: o }\n  s: { sum: o }\n  w: { sum: o, window: 3d }\n  d: { days: o }\n  f: { first: o }\n  hi: { max: o }\n  t: { latest: o }\n";

  test("takes back the newest that stands with its key, whole or an amount of it", () => {
    const story = new Story(pack(MEASURES));
    story.do(0, "O", bought("x", 10));
    story.do(1, "O", bought("x", 30));
    story.do(2, "Back", bought("x", 12));
    expect(story.view(2).measures).toMatchObject({ n: 2, s: 28, w: 28, d: 2, hi: 30 });
    story.do(2, "Back", bought("x", 20));
    // 18 were left of the second; 2 are taken from the first, which stands.
    expect(story.view(2).measures).toMatchObject({ n: 1, s: 8, w: 8, d: 1, hi: 10, t: 30 });
  });

  test("of everything leaves measures as before the first", () => {
    const story = new Story(pack(MEASURES));
    story.do(0, "O", bought("x", 10));
    story.do(1, "Back", { properties: { id: "x" } });
    expect(story.view(1).measures).toEqual({ n: 0, s: 0, w: 0, d: 0, f: undefined, hi: undefined, t: undefined });
  });

  test("of what is not known lowers totals by the amount, not below 0, and no window", () => {
    const story = new Story(pack(MEASURES));
    story.do(0, "O", bought("x", 10));
    story.do(0, "Back", bought("y", 4));
    expect(story.view(0).measures).toMatchObject({ n: 1, s: 6, w: 10 });
    story.do(0, "Back", bought("y", 9));
    expect(story.view(0).measures).toMatchObject({ n: 1, s: 0, w: 10 });
  });

  test("takes back points as far as they have decayed, and frees their cap", () => {
    const story = new Story(pack("scores:\n  s: { decay: { half_life: 1d }, points: { o: { add: 8, cap: 10 per 3d }, a: 4 } }\n"));
    story.do(0, "O", bought("x", 1));
    story.do(0, "A");
    story.do(1, "Back", bought("x", 1));
    expect(story.view(1).scores.s?.points).toEqual({ o: 0, a: 2 });
    story.do(1, "O", bought("x", 1));
    expect(story.view(1).scores.s?.points.o).toBe(8);
  });
});

test("exclude stands still for whom it leaves out, and gives up what waits but no silence", () => {
  const story = new Story(
    pack(
      'traits: { plan: string }\nexclude: traits.plan == "staff"\nmeasures:\n  n: { count: a }\nstages: { order: [one], moves: [] }\ntriggers:\n  later: { event: a, after: 2d, channel: c, message: m }\n  quiet: { silent: a, for: 3d, channel: c, message: m }\n',
    ),
  );
  expect(story.do(0, "A", { type: "track", traits: { plan: "staff" } })).toEqual([]);
  expect(story.do(1, "A", { traits: { plan: "pro" } })).toEqual(["1 stage >one"]);
  story.do(1.5, "X", { traits: { plan: "staff" } });
  expect(story.do(2, "A")).toEqual([]);
  expect(story.view(2).measures.n).toBe(1);
  story.do(2.5, "X", { traits: { plan: "pro" } });
  expect(story.until(20)).toEqual(["4 !quiet"]);
});

test("a grid's cell changes with its scores, and is none where one of them has no mark", () => {
  const story = new Story(
    pack("scores:\n  s: { decay: { half_life: 1d }, points: { a: 40 } }\n  k: { points: { o: 5 } }\ngrids:\n  g: { s: { A: 30, B: 15 }, k: { 1: 5, 2: 0 } }\n"),
  );
  expect(story.do(0, "A")).toEqual(["0 grid g >A2"]);
  expect(story.do(0.2, "O", bought("x", 1))).toEqual(["0.2 grid g A2>A1"]);
  expect(story.view(0.2).grids).toEqual({ g: "A1" });
  expect(story.until(9).map((line) => line.split(" ").slice(1).join(" "))).toEqual(["grid g A1>B1", "grid g B1>none"]);
});

test("points that are lost evenly or all at once go by their bucket", () => {
  const story = new Story(pack("scores:\n  even: { decay: { linear: 2d }, points: { a: 10 } }\n  once: { decay: { expiry: 2d }, points: { a: 10 } }\n"));
  story.do(0.01, "A");
  // Buckets of an hour: the first one ends at 01:00.
  expect(story.view(1 / 24).scores.even?.value).toBe(10);
  expect(story.view(1 + 1 / 24).scores.even?.value).toBe(5);
  expect(story.view(2 + 1 / 24).scores.even?.value).toBe(0);
  expect([1.99, 2].map((day) => story.view(day).scores.once?.value)).toEqual([10, 0]);
});

test("a move back leads to where the contact came from, and a hand from outside wins over moves", () => {
  const moves =
    "stages:\n  order: [x, y, z]\n  set_by: hand\n  moves:\n    - { to: y, from: x, event: o }\n    - { to: z, from: y, event: o }\n    - { to: back, from: any, event: a }\n";
  const story = new Story(pack(moves));
  expect(story.do(0, "A")).toEqual(["0 stage >x"]);
  story.do(1, "O");
  expect(story.do(2, "O")).toEqual(["2 stage y>z"]);
  expect([...story.do(3, "A"), ...story.do(4, "A"), ...story.do(5, "A")]).toEqual(["3 stage z>y", "4 stage y>x"]);
  expect(story.do(6, "Hand", { properties: { to: "z" } })).toEqual(["6 stage x>z"]);
  expect(story.do(7, "Hand", { properties: { to: "nowhere" } })).toEqual([]);
  expect(story.do(8, "A")).toEqual(["8 stage z>x"]);
});
