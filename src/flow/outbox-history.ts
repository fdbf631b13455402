// What was sent before this start. After a restart the engine computes again what the output stream already holds; this
// part holds those effects back and compares each with the stored one, read along as the replay goes. Invariant: an effect
// is held back exactly if it is not after the last one ever written (or is one of those assumed as sent). Where this
// version of the engine wrote the stored one, they must be the same; where another did, differences are only counted.
// What is not here: sending.

import { createHash } from "node:crypto";
import { compareIdentity, type Effect, type EffectIdentity, formatIdentity, parseIdentity } from "../model/effect.ts";
import { TidemarkError } from "../model/errors.ts";
import { type OutputSequence, outputSequence, type Position } from "../model/ids.ts";
import type { OutputMessage, OutputStream, StoredOutput } from "../model/output.ts";
import { readWritten } from "./outbox-epoch.ts";
import { canRetry, type GrowingPause } from "./outbox-pause.ts";
import type { Assumed, OutputMark } from "./outbox-start.ts";

export interface HistoryStart {
  readonly output: OutputStream;
  readonly stream: string;
  readonly shard: string;
  readonly engine: string;
  /** false: differences are counted even where this version wrote. */
  readonly strict: boolean;
  /** Effects up to here are part of the restored state; they are held back unseen. */
  readonly from: OutputMark;
  /** What stands in (from.sequence, to] was written before this start. */
  readonly to: OutputSequence;
  /** The last effect among it. */
  readonly last: EffectIdentity | null;
  readonly assumed: Assumed | null;
  readonly pause: GrowingPause;
  readonly signal: AbortSignal;
}

interface StoredEffect {
  readonly message: StoredOutput;
  readonly text: string;
  readonly identity: EffectIdentity;
}

export class OutputHistory {
  heldBack = 0;
  differences = 0;
  /** true once no effect can follow that was sent before. */
  done = false;
  /** The last of the effects that were assumed as sent. */
  lastAssumed: string | null = null;

  readonly #start: HistoryStart;
  readonly #restored: EffectIdentity | undefined;
  #assumedLeft: number;
  #messages: AsyncIterator<StoredOutput> | undefined;
  /** Last sequence read, and the last one that a regenerated effect has passed. */
  #read: OutputSequence;
  #passed: OutputMark;
  #ahead: StoredEffect | undefined;
  /** Who wrote #ahead; null where an epoch record may be missing from view. */
  #writer: string | null;
  /** Whether something is gone from the stream since the last message passed. */
  #gap = false;

  constructor(start: HistoryStart) {
    this.#start = start;
    this.#restored = start.from.identity === null ? undefined : parseIdentity(start.from.identity);
    this.#assumedLeft = start.assumed?.count ?? 0;
    this.#read = start.from.sequence;
    this.#passed = start.from;
    this.#writer = start.from.engine;
    this.done = start.last === null && this.#assumedLeft === 0;
  }

  /** How far the replay has come in the stream: a checkpoint taken now goes on from here. */
  get mark(): OutputMark {
    return this.#passed;
  }

  /** true while it is not settled which effects count as sent: a checkpoint must not step over that. */
  get assuming(): boolean {
    return !this.done && this.lastAssumed !== null;
  }

