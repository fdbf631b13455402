// The log on JetStream (DESIGN 2). Reading never trusts the server's consumer or the client's recovery: a session ends at the
// first irregularity, and before the next one begins the stream itself is held against what we remember. Messages leave in
// order, each once, and a position is passed over only if the stream itself says that it holds nothing there.

import { setTimeout as sleep } from "node:timers/promises";
import type { StoredMsg } from "@nats-io/jetstream";
import { type Msg, headers as natsHeaders } from "@nats-io/transport-node";
import { TidemarkError } from "../model/errors.ts";
import { type EpochMs, epochMs, type Position, position } from "../model/ids.ts";
import { type Log, type LogMark, type LogMessage, type LogState, logSubjects, PUBLIC_EVENTS } from "../model/log.ts";
import { distrust, lost, misplaced, ReadPlace } from "../model/log-trust.ts";
import { type Broker, orAborted } from "./connection.ts";
import { API_ERRORS, apiCode, isNobodyThere, patiently } from "./failures.ts";
import { openPullSession, type PullSession } from "./pull-session.ts";
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
    return this.#state();
  }

  async *read(from: Position, signal: AbortSignal, mark?: LogMark): AsyncGenerator<LogMessage, void, void> {
    const place = new ReadPlace(from, mark);
    try {
      while (!signal.aborted) yield* this.#session(place, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async at(at: Position): Promise<LogMessage | undefined> {
    return at < 1 ? undefined : this.#at(at);
  }

  async lastOn(subject: string): Promise<LogMessage | undefined> {
    return stored(await this.#get({ last_by_subj: subject }));
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

  /** One session's messages. Returns when it has ended for a reason that a new session may cure. */
  async *#session(place: ReadPlace, signal: AbortSignal): AsyncGenerator<LogMessage, void, void> {
    const session = await this.#open(place, signal);
    if (session === undefined) return;
    const stop = () => session.end("stopped");
    signal.addEventListener("abort", stop, { once: true });
    try {
      while (!signal.aborted) {
        const message = session.take();
        if (message !== undefined) {
          if (message.position !== place.next) await this.#explainHole(place.next, message.position, signal);
          place.took(message);
          yield message;
        } else if (session.ended !== undefined) return;
        else await this.#idle(session, place, signal);
      }
    } finally {
      signal.removeEventListener("abort", stop);
      session.end("stopped");
    }
  }

  /** Only after the stream has been found to be the one we read, and not shorter. undefined: something changed meanwhile, try again. */
  async #open(place: ReadPlace, signal: AbortSignal): Promise<PullSession<LogMessage> | undefined> {
    await this.#broker.ready(signal);
    const connection = this.#broker.reconnects;
    await this.#verify(place, signal);
    try {
      const session = await orAborted(openPullSession(this.#broker, this.stream, place.next, asLogMessage), signal);
      if (this.#broker.reconnects === connection && this.#broker.connected) return session;
      session.end("the connection was lost while it was opened");
    } catch (error) {
      signal.throwIfAborted();
      // A stream that is gone is judged by #verify, which comes next.
      if (error instanceof TidemarkError) throw error;
      await sleep(REOPEN_PAUSE_MS, undefined, { signal });
    }
    return undefined;
  }

  async #verify(place: ReadPlace, signal: AbortSignal): Promise<void> {
    const state = await this.#state(signal);
    const mark = place.mark(state.createdMs);
    const found = mark.position === 0 ? undefined : await this.#at(mark.position, signal);
    const trouble = distrust(mark, state, found) ?? misplaced(state, place.next);
    if (trouble !== undefined) throw trouble;
  }

  /** A heartbeat that has passed what we wait for means that the server has nothing there: it was deleted, or purged. */
  async #idle(session: PullSession<LogMessage>, place: ReadPlace, signal: AbortSignal): Promise<void> {
    await session.wait();
    if (session.heardUpTo < place.next || session.waiting > 0) return;
    const trouble = lost(await this.#state(signal), place.next);
    if (trouble !== undefined) throw trouble;
  }

  /** Positions from `next` to before `arrived` did not come: they must be gone from within the stream, one by one. */
  async #explainHole(next: Position, arrived: Position, signal: AbortSignal): Promise<void> {
    const state = await this.#state(signal);
    // What lies from `arrived` on has been delivered and is not lost, even if it is purged by now.
    const trouble = lost({ ...state, first: position(Math.min(state.first, arrived)) }, next);
    if (trouble !== undefined) throw trouble;
    const probes = Math.min(arrived - next, HOLE_PROBES);
    for (let i = 0; i < probes; i++) {
      const at = position(next + Math.floor((i * (arrived - next)) / probes));
      if ((await this.#at(at, signal)) === undefined) continue;
      throw new TidemarkError("LOG_CHANGED", `the log is not the one that was read: ${this.stream} holds a message at ${at} that it did not deliver before ${arrived}`);
    }
  }

  async #state(signal?: AbortSignal): Promise<LogState> {
    for (let attempt = 0; attempt < GONE_ATTEMPTS; attempt++) {
      const info = await streamInfo(this.#broker, this.stream, signal);
      if (info !== undefined) return logState(placeOf(info));
      // A cluster that is still gathering may not know the stream yet.
      await sleep(GONE_PAUSE_MS, undefined, signal === undefined ? {} : { signal });
    }
    throw new TidemarkError("LOG_CHANGED", `the log is not the one that was read: the stream ${this.stream} does not exist`);
  }

  async #at(at: Position, signal?: AbortSignal): Promise<LogMessage | undefined> {
    return stored(await this.#get({ seq: at }, signal));
  }

  #get(query: { seq: number } | { last_by_subj: string }, signal?: AbortSignal): Promise<StoredMsg | null> {
    const options = signal === undefined ? {} : { signal, forMs: Number.POSITIVE_INFINITY };
    return patiently(this.#broker, () => this.#broker.jsm.streams.getMessage(this.stream, query), options);
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
    const found = await this.#at(position(expected + 1));
    if (found === undefined || found.subject !== subject || !Buffer.from(found.data).equals(data)) return undefined;
    return found.position;
  }
}

const REOPEN_PAUSE_MS = 50;
const GONE_ATTEMPTS = 5;
const GONE_PAUSE_MS = 200;
/** Of a longer hole only this many positions are looked at, evenly spread, both its ends' neighbours among them. */
const HOLE_PROBES = 64;

/** NATS subject patterns: `*` is one token, `>` at the end one or more. */
function subjectMatches(pattern: string, subject: string): boolean {
  const parts = pattern.split(".");
  const tokens = subject.split(".");
  const open = parts.at(-1) === ">";
  if (open ? tokens.length < parts.length : tokens.length !== parts.length) return false;
  return parts.every((part, i) => part === "*" || part === tokens[i] || (open && i === parts.length - 1));
}

const logState = (place: ReturnType<typeof placeOf>): LogState => ({ ...place, first: position(place.first), last: position(place.last) });

const asLogMessage = (message: Msg, data: Uint8Array, sequence: number, storedMs: EpochMs): LogMessage => ({
  position: position(sequence),
  storedMs,
  subject: message.subject,
  contentType: message.headers?.get("Content-Type") ?? "",
  data,
});

function stored(message: StoredMsg | null): LogMessage | undefined {
  if (message === null) return undefined;
  return {
    position: position(message.seq),
    storedMs: epochMs(Date.parse(message.timestamp)),
    subject: message.subject,
    contentType: message.header?.get("Content-Type") ?? "",
    data: message.data,
  };
}
