// One worker with many contacts, to which small batches go all the time while something else is asked of it: how long the slowest of them took is
// the stall that an event can meet. Whoever asks, and what, is the benchmark's.

import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate as turn } from "node:timers/promises";
import type { Config } from "../src/app/config.ts";
import { Framer } from "../src/flow/frame.ts";
import { WorkerPool } from "../src/flow/pool.ts";
import type { LogMessage } from "../src/model/log.ts";
import type { PackDefinition } from "../src/packs/definition.ts";
import { inLog } from "./workload.ts";

export const SMALL_BATCH_EVENTS = 100;

/** A worker with so many contacts, and a log that goes on. */
export class SmallBatches {
  readonly config: Config;
  readonly #framer = new Framer({ shard: "0", workers: 1, maxLeadMs: Number.POSITIVE_INFINITY });
  readonly #pool: WorkerPool;
  readonly #log: Iterator<LogMessage>;
  #position = 0;
  contacts = 0;
  events = 0;
  /** Until the contacts were there. */
  foldedMs = 0;

  /** `messages` has to last. */
  static async open(config: Config, packs: readonly PackDefinition[], messages: Iterable<Uint8Array>, contacts: number): Promise<SmallBatches> {
    const pool = await WorkerPool.open({ shard: "0", workers: 1, restore: null });
    const flow = new SmallBatches(pool, config, packs, messages);
    await flow.#fill(contacts);
    return flow;
  }

  private constructor(pool: WorkerPool, config: Config, packs: readonly PackDefinition[], messages: Iterable<Uint8Array>) {
    this.#pool = pool;
    this.config = config;
    this.#log = inLog(config, packs, messages);
  }

  get logTimeMs(): number {
    return this.#framer.logTime;
  }

  get position(): number {
    return this.#position;
  }

  get pool(): WorkerPool {
    return this.#pool;
  }

  async #fill(contacts: number): Promise<void> {
    while (this.contacts < contacts) {
      const began = performance.now();
      await this.#batch(this.config.batch.events);
      this.foldedMs += performance.now() - began;
    }
  }

  /** Longest time that a small batch took while `work` was under way, and longest stall of this thread. */
  async stallDuring<T>(work: () => Promise<T>): Promise<{ readonly stallMs: number; readonly mainStallMs: number; readonly result: T }> {
    const loop = monitorEventLoopDelay({ resolution: 1 });
    loop.enable();
    let stallMs = 0;
    let over = false;
    const working = work().finally(() => {
      over = true;
    });
    working.catch(() => {});
    while (!over) {
      const began = performance.now();
      await this.#batch(SMALL_BATCH_EVENTS);
      stallMs = Math.max(stallMs, performance.now() - began);
      await turn();
    }
    loop.disable();
    return { stallMs, mainStallMs: loop.max / 1e6, result: await working };
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #batch(events: number): Promise<void> {
    while (this.#framer.size < events) {
      const next = this.#log.next();
      if (next.done === true) throw new Error("the population has come to its end");
      this.#framer.add(next.value);
      this.#position = next.value.position;
    }
    const batch = this.#framer.take();
    const [answer] = await this.#pool.run(batch.perWorker);
    this.contacts = answer?.result.contacts ?? this.contacts;
    this.events += batch.events;
  }
}
