// What producers of a story send: messages of events in every form, broken ones and repeated ones, as plain data. Who is in it, and
// who they say they are: a crowd with one id each, or a household behind several ids. Whom the story has forgotten may stay away
// from then on, so that nothing of theirs has to be found in the end; what they did before may still come late.

import type { ContactKey } from "../../src/model/ids.ts";
import { partitionOf } from "../../src/model/partition-of.ts";
import type { Dice } from "../model/naive/random-story.ts";

/** What a producer sends; times are relative to the moment at which it does. */
export type Fed =
  | { readonly kind: "events"; readonly form: "one" | "array" | "batch" | "lines"; readonly events: readonly FedEvent[] }
  | { readonly kind: "bytes"; readonly text: string }
  /** The very bytes of an earlier message, counted back from here. */
  | { readonly kind: "again"; readonly back: number };

export interface FedEvent {
  readonly agoMs: number;
  /** `agoMs` is then before somebody was last asked to be forgotten, and not before now. */
  readonly beforeForget?: boolean;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Who is in a story, as it goes on. */
export interface Cast {
  readonly seed: number;
  /** What becomes of two users behind one anonymous id; null: nobody has more than one id. */
  readonly twoUsers: "refuse" | "merge" | null;
  /** Forgotten, and not coming again but by what they did before. */
  readonly gone: Set<string>;
}

const DAY = 86_400_000;

export function message(dice: Dice, cast: Cast): Fed {
  const kind = dice.real();
  if (kind < 0.05) return { kind: "bytes", text: dice.one(BROKEN) };
  if (kind < 0.13) return { kind: "again", back: dice.whole(1, 12) };
  if (kind < 0.65) return { kind: "events", form: "one", events: [event(dice, cast)] };
  const events = Array.from({ length: dice.whole(2, 5) }, () => event(dice, cast));
  return { kind: "events", form: dice.one(["array", "batch", "lines"]), events };
}

const BROKEN = [
  '{"type":',
  "",
  "[1,2",
  '{"type":"track","event":"Bought"}',
  '{"type":"track","event":"Bought","userId":"null"}',
  '{"type":"dance","userId":"u1"}',
];

/** A message about one of the household, with whom else it may name. */
export const messageAbout = (dice: Dice, cast: Cast, name: string): Fed => ({
  kind: "events",
  form: dice.one(["one", "array", "lines", "batch"]),
  events: [{ agoMs: 0, fields: { ...deed(dice), ...withSomeone(dice, present(cast), name), ...messageId(dice, cast) } }],
});

/** What somebody did before it was forgotten, and nobody had told. */
export const lateMessageAbout = (dice: Dice, cast: Cast, name: string): Fed => ({ kind: "events", form: "one", events: [lateEvent(dice, cast, name)] });

const lateEvent = (dice: Dice, cast: Cast, name: string): FedEvent => ({
  agoMs: dice.chance(0.3) ? 0 : dice.whole(0, 36 * 3_600_000),
  beforeForget: true,
  fields: { ...deed(dice), ...withSomeone(dice, HOUSEHOLD, name), ...messageId(dice, cast) },
});

/** A few people, and most of them in few partitions: then order within one is put to the test too. */
const CROWD = threeOfEach(Array.from({ length: 600 }, (_, i) => `u${i}`));

/** Few names, so that they meet often: the same texts are users and visitors. They are found in bytes wherever they lie: no other text is like them. */
export const HOUSEHOLD = threeOfEach(Array.from({ length: 600 }, (_, i) => `somebody-${String(i).padStart(3, "0")}`)).filter((_, index) => index % 3 < 2);

function threeOfEach(ids: readonly string[]): string[] {
  return [0, 1, 2].flatMap((partition) => ids.filter((id) => partitionOf(id) === partition).slice(0, 3));
}

/** Who of the household is there. */
export const present = ({ gone }: Cast): string[] => HOUSEHOLD.filter((name) => !gone.has(name));

export const anId = (dice: Dice, name: string): ContactKey => ({ kind: dice.chance(0.5) ? "user" : "anonymous", id: name });

/** Somebody by one id, by two that are tied so, or two ids that are said to be one. */
function someone(dice: Dice, here: readonly string[]): Record<string, unknown> {
  const kind = dice.real();
  if (kind < 0.3) return { userId: dice.one(here) };
  if (kind < 0.6) return { anonymousId: dice.one(here) };
  if (kind < 0.88) return { userId: dice.one(here), anonymousId: dice.one(here) };
  return { type: "alias", previousId: dice.one(here), userId: dice.one(here) };
}

function withSomeone(dice: Dice, others: readonly string[], name: string): Record<string, unknown> {
  const kind = dice.real();
  const other = dice.one(others);
  if (kind < 0.25) return { userId: name };
  if (kind < 0.5) return { anonymousId: name };
  if (kind < 0.7) return { userId: name, anonymousId: other };
  if (kind < 0.9) return { userId: other, anonymousId: name };
  return { type: "alias", previousId: name, userId: other };
}

function event(dice: Dice, cast: Cast): FedEvent {
  if (cast.twoUsers !== null) return householdEvent(dice, cast);
  const who = dice.chance(0.85) ? { userId: dice.one(CROWD) } : { anonymousId: dice.one(CROWD) };
  const named = messageId(dice, cast);
  const agoMs = dice.chance(0.1) ? dice.whole(0, 3 * DAY) : dice.chance(0.02) ? 31 * DAY : dice.chance(0.02) ? -40_000 : 0;
  return { agoMs, fields: { ...deed(dice), ...who, ...named } };
}

function householdEvent(dice: Dice, cast: Cast): FedEvent {
  if (cast.gone.size > 0 && dice.chance(0.06)) return lateEvent(dice, cast, dice.one([...cast.gone]));
  const named = messageId(dice, cast);
  const agoMs = dice.chance(0.1) ? dice.whole(0, 3 * DAY) : dice.chance(0.02) ? 31 * DAY : 0;
  return { agoMs, fields: { ...deed(dice), ...someone(dice, present(cast)), ...named } };
}

const messageId = (dice: Dice, { seed }: Cast): Record<string, unknown> =>
  dice.chance(0.95) ? { messageId: `${seed}-${dice.whole(1, dice.chance(0.1) ? 20 : 1e9)}` } : {};

function deed(dice: Dice): Record<string, unknown> {
  const kind = dice.real();
  if (kind < 0.45) return { type: "page", name: dice.one(["Home", "Pricing"]) };
  if (kind < 0.65) return { type: "track", event: "Cart Filled", properties: { cart: dice.one(["c1", "c2"]) } };
  if (kind < 0.85) return { type: "track", event: "Bought", properties: { revenue: dice.one([5, 40, 99.95]), order: `o${dice.whole(1, 999)}` } };
  return { type: "identify", traits: { plan: dice.one(["free", "team", null]) } };
}
