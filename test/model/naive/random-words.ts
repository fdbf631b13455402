// Random packs of what takes back, leaves out and stands apart: events that undo others, people whom the pack excludes, grids, points that are
// lost evenly or all at once, moves back and hands from outside. `if` moves keep away from stages that a hand sets: when what an instant had
// to leave undone is looked at again depends on the engine's lazily set deadlines.

import type { Dice } from "./random-story.ts";

export function randomWordPack(name: string, dice: Dice): string {
  const n = (from: number, to: number): number => dice.whole(from, to);
  const window = (): string => dice.one(["", "", ", window: 6h", ", window: 48h", ", window: 3d", ", window: 7d"]);
  const law = (): string => dice.one(["none", "{ linear: 6h }", "{ linear: 3d }", "{ expiry: 30m }", "{ expiry: 2d }", "{ expiry: 4d }"]);
  const condition = (): string => dice.one(conditions(dice));
  return [
    `pack: ${name}`,
    "version: 1",
    `zone: ${dice.one(["UTC", "Europe/Berlin", "America/New_York"])}`,
    "events:",
    "  a: { track: A, key: properties.k, value: properties.v }",
    `  b: { track: [B, A]${dice.chance(0.5) ? ", key: properties.k" : ""} }`,
    `  undo: { track: ${dice.one(["Undo", "Undo", "[Undo, B]"])}, key: properties.k, undoes: a${dice.chance(0.6) ? ", value: properties.v" : ""} }`,
    "  c: { page: Cee }",
    "  hand: { track: Hand, stage: { from: properties.stage, by: properties.by, reason: properties.reason } }",
    "  any_act: { any: true }",
    "traits: { plan: string, size: number }",
    ...(dice.chance(0.5) ? [`exclude: ${dice.one(['traits.plan == "staff"', "traits.size >= 10.0", '(!identified) && traits.plan == "x"'])}`] : []),
    "measures:",
    "  n: { count: a }",
    `  n_w: { count: a${window()} }`,
    "  spent: { sum: a }",
    `  spent_w: { sum: a${window()} }`,
    "  low: { min: a }",
    "  high: { max: a }",
    "  first_a: { first: a }",
    "  last_a: { last: a }",
    "  newest: { latest: a, of: properties.k }",
    "  oldest: { earliest: a }",
    "  d_all: { days: a }",
    "  d_w: { days: a, window: 3d }",
    "  rhythm: { gap: a }",
    "  run: { streak: a }",
    "  kinds: { distinct: a, of: properties.k }",
    "  best: { top: a, of: properties.k }",
    "  visits: { sessions: a }",
    "  undone: { count: undo }",
    "scores:",
    `  heat: { range: [0, ${n(50, 120)}], decay: { half_life: ${dice.one(["6h", "2d", "9d"])} }, points: { a: ${n(5, 40)}, b: { add: ${n(5, 30)}, cap: ${n(30, 60)} per ${dice.one(["1d", "day", "6h"])}${dice.chance(0.3) ? ", decay: { expiry: 3d }" : ""} }, c: -${n(5, 30)} } }`,
    `  mood: { range: [-${n(10, 40)}, ${n(10, 40)}], decay: ${law()}, points: { a: { add: ${n(2, 9)}, cap: ${n(9, 20)} per 2d }, b: ${n(2, 9)}, c: { add: -${n(2, 9)}, decay: ${law()} } }, while: { keen: { points: 5, if: n_w >= 2 } } }`,
    "grids:",
    `  grade: { heat: { A: ${n(30, 45)}.37, B: ${n(10, 25)}.37, C: 0 }, mood: { 1: ${n(5, 8)}.41, 2: ${n(1, 4)}.41, 3: ${dice.one(["-50", "0.13"])} } }`,
    `rfm: { of: a, bins: 3${dice.one(["", ", window: 3d"])}${dice.one(["", ", frequency: days"])}, cuts: { r: [1, 3], f: [2, 3], m: [${n(5, 20)}, ${n(30, 60)}.5] }${dice.one(["", ", free: leave_out"])} }`,
    "audiences:",
    ...Array.from({ length: 4 }, (_, index) => `  x${index}: '${condition()}'`),
    `  best_grade: '${dice.one(['grade == "A1"', 'grade in ["A1", "B1"]', "missing(grade)", 'grade != "C3"'])}'`,
    "segments:",
    "  list:",
    `    - rich: '${condition()}'`,
    `    - other: '${condition()}'`,
    "stages:",
    "  order: [cold, warm, hot, done]",
    `  set_by: ${dice.one(["hand", "[hand]"])}`,
    "  moves:",
    ...dice.some(moves(dice), 3),
    "triggers:",
    ...dice.some(triggers(dice), 5),
    "",
  ].join("\n");
}

