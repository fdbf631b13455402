// Catching up (docs/packs.md "catch_up"): a contact that returns from history may have passed moments at which triggers of a pack
// wanted something. Where the pack says `spread over D`, that is owed: it waits in the row until a moment within D of the return, drawn
// from the contact's key so that a million returns do not speak at once, and is then wanted if it still is worth it. Policy decides on it
// there as on everything else.
//
// A contact owes at most one thing for each trigger, the newest, and at most `limits.held` things.

import { draw } from "../model/draw.ts";
import { isoTime } from "../model/ids.ts";
import type { CatchUpProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import type { HeldLimits } from "./limits.ts";
import { heldIn, isTooLarge, itemOf, keepHeld, noteGoalsMet, release } from "./policy/held.ts";
import type { PackTouch, Touch } from "./touch.ts";
import type { Candidate, Wants } from "./wants.ts";

/** When something owed comes due; Infinity where nothing is owed. */
export const nextOfOwed = (catchUp: CatchUpProgram | null, row: Row): number =>
  catchUp === null ? Number.POSITIVE_INFINITY : (row.numbers[catchUp.due] as number);

/** Keeps what triggers wanted at a moment that the contact has passed before its return at `touch.returns`. */
export function owe(catchUp: CatchUpProgram, candidates: readonly Candidate[], packs: readonly PackTouch[], row: Row, touch: Touch, limits: HeldLimits): void {
  if (nextOfOwed(catchUp, row) < Number.POSITIVE_INFINITY) noteGoalsMet(catchUp, packs, row, touch);
  for (const candidate of candidates) {
    const { spreadMs } = candidate.touched.pack.definition;
    if (spreadMs !== null && !candidate.passedThrough) oweOne(catchUp, candidate, spreadMs, row, touch, limits);
  }
}

/** In place of what the same trigger wanted before. */
function oweOne(catchUp: CatchUpProgram, of: Candidate, spreadMs: number, row: Row, touch: Touch, limits: HeldLimits): void {
  const { pack } = of.touched;
  const due =
    (touch.returns ?? touch.now) + 1 + Math.floor((draw(`${pack.name}/catch_up\n${touch.contact.kind}\n${touch.contact.id}`) / 4_294_967_296) * spreadMs);
  const held = heldIn(catchUp, row);
  const others = held.filter(({ p, t }) => p !== pack.name || t !== of.trigger.definition.name);
  const item = itemOf(of, "", touch.now, due, row);
  const fits = others.length < limits.held && !isTooLarge(item, limits);
  keepHeld(catchUp, row, fits ? [...others, item] : others);
}

/** What is owed and due at this touch is wanted now, if it still is worth sending. Returns how much of it. */
export function releaseOwed(catchUp: CatchUpProgram, packs: readonly PackTouch[], row: Row, touch: Touch, wants: Wants, gone: () => void): number {
  if (nextOfOwed(catchUp, row) === Number.POSITIVE_INFINITY) return 0;
  noteGoalsMet(catchUp, packs, row, touch);
  const released = release(catchUp, packs, row, touch, gone);
  const worth = released.filter(({ stillTrue, candidate: { expiresAt } }) => stillTrue && (expiresAt === null || expiresAt > touch.now));
  const owed = worth.map(({ candidate, since }): Candidate => ({ ...candidate, origin: "history", because: { ...candidate.because, due: isoTime(since) } }));
  if (owed.length > 0) wants.candidates.splice(0, wants.candidates.length, ...inOrder([...owed, ...wants.candidates], packs));
  return owed.length;
}

/** By pack and declaration; of one trigger, what was owed comes first. */
function inOrder(candidates: readonly Candidate[], packs: readonly PackTouch[]): readonly Candidate[] {
  const place = ({ touched, trigger }: Candidate): number => touched.pack.triggers.indexOf(trigger);
  return candidates.toSorted((a, b) => packs.indexOf(a.touched) - packs.indexOf(b.touched) || place(a) - place(b));
}
