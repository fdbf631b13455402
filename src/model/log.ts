// The log: one per shard, everything that can change a result, totally ordered (DESIGN 2).
// This file is the port. `nats/` implements it on JetStream, `flow/memory-log.ts` in memory; both pass the suite in
// test/model/log-contract.ts. What the records mean is not here: see model/settings.ts and packs/.

import type { CloudEventAttributes } from "./cloud-event.ts";
import type { EpochMs, Position } from "./ids.ts";

export interface LogMessage {
  readonly position: Position;
  /** When the log stored it. Not monotone: clocks jump. */
  readonly storedMs: EpochMs;
  readonly subject: string;
  /** The `Content-Type` header, or "" where there is none. */
  readonly contentType: string;
  readonly data: Uint8Array;
  /** From the headers of a CloudEvent in binary mode; absent elsewhere. */
  readonly cloudEvent?: CloudEventAttributes;
}

export interface LogState {
  readonly stream: string;
  readonly createdMs: EpochMs;
  /** First and last position held; an empty log has first = last + 1. */
  readonly first: Position;
  readonly last: Position;
}

/** What a reader remembers of the last message it took: enough to notice that the log under this name is not the one it read. */
export interface LogMark {
  readonly createdMs: EpochMs;
  /** 0 before the first message; the two fields below then say nothing. */
  readonly position: Position;
  readonly storedMs: EpochMs;
  /** fingerprintOf (log-trust.ts) the message. */
  readonly fingerprint: string;
}

export interface Log {
  state(): Promise<LogState>;
  /**
   * All messages from `from` on, in order, without a gap that `state()` does not explain; never ends by itself.
   * Survives re-connects. Ends without error when `signal` aborts; throws a TidemarkError when the log cannot be
   * trusted any more (INPUT_LOST, LOG_CHANGED). `mark` is what the caller remembers of the message before `from`, from an
   * earlier run; without it only what this reader has seen itself is held against the log.
   */
  read(from: Position, signal: AbortSignal, mark?: LogMark): AsyncIterable<LogMessage>;
  /** One message, or undefined where there is none at that position. */
  at(position: Position): Promise<LogMessage | undefined>;
  /** The newest message on exactly this subject, or, where it ends with `.>`, on any below it. */
  lastOn(subject: string): Promise<LogMessage | undefined>;
  /** Stores a record and answers with its position. `expectLast`: refused (undefined) unless the log's last is this. */
  append(subject: string, data: Uint8Array, options?: { contentType?: string; expectLast?: Position }): Promise<Position | undefined>;
}

/** Subjects of one shard's log. Control records are trusted by subject: producers may publish on `event` only. */
export const logSubjects = (shard: string) => ({
  stream: `TIDEMARK_LOG_${shard}`,
  event: `tidemark.log.${shard}.event`,
  eventAll: `tidemark.log.${shard}.event.>`,
  controlAll: `tidemark.log.${shard}.control.>`,
  controlPrefix: `tidemark.log.${shard}.control.`,
  settings: `tidemark.log.${shard}.control.settings`,
  pack: (name: string) => `tidemark.log.${shard}.control.pack.${name}`,
  packAll: `tidemark.log.${shard}.control.pack.>`,
  policy: `tidemark.log.${shard}.control.policy`,
  cuts: (pack: string) => `tidemark.log.${shard}.control.cuts.${pack}`,
  records: `tidemark.log.${shard}.control.records`,
  broadcast: `tidemark.log.${shard}.control.broadcast`,
  forget: `tidemark.log.${shard}.control.forget`,
  erased: `tidemark.log.${shard}.control.erased`,
  history: `tidemark.log.${shard}.control.history`,
  tick: `tidemark.log.${shard}.control.tick`,
  advance: `tidemark.log.${shard}.control.advance`,
});

/** Public alias that shard 0 also takes. */
export const PUBLIC_EVENTS = "tidemark.events.>";