  /** How many effects from the front were sent before. `upTo`: all effects of positions up to it have been given. */
  async holdBack(effects: readonly Effect[], upTo: Position): Promise<number> {
    let held = 0;
    for (const effect of effects) {
      if (this.done) break;
      if (await this.#wasSent(effect)) held++;
      else await this.#finish();
    }
    this.heldBack += held;
    if (!this.done && this.#isPast(upTo)) await this.#finish();
    return held;
  }

  async #wasSent(effect: Effect): Promise<boolean> {
    const { last } = this.#start;
    if (this.#restored !== undefined && compareIdentity(effect, this.#restored) <= 0) return true;
    if (last !== null && compareIdentity(effect, last) <= 0) {
      await this.#compare(effect);
      return true;
    }
    return this.#assume(effect);
  }

  #assume(effect: Effect): boolean {
    const upTo = this.#start.assumed?.upTo ?? Number.POSITIVE_INFINITY;
    if (this.#assumedLeft === 0 || effect.position > upTo) return false;
    this.#assumedLeft--;
    this.lastAssumed = formatIdentity(this.#start.shard, effect);
    return true;
  }

  #isPast(upTo: Position): boolean {
    const { last, assumed } = this.#start;
    if (last !== null && upTo < last.position) return false;
    return this.#assumedLeft === 0 || upTo >= (assumed?.upTo ?? Number.POSITIVE_INFINITY);
  }

  /** Whatever the stream still holds was not computed again. */
  async #finish(): Promise<void> {
    for (let stored = await this.#peek(); stored !== undefined; stored = await this.#peek()) this.#notRegenerated(stored);
    this.done = true;
    await this.#close();
  }

  /** Walks the stored effects and the regenerated ones side by side, both in the order of their identities. */
  async #compare(effect: Effect): Promise<void> {
    for (;;) {
      const stored = await this.#peek();
      const order = stored === undefined ? 1 : compareIdentity(stored.identity, effect);
      if (stored === undefined || order > 0) return this.#notStored(effect);
      if (order < 0) {
        this.#notRegenerated(stored);
        continue;
      }
      if (!sameContent(stored.message, effect))
        this.#differ(this.#writer, `${stored.text} is stored with ${contentHash(stored.message)} and was computed again with ${contentHash(effect)}`);
      return this.#pass(stored);
    }
  }

  #notRegenerated(stored: StoredEffect): void {
    this.#differ(this.#writer, `${stored.text} is stored with ${contentHash(stored.message)} and was not computed again`);
    this.#pass(stored);
  }

  #notStored(effect: Effect): void {
    if (this.#gap) return;
    this.#differ(
      this.#writer,
      `${formatIdentity(this.#start.shard, effect)} was computed again with ${contentHash(effect)} and is not stored, though later ones are`,
    );
  }

  #differ(writer: string | null, what: string): void {
    const { stream, strict, engine } = this.#start;
    if (strict && writer === engine) throw new TidemarkError("OUTPUT_DIFFERS", `The stream ${stream} is not what the log gives: ${what}.`);
    this.differences++;
  }

  #pass(stored: StoredEffect): void {
    this.#passed = { identity: stored.text, sequence: stored.message.sequence, engine: this.#writer };
    this.#ahead = undefined;
    this.#gap = false;
  }

  /** The next stored effect. Epoch records are read on the way; what cannot be read counts as gone. */
  async #peek(): Promise<StoredEffect | undefined> {
    while (this.#ahead === undefined) {
      const message = await this.#fetch();
      if (message === undefined) return undefined;
      const written = readWritten(this.#start.shard, message);
      switch (written.kind) {
        case "effect":
          this.#ahead = { message, text: written.text, identity: written.identity };
          break;
        case "epoch":
          this.#writer = written.record.engine;
          break;
        case "unreadable":
          this.#missing();
          break;
      }
    }
    return this.#ahead;
  }

  /** An epoch record may be among what is gone, so from here on nobody knows who wrote. */
  #missing(): void {
    this.#gap = true;
    this.#writer = null;
  }

  async #fetch(): Promise<StoredOutput | undefined> {
    const { to } = this.#start;
    if (this.#read >= to) return undefined;
    const message = await this.#fetchOrRetry();
    const sequence = message?.sequence ?? outputSequence(to + 1);
    if (sequence > this.#read + 1) this.#missing();
    this.#read = message?.sequence ?? to;
    return message;
  }

  async #fetchOrRetry(): Promise<StoredOutput | undefined> {
    const { output, to, pause, signal } = this.#start;
    for (;;) {
      signal.throwIfAborted();
      try {
        this.#messages ??= output.range(outputSequence(this.#read + 1), to)[Symbol.asyncIterator]();
        const next = await this.#messages.next();
        pause.reset();
        return next.done === true ? undefined : next.value;
      } catch (error) {
        this.#messages = undefined;
        if (signal.aborted || !canRetry(error)) throw error;
        await pause.wait(signal);
        await output.ready(signal);
      }
    }
  }

  async #close(): Promise<void> {
    const messages = this.#messages;
    this.#messages = undefined;
    await messages?.return?.();
  }
}

type Content = Pick<OutputMessage, "subject" | "body">;

const sameContent = (a: Content, b: Content): boolean => a.subject === b.subject && Buffer.compare(a.body, b.body) === 0;

/** SHA-256 over subject and body, the first 16 digits: enough to tell two apart in a message. */
const contentHash = ({ subject, body }: Content): string =>
  `sha256:${createHash("sha256").update(subject).update("\n").update(body).digest("hex").slice(0, 16)}`;
