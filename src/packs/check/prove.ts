// The proofs about one pack: what can be reached, what can happen, and what contradicts itself (docs/packs.md, "What `check`
// proves"). Sound and not complete: whatever is reported as impossible is impossible for every contact, and whatever is reported
// as a contradiction has an example whose parts have nothing to do with each other. Where neither can be said, the question
// is listed as not decided and nothing is reported.

import type { PackDefinition } from "../definition.ts";
import { type Finding, FindingList } from "./findings.ts";
import { proveMoves } from "./prove-moves.ts";
import { proveRules } from "./prove-rules.ts";
import { proveSegments } from "./prove-segments.ts";
import { proveTriggers } from "./prove-triggers.ts";

export interface Proof {
  readonly findings: readonly Finding[];
  /** Questions that the proofs could not answer. */
  readonly undecided: readonly string[];
}

/** `file` stands in the findings. */
export function provePack(pack: PackDefinition, file: string): Proof {
  const found = new FindingList(pack, file);
  proveRules(pack, found);
  const segments = proveSegments(pack, found);
  const moves = proveMoves(pack, found);
  proveTriggers(pack, { segments, ...moves }, found);
  return { findings: found.sorted(), undecided: found.open };
}
