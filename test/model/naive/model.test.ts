import { expect, test } from "vitest";
import { Story } from "./story.ts";

const pack = (body: string): string => `pack: p\nversion: 1\nevents:\n  a: A\n  b: B\n  any_act: { any: true }\n${body}`;

const stages = (moves: string, more = ""): string => pack(`stages:\n  order: [one, two, three]\n  moves:\n${moves}\n${more}`);

test("birth is a transition into the first stage, before what the event does", () => {
  const story = new Story(stages("    - { to: two, from: one, event: a }"));
  expect(story.do(0, "A")).toEqual(["0 stage >one", "0 stage one>two"]);
});

test("one event satisfies one event move, and if moves go on from there", () => {
  const story = new Story(stages("    - { to: two, from: one, event: a }\n    - { to: three, from: two, event: a }"));
  expect(story.do(0, "A")).toEqual(["0 stage >one", "0 stage one>two"]);
  expect(story.do(1, "A")).toEqual(["1 stage two>three"]);
});

test("no stage twice in one instant", () => {
  const story = new Story(stages("    - { to: two, from: one, event: a }\n    - { to: one, from: two, if: n >= 1 }", "measures:\n  n: { count: a }"));
  expect(story.do(0, "A")).toEqual(["0 stage >one", "0 stage one>two"]);
  expect(story.do(1, "B")).toEqual(["1 stage two>one"]);
});

test("a window loses a bucket when now passes its edge, not a window's length after the event", () => {
  const story = new Story(pack("measures:\n  n: { count: a, window: 3d }\naudiences:\n  busy: n >= 2\n  late_edge: n >= 1"));
  story.do(0.9, "A");
  expect(story.do(1.1, "A")).toEqual(["1.1 +busy"]);
  expect(story.until(10)).toEqual(["3 -busy", "4 -late_edge"]);
});

test("windows of hours and minutes have buckets of their own", () => {
  const story = new Story(pack("measures:\n  h: { count: a, window: 24h }\n  m: { count: a, window: 30m }\naudiences:\n  day: h >= 1\n  half: m >= 1"));
  expect(story.do(0.51, "A")).toEqual(["0.51 +day", "0.51 +half"]);
  // 0.51 d = 12:14:24. The minute 12:14 leaves at 12:44, the hour 12 at 12:00 the next day.
  expect(story.until(3)).toEqual([`${Number((0.5 + 44 / 1440).toFixed(6))} -half`, "1.5 -day"]);
});

test("a late event counts in the windows that are still open, moves first and last only outwards, and touches no past", () => {
  const story = new Story(
    pack("measures:\n  w: { count: a, window: 3d }\n  all: { count: a }\n  f: { first: a }\n  l: { last: a }\naudiences:\n  seen: days_since(l) < 5"),
  );
  story.do(5, "A");
  story.do(9, "A");
  story.do(9.5, "A", { at: 3 });
  const view = story.view(9.5);
  expect(view.measures.w).toBe(1);
  expect(view.measures.all).toBe(3);
  expect(view.measures.f).toBe(Date.UTC(2026, 0, 4));
  expect(view.measures.l).toBe(Date.UTC(2026, 0, 10));
  expect(story.until(20)).toEqual(["14 -seen"]);
});

test("sums are of amounts, rounded to a ten-thousandth; what is no number changes nothing", () => {
  const story = new Story(
    "pack: p\nversion: 1\nevents:\n  o: { track: O, value: properties.v }\nmeasures:\n  s: { sum: o }\n  lo: { min: o }\n  hi: { max: o }\n  q: { sum: o, of: properties.q }\n",
  );
  for (const v of [0.1, 0.2, "3.00005", "x", null, 1e12]) story.do(0, "O", { properties: { v, q: 2 } });
  expect(story.view(0).measures).toEqual({ s: 3.3001, lo: 0.1, hi: 3.0001, q: 12 });
});

