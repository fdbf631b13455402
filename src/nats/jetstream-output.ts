// The output stream on JetStream (DESIGN 6): every publish names the sequence it expects to follow, so the stream is a chain
// with one writer. On a single server it also bears the name of its link as `Nats-Msg-Id` and may name the link that it must be
// right behind; that the server compares under the same lock. In a cluster it must not: a replica that starts again has
// forgotten the name, would refuse what the others take, and differ from them from then on. This file says truthfully what became of each publish and nothing else; going on after a refusal, and what
// to send again, is the outbox's business. A message that was not sent, or that the stream declined for want of room or of
// a leader, is `busy`; one whose answer is missing is `unknown`, however likely either is.

import type { StoredMsg, StreamInfo } from "@nats-io/jetstream";
import type { Msg, MsgHdrs } from "@nats-io/transport-node";
import { outputSubjects, TIDEMARK_ID_HEADER } from "../model/effect.ts";
import { TidemarkError } from "../model/errors.ts";
import { type OutputSequence, outputSequence } from "../model/ids.ts";
import type { OutputLink, OutputMessage, OutputState, OutputStream, PublishOutcome, StoredOutput } from "../model/output.ts";
import { AckInbox, type Answer, type PublishHeaders } from "./ack-inbox.ts";
import type { Broker } from "./connection.ts";
import { API_ERRORS, patiently } from "./failures.ts";
import { scanStream } from "./stream-scan.ts";
import { ensureStream, placeOf, streamInfo } from "./stream-settings.ts";

const DAY_MS = 86_400_000;
/** Well above the longest outage: what a restart compares with must still be there. */
export const OUTPUT_MIN_AGE_MS = 7 * DAY_MS;
/** How long the server remembers the names of links: it needs only the last one, and a second of them takes little memory. */
export const LINKS_KEPT_MS = 1000;

/** Creates the shard's output stream, or checks the one that is there. */
export async function ensureOutputStream(broker: Broker, shard: string): Promise<OutputState> {
  const subjects = outputSubjects(shard);
  const info = await ensureStream(broker, {
    name: subjects.stream,
    description: `Tidemark: transitions, triggers and what became of them, shard ${shard}`,
    subjects: subjects.all,
    maxAgeMs: 0,
    minAgeMs: OUTPUT_MIN_AGE_MS,
    maxBytes: -1,
    mayHaveSources: false,
    duplicateWindowMs: LINKS_KEPT_MS,
  });
  return outputState(placeOf(info));
}

export class JetStreamOutput implements OutputStream {
  readonly stream: string;
  readonly #broker: Broker;
  readonly #inbox: AckInbox;
  /** Whether links are asked for; known since the stream was last looked at, which every start does before it writes. */
  #linked = false;

  /** `ackTimeoutMs`: how long an answer may take before the outcome counts as unknown. */
  constructor(broker: Broker, shard: string, options: { ackTimeoutMs?: number } = {}) {
    this.#broker = broker;
    this.stream = outputSubjects(shard).stream;
    this.#inbox = new AckInbox(broker, options.ackTimeoutMs);
  }

  async state(): Promise<OutputState> {
    return this.#state();
  }

  publish(message: OutputMessage, expectedLast: OutputSequence, link?: OutputLink): Promise<PublishOutcome> {
    const headers: PublishHeaders = {
      [EXPECTED_LAST]: [String(expectedLast)],
      [TIDEMARK_ID_HEADER]: [message.identity],
      "Content-Type": [message.contentType],
    };
    if (link !== undefined && this.#linked) {
      headers[LINK] = [link.name];
      if (link.after !== undefined) headers[EXPECTED_LINK] = [link.after];
    }
    return this.#inbox.publish(message.subject, message.body, headers).then(outcomeOf);
  }

  async ready(signal: AbortSignal): Promise<void> {
    await this.#state(signal);
  }

  async get(sequence: OutputSequence): Promise<StoredOutput | undefined> {
    if (sequence < 1) return undefined;
    const message = await patiently(this.#broker, () => this.#broker.jsm.streams.getMessage(this.stream, { seq: sequence }));
    return message === null ? undefined : storedOutput(message);
  }

  async *range(from: OutputSequence, to: OutputSequence): AsyncGenerator<StoredOutput, void, void> {
    // What is stored after this moment is not asked for, so the end is known and nothing is waited for.
    const end = Math.min(to, (await this.#state()).last);
    yield* scanStream(this.#broker, this.stream, from, end, asStoredOutput);
  }

  /** Publishes still in flight settle as unknown. */
  close(): void {
    this.#inbox.close();
  }

  async #state(signal?: AbortSignal): Promise<OutputState> {
    const info = await streamInfo(this.#broker, this.stream, signal);
    if (info === undefined) throw new TidemarkError("STREAM_UNSUITABLE", `the output stream ${this.stream} does not exist`);
    this.#linked = mayBeLinked(info);
    return outputState(placeOf(info));
  }
}

/** Whether the stream's messages may ask for links: only where there is no cluster. Newer servers name a leader, themselves, also then. */
export const mayBeLinked = ({ cluster }: Pick<StreamInfo, "cluster">): boolean => cluster?.name === undefined;

const EXPECTED_LAST = "Nats-Expected-Last-Sequence";
const LINK = "Nats-Msg-Id";
const EXPECTED_LINK = "Nats-Expected-Last-Msg-Id";

function outcomeOf(answer: Answer): PublishOutcome {
  switch (answer.kind) {
    case "stored":
      return { kind: "stored", sequence: outputSequence(answer.sequence) };
    case "error":
      return isRefusal(answer.code) ? { kind: "refused" } : { kind: "busy", reason: answer.reason };
    case "noStream":
      return { kind: "busy", reason: "no stream takes it" };
    case "notSent":
    case "invalid":
      return { kind: "busy", reason: answer.reason };
    case "lost":
      return { kind: "unknown", reason: answer.reason };
  }
}

const REFUSALS: ReadonlySet<number> = new Set([API_ERRORS.wrongLastLink, API_ERRORS.wrongLastSequence, API_ERRORS.wrongLastSequenceUnknown]);
const isRefusal = (code: number): boolean => REFUSALS.has(code);

const asStoredOutput = (message: Msg, data: Uint8Array, sequence: number): StoredOutput => output(message.subject, message.headers, data, sequence);
const storedOutput = (message: StoredMsg): StoredOutput => output(message.subject, message.header, message.data, message.seq);

const output = (subject: string, headers: MsgHdrs | undefined, body: Uint8Array, sequence: number): StoredOutput => ({
  sequence: outputSequence(sequence),
  subject,
  identity: headers?.get(TIDEMARK_ID_HEADER) ?? "",
  contentType: headers?.get("Content-Type") ?? "",
  body,
});

const outputState = (place: ReturnType<typeof placeOf>): OutputState => ({ ...place, first: outputSequence(place.first), last: outputSequence(place.last) });
