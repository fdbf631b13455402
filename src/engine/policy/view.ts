// What the policy knows of a contact, for people (`GET /v1/contacts/{id}`, `replay --contacts`): whether it may be reached, what was sent
// to it of late, and what waits for the end of its quiet hours.

import { isoTime } from "../../model/ids.ts";
import type { CapProgram, ConsentProgram, PolicyProgram } from "../../packs/policy-program.ts";
import type { Row } from "../../packs/row.ts";
import { purposesOf } from "./consent.ts";
import { heldView } from "./held.ts";
import { sentIn, zoneOfContact } from "./time.ts";

/** JSON; `sent` counts what is in each cap's window at `now`. */
export function viewPolicy(policy: PolicyProgram, row: Row, now: number): Record<string, unknown> {
  const { name, zone } = zoneOfContact(policy, row);
  const sent = (caps: readonly CapProgram[]) => Object.fromEntries(caps.map((cap) => [cap.text, sentIn(cap, row, zone, now)]));
  const capped = [...[...policy.channels.values()].map((channel) => [channel.name, channel.caps] as const), ["everyone", policy.everyone] as const];
  return {
    name: policy.definition.name,
    zone: name,
    consent: Object.fromEntries(policy.consents.map((consent) => [consent.key, saidOf(consent, row)])),
    holdOut: heldOut(policy, row),
    sent: Object.fromEntries(capped.filter(([, caps]) => caps.length > 0).map(([of, caps]) => [of, sent(caps)])),
    held: heldView(policy, row).map((item) => ({ ...item, since: isoTime(item.since), until: isoTime(item.until) })),
  };
}

/** true, false, null where nothing was said, or by purpose; then `any` is what holds for all others. */
function saidOf(consent: ConsentProgram, row: Row): unknown {
  const said = row.numbers[consent.answer] as number;
  const whole = Number.isNaN(said) ? null : said === 1;
  const purposes = purposesOf(consent, row);
  if (Object.keys(purposes).length === 0) return whole;
  return whole === null ? purposes : { any: whole, ...purposes };
}

/** null: not drawn yet, or the policy has no hold-out. */
function heldOut({ holdOut }: PolicyProgram, row: Row): boolean | null {
  const drawn = holdOut === null ? Number.NaN : (row.numbers[holdOut.place] as number);
  return Number.isNaN(drawn) ? null : drawn === 1;
}
