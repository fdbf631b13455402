// What triggers want and what becomes of it. All packs' candidates of one position and contact come together here, are put in
// order (priority, pack, declaration) and are decided on as a whole: which channel each takes, and whether it is sent or
// withheld. Triggers say what they want and know nothing of each other; transitions never pass through here.
//
// Without a policy a candidate takes the first channel of its list (or all of them) and is withheld only where the trigger
// itself knows that its place was passed through. What a policy makes of them is policy.ts.

import type { WithheldReason } from "../model/effect.ts";
import { PRIORITIES, type StepDefinition } from "../packs/definition.ts";
import type { TriggerProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import type { Outcome } from "./goals.ts";
import type { Ended } from "./series.ts";
import type { PackTouch, Standing, Touch } from "./touch.ts";

/** Something that a trigger wants to have sent, at the moment of the touch. */
export interface Candidate {
  readonly touched: PackTouch;
  readonly trigger: TriggerProgram;
  /** Last part of `data.key`. */
  readonly occasion: string;
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

/** The message that takes back a series: to every channel on which something of it was sent. */
export interface Cancel {
  readonly touched: PackTouch;
  readonly trigger: TriggerProgram;
  readonly occasion: string;
  /** The last step that has come. */
  readonly step: number;
  readonly channels: readonly string[];
  readonly was: Standing | null;
  readonly carried: Record<string, unknown>;
  readonly why: Ended;
}

/** All that the packs' triggers have to say of one moment. Only candidates are decided on. */
export interface Wants {
  readonly candidates: Candidate[];
  readonly cancels: Cancel[];
  readonly outcomes: Outcome[];
}

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

/** Without a policy: in the order in which they leave. With one, `PolicyRound` decides. */
export function decide(candidates: readonly Candidate[], touch: Touch): Decided[] {
  const decided: Decided[] = [];
  for (const candidate of inOrder(candidates)) {
    const reason = withheldByItself(candidate, touch);
    const disposition: Disposition = reason === null ? "send" : { withheld: reason };
    for (const channel of channelsOf(candidate)) decided.push({ candidate, channel, disposition });
  }
  return decided;
}

/** What is withheld whatever a policy says: of a place that was only passed through, and of history that reaches a contact of the present. */
export function withheldByItself({ passedThrough }: Candidate, { history }: Touch): "passed_through" | "history" | null {
  if (passedThrough) return "passed_through";
  return history === "late" ? "history" : null;
}

/** By priority; those of one priority stay in the order of packs and declarations. */
function inOrder(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.length < 2 ? candidates : candidates.toSorted((a, b) => rank(a) - rank(b));
}

const rank = (of: Candidate): number => PRIORITIES.indexOf(of.trigger.definition.priority);

function channelsOf({ action }: Candidate): readonly string[] {
  return action.channels.take === "all" ? action.channels.names : action.channels.names.slice(0, 1);
}
