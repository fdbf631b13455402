// A question whose answer takes a walk over all contacts, asked by anybody at any time.
//
// No two walks for it go on at once. Whoever asks while one goes on waits for the next, which those who ask meanwhile share, so that each
// is told of what was there when they asked. A walk that takes longer than a second is shared by all who come, and its answer is
// given again for as long as the walk took: with so many contacts a page that polls would keep the workers at nothing
// else, and a client that gave up waiting would never have an answer. What was counted when is in the answer.

import type { Counted } from "../model/status.ts";

/** Beyond this a walk is a long one. */
export const LONG_MS = 1000;

export class SharedCount<T extends object> {
  readonly #count: () => Promise<T>;
  readonly #position: () => number;
  readonly #now: () => number;
  #running: { readonly beganMs: number; readonly answer: Promise<T & Counted> } | undefined;
  #next: Promise<T & Counted> | undefined;
  #kept: { readonly untilMs: number; readonly answer: T & Counted } | undefined;

  /** `position`: the last that the workers were given. */
  constructor(count: () => Promise<T>, position: () => number, now: () => number = () => performance.now()) {
    this.#count = count;
    this.#position = position;
    this.#now = now;
  }

  ask(): Promise<T & Counted> {
    const now = this.#now();
    if (this.#kept !== undefined && now < this.#kept.untilMs) return Promise.resolve(this.#kept.answer);
    const running = this.#running;
    if (running === undefined) return this.#start();
    if (now - running.beganMs > LONG_MS) return running.answer;
    this.#next ??= running.answer.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  #start(): Promise<T & Counted> {
    const beganMs = this.#now();
    this.#next = undefined;
    const answer = this.#walk(beganMs).finally(() => {
      this.#running = undefined;
    });
    this.#running = { beganMs, answer };
    return answer;
  }

  async #walk(beganMs: number): Promise<T & Counted> {
    const from = this.#position();
    const counts = await this.#count();
    const answer = { asOf: { from, to: this.#position() }, ...counts };
    const endedMs = this.#now();
    if (endedMs - beganMs > LONG_MS) this.#kept = { untilMs: endedMs + (endedMs - beganMs), answer };
    return answer;
  }
}
