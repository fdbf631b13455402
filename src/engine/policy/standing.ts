// What a policy answers by how a contact stands, whatever the hour: suppressed, no consent, held out; and on which of its channels a
// trigger would go. Asked when something is decided on (policy.ts), and by whoever wants to know beforehand (why/catches.ts).

import type { WithheldReason } from "../../model/effect.ts";
import type { Exemptions } from "../../packs/policy-definition.ts";
import type { ChannelProgram, PolicyProgram } from "../../packs/policy-program.ts";
import type { PackProgram, TriggerProgram } from "../../packs/program.ts";
import type { Row } from "../../packs/row.ts";
import { standsIn } from "../look.ts";
import { allows, answerFor } from "./consent.ts";

export type Answer = { readonly reason: WithheldReason; readonly why: Record<string, unknown> } | null;

/** Why it would be withheld on this channel, which is not for staff; null where nothing speaks against it. */
export function standingAnswer(policy: PolicyProgram, pack: PackProgram, trigger: TriggerProgram, program: ChannelProgram, channel: string, row: Row): Answer {
  const exempt = exemptionsOf(policy, trigger);
  return (
    (isTransactional(trigger) ? null : suppressed(policy, `${pack.name}/${trigger.definition.name}`, channel, row)) ??
    (exempt.consent ? null : refused(trigger, program, row)) ??
    (exempt.holdOut ? null : heldOut(policy, row))
  );
}

/** The first channel that is for staff or that consent allows; where it allows none, the first of all. */
export function chosenChannel(policy: PolicyProgram, trigger: TriggerProgram, channels: readonly string[], row: Row): string {
  return channels.find((name) => isOpen(policy, trigger, name, row)) ?? (channels[0] as string);
}

/** Whether a channel is for staff, or consent allows it for the trigger. */
export function isOpen(policy: PolicyProgram, trigger: TriggerProgram, name: string, row: Row): boolean {
  const channel = policy.channels.get(name) ?? policy.unnamed;
  return exemptionsOf(policy, trigger).consent || channel.reaches === "staff" || allows(channel, row, trigger.definition.purpose);
}

export const exemptionsOf = (policy: PolicyProgram, trigger: TriggerProgram): Exemptions =>
  isTransactional(trigger) ? policy.definition.transactional : NOTHING;

const NOTHING: Exemptions = { consent: false, cap: false, quiet: false, holdOut: false };

const isTransactional = ({ definition }: TriggerProgram): boolean => definition.purpose === "transactional";

function suppressed({ suppress }: PolicyProgram, name: string, channel: string, row: Row): Answer {
  for (const { in: places, except, channels } of suppress) {
    if (except.has(name) || (channels !== null && !channels.has(channel))) continue;
    const place = places.find((of) => standsIn(of, row));
    if (place !== undefined) return { reason: "suppressed", why: { in: place.text } };
  }
  return null;
}

function refused({ definition }: TriggerProgram, { consent }: ChannelProgram, row: Row): Answer {
  if (consent === null) return null;
  const said = answerFor(consent.of, row, definition.purpose);
  if (said ?? consent.withoutAnswer) return null;
  return { reason: "consent", why: { consent: consent.of.key, answer: said === null ? "none" : "refused" } };
}

function heldOut({ holdOut }: PolicyProgram, row: Row): Answer {
  if (holdOut === null || row.numbers[holdOut.place] !== 1) return null;
  return { reason: "hold_out", why: { percent: holdOut.percent, salt: holdOut.salt } };
}
