// The output stream and the dead letters in memory, for tests and `replay`. The stream keeps the promises of the one on JetStream
// (both pass test/model/output-contract.ts) and fails on command: a fault belongs to the n-th publish, counted from 1 over the
// life of the object, so that a test can put it exactly where it hurts.

import { type EpochMs, epochMs, type OutputSequence, outputSequence } from "../model/ids.ts";
import type { DeadLetter, DeadLetterSink, OutputLink, OutputMessage, OutputState, OutputStream, PublishOutcome, StoredOutput } from "../model/output.ts";

/** `refuse`: as if another writer had been faster. `loseAck`: stored, but the answer is missing. `drop`: neither stored nor answered. `busy`: not stored, and said so. */
export type OutputFault = "refuse" | "loseAck" | "drop" | "busy";

/**
 * What the broker looks at first when a publish neither fits into the stream's limits nor follows its last message. Servers before
 * 2.12 and later ones differ in it: the answer is "busy" or "refused", and an outbox must live with either.
 */
export type CheckOrder = "limits first" | "sequence first";

export interface MemoryOutputOptions {
  /** Default: sequence first. */
  readonly checks?: CheckOrder;
  /** Fault of the n-th publish. */
  readonly faults?: ReadonlyMap<number, OutputFault>;
  readonly stream?: string;
  readonly createdMs?: EpochMs;
  /** false: as of servers in a cluster, where links are not asked for. Default true. */
  readonly links?: boolean;
}

export class MemoryOutput implements OutputStream {
  readonly #stream: string;
  readonly #createdMs: EpochMs;
  readonly #faults: Map<number, OutputFault>;
  /** Message with sequence i + 1; undefined where it was deleted. */
  readonly #stored: (StoredOutput | undefined)[] = [];
  readonly #checks: CheckOrder;
  readonly #links: boolean;
  /** Of the last message; undefined where it has none, or where the broker has forgotten it. */
  #lastLink: string | undefined;
  #published = 0;
  #full = false;
  #away: PromiseWithResolvers<void> | undefined;

  constructor(options: MemoryOutputOptions = {}) {
    this.#stream = options.stream ?? "TIDEMARK_OUT_memory";
    this.#createdMs = options.createdMs ?? epochMs(0);
    this.#checks = options.checks ?? "sequence first";
    this.#links = options.links ?? true;
    this.#faults = new Map(options.faults);
  }

  async state(): Promise<OutputState> {
    await this.#away?.promise;
    const first = this.#stored.findIndex((message) => message !== undefined);
    const last = this.#stored.length;
    return { stream: this.#stream, createdMs: this.#createdMs, first: outputSequence(first === -1 ? last + 1 : first + 1), last: outputSequence(last) };
  }

  /** The stream decides in the order of the calls; only the answers come later. */
  async publish(message: OutputMessage, expectedLast: OutputSequence, link?: OutputLink): Promise<PublishOutcome> {
    this.#published++;
    if (this.#away !== undefined) return { kind: "busy", reason: "not connected" };
    const fault = this.#faults.get(this.#published);
    if (fault === "busy") return { kind: "busy", reason: "told to" };
    if (fault === "drop") return { kind: "unknown", reason: "told to drop it" };
    const follows = fault !== "refuse" && expectedLast === this.#stored.length && this.#isBehind(link);
    if (this.#full && (follows || this.#checks === "limits first")) return { kind: "busy", reason: "insufficient storage resources" };
    if (!follows) return { kind: "refused" };
    const sequence = outputSequence(this.#stored.length + 1);
    this.#stored.push({ ...message, sequence });
    this.#lastLink = link?.name;
    return fault === "loseAck" ? { kind: "unknown", reason: "told to lose the answer" } : { kind: "stored", sequence };
  }

  #isBehind(link: OutputLink | undefined): boolean {
    return !this.#links || link?.after === undefined || link.after === this.#lastLink;
  }

  async ready(signal: AbortSignal): Promise<void> {
    while (this.#away !== undefined && !signal.aborted) {
      const aborted = Promise.withResolvers<void>();
      const abort = () => aborted.resolve();
      signal.addEventListener("abort", abort, { once: true });
      await Promise.race([this.#away.promise, aborted.promise]);
      signal.removeEventListener("abort", abort);
    }
    signal.throwIfAborted();
  }

  async get(sequence: OutputSequence): Promise<StoredOutput | undefined> {
    await this.#away?.promise;
    return this.#stored[sequence - 1];
  }

  async *range(from: OutputSequence, to: OutputSequence): AsyncGenerator<StoredOutput, void, void> {
    await this.#away?.promise;
    for (const message of this.#stored.slice(Math.max(0, from - 1), to)) if (message !== undefined) yield message;
  }

  /** Publishes made so far, whatever became of them. */
  get published(): number {
    return this.#published;
  }

  /** Everything stored and not deleted, in order. */
  get messages(): readonly StoredOutput[] {
    return this.#stored.filter((message) => message !== undefined);
  }

  /** Adds a fault for the n-th publish of this object's life. */
  fail(nth: number, fault: OutputFault): void {
    this.#faults.set(nth, fault);
  }

  /** The broker cannot be reached until comeBack(): publishes are busy, everything else waits. */
  goAway(): void {
    this.#away ??= Promise.withResolvers<void>();
  }

  comeBack(): void {
    this.forgetLink();
    this.#away?.resolve();
    this.#away = undefined;
  }

  /** No room for anything more, until makeRoom(). */
  fill(): void {
    this.#full = true;
  }

  makeRoom(): void {
    this.#full = false;
  }

  /** Comes back with `last` as its end, as a broker does whose machine lost power before its disk had the rest. */
  loseTail(last: OutputSequence): void {
    this.#stored.length = Math.min(this.#stored.length, last);
    this.forgetLink();
  }

  /** What a server does that starts again a while after the last message: it keeps links in memory alone. */
  forgetLink(): void {
    this.#lastLink = undefined;
  }

  /** Deletes one message, as a limit or an operator would. */
  remove(sequence: OutputSequence): void {
    if (this.#stored[sequence - 1] !== undefined) this.#stored[sequence - 1] = undefined;
  }

  /** Another writer stores a message past ours. */
  intrude(message: OutputMessage): OutputSequence {
    const sequence = outputSequence(this.#stored.length + 1);
    this.#stored.push({ ...message, sequence });
    this.forgetLink();
    return sequence;
  }
}

export class MemoryDeadLetters implements DeadLetterSink {
  readonly letters: DeadLetter[] = [];

  async put(letters: readonly DeadLetter[]): Promise<void> {
    this.letters.push(...letters);
  }
}
