// The chain: sends messages to the output stream one behind the other, many at a time, and survives everything that can
// happen to a publish on its way. Each publish names the sequence it must follow, so a message is stored at its own
// sequence or not at all; and it is stored only behind the message of this very chain that comes before it, so once another
// owner has written, nothing of this one is stored any more, however long it was on its way. Invariant: the sequence of a
// message is fixed when it is appended and never changes; two copies of it (a late one and one sent again) are therefore the
// same message, and at most one of them can be stored.
// What is not here: identities of effects, what was sent before this start, and positions of the log.

import assert from "node:assert/strict";
import { TidemarkError } from "../model/errors.ts";
import { type OutputSequence, outputSequence } from "../model/ids.ts";
import type { OutputLink, OutputMessage, OutputState, OutputStream, PublishOutcome } from "../model/output.ts";
import { linkAt } from "./outbox-epoch.ts";
import { canRetry, explain, GrowingPause } from "./outbox-pause.ts";

export interface ChainLimits {
  /** Messages sent and not yet acknowledged; at the limit nothing is sent and `append` waits. */
  readonly messages: number;
  /** The same in bytes of bodies. A larger message travels alone. */
  readonly bytes: number;
  /** How long to wait for the answers that are still out after a publish failed; then the stream is asked instead. */
  readonly settleMs: number;
  /** First and longest pause before the broker is asked again without progress. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
}

export const CHAIN_LIMITS: ChainLimits = { messages: 4096, bytes: 8 * 1024 * 1024, settleMs: 30_000, pauseMs: 20, longestPauseMs: 5_000 };

export interface ChainStart {
  readonly stream: string;
  readonly createdMs: number;
  /** Sequence and identity of the message to go on after: this start's epoch record. */
  readonly sequence: OutputSequence;
  readonly identity: string;
  /** Who writes: links are named after it. */
  readonly owner: string;
}

/**
 * The states, in the order of a bad day.
 * - sending: messages leave as the window allows, the first after a lull alone. The first answer that is not "stored, where expected" is the only one
 *   looked at: whatever was sent after it is refused as well, because the chain is broken there.
 * - settling: nothing is sent. The answers that are out come in, or are given up after `settleMs`.
 * - reading: the broker is reachable again (`ready`) and the stream itself says what it holds. Ours in an unbroken row: go
 *   on behind it (sending). A message there that is not ours: somebody else owns the chain (ended). The broker fails
 *   meanwhile: a pause, and once more.
 * - ended: for good, by an error or by the signal. Everyone who waits is told.
 */
type ChainState =
  | { readonly kind: "sending" }
  | { readonly kind: "settling" }
  | { readonly kind: "reading" }
  | { readonly kind: "ended"; readonly error: unknown };

interface Entry {
  readonly message: OutputMessage;
  readonly sequence: OutputSequence;
  stored: boolean;
}

