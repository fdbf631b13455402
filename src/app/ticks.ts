// Ticks: with the stored clock log time moves only when something is stored, so when a deadline is due and nothing comes, the
// engine stores a record without content whose timestamp moves it. It is written only when a deadline is due that the log has
// not moved past, and only by an engine that has caught up; one too many does no harm.

import type { Log } from "../model/log.ts";
import { logSubjects } from "../model/log.ts";

/** Grains between two ticks for one deadline, at most: a broker whose clock is an hour behind shall not fill its log with ticks. */
const MOST_GRAINS_APART = 10;
/** Longest wait that a timer of Node can be set to. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

export interface TickOptions {
  readonly log: Pick<Log, "append">;
  readonly shard: string;
  readonly grainMs: number;
  readonly now: () => number;
  /** Earliest deadline and log time, ms; Infinity while a tick would be too early to judge. */
  readonly due: () => { readonly deadlineMs: number; readonly logTimeMs: number };
  readonly failed: (error: unknown) => void;
}

export class Ticks {
  readonly #options: TickOptions;
  written = 0;
  /** Written again for a deadline that the log had not moved past by the tick before. */
  repeated = 0;
  #writtenFor = Number.NaN;
  #writtenAt = 0;
  #inARow = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing = false;
  #stopped = false;

  constructor(options: TickOptions) {
    this.#options = options;
  }

  /** To be called whenever the earliest deadline or log time may have moved. */
  arm(): void {
    if (this.#stopped || this.#writing) return;
    clearTimeout(this.#timer);
    const wait = this.#waitMs();
    if (Number.isFinite(wait)) this.#timer = setTimeout(() => void this.#tick(), Math.min(wait, LONGEST_WAIT_MS)).unref();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Until the deadline, until log time can pass a multiple of the grain, and until it is time to repeat a tick that was not enough. */
  #waitMs(): number {
    const { due, now, grainMs } = this.#options;
    const { deadlineMs, logTimeMs } = due();
    if (!Number.isFinite(deadlineMs)) return Number.POSITIVE_INFINITY;
    const nextStep = (Math.floor(logTimeMs / grainMs) + 1) * grainMs;
    return Math.max(0, Math.max(deadlineMs, nextStep) - now(), this.#restMs());
  }

  /** A tick is read, and arms the next, long before the clock of a broker that is behind has come to the deadline. */
  #restMs(): number {
    if (!this.#isRepeated) return 0;
    const apart = this.#options.grainMs * Math.min(MOST_GRAINS_APART, 1 + this.#inARow);
    return Math.min(apart, this.#writtenAt + apart - this.#options.now());
  }

  /** Whether the next tick is for a deadline that the last one was written for, and that the log has not moved past. */
  get #isRepeated(): boolean {
    const { deadlineMs, logTimeMs } = this.#options.due();
    return deadlineMs === this.#writtenFor && deadlineMs > logTimeMs;
  }

  async #tick(): Promise<void> {
    if (this.#stopped) return;
    if (this.#waitMs() > 0) return this.arm();
    this.#writing = true;
    this.#count();
    try {
      await this.#options.log.append(logSubjects(this.#options.shard).tick, new Uint8Array(0));
    } catch (error) {
      this.#options.failed(error);
    } finally {
      this.#writing = false;
    }
    // A broker whose clock is behind stores it too early: then log time has not passed the deadline, and it is tried again.
    if (!this.#stopped) this.#timer = setTimeout(() => this.arm(), this.#options.grainMs).unref();
  }

  #count(): void {
    this.written++;
    this.#inARow = this.#isRepeated ? this.#inARow + 1 : 0;
    if (this.#inARow > 0) this.repeated++;
    this.#writtenFor = this.#options.due().deadlineMs;
    this.#writtenAt = this.#options.now();
  }
}
