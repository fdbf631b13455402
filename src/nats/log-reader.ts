// Reads a log on JetStream for ever (DESIGN 2). Neither the server's consumer nor the client's recovery is trusted.
//
// The reader is `closed` (at first, and between sessions), `open` (a pull session delivers) or `done`. It opens only after the
// stream itself has been held against what we remember: same creation time, not shorter, the message we took last still the
// same. It closes at the first irregularity (connection lost, consumer gone, a delivery missing), once what had arrived is
// taken, and opens again from the message after that. It is done when told to stop, or for good when the log cannot be
// trusted any more. So messages leave in order, each once, and a position is passed over only if the stream says that it
// holds nothing there.
//
// Written as an iterator by hand: a message that is there already costs one resolved promise, where a generator takes
// three times that, and there are hundreds of thousands a second.

import { setTimeout as sleep } from "node:timers/promises";
import type { Msg } from "@nats-io/transport-node";
import { cloudEventOf } from "../model/cloud-event.ts";
import { TidemarkError } from "../model/errors.ts";
import { type EpochMs, type Position, position } from "../model/ids.ts";
import type { LogMark, LogMessage } from "../model/log.ts";
import { distrust, lost, misplaced, ReadPlace } from "../model/log-trust.ts";
import { type Broker, orAborted } from "./connection.ts";
import { logStateOf, messageAt } from "./log-state.ts";
import { openPullSession, type PullSession } from "./pull-session.ts";

type Step = IteratorResult<LogMessage, void>;

export class LogReader implements AsyncIterableIterator<LogMessage, void, undefined> {
  readonly #broker: Broker;
  readonly #stream: string;
  readonly #place: ReadPlace;
  readonly #signal: AbortSignal;
  readonly #stop = () => this.#finish();
  #session: PullSession<LogMessage> | undefined;
  #done = false;

  constructor(broker: Broker, stream: string, from: Position, signal: AbortSignal, mark: LogMark | undefined) {
    this.#broker = broker;
    this.#stream = stream;
    this.#place = new ReadPlace(from, mark);
    this.#signal = signal;
    if (signal.aborted) this.#done = true;
    else signal.addEventListener("abort", this.#stop, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Step> {
    if (this.#done) return Promise.resolve({ value: undefined, done: true });
    const message = this.#session?.take();
    if (message === undefined) return this.#wait();
    if (message.position !== this.#place.next) return this.#orStopped(() => this.#pastHole(message));
    this.#place.took(message);
    return Promise.resolve({ value: message, done: false });
  }

  return(): Promise<Step> {
    this.#finish();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** Nothing has arrived: waits, and closes and opens sessions as it must. */
  #wait(): Promise<Step> {
    return this.#orStopped(async () => {
      while (!this.#done) {
        const session = this.#session ?? (await this.#open());
        const message = session?.take();
        if (message !== undefined) return this.#pastHole(message);
        if (session?.ended !== undefined) this.#session = undefined;
        else if (session !== undefined) await this.#idle(session);
      }
      return undefined;
    });
  }

  async #pastHole(message: LogMessage): Promise<LogMessage> {
    if (message.position !== this.#place.next) await this.#explainHole(this.#place.next, message.position);
    return message;
  }

  /** A stop ends the reading without error, whatever was under way; a real error ends it as well. */
  async #orStopped(find: () => Promise<LogMessage | undefined>): Promise<Step> {
    try {
      const message = await find();
      if (message !== undefined && !this.#done) {
        this.#place.took(message);
        return { value: message, done: false };
      }
    } catch (error) {
      const stopped = this.#done;
      this.#finish();
      if (!stopped) throw error;
    }
    return { value: undefined, done: true };
  }

  /** undefined: something changed meanwhile, try again. */
  async #open(): Promise<PullSession<LogMessage> | undefined> {
    await this.#broker.ready(this.#signal);
    const connection = this.#broker.reconnects;
    await this.#verify();
    try {
      const session = await orAborted(openPullSession(this.#broker, this.#stream, this.#place.next, asLogMessage), this.#signal);
      const current = this.#broker.reconnects === connection && this.#broker.connected && !this.#done;
      if (!current) session.end("the connection was lost while it was opened");
      else this.#session = session;
    } catch {
      // Whatever it was, a stream that is gone or another one is judged by #verify, which comes next.
      this.#signal.throwIfAborted();
      await sleep(REOPEN_PAUSE_MS, undefined, { signal: this.#signal });
    }
    return this.#session;
  }

  async #verify(): Promise<void> {
    const state = await logStateOf(this.#broker, this.#stream, this.#signal);
    const mark = this.#place.mark(state.createdMs);
    const found = await messageAt(this.#broker, this.#stream, mark.position, this.#signal);
    const trouble = distrust(mark, state, found) ?? misplaced(state, this.#place.next);
    if (trouble !== undefined) throw trouble;
  }

  /** A heartbeat that has passed what we wait for means that the server has nothing there: it was deleted, or purged. */
  async #idle(session: PullSession<LogMessage>): Promise<void> {
    await session.wait();
    const next = this.#place.next;
    if (session.heardUpTo < next || session.waiting > 0) return;
    const trouble = lost(await logStateOf(this.#broker, this.#stream, this.#signal), next);
    if (trouble !== undefined && session.waiting === 0) throw trouble;
  }

  /** Positions from `next` to before `arrived` did not come: they must be gone from within the stream, one by one. */
  async #explainHole(next: Position, arrived: Position): Promise<void> {
    const state = await logStateOf(this.#broker, this.#stream, this.#signal);
    // What lies from `arrived` on has been delivered and is not lost, even if it is purged by now.
    const trouble = lost({ ...state, first: position(Math.min(state.first, arrived)) }, next);
    if (trouble !== undefined) throw trouble;
    const probes = Math.min(arrived - next, HOLE_PROBES);
    for (let i = 0; i < probes; i++) {
      const at = position(next + Math.floor((i * (arrived - next)) / probes));
      if ((await messageAt(this.#broker, this.#stream, at, this.#signal)) === undefined) continue;
      throw new TidemarkError(
        "LOG_CHANGED",
        `the log is not the one that was read: ${this.#stream} holds a message at ${at} that it did not deliver before ${arrived}`,
      );
    }
  }

  #finish(): void {
    this.#done = true;
    this.#signal.removeEventListener("abort", this.#stop);
    this.#session?.end("stopped");
  }
}

const REOPEN_PAUSE_MS = 50;
/** Of a longer hole only this many positions are looked at, evenly spread from its first. */
const HOLE_PROBES = 64;

function asLogMessage(message: Msg, data: Uint8Array, sequence: number, storedMs: EpochMs): LogMessage {
  const { headers, subject } = message;
  const plain = { position: position(sequence), storedMs, subject, contentType: headers?.get("Content-Type") ?? "", data };
  const cloudEvent = headers === undefined ? undefined : cloudEventOf((name) => headers.get(name));
  return cloudEvent === undefined ? plain : { ...plain, cloudEvent };
}
