// An output stream on which things go wrong as they do between a client and a broker. The stream itself is honest: it
// stores what fits its chain, in the order in which publishes reach it. What is broken is the way there and back, as the
// plan of a test (or a seed) says. Auditors read `messages` directly, so no fault can hide anything from them.

import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { TidemarkError } from "../../src/model/errors.ts";
import { type EpochMs, epochMs, type OutputSequence, outputSequence } from "../../src/model/ids.ts";
import type { OutputLink, OutputMessage, OutputState, OutputStream, PublishOutcome, StoredOutput } from "../../src/model/output.ts";

/**
 * What happens to one publish.
 * - ok: stored if it fits, answered. slow: the same, answered after later ones.
 * - lost: never arrives. ack lost: stored, but the answer does not arrive. late: reported as unknown, arrives afterwards.
 * - busy: not taken now. mute: stored, and after a long time reported as unknown. cut: as lost, and the connection is gone until ready().
 *   wrong ack: not stored, but answered as if it were, in another place.
 */
export type Fate = "ok" | "slow" | "lost" | "ack lost" | "late" | "busy" | "mute" | "cut" | "wrong ack";

export class BrokenOutput implements OutputStream {
  readonly messages: (StoredOutput | undefined)[] = [];
  createdMs: EpochMs = epochMs(1000);
  publishes = 0;
  muteMs = 8;
  /** Largest number of publishes that were out at once. */
  mostOut = 0;
  /** Fate of the n-th publish, from 0. */
  fate: (n: number) => Fate = () => "ok";
  /** Whether the n-th call of state, get or range fails. */
  readFails: (n: number) => boolean = () => false;
  #reads = 0;
  #out = 0;
  #connected = true;
  /** Whether it looks at links at all; a cluster is not asked to. */
  linked = true;
  #late: { readonly message: OutputMessage; readonly expectedLast: OutputSequence; readonly link: OutputLink | undefined }[] = [];
  #lastLink: string | undefined;

  async publish(message: OutputMessage, expectedLast: OutputSequence, link?: OutputLink): Promise<PublishOutcome> {
    const fate = this.#connected ? this.fate(this.publishes++) : "lost";
    this.mostOut = Math.max(this.mostOut, ++this.#out);
    const outcome = this.#meet(fate, message, expectedLast, link);
    if (fate === "mute") return this.#afterLong(outcome);
    for (let turns = fate === "slow" ? 4 : 1; turns > 0; turns--) await nextTurn();
    this.#out--;
    return outcome;
  }

  async #afterLong(outcome: PublishOutcome): Promise<PublishOutcome> {
    await sleep(this.muteMs);
    this.#out--;
    return outcome.kind === "stored" ? { kind: "unknown", reason: "timeout" } : outcome;
  }

  #meet(fate: Fate, message: OutputMessage, expectedLast: OutputSequence, link: OutputLink | undefined): PublishOutcome {
    switch (fate) {
      case "ok":
      case "slow":
      case "mute":
        return this.store(message, expectedLast, link);
      case "lost":
        return { kind: "unknown", reason: "timeout" };
      case "cut":
        this.#connected = false;
        return { kind: "unknown", reason: "disconnected" };
      case "ack lost":
        this.store(message, expectedLast, link);
        return { kind: "unknown", reason: "timeout" };
      case "wrong ack":
        return { kind: "stored", sequence: outputSequence(expectedLast + 7) };
      case "late":
        this.#late.push({ message, expectedLast, link });
        return { kind: "unknown", reason: "timeout" };
      case "busy":
        return { kind: "busy", reason: "insufficient resources" };
    }
  }

  store(message: OutputMessage, expectedLast: OutputSequence, link?: OutputLink): PublishOutcome {
    if (expectedLast !== this.messages.length) return { kind: "refused" };
    if (this.linked && link?.after !== undefined && link.after !== this.#lastLink) return { kind: "refused" };
    this.#lastLink = link?.name;
    this.messages.push({ ...message, body: message.body.slice(), sequence: outputSequence(this.messages.length + 1) });
    return { kind: "stored", sequence: outputSequence(this.messages.length) };
  }

  /** What was held up on the way arrives now. */
  deliverLate(): void {
    for (const { message, expectedLast, link } of this.#late.splice(0)) this.store(message, expectedLast, link);
  }

  /** As a server that starts again: links are in its memory alone. */
  forgetLink(): void {
    this.#lastLink = undefined;
  }

  async state(): Promise<OutputState> {
    this.#mayFail();
    await nextTurn();
    const first = this.messages.findIndex((message) => message !== undefined);
    return {
      stream: "TIDEMARK_OUT_t",
      createdMs: this.createdMs,
      first: outputSequence((first < 0 ? this.messages.length : first) + 1),
      last: outputSequence(this.messages.length),
    };
  }

  async ready(signal: AbortSignal): Promise<void> {
    await nextTurn();
    signal.throwIfAborted();
    this.#connected = true;
  }

  async get(sequence: OutputSequence): Promise<StoredOutput | undefined> {
    this.#mayFail();
    await nextTurn();
    return this.messages[sequence - 1];
  }

  async *range(from: OutputSequence, to: OutputSequence): AsyncGenerator<StoredOutput> {
    for (let sequence = from; sequence <= to; sequence++) {
      this.#mayFail();
      const message = this.messages[sequence - 1];
      if (message !== undefined) yield message;
    }
  }

  #mayFail(): void {
    if (!this.#connected || this.readFails(this.#reads++)) throw new TidemarkError("BROKER_UNREACHABLE", "The broker does not answer.");
  }
}
