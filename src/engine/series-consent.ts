// A series and consent that is taken away: the moment an answer leaves its next step without a channel, the series is over
// (docs/packs.md "series"). It is a question of before and after one message, or before and after two contacts become one: a series that
// began without consent, in the hope that it will be there when the step comes, goes on and is asked at its step.

import type { PolicyProgram } from "../packs/policy-program.ts";
import type { PackProgram, TriggerProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { runningSeries } from "./pending.ts";
import { isOpen } from "./policy/standing.ts";
import type { EventFacts } from "./touch.ts";

/** Whether the message may say something about consent: most do not, and then nothing else is looked at. */
export function mayAnswer(policy: PolicyProgram, event: EventFacts, isTrack: boolean): boolean {
  for (const { from, refusedBy } of policy.consents) {
    for (const index of from) if (event.values[index] !== undefined) return true;
    if (isTrack && refusedBy.includes(event.name)) return true;
  }
  return false;
}

/** The triggers whose series goes on for this contact and has a channel that its next step may take, by what one of `said` has answered. */
export function seriesThatMayGoOn(policy: PolicyProgram, packs: readonly PackProgram[], row: Row, said: readonly Row[] = [row]): readonly TriggerProgram[] {
  return packs.flatMap(({ triggers }) => triggers.filter((trigger) => said.some((one) => mayGoOn(policy, trigger, row, one))));
}

/** Whether consent, as `said` has it, leaves the next step of the series that goes on one of its channels. */
export function mayGoOn(policy: PolicyProgram, trigger: TriggerProgram, row: Row, said = row): boolean {
  const next = runningSeries(trigger, row)?.s;
  const step = next === undefined ? undefined : trigger.definition.steps[next];
  return step?.channels.names.some((name) => isOpen(policy, trigger, name, said)) === true;
}

export const isRefused = ({ triggers }: PackProgram, refused: readonly TriggerProgram[]): boolean => refused.some((trigger) => triggers.includes(trigger));
