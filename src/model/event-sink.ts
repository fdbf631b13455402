// Where events that came in from outside go: the log, and where it is not theirs to go, the dead letters. This file is the port; `nats/`
// implements it on JetStream, tests in memory. Whoever answers a producer answers with what comes back from here, and nothing
// may be called stored that the broker has not acknowledged.

/**
 * What became of one message.
 * - stored: the log has acknowledged it.
 * - unavailable: it may or may not be in the log; whoever sent it should send it again.
 */
export type StoreOutcome = { readonly kind: "stored" } | { readonly kind: "unavailable"; readonly reason: string };

export interface EventSink {
  /** Bytes of the largest message that can be stored. */
  readonly maxBytes: number;
  /** Subject that messages are stored on. */
  readonly subject: string;
  /** A JSON array of events. Pipelined: may be called again before the promise settles. Never rejects, and settles within a bounded time. */
  store(message: Uint8Array): Promise<StoreOutcome>;
}