const conditions = (dice: Dice): string[] => {
  const n = (from: number, to: number): number => dice.whole(from, to);
  return [
    `n >= ${n(1, 4)}`,
    `n_w == ${n(0, 2)}`,
    `spent >= ${n(5, 60)}`,
    `spent_w > ${n(5, 40)}`,
    `low < ${n(3, 20)} && high >= ${n(10, 30)}`,
    `days_since(first_a) >= ${n(1, 4)}`,
    `days_since(last_a) < ${n(1, 4)}`,
    `newest == "k${n(1, 2)}" || oldest > ${n(3, 20)}`,
    `d_all >= ${n(1, 3)} || d_w == 0`,
    `rhythm < ${n(1, 2)}.5`,
    `run >= ${n(1, 3)}`,
    `kinds >= ${n(1, 3)} && visits >= 2`,
    `best == "k${n(1, 2)}"`,
    `undone >= ${n(1, 2)}`,
    `rfm >= ${n(2, 3)}22`,
    `mood >= ${n(1, 9)}.41`,
    `heat < ${n(5, 40)}.37`,
    'grade == "A1" || grade == "B2"',
  ];
};

const moves = (dice: Dice): string[] => [
  "    - { to: warm, from: cold, event: a }",
  `    - { to: hot, from: warm, event: ${dice.one(["b", "c", "[a, c]"])}${dice.chance(0.4) ? ", reset: [heat, mood]" : ""} }`,
  `    - { to: done, from: [warm, hot], event: ${dice.one(["undo", "c"])}${dice.chance(0.3) ? ", stay: 5h" : ""} }`,
  `    - { to: back, from: ${dice.one(["any", "done", "[hot, done]"])}, event: ${dice.one(["c", "undo", "any_act"])} }`,
  `    - { to: done, from: cold, event: any_act, if: '${dice.one(conditions(dice))}' }`,
  `    - { to: back, from: warm, event: b, if: '${dice.one(conditions(dice))}' }`,
];

const triggers = (dice: Dice): string[] =>
  [
    `  t_enter: { enter: ${dice.one(["warm", "[warm, done]", "x0", "rich", "best_grade"])}`,
    "  t_stayed: { enter: [warm, x1], after: 5h",
    `  t_left: { leave: ${dice.one(["cold", "x0", "best_grade"])}${dice.chance(0.5) ? ", after: 1d" : ""}`,
    "  t_a: { event: a",
    "  t_later: { event: [a, c], after: 5h",
    "  t_undo: { event: undo",
    `  t_rises: { rises: { spent: ${dice.whole(10, 50)} }, repeat: always`,
    `  t_falls: { falls: { mood: ${dice.whole(1, 8)}.41 }${dice.chance(0.5) ? ", for: 4h" : ""}, repeat: always`,
    `  t_reaches: { reaches: { n: [${dice.whole(1, 2)}, 4] }, repeat: always`,
    "  t_silent: { silent: a, for: 36h",
    "  t_cart: { started: a, without: undo, within: 5h",
    "  t_overdue: { overdue: a, by: 1.5",
    '  t_grade: { event: c, if: grade == "A1"',
  ].map((line) => `${line}, channel: email, message: m }`);
