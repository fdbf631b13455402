// Random packs of rules that make sense one by one and need not together, within two limits. Thresholds of the decaying score
// are no whole numbers: a score that decays towards a whole number meets it at a moment that hangs on its last bits, and those are
// the one thing in which the two may differ. And `if` moves lead onwards only: where one would lead back into a stage of the same
// instant, when it is looked at again depends on the engine's lazily set deadlines.

import type { Dice } from "./random-story.ts";

const EVENTS = ["a", "b", "c", "d"] as const;

/** Lines chosen out of each section, with random thresholds. */
export function randomRulePack(name: string, dice: Dice): string {
  const n = (from: number, to: number): number => dice.whole(from, to);
  const event = (): string => dice.one(EVENTS);
  const window = (): string => dice.one(["30m", "1h", "6h", "48h", "3d", "7d", "30d"]);
  const after = (): string => dice.one(["45m", "5h", "1d", "36h", "4d", "11d"]);
  const scores = [
    `  heat: { range: [0, ${n(50, 120)}], decay: { half_life: ${dice.one(["6h", "2d", "9d"])} }, points: { a: ${n(5, 40)}, b: { add: ${n(5, 30)}, cap: ${n(30, 60)} per ${window()} }, c: -${n(5, 30)}, d: { add: ${n(1, 9)}, decay: none } }, while: { loyal: { points: ${n(3, 15)}, if: n_all >= ${n(3, 9)} }, stale: { points: -${n(3, 15)}, if: days_since(last_a) >= ${n(1, 6)} } } }`,
    `  mood: { range: [-${n(10, 40)}, ${n(10, 40)}], points: { a: ${n(2, 9)}, c: { add: -${n(2, 9)}, cap: -${n(9, 20)} per ${window()} }, any_act: ${dice.one(["1", "-1"])} } }`,
  ];
  const conditions = [
    `heat >= ${n(10, 60)}.37`,
    `heat < ${n(5, 25)}.37`,
    `mood > ${n(0, 10)}`,
    `n_w >= ${n(1, 4)}`,
    `money >= ${n(5, 60)}`,
    `days_since(last_a) >= ${n(1, 8)}`,
    `hours_since(first_b) < ${n(5, 90)}`,
    `pace == "slow"`,
    `pace in ["quick", "steady"]`,
    `never(first_b)`,
    `identified && has(traits.plan)`,
    `traits.size >= ${n(2, 40)}.0`,
    `heat * 2.0 + ${n(1, 9)}.37 > n_all`,
  ];
  const settled = conditions.filter((text) => !text.includes("mood"));
  const condition = (): string => `'${dice.chance(0.4) ? `${dice.one(conditions)} ${dice.one(["&&", "||"])} ${dice.one(conditions)}` : dice.one(conditions)}'`;
  const moves = [
    `    - { to: warm, from: cold, event: ${event()}, if: ${condition()} }`,
    `    - { to: warm, from: cold, event: [a, b] }`,
    `    - { to: hot, from: [cold, warm], event: ${event()}${dice.chance(0.5) ? `, stay: ${after()}` : ""}${dice.chance(0.5) ? `, reset: ${dice.one(["heat", "mood"])}` : ""} }`,
    `    - { to: hot, from: warm, if: ${condition()}, for: ${after()} }`,
    `    - { to: done, from: [warm, hot], if: ${condition()}, for: ${after()} }`,
    `    - { to: done, from: before done, event: d, if: n_all >= ${n(2, 6)} }`,
    `    - { to: cold, from: done, event: ${event()}, stay: ${after()} }`,
  ];
  const extra = (): string =>
    `${dice.chance(0.3) ? `, in: [${dice.some(["warm", "hot", "fans", "rich"], 1).join(", ")}]` : ""}${dice.chance(0.3) ? `, if: ${condition()}` : ""}${dice.chance(0.5) ? `, repeat: ${dice.one(["never", "always", "2d", "12h"])}` : ""}`;
  const triggers = [
    `  t_enter: { enter: ${dice.one(["warm", "hot", "[warm, done]", "rich", "fans", "[fans, hot]"])}${extra()}`,
    `  t_stayed: { enter: ${dice.one(["warm", "hot", "rich", "fans"])}, after: ${after()}${extra()}`,
    `  t_left: { leave: ${dice.one(["cold", "warm", "fans", "rich", "poor"])}${dice.chance(0.5) ? `, after: ${after()}` : ""}${extra()}`,
    `  t_from: { enter: [hot, done], from: [warm, cold]${extra()}`,
    `  t_event: { event: [a, c], carry: [plan, size, event.properties.v, event.properties.k]${extra()}`,
    `  t_later: { event: ${event()}, after: ${after()}, carry: [event.properties.v, money]${extra()}`,
    `  t_rises: { rises: { heat: ${n(15, 60)}.37 }${dice.chance(0.5) ? `, for: ${after()}` : ""}${extra()}`,
    `  t_falls: { falls: { heat: ${n(5, 30)}.37 }${dice.chance(0.5) ? `, for: ${after()}` : ""}${extra()}`,
    `  t_count: { rises: { n_w: ${n(2, 4)} }${extra()}`,
    `  t_money: { falls: { money: ${n(10, 50)} }${extra()}`,
    `  t_silent: { silent: ${event()}, for: ${after()}${extra()}`,
    `  t_still: { silent: any_act, for: ${after()}${extra()}`,
    `  t_cart: { started: [a, b], without: [c], within: ${after()}, carry: [event.properties.v, spent]${extra()}`,
    `  t_any: { started: c, without: ${dice.one(["a", "d"])}, within: ${after()}${extra()}`,
  ].map((line) => `${line}, channel: email, message: m }`);
  return [
    `pack: ${name}`,
    "version: 1",
    "events:",
    "  a: { track: A, key: properties.k, value: properties.v }",
    '  b: { track: [B, A], where: properties.v > 20.0 || name == "B" }',
    "  c: { page: Cee }",
    "  d: { identify: true }",
    "  any_act: { any: true }",
    "traits:",
    "  plan: string",
    "  size: { type: number, keep: first }",
    "measures:",
    "  n_all: { count: any_act }",
    `  n_w: { count: ${dice.one(["a", "any_act"])}, window: ${window()} }`,
    `  money: { sum: a, window: ${window()} }`,
    "  spent: { sum: a, of: properties.v }",
    "  least: { min: a }",
    "  last_a: { last: a }",
    "  first_b: { first: b }",
    "scores:",
    ...scores,
    "bands:",
    `  pace: { of: days_since(last_a), at: { quick: 0, steady: ${n(1, 3)}, slow: ${n(4, 9)} } }`,
    "audiences:",
    `  fans: { if: heat >= ${n(30, 45)}.37, until: heat < ${n(5, 25)}.37 }`,
    `  busy: '${dice.one(settled)} || ${dice.one(settled)}'`,
    `  both: 'fans && (${dice.one(settled)})'`,
    "segments:",
    ...(dice.chance(0.5) ? [`  among: n_all >= ${n(1, 3)}`] : []),
    "  list:",
    `    - rich: ${condition()}`,
    `    - middle: ${condition()}`,
    ...(dice.chance(0.6) ? ["    - poor: else"] : [`    - poor: ${condition()}`]),
    "stages:",
    "  order: [cold, warm, hot, done]",
    "  moves:",
    ...dice.some(moves, 3),
    "triggers:",
    ...dice.some(triggers, 6),
    "",
  ].join("\n");
}
