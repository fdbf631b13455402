// History (docs/packs.md "history"): what happened before anybody was listening. A contact in history has a moment of its own, `as_of`,
// and lives through its past as it did through its present, but nothing of that leaves: what would have is counted here, by kind.
//
// When a contact's moment moves on, and when it returns, is the partition's (partition/partition.ts); what a pack makes up for on the
// way back is catch-up.ts.

import type { MUTED_KINDS } from "../model/status.ts";
import { AS_OF, type NumbersAt, type Row } from "../packs/row.ts";
import type { EventFacts, PackTouch, Telling, Touch } from "./touch.ts";
import type { Wants } from "./wants.ts";

/** What did not leave, by kind, over the life of the engine; `caught_up`: muted triggers that were wanted once more after a return. */
export type HistoryCounts = Record<(typeof MUTED_KINDS)[number] | "caught_up", number>;

export const nothingMuted = (): HistoryCounts => ({ transition: 0, trigger: 0, passed_through: 0, broadcast: 0, caught_up: 0 });

export const isPast = ({ numbers, base }: NumbersAt): boolean => !Number.isNaN(numbers[base + AS_OF] as number);

/** The moment that a contact has come to: its own in history, and log time in the present. */
export const momentOf = (row: Row, logTime: number): number => (isPast(row) ? (row.numbers[AS_OF] as number) : logTime);

/** What is told of an event for this contact. */
export const tellingOf = (row: Row, event: EventFacts): Telling | undefined => (isPast(row) ? "past" : event.historical ? "late" : undefined);

export const isMuted = ({ history }: Touch): boolean => history === "past" || history === "passed";

/** Counts what the packs have to say of a moment. What triggers want counts as sent for `repeat`; nobody is asked whether it would have been. */
export function mute(packs: readonly PackTouch[], { candidates }: Wants, row: Row, touch: Touch, muted: HistoryCounts): void {
  for (const { transitions } of packs) muted.transition += transitions.length;
  for (const { trigger, passedThrough } of candidates) {
    if (!passedThrough && !trigger.definition.series) row.numbers[trigger.fired] = touch.now;
    muted[passedThrough ? "passed_through" : "trigger"]++;
  }
}