test("a score halves in a half-life and crosses its threshold in between, to the millisecond", () => {
  const story = new Story(pack("scores:\n  s: { decay: { half_life: 10d }, points: { a: 80 } }\naudiences:\n  hot: s >= 40"));
  expect(story.do(0, "A")).toEqual(["0 +hot"]);
  expect(story.view(10).scores.s?.value).toBeCloseTo(40, 9);
  // Still 40 at exactly one half-life; below it one millisecond later.
  const [effect] = story.model.advance(Date.UTC(2026, 0, 21));
  expect(effect?.at).toBe(Date.UTC(2026, 0, 11) + 1);
});

test("a late hit arrives already decayed", () => {
  const story = new Story(pack("scores:\n  s: { decay: { half_life: 10d }, points: { a: 80 } }"));
  story.do(10, "B");
  story.do(10, "A", { at: 0 });
  expect(story.view(10).scores.s?.value).toBeCloseTo(40, 9);
});

test("a hit is credited with what clipping left of it, so that the rules sum to the score", () => {
  const story = new Story(pack("scores:\n  s: { range: [0, 100], points: { a: 70, b: -50 } }"));
  story.do(0, "A");
  story.do(1, "A");
  expect(story.view(1).scores.s).toEqual({ value: 100, points: { a: 100, b: 0 } });
  for (const day of [2, 3, 4]) story.do(day, "B");
  expect(story.view(4).scores.s).toEqual({ value: 0, points: { a: 100, b: -100 } });
});

test("floor closes the books where rules decay at different speeds, and is kept by the next hit", () => {
  const story = new Story(pack("scores:\n  s: { range: [0, 100], decay: { half_life: 1d }, points: { a: 40, b: { add: -40, decay: none } } }"));
  story.do(0, "A");
  story.do(0, "B");
  expect(story.view(1).scores.s).toEqual({ value: 0, points: { a: 20, b: -40, floor: 20 } });
  story.do(1, "A");
  expect(story.view(1).scores.s).toEqual({ value: 40, points: { a: 60, b: -40, floor: 20 } });
});

test("a cap counts what was credited in its window", () => {
  const story = new Story(pack("scores:\n  s: { points: { a: { add: 8, cap: 20 per 1d } } }"));
  for (const hour of [1, 2, 3, 4]) story.do(hour / 24, "A");
  expect(story.view(0.2).scores.s?.value).toBe(20);
  story.do(1.5 / 24 + 1, "A");
  // The hour 1 of day 0 has left the day's window: its 8 points are free again.
  expect(story.view(1.1).scores.s?.value).toBe(28);
});

test("a while rule holds and lets go by time", () => {
  const story = new Story(
    pack("measures:\n  l: { last: a }\nscores:\n  s: { while: { fresh: { points: 30, if: days_since(l) < 7 } } }\naudiences:\n  hot: s >= 30"),
  );
  expect([...story.do(0, "A"), ...story.until(30)]).toEqual(["0 +hot", "7 -hot"]);
});

test("reset forgets a score's points, but not what caps have counted", () => {
  const moves = "    - { to: two, from: one, if: s >= 20, reset: s }\n    - { to: one, from: two, event: b }";
  const story = new Story(stages(moves, "scores:\n  s: { points: { a: { add: 20, cap: 30 per 1d } } }"));
  expect(story.do(0, "A")).toEqual(["0 stage >one", "0 stage one>two"]);
  expect(story.view(0).scores.s?.value).toBe(0);
  story.do(0.1, "A");
  expect(story.view(0.1).scores.s?.value).toBe(10);
});

test("an audience with `until` has two thresholds", () => {
  const story = new Story(pack("scores:\n  s: { decay: { half_life: 10d }, points: { a: 80 } }\naudiences:\n  keen: { if: s >= 60, until: s < 20 }"));
  const effects = [...story.do(0, "A"), ...story.until(60)];
  expect(effects).toEqual(["0 +keen", "20 -keen"]);
});

