// What crosses the thread boundary. A batch goes to a worker as one transferred buffer and comes back as one result; the
// buffer returns with the result and is used again. A batch is a run of log messages in order; each worker gets, of every
// message, what concerns its partitions, and every time step and control record.
//
// Layout, little endian, entries back to back, each 8-byte aligned from the start of the buffer:
//   u32 kind · u32 bytes of payload · f64 position · f64 T (log time, ms) · f64 storedMs · u32 index · u32 partition · payload · padding
// kind STEP:    no payload. The time step at `position`, before anything else of it.
// kind EVENT:   payload is one JSON object (UTF-8), index its place in the message, partition where its contact lives.
// kind TIE:     an event says that two ids are one person; payload as in partition/ties.ts, partition where the old id lives.
// kind RECORDS: records between partitions; payload as in partition/pair-records.ts.
// kind CONTROL: payload is JSON: { type: "settings" | "pack" | "policy" | "cuts" | "broadcast" | "forget" | "history" | "advance" | "tick", ... } as `flow/frame-control.ts` writes it.

import type { TargetCount } from "../engine/targets.ts";
import type { EffectCounts, EventCounts } from "../model/counts.ts";
import type { ForgetAnswer } from "../model/forget.ts";
import type { DeadReason } from "../model/output.ts";
import type { Plan } from "../packs/population.ts";
import type { PairMark, PairRecord } from "./pair-records.ts";

export const ENTRY_STEP = 1;
export const ENTRY_EVENT = 2;
export const ENTRY_CONTROL = 3;
export const ENTRY_TIE = 4;
export const ENTRY_RECORDS = 5;
export const ENTRY_HEADER_BYTES = 40;
const SHORT_BYTES = 96;

