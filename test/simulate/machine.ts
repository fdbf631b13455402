// A machine of a story: a disk that outlives its processes, and workers that are folds in this thread. What is asked of a worker is
// done in order and takes a while; its buffers change hands as between threads, so that whoever goes on using what it gave away fails.

import { createHash } from "node:crypto";
import type { Machine } from "../../src/app/engine-options.ts";
import type { CheckpointFiles, NewFile } from "../../src/flow/checkpoint-files.ts";
import type { Pool, PoolOptions } from "../../src/flow/pool.ts";
import { TidemarkError } from "../../src/model/errors.ts";
import { type ContactKey, PARTITION_COUNT } from "../../src/model/ids.ts";
import { partitionOf } from "../../src/model/partition-of.ts";
import type { HeldContact } from "../../src/model/privacy.ts";
import type { PlacesCounts, RfmCounts, TargetsView } from "../../src/model/status.ts";
import type { Erasure } from "../../src/partition/erasures.ts";
import { WorkerFold } from "../../src/partition/fold.ts";
import type { Remembered } from "../../src/partition/forgotten.ts";
import { viewOfPlaces, viewOfTargets } from "../../src/partition/places-view.ts";
import type { BatchResult, Opened, SliceResult, SnapshotResult } from "../../src/partition/protocol.ts";
import { viewOf } from "../../src/partition/rfm-grid.ts";
import { BrokenFiles } from "../flow/broken-files.ts";
import type { Blow, Deed } from "./mishaps.ts";
import type { Owner } from "./owner.ts";

export class StoryMachine {
  readonly disk: BrokenFiles;
  /** Syncs say that all is well and do nothing. */
  lies = false;
  full = false;
  /** Position of the last checkpoint that counted here; a start must not go on from an older one. */
  checkpointed = 0;
  /** Checkpoints that counted here, and how often files of this disk could not be read or were changed. */
  checkpoints = 0;
  damages = 0;
  #locked = false;

  constructor(disk: BrokenFiles = new BrokenFiles()) {
    this.disk = disk;
  }

  /** What one process sees of it. */
  seenBy(owner: Owner): Machine {
    return { workers: (options) => FoldPool.open(owner, options), files: new OwnersFiles(this, owner), lock: () => this.#lock() };
  }

  /** The system takes the lock from a process that is gone. */
  unlock(): void {
    this.#locked = false;
  }

  async #lock(): Promise<{ release(): Promise<void> }> {
    if (this.#locked) throw new TidemarkError("STATE_LOCKED", "Another process holds the lock.");
    this.#locked = true;
    return { release: async () => this.unlock() };
  }
}

class OwnersFiles implements CheckpointFiles {
  readonly #machine: StoryMachine;
  readonly #owner: Owner;

  constructor(machine: StoryMachine, owner: Owner) {
    this.#machine = machine;
    this.#owner = owner;
  }

  makeFolder(path: string): Promise<string | undefined> {
    return this.#do("mkdir", (disk) => disk.makeFolder(path));
  }

  list(path: string): Promise<readonly string[]> {
    return this.#do("readdir", (disk) => disk.list(path));
  }

  read(path: string): Promise<Uint8Array> {
    return this.#do("read", (disk) => disk.read(path));
  }

  async create(path: string): Promise<NewFile> {
    const isManifest = path.includes("manifest");
    const file = await this.#do("open", (disk) => disk.create(path));
    return {
      write: (bytes) => this.#do(isManifest ? "write manifest" : "write", () => file.write(bytes)),
      sync: () => this.#do(isManifest ? "fsync manifest" : "fsync", () => (this.#machine.lies ? Promise.resolve() : file.sync())),
      close: () => file.close(),
    };
  }

  rename(from: string, to: string): Promise<void> {
    return this.#do(to.includes("manifest") ? "rename manifest" : "rename", (disk) => disk.rename(from, to));
  }

  syncFolder(path: string): Promise<void> {
    return this.#do("fsync folder", (disk) => (this.#machine.lies ? Promise.resolve() : disk.syncFolder(path)));
  }

  remove(path: string): Promise<void> {
    return this.#do("unlink", (disk) => disk.remove(path));
  }

  removeFolder(path: string): Promise<void> {
    return this.#do("rmdir", (disk) => disk.removeFolder(path));
  }

  #do<T>(deed: Deed, perform: (disk: BrokenFiles) => Promise<T>): Promise<T> {
    return this.#owner.disk(deed, (blow) => {
      const { disk } = this.#machine;
      const fault = blow === "ENOSPC" || blow === "EIO" ? blow : this.#machine.full && NEEDS_ROOM.has(deed) ? "ENOSPC" : undefined;
      disk.fault = () => fault;
      if (fault !== undefined && deed === "read") this.#machine.damages++;
      return perform(disk);
    });
  }
}

const NEEDS_ROOM: ReadonlySet<Deed> = new Set(["write", "write manifest", "mkdir", "open", "fsync"]);

const CONTACTS_PER_SLICE = 2;

/** Each worker is a fold, asked in order. */
class FoldPool implements Pool {
  readonly workers: number;
  opened: readonly Opened[] = [];
  readonly #owner: Owner;
  readonly #folds: readonly WorkerFold[];
  readonly #lanes: readonly { freeAt: number }[];
  readonly #died = Promise.withResolvers<never>();

