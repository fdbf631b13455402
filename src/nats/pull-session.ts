// One stretch of reading a stream: an ack-none pull consumer from a sequence on, for as long as nothing irregular happens.
//
// A session is `open` until its connection breaks, heartbeats stay away, the server closes it, or a delivery is missing; then
// it is `ended`, gives what it still holds, and is never revived: whoever reads on looks at the stream first and opens a new
// one from the message after the last. So the server's own idea of where we are is never trusted, and no consumer is
// re-created behind our back (which is why the client's ordered consumer is not used; this is also 1.5 times as fast, because
// a message becomes ours without passing through its wrappers). What a gap in the stream's sequences means is not here.
//
// Back-pressure: never more than `batch` messages are asked for or waiting here, and about `maxBytes` of them.

import { AckPolicy, type ConsumerConfig, DeliverPolicy } from "@nats-io/jetstream";
import { createInbox, type Msg, nanos, type Subscription } from "@nats-io/transport-node";
import { type EpochMs, epochMs } from "../model/ids.ts";
import type { Broker } from "./connection.ts";

/** Makes what a reader hands out of a delivered message. Called once for each, while it arrives; `data` is `message.data`, which is made anew at every look. */
export type Reading<Item> = (message: Msg, data: Uint8Array, sequence: number, storedMs: EpochMs) => Item;

/** Creates the consumer and asks for the first messages. Rejects as the JetStream API does. `batch`: the client's default of 100 halves the rate. */
export async function openPullSession<Item>(
  broker: Broker,
  stream: string,
  from: number,
  reading: Reading<Item>,
  batch: number = BATCH,
): Promise<PullSession<Item>> {
  const config: Partial<ConsumerConfig> = {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Math.max(1, from),
    max_deliver: 1,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: nanos(INACTIVE_MS),
  };
  const lost = broker.lost();
  const consumer = await broker.jsm.consumers.add(stream, config);
  const session = new PullSession(broker, stream, { name: consumer.name, pending: consumer.num_pending }, reading, batch);
  void lost.then(() => session.end("the connection was lost"));
  return session;
}

export class PullSession<Item> {
  /** Messages that the stream holds behind the last one that has arrived, as the server said with it (before the first: when the session was opened). */
  pending: number;
  /** The server has nothing up to and including this sequence for us any more, as its last heartbeat said. */
  heardUpTo = 0;
  /** Why it ended; undefined while it is open. */
  ended: string | undefined;
  readonly #broker: Broker;
  readonly #stream: string;
  readonly #consumer: string;
  readonly #nextSubject: string;
  readonly #inbox = createInbox();
  readonly #subscription: Subscription;
  readonly #batch: number;
  readonly #maxBytes: number;
  readonly #watchdog: NodeJS.Timeout;
  readonly #reading: Reading<Item>;
  #queue: Item[] = [];
  /** Bytes of each of the queue's messages. */
  #sizes: number[] = [];
  #head = 0;
  #queuedBytes = 0;
  #asked = 0;
  #delivered = 0;
  #silentTicks = 0;
  #wake: (() => void) | undefined;
  readonly #info: Delivery = { stream: 0, consumer: 0, storedMs: 0, pending: 0 };

  constructor(broker: Broker, stream: string, consumer: { readonly name: string; readonly pending: number }, reading: Reading<Item>, batch: number) {
    this.#broker = broker;
    this.#stream = stream;
    this.#consumer = consumer.name;
    this.#nextSubject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer.name}`;
    this.pending = consumer.pending;
    this.#reading = reading;
    this.#batch = batch;
    // A message must always fit, or the server would refuse to send it, over and over.
    this.#maxBytes = Math.max(MAX_BYTES, 2 * (broker.nc.info?.max_payload ?? 0));
    this.#subscription = broker.nc.subscribe(this.#inbox, { callback: (error, message) => this.#receive(error, message) });
    this.#watchdog = setInterval(() => this.#watch(), HEARTBEAT_MS);
    this.#watchdog.unref();
    this.#ask();
  }

  /** Messages that have arrived and were not taken. */
  get waiting(): number {
    return this.#queue.length - this.#head;
  }