test("bands walk down by time; segments follow, and leaving all is `none`", () => {
  const story = new Story(
    pack(
      'measures:\n  l: { last: a }\nbands:\n  r: { of: days_since(l), at: { hot: 0, warm: 5, cold: 9 } }\nsegments:\n  among: r != "cold"\n  list:\n    - top: r == "hot"\n    - rest: else',
    ),
  );
  expect(story.do(0, "B")).toEqual([]);
  expect([...story.do(1, "A"), ...story.until(40)]).toEqual(["1 segment >top", "6 segment top>rest", "10 segment rest>none"]);
});

test("`for` counts from the later of the entry and when it began to hold, and a break starts it again", () => {
  const moves = "    - { to: two, from: one, event: b }\n    - { to: three, from: two, if: s < 40, for: 3d }";
  const story = new Story(stages(moves, "scores:\n  s: { decay: { half_life: 10d }, points: { a: 60 } }"));
  story.do(0, "B");
  story.do(2, "A");
  // Below 40 after 5.85 days; up again on day 9, before three days have gone.
  expect(story.do(9, "A")).toEqual([]);
  const [step] = story.model.advance(Date.UTC(2026, 1, 20));
  const sum = 60 * 2 ** -0.7 + 60;
  expect(((step?.at ?? 0) - Date.UTC(2026, 0, 10)) / 86_400_000).toBeCloseTo(10 * Math.log2(sum / 40) + 3, 6);
});

test("`stay` holds back if moves, not event moves", () => {
  const moves = "    - { to: two, from: one, event: a, stay: 5d }\n    - { to: three, from: two, if: n >= 1 }\n    - { to: one, from: two, event: b }";
  const story = new Story(stages(moves, "measures:\n  n: { count: a }"));
  expect([...story.do(0, "A"), ...story.until(20)]).toEqual(["0 stage >one", "0 stage one>two", "5 stage two>three"]);
  const other = new Story(stages(moves, "measures:\n  n: { count: a }"));
  other.do(0, "A");
  expect(other.do(1, "B")).toEqual(["1 stage two>one"]);
});

test("silent fires once for each silence, also where it was not asked for", () => {
  const story = new Story(pack("triggers:\n  miss: { silent: a, for: 10d, channel: email, message: m }"));
  expect(story.do(0, "B")).toEqual([]);
  expect(story.do(12, "A")).toEqual(["10 !miss"]);
  expect(story.do(15, "B")).toEqual([]);
  expect(story.do(18, "A")).toEqual([]);
  expect(story.until(100)).toEqual(["28 !miss"]);
});

test("a late event that is silent already when it arrives fires nothing", () => {
  const story = new Story(pack("triggers:\n  miss: { silent: a, for: 10d, channel: email, message: m }"));
  story.do(0, "B");
  story.do(5, "B");
  expect(story.do(20, "B")).toEqual(["10 !miss"]);
  expect(story.do(20, "A", { at: 9 })).toEqual([]);
  expect(story.until(100)).toEqual([]);
});

test("started without: the newest counts, any end cancels, an end in between is not made up for", () => {
  const story = new Story(pack("triggers:\n  left: { started: a, without: b, within: 2d, channel: push, message: m }"));
  story.do(0, "A");
  story.do(1, "A");
  expect(story.do(2.5, "B")).toEqual([]);
  expect(story.until(10)).toEqual([]);
  story.do(11, "A");
  expect(story.do(14, "B")).toEqual(["13 !left"]);
  // An A that is not after the last B does not start.
  story.do(14.5, "A", { at: 14 });
  expect(story.until(30)).toEqual([]);
});