  static async open(owner: Owner, options: PoolOptions): Promise<Pool> {
    const pool = new FoldPool(owner, options);
    pool.opened = await pool.#askAll((fold, worker) => {
      const { restore, workers } = options;
      if (restore !== null) fold.restore({ ...restore, partitions: restore.partitions.filter(({ partition }) => partition % workers === worker) });
      return fold.opened();
    });
    return pool;
  }

  private constructor(owner: Owner, { shard, workers }: PoolOptions) {
    this.workers = workers;
    this.#owner = owner;
    this.#folds = Array.from({ length: workers }, (_, worker) => new WorkerFold(shard, worker, workers));
    this.#lanes = this.#folds.map(() => ({ freeAt: 0 }));
    this.#died.promise.catch(() => {});
  }

  get died(): Promise<never> {
    return this.#died.promise;
  }

  run(perWorker: readonly { readonly buffer: ArrayBuffer; readonly size: number }[]): Promise<{ readonly worker: number; readonly result: BatchResult }[]> {
    const asked = perWorker.map((batch, worker) => ({ ...batch, worker })).filter(({ size }) => size > 0);
    return Promise.all(
      asked.map(async ({ buffer, size, worker }) => {
        const given = buffer.transfer();
        return { worker, result: await this.#ask(worker, (fold) => handBack(fold, given, size)) };
      }),
    );
  }

  /** In slices of a few contacts, with batches in between, as the pool of threads does with more. */
  async snapshot(): Promise<SnapshotResult> {
    const records = await this.#askAll((fold) => fold.beginCopy());
    const parts = await Promise.all(this.#folds.map((_, worker) => this.#slices(worker)));
    return { partitions: parts.flat().sort((a, b) => a.partition - b.partition), records: records[0] ?? [] };
  }

  async #slices(worker: number): Promise<SliceResult["partitions"][number][]> {
    const partitions: SliceResult["partitions"][number][] = [];
    for (;;) {
      const slice = await this.#ask(worker, (fold) => fold.slice(CONTACTS_PER_SLICE));
      partitions.push(...slice.partitions);
      if (slice.done) return partitions;
    }
  }

  async forgetOf(request: string): Promise<Remembered | null> {
    return this.#ask(0, (fold) => fold.forgetOf(request));
  }

  async packs(): Promise<readonly string[]> {
    return this.#ask(0, (fold) => fold.packs());
  }

  async erasures(): Promise<readonly Erasure[]> {
    return this.#ask(0, (fold) => fold.erasures());
  }

  async held(key: ContactKey): Promise<HeldContact | null> {
    const partition = partitionOf(key.id);
    const text = await this.#ask(partition % this.workers, (fold) => fold.held(key, partition));
    return text === null ? null : JSON.parse(text);
  }

  async contact(key: ContactKey): Promise<unknown | undefined> {
    const partition = partitionOf(key.id);
    const text = await this.#ask(partition % this.workers, (fold) => fold.contact(key, partition));
    return text === null ? undefined : JSON.parse(text);
  }

  async *contacts(): AsyncGenerator<string, void, void> {
    for (let partition = 0; partition < PARTITION_COUNT; partition++) yield* await this.#ask(partition % this.workers, (fold) => fold.contacts(partition));
  }

  async rfm(): Promise<RfmCounts> {
    const slices = await this.#askAll((fold) => fold.rfm({ index: 0, slot: 0 }, Number.MAX_SAFE_INTEGER));
    return viewOf(slices.map(({ grid }) => grid));
  }

  /** In a story only the names of what is live are asked for, and those are the same at every worker. */
  async stages(): Promise<PlacesCounts> {
    return viewOfPlaces([await this.#ask(0, (fold) => fold.population({ index: 0, slot: 0 }, Number.MAX_SAFE_INTEGER))]);
  }

  async targets(): Promise<TargetsView> {
    return viewOfTargets(await this.#askAll((fold) => fold.targets({ index: 0, slot: 0 }, Number.MAX_SAFE_INTEGER)));
  }

  async digest(): Promise<string> {
    return digestOf(await this.#askAll((fold) => fold.digests()));
  }

  async close(): Promise<void> {}

  #askAll<T>(work: (fold: WorkerFold, worker: number) => T): Promise<T[]> {
    return Promise.all(this.#folds.map((_, worker) => this.#ask(worker, (fold) => work(fold, worker))));
  }

  #ask<T>(worker: number, work: (fold: WorkerFold) => T): Promise<T> {
    const fold = this.#folds[worker] as WorkerFold;
    return this.#owner.worker(this.#lanes[worker] as { freeAt: number }, (blow: Blow | undefined) => {
      if (blow !== "die") return work(fold);
      const error = new TidemarkError("WORKER_DIED", `worker ${worker} has died`);
      this.#died.reject(error);
      throw error;
    });
  }
}

function handBack(fold: WorkerFold, buffer: ArrayBuffer, size: number): BatchResult {
  const result = fold.batch(buffer, size);
  return { ...result, buffer: result.buffer.transfer(), busyMs: 0 };
}

/** As the pool of threads makes it: SHA-256 over the digests of all partitions. */
export function digestOf(parts: readonly (readonly { partition: number; digest: string }[])[]): string {
  const hash = createHash("sha256");
  for (const { digest } of parts.flat().sort((a, b) => a.partition - b.partition)) hash.update(digest);
  return hash.digest("hex");
}
