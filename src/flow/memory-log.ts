// The log in memory: for tests, and for `replay`, which folds a file without a broker. It keeps the same promises as the one on
// JetStream (both pass test/model/log-contract.ts), and can be made to lose messages or to become another log, because a
// reader must notice that here as well. Bounded only by memory: whoever replays a file holds it anyway.

import { type EpochMs, type Position, position } from "../model/ids.ts";
import type { Log, LogMark, LogMessage, LogState } from "../model/log.ts";
import { distrust, misplaced, ReadPlace } from "../model/log-trust.ts";

export interface MemoryLogOptions {
  /** What `append` stamps messages with. Called once for each. */
  readonly clock: () => EpochMs;
  /** Default: TIDEMARK_LOG_memory. */
  readonly stream?: string;
  /** Default: the clock's first answer. */
  readonly createdMs?: EpochMs;
}

export class MemoryLog implements Log {
  readonly #stream: string;
  readonly #clock: () => EpochMs;
  #createdMs: EpochMs;
  /** Message at position i + #first; undefined where it was deleted. */
  #messages: (LogMessage | undefined)[] = [];
  #first = 1;
  #changed = Promise.withResolvers<void>();
  /** Times that the end was lost: a broker that comes back shorter has cut everyone off, so readers look again. */
  #comebacks = 0;

  constructor(options: MemoryLogOptions) {
    this.#clock = options.clock;
    this.#stream = options.stream ?? "TIDEMARK_LOG_memory";
    this.#createdMs = options.createdMs ?? options.clock();
  }

  async state(): Promise<LogState> {
    return this.#state();
  }

  async *read(from: Position, signal: AbortSignal, mark?: LogMark): AsyncGenerator<LogMessage, void, void> {
    const place = new ReadPlace(from, mark);
    let createdMs: EpochMs | undefined;
    let comebacks = this.#comebacks;
    while (!signal.aborted) {
      // The past changes only by a purge, a lost end or another log under this name; all show here, for the price of a few comparisons.
      if (createdMs !== this.#createdMs || comebacks !== this.#comebacks || place.next < this.#first || place.next > this.#last + 1) this.#verify(place);
      createdMs = this.#createdMs;
      comebacks = this.#comebacks;
      const message = this.#nextFrom(place.next);
      if (message === undefined) await this.#changedOrAborted(signal);
      else {
        place.took(message);
        yield message;
      }
    }
  }

  async at(at: Position): Promise<LogMessage | undefined> {
    return this.#find(at);
  }

  async lastOn(subject: string): Promise<LogMessage | undefined> {
    const below = subject.endsWith(".>") ? subject.slice(0, -1) : undefined;
    return this.#messages.findLast((message) => (below === undefined ? message?.subject === subject : message?.subject.startsWith(below)));
  }

  async append(subject: string, data: Uint8Array, options: { contentType?: string; expectLast?: Position } = {}): Promise<Position | undefined> {
    if (options.expectLast !== undefined && options.expectLast !== this.#last) return undefined;
    return this.put({ subject, data, contentType: options.contentType ?? "", storedMs: this.#clock() });
  }

  /** Appends at once and without the clock. `at`: as a dump has it, at or after the end; positions between are empty. */
  put(message: Omit<LogMessage, "position">, at: Position = position(this.#last + 1)): Position {
    if (at <= this.#last) throw new Error(`position ${at} is not after the end of the log (${this.#last})`);
    if (this.#messages.length === 0) this.#first = at;
    while (this.#last + 1 < at) this.#messages.push(undefined);
    this.#messages.push({ ...message, position: at });
    this.#notify();
    return at;
  }

  /** Drops everything before `first`, as a limit or an operator would. */
  purgeBelow(first: Position): void {
    const to = Math.min(first, this.#last + 1);
    if (to > this.#first) {
      this.#messages = this.#messages.slice(to - this.#first);
      this.#first = to;
    }
    this.#dropEmptyFront();
  }

  /** Deletes one message from within. */
  remove(at: Position): void {
    if (this.#find(at) === undefined) return;
    this.#messages[at - this.#first] = undefined;
    this.#dropEmptyFront();
  }

  /** Comes back with `last` as its end, as a broker does whose machine lost power before its disk had the rest. */
  loseTail(last: Position): void {
    this.#messages.length = Math.max(0, Math.min(this.#messages.length, last - this.#first + 1));
    this.#comebacks++;
    this.#notify();
  }

  /** Another log under the same name: empty, created at another time. */
  recreate(createdMs: EpochMs = this.#clock()): void {
    this.#createdMs = createdMs;
    this.#messages = [];
    this.#first = 1;
    this.#notify();
  }

  get #last(): number {
    return this.#first + this.#messages.length - 1;
  }

  #state(): LogState {
    return { stream: this.#stream, createdMs: this.#createdMs, first: position(this.#first), last: position(this.#last) };
  }

  /** A log begins with a message. */
  #dropEmptyFront(): void {
    const kept = this.#messages.findIndex((message) => message !== undefined);
    const gone = kept === -1 ? this.#messages.length : kept;
    this.#messages.splice(0, gone);
    this.#first += gone;
    this.#notify();
  }

  #find(at: number): LogMessage | undefined {
    return at < this.#first ? undefined : this.#messages[at - this.#first];
  }

  /** The first message at or after `at`: positions between may have been deleted. */
  #nextFrom(at: number): LogMessage | undefined {
    for (let i = at - this.#first; i < this.#messages.length; i++) if (this.#messages[i] !== undefined) return this.#messages[i];
    return undefined;
  }

  #verify(place: ReadPlace): void {
    const state = this.#state();
    const mark = place.mark(state.createdMs);
    const trouble = distrust(mark, state, this.#find(mark.position)) ?? misplaced(state, place.next);
    if (trouble !== undefined) throw trouble;
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  async #changedOrAborted(signal: AbortSignal): Promise<void> {
    const abort = () => this.#notify();
    signal.addEventListener("abort", abort, { once: true });
    try {
      if (!signal.aborted) await this.#changed.promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }
}