/** Writes entries into a buffer that grows by doubling. */
export class BatchWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #at = 0;
  entries = 0;

  constructor(buffer: ArrayBuffer) {
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }

  get size(): number {
    return this.#at;
  }

  put(
    kind: number,
    position: number,
    logTime: number,
    storedMs: number,
    index: number,
    partition: number,
    payload: Uint8Array | undefined,
    start = 0,
    end = payload?.length ?? 0,
  ): void {
    const length = end - start;
    const next = (this.#at + ENTRY_HEADER_BYTES + length + 7) & ~7;
    if (next > this.#bytes.length) this.#grow(next);
    const at = this.#at;
    const view = this.#view;
    view.setUint32(at, kind, true);
    view.setUint32(at + 4, length, true);
    view.setFloat64(at + 8, position, true);
    view.setFloat64(at + 16, logTime, true);
    view.setFloat64(at + 24, storedMs, true);
    view.setUint32(at + 32, index, true);
    view.setUint32(at + 36, partition, true);
    if (payload !== undefined && length > 0) this.#copy(payload, start, end, at + ENTRY_HEADER_BYTES);
    this.#at = next;
    this.entries++;
  }

  /** Of a short piece each byte: a view of it would cost more than the copy. */
  #copy(payload: Uint8Array, start: number, end: number, to: number): void {
    if (end - start > SHORT_BYTES) this.#bytes.set(start === 0 && end === payload.length ? payload : payload.subarray(start, end), to);
    else for (let from = start, at = to; from < end; from++, at++) this.#bytes[at] = payload[from] as number;
  }

  /** The buffer to transfer and how much of it is used. The writer is empty of it afterwards. */
  take(): { buffer: ArrayBuffer; size: number } {
    const taken = { buffer: this.#bytes.buffer as ArrayBuffer, size: this.#at };
    this.#at = 0;
    this.entries = 0;
    return taken;
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Effects of one worker for one batch, in the order (position, partition, k). */
export interface EffectBatch {
  /** f64 position, f64 partition, f64 k of each effect, back to back. */
  readonly identities: Float64Array;
  readonly subjects: readonly string[];
  /** All bodies (UTF-8 JSON), back to back; `ends[i]` is where the i-th ends. */
  readonly bodies: Uint8Array;
  readonly ends: Uint32Array;
}

export interface DeadEvent {
  readonly position: number;
  readonly index: number;
  readonly reason: DeadReason;
  readonly error: string;
  readonly body: Uint8Array;
}

/** What a worker counted for a number of the population, over its partitions, as of a position (partition/population-counts.ts). */
export interface CountedItem {
  readonly pack: string;
  readonly of: string;
  readonly meaning: string;
  readonly plan: Plan;
  /** Of the numbers that these counts are for: the live one and 1. */
  readonly number: number;
  readonly position: number;
  readonly logTime: number;
  readonly samples: Readonly<Record<string, readonly (readonly [value: number, count: number])[]>>;
  readonly coarse: boolean;
  readonly events: number;
  readonly sum: number;
}

/** Which numbers of the population are in effect. */
export interface LiveNumber {
  readonly pack: string;
  readonly of: string;
  readonly meaning: string;
  readonly number: number;
}

/** What one worker says of one batch. Counters are what this batch added. */
export interface BatchResult extends Pick<EventCounts, "outcomes" | "dropped">, EffectCounts {
  /** The batch's buffer, to be used again. */
  readonly buffer: ArrayBuffer;
  readonly effects: EffectBatch;
  readonly dead: readonly DeadEvent[];
  /** Counts for numbers of the population whose time came, in the order of the log; and which numbers are in effect. */
  readonly counted: readonly CountedItem[];
  readonly numbers: readonly LiveNumber[];
  /** Records for other partitions that this batch made, and up to which the log was seen to hold them. */
  readonly records: readonly PairRecord[];
  readonly passed: readonly PairMark[];
  /** Earliest deadline of any contact of this worker, or time to count the population, ms; Infinity where there is none. */
  readonly nextDeadline: number;
  /** Contacts that this batch asked to forget, as the partition where each would live says. */
  readonly forgets: readonly ForgetAnswer[];
  readonly contacts: number;
  /** Contacts in history, now; events that told history and were applied; what was muted, by kind, and `caught_up` (engine/history.ts). */
  readonly inHistory: number;
  readonly historyEvents: number;
  readonly muted: Readonly<Record<string, number>>;
  /** How far back a message id is surely remembered, ms of log time: the least of this worker's partitions; Infinity before the settings. */
  readonly duplicatesReachMs: number;
  /** Time spent in this batch, ms. */
  readonly busyMs: number;
}

/** Answer to `open`. */
export interface Opened {
  readonly nextDeadline: number;
  readonly contacts: number;
  readonly inHistory: number;
  readonly duplicatesReachMs: number;
  /** What the state knows to have been counted without a record in the log so far, and which numbers are in effect. */
  readonly counted: readonly CountedItem[];
  readonly numbers: readonly LiveNumber[];
  /** Position of the newest `forget` record that is remembered; 0 where there is none. */
  readonly newestForget: number;
  /** Records for other partitions that do not stand in the log so far. */
  readonly records: readonly PairRecord[];
}

/** A task for a worker (one Piscina task each). */
export type WorkerTask =
  | { readonly kind: "open"; readonly shard: string; readonly worker: number; readonly workers: number; readonly restore: RestoredState | null }
  | { readonly kind: "batch"; readonly buffer: ArrayBuffer; readonly size: number }
  /** Begins a snapshot of this moment; `slice` makes it, so many contacts at a time, with batches in between. */
  | { readonly kind: "copy" }
  | { readonly kind: "slice"; readonly contacts: number }
  | { readonly kind: "contact"; readonly contactKind: "user" | "anonymous"; readonly id: string; readonly partition: number; readonly why: boolean }
  | { readonly kind: "contacts"; readonly partition: number }
  | { readonly kind: "forget"; readonly request: string }
  | { readonly kind: "held"; readonly contactKind: "user" | "anonymous"; readonly id: string; readonly partition: number }
  | { readonly kind: "erasures" }
  /** Names of the live packs. */
  | { readonly kind: "packs" }
  /** Counts over so many contacts from there on: who is where, how the numbers of rfm lie, how targets stand. */
  | { readonly kind: "population" | "rfm" | "targets"; readonly from: SlotCursor; readonly contacts: number }
  | { readonly kind: "digest" };

/** State of the partitions that this worker owns, as `snapshot` gave it, with the records they were made under. */
export interface RestoredState {
  readonly position: number;
  readonly logTime: number;
  /** All that is live (`settings`, packs, policy, numbers) and the tombstones, as JSON texts. */
  readonly records: readonly string[];
  readonly partitions: readonly { readonly partition: number; readonly bytes: Uint8Array }[];
}

/** Partitions whose copy is whole now; `done` when all are. */
export interface SliceResult {
  readonly partitions: readonly { readonly partition: number; readonly bytes: Uint8Array }[];
  readonly done: boolean;
}

export interface SnapshotResult {
  readonly partitions: readonly { readonly partition: number; readonly bytes: Uint8Array }[];
  readonly records: readonly string[];
}

/** Who is where, of some contacts of one worker; summed by main. */
export interface Population {
  readonly contacts: number;
  /** pack -> stage|segment|audience -> place -> contacts. */
  readonly packs: Readonly<
    Record<string, { readonly stages: Record<string, number>; readonly segments: Record<string, number>; readonly audiences: Record<string, number> }>
  >;
  readonly targets: TargetCounts;
  readonly aims: TargetAims;
}

/** The same of a few contacts; `next` is where to go on, null at the end. */
export interface PopulationSlice extends Population {
  readonly next: SlotCursor | null;
}

/** Pack -> target -> how many. */
export type TargetCounts = Readonly<Record<string, Readonly<Record<string, TargetCount>>>>;

/** What targets count, of a few contacts; `next` is where to go on, null at the end. */
export interface TargetSlice {
  readonly counts: TargetCounts;
  readonly aims: TargetAims;
  readonly next: SlotCursor | null;
}

/** A contact of this worker: index of its partition among those that the worker owns, and slot. */
export interface SlotCursor {
  readonly index: number;
  readonly slot: number;
}

/** What the packs' targets mean to reach: pack -> target. The same from every worker. */
export type TargetAims = Readonly<Record<string, Readonly<Record<string, { readonly percent: number; readonly withinMs: number }>>>>;
