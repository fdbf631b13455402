// Dice, and random people for the comparison of the engine with the naive model: everything follows from the seed.

import { answerTo } from "./random-answers.ts";

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

export interface RandomMessage {
  readonly data: string;
  readonly storedMs: number;
  /** Of a control record: its type. */
  readonly control?: string;
}

export interface RandomLog {
  readonly messages: readonly RandomMessage[];
  readonly endMs: number;
}

/** A few people over some weeks: bursts, long pauses, equal times, late events, repeats, several events in one message. */
export function randomLog(dice: Dice, clock: "event" | "stored", length = 120, people = 7): RandomLog {
  const messages: { data: string; storedMs: number }[] = [];
  const start = dice.one(STARTS);
  let now = start;
  for (let index = 0; index < length; index++) {
    now += pause(dice, start);
    const events = Array.from({ length: dice.chance(0.2) ? dice.whole(2, 4) : 1 }, (_, part) => randomEvent(dice, `m${index}.${part}`, now, people));
    if (dice.chance(0.04) && index > 0) events.push(events[0] as object);
    const data = events.length === 1 ? JSON.stringify(events[0]) : dice.chance(0.5) ? JSON.stringify(events) : JSON.stringify({ batch: events });
    messages.push({ data, storedMs: now });
    if (dice.chance(0.03)) messages.push({ data, storedMs: now });
  }
  const endMs = now + dice.one([2, 12, 40]) * DAY;
  if (clock === "stored") messages.push({ data: JSON.stringify(randomEvent(dice, "last", endMs, people)), storedMs: endMs });
  return { messages, endMs };
}

function pause(dice: Dice, start: number): number {
  const kind = dice.real();
  if (kind < 0.15) return 0;
  if (kind < 0.5) return dice.whole(1, 90_000);
  if (kind < 0.85) return dice.whole(1, 9) * 3_600_000 + dice.whole(0, 3_600_000);
  return kind < 0.92 ? dice.whole(1, 20) * 43_200_000 - (dice.chance(0.5) ? start % 43_200_000 : 0) : dice.whole(1, 3 * DAY);
}

function randomEvent(dice: Dice, messageId: string, now: number, people: number): object {
  const late = dice.chance(0.12) ? dice.whole(0, 12 * DAY) : dice.chance(0.01) ? 31 * DAY : 0;
  const early = dice.chance(0.03) ? dice.whole(0, 120_000) : 0;
  const who = dice.chance(0.8) ? { userId: `u${dice.whole(1, people)}` } : { anonymousId: `u${dice.whole(1, 3)}` };
  const answer = dice.chance(0.6) ? { context: { tidemark: { key: randomKey(dice, who.userId ?? who.anonymousId) } } } : {};
  const common = { ...who, ...answer, timestamp: new Date(now - late + early).toISOString(), ...(dice.chance(0.95) ? { messageId } : {}) };
  const properties = {
    v: dice.one([5, 12.34565, "19.99", 25, 0, 40, "free", null]),
    ...(dice.chance(0.2) ? { currency: dice.one(["eur", "USD", 7]) } : {}),
    ...(dice.chance(0.7) ? { k: dice.one(["k1", "k2", 3]) } : {}),
  };
  const kind = dice.real();
  if (kind < 0.3) return { ...common, type: "track", event: "A", properties };
  if (kind < 0.36) return { ...common, type: "track", event: "Undo", properties };
  if (kind < 0.4) return { ...common, type: "track", event: "Hand", properties: { ...properties, ...randomHand(dice) } };
  if (kind < 0.6) return { ...common, type: "track", event: "B", properties };
  if (kind < 0.75) return { ...common, type: "page", name: "Cee" };
  if (kind < 0.9) return { ...common, type: "identify", traits: randomTraits(dice, now) };
  return { ...common, type: dice.one(["track", "screen", "group"]), event: "Other", name: "Other" };
}

/** Mostly of what was sent to this contact lately. */
const randomKey = (dice: Dice, id: string): unknown => (dice.chance(0.9) ? answerTo(id, dice.whole(0, 2)) : dice.one([7, "", "alpha/t0/u1", ["x"], null]));

const randomHand = (dice: Dice): object => ({ stage: dice.one(["cold", "warm", "hot", "done", "nowhere", 3]), by: dice.one(["Ana", null, "x".repeat(300)]) });

const randomTraits = (dice: Dice, now: number): object => ({
  plan: dice.one(["x", "staff", null, 5]),
  size: dice.one([3, "20", "big"]),
  ...(dice.chance(0.5) ? { renews: dice.one([null, new Date(now + dice.whole(-2, 12) * DAY).toISOString(), now + dice.whole(0, 4 * DAY)]) } : {}),
  ...(dice.chance(0.4) ? { tz: dice.one([null, "Nowhere/Land", "America/New_York", "Asia/Kolkata", "Europe/Berlin", "Pacific/Auckland"]) } : {}),
});
