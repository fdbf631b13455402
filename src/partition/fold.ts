// What one worker does: it owns some partitions (p mod workers) and applies batches to them, entry by entry, in the order of
// the log. Settings and packs come in through the log like everything else (controls.ts, live-records.ts). Between batches it says what
// somebody wants to know of its contacts (census.ts), and gives its part of checkpoints. It reads no clock: worker.ts puts it behind
// Piscina and measures the time it takes.

import { createHash } from "node:crypto";
import { type ContactKey, PARTITION_COUNT } from "../model/ids.ts";
import type { OutcomeKind } from "../model/outcome.ts";
import type { ContactOptions } from "../model/status.ts";
import type { Program } from "../packs/program.ts";
import { BatchReader } from "./batch-reader.ts";
import { BetweenPartitions } from "./between.ts";
import { countPlaces, countRfm, exportSlot, redirectText, viewSlot } from "./census.ts";
import { CheckpointCopy } from "./checkpoint-copy.ts";
import { Controls } from "./controls.ts";
import { EffectCollector } from "./effects.ts";
import type { Erasure } from "./erasures.ts";
import { EventEntries } from "./event-entries.ts";
import type { Remembered } from "./forgotten.ts";
import type { Live } from "./live.ts";
import { compileTexts, LiveRecords } from "./live-records.ts";
import type { Partition } from "./partition.ts";
import {
  type BatchResult,
  type CountedItem,
  ENTRY_CONTROL,
  ENTRY_EVENT,
  ENTRY_RECORDS,
  ENTRY_STEP,
  ENTRY_TIE,
  type Opened,
  type PopulationSlice,
  type RestoredState,
  type SliceResult,
  type SlotCursor,
  type SnapshotResult,
  type TargetSlice,
} from "./protocol.ts";
import { countAll, countOwed } from "./recount.ts";
import type { RfmSlice } from "./rfm-grid.ts";
import { restorePartition, snapshotOf } from "./snapshot.ts";
import { countTargetSlice } from "./target-counts.ts";

/** What a batch gave; how long it took is measured outside. */
export type FoldedBatch = Omit<BatchResult, "busyMs">;

