// The checkpoint store: generations of the whole state in a folder, one folder each, one file per partition and the
// manifest last. Invariant: whatever fails or loses power at whatever moment, `latest` gives a content that was written
// whole, and never an older one than the last that `write` resolved for. Two good generations are kept: the disk may still
// damage one. What is not here: what the bytes of a partition mean, and when a checkpoint counts (app/pipeline.ts asks the
// outbox first).
//
// The order that makes it so: files are written beside their names, synced and renamed; then the folder is synced; then
// the same with the manifest; then the folder above; only then is an older generation removed. A generation in which a
// sync failed is given up and its number never used again, because a second sync of the same file would lie.

import assert from "node:assert/strict";
import { dirname, join, resolve } from "node:path";
import { TidemarkError } from "../model/errors.ts";
import { type CheckpointFiles, diskFiles } from "./checkpoint-files.ts";
import { decodeManifest, encodeManifest, type Manifest, type ManifestContent, type ManifestFile, manifestOf } from "./checkpoint-manifest.ts";
import { framePages, readPages } from "./checkpoint-pages.ts";
import { stateFolderError } from "./disk-trouble.ts";

export interface PartitionState {
  readonly partition: number;
  readonly bytes: Uint8Array;
}

export interface CheckpointContent extends ManifestContent {
  readonly partitions: readonly PartitionState[];
}

export interface Checkpoint {
  readonly generation: number;
  readonly manifest: Manifest;
  readonly partitions: readonly PartitionState[];
}

export interface CheckpointInfo {
  readonly generation: number;
  readonly position: number;
  readonly createdAt: string;
  readonly engine: string;
  /** Of all files without the manifest. */
  readonly bytes: number;
}

type Loaded<T> = { readonly kind: "good"; readonly value: T } | { readonly kind: "unfinished" } | { readonly kind: "damaged"; readonly reason: string };

const MANIFEST = "manifest.json";
const GENERATIONS_KEPT = 2;
/** Files on their way to or from the disk at once: as many as Node has threads for it. */
const FILES_AT_ONCE = 4;
const WARNINGS_KEPT = 50;

export class CheckpointStore {
  /** What went wrong without stopping anything, the newest last. */
  readonly warnings: string[] = [];
  readonly #files: CheckpointFiles;
  readonly #folder: string;
  /** Its number, and every number found on the disk, is never used again. */
  #lastTried = 0;
  /** Generations that look finished and cannot be relied on. */
  readonly #doubtful = new Set<number>();
  #writing = false;

  /** Makes the folder where there is none. Throws FILE_UNREADABLE and DISK_FAILED. */
  static async open(folder: string, files: CheckpointFiles = diskFiles): Promise<CheckpointStore> {
    try {
      await makeDurable(folder, files);
      await files.list(folder);
      return new CheckpointStore(folder, files);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw stateFolderError(`The state folder ${folder} cannot be used`, error);
    }
  }

  private constructor(folder: string, files: CheckpointFiles) {
    this.#folder = folder;
    this.#files = files;
  }