interface Waiter {
  readonly until: "sent" | "stored";
  readonly sequence: OutputSequence;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class OutputChain {
  /** Rejects with the error that ended the chain; stays pending when the signal ended it. */
  readonly failed: Promise<never>;
  /** Times that the stream had to be asked what it holds. */
  retries = 0;
  /** What the last trouble was, for a person; null after progress. */
  trouble: string | null = null;

  readonly #output: OutputStream;
  readonly #start: ChainStart;
  readonly #limits: ChainLimits;
  readonly #signal: AbortSignal;
  readonly #pause: GrowingPause;
  #reportFailure: (error: unknown) => void = () => {};
  #state: ChainState = { kind: "sending" };
  /** Entries from #head on are not acknowledged; those before #next are on their way. */
  #entries: Entry[] = [];
  #head = 0;
  #next = 0;
  #bytesOut = 0;
  #acked: { readonly sequence: OutputSequence; readonly identity: string };
  #everSent: OutputSequence;
  /** Answers to sends of an earlier attempt no longer say anything about the chain, except that a message is stored. */
  #attempt = 0;
  #outstanding = 0;
  /** Whether the broker has taken a message of ours since the chain was last idle. */
  #open = false;
  /** Acknowledged end at the last stumble. */
  #stumbledAt: OutputSequence | null = null;
  #allSettled: () => void = () => {};
  #waiters: Waiter[] = [];

  constructor(output: OutputStream, start: ChainStart, limits: ChainLimits, signal: AbortSignal) {
    this.#output = output;
    this.#start = start;
    this.#limits = limits;
    this.#signal = signal;
    this.#pause = new GrowingPause(limits.pauseMs, limits.longestPauseMs);
    this.#acked = start;
    this.#everSent = start.sequence;
    this.failed = new Promise<never>((_, reject) => {
      this.#reportFailure = reject;
    });
    this.failed.catch(() => {});
    if (signal.aborted) this.#enter({ kind: "ended", error: signal.reason });
    else signal.addEventListener("abort", () => this.#enter({ kind: "ended", error: signal.reason }), { once: true });
  }

  /** Sequence of the last message that is stored, with everything before it. */
  get acked(): OutputSequence {
    return this.#acked.sequence;
  }

  /** Sequence that the last message appended has or will have. */
  get tail(): OutputSequence {
    return this.#entries.at(-1)?.sequence ?? this.#acked.sequence;
  }

  get inFlight(): number {
    return this.#next - this.#head;
  }

  /** Ends the chain for a reason of its owner's. */
  fail(error: unknown): void {
    this.#enter({ kind: "ended", error });
  }

  /** Throws what ended the chain, if it has ended. */
  mustRun(): void {
    if (this.#state.kind === "ended") throw this.#state.error;
  }

  /** Takes messages into the chain. The caller waits for `whenSent` before it appends more: that is what bounds memory. */
  append(messages: readonly OutputMessage[]): void {
    this.mustRun();
    for (const message of messages) this.#entries.push({ message, sequence: outputSequence(this.tail + 1), stored: false });
    this.#pump();
  }

  /** Resolves when everything appended so far has found room in the window. */
  whenSent(): Promise<void> {
    return this.#when("sent", this.tail);
  }

  whenStored(sequence: OutputSequence): Promise<void> {
    return this.#when("stored", sequence);
  }

  #when(until: Waiter["until"], sequence: OutputSequence): Promise<void> {
    if (this.#reached(until) >= sequence) return Promise.resolve();
    if (this.#state.kind === "ended") return Promise.reject(this.#state.error);
    return new Promise((resolve, reject) => this.#waiters.push({ until, sequence, resolve, reject }));
  }

  #reached(until: Waiter["until"]): OutputSequence {
    return until === "sent" ? this.#everSent : this.#acked.sequence;
  }

  #wake(): void {
    if (this.#waiters.length === 0) return;
    const due = this.#waiters.filter((waiter) => this.#reached(waiter.until) >= waiter.sequence);
    if (due.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !due.includes(waiter));
    for (const waiter of due) waiter.resolve();
  }

  /** The only place where the state changes. Nothing leads out of `ended`. */
  #enter(state: ChainState): void {
    if (this.#state.kind === "ended") return;
    this.#state = state;
    if (state.kind === "sending") this.#pump();
    if (state.kind !== "ended") return;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(state.error);
    this.#allSettled();
    if (!this.#signal.aborted) this.#reportFailure(state.error);
  }

  #pump(): void {
    while (this.#state.kind === "sending") {
      const entry = this.#entries[this.#next];
      if (entry === undefined || !this.#hasRoomFor(entry)) break;
      this.#send(entry);
    }
    if (this.inFlight === 0) this.#open = false;
    this.#wake();
  }

  /**
   * After a lull the first message travels alone, and asks for its sequence only: what stands there is acknowledged and so our own,
   * but a broker that has started again meanwhile no longer knows the name of its link. Every other asks for the link before it,
   * which is on its way too. Where links are not asked for (a cluster), travelling alone is what keeps a whole window from following
   * another's epoch record; what is left there is a window already on the wire when another engine takes over.
   */
  #hasRoomFor(entry: Entry): boolean {
    const out = this.inFlight;
    if (out === 0) return true;
    return this.#open && out < this.#limits.messages && this.#bytesOut + entry.message.body.length <= this.#limits.bytes;
  }

  #send(entry: Entry): void {
    const attempt = this.#attempt;
    const link = this.#linkOf(entry);
    this.#next++;
    this.#outstanding++;
    this.#bytesOut += entry.message.body.length;
    if (entry.sequence > this.#everSent) this.#everSent = entry.sequence;
    void this.#output.publish(entry.message, outputSequence(entry.sequence - 1), link).then((outcome) => this.#settle(entry, attempt, outcome));
  }

  #linkOf({ sequence }: Entry): OutputLink {
    const { owner } = this.#start;
    const name = linkAt(owner, sequence);
    return this.inFlight === 0 ? { name } : { name, after: linkAt(owner, outputSequence(sequence - 1)) };
  }

  #settle(entry: Entry, attempt: number, outcome: PublishOutcome): void {
    if (this.#state.kind === "ended") return;
    const good = outcome.kind === "stored" && outcome.sequence === entry.sequence;
    if (good) {
      entry.stored = true;
      this.#advance();
    }
    if (attempt === this.#attempt) {
      this.#outstanding--;
      if (!good && this.#state.kind === "sending") this.#stumble(entry, outcome);
      else if (this.#outstanding === 0) this.#allSettled();
    }
    this.#pump();
  }

  /** Moves the acknowledged end over every entry that is stored, without leaving one out. */
  #advance(): void {
    let entry = this.#entries[this.#head];
    while (entry?.stored === true) {
      if (this.#head < this.#next) this.#bytesOut -= entry.message.body.length;
      this.#head++;
      this.#next = Math.max(this.#next, this.#head);
      this.#acked = { sequence: entry.sequence, identity: entry.message.identity };
      this.#open = true;
      this.trouble = null;
      this.#pause.reset();
      entry = this.#entries[this.#head];
    }
    if (this.#head === this.#entries.length || this.#head >= 1024) this.#forgetAcked();
  }

  #forgetAcked(): void {
    this.#entries = this.#entries.slice(this.#head);
    this.#next -= this.#head;
    this.#head = 0;
  }

  #stumble(entry: Entry, outcome: PublishOutcome): void {
    this.retries++;
    this.#enter({ kind: "settling" });
    this.trouble = `${entry.message.identity}: ${describeOutcome(outcome)}`;
    void this.#recover(outcome.kind === "busy").catch((error: unknown) => this.#enter({ kind: "ended", error }));
  }

  async #recover(busy: boolean): Promise<void> {
    await this.#whenAllSettled();
    this.#enter({ kind: "reading" });
    // Without progress since the last stumble the broker is not asked in a tight loop, whatever it said.
    let pauseFirst = busy || this.#acked.sequence === this.#stumbledAt;
    this.#stumbledAt = this.#acked.sequence;
    while (!this.#signal.aborted) {
      if (pauseFirst) await this.#pause.wait(this.#signal);
      try {
        await this.#output.ready(this.#signal);
        this.#resume(await this.#readBack());
        return;
      } catch (error) {
        if (this.#signal.aborted || !canRetry(error)) throw error;
        this.retries++;
        this.trouble = explain(error);
        pauseFirst = true;
      }
    }
  }

  #whenAllSettled(): Promise<void> {
    if (this.#outstanding === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#limits.settleMs);
      this.#allSettled = () => {
        clearTimeout(timer);
        this.#allSettled = () => {};
        resolve();
      };
    });
  }

  /**
   * Asks the stream how far it goes, and checks that every message behind the acknowledged end is ours and in its place.
   * Looking at the last message alone would not do: another owner's epoch record can stand in the middle, with what we had
   * already sent accepted behind it, since the sequences happen to fit.
   */
  async #readBack(): Promise<OutputSequence> {
    const state = await this.#output.state();
    const from = this.#acked;
    this.#mustStillHold(state, from.sequence);
    if (state.last > this.#everSent) {
      const foreign = await this.#output.get(outputSequence(this.#everSent + 1));
      throw ownerLost(state.stream, outputSequence(this.#everSent + 1), foreign?.identity);
    }
    for await (const held of this.#output.range(from.sequence, state.last)) {
      if (held.sequence < this.#acked.sequence) continue;
      if (held.identity !== this.#identityAt(held.sequence)) throw ownerLost(state.stream, held.sequence, held.identity);
    }
    return state.last;
  }

  #mustStillHold(state: OutputState, sequence: OutputSequence): void {
    if (state.createdMs !== this.#start.createdMs)
      throw new TidemarkError("OUTPUT_DIFFERS", `The stream ${state.stream} was deleted and made anew while this engine was writing to it.`);
    if (state.last < sequence)
      throw new TidemarkError(
        "OUTPUT_DIFFERS",
        `The stream ${state.stream} ends at ${state.last}, but it acknowledged ${sequence}: the broker has lost what it had stored.`,
      );
  }

  #identityAt(sequence: OutputSequence): string {
    if (sequence === this.#acked.sequence) return this.#acked.identity;
    const entry = this.#entries[this.#head + sequence - this.#acked.sequence - 1];
    assert(entry?.sequence === sequence, "the entries of the chain are consecutive");
    return entry.message.identity;
  }

  #resume(last: OutputSequence): void {
    for (let i = this.#head; i < this.#entries.length; i++) {
      const entry = this.#entries[i];
      if (entry === undefined || entry.sequence > last) break;
      entry.stored = true;
    }
    this.#advance();
    this.#attempt++;
    this.#outstanding = 0;
    this.#next = this.#head;
    this.#bytesOut = 0;
    this.#open = false;
    this.#enter({ kind: "sending" });
  }
}

export function ownerLost(stream: string, sequence: OutputSequence, identity: string | undefined): TidemarkError {
  return new TidemarkError("OWNER_LOST", `At sequence ${sequence} the stream ${stream} holds ${identity ?? "a message"}, which this engine did not write.`);
}

export function describeOutcome(outcome: PublishOutcome): string {
  switch (outcome.kind) {
    case "stored":
      return `stored at ${outcome.sequence}, which is not where it belongs`;
    case "refused":
      return "refused: the stream does not end where it should";
    case "unknown":
    case "busy":
      return outcome.reason;
  }
}
