// The producer of a story: turns what the story says into messages of the log, with the times of the moment at which it is sent. It
// keeps what it sent, because a producer that got no answer sends the same bytes again.

import type { MemoryLog } from "../../src/flow/memory-log.ts";
import { epochMs } from "../../src/model/ids.ts";
import { logSubjects } from "../../src/model/log.ts";
import type { Fed, FedEvent } from "./story.ts";

const subjects = logSubjects("0");

export class Producer {
  readonly #log: MemoryLog;
  readonly #wallMs: () => number;
  readonly #sent: string[] = [];

  constructor(log: MemoryLog, wallMs: () => number) {
    this.#log = log;
    this.#wallMs = wallMs;
  }

  send(messages: readonly Fed[]): void {
    for (const fed of messages) {
      const text = this.#text(fed);
      if (text === undefined) continue;
      this.#sent.push(text);
      this.#log.put({ subject: `${subjects.event}.shop`, data: Buffer.from(text), contentType: "", storedMs: epochMs(this.#wallMs()) });
    }
  }

  /** With the event clock: time moves on to now, and everything due by then happens. */
  advance(): void {
    const data = Buffer.from(JSON.stringify({ type: "advance", to: this.#wallMs() }));
    this.#log.put({ subject: subjects.advance, data, contentType: "", storedMs: epochMs(this.#wallMs()) });
  }

  #text(fed: Fed): string | undefined {
    switch (fed.kind) {
      case "bytes":
        return fed.text;
      case "again":
        return this.#sent.at(-fed.back);
      case "events":
        return textOf(
          fed.form,
          fed.events.map((event) => this.#event(event)),
        );
    }
  }

  #event({ agoMs, fields }: FedEvent): object {
    return { ...fields, timestamp: new Date(this.#wallMs() - agoMs).toISOString() };
  }
}

function textOf(form: Extract<Fed, { kind: "events" }>["form"], events: readonly object[]): string {
  switch (form) {
    case "one":
      return JSON.stringify(events[0]);
    case "array":
      return JSON.stringify(events);
    case "batch":
      return JSON.stringify({ batch: events });
    case "lines":
      return events.map((event) => JSON.stringify(event)).join("\n");
  }
}