test("enter, passed through: withheld, counted in sequence, not for repeat", () => {
  const moves = "    - { to: two, from: one, event: a }\n    - { to: three, from: two, if: n >= 2 }\n    - { to: one, from: [two, three], event: b }";
  const triggers = "triggers:\n  hi: { enter: two, repeat: never, channel: email, message: m }\n  end: { enter: three, channel: email, message: m }";
  const story = new Story(stages(moves, `measures:\n  n: { count: any_act }\n${triggers}`));
  story.do(0, "X");
  expect(story.do(1, "A")).toEqual(["1 stage one>two", "1 stage two>three", "1 (hi)", "1 !end"]);
  expect(story.do(2, "B")).toEqual(["2 stage three>one"]);
  const effects = story.effects(3, { type: "track", event: "A", userId: "c", timestamp: "2026-01-04T00:00:00Z" });
  expect(effects.filter((one) => one.sequence !== null).map((one) => [one.kind, one.name, one.sequence, one.key])).toEqual([
    ["withheld", "hi", 3, "p/hi/c/5"],
    ["trigger", "end", 4, "p/end/c/6"],
  ]);
});

test("enter of several places fires once, for the last that was not only passed through", () => {
  const moves = "    - { to: two, from: one, event: a }\n    - { to: three, from: two, if: n >= 2 }";
  const story = new Story(stages(moves, "measures:\n  n: { count: any_act }\ntriggers:\n  t: { enter: [two, three], channel: email, message: m }"));
  story.do(0, "X");
  const effects = story.effects(1, { type: "track", event: "A", userId: "c", timestamp: "2026-01-02T00:00:00Z" });
  expect(effects.filter((one) => one.sequence !== null).map((one) => [one.kind, one.key])).toEqual([["trigger", "p/t/c/3"]]);
});

test("an audience may be entered and left in one instant, and no more", () => {
  const moves = "    - { to: two, from: one, if: s >= 20, reset: s }";
  const more =
    "scores:\n  s: { points: { a: 20 } }\naudiences:\n  hot: { if: s >= 10, until: s < 5 }\n  flip: { if: n >= 1, until: n >= 1 }\nmeasures:\n  n: { count: a }";
  const story = new Story(stages(moves, more));
  expect(story.do(0, "A")).toEqual(["0 stage >one", "0 +hot", "0 +flip", "0 stage one>two", "0 -hot", "0 -flip"]);
});

test("a score clipped to its low end is not above it by its last bit", () => {
  const story = new Story(pack("scores:\n  s: { decay: { half_life: 7h }, points: { a: 31, b: -100 } }\naudiences:\n  warm: s > 0"));
  for (const day of [0, 0.13, 0.77, 1.01]) story.do(day, "A");
  expect(story.do(1.3, "B")).toEqual(["1.3 -warm"]);
  expect(story.do(1.5, "A")).toEqual(["1.5 +warm"]);
});

test("enter after: the same uninterrupted stay; leave after: the absence", () => {
  const moves = "    - { to: two, from: one, event: a }\n    - { to: one, from: two, event: b }";
  const triggers = "triggers:\n  stayed: { enter: two, after: 5d, channel: email, message: m }\n  gone: { leave: two, after: 3d, channel: email, message: m }";
  const story = new Story(stages(moves, triggers));
  story.do(0, "A");
  story.do(2, "B");
  expect(story.do(3, "A")).toEqual(["3 stage one>two"]);
  expect(story.do(9, "B")).toEqual(["8 !stayed", "9 stage two>one"]);
  expect(story.until(30)).toEqual(["12 !gone"]);
});

test("event after keeps the first pending occasion; at once fires each time", () => {
  const story = new Story(pack("triggers:\n  soon: { event: a, channel: email, message: m }\n  later: { event: a, after: 2d, channel: email, message: m }"));
  expect(story.do(0, "A", { messageId: "m1" })).toEqual(["0 !soon"]);
  expect(story.do(1, "A", { messageId: "m2" })).toEqual(["1 !soon"]);
  const [later] = story.model.advance(Date.UTC(2026, 0, 10));
  expect([later?.at, later?.key, later?.sequence]).toEqual([Date.UTC(2026, 0, 3), "p/later/c/m1", 3]);
});

