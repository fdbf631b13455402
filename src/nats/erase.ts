// Erases messages from within a stream, by their sequence: the server overwrites their bytes before it forgets them. What is to go is said
// by a judge that sees each message once.

import type { Msg } from "@nats-io/transport-node";
import { type CloudEventAttributes, cloudEventOf } from "../model/cloud-event.ts";
import { TIDEMARK_ID_HEADER } from "../model/effect.ts";
import type { EpochMs } from "../model/ids.ts";
import type { Erased } from "../model/privacy.ts";
import type { Broker } from "./connection.ts";
import { DEAD_HEADERS } from "./dead-letters.ts";
import { API_ERRORS, apiCode, patiently } from "./failures.ts";
import { scanStream } from "./stream-scan.ts";
import { placeOf, streamInfo } from "./stream-settings.ts";

export interface ScannedMessage {
  readonly sequence: number;
  readonly storedMs: EpochMs;
  readonly subject: string;
  readonly contentType: string;
  /** Value of the `Tidemark-Id` header, "" where there is none. */
  readonly identity: string;
  /** Of a dead letter the subject that it was published on, "" where there is none. */
  readonly publishedOn: string;
  /** Of a CloudEvent in binary mode what its headers say. */
  readonly cloudEvent?: CloudEventAttributes;
  readonly data: Uint8Array;
}

/** `only`: about the contact and nobody else; `too`: others are in it as well, so it stays; `unread`: nobody can say. */
export type Mention = "none" | "only" | "too" | "unread";

/** Throws as soon as `signal` is aborted: what was not looked at by then may still be there. */
export async function eraseFrom(broker: Broker, stream: string, mentions: (message: ScannedMessage) => Mention, signal?: AbortSignal): Promise<Erased> {
  const found = { erased: 0, left: 0, unread: 0 };
  for await (const message of scanWhole(broker, stream)) {
    signal?.throwIfAborted();
    const mention = mentions(message);
    if (mention === "too") found.left++;
    else if (mention === "unread") found.unread++;
    else if (mention === "only" && (await eraseOne(broker, stream, message.sequence))) found.erased++;
  }
  const { unread, ...told } = found;
  return unread === 0 ? told : { ...told, unread };
}

/** The newest `count` messages of a stream, up to its last; how much of it that was. */
export async function scanNewest(
  broker: Broker,
  stream: string,
  count: number,
  look: (message: ScannedMessage) => void,
): Promise<{ readonly first: number; readonly from: number; readonly to: number }> {
  const { first, last } = await edgesOf(broker, stream);
  const from = Math.max(first, last - count + 1);
  for await (const message of scanStream(broker, stream, from, last, asScanned)) look(message);
  return { first, from, to: last };
}

async function* scanWhole(broker: Broker, stream: string): AsyncGenerator<ScannedMessage, void, void> {
  const { first, last } = await edgesOf(broker, stream);
  yield* scanStream(broker, stream, first, last, asScanned);
}

async function edgesOf(broker: Broker, stream: string): Promise<{ first: number; last: number }> {
  const info = await streamInfo(broker, stream);
  return info === undefined ? { first: 1, last: 0 } : placeOf(info);
}

/** Whether it was there: a second eraser, or the stream's own limits, may have been first. */
async function eraseOne(broker: Broker, stream: string, sequence: number): Promise<boolean> {
  try {
    return await patiently(broker, () => broker.jsm.streams.deleteMessage(stream, sequence, true));
  } catch (error) {
    if (apiCode(error) === API_ERRORS.noMessageFound || apiCode(error) === API_ERRORS.messageDeleteFailed) return false;
    throw error;
  }
}

function asScanned(message: Msg, data: Uint8Array, sequence: number, storedMs: EpochMs): ScannedMessage {
  const header = (name: string): string => message.headers?.get(name) ?? "";
  const cloudEvent = cloudEventOf(header);
  return {
    sequence,
    storedMs,
    subject: message.subject,
    contentType: header("Content-Type"),
    identity: header(TIDEMARK_ID_HEADER),
    publishedOn: header(DEAD_HEADERS.subject),
    ...(cloudEvent === undefined ? {} : { cloudEvent }),
    data,
  };
}
