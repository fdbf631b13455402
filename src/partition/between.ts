// One worker's part in the records between partitions: what stands in the log goes to the partitions of this worker that it is from
// and for, in its order; what they made since, and what they have seen go by, leaves with the batch.

import { type PairMark, type PairRecord, unpackRecords } from "./pair-records.ts";
import type { Partition } from "./partition.ts";
import type { IsForgotten, ReadForward } from "./people.ts";

export class BetweenPartitions {
  readonly #partitions: ReadonlyMap<number, Partition>;
  readonly #read: ReadForward;
  readonly #isForgotten: IsForgotten;
  /** Up to which number the log was seen to hold them since somebody asked, by pair. */
  readonly #passed = new Map<string, PairMark>();

  constructor(partitions: ReadonlyMap<number, Partition>, read: ReadForward, isForgotten: IsForgotten) {
    this.#partitions = partitions;
    this.#read = read;
    this.#isForgotten = isForgotten;
  }

  /** A message of records; framing has seen that it is one. */
  take(payload: Uint8Array, position: number, logTime: number): void {
    for (const record of unpackRecords(payload) ?? []) {
      const { from, to, number } = record;
      if (this.#partitions.get(from)?.people.pairs.passes(to, number) === true) this.#passed.set(`${from} ${to}`, { from, to, number });
      this.#partitions.get(to)?.receive(record, position, logTime, this.#read, this.#isForgotten);
    }
  }

  made(): { records: readonly PairRecord[]; passed: readonly PairMark[] } {
    const records = [...this.#partitions.values()].flatMap(({ people }) => people.pairs.takeMade());
    const passed = [...this.#passed.values()];
    this.#passed.clear();
    return { records, passed };
  }

  /** What the log does not hold as far as it was read. */
  waiting(): readonly PairRecord[] {
    return [...this.#partitions.values()].flatMap(({ people }) => people.pairs.waiting);
  }
}
