// What is counted of a log: what came in and what became of it, and what left. A function of the log alone, so it means the same after a
// crash as without one.

import type { OutcomeKind } from "./outcome.ts";

export interface EventCounts {
  readonly messages: number;
  /** Events that came in, and what became of each; the outcomes add up to it. */
  readonly events: number;
  readonly outcomes: Readonly<Record<OutcomeKind, number>>;
  /** Dead letters by reason. */
  readonly deadByReason: Readonly<Record<string, number>>;
  /** Values that were dropped or missing, by what (engine/dropped.ts), and records that were refused, by kind. */
  readonly dropped: Readonly<Record<string, number>>;
}

export interface EffectCounts {
  readonly transitions: number;
  readonly triggers: number;
  readonly withheld: number;
  /** The same by reason, as in the subjects. */
  readonly withheldByReason: Readonly<Record<string, number>>;
  /** Goals that were closed, by outcome: `reached`, `not_reached`, `held_out`. */
  readonly goalsByOutcome: Readonly<Record<string, number>>;
  readonly deadlinesFired: number;
}
