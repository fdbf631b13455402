// What a policy keeps of two rows as one (docs/identity.md "Policy"): the strictest consent wins, what was sent adds up, and a contact
// that was drawn for the hold-out stays where it was drawn; where both were it is the person's own. What is held by either is in
// policy/held.ts.

import type { ConsentProgram, PolicyProgram } from "../../packs/policy-program.ts";
import type { Row } from "../../packs/row.ts";
import { answersOf, keepAnswers } from "../policy/consent.ts";
import { addList, takeMissing, takeMost } from "./numbers.ts";

export function mergePolicy(policy: PolicyProgram, row: Row, from: Row): void {
  if (policy.zone >= 0 && row.text(policy.zone) === undefined) row.setText(policy.zone, from.text(policy.zone));
  for (const consent of policy.consents) mergeConsent(consent, row, from);
  const caps = [...policy.everyone, ...[...policy.channels.values()].flatMap(({ caps: own }) => own)];
  for (const list of new Set(caps.map((cap) => cap.list))) addList(row, from, list);
  if (policy.holdOut !== null) takeMissing(row, from, policy.holdOut.place);
}

/** No for what one of them refused, yes for what one of them allowed and neither refused. */
function mergeConsent(of: ConsentProgram, row: Row, from: Row): void {
  const [own, other] = [answersOf(of, row), answersOf(of, from)];
  const key = strictest(own.key, other.key);
  const purposes = [...new Set([...Object.keys(own.purposes), ...Object.keys(other.purposes)])].map(
    (purpose) => [purpose, strictest(own.purposes[purpose] ?? own.key, other.purposes[purpose] ?? other.key)] as const,
  );
  keepAnswers(of, row, key, new Map(purposes.flatMap(([purpose, answer]) => (answer === null || answer === key ? [] : [[purpose, answer]]))));
  takeMost(row, from, of.at);
}

const strictest = (a: boolean | null, b: boolean | null): boolean | null => (a === null ? b : b === null ? a : a && b);
