// Partitions of a generation brought to life, one after another: each is verified, restored under the packs of its checkpoint as
// a start would do it, and given away before the next is read, so that a state larger than memory can be walked through. Nothing
// is applied to what was restored; it is asked for its contacts and forgotten.

import { WorkerFold } from "../../partition/fold.ts";
import { damaged, type OpenGeneration } from "./generation.ts";

/** Compiling the packs takes as long as restoring some thousands of contacts, so a few partitions share what was compiled. */
const PARTITIONS_PER_FOLD = 8;

export type Restored =
  | {
      readonly ok: true;
      readonly partition: number;
      readonly bytes: Uint8Array;
      readonly contacts: number /** Holds this partition; good until the next one is asked for. */;
      readonly fold: WorkerFold;
    }
  | { readonly ok: false; readonly partition: number; readonly reason: string };

export interface RestoreOptions {
  /** The moment at which contacts are shown; default: the checkpoint's log time. */
  readonly asOfMs?: number;
  /** Only this partition. */
  readonly only?: number;
}

/** In the order of the manifest, which is that of the partitions. */
export async function* restoredPartitions(generation: OpenGeneration, options: RestoreOptions = {}): AsyncGenerator<Restored, void, void> {
  const { manifest } = generation;
  const logTime = options.asOfMs ?? manifest.logTimeMs;
  let fold = new WorkerFold(manifest.shard, 0, 1);
  let shared = 0;
  for (const file of manifest.files) {
    if (options.only !== undefined && options.only !== file.partition) continue;
    const read = await generation.read(file);
    if (!read.ok) {
      yield read;
      continue;
    }
    if (++shared > PARTITIONS_PER_FOLD) {
      fold = new WorkerFold(manifest.shard, 0, 1);
      shared = 1;
    }
    const { partition, bytes } = read;
    const before = fold.opened().contacts;
    try {
      fold.restore({ position: manifest.log.position, logTime, records: manifest.records, partitions: [{ partition, bytes }] });
    } catch (error) {
      yield { ok: false, partition, reason: `${file.name}: it does not restore under its packs (${error instanceof Error ? error.message : String(error)})` };
      continue;
    }
    yield { ok: true, partition, bytes, contacts: fold.opened().contacts - before, fold };
  }
}

/** As above, for whoever cannot go on without one of them. Throws STATE_DAMAGED. */
export async function* soundPartitions(generation: OpenGeneration, options: RestoreOptions = {}): AsyncGenerator<Extract<Restored, { ok: true }>, void, void> {
  for await (const restored of restoredPartitions(generation, options)) {
    if (!restored.ok) throw damaged(generation.folder, generation.generation, restored.reason);
    yield restored;
  }
}
