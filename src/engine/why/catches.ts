// What a policy will have to say of what is ahead, as far as that can be known: messages that it holds until the night is over, and
// messages to come that it would withhold if nothing changes. Caps and quiet hours are questions of the moment and are not asked.

import type { PolicyProgram } from "../../packs/policy-program.ts";
import type { PackProgram, TriggerProgram } from "../../packs/program.ts";
import type { Row } from "../../packs/row.ts";
import { heldView } from "../policy/held.ts";
import { chosenChannel, standingAnswer } from "../policy/standing.ts";

/** `, but as things stand it is withheld: consent (email, refused)`; nothing where it would be sent on one of its channels. */
export function catchOf(policy: PolicyProgram | null, pack: PackProgram, trigger: TriggerProgram, step: number, row: Row): string {
  const channels = trigger.definition.steps[step]?.channels;
  if (policy === null || channels === undefined) return "";
  const names = channels.take === "all" ? channels.names : [chosenChannel(policy, trigger, channels.names, row)];
  const answers = names.map((name) => {
    const program = policy.channels.get(name) ?? policy.unnamed;
    return program.reaches === "staff" ? null : standingAnswer(policy, pack, trigger, program, name, row);
  });
  const [first] = answers;
  if (first === null || first === undefined || answers.includes(null)) return "";
  return `, but as things stand it is withheld: ${first.reason} (${Object.values(first.why).join(", ")})`;
}

/** What quiet hours hold of this pack. */
export function heldOf(policy: PolicyProgram | null, pack: PackProgram, row: Row): { readonly atMs: number; readonly name: string; readonly text: string }[] {
  if (policy === null) return [];
  const mine = heldView(policy, row).filter(({ trigger }) => trigger.startsWith(`${pack.name}/`));
  return mine.map(({ trigger, channel, until }) => {
    const name = trigger.slice(pack.name.length + 1);
    return { atMs: until, name, text: `quiet hours are over: trigger ${name}, held for ${channel}, is asked again` };
  });
}