test("rises counts as below at birth; falls needs a rise first; with `for` the side is kept that long", () => {
  const triggers =
    "triggers:\n  up: { rises: { s: 50 }, channel: email, message: m, repeat: always }\n  down: { falls: { s: 50 }, for: 2d, channel: email, message: m, repeat: always }";
  const story = new Story(pack(`scores:\n  s: { range: [0, 500], decay: { half_life: 10d }, points: { a: 100 } }\n${triggers}`));
  expect(story.do(0, "A")).toEqual(["0 !up"]);
  expect(story.do(11, "A")).toEqual(["11 !up"]);
  const [down] = story.model.advance(Date.UTC(2026, 2, 1));
  const crossing = Date.UTC(2026, 0, 12) + 10 * 86_400_000 * Math.log2((100 * 2 ** -1.1 + 100) / 50);
  expect(Math.abs((down?.at ?? 0) - (crossing + 2 * 86_400_000))).toBeLessThanOrEqual(1);
  expect(Math.abs(Number(down?.key?.split("/")[3]) - crossing)).toBeLessThanOrEqual(1);
});

test("repeat: a duration, asked when it fires; never: once per contact", () => {
  const triggers = "triggers:\n  weekly: { event: a, repeat: 7d, channel: email, message: m }\n  once: { event: a, repeat: never, channel: email, message: m }";
  const story = new Story(pack(triggers));
  expect([0, 3, 7, 8, 14].flatMap((day) => story.do(day, "A"))).toEqual(["0 !weekly", "0 !once", "7 !weekly", "14 !weekly"]);
});

test("in and if are asked when it fires, after all packs have moved", () => {
  const story = new Story(stages("    - { to: two, from: one, event: a }", "triggers:\n  t: { event: a, in: two, channel: email, message: m }"));
  expect(story.do(0, "A")).toEqual(["0 stage >one", "0 stage one>two", "0 !t"]);
});

test("packs go in the order of their names: all transitions, then all triggers", () => {
  const one = (name: string): string =>
    `pack: ${name}\nversion: 1\nevents: { a: A }\nstages: { order: [x_${name}], moves: [] }\ntriggers:\n  t_${name}: { event: a, channel: email, message: m }\n`;
  const story = new Story([one("b"), one("a")]);
  expect(story.do(0, "A")).toEqual(["0 stage >x_a", "0 stage >x_b", "0 !t_a", "0 !t_b"]);
});

test("duplicates, late events and dead letters touch nobody, and all are counted", () => {
  const story = new Story(pack("measures:\n  n: { count: a }"));
  story.do(40, "A", { messageId: "x" });
  story.do(40.5, "A", { messageId: "x" });
  story.do(41, "A", { at: 2 });
  story.do(41, "A", {}, "null");
  story.send(41, "{");
  story.send(41, { type: "track", event: "A", userId: "c", timestamp: "yesterday" });
  story.send(41, { type: "track", event: "A", timestamp: "2026-02-10T00:00:00Z" });
  expect(story.model.outcomes).toEqual({ applied: 1, duplicate: 1, late: 1, forgotten: 0, deadLetter: 4 });
  expect(story.view(41).measures.n).toBe(1);
});

test("traits: by type and path, first and last, null clears", () => {
  const story = new Story(
    'pack: p\nversion: 1\nevents: { a: A }\ntraits:\n  plan: string\n  size: number\n  source: { type: string, keep: first }\naudiences:\n  big: has(traits.size) && traits.size >= 10.0\n  pro: traits.plan == "pro"',
  );
  expect(story.do(0, "A", { type: "identify", traits: { size: "12", source: "ads", plan: 7 } })).toEqual(["0 +big"]);
  expect(story.do(1, "A", { type: "identify", traits: { plan: "pro", source: "mail" } })).toEqual(["1 +pro"]);
  expect(story.do(2, "A", { type: "identify", traits: { size: null, plan: null } })).toEqual(["2 -big", "2 -pro"]);
});

test("the stored clock clamps an event from the future and judges it by the log's time", () => {
  const story = new Story(pack("measures:\n  l: { last: a }"), { clock: "stored" });
  story.do(1, "A", { at: 1.5 });
  expect(story.view(1).measures.l).toBe(Date.UTC(2026, 0, 2) + 60_000);
});
