// Feeds events into a log as fast as the broker takes them: `feed`, `demo` and the benchmarks use it.
//
// At least once: a message whose answer is missing (the connection broke, the server was killed) is sent again until the
// stream has acknowledged it, so the log may hold it twice, and behind messages that were published after it. The engine
// drops duplicates by messageId. What the stream refuses for good ends the publisher with one error.

import { setTimeout as sleep } from "node:timers/promises";
import { TidemarkError } from "../model/errors.ts";
import { AckInbox, type Answer, type PublishHeaders } from "./ack-inbox.ts";
import type { Broker } from "./connection.ts";

export interface PublisherStats {
  /** Messages that the log has acknowledged, and sequence of the last of them. */
  readonly acknowledged: number;
  readonly lastSequence: number;
  readonly pending: number;
  /** How often a message was sent again. */
  readonly repeated: number;
}

export class EventPublisher {
  readonly #broker: Broker;
  readonly #inbox: AckInbox;
  readonly #maxPending: number;
  #pending = 0;
  #acknowledged = 0;
  #lastSequence = 0;
  #repeated = 0;
  #failure: TidemarkError | undefined;
  #moved = Promise.withResolvers<void>();

  constructor(broker: Broker, options: { maxPending?: number; ackTimeoutMs?: number } = {}) {
    this.#broker = broker;
    this.#inbox = new AckInbox(broker, options.ackTimeoutMs);
    this.#maxPending = options.maxPending ?? MAX_PENDING;
  }

  get stats(): PublisherStats {
    return { acknowledged: this.#acknowledged, lastSequence: this.#lastSequence, pending: this.#pending, repeated: this.#repeated };
  }

  /**
   * Sends one message. A promise comes back only when so many are in flight that the caller should wait for it; an earlier
   * message's failure is thrown here or from flush(). The bytes must not change before they are acknowledged.
   */
  publish(subject: string, data: Uint8Array, contentType?: string): void | Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#requireSize(data);
    this.#pending++;
    const headers = contentType === undefined || contentType === "" ? undefined : { "Content-Type": [contentType] };
    void this.#inbox.publish(subject, data, headers).then((answer) => {
      if (answer.kind === "stored") this.#settle(answer.sequence);
      else void this.#again(subject, data, headers, answer);
    });
    if (this.#pending >= this.#maxPending) return this.#below(this.#maxPending);
  }

  /** Resolves when everything published so far is acknowledged. */
  async flush(): Promise<void> {
    await this.#below(1);
  }

  close(): void {
    this.#fail(new TidemarkError("BROKER_UNREACHABLE", "the publisher was closed"));
    this.#inbox.close();
  }

  /** The slow path: repeats until the stream takes it, or says that it never will. */
  async #again(subject: string, data: Uint8Array, headers: PublishHeaders | undefined, first: Answer): Promise<void> {
    const refusedUntil = performance.now() + REFUSAL_PATIENCE_MS;
    let answer = first;
    while (this.#failure === undefined) {
      if (answer.kind === "stored") return this.#settle(answer.sequence);
      const refusal = refusalOf(answer, subject);
      if (refusal !== undefined && (!refusal.passing || performance.now() > refusedUntil)) return this.#fail(refusal.error);
      // After a lost connection the repeats go out at once and in order; everything else is given a moment.
      if (this.#broker.connected) await sleep(PAUSE_MS);
      try {
        await this.#broker.ready();
      } catch (error) {
        return this.#fail(error instanceof TidemarkError ? error : new TidemarkError("BROKER_UNREACHABLE", String(error)));
      }
      this.#repeated++;
      answer = await this.#inbox.publish(subject, data, headers);
    }
  }

  #settle(sequence: number): void {
    this.#pending--;
    this.#acknowledged++;
    if (sequence > this.#lastSequence) this.#lastSequence = sequence;
    this.#notify();
  }

  #fail(error: TidemarkError): void {
    this.#failure ??= error;
    this.#notify();
  }

  async #below(limit: number): Promise<void> {
    while (this.#pending >= limit && this.#failure === undefined) {
      this.#waiters++;
      await this.#moved.promise;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Most acknowledgements find nobody waiting, and then make no promise. */
  #waiters = 0;
  #notify(): void {
    if (this.#waiters === 0) return;
    this.#waiters = 0;
    this.#moved.resolve();
    this.#moved = Promise.withResolvers<void>();
  }

  #requireSize(data: Uint8Array): void {
    const limit = this.#broker.nc.info?.max_payload ?? Number.POSITIVE_INFINITY;
    if (data.length + HEADER_ROOM <= limit) return;
    throw new TidemarkError("USAGE", `a message of ${data.length} bytes is larger than the broker takes (max_payload ${limit})`);
  }
}

const MAX_PENDING = 4_096;
const REFUSAL_PATIENCE_MS = 5_000;
const PAUSE_MS = 100;
const HEADER_ROOM = 256;

/** undefined: nothing was refused, only not answered. */
function refusalOf(answer: Answer, subject: string): { readonly passing: boolean; readonly error: TidemarkError } | undefined {
  if (answer.kind === "invalid")
    return { passing: false, error: new TidemarkError("USAGE", `a message on ${JSON.stringify(subject)} cannot be sent: ${answer.reason}`) };
  if (answer.kind === "noStream") return { passing: true, error: new TidemarkError("STREAM_UNSUITABLE", `no stream takes messages on ${subject}`) };
  if (answer.kind === "error")
    return { passing: answer.passing, error: new TidemarkError("STREAM_UNSUITABLE", `the stream refuses messages on ${subject}: ${answer.reason}`) };
  return undefined;
}
