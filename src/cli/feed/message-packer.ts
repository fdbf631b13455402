// Events of a file into messages: so many in each, as a JSON array where it is more than one, and fewer where a message would become
// too large. What is sent is acknowledged by `end` at the latest.

import type { EventPublisher } from "../../nats/event-publisher.ts";

/** A message stays well below the default `max_payload` of 1 MiB. */
const MAX_MESSAGE_BYTES = 512 * 1024;

/** Collects events until a message is full, by number or by bytes. */
export class MessagePacker {
  events = 0;
  messages = 0;
  bytes = 0;
  readonly #publisher: EventPublisher;
  readonly #subject: string;
  readonly #perMessage: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;

  constructor(publisher: EventPublisher, subject: string, perMessage: number) {
    this.#publisher = publisher;
    this.#subject = subject;
    this.#perMessage = perMessage;
  }

  add(event: Buffer): void | Promise<void> {
    const overflow = this.#waitingBytes + event.length > MAX_MESSAGE_BYTES ? this.#send() : undefined;
    this.#waiting.push(event);
    this.#waitingBytes += event.length + 1;
    const full = this.#waiting.length >= this.#perMessage ? this.#send() : undefined;
    return full ?? overflow;
  }

  /** Sends what is left over, and waits until all of it is acknowledged. */
  async end(): Promise<void> {
    await this.#send();
    await this.#publisher.flush();
  }

  #send(): void | Promise<void> {
    if (this.#waiting.length === 0) return;
    const body = this.#perMessage === 1 ? Buffer.concat(this.#waiting) : jsonArray(this.#waiting);
    this.events += this.#waiting.length;
    this.messages++;
    this.bytes += body.length;
    this.#waiting = [];
    this.#waitingBytes = 0;
    return this.#publisher.publish(this.#subject, body, "application/json");
  }
}

const COMMA = Buffer.from(",");
const jsonArray = (items: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from("["), ...items.flatMap((item, i) => (i === 0 ? [item] : [COMMA, item])), Buffer.from("]")]);
