// What a control record of the log does in one worker: it is read, what is live changes by it (live-records.ts), and the partitions of this
// worker do their part. Every worker reads the same records and says the same of each, so what is counted of a record is counted by the
// worker of the first partition alone.

import type { Broadcast } from "../engine/apply.ts";
import type { ErasedRecord, ForgetAnswer, ForgetRecord } from "../model/forget.ts";
import type { CutsRecord } from "../packs/population.ts";
import type { ForgottenRecord } from "./forgotten.ts";
import type { Live } from "./live.ts";
import type { ControlRecord, LiveRecords } from "./live-records.ts";
import type { Emit } from "./numbering.ts";
import { Partition } from "./partition.ts";

type BroadcastRecord = Omit<Broadcast, "position">;

/** Where a record stands in the log, log time there, and when the log stored it. */
export interface Standing {
  readonly position: number;
  readonly logTime: number;
  readonly storedMs: number;
}

export class Controls {
  readonly #records: LiveRecords;
  readonly #owned: readonly number[];
  readonly #partitions: Map<number, Partition>;
  readonly #emit: Emit;
  #forgets: ForgetAnswer[] = [];

  /** `owned`: the partitions of this worker, which the settings put into `partitions`. */
  constructor(records: LiveRecords, owned: readonly number[], partitions: Map<number, Partition>, emit: Emit) {
    this.#records = records;
    this.#owned = owned;
    this.#partitions = partitions;
    this.#emit = emit;
  }

  /** A record of a type that is not named here is for somebody else. */
  take(payload: Uint8Array, standing: Standing): void {
    const text = Buffer.from(payload).toString("utf8");
    const record = JSON.parse(text) as ControlRecord;
    const { position, logTime } = standing;
    switch (record.type) {
      case "broadcast":
        return this.#takeBroadcast(record as unknown as BroadcastRecord, standing);
      case "forget":
        return this.#forget(record as unknown as ForgetRecord, standing);
      case "erased":
        this.#records.forgotten?.erasures.note(record as unknown as ErasedRecord);
        return;
      case "history":
        for (const { sweeps } of this.#partitions.values()) sweeps.endOfHistory.take(position);
        return;
      case "advance":
        for (const partition of this.#partitions.values()) partition.advance(position, logTime);
        return;
      default:
        this.#takeLive(text, record, false);
    }
  }

  /** A record that a checkpoint keeps: numbers of the population count whatever their number is. */
  restore(text: string): void {
    this.#takeLive(text, JSON.parse(text) as ControlRecord, true);
  }

  /** What partitions of this worker answered to `forget` records since somebody asked. */
  takeForgets(): ForgetAnswer[] {
    return this.#forgets.splice(0);
  }

  #takeLive(text: string, record: ControlRecord, restoring: boolean): void {
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
        return this.#takeCuts(text, record as unknown as CutsRecord, restoring);
      case "forgotten":
        this.#records.forgotten?.restore(record as unknown as ForgottenRecord);
        return;
      default:
        return;
    }
  }

  #begin(): void {
    const { settings } = this.#records;
    if (settings === null) return;
    for (const partition of this.#owned) this.#partitions.set(partition, new Partition(partition, settings, this.#live, this.#emit));
  }

  #setLive(): void {
    for (const partition of this.#partitions.values()) partition.setLive(this.#live);
  }

  #takeCuts(text: string, record: CutsRecord, restoring: boolean): void {
    const item = this.#records.takeCuts(text, record, restoring);
    if (item === undefined) return;
    for (const partition of this.#partitions.values()) partition.numbersChanged(item);
  }

  /** One that no live pack has, or that finds too many before it, is refused; one that was taken before does nothing. */
  #takeBroadcast({ pack, trigger, id }: BroadcastRecord, { position, logTime }: Standing): void {
    const of = this.#records.live?.program.packs.find(({ name }) => name === pack)?.triggers.find(({ definition }) => definition.name === trigger);
    const taken =
      of?.definition.when.kind === "broadcast"
        ? [...this.#partitions.values()].map(({ sweeps }) => sweeps.broadcasts.take({ pack, trigger, id, position }, logTime))
        : [];
    if (taken.length === 0 || taken.includes("full")) this.#refuse("broadcast_refused");
  }

  #forget(of: ForgetRecord, { position, logTime, storedMs }: Standing): void {
    const gone = this.#records.forgotten?.erasures.begin(of, { at: logTime, position, storedMs }) ?? 0;
    for (let refused = 0; refused < gone; refused++) this.#refuse("erasure_gone");
    for (const { hash, probe } of of.contacts) {
      const full = this.#records.forgotten?.remember({ request: of.request, hash, probe, at: logTime, position });
      if (full === true) this.#refuse("tombstone_gone");
    }
    for (const partition of this.#partitions.values()) {
      const answer = partition.forget(of, position, logTime);
      if (answer !== undefined) this.#forgets.push(answer);
    }
  }

  /** All workers, and all partitions, say the same: whoever has the first counts for all. */
  #refuse(kind: string): void {
    if (this.#owned.includes(0)) this.#records.refuse(kind);
  }

  get #live(): Live {
    return this.#records.live as Live;
  }
}
