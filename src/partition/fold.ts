// What one worker does: it owns some partitions (p mod workers) and applies batches to them, entry by entry, in the order of
// the log. Settings and packs come in through the log like everything else. It reads no clock: worker.ts puts it behind Piscina
// and measures the time it takes.

import { createHash } from "node:crypto";
import { type Broadcast, ContactEngine, type IncomingEvent } from "../engine/apply.ts";
import { viewContact } from "../engine/view.ts";
import { explainContact } from "../engine/why.ts";
import { type ContactKey, PARTITION_COUNT } from "../model/ids.ts";
import type { OutcomeKind } from "../model/outcome.ts";
import { type Settings, settingsSchema } from "../model/settings.ts";
import type { ContactOptions } from "../model/status.ts";
import { compile } from "../packs/compile.ts";
import type { PackDefinition } from "../packs/definition.ts";
import { loadPack } from "../packs/load.ts";
import { loadPolicy, looksLikePolicy } from "../packs/load-policy.ts";
import type { PolicyDefinition } from "../packs/policy-definition.ts";
import { type CutsRecord, keepNumbers } from "../packs/population.ts";
import type { Program } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { createDecoder, type DecodedEvent, type Decoder } from "./decode.ts";
import { EffectCollector } from "./effects.ts";
import { stagesGone } from "./migration.ts";
import { type Live, Partition } from "./partition.ts";
import {
  type BatchResult,
  type CountedItem,
  type DeadEvent,
  ENTRY_CONTROL,
  ENTRY_EVENT,
  ENTRY_HEADER_BYTES,
  ENTRY_STEP,
  type LiveNumber,
  type Opened,
  type Population,
  type RestoredState,
  type SliceResult,
  type SnapshotResult,
} from "./protocol.ts";
import { countAll, countOwed, cutsRecords, itemsOf, liveNumbers, takeCuts } from "./recount.ts";
import { type RfmGrid, RfmGrids } from "./rfm-grid.ts";
import { PartitionCopy, restorePartition, snapshotOf } from "./snapshot.ts";

interface ControlRecord {
  readonly type: string;
  readonly text?: string;
  readonly pack?: string;
}

/** What a batch gave; how long it took is measured outside. */
export type FoldedBatch = Omit<BatchResult, "busyMs">;

export class WorkerFold {
  readonly #shard: string;
  readonly #owned: number[];
  #settings: Settings | null = null;
  #packs: PackDefinition[] = [];
  #live: Live | null = null;
  #decoder: Decoder | null = null;
  #decoded: DecodedEvent | null = null;
  readonly #partitions = new Map<number, Partition>();
  /** `settings` and live packs as the log has them: what a checkpoint needs to begin from. */
  #settingsRecord = "";
  readonly #packRecords = new Map<string, string>();
  #policy: PolicyDefinition | null = null;
  #policyRecord = "";
  readonly #effects: EffectCollector;
  #logTime = 0;
  /** Position of the checkpoint that this began from. */
  #restoredAt = 0;
  /** No deadline of any partition is earlier; may be too early itself. Most time steps need nothing else. */
  #soonest = 0;
  #dropped: Record<string, number> = {};
  #counted: CountedItem[] = [];
  /** Of a snapshot that is being made, the partitions that are not whole yet. */
  #copies: PartitionCopy[] = [];

  constructor(shard: string, worker: number, workers: number) {
    this.#shard = shard;
    this.#owned = Array.from({ length: PARTITION_COUNT }, (_, partition) => partition).filter((partition) => partition % workers === worker);
    this.#effects = new EffectCollector(shard);
  }

  restore(state: RestoredState): void {
    this.#logTime = state.logTime;
    this.#restoredAt = state.position;
    for (const record of state.records) this.#control(Buffer.from(record), 0, 0, true);
    const live = this.#live;
    const settings = this.#settings;
    if (live === null || settings === null) throw new RangeError("a checkpoint without settings");
    for (const { partition, bytes } of state.partitions)
      this.#partitions.set(partition, restorePartition(bytes, settings, live, this.#effects.emit, compileTexts));
  }

