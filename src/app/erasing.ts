// Erasing what requests to forget ask for, one after another, in the order of the log: from the first start that finds a request until each of its
// streams is done. What is to be done stands in the state of the fold (partition/erasures.ts), and what is done is written to the log, so an
// engine that dies on the way leaves the rest to the next start. Whatever is done twice does no harm: a message that is gone is gone, and the
// second record that says so changes nothing.
//
// The ids are known in plain here as long as this process lives, if it was the one that was asked; beyond that only their hashes are. What
// cannot be erased now (a broker that is away or refuses) is tried again by and by.

import { setTimeout as sleep } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import type { Sought } from "../flow/mentions.ts";
import type { ErasedRecord } from "../model/forget.ts";
import type { ContactKey } from "../model/ids.ts";
import { type Log, logSubjects } from "../model/log.ts";
import type { Erasable, ErasedByStream } from "../model/privacy.ts";
import { type Erasure, isErased } from "../partition/erasures.ts";
import type { Erasers } from "./erasers.ts";
import type { RunningEngine } from "./running-engine.ts";

export interface ErasingParts {
  /** Resolves when it runs. */
  readonly engine: Promise<Pick<RunningEngine, "forgets" | "live" | "pool">>;
  readonly log: Pick<Log, "append">;
  readonly shard: string;
  readonly erasers: Erasers;
  readonly failed: (error: unknown) => void;
  /** Nothing of this request is left to do. */
  readonly done?: (request: string, erased: ErasedByStream) => void;
  /** After something failed for the first time; after that twice as long each time, up to an hour. */
  readonly againMs?: number;
}

/** Requests that this process was asked for, or has worked on, and of which it knows more than the log. */
const REQUESTS_KEPT = 10_000;
const AGAIN_MS = 60_000;
const SELDOM_MS = 3_600_000;

/** What is known of a request beside what stands in the log. */
interface Known {
  /** Its ids, while they are needed. */
  keys?: readonly ContactKey[];
  erased: ErasedByStream;
  problem?: string;
  readonly settled: PromiseWithResolvers<void>;
}

export class Erasing {
  readonly #parts: ErasingParts;
  readonly #requests = new LRUCache<string, Known>({ max: REQUESTS_KEPT });

  constructor(parts: ErasingParts) {
    this.#parts = parts;
  }

  /** A record of this name is about to be written; what it names is known by these ids. */
  expect(request: string, keys: readonly ContactKey[]): void {
    this.#known(request).keys = keys;
  }

  /** What this process has erased and the log may not say yet. */
  erased(request: string): ErasedByStream {
    return this.#requests.get(request)?.erased ?? {};
  }

  /** Why the last try failed. */
  problem(request: string): string | undefined {
    return this.#requests.get(request)?.problem;
  }

  /** Resolves when all is erased that the request asks for, or a try has failed. */
  whenTried(request: string): Promise<void> {
    return this.#known(request).settled.promise;
  }

  /** Goes on until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { engine, againMs = AGAIN_MS } = this.#parts;
    const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    const { forgets, live, pool } = await engine;
    await Promise.race([live, stopped]);
    while (!signal.aborted) {
      let isNew = false;
      const next = forgets.whenNextApplied().then(() => {
        isNew = true;
      });
      for (let waitMs = againMs; !isNew && !signal.aborted; waitMs = Math.min(2 * waitMs, SELDOM_MS)) {
        const again = (await this.#goThrough(await pool.erasures(), forgets, stopped, signal)) ? [] : [sleep(waitMs, undefined, { ref: false })];
        await Promise.race([next, stopped, ...again]);
      }
    }
  }

  /** Whether nothing is left to do. */
  async #goThrough(erasures: readonly Erasure[], forgets: RunningEngine["forgets"], stopped: Promise<void>, signal: AbortSignal): Promise<boolean> {
    let failures = 0;
    for (const erasure of erasures) {
      // What was done lately the log says, but the fold may not have come to it.
      if (isErased({ erase: erasure.erase, erased: { ...erasure.erased, ...this.erased(erasure.request) } })) continue;
      await Promise.race([forgets.whenGone(erasure.position), stopped]);
      if (signal.aborted) return true;
      if (!(await this.#try(erasure, signal))) failures++;
    }
    return failures === 0;
  }

  /** The same of one request. */
  async #try(erasure: Erasure, signal: AbortSignal): Promise<boolean> {
    const known = this.#known(erasure.request);
    delete known.problem;
    try {
      for (const what of erasure.erase) await this.#erase(erasure, what, known, signal);
      delete known.keys;
      this.#parts.done?.(erasure.request, { ...known.erased, ...erasure.erased });
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      known.problem = error instanceof Error ? error.message : String(error);
      this.#parts.failed(error);
      return false;
    } finally {
      known.settled.resolve();
    }
  }

  /** One stream of it, unless that is done; it is once the log says so. */
  async #erase({ request, contacts, erased, ...requestedAt }: Erasure, what: Erasable, known: Known, signal: AbortSignal): Promise<void> {
    if (erased[what] !== undefined || known.erased[what] !== undefined) return;
    const sought: Sought = { contacts, ...(known.keys === undefined ? {} : { keys: known.keys }) };
    const found = await this.#parts.erasers[what](sought, requestedAt, signal);
    const record: ErasedRecord = { type: "erased", request, what, ...found };
    await this.#parts.log.append(logSubjects(this.#parts.shard).erased, Buffer.from(JSON.stringify(record)));
    known.erased = { ...known.erased, [what]: found };
  }

  #known(request: string): Known {
    const known = this.#requests.get(request) ?? { erased: {}, settled: Promise.withResolvers<void>() };
    this.#requests.set(request, known);
    return known;
  }
}
