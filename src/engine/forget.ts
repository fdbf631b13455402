// The end of a contact that is to be forgotten. What was promised to others about it is taken back: each series of which something was
// sent, by one cancel message under the same key. Nothing else of it leaves: what waits or is held is dropped with the row, open
// goals come to nothing, and nothing that is due by now fires. What confirms it names the hash and the request, not the contact.

import type { ForgetAnswer, HashedContact } from "../model/forget.ts";
import { isoTime } from "../model/ids.ts";
import type { Row } from "../packs/row.ts";
import type { Source } from "./describe.ts";
import { cancel, runningSeries } from "./pending.ts";
import type { Cancel, Outgoing, PackTouch } from "./touch.ts";

/** What is to be taken back of a contact that is forgotten, pack by pack in the order of declarations. */
export function promisesOf(touched: readonly PackTouch[], row: Row): Cancel[] {
  const cancels: Cancel[] = [];
  for (const of of touched)
    for (const trigger of of.pack.triggers) {
      const running = runningSeries(trigger, row);
      if (running !== null) cancel(of, trigger, running, "forgotten", cancels);
    }
  return cancels;
}

/** A fact of the whole engine, in the place of a pack `policy`: that the request is done. */
export function describeForgotten({ kind }: HashedContact, answer: ForgetAnswer, now: number, source: Source): Outgoing {
  const { request, hash, found, takenBack } = answer;
  const event = {
    source: `/tidemark/${source.created}/policy`,
    type: "io.tidemark.transition.v1",
    subject: hash,
    time: isoTime(now),
    datacontenttype: "application/json",
    dataschema: "urn:tidemark:transition:v1",
    partitionkey: hash,
    data: {
      pack: "policy",
      origin: "live",
      axis: "contact",
      from: found ? "known" : null,
      to: "forgotten",
      contact: { hash, kind },
      because: { cause: "forget", request, takenBack },
    },
  };
  return { family: "transition", subject: `tidemark.transitions.policy.contact.forgotten.${source.shard}`, event };
}
