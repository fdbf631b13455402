// Erasing what the streams have about a contact that was forgotten: which messages, and no others. Only what came before the record is
// looked at: by then no checkpoint needs it, and what came of the record itself (the cancel, the confirmation) has just been
// published for somebody. When, and for whom, is erasing.ts.

import { isCausedBefore, Mentions, type Sought, soughtByName } from "../flow/mentions.ts";
import { outputSubjects } from "../model/effect.ts";
import type { ContactKey } from "../model/ids.ts";
import { isOfEdge, letterPosition } from "../model/letter-id.ts";
import { logSubjects } from "../model/log.ts";
import { deadSubjects } from "../model/output.ts";
import type { Erasable, Erased } from "../model/privacy.ts";
import type { Settings } from "../model/settings.ts";
import type { Broker } from "../nats/connection.ts";
import { eraseFrom, type Mention, type ScannedMessage, scanNewest } from "../nats/erase.ts";

/** The record of the request: its position in the log, and when it was stored there. */
export interface RequestedAt {
  readonly position: number;
  readonly storedMs: number;
}

/** What is erased from one stream: messages of the log's positions before the request, and what they have caused. */
export type Eraser = (sought: Sought, before: RequestedAt, signal?: AbortSignal) => Promise<Erased>;
export type Erasers = Readonly<Record<Erasable, Eraser>>;

/** `about`: told of each message that is erased next. */
export function streamErasers(broker: Broker, shard: string, settings: Settings, about: (what: Erasable) => void = () => {}): Erasers {
  const { stream, controlPrefix, records, event } = logSubjects(shard);
  const from = (what: Erasable, name: string, judge: (message: ScannedMessage) => Mention, signal: AbortSignal | undefined) =>
    eraseFrom(
      broker,
      name,
      (message) => {
        const mention = judge(message);
        if (mention === "only") about(what);
        return mention;
      },
      signal,
    );
  const isOurs = ({ identity, publishedOn, storedMs }: ScannedMessage, before: RequestedAt): boolean => {
    const position = letterPosition(identity, shard);
    if (position !== undefined) return position < before.position;
    // What an edge refused never had a position, but it has a time.
    return isOfEdge(identity) && publishedOn.startsWith(`${event}.`) && storedMs <= before.storedMs;
  };
  return {
    log: (sought, before, signal) => {
      const mentions = new Mentions(sought, settings);
      const judge = (message: ScannedMessage): Mention => {
        if (message.sequence >= before.position) return "none";
        if (message.subject === records) return mentions.ofRecords(message.data);
        return message.subject.startsWith(controlPrefix) ? "none" : mentions.inLog(message);
      };
      return from("log", stream, judge, signal);
    },
    output: (sought, before, signal) => {
      const mentions = new Mentions(sought, settings);
      const judge = ({ identity, data }: ScannedMessage) => (isCausedBefore(identity, before.position) ? mentions.inOutput(data) : "none");
      return from("output", outputSubjects(shard).stream, judge, signal);
    },
    dead: (sought, before, signal) => {
      const mentions = new Mentions(sought, settings);
      return from("dead", deadSubjects.stream, (message) => (isOurs(message, before) ? mentions.inDeadLetter(message) : "none"), signal);
    },
  };
}

/** Messages of the output that an export looks at, and events that it gives, at most: the newest. */
const LOOKED_AT = 200_000;
const GIVEN = 1000;

/** What the output stream has about a contact, the newest last. */
export async function publishedAbout(broker: Broker, shard: string, settings: Settings, key: ContactKey): Promise<unknown> {
  const mentions = new Mentions(soughtByName([key]), settings);
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
