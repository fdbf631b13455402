// A change of consent is a fact like a move from one stage to another, and is told like one: what the contact had said about being
// reached, what it has said now, and by what. In the place of a pack it has `policy`. It has no number: it is not the pack's.

import { isoTime } from "../../model/ids.ts";
import type { PolicyProgram } from "../../packs/policy-program.ts";
import type { Row } from "../../packs/row.ts";
import type { Source } from "../describe.ts";
import type { ConsentChange, Outgoing, Said, Touch } from "../touch.ts";
import { answersOf } from "./consent.ts";

/** What the row has, key by key in the order of the policy's channels. */
export const saidIn = ({ consents }: PolicyProgram, row: Row): readonly Said[] => consents.map((consent) => answersOf(consent, row));

/** What has changed since `before`. */
export function changesSince(before: readonly Said[], policy: PolicyProgram, row: Row): readonly ConsentChange[] {
  return saidIn(policy, row).flatMap((now, index) => {
    const was = before[index] as Said;
    return isSame(was, now) ? [] : [{ key: policy.consents[index]?.key ?? "", was, now }];
  });
}

/** Of two rows that become one: what the own had said, or, where that is nothing, the other. */
export const saidByEither = (own: readonly Said[], other: readonly Said[]): readonly Said[] =>
  own.map((said, index) => (isNothing(said) ? (other[index] as Said) : said));

export function describeConsent({ key, was, now }: ConsentChange, policy: string, touch: Touch, alsoKnownAs: readonly string[], source: Source): Outgoing {
  const { contact } = touch;
  const event = {
    source: `/tidemark/${source.created}/policy`,
    type: "io.tidemark.transition.v1",
    subject: contact.id,
    time: isoTime(touch.now),
    datacontenttype: "application/json",
    dataschema: "urn:tidemark:transition:v1",
    partitionkey: contact.id,
    data: {
      pack: "policy",
      policy,
      origin: "live",
      axis: "consent",
      from: null,
      to: key,
      contact: { id: contact.id, kind: contact.kind, alsoKnownAs },
      was: shown(was),
      now: shown(now),
      because: causeOf(touch),
    },
  };
  return { family: "transition", subject: `tidemark.transitions.policy.consent.${key}.${source.shard}`, event };
}

const shown = ({ key, purposes }: Said) => ({ answer: key, purposes });

function causeOf({ event, merge }: Touch): Record<string, unknown> {
  if (merge !== undefined) return { cause: "merge", merged: { kind: merge.old.kind, id: merge.old.id } };
  if (event === null) return { cause: "time" };
  return { cause: "event", event: event.name === "" ? null : event.name, messageId: event.messageId ?? null, occurredAt: isoTime(event.at) };
}

const isNothing = ({ key, purposes }: Said): boolean => key === null && Object.keys(purposes).length === 0;

/** Answers by purpose lie in the order of their names. */
const isSame = (a: Said, b: Said): boolean => a.key === b.key && JSON.stringify(a.purposes) === JSON.stringify(b.purposes);
