// A worker's part of a checkpoint, made in slices between batches: all its partitions as of one moment, handed over as they become whole.

import type { Partition } from "./partition.ts";
import type { SliceResult } from "./protocol.ts";
import { PartitionCopy } from "./snapshot.ts";

export class CheckpointCopy {
  /** Those that are not whole yet. */
  readonly #copies: PartitionCopy[];

  constructor(partitions: Iterable<Partition>) {
    this.#copies = Array.from(partitions, (partition) => new PartitionCopy(partition));
  }

  /** Copies up to so many contacts more, and gives the partitions that are whole now. */
  slice(contacts: number): SliceResult {
    const whole: { partition: number; bytes: Uint8Array }[] = [];
    for (let left = contacts; this.#copies.length > 0; ) {
      const copy = this.#copies[0] as PartitionCopy;
      left -= copy.slice(left);
      if (!copy.done) break;
      whole.push({ partition: copy.partition, bytes: copy.finish() });
      this.#copies.shift();
      // A whole partition is work enough for one slice.
      if (copy.slots > 0) break;
    }
    return { partitions: whole, done: this.#copies.length === 0 };
  }
}
