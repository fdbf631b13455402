// Erasing what the streams have about a contact that was forgotten: which messages, and no others. Only what came before the record is
// looked at: by then no checkpoint needs it, and what came of the record itself (the cancel, the confirmation) has just been
// published for somebody. One contact at a time: each has to look at a whole stream.

import { isCausedBefore, Mentions } from "../flow/mentions.ts";
import { outputSubjects } from "../model/effect.ts";
import type { ContactKey } from "../model/ids.ts";
import { isOfEdge, letterPosition } from "../model/letter-id.ts";
import { logSubjects } from "../model/log.ts";
import { deadSubjects } from "../model/output.ts";
import type { Erasable, Erased } from "../model/privacy.ts";
import type { Settings } from "../model/settings.ts";
import type { Broker } from "../nats/connection.ts";
import { eraseFrom, type ScannedMessage, scanNewest } from "../nats/erase.ts";
import type { Eraser } from "./privacy.ts";

export function streamErasers(broker: Broker, shard: string, settings: Settings): Readonly<Record<Erasable, Eraser>> {
  const { stream, controlPrefix, records, event } = logSubjects(shard);
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (erase: () => Promise<Erased>): Promise<Erased> => {
    const next = last.then(erase);
    last = next.catch(() => undefined);
    return next;
  };
  const isOurs = ({ identity, publishedOn }: ScannedMessage, before: number): boolean => {
    const position = letterPosition(identity, shard);
    if (position !== undefined) return position < before;
    // What an edge refused never had a position; it is the contact's whenever it came.
    return isOfEdge(identity) && publishedOn.startsWith(`${event}.`);
  };
  return {
    log: (keys, before) => {
      const mentions = new Mentions(keys, settings);
      return inTurn(() =>
        eraseFrom(broker, stream, (message) => {
          if (message.sequence >= before) return "none";
          if (message.subject === records) return mentions.ofRecords(message.data);
          return message.subject.startsWith(controlPrefix) ? "none" : mentions.inLog(message);
        }),
      );
    },
    output: (keys, before) => {
      const mentions = new Mentions(keys, settings);
      return inTurn(() =>
        eraseFrom(broker, outputSubjects(shard).stream, ({ identity, data }) => (isCausedBefore(identity, before) ? mentions.inOutput(data) : "none")),
      );
    },
    dead: (keys, before) => {
      const mentions = new Mentions(keys, settings);
      return inTurn(() => eraseFrom(broker, deadSubjects.stream, (message) => (isOurs(message, before) ? mentions.inDeadLetter(message) : "none")));
    },
  };
}

/** Messages of the output that an export looks at, and events that it gives, at most: the newest. */
const LOOKED_AT = 200_000;
const GIVEN = 1000;

/** What the output stream has about a contact, the newest last. */
export async function publishedAbout(broker: Broker, shard: string, settings: Settings, key: ContactKey): Promise<unknown> {
  const mentions = new Mentions([key], settings);
  const events: unknown[] = [];
  let left = 0;
  const looked = await scanNewest(broker, outputSubjects(shard).stream, LOOKED_AT, ({ data }) => {
    if (mentions.inOutput(data) !== "only") return;
    events.push(JSON.parse(Buffer.from(data).toString("utf8")));
    if (events.length <= GIVEN) return;
    events.shift();
    left++;
  });
  const { first, from, to } = looked;
  return { stream: outputSubjects(shard).stream, lookedAt: { from, to }, complete: from === first && left === 0, leftOut: left, events };
}
