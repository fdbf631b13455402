// Random packs of measures: every kind, with windows and in a zone whose clock changes, in audiences that come and go with them, and
// events of which repeats are dropped.

import type { Dice } from "./random-story.ts";

export function randomMeasurePack(name: string, dice: Dice): string {
  const n = (from: number, to: number): number => dice.whole(from, to);
  const window = (): string => dice.one(["", "", ", window: 6h", ", window: 48h", ", window: 3d", ", window: 7d"]);
  const event = (): string => dice.one(["a", "b", "any_act"]);
  const conditions = [
    `d_all >= ${n(2, 5)}`,
    `d_w >= ${n(1, 3)}`,
    `kinds >= ${n(1, 3)}`,
    `visits >= ${n(2, 6)}`,
    `pace_days < ${n(1, 3)}.5`,
    `pace_days >= ${n(1, 3)}.25`,
    `months >= ${n(1, 2)}`,
    `in_weeks == ${n(0, 3)}`,
    `run >= ${n(2, 4)}`,
    "run == 0",
    "weeks >= 2",
    `newest == "k${n(1, 2)}"`,
    "oldest != newest",
    `last_v >= ${n(5, 30)}`,
    `favourite == "k${n(1, 2)}"`,
    '"k1" in both',
    "missing(favourite)",
    `n_w >= ${n(1, 4)}`,
    `r >= ${n(2, 3)} && m < 3`,
    `rfm in [333, 323, ${n(1, 3)}11]`,
    `f == ${n(1, 3)}`,
  ];
  return [
    `pack: ${name}`,
    "version: 1",
    ...(dice.chance(0.5) ? ["currency: EUR"] : []),
    `zone: ${dice.one(["UTC", "Europe/Berlin", "America/New_York", "{ trait: tz, else: Europe/Berlin }"])}`,
    "events:",
    "  a: { track: A, key: properties.k, value: properties.v }",
    `  b: { track: [B, A], where: properties.v > 20.0, once: { per: ${dice.one(["properties.k", "properties.v"])}, in: ${dice.one(["1h", "1d", "5d"])} } }`,
    `  any_act: { any: true${dice.chance(0.3) ? ", once: { per: properties.k, in: 2h }" : ""} }`,
    "traits: { tz: string }",
    "measures:",
    `  d_all: { days: ${event()} }`,
    `  d_w: { days: ${event()}, window: ${dice.one(["2d", "5d"])} }`,
    `  months: { days: ${event()}, unit: month${dice.one(["", ", window: 1", ", window: 2"])} }`,
    `  in_weeks: { days: ${event()}, unit: week, window: ${n(1, 3)} }`,
    `  kinds: { distinct: a, of: properties.${dice.one(["k", "v"])}, limit: ${n(1, 4)}${window()} }`,
    `  visits: { sessions: ${event()}, quiet: ${dice.one(["10m", "30m", "4h"])}${window()} }`,
    `  pace_days: { gap: ${event()} }`,
    `  run: { streak: ${event()} }`,
    `  weeks: { streak: ${event()}, unit: ${dice.one(["week", "month"])} }`,
    "  newest: { latest: a, of: properties.k }",
    "  oldest: { earliest: a, of: properties.k }",
    "  last_v: { latest: a }",
    "  favourite: { top: a, of: properties.k }",
    "  both: { top: any_act, of: properties.k, keep: 2 }",
    `  n_w: { count: ${event()}${window()} }`,
    `  money: { sum: a${window()} }`,
    `rfm: { of: a, bins: 3${dice.one(["", ", window: 3d", ", window: 9d"])}${dice.one(["", ", frequency: days"])}, cuts: { r: [${n(1, 2)}, ${n(3, 6)}], f: [2, ${n(3, 4)}], m: [${n(5, 20)}, ${n(30, 60)}.5] }${dice.one(["", ", free: leave_out"])} }`,
    "segments:",
    "  codes:",
    '    top: "33"',
    `    good: "${dice.one(["3[12] 23", "[23]2 31"])}"`,
    "    rest: else",
    "audiences:",
    ...dice.some(conditions, 8).map((condition, index) => `  x${index}: '${condition}'`),
    "triggers:",
    "  t_run: { rises: { run: 2 }, repeat: always, message: m, channel: email }",
    "  t_days: { reaches: { d_all: [2, 4, 6] }, message: m, channel: email }",
    "  t_b: { event: b, message: m, channel: email }",
    "",
  ].join("\n");
}
