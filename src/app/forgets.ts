// What a running engine does about contacts that it was asked to forget, beside applying the record: it answers who was forgotten,
// and takes checkpoints until no generation on the disk is of before it. A generation of before holds the contact still, and would
// stay for ever where nothing else comes.
//
// A checkpoint that fails is not tried again here, nor are more taken than it needs where the disk lets go: the next one that the engine
// takes by itself goes on.

import { LRUCache } from "lru-cache";
import type { ForgetAnswer } from "../model/forget.ts";

/** Answers that are kept for whoever asks; older requests are known by their tombstones. */
const ANSWERS_KEPT = 10_000;
/** As many as are kept, and one more where something could not be removed. */
const CHECKPOINTS_IN_A_ROW = 3;

export class Forgets {
  /** Takes a checkpoint, and tells `took` what is on the disk then. */
  readonly #take: () => Promise<void>;
  readonly #answers = new LRUCache<string, ForgetAnswer>({ max: ANSWERS_KEPT });
  readonly #waiting: { readonly ready: () => boolean; readonly resolve: () => void }[] = [];
  #goneUpTo: number;
  #wanted = 0;
  #applied = 0;
  #taking = false;

  constructor(goneUpTo: number, take: () => Promise<void>) {
    this.#goneUpTo = goneUpTo;
    this.#take = take;
  }

  /** No generation on the disk is of before this position, and none to come will be. */
  get goneUpTo(): number {
    return this.#goneUpTo;
  }

  answer(request: string): ForgetAnswer | undefined {
    return this.#answers.get(request);
  }

  /** The record was applied. */
  applied(answer: ForgetAnswer): void {
    this.#answers.set(answer.request, answer);
    this.#applied++;
    this.#settle();
    this.need(answer.position);
  }

  /** A checkpoint counts, and nothing on the disk is of before this position. What was gone stays gone: what is written later is of later. */
  took(goneUpTo: number): void {
    this.#goneUpTo = Math.max(this.#goneUpTo, goneUpTo);
    this.#settle();
    if (this.goneUpTo < this.#wanted) void this.#clean();
  }

  /** No generation of before `position` is to stay. */
  need(position: number): void {
    this.#wanted = Math.max(this.#wanted, position);
    if (this.goneUpTo < this.#wanted) void this.#clean();
  }

  /** Resolves when the record was applied. */
  async whenApplied(request: string): Promise<ForgetAnswer> {
    await this.#until(() => this.#answers.has(request));
    return this.#answers.get(request) as ForgetAnswer;
  }

  /** Resolves when another record was applied. */
  whenNextApplied(): Promise<void> {
    const before = this.#applied;
    return this.#until(() => this.#applied > before);
  }

  /** Resolves when no checkpoint holds what was forgotten at `position`. */
  whenGone(position: number): Promise<void> {
    return this.#until(() => this.goneUpTo >= position);
  }

  #until(ready: () => boolean): Promise<void> {
    if (ready()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ ready, resolve }));
  }

  #settle(): void {
    const waiting = this.#waiting.splice(0);
    for (const one of waiting)
      if (one.ready()) one.resolve();
      else this.#waiting.push(one);
  }

  async #clean(): Promise<void> {
    if (this.#taking) return;
    this.#taking = true;
    try {
      for (let taken = 0; taken < CHECKPOINTS_IN_A_ROW && this.goneUpTo < this.#wanted; taken++) await this.#take();
    } catch {
      // Whoever takes checkpoints has counted and told it.
    } finally {
      this.#taking = false;
    }
  }
}