  /** The next message that has arrived, or undefined where none has. */
  take(): Item | undefined {
    const item = this.#queue[this.#head];
    if (item === undefined) return undefined;
    this.#queuedBytes -= this.#sizes[this.#head++] ?? 0;
    if (this.#head === this.#queue.length || this.#head >= COMPACT_AT) this.#compact();
    this.#ask();
    return item;
  }

  /** Resolves when there may be something to take, when a heartbeat came, or when the session has ended. */
  wait(): Promise<void> {
    if (this.waiting > 0 || this.ended !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Ends it (the first reason stays). What has arrived can still be taken. */
  end(reason: string): void {
    if (this.ended !== undefined) return;
    this.ended = reason;
    clearInterval(this.#watchdog);
    this.#subscription.unsubscribe();
    // The server would drop it by itself after a while; being told is kinder to it.
    if (this.#broker.connected) this.#broker.jsm.consumers.delete(this.#stream, this.#consumer).catch(() => {});
    this.#notify();
  }

  #receive(error: Error | null, message: Msg): void {
    if (error !== null) return this.end(`the subscription failed: ${error.message}`);
    this.#silentTicks = 0;
    const reply = message.reply;
    if (reply === undefined || reply === "") this.#status(message);
    else this.#deliver(message, reply);
  }

  #deliver(message: Msg, reply: string): void {
    if (this.ended !== undefined) return;
    const info = this.#info;
    readDelivery(reply, info);
    if (info.consumer !== this.#delivered + 1) return this.end(`delivery ${this.#delivered + 1} is missing`);
    this.#delivered = info.consumer;
    this.#asked--;
    this.pending = info.pending;
    const data = message.data;
    this.#queue.push(this.#reading(message, data, info.stream, epochMs(info.storedMs)));
    this.#sizes.push(data.length);
    this.#queuedBytes += data.length;
    this.#ask();
    this.#notify();
  }

  /** Messages without a reply subject are the server speaking: heartbeats, and requests that are over. */
  #status(message: Msg): void {
    const code = message.headers?.code ?? 0;
    if (code === 100) {
      this.heardUpTo = Number(message.headers?.get("Nats-Last-Stream") ?? 0);
      return this.#notify();
    }
    if (!isRequestOver(code, message.headers?.description ?? "")) return this.end(`the server ended it: ${code} ${message.headers?.description ?? ""}`.trim());
    const left = Number(message.headers?.get("Nats-Pending-Messages") ?? 0);
    this.#asked -= left;
    this.#ask();
  }

  /** Asks for more once half of the batch is free, so that the server always has a request to serve. */
  #ask(): void {
    const free = this.#batch - this.#asked - this.waiting;
    if (free * 2 < this.#batch || this.#queuedBytes > this.#maxBytes || this.ended !== undefined || !this.#broker.connected) return;
    this.#asked += free;
    const request = { batch: free, max_bytes: this.#maxBytes, expires: nanos(EXPIRES_MS), idle_heartbeat: nanos(HEARTBEAT_MS) };
    this.#broker.nc.publish(this.#nextSubject, JSON.stringify(request), { reply: this.#inbox });
  }

  /** The server sends heartbeats only while a request waits: where none does, silence means nothing. */
  #watch(): void {
    if (this.#asked <= 0) return;
    if (++this.#silentTicks > SILENT_TICKS) this.end("no heartbeat from the server");
  }

  #compact(): void {
    this.#queue = this.#queue.slice(this.#head);
    this.#sizes = this.#sizes.slice(this.#head);
    this.#head = 0;
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

const BATCH = 10_000;
const MAX_BYTES = 16 * 1024 * 1024;
const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 1_000;
const SILENT_TICKS = 2;
const INACTIVE_MS = 60_000;
const COMPACT_AT = 4_096;

interface Delivery {
  stream: number;
  consumer: number;
  storedMs: number;
  pending: number;
}

/** A request that was served or has expired: the consumer is well. Newer servers also say so when a batch is complete. */
const isRequestOver = (code: number, description: string): boolean => code === 408 || (code === 409 && REQUEST_OVER.has(description.toLowerCase()));

const REQUEST_OVER = new Set(["batch completed", "message size exceeds maxbytes"]);

const DOT = 46;

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<times>.<stream seq>.<consumer seq>.<time, ns>.<pending>`, or the longer form with domain and
 * account before the stream (ADR-15). The time is cut to ms by its digits: as a number it would lose the last ones, and two
 * ways of reading one message could disagree.
 */
export function readDelivery(reply: string, out: Delivery): void {
  const dots = DOTS;
  let count = 0;
  for (let i = 0; i < reply.length && count < dots.length; i++) if (reply.charCodeAt(i) === DOT) dots[count++] = i;
  const before = count >= 10 ? 6 : 4;
  out.stream = digits(reply, dots[before]! + 1, dots[before + 1]!);
  out.consumer = digits(reply, dots[before + 1]! + 1, dots[before + 2]!);
  out.storedMs = digits(reply, dots[before + 2]! + 1, dots[before + 3]! - 6);
  out.pending = digits(reply, dots[before + 3]! + 1, count > before + 4 ? dots[before + 4]! : reply.length);
}

const DOTS = new Int32Array(12);

function digits(text: string, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 10 + text.charCodeAt(i) - 48;
  return value;
}
