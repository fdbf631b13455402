// Random packs of triggers: every kind of occasion, as one message or as a series, with goals, variants, several channels and
// priorities, over stages, audiences and a few measures. In a zone whose clock changes while the story is told.

import type { Dice } from "./random-story.ts";

const EVENTS = ["a", "b", "c", "d"] as const;
const SHORT = ["45m", "5h", "1d", "36h", "4d"] as const;
const LONG = ["12h", "2d", "5d", "11d"] as const;

export function randomTriggerPack(name: string, dice: Dice): string {
  const n = (from: number, to: number): number => dice.whole(from, to);
  const event = (): string => dice.one(EVENTS);
  const places = ["warm", "hot", "fans", "rich", "keen"];
  const numbers = ["n_all", "recent", "money"];
  const occasions = [
    `enter: ${dice.one(["warm", "hot", "[warm, done]", "rich", "fans", "[fans, hot]", "keen"])}`,
    `enter: [${dice.some(places, 1).join(", ")}]`,
    `leave: ${dice.one(["cold", "warm", "fans", "rich", "[warm, hot]"])}`,
    `event: ${event()}`,
    "event: [a, c]",
    `rises: { ${dice.one(numbers)}: ${n(2, 5)} }${dice.chance(0.4) ? `, for: ${dice.one(SHORT)}` : ""}`,
    `falls: { recent: ${n(1, 3)} }`,
    `reaches: { ${dice.one(numbers)}: [${n(2, 3)}, ${n(4, 9)}, 25] }`,
    `overdue: ${dice.one(["a", "any_act", "[a, b]"])}, by: ${dice.one(["0.5", "1.2", "3"])}`,
    `date: traits.renews, ${dice.one(["before", "after"])}: ${dice.one(["0d", "1d", "[6h, 3d]"])}`,
    `every: 1d, at: "0${n(0, 9)}:${dice.one(["00", "30"])}"`,
    `every: 1w, at: "${dice.one(["mon", "sun", "wed"])} 02:30"`,
    `started: [a, b], without: ${dice.one(["c", "[c, d]"])}, within: ${dice.one(SHORT)}`,
  ];
  const silences = [`silent: ${event()}`, "silent: any_act"];
  const lines = [...dice.some(occasions, 6), ...silences].map((occasion, index) => {
    const isSeries = dice.chance(0.5);
    const silence = !isSeries && occasion.startsWith("silent") ? `, for: ${dice.one(SHORT)}` : "";
    const after = !isSeries && /^(enter|leave|event)/.test(occasion) && dice.chance(0.3) ? `, after: ${dice.one(SHORT)}` : "";
    return `  t${index}: { ${occasion}${silence}${after}${asked(dice)}${goal(dice, event())}, ${isSeries ? steps(dice, occasion.startsWith("silent")) : said(dice, "m")} }`;
  });
  return [
    `pack: ${name}`,
    "version: 1",
    `zone: ${dice.one(["UTC", "Europe/Berlin", "America/New_York", "{ trait: tz, else: Europe/Berlin }"])}`,
    "events:",
    "  a: { track: A, key: properties.k, value: properties.v }",
    "  b: { track: [B, A], where: properties.v > 20.0 }",
    "  c: { page: Cee }",
    "  d: { identify: true }",
    "  any_act: { any: true }",
    "traits: { tz: string, renews: date, plan: string }",
    ...(dice.chance(0.3) ? [`exclude: ${dice.one(['traits.plan == "staff"', "(!missing(traits.plan))"])}`] : []),
    "measures:",
    "  n_all: { count: any_act }",
    `  recent: { count: a, window: ${dice.one(["1h", "6h", "2d", "3d", "7d"])} }`,
    `  money: { sum: a, window: ${dice.one(["1d", "3d"])} }`,
    "  last_a: { last: a }",
    "audiences:",
    `  fans: { if: recent >= ${n(2, 3)}, until: recent < ${n(1, 2)} }`,
    `  keen: money >= ${n(10, 40)}`,
    "segments:",
    "  list:",
    `    - rich: money >= ${n(20, 60)}`,
    `    - poor: days_since(last_a) >= ${n(1, 4)}`,
    "stages:",
    "  order: [cold, warm, hot, done]",
    "  moves:",
    `    - { to: warm, from: cold, event: ${event()} }`,
    `    - { to: hot, from: warm, event: [b, c] }`,
    `    - { to: done, from: hot, event: ${event()} }`,
    // What an instant leaves undone is looked at again at a moment that hangs on the engine's lazily set deadlines.
    dice.chance(0.5) ? `    - { to: cold, from: done, event: ${event()} }` : `    - { to: hot, from: cold, if: recent >= ${n(2, 4)} }`,
    "triggers:",
    ...lines,
    "",
  ].join("\n");
}

const asked = (dice: Dice): string =>
  [
    dice.chance(0.25) ? `, in: [${dice.some(["warm", "hot", "fans", "rich"], 1).join(", ")}]` : "",
    dice.chance(0.2) ? `, if: recent >= ${dice.whole(1, 2)}` : "",
    dice.chance(0.5) ? `, repeat: ${dice.one(["never", "always", "2d", "12h"])}` : "",
    dice.chance(0.3) ? `, priority: ${dice.one(["high", "normal", "low"])}` : "",
    dice.chance(0.2) ? `, purpose: ${dice.one(["internal", "news"])}` : "",
    dice.chance(0.3) ? `, carry: [${dice.some(["n_all", "recent", "money", "last_a", "tz", "renews"], 1).join(", ")}]` : "",
    dice.chance(0.3) ? `, variants: { x: ${dice.one(["20, y: 80", "50, y: 50", "1, y: 49, z: 50"])} }` : "",
  ].join("");

const goal = (dice: Dice, event: string): string => {
  if (dice.chance(0.4)) return "";
  const of = dice.one([
    `event: ${event}`,
    `event: ${event}, answered: true`,
    "event: [b, c], answered: true",
    "event: [b, c]",
    "enter: done",
    "enter: [hot, fans]",
    "enter: rich",
  ]);
  return `, goal: { ${of}, within: ${dice.one(LONG)} }`;
};

const said = (dice: Dice, message: string): string =>
  `message: ${message}, channel: ${dice.one(["email", "push", "{ first: [push, email] }", "{ all: [email, ads] }"])}${dice.chance(0.2) ? ", expires: 6h" : ""}${dice.chance(0.2) ? ", params: { x: 1, y: words, z: true }" : ""}`;

function steps(dice: Dice, isSilence: boolean): string {
  const afters = dice.some(["0d", "2h", "1d", "36h", "2d", "5d", "9d"], 1).filter((after) => !isSilence || after !== "0d");
  const all = (afters.length === 0 ? ["1d"] : afters).map((after, index) => {
    const condition = dice.chance(0.2) ? `, if: ${dice.one(["recent >= 1", "n_all >= 4", 'stage != "cold"'])}` : "";
    return `{ after: ${after}, ${said(dice, `m${index}`)}${condition} }`;
  });
  return `steps: [${all.join(", ")}]`;
}
