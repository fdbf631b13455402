// The producer of a story: turns what the story says into messages of the log, with the times of the moment at which it is sent. It
// keeps what it sent, because a producer that got no answer sends the same bytes again.

import type { MemoryLog } from "../../src/flow/memory-log.ts";
import { forgetRecord } from "../../src/model/forget.ts";
import { type ContactKey, epochMs } from "../../src/model/ids.ts";
import { logSubjects } from "../../src/model/log.ts";
import type { Fed, FedEvent } from "./fed.ts";

const subjects = logSubjects("0");

export class Producer {
  readonly #log: MemoryLog;
  readonly #wallMs: () => number;
  readonly #sent: string[] = [];
  #forgets = 0;
  #forgetMs: number | undefined;

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

  /** Asks for it once, and writes the record so many times. */
  forget([first, ...others]: readonly ContactKey[], times: number): void {
    const record = forgetRecord([first as ContactKey, ...others], `story-${++this.#forgets}`);
    const data = Buffer.from(JSON.stringify(record));
    for (let i = 0; i < times; i++) this.#log.put({ subject: subjects.forget, data, contentType: "", storedMs: epochMs(this.#wallMs()) });
    this.hearsOfForget();
  }

  /** Somebody was asked to be forgotten just now: what is sent of before is of before this. */
  hearsOfForget(): void {
    this.#forgetMs = this.#wallMs();
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

  #event({ agoMs, beforeForget, fields }: FedEvent): object {
    const from = beforeForget === true ? (this.#forgetMs ?? this.#wallMs()) : this.#wallMs();
    return { ...fields, timestamp: new Date(from - agoMs).toISOString() };
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
