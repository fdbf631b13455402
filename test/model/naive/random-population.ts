// Random packs of numbers that come from everyone, and of what customers are worth: means and quantiles, cut points by every method, P(alive),
// expected purchases and spend; in conditions with which contacts move, silently or told.

import type { Dice } from "./random-story.ts";

export function randomPopulationPack(name: string, dice: Dice): string {
  const n = (from: number, to: number): number => dice.whole(from, to);
  const every = (): string => dice.one(["1h", "6h", "1d", "2d"]);
  const window = (): string => dice.one(["", ", window: 6h", ", window: 3d", ", window: 30d"]);
  const moved = (): string => dice.one(["", "", ", others_moved: fire"]);
  const written = dice.one(["", "", `, cuts: { r: [${n(1, 2)}, ${n(3, 6)}] }`]);
  const conditions = [
    "spent >= population.usual",
    "spent > 1.5 * population.usual",
    "spent_w < population.lately || never(last_a)",
    "n_a >= population.often",
    "population.often > 1.0 && identified",
    "m == 3 || r == 1",
    "f >= 2",
    "rfm >= 222",
    "missing(rfm) || missing(population.usual)",
    `value.alive < 0.${n(4, 9)}7`,
    `value.purchases >= ${n(1, 6)}.37`,
    `value.spend > ${n(15, 40)}.5`,
    `days_since(last_a) >= ${n(1, 5)}`,
  ];
  const condition = (): string => `'${dice.chance(0.3) ? `(${dice.one(conditions)}) && (${dice.one(conditions)})` : dice.one(conditions)}'`;
  return [
    `pack: ${name}`,
    "version: 1",
    `zone: ${dice.one(["UTC", "Europe/Berlin"])}`,
    "events:",
    "  a: { track: A, key: properties.k, value: properties.v }",
    "  undo: { track: Undo, key: properties.k, undoes: a, value: properties.v }",
    "  c: { page: Cee }",
    "measures:",
    "  n_a: { count: a }",
    "  spent: { sum: a }",
    "  spent_w: { sum: a, window: 3d }",
    "  last_a: { last: a }",
    "population:",
    `  usual: { mean: a${window()}, every: ${every()}${moved()} }`,
    `  lately: { mean: a, window: 2d, every: ${every()}${moved()} }`,
    `  often: { quantile: n_a, at: 0.${n(2, 8)}, every: ${every()}${moved()} }`,
    `rfm: { of: a, bins: 3, method: ${dice.one(["r", "pandas", "thirds"])}${window().replace("6h", "9d")}${written}${dice.one(["", ", frequency: days"])}, recut: { every: ${every()}${moved()} } }`,
    `value: { of: a, unit: ${dice.one(["1d", "7d"])}, next: ${dice.one(["30d", "365d"])}, bg_nbd: { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 }, gamma_gamma: { p: 6.25, q: 3.74, gamma: 15.44 } }`,
    "audiences:",
    ...Array.from({ length: 4 }, (_, index) => `  x${index}: ${condition()}`),
    `  x4: { if: spent >= ${n(2, 4)}.0 * population.usual, until: spent < population.usual }`,
    "segments:",
    "  list:",
    `    - rich: ${condition()}`,
    `    - other: ${condition()}`,
    "stages:",
    "  order: [cold, warm, hot]",
    "  moves:",
    `    - { to: warm, from: cold, if: ${condition()} }`,
    `    - { to: hot, from: warm, if: ${condition()}${dice.chance(0.4) ? ", for: 5h" : ""} }`,
    "triggers:",
    ...dice.some(triggers(dice), 4),
    "",
  ].join("\n");
}

const SERIES = "steps: [{ after: 0d, message: m0 }, { after: 1d, message: m1 }, { after: 5d, message: m2 }]";

const triggers = (dice: Dice): string[] =>
  [
    `enter: ${dice.one(["warm", "x0", "[rich, x1]"])}, message: m`,
    `enter: ${dice.one(["x2", "rich", "other"])}, ${SERIES}`,
    "enter: x1, after: 5h, message: m",
    `leave: ${dice.one(["x0", "rich", "other"])}, message: m`,
    `leave: x2, ${SERIES}`,
    `rises: { spent: ${dice.whole(5, 40)} }, repeat: always, message: m`,
    "event: a, if: spent >= population.usual, message: m",
    `reaches: { n_a: [2, 4] }, repeat: always, message: m`,
    "silent: a, for: 2d, in: [x0, x1, rich], message: m",
  ].map((line, index) => `  t${index}: { ${line}, channel: email }`);
