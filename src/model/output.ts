// The output stream: one writer, a chain (DESIGN 6). Each message is stored only if the stream's last sequence is the one
// the writer expects, and only behind the very link that it names, so a second writer, a repeated or a lost publish cannot go unnoticed. This file is the port;
// `nats/` implements it on JetStream, `flow/memory-output.ts` in memory; both pass test/model/output-contract.ts.

import type { EpochMs, OutputSequence } from "./ids.ts";

export interface OutputMessage {
  readonly subject: string;
  /** Value of the `Tidemark-Id` header. */
  readonly identity: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

export interface StoredOutput extends OutputMessage {
  readonly sequence: OutputSequence;
}

/**
 * A message as a link of its writer's chain. A sequence alone does not tell whose message has it: of two messages on their way
 * the second expects the sequence of the first, and a stranger's message there would do as well.
 */
export interface OutputLink {
  /** Of this message: never borne by a message of another start or at another sequence. */
  readonly name: string;
  /** The link that the stream's last message must be; undefined where the writer knows that it is its own. */
  readonly after?: string;
}

/**
 * What became of one publish.
 * - stored: the stream holds it at `sequence`.
 * - refused: the stream's last sequence was not the expected one (JetStream error 10071), or its last message not the link named (10070).
 * - unknown: no answer in time, or the connection broke; it may or may not be stored.
 * - busy: the broker could not take it now (back-pressure); it is not stored.
 */
export type PublishOutcome =
  | { readonly kind: "stored"; readonly sequence: OutputSequence }
  | { readonly kind: "refused" }
  | { readonly kind: "unknown"; readonly reason: string }
  | { readonly kind: "busy"; readonly reason: string };

export interface OutputState {
  readonly stream: string;
  readonly createdMs: EpochMs;
  readonly first: OutputSequence;
  /** 0 for a stream that never held a message. */
  readonly last: OutputSequence;
}

export interface OutputStream {
  state(): Promise<OutputState>;
  /** Pipelined: may be called again before the promise settles. Never rejects. */
  publish(message: OutputMessage, expectedLast: OutputSequence, link?: OutputLink): Promise<PublishOutcome>;
  /** Waits until the broker can be reached; rejects when `signal` aborts. */
  ready(signal: AbortSignal): Promise<void>;
  /** undefined where the message at that sequence is gone or never was. */
  get(sequence: OutputSequence): Promise<StoredOutput | undefined>;
  /** What is stored in [from, to], in order; skips sequences that are gone. */
  range(from: OutputSequence, to: OutputSequence): AsyncIterable<StoredOutput>;
}

/** Where events that are no events go: `tidemark.dead.<reason>`, stream TIDEMARK_DEAD. May repeat after a crash. */
export interface DeadLetter {
  /** Its name (letter-id.ts): the same event has the same after every restart. */
  readonly id: string;
  readonly reason: DeadReason;
  /** What is wrong, for a person. */
  readonly error: string;
  /** Subject the message came on. */
  readonly subject: string;
  /** The original bytes: of the one bad event where a batch could be split, else of the whole message. */
  readonly body: Uint8Array;
  /** Of the message, where the whole message is the letter and it has one: without it the bytes may not be readable again. */
  readonly contentType?: string;
}

export interface DeadLetterSink {
  /** Resolves when all are stored. Throws a TidemarkError where they cannot be. */
  put(letters: readonly DeadLetter[]): Promise<void>;
}

export const DEAD_REASONS = ["broken_json", "not_an_event", "no_id", "forbidden_id", "too_large", "bad_time", "unknown_record", "before_settings"] as const;
export type DeadReason = (typeof DEAD_REASONS)[number];
export const deadSubjects = { stream: "TIDEMARK_DEAD", all: "tidemark.dead.>", of: (reason: DeadReason) => `tidemark.dead.${reason}` };
