// How far the demo has come: what was published, and what the engine says of it, with the rate and the highest lag. Nothing is
// guessed: the figures are the engine's, and wall time is handed in.

import type { Engine, EngineStatus } from "../model/status.ts";

export class Watch {
  /** First moment of the demo's calendar, and the latest that was published; before the first there is the year before. */
  readonly startMs: number;
  latestMs: number;
  messages = 0;
  messagesBefore = 0;
  readonly highestLag = { messages: 0, seconds: 0 };
  readonly #engine: Pick<Engine, "status">;
  readonly #nowMs: () => number;
  readonly #beganMs: number;
  #rate = { atMs: 0, events: 0, perSecond: 0 };

  constructor(engine: Pick<Engine, "status">, startMs: number, nowMs: () => number) {
    this.#engine = engine;
    this.startMs = startMs;
    this.latestMs = startMs;
    this.#nowMs = nowMs;
    this.#beganMs = nowMs();
  }

  elapsedMs(): number {
    return this.#nowMs() - this.#beganMs;
  }

  published(timeMs: number): void {
    this.messages++;
    if (timeMs < this.startMs) this.messagesBefore++;
    if (timeMs > this.latestMs) this.latestMs = timeMs;
  }

  /** Messages that were published and whose outcome the engine has not counted yet. */
  waiting(): number {
    return this.messages - this.#engine.status().events;
  }

  /** The engine's status, with the rate over about the last second. */
  look(): { readonly status: EngineStatus; readonly perSecond: number } {
    const status = this.#engine.status();
    this.highestLag.messages = Math.max(this.highestLag.messages, status.lagMessages);
    this.highestLag.seconds = Math.max(this.highestLag.seconds, status.lagSeconds);
    const atMs = this.elapsedMs();
    const passedMs = atMs - this.#rate.atMs;
    if (passedMs >= 1000) this.#rate = { atMs, events: status.events, perSecond: ((status.events - this.#rate.events) / passedMs) * 1000 };
    return { status, perSecond: this.#rate.perSecond };
  }
}
