// Why a contact stands where it does, why not elsewhere, and what is ahead (`tidemark explain`). It asks the same closures as the
// engine, at the same moment, and changes nothing. What has happened stands in the output stream and is not here.

import { isoTime, isoTimeOrNull } from "../../model/ids.ts";
import { formatDuration } from "../../packs/durations.ts";
import type { PolicyProgram } from "../../packs/policy-program.ts";
import type { MoveProgram, PackProgram, Program, StagesProgram, TriggerProgram } from "../../packs/program.ts";
import type { Row } from "../../packs/row.ts";
import { alsoKnown } from "../also-known.ts";
import { destination } from "../places.ts";
import { type ConditionView, dayOf, explainCondition } from "./part.ts";
import { type Ahead, nextNumber, whatIsAhead } from "./pending.ts";

export interface Why {
  /** Log time: what everything here is as of. */
  readonly asOf: string;
  /** Ids whose rows or names became this contact's, and when; only where there are any. */
  readonly merged?: readonly { readonly id: string; readonly kind: string; readonly at: string }[];
  readonly packs: Readonly<Record<string, PackWhy>>;
}

export interface PackWhy {
  /** Ways out of the stage, the nearest first. */
  readonly moves: readonly MoveWhy[];
  /** Segments above the contact's own (or all, where it has none), and who is in the game. */
  readonly segments: readonly PlaceWhy[];
  /** Audiences that it is not in, and with `until` those that it is. */
  readonly audiences: readonly PlaceWhy[];
  /** Of each `reaches` the number that is next. */
  readonly numbers: readonly NumberWhy[];
  readonly ahead: readonly Ahead[];
}

export interface MoveWhy {
  readonly to: string;
  /** Any of these has to happen; null: none. */
  readonly events: readonly string[] | null;
  readonly condition: ConditionView | null;
  readonly for: string | null;
  /** Since when the condition of a `for` has held. */
  readonly heldSince: string | null;
  /** `if` moves wait for the end of a stay. */
  readonly stayUntil: string | null;
  readonly text: string;
}

export interface PlaceWhy {
  readonly name: string;
  readonly condition: ConditionView | null;
  readonly text: string;
}

export interface NumberWhy {
  readonly trigger: string;
  readonly next: number;
  readonly value: number | null;
  readonly text: string;
}

export function explainContact(program: Program, row: Row, now: number): Why {
  const merged = alsoKnown(row).map(({ id, kind, at }) => ({ id, kind, at: isoTime(at) }));
  return {
    asOf: isoTime(now),
    ...(merged.length === 0 ? {} : { merged }),
    packs: Object.fromEntries(program.packs.map((pack) => [pack.name, explainPack(pack, program.policy, row, now)])),
  };
}

function explainPack(pack: PackProgram, policy: PolicyProgram | null, row: Row, now: number): PackWhy {
  return {
    moves: pack.stages === null ? [] : explainMoves(pack, pack.stages, row, now),
    segments: explainSegments(pack, row, now),
    audiences: pack.audiences.flatMap((audience) => {
      const inside = row.numbers[audience.place] === 1;
      if (inside && audience.until === null) return [];
      return [placeWhy(inside ? `out of ${audience.name}` : audience.name, explainCondition(inside ? (audience.until ?? audience.if) : audience.if, row, now))];
    }),
    numbers: pack.triggers.flatMap((trigger) => explainNumber(trigger, row, now)),
    ahead: whatIsAhead(pack, policy, row, now),
  };
}

function explainMoves(pack: PackProgram, stages: StagesProgram, row: Row, now: number): readonly MoveWhy[] {
  const current = row.numbers[stages.place] as number;
  const ways = stages.moves.filter((move) => move.from[current] === true).map((move) => explainMove(pack, stages, move, row, now));
  return ways.toSorted((a, b) => distance(a) - distance(b));
}

/** Parts that are missing; an event that has to happen is one of them, and so is a time that has to pass. */
const distance = ({ events, condition }: MoveWhy): number => (events === null ? 0 : 1) + (condition?.missing ?? 0);

function explainMove(pack: PackProgram, stages: StagesProgram, move: MoveProgram, row: Row, now: number): MoveWhy {
  const events = move.events === null ? null : move.events.map((index) => pack.events[index]?.name ?? "");
  const condition = move.condition === null ? null : explainCondition(move.condition, row, now);
  const held = move.held < 0 ? Number.NaN : (row.numbers[move.held] as number);
  const stay = row.numbers[stages.stayUntil] as number;
  const of = {
    to: stages.order[destination(move, stages, row)] ?? "back",
    events,
    condition,
    for: move.forMs > 0 ? formatDuration(move.forMs) : null,
    heldSince: isoTimeOrNull(held),
    stayUntil: events === null && stay > now ? isoTime(stay) : null,
  };
  const waits = [
    ...(events === null ? [] : [`when ${events.join(" or ")} happens`]),
    ...(condition === null ? [] : [wordsOf(condition)]),
    ...(of.for === null ? [] : [Number.isNaN(held) ? `and that for ${of.for}` : `which must last for ${of.for}, until ${dayOf(held + move.forMs, now)}`]),
    ...(of.stayUntil === null ? [] : [`not before its stay is over on ${dayOf(stay, now)}`]),
  ];
  return { ...of, text: `${of.to}: ${waits.join("; ")}` };
}

/** What is still missing; all of it, where nothing is. */
function wordsOf({ holds, parts }: ConditionView): string {
  const said = holds ? parts : parts.filter((part) => part.holds !== true);
  return said.map(({ text }) => text).join("; ");
}

function explainSegments({ segments }: PackProgram, row: Row, now: number): readonly PlaceWhy[] {
  if (segments === null) return [];
  const current = row.numbers[segments.place] as number;
  const among = segments.among === null ? null : explainCondition(segments.among, row, now);
  if (among !== null && !among.holds) return [placeWhy("any segment", among)];
  return segments.list
    .slice(0, current < 0 ? undefined : current)
    .map(({ name, condition }) => placeWhy(name, condition === null ? null : explainCondition(condition, row, now)));
}

function explainNumber(trigger: TriggerProgram, row: Row, now: number): readonly NumberWhy[] {
  const { when, name } = trigger.definition;
  const next = when.kind === "reaches" ? nextNumber(trigger, row, when.at) : null;
  if (when.kind !== "reaches" || next === null) return [];
  const exact = trigger.term?.value(row, now) ?? Number.NaN;
  const value = Number.isNaN(exact) ? null : Math.round(exact * 100) / 100;
  const more = value === null ? "missing" : `${value} of ${next}: ${Math.round((next - value) * 100) / 100} more`;
  return [{ trigger: name, next, value, text: `trigger ${name}: ${when.of.text} ${more}` }];
}

const placeWhy = (name: string, condition: ConditionView | null): PlaceWhy => ({
  name,
  condition,
  text: `${name}: ${condition === null ? "" : wordsOf(condition)}`,
});
