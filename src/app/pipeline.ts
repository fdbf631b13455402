// The whole flow on one screen: messages of the log are framed into batches, batches go to the workers, what comes back goes
// to the dead letters and to the outbox, in the order of the log. Nothing here decides anything about a contact.
//
//   log.read ─► framer.add ─► (batch) ─► pool.run ─► dead.put, outbox.append ─► position covered
//
// Back-pressure runs the other way: the outbox's window fills, batches stay in flight, reading stops. A batch is cut when it is
// full, or when the reader has nothing more and no batch is under way, so that a quiet stream is answered at once and a busy
// one in large batches.

import { performance } from "node:perf_hooks";
import type { FramedBatch, Framer } from "../flow/frame.ts";
import type { Outbox } from "../flow/outbox.ts";
import type { Pool } from "../flow/pool.ts";
import type { Position } from "../model/ids.ts";
import { letterId } from "../model/letter-id.ts";
import { type Log, type LogMark, type LogMessage, logSubjects } from "../model/log.ts";
import type { DeadLetter, DeadLetterSink } from "../model/output.ts";
import { mergeEffects } from "../partition/effects.ts";
import type { BatchResult, DeadEvent } from "../partition/protocol.ts";
import type { Counters } from "./counters.ts";

/** Batches that the workers may have at once: one at work, one waiting, so that no worker runs dry. */
const BATCHES_IN_FLIGHT = 3;

export interface Flow {
  readonly shard: string;
  readonly log: Log;
  readonly framer: Framer;
  readonly pool: Pool;
  readonly outbox: Pick<Outbox, "append">;
  readonly dead: DeadLetterSink;
  readonly counters: Counters;
  readonly batchEvents: number;
  /** Asked after every message: whether all of it must be done before the next is taken. */
  readonly settle?: () => boolean;
  /** Waited for before the next message is taken, where there is something to wait for. */
  readonly room?: (signal: AbortSignal) => Promise<void> | undefined;
}

/** A batch is done: its effects are in the outbox, its dead letters are stored. */
export interface Done {
  readonly batch: FramedBatch;
  readonly results: readonly BatchResult[];
}

export class Pipeline {
  readonly #flow: Flow;
  readonly #done: (done: Done) => void;
  readonly #recycled: ArrayBuffer[] = [];
  #inFlight = 0;
  #freed = Promise.withResolvers<void>();
  #tail: Promise<void> = Promise.resolve();
  #flushing = false;
  /** Batches sent to the workers so far: while it is the same, so is every answer of theirs. */
  batches = 0;
  /** The newest message that was taken, for the mark of a checkpoint. */
  last: LogMessage | undefined;
  /** The last position that the workers were given; 0 before the first. */
  handed = 0;
  /** Earliest deadline by worker. */
  readonly #deadlines: number[];
  readonly #contacts: number[];
  readonly #inHistory: number[];
  readonly #duplicatesReach: number[];
  readonly #failed = Promise.withResolvers<never>();

  /** `done` is told of every batch, in order. */
  constructor(flow: Flow, done: (done: Done) => void) {
    this.#flow = flow;
    this.#done = done;
    this.#failed.promise.catch(() => {});
    this.#deadlines = flow.pool.opened.map(({ nextDeadline }) => nextDeadline);
    this.#contacts = flow.pool.opened.map(({ contacts }) => contacts);
    this.#inHistory = flow.pool.opened.map(({ inHistory }) => inHistory);
    this.#duplicatesReach = flow.pool.opened.map(({ duplicatesReachMs }) => duplicatesReachMs);
  }

  get idle(): boolean {
    return this.#inFlight === 0 && this.#flow.framer.messages === 0;
  }