  /** Resolves when the checkpoint survives a loss of power. Throws DISK_FAILED; what was there before is then untouched. */
  async write(content: CheckpointContent): Promise<CheckpointInfo> {
    assert(!this.#writing, "one checkpoint is written at a time");
    this.#writing = true;
    try {
      return await this.#writeNext(content);
    } finally {
      this.#writing = false;
    }
  }

  async #writeNext(content: CheckpointContent): Promise<CheckpointInfo> {
    const found = await this.#generations();
    const generation = Math.max(this.#lastTried, found[0] ?? 0) + 1;
    this.#lastTried = generation;
    try {
      const older = await this.#removeUnfinished(found);
      const manifest = await this.#writeGeneration(generation, content);
      await this.#removeOld([generation, ...older]);
      return infoOf(generation, manifest);
    } catch (error) {
      if (error instanceof TidemarkError || !isSystemError(error)) throw error;
      this.#doubtful.add(generation);
      await this.#remove(generation);
      throw new TidemarkError(
        "DISK_FAILED",
        `The checkpoint of position ${content.log.position} could not be written to ${this.#folder}: ${reasonOf(error)}.`,
        { cause: error },
      );
    }
  }

  /** The newest generation that is whole, every byte verified; null where none was ever finished. Throws STATE_DAMAGED. */
  async latest(): Promise<Checkpoint | null> {
    const reasons: string[] = [];
    for (const generation of await this.#generations()) {
      const loaded = await this.#load(generation);
      if (loaded.kind === "good") return loaded.value;
      if (loaded.kind === "unfinished") continue;
      this.#doubtful.add(generation);
      reasons.push(`${nameOf(generation)}: ${loaded.reason}`);
      this.#warn(`${nameOf(generation)} is left out: ${loaded.reason}`);
    }
    if (reasons.length > 0) throw new TidemarkError("STATE_DAMAGED", `No checkpoint in ${this.#folder} can be used (${reasons.join("; ")}).`);
    return null;
  }

  /**
   * No file here holds anything of before this position: that of the oldest generation. 0 where there is none, and where one is
   * unfinished or cannot be read, and so may be of any position: also one that should be gone and could not be removed.
   */
  async oldestPosition(): Promise<number> {
    try {
      const positions = [];
      for (const generation of generationsIn(await this.#files.list(this.#folder))) {
        const manifest = await this.#loadManifest(generation);
        positions.push(manifest.kind === "good" ? manifest.value.log.position : 0);
      }
      return positions.length === 0 ? 0 : Math.min(...positions);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return 0;
    }
  }

  async #writeGeneration(generation: number, content: CheckpointContent): Promise<Manifest> {
    const folder = this.#path(generation);
    await this.#files.makeFolder(folder);
    const files = await inLanes(content.partitions, (state) => this.#writePartition(folder, content, state));
    await this.#files.syncFolder(folder);
    const manifest = manifestOf(content, files);
    await this.#writeFile(folder, MANIFEST, [encodeManifest(manifest)]);
    await this.#files.syncFolder(folder);
    await this.#files.syncFolder(this.#folder);
    return manifest;
  }

  async #writePartition(folder: string, content: CheckpointContent, { partition, bytes }: PartitionState): Promise<ManifestFile> {
    const { engine, shard, log } = content;
    const name = `partition-${String(partition).padStart(2, "0")}.bin`;
    const { head, tail, checksum } = await framePages({ engine, shard, partition, position: log.position }, bytes);
    await this.#writeFile(folder, name, [head, bytes, tail]);
    return { partition, name, bytes: head.length + bytes.length + tail.length, checksum };
  }

  async #writeFile(folder: string, name: string, parts: readonly Uint8Array[]): Promise<void> {
    const beside = join(folder, `${name}.tmp`);
    const file = await this.#files.create(beside);
    try {
      for (const part of parts) if (part.length > 0) await file.write(part);
      await file.sync();
    } finally {
      await file.close();
    }
    await this.#files.rename(beside, join(folder, name));
  }

  async #load(generation: number): Promise<Loaded<Checkpoint>> {
    const manifest = await this.#loadManifest(generation);
    if (manifest.kind !== "good") return manifest;
    const loaded = await inLanes(manifest.value.files, (file) => this.#loadPartition(generation, manifest.value, file));
    const partitions: PartitionState[] = [];
    for (const one of loaded) {
      if (one.kind !== "good") return one;
      partitions.push(one.value);
    }
    return { kind: "good", value: { generation, manifest: manifest.value, partitions } };
  }

