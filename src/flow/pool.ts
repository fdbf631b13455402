// The worker threads: one Piscina pool of a single thread for each, because partitions are owned: a batch must reach the
// thread that holds the contacts, and batches must stay in order. Tasks are posted to the thread the moment they are asked, and it
// does them one after another, so whatever is asked after a batch is answered as of that batch. Piscina's own queue must stay
// empty: a task that finds its thread busy goes back to the end of that queue, behind those that were asked after it. Hence
// `concurrentTasksPerWorker` without bound; how much is under way is bounded by who asks (the pipeline, the HTTP server).
//
// Piscina replaces a thread that dies, silently and with empty state. That must never go unnoticed: the pool fails for good
// when a second thread starts, and the engine recovers from its checkpoint. `atomics: "disabled"` because the default blocks an
// idle worker's event loop; `idleTimeout: Infinity` because an idle worker holds state.

import { createHash } from "node:crypto";
import { Piscina } from "piscina";
import { TidemarkError } from "../model/errors.ts";
import { type ContactKey, PARTITION_COUNT } from "../model/ids.ts";
import { partitionOf } from "../model/partition-of.ts";
import type { HeldContact } from "../model/privacy.ts";
import type { ContactOptions, PlacesCounts, RfmCounts, TargetsView } from "../model/status.ts";
import type { Erasure } from "../partition/erasures.ts";
import type { Remembered } from "../partition/forgotten.ts";
import { MAX_HOPS } from "../partition/people.ts";
import { viewOfPlaces, viewOfTargets } from "../partition/places-view.ts";
import type {
  BatchResult,
  Opened,
  PopulationSlice,
  RestoredState,
  SliceResult,
  SlotCursor,
  SnapshotResult,
  TargetSlice,
  WorkerTask,
} from "../partition/protocol.ts";
import { type RfmSlice, viewOf } from "../partition/rfm-grid.ts";

const WORKER_FILE = new URL(import.meta.url.endsWith(".ts") ? "../partition/worker.ts" : "../partition/worker.js", import.meta.url).href;

/** A slice of a snapshot takes about a millisecond. */
const CONTACTS_PER_SLICE = 2000;
/** Of a count some milliseconds: each waits for the batches before it, and whoever asked waits for all of them. */
const COUNTED_PER_SLICE = 5000;
/** Never reached. */
const TASKS_AT_ONCE = 1_000_000;

type CountKind = "rfm" | "population" | "targets";

/** Of such a count. */
interface Slice {
  readonly next: SlotCursor | null;
}

export interface PoolOptions {
  readonly shard: string;
  readonly workers: number;
  readonly restore: RestoredState | null;
}

/** What the engine asks of its workers: threads here, and the same folds in one thread in the simulator. */
export type Pool = Pick<WorkerPool, keyof WorkerPool>;

export class WorkerPool {
  readonly #threads: readonly Piscina[];
  /** What each worker said when it had its state. */
  opened: readonly Opened[] = [];
  readonly #died = Promise.withResolvers<never>();