export class WorkerFold {
  readonly #records: LiveRecords;
  readonly #partitions = new Map<number, Partition>();
  readonly #effects: EffectCollector;
  readonly #controls: Controls;
  readonly #events: EventEntries;
  readonly #between = new BetweenPartitions(
    this.#partitions,
    (record) => this.#events.readForward(record),
    (contact, at) => this.#events.isForgotten(contact, at),
  );
  #logTime = 0;
  /** Position of the checkpoint that this began from. */
  #restoredAt = 0;
  /** No deadline of any partition is earlier; may be too early itself. Most time steps need nothing else. */
  #soonest = 0;
  #counted: CountedItem[] = [];
  #copy: CheckpointCopy | undefined;

  constructor(shard: string, worker: number, workers: number) {
    this.#records = new LiveRecords(shard);
    this.#effects = new EffectCollector(shard);
    this.#events = new EventEntries(this.#records);
    const owned = Array.from({ length: PARTITION_COUNT }, (_, partition) => partition).filter((partition) => partition % workers === worker);
    this.#controls = new Controls(this.#records, owned, this.#partitions, this.#effects.emit);
  }

  restore(state: RestoredState): void {
    this.#logTime = state.logTime;
    this.#restoredAt = state.position;
    for (const record of state.records) this.#controls.restore(record);
    const { live, settings } = this.#records;
    if (live === null || settings === null) throw new RangeError("a checkpoint without settings");
    for (const { partition, bytes } of state.partitions)
      this.#partitions.set(partition, restorePartition(bytes, settings, live, this.#effects.emit, compileTexts));
  }

  /** What a start has to know before the first batch. */
  opened(): Opened {
    return {
      nextDeadline: this.#nextDeadline(),
      contacts: this.#sum("contacts"),
      inHistory: this.#sum("inHistory"),
      duplicatesReachMs: this.#duplicatesReach(),
      counted: countOwed(this.#partitions.values(), this.#restoredAt, this.#logTime),
      numbers: this.#records.numbers(),
      newestForget: this.#records.forgotten?.newest ?? 0,
      records: this.#between.waiting(),
    };
  }

  batch(buffer: ArrayBuffer, size: number): FoldedBatch {
    const outcomes: Record<OutcomeKind, number> = { applied: 0, duplicate: 0, late: 0, forgotten: 0, deadLetter: 0 };
    const fired = this.#sum("deadlinesFired");
    const droppedBefore = { ...this.#records.live?.engine.dropped };
    const mutedBefore = { ...this.#records.live?.engine.muted };
    for (const entry = new BatchReader(buffer, size); entry.next(); ) this.#take(entry, outcomes);
    const counted = this.#effects.counted();
    return {
      buffer,
      effects: this.#effects.take(),
      outcomes,
      ...this.#events.take(),
      dropped: { ...since(droppedBefore, this.#records.live?.engine.dropped), ...this.#records.takeRefused() },
      counted: this.#takeCounted(),
      forgets: this.#controls.takeForgets(),
      ...this.#between.made(),
      numbers: this.#records.numbers(),
      nextDeadline: this.#nextDeadline(),
      ...counted,
      deadlinesFired: this.#sum("deadlinesFired") - fired,
      contacts: this.#sum("contacts"),
      inHistory: this.#sum("inHistory"),
      muted: since(mutedBefore, this.#records.live?.engine.muted),
      duplicatesReachMs: this.#duplicatesReach(),
    };
  }

  #take(entry: BatchReader, outcomes: Record<OutcomeKind, number>): void {
    const { position, logTime } = entry;
    this.#logTime = logTime;
    switch (entry.kind) {
      case ENTRY_STEP:
        return this.#step(position);
      case ENTRY_EVENT:
        return this.#event(entry, outcomes);
      case ENTRY_TIE:
        return this.#tie(entry);
      case ENTRY_RECORDS:
        this.#between.take(entry.payload, position, logTime);
        break;
      case ENTRY_CONTROL:
        this.#controls.take(entry.payload, { position, logTime, storedMs: entry.storedMs });
        break;
      default:
        throw new RangeError(`unknown entry in a batch before byte ${entry.start}`);
    }
    this.#soonest = 0;
  }

  #event(entry: BatchReader, outcomes: Record<OutcomeKind, number>): void {
    const of = this.#partitions.get(entry.partition);
    if (of === undefined) throw new RangeError("an event before the settings");
    outcomes[this.#events.apply(of, entry)]++;
    if (of.nextDeadline < this.#soonest) this.#soonest = of.nextDeadline;
  }

  #tie(entry: BatchReader): void {
    const of = this.#partitions.get(entry.partition);
    if (of !== undefined) this.#events.tie(of, entry);
  }

  snapshot(): SnapshotResult {
    return {
      partitions: [...this.#partitions.values()].map((partition) => ({ partition: partition.id, bytes: snapshotOf(partition) })),
      records: this.#records.records(),
    };
  }

  /** Begins a snapshot of this moment, to be made by `slice`; returns the records that go with it. */
  beginCopy(): readonly string[] {
    this.#copy = new CheckpointCopy(this.#partitions.values());
    return this.#records.records();
  }

  /** Copies up to so many contacts more, and gives the partitions that are whole now. */
  slice(contacts: number): SliceResult {
    return this.#copy?.slice(contacts) ?? { partitions: [], done: true };
  }

  /** SHA-256 of each partition's state, hex. */
  digests(): { partition: number; digest: string }[] {
    return [...this.#partitions.values()].map((partition) => ({
      partition: partition.id,
      digest: createHash("sha256").update(snapshotOf(partition)).digest("hex"),
    }));
  }

  /** JSON text of the contact, `{ redirect }` with the contact that an id leads to, or null for an unknown one. */
  contact(key: ContactKey, partition: number, options: ContactOptions = {}): string | null {
    return this.#about(key, partition, (of, slot) => viewSlot(this.#live.program, of, slot, this.#logTime, options.why === true));
  }

  /** JSON text of all that is held of the contact, otherwise as `contact`. */
  held(key: ContactKey, partition: number): string | null {
    return this.#about(key, partition, (of, slot) => exportSlot(this.#live.program, of, slot, this.#logTime));
  }

  #about(key: ContactKey, partition: number, text: (of: Partition, slot: number) => string): string | null {
    const of = this.#partitions.get(partition);
    if (of === undefined) return null;
    const slot = of.rows.keys.find(key);
    return slot < 0 ? redirectText(of, key) : text(of, slot);
  }

  /** What is remembered of a request to forget, or null. */
  forgetOf(request: string): Remembered | null {
    return this.#records.forgotten?.find(request) ?? null;
  }

  /** What is to be erased from the streams and is not yet, as far as the log says. */
  erasures(): readonly Erasure[] {
    return this.#records.forgotten?.erasures.pending() ?? [];
  }

  /** Names of the live packs, in their order. */
  packs(): readonly string[] {
    return this.#programs.packs.map(({ name }) => name);
  }

  /** JSON texts of all contacts of a partition, in the order of their slots. */
  contacts(partition: number): string[] {
    const of = this.#partitions.get(partition);
    return of === undefined ? [] : Array.from(of.rows.taken(), (slot) => viewSlot(this.#live.program, of, slot, this.#logTime));
  }

  /** Who is where, of so many contacts from `from` on. */
  population(from: SlotCursor, contacts: number): PopulationSlice {
    return countPlaces(this.#programs, [...this.#partitions.values()], from, contacts, this.#logTime);
  }

  /** What targets count of so many contacts from `from` on. */
  targets(from: SlotCursor, contacts: number): TargetSlice {
    return countTargetSlice(this.#programs, [...this.#partitions.values()], from, contacts, this.#logTime);
  }

  /** R x F, segments and numbers in effect, of every pack with `rfm`, of so many contacts from `from` on. */
  rfm(from: SlotCursor, contacts: number): RfmSlice {
    return countRfm(this.#programs, [...this.#partitions.values()], from, contacts, this.#logTime);
  }

  /** None before the settings. */
  get #programs(): Pick<Program, "packs"> {
    return this.#records.live?.program ?? { packs: [] };
  }

  get #live(): Live {
    return this.#records.live as Live;
  }

  #step(position: number): void {
    if (this.#soonest > this.#logTime) return;
    this.#records.forgotten?.expire(this.#logTime);
    for (const partition of this.#partitions.values()) partition.step(position, this.#logTime);
    this.#counted.push(...countAll(this.#partitions.values(), position, this.#logTime));
    this.#soonest = this.#nextDeadline();
  }

  #takeCounted(): CountedItem[] {
    const counted = this.#counted;
    this.#counted = [];
    return counted;
  }

  #nextDeadline(): number {
    let next = this.#records.forgotten?.nextExpiry ?? Number.POSITIVE_INFINITY;
    for (const partition of this.#partitions.values()) next = Math.min(next, partition.nextDeadline, partition.rows.counts.nextCount);
    return next;
  }

  #sum(of: "contacts" | "inHistory" | "deadlinesFired"): number {
    let sum = 0;
    for (const partition of this.#partitions.values()) sum += partition.rows[of];
    return sum;
  }

  #duplicatesReach(): number {
    let reach = Number.POSITIVE_INFINITY;
    for (const { duplicates } of this.#partitions.values()) reach = Math.min(reach, duplicates.reach(this.#logTime));
    return reach;
  }
}

/** What has been counted since, of all that has. */
function since(before: Readonly<Record<string, number>>, now: object = {}): Record<string, number> {
  return Object.fromEntries(
    Object.entries(now as Readonly<Record<string, number>>)
      .map(([what, count]) => [what, count - (before[what] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
}
