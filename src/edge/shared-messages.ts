// Events of many requests share messages: one message of a hundred events costs broker and engine about what one of one does.
//
// A message is `open` while events are added to it, and `sent` when it is full, when it has waited as long as it may, or when nothing
// else is on its way (then waiting would help nobody). Each request learns what became of exactly the messages that carry its
// events. The invariant: an event stands in one message, in the order in which it was added. How much may wait here in all is the
// caller's to bound: it lets nothing in beyond it.

import type { EventSink, StoreOutcome } from "../model/event-sink.ts";

export interface SharingLimits {
  /** A message is sent when it has this many bytes. */
  readonly messageBytes: number;
  /** An event waits at most this long for others while messages are on their way. */
  readonly lingerMs: number;
}

export class SharedMessages {
  readonly #sink: EventSink;
  readonly #limits: SharingLimits;
  readonly #sent: (events: number) => void;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #outcome = Promise.withResolvers<StoreOutcome>();
  #timer: NodeJS.Timeout | undefined;
  #soon = false;
  #inFlight = 0;

  /** `sent` hears of every message, with the events in it. */
  constructor(sink: EventSink, limits: SharingLimits, sent: (events: number) => void = () => {}) {
    this.#sink = sink;
    this.#limits = limits;
    this.#sent = sent;
  }

  /** Stored when all of them are. Never rejects. */
  async add(events: readonly Uint8Array[]): Promise<StoreOutcome> {
    const messages = new Set<Promise<StoreOutcome>>();
    for (const event of events) messages.add(this.#put(event));
    const outcomes = await Promise.all(messages);
    return outcomes.find(({ kind }) => kind !== "stored") ?? { kind: "stored" };
  }

  /** Sends what is open. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#parts.length === 0) return;
    const message = this.#close();
    const { resolve } = this.#outcome;
    this.#outcome = Promise.withResolvers();
    this.#inFlight++;
    void this.#sink.store(message).then((outcome) => {
      resolve(outcome);
      if (--this.#inFlight === 0) this.flush();
    });
  }

  #put(event: Uint8Array): Promise<StoreOutcome> {
    const room = Math.min(this.#limits.messageBytes, this.#sink.maxBytes);
    if (this.#parts.length > 0 && this.#bytes + event.length + 2 > room) this.flush();
    this.#parts.push(this.#parts.length === 0 ? OPEN : COMMA, event);
    this.#bytes += event.length + 1;
    this.#arrange();
    return this.#outcome.promise;
  }

  #arrange(): void {
    if (this.#inFlight > 0) this.#timer ??= setTimeout(() => this.flush(), this.#limits.lingerMs);
    else if (!this.#soon) {
      this.#soon = true;
      setImmediate(() => {
        this.#soon = false;
        this.flush();
      });
    }
  }

  #close(): Uint8Array {
    const message = Buffer.concat([...this.#parts, CLOSE], this.#bytes + 1);
    this.#sent(this.#parts.length / 2);
    this.#parts = [];
    this.#bytes = 0;
    return message;
  }
}

const encoder = new TextEncoder();
const OPEN = encoder.encode("[");
const COMMA = encoder.encode(",");
const CLOSE = encoder.encode("]");
