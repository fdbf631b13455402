// The outbox: takes effects in log order and sees to it that the output stream holds each of them once, in that order,
// whatever happens to publishes, to the broker or to this process. It begins with an epoch record, holds back what an
// earlier start has already sent, and sends the rest down the chain. Invariant: `acked` covers a position only if every
// effect of positions up to it is stored. What is not here: the state of the chain (outbox-chain.ts), what was sent before
// (outbox-start.ts, outbox-history.ts), and what the effects say.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { compareIdentity, type Effect, type EffectIdentity, formatIdentity } from "../model/effect.ts";
import { type EpochMs, type OutputSequence, outputSequence, type Position, position } from "../model/ids.ts";
import type { OutputMessage, OutputStream } from "../model/output.ts";
import { CHAIN_LIMITS, type ChainLimits, OutputChain } from "./outbox-chain.ts";
import { effectMessage, epochIdentity, epochMessage } from "./outbox-epoch.ts";
import { OutputHistory } from "./outbox-history.ts";
import { GrowingPause } from "./outbox-pause.ts";
import { type OutputMark, type Taken, takeOver, type UnreadablePolicy } from "./outbox-start.ts";

/** What a checkpoint keeps of the output: as of `position`, and so what to open the next outbox from. */
export interface AckedOutput extends OutputMark {
  /** Every effect of positions up to this one is stored. */
  readonly position: Position;
  readonly stream: string;
  readonly createdMs: EpochMs;
}

export interface OutboxOptions {
  readonly output: OutputStream;
  readonly shard: string;
  /** From the checkpoint; `{ identity: null, sequence: 0 }` without one. */
  readonly from: Pick<AckedOutput, "identity" | "sequence"> & Partial<AckedOutput>;
  /** Version of this engine. */
  readonly engine: string;
  readonly signal: AbortSignal;
  /** ISO 8601; only written into the epoch record. */
  readonly startedAt: string;
  readonly unreadable?: UnreadablePolicy;
  /** Last position of the log at this start: with "assume-sent" nothing caused by a later one is assumed as sent. */
  readonly logLast?: Position;
  /** false where the state could not be rebuilt from all of the log: differences are then counted and do not stop. */
  readonly strict?: boolean;
  readonly limits?: Partial<ChainLimits>;
}

export interface OutboxStats {
  /** Sequence of the last message that is stored with all before it, and the position covered by that. */
  readonly acked: OutputSequence;
  readonly ackedPosition: Position;
  readonly published: number;
  readonly inFlight: number;
  readonly heldBack: number;
  readonly differences: number;
  readonly retries: number;
  /** What the outbox is struggling with right now; null while all is well. */
  readonly trouble: string | null;
}

/** Up to `position` everything is stored once the chain is acknowledged up to `output.sequence`. */
interface Milestone {
  readonly position: Position;
  readonly output: OutputMark;
}

interface Asker {
  readonly position: Position;
  readonly resolve: (milestone: Milestone) => void;
  readonly reject: (error: unknown) => void;
}

export class Outbox {
  readonly #shard: string;
  readonly #engine: string;
  readonly #startedAt: string;
  readonly #taken: Taken;
  readonly #history: OutputHistory;
  readonly #chain: OutputChain;
  readonly #startRetries: number;
  #covered: Milestone;
  #milestones: Milestone[] = [];
  #askers: Asker[] = [];
  #upTo: Position;
  #previous: EffectIdentity | null = null;
  /** Last effect in the chain, sent or on its way. */
  #last: string | null;
  #published = 0;
  #assumptionSettled = false;
  #turn: Promise<void> = Promise.resolve();

  /** Reads what the stream holds and takes it over with an epoch record. Throws OUTPUT_DIFFERS and OUTPUT_UNREADABLE. */
  static async open(options: OutboxOptions): Promise<Outbox> {
    const limits = { ...CHAIN_LIMITS, ...options.limits };
    const owner = newOwner();
    const from: OutputMark = { identity: options.from.identity, sequence: options.from.sequence, engine: options.from.engine ?? null };
    const { output, shard, engine, signal, startedAt, unreadable = "stop", logLast, strict = true } = options;
    const pause = new GrowingPause(limits.pauseMs, limits.longestPauseMs);
    const taken = await takeOver({ output, shard, from, createdMs: options.from.createdMs, unreadable, logLast, owner, engine, startedAt, pause, signal });
    const { stream, createdMs, sequence, last, assumed } = taken;
    const to = outputSequence(sequence - 1);
    const history = new OutputHistory({ output, stream, shard, engine, strict, from, to, last, assumed, pause, signal });
    const chain = new OutputChain(output, { stream, createdMs, sequence, identity: epochIdentity(owner), owner }, limits, signal);
    return new Outbox(options, taken, history, chain, from);
  }

