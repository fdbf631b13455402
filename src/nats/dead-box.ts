// The dead letters as a person looks through them, and their way back into a log. A letter that was sent again is noted in the stream itself
// (`tidemark.dead.requeued`, with the letter's id), so that nobody sends it twice; the note ages out with what it is about.
//
// The order is: the event, then the note. A crash between the two leaves an event that was sent and is not noted; sent once more it is
// dropped by the stream for two minutes (Nats-Msg-Id), and by the engine for as long as it remembers the messageId, where it has
// one. The engine's own letters are written elsewhere (dead-letters.ts).

import type { JetStreamPublishOptions } from "@nats-io/jetstream";
import { type Msg, headers as natsHeaders } from "@nats-io/transport-node";
import { type EpochMs, isoTime } from "../model/ids.ts";
import { deadSubjects } from "../model/output.ts";
import type { Broker } from "./connection.ts";
import { DEAD_HEADERS } from "./dead-letters.ts";
import { patiently } from "./failures.ts";
import { openPullSession, type PullSession } from "./pull-session.ts";
import { placeOf, streamInfo } from "./stream-settings.ts";

export interface StoredLetter {
  readonly sequence: number;
  readonly time: string;
  readonly id: string;
  readonly reason: string;
  readonly error: string;
  /** Where it was published. */
  readonly subject: string;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Its size, where the end had to be cut off. */
  readonly truncatedFrom: number | undefined;
}

/** One note or one letter. */
type Entry = { readonly kind: "letter"; readonly letter: StoredLetter } | { readonly kind: "note"; readonly sequence: number; readonly id: string };

/** What the stream holds, in its order. A letter that was stored twice has the same id both times. */
export interface DeadBox {
  readonly letters: readonly StoredLetter[];
  readonly requeued: ReadonlySet<string>;
}

/** Reads it whole: it is bounded. `wanted` says which letters to keep. An absent stream is an empty one. */
export async function readDeadBox(broker: Broker, signal: AbortSignal, wanted: (letter: StoredLetter) => boolean = () => true): Promise<DeadBox> {
  const letters: StoredLetter[] = [];
  const requeued = new Set<string>();
  for await (const entry of entries(broker, signal)) {
    if (entry.kind === "note") requeued.add(entry.id);
    else if (wanted(entry.letter)) letters.push(entry.letter);
  }
  return { letters, requeued };
}

/** Publishes the letter's bytes, or `mended` in their place, where it came from; then notes it. Rejects where the broker does not take it. */
export async function requeueLetter(broker: Broker, letter: StoredLetter, mended?: Uint8Array): Promise<void> {
  const headers = natsHeaders();
  if (letter.contentType !== "") headers.set("Content-Type", letter.contentType);
  await published(broker, letter.subject, mended ?? letter.body, { headers, msgID: `requeue-${letter.id}` });
  const note = natsHeaders();
  note.set(DEAD_HEADERS.id, letter.id);
  await published(broker, REQUEUED, new Uint8Array(0), { headers: note });
}

const REQUEUED = `${deadSubjects.all.slice(0, -1)}requeued`;

async function published(broker: Broker, subject: string, data: Uint8Array, options: Partial<JetStreamPublishOptions>): Promise<void> {
  await patiently(broker, () => broker.js.publish(subject, data, options));
}

async function* entries(broker: Broker, signal: AbortSignal): AsyncGenerator<Entry, void, void> {
  const info = await streamInfo(broker, deadSubjects.stream, signal);
  if (info === undefined) return;
  const { first, last } = placeOf(info);
  let next: number = first;
  while (next <= last && !signal.aborted) {
    await broker.ready(signal);
    const session = await patiently(broker, () => openPullSession(broker, deadSubjects.stream, next, asEntry), { signal });
    for await (const entry of taken(session, last, signal)) {
      next = sequenceOf(entry) + 1;
      yield entry;
    }
    if (session.ended === undefined) {
      session.end("read");
      return;
    }
  }
}

/** What a session gives, until it has passed `last` or has ended by itself. */
async function* taken(session: PullSession<Entry>, last: number, signal: AbortSignal): AsyncGenerator<Entry, void, void> {
  for (;;) {
    const entry = session.take();
    if (entry !== undefined) {
      yield entry;
      if (sequenceOf(entry) >= last) return;
    } else if (session.ended !== undefined || session.heardUpTo >= last || signal.aborted) return;
    else await session.wait();
  }
}

const sequenceOf = (entry: Entry): number => (entry.kind === "note" ? entry.sequence : entry.letter.sequence);

function asEntry(message: Msg, data: Uint8Array, sequence: number, storedMs: EpochMs): Entry {
  const header = (name: string): string => message.headers?.get(name) ?? "";
  const id = header(DEAD_HEADERS.id);
  if (message.subject === REQUEUED) return { kind: "note", sequence, id };
  const cut = header(DEAD_HEADERS.truncatedFrom);
  const letter: StoredLetter = {
    sequence,
    time: isoTime(storedMs),
    id,
    reason: message.subject.split(".").at(-1) ?? "",
    error: header(DEAD_HEADERS.error),
    subject: header(DEAD_HEADERS.subject),
    contentType: header(DEAD_HEADERS.contentType),
    body: data,
    truncatedFrom: cut === "" ? undefined : Number(cut),
  };
  return { kind: "letter", letter };
}
