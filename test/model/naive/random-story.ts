// Random packs and random people for the comparison of the engine with the naive model: everything follows from the dice.
//
// A random pack holds rules that make sense one by one and need not together, within two limits. Thresholds of the decaying score
// are no whole numbers: a score that decays towards a whole number meets it at a moment that hangs on its last bits, and those are
// the one thing in which the two may differ. And `if` moves lead onwards only: where one would lead back into a stage of the same
// instant, when it is looked at again depends on the engine's lazily set deadlines.

export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A real number in [0, 1) (mulberry32). */
  real(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number in [from, to]. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.real() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.real() < probability;
  }

  one<T>(of: readonly T[]): T {
    return of[this.whole(0, of.length - 1)] as T;
  }

  some<T>(of: readonly T[], atLeast: number): T[] {
    const left = [...of];
    const taken: T[] = [];
    const count = this.whole(atLeast, of.length);
    while (taken.length < count) taken.push(...left.splice(this.whole(0, left.length - 1), 1));
    return of.filter((item) => taken.includes(item));
  }
}

const DAY = 86_400_000;
/** New year, and days before the nights in which clocks change. */
const STARTS = [Date.UTC(2026, 0, 1), Date.UTC(2026, 2, 3), Date.UTC(2026, 9, 20)];
const EVENTS = ["a", "b", "c", "d"] as const;

/** Lines chosen out of each section, with random thresholds. */
export function randomPack(name: string, dice: Dice): string {
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
    `  t_event: { event: [a, c]${extra()}`,
    `  t_later: { event: ${event()}, after: ${after()}${extra()}`,
    `  t_rises: { rises: { heat: ${n(15, 60)}.37 }${dice.chance(0.5) ? `, for: ${after()}` : ""}${extra()}`,
    `  t_falls: { falls: { heat: ${n(5, 30)}.37 }${dice.chance(0.5) ? `, for: ${after()}` : ""}${extra()}`,
    `  t_count: { rises: { n_w: ${n(2, 4)} }${extra()}`,
    `  t_money: { falls: { money: ${n(10, 50)} }${extra()}`,
    `  t_silent: { silent: ${event()}, for: ${after()}${extra()}`,
    `  t_still: { silent: any_act, for: ${after()}${extra()}`,
    `  t_cart: { started: [a, b], without: [c], within: ${after()}${extra()}`,
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

export interface RandomLog {
  readonly messages: readonly { readonly data: string; readonly storedMs: number }[];
  readonly endMs: number;
}

/** A few people over some weeks: bursts, long pauses, equal times, late events, repeats, several events in one message. */
export function randomLog(dice: Dice, clock: "event" | "stored", length = 120): RandomLog {
  const messages: { data: string; storedMs: number }[] = [];
  const start = dice.one(STARTS);
  let now = start;
  for (let index = 0; index < length; index++) {
    now += pause(dice, start);
    const events = Array.from({ length: dice.chance(0.2) ? dice.whole(2, 4) : 1 }, (_, part) => randomEvent(dice, `m${index}.${part}`, now));
    if (dice.chance(0.04) && index > 0) events.push(events[0] as object);
    const data = events.length === 1 ? JSON.stringify(events[0]) : dice.chance(0.5) ? JSON.stringify(events) : JSON.stringify({ batch: events });
    messages.push({ data, storedMs: now });
    if (dice.chance(0.03)) messages.push({ data, storedMs: now });
  }
  const endMs = now + 40 * DAY;
  if (clock === "stored") messages.push({ data: JSON.stringify(randomEvent(dice, "last", endMs)), storedMs: endMs });
  return { messages, endMs };
}

function pause(dice: Dice, start: number): number {
  const kind = dice.real();
  if (kind < 0.15) return 0;
  if (kind < 0.5) return dice.whole(1, 90_000);
  if (kind < 0.85) return dice.whole(1, 9) * 3_600_000 + dice.whole(0, 3_600_000);
  return kind < 0.92 ? dice.whole(1, 20) * 43_200_000 - (dice.chance(0.5) ? start % 43_200_000 : 0) : dice.whole(1, 3 * DAY);
}

function randomEvent(dice: Dice, messageId: string, now: number): object {
  const late = dice.chance(0.12) ? dice.whole(0, 12 * DAY) : dice.chance(0.01) ? 31 * DAY : 0;
  const early = dice.chance(0.03) ? dice.whole(0, 120_000) : 0;
  const who = dice.chance(0.8) ? { userId: `u${dice.whole(1, 7)}` } : { anonymousId: `u${dice.whole(1, 3)}` };
  const common = { ...who, timestamp: new Date(now - late + early).toISOString(), ...(dice.chance(0.95) ? { messageId } : {}) };
  const properties = {
    v: dice.one([5, 12.34565, "19.99", 25, 0, 40, "free", null]),
    ...(dice.chance(0.2) ? { currency: dice.one(["eur", "USD", 7]) } : {}),
    ...(dice.chance(0.7) ? { k: dice.one(["k1", "k2", 3]) } : {}),
  };
  const kind = dice.real();
  if (kind < 0.4) return { ...common, type: "track", event: "A", properties };
  if (kind < 0.6) return { ...common, type: "track", event: "B", properties };
  if (kind < 0.75) return { ...common, type: "page", name: "Cee" };
  if (kind < 0.9) return { ...common, type: "identify", traits: randomTraits(dice, now) };
  return { ...common, type: dice.one(["track", "screen", "group"]), event: "Other", name: "Other" };
}

const randomTraits = (dice: Dice, now: number): object => ({
  plan: dice.one(["x", null, 5]),
  size: dice.one([3, "20", "big"]),
  ...(dice.chance(0.5) ? { renews: dice.one([null, new Date(now + dice.whole(-2, 12) * DAY).toISOString(), now + dice.whole(0, 4 * DAY)]) } : {}),
  ...(dice.chance(0.4) ? { tz: dice.one([null, "Nowhere/Land", "America/New_York", "Asia/Kolkata", "Europe/Berlin", "Pacific/Auckland"]) } : {}),
});
