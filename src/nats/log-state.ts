// Questions to a log's stream that have one answer: what it holds from where to where, one message by its position, the newest on
// a subject. They wait for a broker that is away. Without a signal for half a minute, with one until it aborts.

import { setTimeout as sleep } from "node:timers/promises";
import type { StoredMsg } from "@nats-io/jetstream";
import { cloudEventOf } from "../model/cloud-event.ts";
import { TidemarkError } from "../model/errors.ts";
import { epochMs, type Position, position } from "../model/ids.ts";
import type { LogMessage, LogState } from "../model/log.ts";
import type { Broker } from "./connection.ts";
import { patiently } from "./failures.ts";
import { placeOf, type StreamPlace, streamInfo } from "./stream-settings.ts";

/** Throws LOG_CHANGED where the stream does not exist. */
export async function logStateOf(broker: Broker, stream: string, signal?: AbortSignal): Promise<LogState> {
  for (let attempt = 0; attempt < GONE_ATTEMPTS; attempt++) {
    const info = await streamInfo(broker, stream, signal);
    if (info !== undefined) return logState(placeOf(info));
    // A cluster that is still gathering may not know the stream yet.
    await sleep(GONE_PAUSE_MS, undefined, signal === undefined ? {} : { signal });
  }
  throw new TidemarkError("LOG_CHANGED", `the log is not the one that was read: the stream ${stream} does not exist`);
}

export async function messageAt(broker: Broker, stream: string, at: Position, signal?: AbortSignal): Promise<LogMessage | undefined> {
  return at < 1 ? undefined : stored(await ask(broker, stream, { seq: at }, signal));
}

export async function newestOn(broker: Broker, stream: string, subject: string): Promise<LogMessage | undefined> {
  return stored(await ask(broker, stream, { last_by_subj: subject }));
}

export const logState = (place: StreamPlace): LogState => ({ ...place, first: position(place.first), last: position(place.last) });

const GONE_ATTEMPTS = 5;
const GONE_PAUSE_MS = 200;

function ask(broker: Broker, stream: string, query: { seq: number } | { last_by_subj: string }, signal?: AbortSignal): Promise<StoredMsg | null> {
  const options = signal === undefined ? {} : { signal, forMs: Number.POSITIVE_INFINITY };
  return patiently(broker, () => broker.jsm.streams.getMessage(stream, query), options);
}

function stored(message: StoredMsg | null): LogMessage | undefined {
  if (message === null) return undefined;
  const cloudEvent = cloudEventOf((name) => message.header?.get(name));
  return {
    ...(cloudEvent === undefined ? {} : { cloudEvent }),
    position: position(message.seq),
    // Date.parse cuts what is finer than a millisecond, as the reader does.
    storedMs: epochMs(Date.parse(message.timestamp)),
    subject: message.subject,
    contentType: message.header?.get("Content-Type") ?? "",
    data: message.data,
  };
}
