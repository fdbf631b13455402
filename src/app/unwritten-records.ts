// Records between partitions on their way into the log. Workers say which records they made and up to which number they have seen the log
// hold them; what is between is to be written, pair by pair in the order of the numbers. The receiver takes the next number of a pair and
// no other, so after a failure writing goes back to the first that may not be there, and saying one twice does no harm. Nothing is
// lost with this list: it is part of the state of the partitions, which say it again at a start. They also say a record again that is
// another now, because somebody in it was forgotten: it takes the place of the one before.

import { type PairRecord, packRecords } from "../partition/pair-records.ts";
import type { BatchResult } from "../partition/protocol.ts";

/** A message of the log holds so many records, and so many bytes of them, at most; a record that is larger goes alone. */
const MESSAGE_RECORDS = 1000;
const MESSAGE_BYTES = 262_144;
/** What is around a record in its message, and around all of them, with the headers: a little more than it ever is. */
const AROUND_RECORD_BYTES = 32;
const AROUND_MESSAGE_BYTES = 128;

/** Bytes of the largest message that may come of it, headers included, where a record has at most so many. */
export const largestMessage = (recordBytes: number): number =>
  Math.max(MESSAGE_BYTES + MESSAGE_RECORDS * AROUND_RECORD_BYTES, recordBytes + AROUND_RECORD_BYTES) + AROUND_MESSAGE_BYTES;

interface Pair {
  /** Their numbers follow one another. */
  readonly records: PairRecord[];
  /** When each of them came here, ms. */
  readonly since: number[];
  /** How many of them were given out to be written. */
  written: number;
}

export class UnwrittenRecords {
  readonly #pairs = new Map<string, Pair>();
  readonly #now: () => number;
  #unwritten = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Records that nobody has tried to write, or that were not stored. */
  get count(): number {
    return this.#unwritten;
  }

  /** When the oldest of them came here, ms; undefined where there is none. */
  get oldestMs(): number | undefined {
    if (this.#unwritten === 0) return undefined;
    return [...this.#pairs.values()].reduce((oldest, { since, written }) => Math.min(oldest, since[written] ?? oldest), Number.POSITIVE_INFINITY);
  }

  /** What one batch, or the state at a start, gave, of all workers. */
  take(results: readonly (Pick<BatchResult, "records"> & Partial<Pick<BatchResult, "passed">>)[]): void {
    for (const { records } of results) for (const record of records) this.#add(record);
    for (const { passed = [] } of results) for (const { from, to, number } of passed) this.#drop(`${from} ${to}`, number);
  }

  /** The next message to be written; undefined where nothing is left. `again`: it could not be stored. */
  next(): { readonly data: Buffer; readonly again: () => void } | undefined {
    if (this.#unwritten === 0) return undefined;
    const records = this.#gather();
    return { data: packRecords(records), again: () => this.#goBack(records) };
  }

  #add(record: PairRecord): void {
    const name = `${record.from} ${record.to}`;
    const pair = this.#pairs.get(name);
    const place = pair === undefined ? 0 : placeOf(record, pair);
    if (pair !== undefined && place < pair.records.length) {
      if (place >= 0) pair.records[place] = record;
      return;
    }
    if (pair === undefined) this.#pairs.set(name, { records: [record], since: [this.#now()], written: 0 });
    else {
      pair.records.push(record);
      pair.since.push(this.#now());
    }
    this.#unwritten++;
  }

  #drop(name: string, upTo: number): void {
    const pair = this.#pairs.get(name);
    if (pair === undefined) return;
    const gone = pair.records.findLastIndex(({ number }) => number <= upTo) + 1;
    pair.records.splice(0, gone);
    pair.since.splice(0, gone);
    this.#unwritten -= Math.max(0, gone - pair.written);
    pair.written = Math.max(0, pair.written - gone);
    if (pair.records.length === 0) this.#pairs.delete(name);
  }

  /** Pairs in the order of their partitions, so that equal records always make equal messages. */
  #gather(): PairRecord[] {
    const gathered: PairRecord[] = [];
    let bytes = 0;
    const waiting = [...this.#pairs.values()].filter(({ records, written }) => written < records.length);
    for (const pair of waiting.sort((a, b) => fromOf(a) - fromOf(b) || toOf(a) - toOf(b)))
      for (; pair.written < pair.records.length; pair.written++) {
        const record = pair.records[pair.written] as PairRecord;
        if (gathered.length > 0 && (gathered.length >= MESSAGE_RECORDS || bytes + record.body.length > MESSAGE_BYTES)) return gathered;
        gathered.push(record);
        bytes += record.body.length;
        this.#unwritten--;
      }
    return gathered;
  }

  #goBack(records: readonly PairRecord[]): void {
    for (const record of records) {
      const pair = this.#pairs.get(`${record.from} ${record.to}`);
      const at = pair === undefined ? -1 : placeOf(record, pair);
      if (pair === undefined || at < 0 || at >= pair.written) continue;
      this.#unwritten += pair.written - at;
      pair.written = at;
    }
  }
}

/** Below 0: the log has been seen to hold it. */
const placeOf = ({ number }: PairRecord, { records: [first] }: Pair): number => number - (first?.number ?? number);
const fromOf = ({ records: [first] }: Pair): number => first?.from ?? 0;
const toOf = ({ records: [first] }: Pair): number => first?.to ?? 0;
