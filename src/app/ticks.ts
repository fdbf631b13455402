// Ticks: with the stored clock log time moves only when something is stored, so when a deadline is due and nothing comes, the
// engine stores a record without content whose timestamp moves it. It is written only when a deadline is due that the log has
// not moved past, and only by an engine that has caught up; one too many does no harm.

import type { Log } from "../model/log.ts";
import { logSubjects } from "../model/log.ts";

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

  /** Until the deadline, and until log time can pass a multiple of the grain. */
  #waitMs(): number {
    const { due, now, grainMs } = this.#options;
    const { deadlineMs, logTimeMs } = due();
    if (!Number.isFinite(deadlineMs)) return Number.POSITIVE_INFINITY;
    const nextStep = (Math.floor(logTimeMs / grainMs) + 1) * grainMs;
    return Math.max(0, Math.max(deadlineMs, nextStep) - now());
  }

  async #tick(): Promise<void> {
    if (this.#stopped) return;
    if (this.#waitMs() > 0) return this.arm();
    this.#writing = true;
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
}