  get nextDeadline(): number {
    return Math.min(...this.#deadlines);
  }

  get contacts(): number {
    return this.#contacts.reduce((sum, count) => sum + count, 0);
  }

  get inHistory(): number {
    return this.#inHistory.reduce((sum, count) => sum + count, 0);
  }

  /** How far back a message id is surely remembered, ms; Infinity before the settings. */
  get duplicatesReachMs(): number {
    return Math.min(...this.#duplicatesReach);
  }

  /** Reads from `from` until `signal` aborts, and then finishes what was taken. Throws what goes wrong on the way. */
  async run(from: Position, signal: AbortSignal, mark?: LogMark): Promise<void> {
    const { log, framer, counters, batchEvents } = this.#flow;
    let waiting = performance.now();
    for await (const message of log.read(from, signal, mark)) {
      const began = performance.now();
      counters.time.reading += began - waiting;
      framer.add(message);
      this.last = message;
      counters.time.framing += performance.now() - began;
      if (this.#flow.settle?.() === true) await this.drained();
      else if (framer.size >= batchEvents || framer.messages >= batchEvents) await this.#dispatch();
      else this.#flushSoon();
      const room = this.#flow.room?.(signal);
      if (room !== undefined) await room;
      if (signal.aborted) break;
      waiting = performance.now();
    }
    await this.drained();
  }

  /** Sends off what was taken and waits until it is done. */
  async drained(): Promise<void> {
    if (this.#flow.framer.messages > 0) await this.#dispatch();
    await this.#tail;
  }

  /**
   * A barrier: everything taken before it is with the workers, nothing taken later. `ask` is called there, so what it asks the
   * pool is answered as of exactly `last`; `then` when all of that is done, before anything later is.
   */
  async barrier<A, B>(ask: () => Promise<A>, then: () => B): Promise<{ last: LogMessage | undefined; logTimeMs: number; answer: A; counted: B }> {
    // Without a pause in between: what is framed here and what is asked here must be of one position.
    if (this.#flow.framer.messages > 0) this.#sendOff();
    const { last } = this;
    const logTimeMs = this.#flow.framer.logTime;
    // Waited for together: a batch may fail while the workers still answer, and a failure that nobody waits for ends the process.
    const [answer, counted] = await Promise.all([ask(), this.#tail.then(then)]);
    return { last, logTimeMs, answer, counted };
  }

  /** Rejects when a batch fails. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      if (this.#inFlight === 0 && this.#flow.framer.messages > 0) void this.#dispatch();
    });
  }

  /** Sends off a batch, and waits until there may be another. */
  async #dispatch(): Promise<void> {
    this.#sendOff();
    while (this.#inFlight >= BATCHES_IN_FLIGHT) await Promise.race([this.#freed.promise, this.#tail]);
  }

  #sendOff(): void {
    const batch = this.#flow.framer.take(this.#recycled.splice(0, this.#flow.pool.workers));
    this.handed = Math.max(this.handed, batch.lastPosition);
    this.#inFlight++;
    this.batches++;
    const running = this.#flow.pool.run(batch.perWorker);
    this.#tail = this.#tail.then(async () => this.#finish(batch, await running));
    running.catch(() => {});
    this.#tail.catch((error: unknown) => this.#failed.reject(error));
  }

  async #finish(batch: FramedBatch, answers: readonly { readonly worker: number; readonly result: BatchResult }[]): Promise<void> {
    const { outbox, dead, counters, shard } = this.#flow;
    const results = answers.map(({ result }) => result);
    for (const { worker, result } of answers) {
      this.#recycled.push(result.buffer);
      this.#deadlines[worker] = result.nextDeadline;
      this.#contacts[worker] = result.contacts;
      this.#inHistory[worker] = result.inHistory;
      this.#duplicatesReach[worker] = result.duplicatesReachMs;
    }
    const letters = [...batch.dead, ...results.flatMap((result) => result.dead.map((event) => letterOf(shard, event)))];
    const began = performance.now();
    await Promise.all([
      letters.length === 0 ? undefined : dead.put(letters),
      outbox.append(mergeEffects(results.map((result) => result.effects)), batch.lastPosition),
    ]);
    counters.time.outbox += performance.now() - began;
    counters.add(batch, results);
    this.#inFlight--;
    this.#freed.resolve();
    this.#freed = Promise.withResolvers<void>();
    this.#done({ batch, results });
    if (this.#flow.framer.messages > 0) this.#flushSoon();
  }
}

function letterOf(shard: string, event: DeadEvent): DeadLetter {
  return { id: letterId(shard, event.position, event.index), reason: event.reason, error: event.error, subject: logSubjects(shard).event, body: event.body };
}
