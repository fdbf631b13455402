// Dead letters on JetStream: what is no event is kept with its bytes and the reason, in a stream of its own that is bounded in
// size and age and drops its oldest. A letter may be stored twice (after a crash or a lost answer); its id says so.

import { setTimeout as sleep } from "node:timers/promises";
import { TIDEMARK_ID_HEADER } from "../model/effect.ts";
import { TidemarkError } from "../model/errors.ts";
import { type DeadLetter, type DeadLetterSink, deadSubjects } from "../model/output.ts";
import { AckInbox, type Answer, type PublishHeaders } from "./ack-inbox.ts";
import type { Broker } from "./connection.ts";
import { PATIENCE_MS } from "./failures.ts";
import { ensureStream } from "./stream-settings.ts";

export const DEAD_HEADERS = {
  id: TIDEMARK_ID_HEADER,
  error: "Tidemark-Error",
  subject: "Tidemark-Subject",
  truncatedFrom: "Tidemark-Truncated-From",
  contentType: "Content-Type",
} as const;

/** Bounds of a stream that we create; an operator may choose others. Beyond them the oldest letters go. */
export const DEAD_MAX_AGE_MS = 30 * 86_400_000;
export const DEAD_MAX_BYTES = 256 * 1024 * 1024;

/** Creates TIDEMARK_DEAD, which all shards share, or checks the one that is there. */
export async function ensureDeadLetterStream(broker: Broker): Promise<void> {
  await ensureStream(broker, {
    name: deadSubjects.stream,
    description: "Tidemark: what came in and was no event, with the reason",
    subjects: [deadSubjects.all],
    maxAgeMs: DEAD_MAX_AGE_MS,
    maxBytes: DEAD_MAX_BYTES,
    mayHaveSources: true,
  });
}

export class JetStreamDeadLetters implements DeadLetterSink {
  readonly #broker: Broker;
  readonly #inbox: AckInbox;

  constructor(broker: Broker) {
    this.#broker = broker;
    this.#inbox = new AckInbox(broker);
  }

  /** In slices, so that a batch of nothing but dead letters does not flood the connection. */
  async put(letters: readonly DeadLetter[]): Promise<void> {
    for (let i = 0; i < letters.length; i += IN_FLIGHT) {
      await Promise.all(letters.slice(i, i + IN_FLIGHT).map((letter) => this.#putOne(letter)));
    }
  }

  close(): void {
    this.#inbox.close();
  }

  async #putOne(letter: DeadLetter): Promise<void> {
    const { body, headers } = this.#fit(letter);
    let until = performance.now() + PATIENCE_MS;
    for (;;) {
      // While the broker is away nobody refuses anything: patience counts from its return.
      if (!this.#broker.connected && !this.#broker.closed) until = performance.now() + PATIENCE_MS;
      const answer = await this.#inbox.publish(deadSubjects.of(letter.reason), body, headers);
      if (answer.kind === "stored") return;
      if (!mayPass(answer) || performance.now() > until || this.#broker.closed) throw failure(letter, answer);
      await sleep(PAUSE_MS);
    }
  }

  /** A message may be as large as the broker takes; with our headers it would be too large, so its end is cut off, and that is said. */
  #fit(letter: DeadLetter): { body: Uint8Array; headers: PublishHeaders } {
    const headers: PublishHeaders = { [DEAD_HEADERS.id]: [letter.id], [DEAD_HEADERS.error]: [oneLine(letter.error)], [DEAD_HEADERS.subject]: [letter.subject] };
    if (letter.contentType !== undefined) headers[DEAD_HEADERS.contentType] = [oneLine(letter.contentType)];
    const room = (this.#broker.nc.info?.max_payload ?? Number.POSITIVE_INFINITY) - HEADER_ROOM - 4 * MAX_ERROR_CHARS - letter.subject.length;
    if (letter.body.length <= room) return { body: letter.body, headers };
    return { body: letter.body.subarray(0, room), headers: { ...headers, [DEAD_HEADERS.truncatedFrom]: [String(letter.body.length)] } };
  }
}

const IN_FLIGHT = 512;
const PAUSE_MS = 100;
const HEADER_ROOM = 1_024;
const MAX_ERROR_CHARS = 512;

/** A header is one line of text. */
const oneLine = (text: string): string =>
  text
    .replace(/[\u0000-\u001f\u007f]+/g, " ")
    .slice(0, MAX_ERROR_CHARS)
    .trim();

const mayPass = (answer: Answer): boolean => answer.kind === "lost" || answer.kind === "notSent" || (answer.kind === "error" && answer.passing);

function failure(letter: DeadLetter, answer: Answer): TidemarkError {
  const why = answer.kind === "noStream" ? `the stream ${deadSubjects.stream} does not exist` : "reason" in answer ? answer.reason : answer.kind;
  return new TidemarkError("DEAD_LETTER_FAILED", `the dead letter ${letter.id} cannot be stored: ${why}`);
}