  private constructor(options: OutboxOptions, taken: Taken, history: OutputHistory, chain: OutputChain, from: OutputMark) {
    this.#shard = options.shard;
    this.#engine = options.engine;
    this.#startedAt = options.startedAt;
    this.#taken = taken;
    this.#history = history;
    this.#chain = chain;
    this.#startRetries = taken.retries;
    this.#last = taken.lastText;
    this.#upTo = options.from.position ?? position(0);
    this.#covered = { position: this.#upTo, output: from };
    chain.failed.catch((error: unknown) => this.#rejectAskers(error));
    options.signal.addEventListener("abort", () => this.#rejectAskers(options.signal.reason), { once: true });
  }

  /**
   * Takes the effects that follow, in the order of their identities; after this call all effects of positions up to `upTo`
   * have been given (and perhaps some of later ones). Resolves when everything has found room in the window; whoever awaits it before the next call keeps
   * memory bounded. Bodies must not change until they are acknowledged.
   */
  append(effects: readonly Effect[], upTo: Position): Promise<void> {
    const run = this.#turn.then(() => this.#append(effects, upTo));
    this.#turn = run.catch(() => {});
    return run;
  }

  /** Resolves when all effects of positions up to this one are stored, with what a checkpoint of it has to remember. */
  async whenAcked(upTo: Position): Promise<AckedOutput> {
    const milestone = this.#milestoneOf(upTo) ?? (await this.#futureMilestone(upTo));
    await this.#chain.whenStored(milestone.output.sequence);
    return this.#describe(milestone);
  }

  get acked(): AckedOutput {
    this.#advance();
    return this.#describe(this.#covered);
  }

  /** Position of the log that the last effect came from which the stream held at this start; 0 where it held none. */
  get sentUpTo(): Position {
    return this.#taken.last?.position ?? position(0);
  }

  /** Rejects when the outbox fails for good; stays pending when the signal ends it. */
  get failed(): Promise<never> {
    return this.#chain.failed;
  }

  get stats(): OutboxStats {
    const { heldBack, differences } = this.#history;
    const { acked, inFlight, trouble } = this.#chain;
    return {
      acked,
      ackedPosition: this.acked.position,
      published: this.#published,
      inFlight,
      heldBack,
      differences,
      retries: this.#startRetries + this.#chain.retries,
      trouble,
    };
  }

  async #append(effects: readonly Effect[], upTo: Position): Promise<void> {
    try {
      this.#mustFollow(effects, upTo);
      const held = this.#history.done ? 0 : await this.#history.holdBack(effects, upTo);
      this.#settleAssumption();
      this.#send(held === 0 ? effects : effects.slice(held));
      if (!this.#history.assuming) this.#mark(upTo);
    } catch (error) {
      this.#chain.fail(error);
      throw error;
    }
    await this.#chain.whenSent();
  }

  #mustFollow(effects: readonly Effect[], upTo: Position): void {
    assert(upTo >= this.#upTo, `positions go forward: ${upTo} after ${this.#upTo}`);
    for (const effect of effects) {
      const inOrder = effect.position > this.#upTo && (this.#previous === null || compareIdentity(this.#previous, effect) < 0);
      assert(inOrder, `effects come in order: ${formatIdentity(this.#shard, effect)}`);
      this.#previous = effect;
    }
    this.#upTo = upTo;
  }

  /** Once it is known which effects were assumed as sent, an epoch record says so for every later start. */
  #settleAssumption(): void {
    const last = this.#history.done ? this.#history.lastAssumed : null;
    if (last === null || this.#assumptionSettled) return;
    this.#assumptionSettled = true;
    this.#last = last;
    this.#chain.append([epochMessage(this.#shard, { last, owner: newOwner(), engine: this.#engine, startedAt: this.#startedAt })]);
  }

  #send(effects: readonly Effect[]): void {
    if (effects.length === 0) return;
    const messages: OutputMessage[] = effects.map((effect) => effectMessage(this.#shard, effect));
    this.#last = messages.at(-1)?.identity ?? this.#last;
    this.#published += messages.length;
    this.#chain.append(messages);
  }

  #mark(upTo: Position): void {
    this.#advance();
    const output = this.#history.done ? { identity: this.#last, sequence: this.#chain.tail, engine: this.#engine } : this.#history.mark;
    const milestone = { position: upTo, output };
    // Positions without effects move the newest milestone instead of adding one: there are never more than messages on their way.
    if (this.#milestones.at(-1)?.output.sequence === output.sequence) this.#milestones.pop();
    this.#milestones.push(milestone);
    const reached = this.#askers.filter((asker) => asker.position <= upTo);
    this.#askers = this.#askers.filter((asker) => asker.position > upTo);
    for (const asker of reached) asker.resolve(milestone);
  }

  #advance(): void {
    let passed = 0;
    while ((this.#milestones[passed]?.output.sequence ?? Number.POSITIVE_INFINITY) <= this.#chain.acked) passed++;
    if (passed === 0) return;
    this.#covered = this.#milestones[passed - 1] ?? this.#covered;
    this.#milestones = this.#milestones.slice(passed);
  }

  #milestoneOf(upTo: Position): Milestone | undefined {
    this.#advance();
    return this.#covered.position >= upTo ? this.#covered : this.#milestones.find((milestone) => milestone.position >= upTo);
  }

  #futureMilestone(upTo: Position): Promise<Milestone> {
    this.#chain.mustRun();
    return new Promise((resolve, reject) => this.#askers.push({ position: upTo, resolve, reject }));
  }

  #rejectAskers(error: unknown): void {
    for (const asker of this.#askers.splice(0)) asker.reject(error);
  }

  #describe({ position, output }: Milestone): AckedOutput {
    return { position, ...output, stream: this.#taken.stream, createdMs: this.#taken.createdMs };
  }
}

const newOwner = (): string => randomBytes(12).toString("hex");
