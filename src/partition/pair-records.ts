// Records between partitions (DESIGN 2): numbered without gaps per pair (from, to), written to the log by main, taken by the receiver in
// the order of their numbers: the next counts, every other is ignored. The sender sees its own records go by in the log and drops
// them from its queue by the very same rule. So both ends, and what is still to be written, are a function of the log alone: who
// repeats a record, be it after a crash, a lost answer or by an owner that was taken over, changes nothing.
//
// What a record says is people-records.ts; how main writes them is app/unwritten-records.ts.

import { Packr } from "msgpackr";
import { PARTITION_COUNT } from "../model/ids.ts";

export interface PairMark {
  readonly from: number;
  readonly to: number;
  /** From 1. */
  readonly number: number;
}

export interface PairRecord extends PairMark {
  readonly body: Uint8Array;
}

/** What a snapshot needs; by the number of the other partition. */
export interface PairState {
  readonly sent: readonly number[];
  readonly passed: readonly number[];
  readonly taken: readonly number[];
  readonly queue: readonly (readonly [to: number, number: number, body: Uint8Array])[];
}

/** One partition's ends of all its pairs. */
export class PairRecords {
  readonly #from: number;
  /** Numbers given out, numbers seen in the log, both by receiver; and numbers taken, by sender. */
  readonly #sent = new Float64Array(PARTITION_COUNT);
  readonly #passed = new Float64Array(PARTITION_COUNT);
  readonly #taken = new Float64Array(PARTITION_COUNT);
  /** Not seen in the log yet, in the order in which they were made. */
  #queue: PairRecord[] = [];
  #made: PairRecord[] = [];

  constructor(from: number, state?: PairState) {
    this.#from = from;
    if (state === undefined) return;
    this.#sent.set(state.sent);
    this.#passed.set(state.passed);
    this.#taken.set(state.taken);
    this.#queue = state.queue.map(([to, number, body]) => ({ from, to, number, body: Uint8Array.from(body) }));
  }

  /** What is not in the log as far as it was read. */
  get waiting(): readonly PairRecord[] {
    return this.#queue;
  }

  send(to: number, body: Uint8Array): void {
    const number = (this.#sent[to] as number) + 1;
    this.#sent[to] = number;
    const record = { from: this.#from, to, number, body };
    this.#queue.push(record);
    this.#made.push(record);
  }

  /** Whether the record is the next one from there; it then counts as taken. */
  takes(from: number, number: number): boolean {
    if (number !== (this.#taken[from] as number) + 1) return false;
    this.#taken[from] = number;
    return true;
  }

  /** A record of this partition goes by in the log. Whether it was the one that is taken there. */
  passes(to: number, number: number): boolean {
    if (number !== (this.#passed[to] as number) + 1 || number > (this.#sent[to] as number)) return false;
    this.#passed[to] = number;
    const at = this.#queue.findIndex((record) => record.to === to);
    this.#queue.splice(at, 1);
    return true;
  }

  /** Gives what waits another body, or the same; each keeps its number. What is another is said again, as if made now. */
  replace(body: (before: Uint8Array) => Uint8Array): void {
    for (const [at, record] of this.#queue.entries()) {
      const after = body(record.body);
      if (after === record.body) continue;
      const again = { ...record, body: after };
      this.#queue[at] = again;
      const made = this.#made.indexOf(record);
      if (made >= 0) this.#made[made] = again;
      else this.#made.push(again);
    }
  }

  /** Made, or made another, since the last time this was asked. */
  takeMade(): readonly PairRecord[] {
    const made = this.#made;
    if (made.length > 0) this.#made = [];
    return made;
  }

  /** undefined where the partition never sent or took a record. */
  state(): PairState | undefined {
    if (this.#sent.every((number) => number === 0) && this.#taken.every((number) => number === 0)) return undefined;
    return {
      sent: [...this.#sent],
      passed: [...this.#passed],
      taken: [...this.#taken],
      queue: this.#queue.map(({ to, number, body }) => [to, number, body]),
    };
  }
}

const FORMAT = 1;
const packr = new Packr({ useRecords: false });

/** A message of the log with records, in their order. */
export function packRecords(records: readonly PairRecord[]): Buffer {
  return Buffer.from(packr.pack([FORMAT, ...records.map(({ from, to, number, body }) => [from, to, number, body])]));
}

/** undefined where it is none of ours. */
export function unpackRecords(bytes: Uint8Array): PairRecord[] | undefined {
  try {
    const [format, ...records] = packr.unpack(bytes) as [number, ...[number, number, number, Uint8Array][]];
    if (format !== FORMAT) return undefined;
    const read = records.map(([from, to, number, body]) => ({ from, to, number, body }));
    return read.every(isRecord) ? read : undefined;
  } catch {
    return undefined;
  }
}

const isPartition = (of: unknown): boolean => Number.isInteger(of) && (of as number) >= 0 && (of as number) < PARTITION_COUNT;

const isRecord = ({ from, to, number, body }: PairRecord): boolean =>
  isPartition(from) && isPartition(to) && Number.isInteger(number) && number > 0 && body instanceof Uint8Array;