  /** What a start has to know before the first batch. */
  opened(): Opened {
    return {
      nextDeadline: this.#nextDeadline(),
      contacts: this.#contacts(),
      duplicatesReachMs: this.#duplicatesReach(),
      counted: countOwed(this.#partitions.values(), this.#restoredAt, this.#logTime),
      numbers: this.#numbers(),
    };
  }

  batch(buffer: ArrayBuffer, size: number): FoldedBatch {
    const bytes = new Uint8Array(buffer, 0, size);
    const view = new DataView(buffer);
    const outcomes: Record<OutcomeKind, number> = { applied: 0, duplicate: 0, late: 0, forgotten: 0, deadLetter: 0 };
    const dead: DeadEvent[] = [];
    const fired = this.#deadlinesFired();
    const droppedBefore = { ...this.#live?.engine.dropped };
    this.#dropped = {};
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
        case ENTRY_CONTROL:
          this.#control(bytes.subarray(payload, payload + length), position, this.#logTime);
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
      dropped: this.#droppedSince(droppedBefore),
      counted: this.#takeCounted(),
      numbers: this.#numbers(),
      nextDeadline: this.#nextDeadline(),
      ...counted,
      deadlinesFired: this.#deadlinesFired() - fired,
      contacts: this.#contacts(),
      duplicatesReachMs: this.#duplicatesReach(),
    };
  }

  snapshot(): SnapshotResult {
    return {
      partitions: [...this.#partitions.values()].map((partition) => ({ partition: partition.id, bytes: snapshotOf(partition) })),
      records: this.#records(),
    };
  }

  /** Begins a snapshot of this moment, to be made by `slice`; returns the records that go with it. */
  beginCopy(): readonly string[] {
    this.#copies = [...this.#partitions.values()].map((partition) => new PartitionCopy(partition));
    return this.#records();
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
      if (copy.contacts > 0) break;
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

  /** JSON text of the contact, or null for an unknown one. */
  contact(key: ContactKey, partition: number, options: ContactOptions = {}): string | null {
    const of = this.#partitions.get(partition);
    const slot = of?.keys.find(key) ?? -1;
    return of === undefined || slot < 0 ? null : this.#view(of, slot, options.why === true);
  }

  /** JSON texts of all contacts of a partition, in the order of their slots. */
  contacts(partition: number): string[] {
    const of = this.#partitions.get(partition);
    return of === undefined ? [] : Array.from({ length: of.contacts }, (_, slot) => this.#view(of, slot));
  }

  population(): Population {
    const packs = this.#live?.program.packs ?? [];
    const counts: Record<string, { stages: Record<string, number>; segments: Record<string, number>; audiences: Record<string, number> }> = {};
    for (const pack of packs) {
      const empty = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 0]));
      counts[pack.name] = {
        stages: empty(pack.stages?.order ?? []),
        segments: empty(pack.segments?.list.map((segment) => segment.name) ?? []),
        audiences: empty(pack.audiences.map((audience) => audience.name)),
      };
    }
    for (const partition of this.#partitions.values())
      for (let slot = 0; slot < partition.contacts; slot++) this.#count(partition.peek(slot, this.#logTime), counts);
    return { contacts: this.#contacts(), packs: counts };
  }

  /** R x F, segments and numbers in effect, of every pack with `rfm`, over the partitions of this worker. */
  rfm(): RfmGrid {
    const grids = new RfmGrids(this.#live?.program.packs ?? [], this.#logTime);
    for (const partition of this.#partitions.values())
      for (let slot = 0; slot < partition.contacts; slot++) grids.add(partition.peek(slot, this.#logTime), this.#logTime);
    return grids.take();
  }

  #count(row: Row, counts: Record<string, { stages: Record<string, number>; segments: Record<string, number>; audiences: Record<string, number> }>): void {
    for (const pack of this.#live?.program.packs ?? []) {
      const of = counts[pack.name];
      if (of === undefined) continue;
      if (pack.stages !== null) add(of.stages, pack.stages.order[row.numbers[pack.stages.place] as number]);
      if (pack.segments !== null) add(of.segments, pack.segments.list[row.numbers[pack.segments.place] as number]?.name);
      for (const audience of pack.audiences) if (row.numbers[audience.place] === 1) add(of.audiences, audience.name);
    }
  }

  #view(partition: Partition, slot: number, why = false): string {
    const { program } = this.#live as Live;
    const row = partition.peek(slot, this.#logTime);
    const view = viewContact(program, row, partition.keys.at(slot), this.#logTime);
    return JSON.stringify(why ? { ...view, why: explainContact(program, row, this.#logTime) } : view);
  }

  #event(bytes: Uint8Array, start: number, end: number, position: number, storedMs: number, index: number, partition: number, dead: DeadEvent[]): OutcomeKind {
    const settings = this.#settings;
    const of = this.#partitions.get(partition);
    const decoded = this.#decoded;
    if (settings === null || of === undefined || decoded === null || this.#decoder === null) throw new RangeError("an event before the settings");
    const reason = this.#decoder.decode(bytes, start, end, storedMs, decoded);
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
    const at = settings.clock === "stored" ? Math.min(decoded.timeMs, this.#logTime + settings.time.skew_ms) : decoded.timeMs;
    const event: IncomingEvent = { type: decoded.type, name: decoded.name, at, messageId: decoded.messageId, position, index, values: decoded.values };
    const outcome = of.event(contact, event, this.#logTime);
    if (of.nextDeadline < this.#soonest) this.#soonest = of.nextDeadline;
    return outcome;
  }

  #step(position: number): void {
    if (this.#soonest > this.#logTime) return;
    for (const partition of this.#partitions.values()) partition.step(position, this.#logTime);
    this.#counted.push(...countAll(this.#partitions.values(), position, this.#logTime));
    this.#soonest = this.#nextDeadline();
  }

  #control(payload: Uint8Array, position: number, logTime: number, restoring = false): void {
    const text = Buffer.from(payload).toString("utf8");
    const record = JSON.parse(text) as ControlRecord;
    this.#soonest = 0;
    switch (record.type) {
      case "settings":
        this.#begin(text, record);
        return;
      case "pack":
        this.#takePack(text, record);
        return;
      case "policy":
        this.#takePolicy(text, record);
        return;
      case "cuts":
        this.#takeCuts(text, record as unknown as CutsRecord, restoring);
        return;
      case "broadcast":
        this.#takeBroadcast(position, record as unknown as Omit<Broadcast, "position">);
        return;
      case "advance":
        for (const partition of this.#partitions.values()) partition.advance(position, logTime);
        return;
      default:
        return;
    }
  }

  /** The first settings are the log's; any later ones change nothing. */
  #begin(text: string, record: ControlRecord): void {
    if (this.#settings !== null) return;
    const { type: _, ...given } = record as ControlRecord & Record<string, unknown>;
    this.#settings = settingsSchema.parse(given);
    this.#settingsRecord = text;
    this.#setLive();
    for (const partition of this.#owned)
      this.#partitions.set(partition, new Partition(partition, this.#settings, this.#live as unknown as Live, this.#effects.emit));
  }

  /** One that no live pack has, or that finds too many before it, is refused; one that was taken before does nothing. */
  #takeBroadcast(position: number, { pack, trigger, id }: Omit<Broadcast, "position">): void {
    const of = this.#live?.program.packs.find(({ name }) => name === pack)?.triggers.find(({ definition }) => definition.name === trigger);
    const taken =
      of?.definition.when.kind === "broadcast"
        ? [...this.#partitions.values()].map((one) => one.broadcasts.take({ pack, trigger, id, position }, this.#logTime))
        : [];
    // All partitions say the same: whoever has the first counts for all.
    const refused = taken.length === 0 || taken.includes("full");
    if (refused && this.#owned.includes(0)) this.#dropped.broadcast_refused = (this.#dropped.broadcast_refused ?? 0) + 1;
  }

  #takeCuts(text: string, record: CutsRecord, restoring: boolean): void {
    const item = this.#live === null ? undefined : takeCuts(this.#live.program, record, text, restoring);
    if (item === undefined) return;
    for (const partition of this.#partitions.values()) partition.numbersChanged(item);
  }

  #takeCounted(): CountedItem[] {
    const counted = this.#counted;
    this.#counted = [];
    return counted;
  }

  /** A pack whose text is live changes nothing; one whose version is not above the live one, or that lost a stage, is refused. */
  #takePack(text: string, record: ControlRecord): void {
    const loaded = loadPack(record.text ?? "", `${record.pack ?? "pack"}.yaml`);
    const live = loaded.ok ? this.#packs.find((pack) => pack.name === loaded.pack.name) : undefined;
    if (!loaded.ok || (live !== undefined && live.hash !== loaded.pack.hash && !this.#supersedes(loaded.pack, live))) {
      this.#dropped.pack_refused = (this.#dropped.pack_refused ?? 0) + 1;
      return;
    }
    if (live?.hash === loaded.pack.hash) return;
    this.#packs = [...this.#packs.filter((pack) => pack.name !== loaded.pack.name), loaded.pack];
    this.#packRecords.set(loaded.pack.name, text);
    this.#setLive();
    for (const partition of this.#partitions.values()) partition.setLive(this.#live as Live);
  }

  /** The newest counts, as it stands in the log; one whose text is live changes nothing, and one that cannot be read is refused. */
  #takePolicy(text: string, record: ControlRecord): void {
    const loaded = loadPolicy(record.text ?? "", "policy.yaml");
    if (!loaded.ok) {
      this.#dropped.policy_refused = (this.#dropped.policy_refused ?? 0) + 1;
      return;
    }
    if (this.#policy?.hash === loaded.policy.hash) return;
    this.#policy = loaded.policy;
    this.#policyRecord = text;
    this.#setLive();
    for (const partition of this.#partitions.values()) partition.setLive(this.#live as Live);
  }

  #supersedes(next: PackDefinition, live: PackDefinition): boolean {
    const program = this.#live?.program.packs.find((pack) => pack.name === live.name);
    return next.version > live.version && (program === undefined || stagesGone(program, next).length === 0);
  }

  #setLive(): void {
    const settings = this.#settings as Settings;
    const program = compile(this.#packs, this.#policy);
    if (this.#live !== null) keepNumbers(itemsOf(this.#live.program), itemsOf(program));
    const dropped = this.#live?.engine.dropped;
    const engine = new ContactEngine(
      program,
      { shard: this.#shard, created: settings.created },
      { traitBytes: settings.limits.trait_bytes, carryBytes: settings.limits.carry_bytes, held: settings.limits.held },
    );
    Object.assign(engine.dropped, dropped);
    this.#live = { program, engine };
    this.#decoder = createDecoder(program.projection);
    this.#decoded = this.#decoder.newEvent();
  }

  #records(): string[] {
    const packs = [...this.#packRecords.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
    const cuts = this.#live === null ? [] : cutsRecords(this.#live.program);
    return [this.#settingsRecord, ...packs, ...(this.#policy === null ? [] : [this.#policyRecord]), ...cuts];
  }

  #droppedSince(before: Record<string, number>): Record<string, number> {
    const now = Object.entries(this.#live?.engine.dropped ?? {}).map(([what, count]) => [what, count - (before[what] ?? 0)] as const);
    return Object.fromEntries([...now, ...Object.entries(this.#dropped)].filter(([, count]) => count > 0));
  }

  #numbers(): LiveNumber[] {
    return this.#live === null ? [] : liveNumbers(this.#live.program);
  }

  #nextDeadline(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const partition of this.#partitions.values()) next = Math.min(next, partition.nextDeadline, partition.nextCount);
    return next;
  }

  #contacts(): number {
    let contacts = 0;
    for (const partition of this.#partitions.values()) contacts += partition.contacts;
    return contacts;
  }

  /**
   * How far back an id is surely remembered. A partition that has room forgets by age alone, so it reaches the whole window. One that
   * is full forgets its oldest id with the next new one, and reaches no further than that.
   */
  #duplicatesReach(): number {
    if (this.#settings === null) return Number.POSITIVE_INFINITY;
    const { capacity, window_ms } = this.#settings.duplicates;
    let reach = window_ms;
    for (const { duplicates } of this.#partitions.values())
      if (duplicates.size === capacity) reach = Math.min(reach, Math.max(0, this.#logTime - duplicates.oldest));
    return reach;
  }

  #deadlinesFired(): number {
    let fired = 0;
    for (const partition of this.#partitions.values()) fired += partition.deadlinesFired;
    return fired;
  }
}

/** The user id if there is one, else the anonymous id (docs/packs.md "Contact"). */
function contactOf(event: DecodedEvent): ContactKey | undefined {
  if (event.userId !== undefined) return { kind: "user", id: wellFormed(event.userId) };
  return event.anonymousId === undefined ? undefined : { kind: "anonymous", id: wellFormed(event.anonymousId) };
}

/** Ids are kept as UTF-8, which cannot hold half of a surrogate pair: such an id is the one that it would be read back as. */
const wellFormed = (id: string): string => (id.isWellFormed() ? id : id.toWellFormed());

function add(counts: Record<string, number>, name: string | undefined): void {
  if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
}

/** Packs, and a policy, that were live once: their texts were checked when they came. */
function compileTexts(texts: readonly string[]): Program {
  const packs = texts.filter((text) => !looksLikePolicy(text)).map((text) => loadPack(text, "pack.yaml"));
  const policies = texts.filter(looksLikePolicy).map((text) => loadPolicy(text, "policy.yaml"));
  return compile(
    packs.map((loaded) => {
      if (!loaded.ok) throw new RangeError("a pack of the checkpoint cannot be read any more");
      return loaded.pack;
    }),
    policies.map((loaded) => {
      if (!loaded.ok) throw new RangeError("a policy of the checkpoint cannot be read any more");
      return loaded.policy;
    })[0] ?? null,
  );
}
