// The broker of a story: one log, one output stream, dead letters, and what one owner sees of them through its connection. The
// streams themselves are the ones in memory of src/flow, which keep the promises of those on JetStream; here they get a way to them
// that is long and breaks.

import { MemoryLog } from "../../src/flow/memory-log.ts";
import { type CheckOrder, MemoryOutput } from "../../src/flow/memory-output.ts";
import { TidemarkError } from "../../src/model/errors.ts";
import { type EpochMs, epochMs, type OutputSequence, type Position, position } from "../../src/model/ids.ts";
import type { Log, LogMark, LogMessage, LogState } from "../../src/model/log.ts";
import { markOf } from "../../src/model/log-trust.ts";
import type { DeadLetter, DeadLetterSink, OutputLink, OutputMessage, OutputState, OutputStream, PublishOutcome, StoredOutput } from "../../src/model/output.ts";
import type { Owner } from "./owner.ts";

/** The farthest that anybody has been told of: a broker that forgets more than this has lied. */
export interface Told {
  logPosition: number;
  outputSequence: number;
}

export class Broker {
  readonly log: MemoryLog;
  readonly output: MemoryOutput;
  readonly dead = new Map<string, DeadLetter>();
  readonly told: Told = { logPosition: 0, outputSequence: 0 };

  constructor(clock: () => EpochMs, { checks, links }: { checks: CheckOrder; links: boolean }) {
    this.log = new MemoryLog({ clock, createdMs: clock() });
    this.output = new MemoryOutput({ checks, links, createdMs: clock() });
  }

  /** The end of the log, and of the output. */
  async ends(): Promise<{ log: LogState; output: OutputState }> {
    return { log: await this.log.state(), output: await this.output.state() };
  }
}

export class LogConnection implements Log {
  readonly #broker: Broker;
  readonly #owner: Owner;

  constructor(broker: Broker, owner: Owner) {
    this.#broker = broker;
    this.#owner = owner;
  }

  state(): Promise<LogState> {
    return this.#owner.ask("log state", () => this.#broker.log.state());
  }

  at(at: Position): Promise<LogMessage | undefined> {
    return this.#owner.ask("log at", () => this.#broker.log.at(at));
  }

  lastOn(subject: string): Promise<LogMessage | undefined> {
    return this.#owner.ask("log last on", () => this.#broker.log.lastOn(subject));
  }

  /** Repeated until it is answered: a record may then stand in the log twice, as on JetStream. */
  append(subject: string, data: Uint8Array, options: { contentType?: string; expectLast?: Position } = {}): Promise<Position | undefined> {
    return this.#owner.ask("log append", () => this.#broker.log.append(subject, data, options));
  }

  /** Session after session: each begins by holding the log against what was taken last, and ends when the connection does. */
  async *read(from: Position, signal: AbortSignal, mark?: LogMark): AsyncGenerator<LogMessage, void, void> {
    let last: LogMessage | undefined;
    let createdMs = mark?.createdMs;
    while (!signal.aborted) {
      await Promise.race([this.#owner.connection(), aborted(signal)]);
      if (signal.aborted) return;
      const state = await this.state();
      createdMs ??= state.createdMs;
      const next = last === undefined ? from : position(last.position + 1);
      for await (const message of this.#session(next, signal, last === undefined ? mark : markOf(createdMs, last))) {
        last = message;
        this.#broker.told.logPosition = Math.max(this.#broker.told.logPosition, message.position);
        yield message;
        if (signal.aborted) return;
      }
    }
  }

  async *#session(from: Position, signal: AbortSignal, mark: LogMark | undefined): AsyncGenerator<LogMessage, void, void> {
    const ending = new AbortController();
    const end = (): void => ending.abort();
    signal.addEventListener("abort", end, { once: true });
    const forget = this.#owner.onCut(end);
    const { session } = this.#owner;
    try {
      for await (const message of this.#broker.log.read(from, ending.signal, mark)) {
        const arrived = await Promise.race([this.#owner.deliver(), aborted(ending.signal)]);
        if (arrived !== true || this.#owner.session !== session) return;
        yield message;
      }
    } finally {
      forget();
      signal.removeEventListener("abort", end);
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

export class OutputConnection implements OutputStream {
  readonly #broker: Broker;
  readonly #owner: Owner;

  constructor(broker: Broker, owner: Owner) {
    this.#broker = broker;
    this.#owner = owner;
  }

  /** What is there counts as told too: a message whose answer was lost is found in this way. */
  async state(): Promise<OutputState> {
    const state = await this.#askOnce("output state", () => this.#broker.output.state());
    this.#told(state.last);
    return state;
  }

  async publish(message: OutputMessage, expectedLast: OutputSequence, link?: OutputLink): Promise<PublishOutcome> {
    const isEpoch = message.subject.startsWith("tidemark.epoch.");
    const answer = await this.#owner.send<PublishOutcome>(isEpoch ? "epoch" : "publish", (blow) =>
      blow === "busy" ? { kind: "busy", reason: "insufficient resources" } : this.#store(message, expectedLast, link),
    );
    if (answer === "lost") return { kind: "unknown", reason: "no answer" };
    if (answer.kind === "stored") this.#told(answer.sequence);
    return answer;
  }

  #told(sequence: OutputSequence): void {
    this.#broker.told.outputSequence = Math.max(this.#broker.told.outputSequence, sequence);
  }

  /** The bytes are on the wire: what becomes of the buffer they were sent from does not matter any more. */
  #store(message: OutputMessage, expectedLast: OutputSequence, link: OutputLink | undefined): Promise<PublishOutcome> {
    return this.#broker.output.publish({ ...message, body: message.body.slice() }, expectedLast, link);
  }

  async ready(signal: AbortSignal): Promise<void> {
    await Promise.race([this.#owner.connection(), aborted(signal)]);
    signal.throwIfAborted();
  }

  get(sequence: OutputSequence): Promise<StoredOutput | undefined> {
    return this.#askOnce("output get", () => this.#broker.output.get(sequence));
  }

  /** Some at a time, so that it may break in the middle. */
  async *range(from: OutputSequence, to: OutputSequence): AsyncGenerator<StoredOutput, void, void> {
    const all = this.#broker.output.messages.filter(({ sequence }) => sequence >= from && sequence <= to);
    for (let i = 0; i < all.length; i += RANGE_STEP) {
      const some = await this.#askOnce("output range", () => all.slice(i, i + RANGE_STEP));
      yield* some;
    }
  }

  async #askOnce<T>(deed: "output state" | "output get" | "output range", perform: () => T | Promise<T>): Promise<T> {
    const answer = await this.#owner.send(deed, perform);
    if (answer === "lost") throw new TidemarkError("BROKER_UNREACHABLE", "The broker does not answer.");
    return answer;
  }
}

const RANGE_STEP = 20;

export class DeadLetterConnection implements DeadLetterSink {
  readonly #broker: Broker;
  readonly #owner: Owner;

  constructor(broker: Broker, owner: Owner) {
    this.#broker = broker;
    this.#owner = owner;
  }

  async put(letters: readonly DeadLetter[]): Promise<void> {
    await Promise.all(
      letters.map((letter) => this.#owner.ask("dead letters", () => void this.#broker.dead.set(letter.id, { ...letter, body: letter.body.slice() }))),
    );
  }
}

export const startOfTime: EpochMs = epochMs(Date.UTC(2026, 0, 1));
