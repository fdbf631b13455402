// Two rows that are one person's, made one (docs/identity.md, "Merging rows"): the contact, then pack by pack, then every pack is looked at once.
// Own is the row that is there, other the one that comes. Not here: where records go, and what is due of either (model.ts).

import type { ContactKey } from "../../../../src/model/ids.ts";
import type { TriggerDefinition } from "../../../../src/packs/definition.ts";
import type { NaiveContact, PackState } from "../contact.ts";
import type { NaiveEffect } from "../effects.ts";
import { isLeftOut } from "../moments.ts";
import type { Instant } from "../moves.ts";
import { same } from "../people.ts";
import { newInstant, settleSilently, standStill, told } from "../touch.ts";
import { lookAtTriggers, type Wanted } from "../triggers.ts";
import { joinHistories, joinOnce } from "./measures.ts";
import { joinPlaces, netSteps, type Stood, stoodOf } from "./places.ts";
import { joinScores } from "./scores.ts";
import { joinTrigger, withFormer } from "./triggers.ts";

export interface Incoming {
  /** The id that was tied. */
  readonly old: ContactKey;
  readonly row: NaiveContact | null;
}

const ALSO_KNOWN = 16;

export function mergeInto(own: NaiveContact, { old, row }: Incoming, now: number): NaiveEffect[] {
  own.alsoKnownAs = lastOnes([...own.alsoKnownAs, ...(row?.alsoKnownAs ?? []), old]);
  own.firstSeen = Math.min(own.firstSeen, row?.firstSeen ?? own.firstSeen);
  own.lastSeen = Math.max(own.lastSeen, row?.lastSeen ?? own.lastSeen);
  own.moment = now;
  const joined = own.packs.map((state, index) => joinPack(state, row?.packs[index] ?? null, now));
  own.packs = joined.map(({ state }) => state);
  const instants = joined.map((one) => settle(one, now));
  const left: Wanted = { cancels: [], wishes: [], closings: [] };
  const wanted = joined.map((one, index) => lookAtTriggers(one.state, instants[index] ?? null, null, Number.NaN, (look) => joinTrigger(look, one, old, left)));
  return told(own, instants, [left, ...wanted], now, { cause: "merge", merged: old });
}

/** The last of each, and at most so many: an id that comes again moves to the end. */
function lastOnes(ids: readonly ContactKey[]): ContactKey[] {
  return ids.filter((one, index) => !ids.slice(index + 1).some((later) => same(one, later))).slice(-ALSO_KNOWN);
}

export interface Joined {
  readonly state: PackState;
  /** The own one as it was, and where it stood; where it did not know the pack, the other. */
  readonly before: PackState;
  readonly own: Stood;
  /** null where one of them alone knew the pack. */
  readonly other: PackState | null;
}

function joinPack(own: PackState, other: PackState | null, now: number): Joined {
  if (other === null || other.bornAt === null) return { state: own, before: own, own: stoodOf(own), other: null };
  if (own.bornAt === null) return { state: takenOver(own, other), before: other, own: stoodOf(other), other: null };
  const stood = stoodOf(own);
  // An own value where there is one.
  const traits = new Map([...other.traits, ...own.traits]);
  const bornAt = Math.min(own.bornAt, other.bornAt);
  const known: PackState = { ...own, traits, bornAt, once: joinOnce(own.once, other.once) };
  const state: PackState = { ...known, ...joinHistories(own, other, known, now) };
  joinPlaces(state, other);
  // `while` rules may look at where the contact stands.
  joinScores(state, other, now);
  return { state, before: own, own: stood, other };
}

/** Whole, with its numbers and occasions; what was sent is known by its old key, too. */
function takenOver(own: PackState, other: PackState): PackState {
  const triggers = new Map([...other.triggers].map(([name, memory]) => [name, withFormer(memory, other, triggerNamed(other, name))]));
  return { ...other, triggers, key: own.key, identified: own.identified };
}

const triggerNamed = ({ pack }: PackState, name: string): TriggerDefinition => pack.triggers.find((one) => one.name === name) as TriggerDefinition;

/** Everything settles once without being told; what is told is where each axis ends. */
function settle({ state, own }: Joined, now: number): Instant | null {
  if (state.bornAt === null) return null;
  if (isLeftOut(state, now)) return standStill(state, now);
  settleSilently(state, now);
  const instant = newInstant(now, []);
  netSteps(state, own, instant);
  return instant;
}
