// What one worker does: it owns some partitions (p mod workers) and applies batches to them, entry by entry, in the order of
// the log. Settings and packs come in through the log like everything else (live-records.ts). It reads no clock: worker.ts puts it
// behind Piscina and measures the time it takes.

import { createHash } from "node:crypto";
import type { Broadcast, IncomingEvent } from "../engine/apply.ts";
import type { ErasedRecord, ForgetAnswer, ForgetRecord } from "../model/forget.ts";
import { type ContactKey, PARTITION_COUNT } from "../model/ids.ts";
import type { OutcomeKind } from "../model/outcome.ts";
import type { ContactOptions } from "../model/status.ts";
import type { CutsRecord } from "../packs/population.ts";
import { BetweenPartitions } from "./between.ts";
import { countPlaces, countRfm, exportSlot, redirectText, viewSlot } from "./census.ts";
import type { DecodedEvent } from "./decode.ts";
import { EffectCollector } from "./effects.ts";
import type { Erasure } from "./erasures.ts";
import type { ForgottenRecord, Remembered } from "./forgotten.ts";
import type { Live } from "./live.ts";
import { type ControlRecord, compileTexts, LiveRecords } from "./live-records.ts";
import { Partition } from "./partition.ts";
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
  type Population,
  type RestoredState,
  type SliceResult,
  type SlotCursor,
  type SnapshotResult,
  type TargetSlice,
} from "./protocol.ts";
import { countAll, countOwed } from "./recount.ts";
import type { RfmGrid } from "./rfm-grid.ts";
import { PartitionCopy, restorePartition, snapshotOf } from "./snapshot.ts";
import { countTargetSlice } from "./target-counts.ts";
import { isOfDevice, oldIdEnd, readTie, TIE_HEADER_BYTES } from "./ties.ts";

/** What a batch gave; how long it took is measured outside. */
export type FoldedBatch = Omit<BatchResult, "busyMs">;

export class WorkerFold {
  readonly #records: LiveRecords;
  readonly #owned: number[];
  readonly #partitions = new Map<number, Partition>();
  readonly #effects: EffectCollector;
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
  #forgets: ForgetAnswer[] = [];
  #historyEvents = 0;
  /** Of a snapshot that is being made, the partitions that are not whole yet. */
  #copies: PartitionCopy[] = [];

  constructor(shard: string, worker: number, workers: number) {
    this.#records = new LiveRecords(shard);
    this.#owned = Array.from({ length: PARTITION_COUNT }, (_, partition) => partition).filter((partition) => partition % workers === worker);
    this.#effects = new EffectCollector(shard);
  }

