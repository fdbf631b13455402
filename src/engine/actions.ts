// What becomes of what triggers want. All packs' candidates of one position and contact come together here, are put in
// order (priority, pack, declaration) and are decided on as a whole: which channel each takes, and whether it is sent or
// withheld. Triggers say what they want and know nothing of each other; transitions never pass through here.
//
// Without a policy a candidate takes the first channel of its list (or all of them) and is withheld only where the trigger
// itself knows that its place was passed through. What a policy makes of them is policy.ts.

import { PRIORITIES } from "../packs/definition.ts";
import type { Touch } from "./touch.ts";
import type { Candidate, Decided, Disposition } from "./wants.ts";

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
