// Publishing to a stream at full speed: every publish carries a reply subject under one inbox of ours, so any number can be in
// flight and each answer finds its own. (The client's publish builds an Error object per call, just in case, and reaches
// 19,000 a second; this reaches more than five times that.)
//
// Every publish is answered exactly once: by the stream (`stored`, `error`), by the server for want of a stream
// (`noStream`), or by us (`lost`: the connection broke or no answer came in time; the message may or may not be stored; an
// answer that comes later is dropped). What to do about it is not here.

import { createInbox, type Msg, MsgHdrsImpl, type Subscription } from "@nats-io/transport-node";
import type { Broker } from "./connection.ts";
import { API_ERRORS, whyOf } from "./failures.ts";

export type Answer =
  | { readonly kind: "stored"; readonly stream: string; readonly sequence: number }
  /** `passing`: the same publish may succeed a little later. */
  | { readonly kind: "error"; readonly code: number; readonly passing: boolean; readonly reason: string }
  | { readonly kind: "noStream" }
  | { readonly kind: "notSent"; readonly reason: string }
  /** Can never be sent as it is: too large, or no subject. */
  | { readonly kind: "invalid"; readonly reason: string }
  | { readonly kind: "lost"; readonly reason: string };

/** By name; not checked for line breaks. */
export type PublishHeaders = Record<string, string[]>;

export class AckInbox {
  readonly #broker: Broker;
  readonly #timeoutMs: number;
  readonly #prefix = `${createInbox()}.`;
  readonly #subscription: Subscription;
  readonly #sweeper: NodeJS.Timeout;
  /** In the order of sending, which is the order of their deadlines. */
  readonly #waiting = new Map<string, Waiting>();
  #counter = 0;
  #sweptAt = performance.now();
  #closed = false;

  constructor(broker: Broker, timeoutMs = ACK_TIMEOUT_MS) {
    this.#broker = broker;
    this.#timeoutMs = timeoutMs;
    this.#subscription = broker.nc.subscribe(`${this.#prefix}*`, { callback: (error, message) => this.#receive(error, message) });
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#sweeper.unref();
    void this.#watch();
  }

  get pending(): number {
    return this.#waiting.size;
  }

  /** Never rejects. */
  publish(subject: string, data: Uint8Array, headers?: PublishHeaders): Promise<Answer> {
    if (this.#closed || !this.#broker.connected) return Promise.resolve({ kind: "notSent", reason: "not connected" });
    const token = (this.#counter++).toString(36);
    const reply = this.#prefix + token;
    try {
      if (headers === undefined) this.#broker.nc.publish(subject, data, { reply });
      else this.#broker.nc.publish(subject, data, { reply, headers: MsgHdrsImpl.fromRecord(headers) });
    } catch (error) {
      const closing = this.#broker.nc.isClosed() || this.#broker.nc.isDraining();
      return Promise.resolve({ kind: closing ? "notSent" : "invalid", reason: whyOf(error) });
    }
    return new Promise((resolve) => {
      this.#waiting.set(token, { resolve, sentAt: performance.now() });
    });
  }

  /** Whoever still waits gets `lost`. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#sweeper);
    this.#subscription.unsubscribe();
    this.#loseAll("closed");
  }

  #receive(error: Error | null, message: Msg): void {
    if (error !== null) return this.#loseAll(`the subscription for acks failed: ${error.message}`);
    const token = message.subject.slice(this.#prefix.length);
    const waiting = this.#waiting.get(token);
    if (waiting === undefined) return;
    this.#waiting.delete(token);
    waiting.resolve(readAnswer(message));
  }

  async #watch(): Promise<void> {
    while (!this.#closed) {
      await this.#broker.lost();
      this.#loseAll("the connection was lost");
      if (this.#broker.closed) return;
      await this.#broker.ready().catch(() => {});
    }
  }

  #sweep(): void {
    const now = performance.now();
    const late = now - this.#sweptAt > 2 * SWEEP_MS;
    this.#sweptAt = now;
    // This process was busy for a while: the answers may lie in the socket, unread. They get one more turn.
    if (late) return;
    const latest = now - this.#timeoutMs;
    for (const [token, waiting] of this.#waiting) {
      if (waiting.sentAt > latest) return;
      this.#waiting.delete(token);
      waiting.resolve({ kind: "lost", reason: `no answer within ${this.#timeoutMs / 1000} s` });
    }
  }

  #loseAll(reason: string): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const waiting of all) waiting.resolve({ kind: "lost", reason });
  }
}

const ACK_TIMEOUT_MS = 5_000;
const SWEEP_MS = 250;

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly sentAt: number;
}

interface PubAck {
  readonly stream?: string;
  readonly seq?: number;
  readonly error?: { readonly code?: number; readonly err_code?: number; readonly description?: string };
}

/** Anybody may listen on a subject and answer with anything. */
function parseAck(message: Msg): PubAck | undefined {
  try {
    const ack = message.json<PubAck | null>();
    return typeof ack === "object" && ack !== null && (typeof ack.seq === "number" || ack.error !== undefined) ? ack : undefined;
  } catch {
    return undefined;
  }
}

function readAnswer(message: Msg): Answer {
  if (message.data.length === 0) {
    return message.headers?.code === 503 ? { kind: "noStream" } : { kind: "lost", reason: "an empty answer" };
  }
  const ack = parseAck(message);
  if (ack === undefined) return { kind: "lost", reason: "an answer that is not a stream's" };
  if (ack.error !== undefined) {
    const code = ack.error.err_code ?? 0;
    return { kind: "error", code, passing: ack.error.code === 503 && code !== API_ERRORS.streamFull, reason: ack.error.description ?? "refused" };
  }
  return { kind: "stored", stream: ack.stream ?? "", sequence: ack.seq ?? 0 };
}
