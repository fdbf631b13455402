// The control records that `feed` writes behind the events: history ends, a `broadcast` is sent for, log time goes on. Each says what it did.

import type { Config } from "../../app/config.ts";
import { isoTime } from "../../model/ids.ts";
import { logSubjects } from "../../model/log.ts";
import type { Broker } from "../../nats/connection.ts";
import { JetStreamLog } from "../../nats/jetstream-log.ts";

/** What is to be said, in this order. */
export interface Afterwards {
  readonly historyEnds: boolean;
  readonly broadcast: BroadcastRecord | undefined;
  readonly untilMs: number | undefined;
}

export interface BroadcastRecord {
  readonly pack: string;
  readonly trigger: string;
  readonly id: string;
}

/** What was said: whether history has ended, `pack/trigger/id` of what was sent for, until when log time has gone on. */
export interface Said {
  readonly historyEnded: boolean;
  readonly broadcast: string | null;
  readonly until: string | null;
}

export const SAID_NOTHING: Said = { historyEnded: false, broadcast: null, until: null };

export async function say(broker: Broker, { shard }: Config, { historyEnds, broadcast, untilMs }: Afterwards): Promise<Said> {
  const log = new JetStreamLog(broker, shard);
  const subjects = logSubjects(shard);
  const write = (subject: string, record: object) => log.append(subject, Buffer.from(JSON.stringify(record)), { contentType: "application/json" });
  const until = untilMs === undefined ? null : isoTime(untilMs);
  if (historyEnds) await write(subjects.history, { type: "history" });
  if (broadcast !== undefined) await write(subjects.broadcast, { type: "broadcast", ...broadcast });
  if (until !== null) await write(subjects.advance, { type: "advance", to: until });
  return { historyEnded: historyEnds, broadcast: broadcast === undefined ? null : `${broadcast.pack}/${broadcast.trigger}/${broadcast.id}`, until };
}
