// The log of a replayed file, written while it is read: the file's messages, and between them what a running engine would write:
// numbers of the population and records between partitions. They stand right behind the message that they come of, so the same file
// always gives the same log. Positions are given out here.

import { position } from "../model/ids.ts";
import { type LogMessage, logSubjects } from "../model/log.ts";

export class AuthoredLog {
  readonly #shard: string;
  readonly #waiting: Pick<LogMessage, "subject" | "contentType" | "data">[] = [];

  constructor(shard: string) {
    this.#shard = shard;
  }

  /** To be stored next. */
  append(subject: string, data: Buffer, contentType = ""): void {
    this.#waiting.push({ subject, data, contentType });
  }

  /** What comes in, with what was appended meanwhile. Log time that was let go on to the end goes on once more after new numbers: they reach everyone. */
  async *of(messages: AsyncIterable<LogMessage>): AsyncGenerator<LogMessage, void, void> {
    const { advance } = logSubjects(this.#shard);
    let at = 0;
    for await (const message of messages) {
      yield { ...message, position: position(++at) };
      const hasNew = this.#waiting.length > 0;
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) yield { ...message, ...next, position: position(++at) };
      if (hasNew && message.subject === advance) yield { ...message, position: position(++at) };
    }
  }
}
