// What the packs' triggers have to say of one moment: what they want to have sent, what they take back, and how occasions came out;
// and what becomes of a want. Who decides that is in actions.ts and policy/policy.ts.

import type { WithheldReason } from "../model/effect.ts";
import type { StepDefinition } from "../packs/definition.ts";
import type { TriggerProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import type { Cancel, PackTouch, Standing } from "./touch.ts";

/** Something that a trigger wants to have sent, at the moment of the touch. */
export interface Candidate {
  readonly touched: PackTouch;
  readonly trigger: TriggerProgram;
  /** Last part of `data.key`. */
  readonly occasion: string;
  /** Ends of the keys under which something of it was sent before a merge. */
  readonly former?: readonly string[] | undefined;
  /** From 1. */
  readonly step: number;
  readonly action: StepDefinition;
  /** ms; null: it does not expire. */
  readonly expiresAt: number | null;
  readonly was: Standing | null;
  readonly carried: Record<string, unknown>;
  readonly because: Record<string, unknown>;
  /** The place that it is about was entered and left in this touch. */
  readonly passedThrough: boolean;
  /** Owed from a moment that passed while the contact was in history. */
  readonly origin?: "history";
  /** Whether `in` and `if` hold in the row as it is at `now`: asked again before something that was held back is sent. */
  readonly stillTrue: (row: Row, now: number) => boolean;
}

/** How an occasion came out. */
export interface Outcome {
  readonly touched: PackTouch;
  readonly trigger: TriggerProgram;
  readonly occasion: string;
  readonly reached: boolean;
  readonly heldOut: boolean;
  /** The last step that was sent. */
  readonly step: number;
  readonly openedAt: number;
  readonly until: number;
  /** Amount of the event that reached it, in its unit. */
  readonly revenue: number | null;
  /** Whether the event that reached it was an answer to this occasion; null where no event did. */
  readonly answered: boolean | null;
  readonly because: Record<string, unknown>;
}

/** All that the packs' triggers have to say of one moment. Only candidates are decided on. */
export interface Wants {
  readonly candidates: Candidate[];
  readonly cancels: Cancel[];
  readonly outcomes: Outcome[];
}

export const nothingWanted = (): Wants => ({ candidates: [], cancels: [], outcomes: [] });

/** `held`: nothing leaves now; it is decided on again when the quiet hours of its channel are over. */
export type Disposition = "send" | "held" | { readonly withheld: WithheldReason };

export const isWithheldFor = (disposition: Disposition, reason: WithheldReason): boolean => typeof disposition === "object" && disposition.withheld === reason;

/** One effect: a candidate on one channel. */
export interface Decided {
  readonly candidate: Candidate;
  readonly channel: string;
  readonly disposition: Disposition;
  /** What the policy has to say about it: which cap, until when it was quiet. */
  readonly policy?: Readonly<Record<string, unknown>>;
}