  /** Starts the threads and gives each its part of the state. */
  static async open(options: PoolOptions): Promise<WorkerPool> {
    const pool = new WorkerPool(options.workers);
    pool.opened = (await Promise.all(
      pool.#threads.map((_, worker) => {
        const restore =
          options.restore === null
            ? null
            : { ...options.restore, partitions: options.restore.partitions.filter(({ partition }) => partition % options.workers === worker) };
        return pool.#ask(worker, { kind: "open", shard: options.shard, worker, workers: options.workers, restore });
      }),
    )) as Opened[];
    return pool;
  }

  private constructor(workers: number) {
    this.#died.promise.catch(() => {});
    this.#threads = Array.from({ length: workers }, (_, worker) => this.#thread(worker));
  }

  get workers(): number {
    return this.#threads.length;
  }

  /** Rejects when a thread has died: its state is gone. */
  get died(): Promise<never> {
    return this.#died.promise;
  }

  /** One batch: for each worker its entries; a worker without any is not bothered. */
  run(perWorker: readonly { readonly buffer: ArrayBuffer; readonly size: number }[]): Promise<{ readonly worker: number; readonly result: BatchResult }[]> {
    const asked = perWorker.map((batch, worker) => ({ batch, worker })).filter(({ batch }) => batch.size > 0);
    return Promise.all(
      asked.map(async ({ batch, worker }) => ({ worker, result: (await this.#ask(worker, { kind: "batch", ...batch }, [batch.buffer])) as BatchResult })),
    );
  }

  /** The state of all partitions as of the batch before, copied in slices: batches that are asked meanwhile go in between. */
  async snapshot(): Promise<SnapshotResult> {
    const begun = this.#threads.map((_, worker) => this.#ask(worker, { kind: "copy" }));
    const records = (await Promise.all(begun)) as (readonly string[])[];
    const parts = await Promise.all(this.#threads.map((_, worker) => this.#slices(worker)));
    return { partitions: parts.flat().sort((a, b) => a.partition - b.partition), records: records[0] ?? [] };
  }

  async #slices(worker: number): Promise<SliceResult["partitions"][number][]> {
    const partitions: SliceResult["partitions"][number][] = [];
    for (;;) {
      const slice = (await this.#ask(worker, { kind: "slice", contacts: CONTACTS_PER_SLICE })) as SliceResult;
      partitions.push(...slice.partitions);
      if (slice.done) return partitions;
    }
  }

  /** An id that leads to somebody else is answered with that person. */
  async contact(key: ContactKey, options: ContactOptions = {}): Promise<unknown | undefined> {
    return followed(key, async (id) => {
      const partition = partitionOf(id.id);
      const task = { kind: "contact", contactKind: id.kind, id: id.id, partition, why: options.why === true } as const;
      return (await this.#ask(partition % this.workers, task)) as string | null;
    });
  }

  /** What is remembered of a request to forget; null where nothing is. Every worker has all of them. */
  async forgetOf(request: string): Promise<Remembered | null> {
    return (await this.#ask(0, { kind: "forget", request })) as Remembered | null;
  }

  /** What requests to forget ask to be erased from the streams, and the log does not say is. */
  async erasures(): Promise<readonly Erasure[]> {
    return (await this.#ask(0, { kind: "erasures" })) as readonly Erasure[];
  }

  /** Names of the live packs: those of the log, whatever the configuration names. */
  async packs(): Promise<readonly string[]> {
    return (await this.#ask(0, { kind: "packs" })) as readonly string[];
  }

  /** All that is held of a contact, or of the person that an id leads to, field by field; null where nobody is known by that. */
  async held(key: ContactKey): Promise<HeldContact | null> {
    const found = await followed(key, async ({ kind, id }) => {
      const partition = partitionOf(id);
      return (await this.#ask(partition % this.workers, { kind: "held", contactKind: kind, id, partition })) as string | null;
    });
    return (found ?? null) as HeldContact | null;
  }

  /** Every contact as JSON, partition by partition, in the order in which they came. */
  async *contacts(): AsyncGenerator<string, void, void> {
    for (let partition = 0; partition < PARTITION_COUNT; partition++)
      yield* (await this.#ask(partition % this.workers, { kind: "contacts", partition })) as string[];
  }

  /** This and the two below look at all contacts, a few at a time with batches in between: what they say is not of one moment. */
  async rfm(perSlice = COUNTED_PER_SLICE): Promise<RfmCounts> {
    return viewOf((await this.#walk<RfmSlice>("rfm", perSlice)).map(({ grid }) => grid));
  }

  async stages(perSlice = COUNTED_PER_SLICE): Promise<PlacesCounts> {
    return viewOfPlaces(await this.#walk<PopulationSlice>("population", perSlice));
  }

  async targets(perSlice = COUNTED_PER_SLICE): Promise<TargetsView> {
    return viewOfTargets(await this.#walk<TargetSlice>("targets", perSlice));
  }

  async #walk<S extends Slice>(kind: CountKind, perSlice: number): Promise<S[]> {
    return (await Promise.all(this.#threads.map((_, worker) => this.#countSlices<S>(worker, kind, perSlice)))).flat();
  }

  async #countSlices<S extends Slice>(worker: number, kind: CountKind, perSlice: number): Promise<S[]> {
    const slices: S[] = [];
    for (let from: SlotCursor | null = { index: 0, slot: 0 }; from !== null; from = slices.at(-1)?.next ?? null)
      slices.push((await this.#ask(worker, { kind, from, contacts: perSlice })) as S);
    return slices;
  }

  /** SHA-256 over the digests of all partitions, hex. */
  async digest(): Promise<string> {
    const parts = (await Promise.all(this.#threads.map((_, worker) => this.#ask(worker, { kind: "digest" })))) as { partition: number; digest: string }[][];
    const hash = createHash("sha256");
    for (const { digest } of parts.flat().sort((a, b) => a.partition - b.partition)) hash.update(digest);
    return hash.digest("hex");
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.destroy()));
  }

  #thread(worker: number): Piscina {
    const thread = new Piscina({
      filename: WORKER_FILE,
      name: "handle",
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      atomics: "disabled",
      concurrentTasksPerWorker: TASKS_AT_ONCE,
    });
    let started = 0;
    thread.on("workerCreate", () => {
      if (++started > 1) this.#fail(worker, "it was replaced");
    });
    thread.on("error", (error: Error) => this.#fail(worker, error.message, error));
    return thread;
  }

  async #ask(worker: number, task: WorkerTask, transferList: ArrayBuffer[] = []): Promise<unknown> {
    const thread = this.#threads[worker] as Piscina;
    try {
      const answer = thread.run(task, { transferList });
      // Only the task that a thread starts with may wait for it.
      if (task.kind !== "open" && thread.queueSize > 0) throw new Error("a task was queued and would be done out of order");
      return await answer;
    } catch (error) {
      throw this.#fail(worker, error instanceof Error ? error.message : String(error), error);
    }
  }

  #fail(worker: number, why: string, cause?: unknown): TidemarkError {
    const error = new TidemarkError("WORKER_DIED", `worker ${worker} failed: ${why}`, { cause });
    this.#died.reject(error);
    return error;
  }
}

/** As far as a record would go: behind so many ids there is a circle, and nobody. */
async function followed(key: ContactKey, ask: (id: ContactKey) => Promise<string | null>): Promise<unknown | undefined> {
  let id = key;
  for (let hops = 0; hops <= MAX_HOPS; hops++) {
    const text = await ask(id);
    if (text === null) return undefined;
    const found = JSON.parse(text) as { readonly redirect?: ContactKey };
    if (found.redirect === undefined) return found;
    id = found.redirect;
  }
  return undefined;
}
