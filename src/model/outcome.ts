// What became of an event: exactly one of these, always (DESIGN 1.4). The counters of all five add up to what came in.

import type { DeadReason } from "./output.ts";

export type EventOutcome =
  | { readonly kind: "applied" }
  | { readonly kind: "duplicate" }
  | { readonly kind: "late" }
  | { readonly kind: "forgotten" }
  | { readonly kind: "deadLetter"; readonly reason: DeadReason };

export const OUTCOME_KINDS = ["applied", "duplicate", "late", "forgotten", "deadLetter"] as const;
export type OutcomeKind = (typeof OUTCOME_KINDS)[number];
