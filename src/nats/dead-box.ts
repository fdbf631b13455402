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
import { scanStream } from "./stream-scan.ts";
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
type Entry = { readonly sequence: number } & ({ readonly kind: "letter"; readonly letter: StoredLetter } | { readonly kind: "note"; readonly id: string });

/** What the stream holds, in its order. A letter that was stored twice has the same id both times. */
export interface DeadBox {
  readonly letters: readonly StoredLetter[];
  readonly requeued: ReadonlySet<string>;
}

/** Reads it whole: it is bounded. `wanted` says which letters to keep. An absent stream is an empty one. */
export async function readDeadBox(broker: Broker, wanted: (letter: StoredLetter) => boolean = () => true): Promise<DeadBox> {
  const letters: StoredLetter[] = [];
  const requeued = new Set<string>();
  for await (const entry of entries(broker)) {
    if (entry.kind === "note") requeued.add(entry.id);
    else if (wanted(entry.letter)) letters.push(entry.letter);
  }
  return { letters, requeued };
}

/** Publishes the letter's bytes, or `mended` in their place, among the events of its log; then notes it. Rejects where the broker does not take it. */
export async function requeueLetter(broker: Broker, letter: StoredLetter, mended?: Uint8Array): Promise<void> {
  const headers = natsHeaders();
  if (letter.contentType !== "") headers.set("Content-Type", letter.contentType);
  await published(broker, destinationOf(letter), mended ?? letter.body, { headers, msgID: `requeue-${letter.id}` });
  const note = natsHeaders();
  note.set(DEAD_HEADERS.id, letter.id);
  await published(broker, REQUEUED, new Uint8Array(0), { headers: note });
}

/** Where it came from. A worker knows only whose log that was (`tidemark.log.<shard>.event`): then on a subject of our own there. */
const destinationOf = ({ subject }: StoredLetter): string => (LOG_ALONE.test(subject) ? `${subject}.requeued` : subject);
const LOG_ALONE = /^tidemark\.log\.[^.]+\.event$/;

const REQUEUED = `${deadSubjects.all.slice(0, -1)}requeued`;

async function published(broker: Broker, subject: string, data: Uint8Array, options: Partial<JetStreamPublishOptions>): Promise<void> {
  await patiently(broker, () => broker.js.publish(subject, data, options));
}

async function* entries(broker: Broker): AsyncGenerator<Entry, void, void> {
  const info = await streamInfo(broker, deadSubjects.stream);
  if (info === undefined) return;
  const { first, last } = placeOf(info);
  yield* scanStream(broker, deadSubjects.stream, first, last, asEntry);
}

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
  return { kind: "letter", sequence, letter };
}
