// The events of one log message, in columns that are used again for the next: what `frame-split.ts` finds and `frame.ts`
// folds into log time. An entry is either an event (its payload, partition and time) or a dead letter.

import type { DeadReason } from "../model/output.ts";
import { TieList } from "../partition/ties.ts";

export interface DeadEntry {
  readonly reason: DeadReason;
  readonly error: string;
  readonly body: Uint8Array;
}

export class EventList {
  length = 0;
  /** Partition of the entry's contact; negative for a dead letter, `~` its place in `dead`. */
  partitions = new Int32Array(64);
  /** Event time, ms. */
  times = new Float64Array(64);
  /** The payload is the JSON object at [starts, ends) of `sources`. */
  starts = new Int32Array(64);
  ends = new Int32Array(64);
  readonly sources: Uint8Array[] = [];
  readonly dead: DeadEntry[] = [];
  /** What events of the message say about ids, in their order. */
  readonly ties = new TieList();

  clear(): void {
    this.length = 0;
    this.sources.length = 0;
    this.dead.length = 0;
    this.ties.clear();
  }

  event(source: Uint8Array, start: number, end: number, partition: number, timeMs: number): void {
    const at = this.#next(source);
    this.partitions[at] = partition;
    this.times[at] = timeMs;
    this.starts[at] = start;
    this.ends[at] = end;
  }

  /** The letter keeps a copy of its bytes: it may outlive the message. */
  letter(reason: DeadReason, error: string, source: Uint8Array, start: number, end: number): void {
    this.partitions[this.#next(source)] = ~this.dead.length;
    this.dead.push({ reason, error, body: source.slice(start, end) });
  }

  #next(source: Uint8Array): number {
    if (this.length === this.partitions.length) this.#grow();
    this.sources.push(source);
    return this.length++;
  }

  #grow(): void {
    const grown = this.length * 2;
    const partitions = new Int32Array(grown);
    const times = new Float64Array(grown);
    const starts = new Int32Array(grown);
    const ends = new Int32Array(grown);
    partitions.set(this.partitions);
    times.set(this.times);
    starts.set(this.starts);
    ends.set(this.ends);
    this.partitions = partitions;
    this.times = times;
    this.starts = starts;
    this.ends = ends;
  }
}