  restore(state: RestoredState): void {
    this.#logTime = state.logTime;
    this.#restoredAt = state.position;
    for (const record of state.records) this.#control(Buffer.from(record), 0, 0, 0, true);
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
          this.#control(bytes.subarray(payload, payload + length), position, this.#logTime, view.getFloat64(at + 24, true));
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
      forgets: this.#forgets.splice(0),
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
    this.#copies = [...this.#partitions.values()].map((partition) => new PartitionCopy(partition));
    return this.#records.records();
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

  population(): Population {
    return this.#records.live === null
      ? { contacts: 0, packs: {}, targets: {}, aims: {} }
      : countPlaces(this.#live.program, this.#partitions.values(), this.#logTime);
  }

  /** What targets count of so many contacts from `from` on. */
  targets(from: SlotCursor, contacts: number): TargetSlice {
    const program = this.#records.live?.program ?? { packs: [] };
    return countTargetSlice(program, [...this.#partitions.values()], from, contacts, this.#logTime);
  }

  /** R x F, segments and numbers in effect, of every pack with `rfm`, over the partitions of this worker. */
  rfm(): RfmGrid {
    return countRfm(this.#records.live?.program ?? { packs: [] }, this.#partitions.values(), this.#logTime);
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

  #control(payload: Uint8Array, position: number, logTime: number, storedMs: number, restoring = false): void {
    const text = Buffer.from(payload).toString("utf8");
    const record = JSON.parse(text) as ControlRecord;
    this.#soonest = 0;
    switch (record.type) {
      case "settings":
        if (this.#records.begin(text, record)) this.#begin();
        return;
      case "pack":
        if (this.#records.takePack(text, record)) this.#setLive();
        return;
      case "policy":
        if (this.#records.takePolicy(text, record)) this.#setLive();
        return;
      case "cuts":
        this.#takeCuts(text, record as unknown as CutsRecord, restoring);
        return;
      case "broadcast":
        this.#takeBroadcast(position, record as unknown as Omit<Broadcast, "position">);
        return;
      case "forget":
        this.#forget(record as unknown as ForgetRecord, position, storedMs);
        return;
      case "erased":
        this.#records.forgotten?.erasures.note(record as unknown as ErasedRecord);
        return;
      case "forgotten":
        this.#records.forgotten?.restore(record as unknown as ForgottenRecord);
        return;
      case "history":
        for (const partition of this.#partitions.values()) partition.sweeps.endOfHistory.take(position);
        return;
      case "advance":
        for (const partition of this.#partitions.values()) partition.advance(position, logTime);
        return;
      default:
        return;
    }
  }

  #begin(): void {
    const { settings } = this.#records;
    if (settings === null) return;
    for (const partition of this.#owned) this.#partitions.set(partition, new Partition(partition, settings, this.#live, this.#effects.emit));
  }

  #setLive(): void {
    for (const partition of this.#partitions.values()) partition.setLive(this.#live);
  }

  /** One that no live pack has, or that finds too many before it, is refused; one that was taken before does nothing. */
  #takeBroadcast(position: number, { pack, trigger, id }: Omit<Broadcast, "position">): void {
    const of = this.#records.live?.program.packs.find(({ name }) => name === pack)?.triggers.find(({ definition }) => definition.name === trigger);
    const taken =
      of?.definition.when.kind === "broadcast"
        ? [...this.#partitions.values()].map((one) => one.sweeps.broadcasts.take({ pack, trigger, id, position }, this.#logTime))
        : [];
    // All partitions say the same: whoever has the first counts for all.
    const refused = taken.length === 0 || taken.includes("full");
    if (refused && this.#owned.includes(0)) this.#records.refuse("broadcast_refused");
  }

  #forget(of: ForgetRecord, position: number, storedMs: number): void {
    const gone = this.#records.forgotten?.erasures.begin(of, { at: this.#logTime, position, storedMs }) ?? 0;
    for (let refused = 0; refused < gone && this.#owned.includes(0); refused++) this.#records.refuse("erasure_gone");
    for (const { hash, probe } of of.contacts) {
      const full = this.#records.forgotten?.remember({ request: of.request, hash, probe, at: this.#logTime, position });
      // All workers say the same: whoever has the first partition counts for all.
      if (full === true && this.#owned.includes(0)) this.#records.refuse("tombstone_gone");
    }
    for (const partition of this.#partitions.values()) {
      const answer = partition.forget(of, position, this.#logTime);
      if (answer !== undefined) this.#forgets.push(answer);
    }
  }

  #takeCuts(text: string, record: CutsRecord, restoring: boolean): void {
    const item = this.#records.takeCuts(text, record, restoring);
    if (item === undefined) return;
    for (const partition of this.#partitions.values()) partition.numbersChanged(item);
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

  /**
   * How far back an id is surely remembered. A partition that has room forgets by age alone, so it reaches the whole window. One that
   * is full forgets its oldest id with the next new one, and reaches no further than that.
   */
  #duplicatesReach(): number {
    const { settings } = this.#records;
    if (settings === null) return Number.POSITIVE_INFINITY;
    const { capacity, window_ms } = settings.duplicates;
    let reach = window_ms;
    for (const { duplicates } of this.#partitions.values())
      if (duplicates.size === capacity) reach = Math.min(reach, Math.max(0, this.#logTime - duplicates.oldest));
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
