// What one worker does: it owns some partitions (p mod workers) and applies batches to them, entry by entry, in the order of
// the log. Settings and packs come in through the log like everything else (controls.ts, live-records.ts). Between batches it says what
// somebody wants to know of its contacts (census.ts), and gives its part of checkpoints. It reads no clock: worker.ts puts it behind
// Piscina and measures the time it takes.

import { createHash } from "node:crypto";
import type { IncomingEvent } from "../engine/apply.ts";
import { type ContactKey, PARTITION_COUNT } from "../model/ids.ts";
import type { OutcomeKind } from "../model/outcome.ts";
import type { ContactOptions } from "../model/status.ts";
import type { Program } from "../packs/program.ts";
import { BetweenPartitions } from "./between.ts";
import { countPlaces, countRfm, exportSlot, redirectText, viewSlot } from "./census.ts";
import { CheckpointCopy } from "./checkpoint-copy.ts";
import { Controls } from "./controls.ts";
import type { DecodedEvent } from "./decode.ts";
import { EffectCollector } from "./effects.ts";
import type { Erasure } from "./erasures.ts";
import type { Remembered } from "./forgotten.ts";
import type { Live } from "./live.ts";
import { compileTexts, LiveRecords } from "./live-records.ts";
import type { Partition } from "./partition.ts";
import type { ForwardRecord } from "./people-records.ts";
import {
  type BatchResult,
  type CountedItem,
  type DeadEvent,
  ENTRY_CONTROL,
  ENTRY_EVENT,
  ENTRY_HEADER_BYTES,
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
import { isOfDevice, oldIdEnd, readTie, TIE_HEADER_BYTES } from "./ties.ts";

/** What a batch gave; how long it took is measured outside. */
export type FoldedBatch = Omit<BatchResult, "busyMs">;

export class WorkerFold {
  readonly #records: LiveRecords;
  readonly #partitions = new Map<number, Partition>();
  readonly #effects: EffectCollector;
  readonly #controls: Controls;
  readonly #between = new BetweenPartitions(
    this.#partitions,
    (record) => this.#read(record),
    (contact, at) => this.#isForgotten(contact, at),
  );
  #logTime = 0;
  /** Position of the checkpoint that this began from. */
  #restoredAt = 0;
  /** No deadline of any partition is earlier; may be too early itself. Most time steps need nothing else. */
  #soonest = 0;
  #counted: CountedItem[] = [];
  #historyEvents = 0;
  #copy: CheckpointCopy | undefined;

  constructor(shard: string, worker: number, workers: number) {
    this.#records = new LiveRecords(shard);
    this.#effects = new EffectCollector(shard);
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
    const bytes = new Uint8Array(buffer, 0, size);
    const view = new DataView(buffer);
    const outcomes: Record<OutcomeKind, number> = { applied: 0, duplicate: 0, late: 0, forgotten: 0, deadLetter: 0 };
    const dead: DeadEvent[] = [];
    const fired = this.#sum("deadlinesFired");
    const droppedBefore = { ...this.#records.live?.engine.dropped };
    const mutedBefore = { ...this.#records.live?.engine.muted };
    this.#historyEvents = 0;
    for (let at = 0; at < size; ) {
      const length = view.getUint32(at + 4, true);
      const payload = at + ENTRY_HEADER_BYTES;
      const position = view.getFloat64(at + 8, true);
      this.#logTime = view.getFloat64(at + 16, true);
      switch (view.getUint32(at, true)) {
        case ENTRY_STEP:
          this.#step(position);
          break;
        case ENTRY_EVENT:
          outcomes[
            this.#event(
              bytes,
              payload,
              payload + length,
              position,
              view.getFloat64(at + 24, true),
              view.getUint32(at + 32, true),
              view.getUint32(at + 36, true),
              dead,
            )
          ]++;
          break;
        case ENTRY_TIE:
          this.#tie(bytes, payload, payload + length, position, view.getFloat64(at + 24, true), view.getUint32(at + 36, true));
          break;
        case ENTRY_RECORDS:
          this.#between.take(bytes.subarray(payload, payload + length), position, this.#logTime);
          this.#soonest = 0;
          break;
        case ENTRY_CONTROL:
          this.#controls.take(bytes.subarray(payload, payload + length), { position, logTime: this.#logTime, storedMs: view.getFloat64(at + 24, true) });
          this.#soonest = 0;
          break;
        default:
          throw new RangeError(`unknown entry in a batch at byte ${at}`);
      }
      at = (payload + length + 7) & ~7;
    }
    const counted = this.#effects.counted();
    return {
      buffer,
      effects: this.#effects.take(),
      dead,
      outcomes,
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
      historyEvents: this.#historyEvents,
      muted: since(mutedBefore, this.#records.live?.engine.muted),
      duplicatesReachMs: this.#duplicatesReach(),
    };
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

  #event(bytes: Uint8Array, start: number, end: number, position: number, storedMs: number, index: number, partition: number, dead: DeadEvent[]): OutcomeKind {
    const { settings, reading } = this.#records;
    const of = this.#partitions.get(partition);
    if (settings === null || of === undefined || reading === null) throw new RangeError("an event before the settings");
    const { decoder, decoded } = reading;
    const reason = decoder.decode(bytes, start, end, storedMs, decoded);
    const contact = reason === null ? contactOf(decoded) : undefined;
    if (reason !== null || contact === undefined) {
      dead.push({
        position,
        index,
        reason: reason ?? "no_id",
        error: `the event at ${position}, index ${index}, cannot be read`,
        body: bytes.slice(start, end),
      });
      return "deadLetter";
    }
    const { type, name, messageId, historical, values } = decoded;
    // What is history has happened by now.
    const latest = settings.clock === "event" ? Number.POSITIVE_INFINITY : this.#logTime + (historical ? 0 : settings.time.skew_ms);
    if (decoded.timeMs > latest) this.#live.engine.dropped.time_ahead++;
    const event: IncomingEvent = { type, name, at: Math.min(decoded.timeMs, latest), messageId, position, index, historical, values };
    if (this.#isForgotten(contact, event.at)) return "forgotten";
    const outcome = of.event(contact, event, this.#logTime, { bytes, start, end, storedMs });
    if (historical && outcome === "applied") this.#historyEvents++;
    if (of.nextDeadline < this.#soonest) this.#soonest = of.nextDeadline;
    if (outcome !== "too_large") return outcome;
    dead.push({ position, index, reason: outcome, error: "with what says where it goes it is larger than limits.record_bytes", body: bytes.slice(start, end) });
    return "deadLetter";
  }

  /** `at`: when the event that says so was. */
  #tie(bytes: Uint8Array, start: number, end: number, position: number, at: number, partition: number): void {
    // Nearly all ties are known: SDKs say who an anonymous id is with every event.
    const people = this.#partitions.get(partition)?.people;
    if (isOfDevice(bytes, start) && people?.redirects.leadsToAscii(bytes, start + TIE_HEADER_BYTES, oldIdEnd(bytes, start), end) === true) return;
    const { old, to } = readTie(bytes, start, end);
    if (this.#isForgotten(to, at)) return;
    const tied = old.filter((id) => !this.#isForgotten(id, at));
    if (tied.length > 0) this.#partitions.get(partition)?.tie(tied, to, position, this.#logTime);
  }

  /** It was read once before it was sent on: what it is not by the live packs it is not for anybody. */
  #read({ event: bytes, at, storedMs, position, index }: ForwardRecord): IncomingEvent {
    const { reading } = this.#records;
    if (reading === null || reading.decoder.decode(bytes, 0, bytes.length, storedMs, reading.decoded) !== null)
      throw new RangeError("an event that was sent on cannot be read");
    const { type, name, messageId, historical, values } = reading.decoded;
    return { type, name, at, messageId, position, index, historical, values };
  }

  #isForgotten(contact: ContactKey, at: number): boolean {
    return this.#records.forgotten?.covers(contact, at) === true;
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

/** The user id if there is one, else the anonymous id (docs/packs.md "Contact"). */
function contactOf(event: DecodedEvent): ContactKey | undefined {
  if (event.userId !== undefined) return { kind: "user", id: wellFormed(event.userId) };
  return event.anonymousId === undefined ? undefined : { kind: "anonymous", id: wellFormed(event.anonymousId) };
}

/** Ids are kept as UTF-8, which cannot hold half of a surrogate pair: such an id is the one that it would be read back as. */
const wellFormed = (id: string): string => (id.isWellFormed() ? id : id.toWellFormed());

/** What has been counted since, of all that has. */
function since(before: Readonly<Record<string, number>>, now: object = {}): Record<string, number> {
  return Object.fromEntries(
    Object.entries(now as Readonly<Record<string, number>>)
      .map(([what, count]) => [what, count - (before[what] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
}
