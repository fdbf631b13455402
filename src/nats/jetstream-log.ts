// The log on JetStream (DESIGN 2): its stream, single messages, and the records that we write ourselves. Producers' events do not
// come through here (event-publisher.ts), and reading on for ever is a story of its own (log-reader.ts).

import { headers as natsHeaders } from "@nats-io/transport-node";
import { TidemarkError } from "../model/errors.ts";
import { type Position, position } from "../model/ids.ts";
import { type Log, type LogMark, type LogMessage, type LogState, logSubjects, PUBLIC_EVENTS } from "../model/log.ts";
import type { Broker } from "./connection.ts";
import { API_ERRORS, apiCode, isNobodyThere, patiently } from "./failures.ts";
import { LogReader } from "./log-reader.ts";
import { logState, logStateOf, messageAt, newestOn } from "./log-state.ts";
import { ensureStream, placeOf, streamInfo } from "./stream-settings.ts";

/** Creates the shard's log, or checks the one that is there. `publicAlias`: it also takes `tidemark.events.>`. */
export async function ensureLogStream(broker: Broker, shard: string, options: { publicAlias: boolean }): Promise<LogState> {
  const subjects = logSubjects(shard);
  const info = await ensureStream(broker, {
    name: subjects.stream,
    description: `Tidemark: events and control records of shard ${shard}`,
    subjects: [subjects.eventAll, subjects.controlAll, ...(options.publicAlias ? [PUBLIC_EVENTS] : [])],
    mayTake: [PUBLIC_EVENTS],
    maxAgeMs: 0,
    maxBytes: -1,
    mayHaveSources: true,
  });
  return logState(placeOf(info));
}

export class JetStreamLog implements Log {
  readonly stream: string;
  readonly #broker: Broker;

  constructor(broker: Broker, shard: string) {
    this.#broker = broker;
    this.stream = logSubjects(shard).stream;
  }

  async state(): Promise<LogState> {
    return logStateOf(this.#broker, this.stream);
  }

  read(from: Position, signal: AbortSignal, mark?: LogMark): AsyncIterableIterator<LogMessage, void, undefined> {
    return new LogReader(this.#broker, this.stream, from, signal, mark);
  }

  async at(at: Position): Promise<LogMessage | undefined> {
    return messageAt(this.#broker, this.stream, at);
  }

  async lastOn(subject: string): Promise<LogMessage | undefined> {
    return newestOn(this.#broker, this.stream, subject);
  }

  /**
   * Repeats what was not answered. With `expectLast` the log itself tells whether the first try was stored; without, a record
   * may then stand in the log twice, which is why only records that are harmless when repeated are written that way.
   */
  async append(subject: string, data: Uint8Array, options: { contentType?: string; expectLast?: Position } = {}): Promise<Position | undefined> {
    let tried = false;
    return patiently(this.#broker, async () => {
      const expected = options.expectLast;
      if (tried && expected !== undefined) {
        const found = await this.#storedAfter(expected, subject, data);
        if (found !== undefined) return found;
      }
      tried = true;
      return this.#publish(subject, data, options);
    });
  }

  async #publish(subject: string, data: Uint8Array, options: { contentType?: string; expectLast?: Position }): Promise<Position | undefined> {
    const headers = natsHeaders();
    if (options.contentType !== undefined && options.contentType !== "") headers.set("Content-Type", options.contentType);
    try {
      const expect = options.expectLast === undefined ? {} : { expect: { lastSequence: options.expectLast } };
      const ack = await this.#broker.js.publish(subject, data, { headers, ...expect });
      if (ack.stream !== this.stream) throw new TidemarkError("STREAM_UNSUITABLE", `${subject} is taken by the stream ${ack.stream}, not by ${this.stream}`);
      return position(ack.seq);
    } catch (error) {
      if (options.expectLast !== undefined && apiCode(error) === API_ERRORS.wrongLastSequence) return undefined;
      if (isNobodyThere(error)) await this.#requireSubject(subject);
      throw error;
    }
  }

  /** Nobody took a message: either nobody is there yet, which passes, or the stream has other subjects, which does not. */
  async #requireSubject(subject: string): Promise<void> {
    const info = await streamInfo(this.#broker, this.stream);
    if (info?.config.subjects.some((pattern) => subjectMatches(pattern, subject)) === true) return;
    throw new TidemarkError("STREAM_UNSUITABLE", `${this.stream} ${info === undefined ? "does not exist" : `does not take ${subject}`}`);
  }

  /** Where a try that was not answered has ended up: right behind the position it expected, or nowhere. */
  async #storedAfter(expected: Position, subject: string, data: Uint8Array): Promise<Position | undefined> {
    const found = await messageAt(this.#broker, this.stream, position(expected + 1));
    if (found === undefined || found.subject !== subject || !Buffer.from(found.data).equals(data)) return undefined;
    return found.position;
  }
}

/** NATS subject patterns: `*` is one token, `>` at the end one or more. */
function subjectMatches(pattern: string, subject: string): boolean {
  const parts = pattern.split(".");
  const tokens = subject.split(".");
  const open = parts.at(-1) === ">";
  if (open ? tokens.length < parts.length : tokens.length !== parts.length) return false;
  return parts.every((part, i) => part === "*" || part === tokens[i] || (open && i === parts.length - 1));
}
