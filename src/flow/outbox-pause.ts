// Pauses of the outbox: how long it waits before it asks a broker again that could not answer. Each pause is twice the
// one before, up to a bound, and progress begins anew. What is not here: which trouble deserves a pause.

import { setTimeout as sleep } from "node:timers/promises";
import { TidemarkError } from "../model/errors.ts";

export class GrowingPause {
  readonly #firstMs: number;
  readonly #longestMs: number;
  #nextMs: number;

  constructor(firstMs: number, longestMs: number) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
    this.#nextMs = firstMs;
  }

  /** Waits; rejects with the signal's reason when it aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    const waitMs = this.#nextMs;
    this.#nextMs = Math.min(this.#longestMs, waitMs * 2);
    try {
      await sleep(waitMs, undefined, { signal });
    } catch {
      throw signal.reason;
    }
  }

  reset(): void {
    this.#nextMs = this.#firstMs;
  }
}

/**
 * Whether asking the broker again can help: yes, except for what the catalogue of errors calls final and for mistakes in
 * the program. An unknown error of a client library counts as trouble on the way, because giving up would lose nothing
 * less and stop more.
 */
export function canRetry(error: unknown): boolean {
  if (error instanceof TidemarkError) return error.retry;
  return !(error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError);
}

export const explain = (error: unknown): string => (error instanceof Error ? error.message : String(error));