  async #loadManifest(generation: number): Promise<Loaded<Manifest>> {
    const bytes = await this.#read(generation, MANIFEST);
    if (bytes.kind !== "good") return bytes;
    const read = decodeManifest(bytes.value);
    return read.ok ? { kind: "good", value: read.manifest } : { kind: "damaged", reason: read.reason };
  }

  async #loadPartition(generation: number, manifest: Manifest, file: ManifestFile): Promise<Loaded<PartitionState>> {
    const bytes = await this.#read(generation, file.name);
    if (bytes.kind === "unfinished") return { kind: "damaged", reason: `${file.name} is missing` };
    if (bytes.kind === "damaged") return bytes;
    const read = await readPages(bytes.value);
    if (!read.ok) return { kind: "damaged", reason: `${file.name}: ${read.reason}` };
    const { partition, position } = read.header;
    const belongs = read.checksum === file.checksum && partition === file.partition && position === manifest.log.position;
    return belongs
      ? { kind: "good", value: { partition, bytes: read.data } }
      : { kind: "damaged", reason: `${file.name} is not the file that the manifest names` };
  }

  async #read(generation: number, name: string): Promise<Loaded<Uint8Array>> {
    try {
      return { kind: "good", value: await this.#files.read(join(this.#path(generation), name)) };
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return error.code === "ENOENT" ? { kind: "unfinished" } : { kind: "damaged", reason: `${name}: ${reasonOf(error)}` };
    }
  }

  async #generations(): Promise<number[]> {
    try {
      return generationsIn(await this.#files.list(this.#folder));
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw new TidemarkError("FILE_UNREADABLE", `The state folder ${this.#folder} cannot be read: ${reasonOf(error)}.`, { cause: error });
    }
  }

  /**
   * What an earlier write left behind when it was cut short takes room that this one may need. Answers with the others: what cannot
   * be removed now still counts for nothing, above all not as one of the generations to keep.
   */
  async #removeUnfinished(generations: readonly number[]): Promise<number[]> {
    const finished: number[] = [];
    for (const generation of generations) {
      if ((await this.#read(generation, MANIFEST)).kind === "unfinished") await this.#remove(generation);
      else finished.push(generation);
    }
    return finished;
  }

  /** Keeps the newest good generations; doubtful ones go with the first good one that is too old. */
  async #removeOld(generations: readonly number[]): Promise<void> {
    const good = generations.filter((generation) => !this.#doubtful.has(generation));
    const oldestKept = good[GENERATIONS_KEPT - 1];
    if (oldestKept === undefined) return;
    for (const generation of generations) if (generation < oldestKept) await this.#remove(generation);
  }

  /** The manifest goes first, so that a generation half removed looks like one never finished. Failing costs room, and `oldestPosition` tells. */
  async #remove(generation: number): Promise<void> {
    const folder = this.#path(generation);
    try {
      const names = await this.#files.list(folder);
      if (names.includes(MANIFEST)) {
        await this.#files.remove(join(folder, MANIFEST));
        await this.#files.syncFolder(folder);
      }
      for (const name of names) if (name !== MANIFEST) await this.#files.remove(join(folder, name));
      await this.#files.removeFolder(folder);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (error.code !== "ENOENT") this.#warn(`${nameOf(generation)} could not be removed: ${reasonOf(error)}`);
    }
  }

  #path(generation: number): string {
    return join(this.#folder, nameOf(generation));
  }

  #warn(warning: string): void {
    this.warnings.push(warning);
    if (this.warnings.length > WARNINGS_KEPT) this.warnings.shift();
  }
}

/**
 * A folder is only there for good once every folder above it is synced in which something was made: also where that was a start before this
 * one, which made them and was stopped before it could sync them. Where there is nothing to be made, one that this process may not open
 * holds none of ours.
 */
async function makeDurable(folder: string, files: CheckpointFiles): Promise<void> {
  const made = await files.makeFolder(folder);
  for (let inner = resolve(folder); inner !== dirname(inner); inner = dirname(inner)) {
    const isOurs = made !== undefined && inner.length >= made.length;
    await files.syncFolder(dirname(inner)).catch((error: unknown) => {
      if (isOurs || !isSystemError(error) || !FORBIDDEN.has(error.code)) throw error;
    });
  }
}

const FORBIDDEN: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EROFS"]);

/** Does a few at a time, and is over only when none is under way any more, also when one fails. Results keep their order. */
async function inLanes<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let failed = false;
  const lane = async () => {
    while (!failed && next < items.length) {
      const index = next++;
      const item = items[index] as T;
      try {
        results[index] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: FILES_AT_ONCE }, lane));
  for (const settled of lanes) if (settled.status === "rejected") throw settled.reason;
  return results;
}

const nameOf = (generation: number): string => `checkpoint-${String(generation).padStart(9, "0")}`;

/** The newest first. */
function generationsIn(names: readonly string[]): number[] {
  return names.flatMap((name) => (/^checkpoint-\d{9}$/.test(name) ? [Number(name.slice(-9))] : [])).sort((a, b) => b - a);
}

function infoOf(generation: number, { log, createdAt, engine, files }: Manifest): CheckpointInfo {
  return { generation, position: log.position, createdAt, engine, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException & { code: string } =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).code === "string" && "syscall" in error;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
