// The events of the HTTP edge on their way into a shard's log. Each message has its own answer: stored, or not known to be stored within
// the time that somebody is willing to wait. A message whose answer got lost is sent again, so the log may hold it twice; its
// events have message ids, by which the engine knows them.

import { setTimeout as sleep } from "node:timers/promises";
import type { EventSink, StoreOutcome } from "../model/event-sink.ts";
import { logSubjects } from "../model/log.ts";
import { AckInbox, type Answer, type PublishHeaders } from "./ack-inbox.ts";
import type { Broker } from "./connection.ts";

export class JetStreamEventSink implements EventSink {
  readonly subject: string;
  readonly #broker: Broker;
  readonly #inbox: AckInbox;
  readonly #waitMs: number;

  /** `waitMs`: how long a message is tried before its sender is told that it is not stored. */
  constructor(broker: Broker, shard: string, options: { readonly waitMs: number }) {
    this.subject = `${logSubjects(shard).event}.edge`;
    this.#broker = broker;
    this.#waitMs = options.waitMs;
    this.#inbox = new AckInbox(broker, Math.min(options.waitMs, ACK_TIMEOUT_MS));
  }

  get maxBytes(): number {
    return (this.#broker.nc.info?.max_payload ?? DEFAULT_MAX_PAYLOAD) - HEADER_ROOM;
  }

  async store(message: Uint8Array): Promise<StoreOutcome> {
    const until = performance.now() + this.#waitMs;
    for (;;) {
      const answer = await this.#inbox.publish(this.subject, message, JSON_HEADERS);
      if (answer.kind === "stored") return { kind: "stored" };
      if (!mayPass(answer) || performance.now() + PAUSE_MS > until || this.#broker.closed)
        return { kind: "unavailable", reason: reasonOf(answer, this.subject) };
      await sleep(PAUSE_MS);
    }
  }

  close(): void {
    this.#inbox.close();
  }
}

const ACK_TIMEOUT_MS = 5_000;
const PAUSE_MS = 50;
const HEADER_ROOM = 256;
const DEFAULT_MAX_PAYLOAD = 1024 * 1024;
const JSON_HEADERS: PublishHeaders = { "Content-Type": ["application/json"] };

/** A stream that is not there may be on its way back, as after a restart of a server that keeps it. */
const mayPass = (answer: Answer): boolean => answer.kind !== "invalid" && (answer.kind !== "error" || answer.passing);

function reasonOf(answer: Answer, subject: string): string {
  if (answer.kind === "noStream") return `no stream takes messages on ${subject}`;
  return "reason" in answer ? answer.reason : answer.kind;
}
