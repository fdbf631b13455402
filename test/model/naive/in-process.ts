// The engine in this process, driven the way the pipeline drives it but with nothing asynchronous around it: log messages go
// through the framer into one worker's fold, and effects and contacts come out as they would be published. For comparisons with
// the naive model on many small logs; whole pipelines are compared by `npm run verify`.

import { cutsText, PendingCuts } from "../../../src/app/cuts.ts";
import { RECORDS_TYPE } from "../../../src/app/record-writer.ts";
import { UnwrittenRecords } from "../../../src/app/unwritten-records.ts";
import { Framer } from "../../../src/flow/frame.ts";
import { epochMs, position } from "../../../src/model/ids.ts";
import { logSubjects } from "../../../src/model/log.ts";
import type { SettingsInput } from "../../../src/model/settings.ts";
import type { PackDefinition } from "../../../src/packs/definition.ts";
import type { CutsRecord } from "../../../src/packs/population.ts";
import { type FoldedBatch, WorkerFold } from "../../../src/partition/fold.ts";
import type { PublishedContact, PublishedEvent } from "./compare.ts";

const SHARD = "0";
const PARTITIONS = 64;
const BATCH_EVENTS = 500;

export class InProcessEngine {
  readonly #framer = new Framer({ shard: SHARD, workers: 1, now: () => Number.MAX_SAFE_INTEGER });
  #fold = new WorkerFold(SHARD, 0, 1);
  readonly #effects: PublishedEvent[] = [];
  readonly outcomes: Record<string, number> = {};
  /** Hashes of those who are said to be forgotten. */
  readonly confirmed: string[] = [];
  readonly #cuts = new PendingCuts();
  readonly #records: CutsRecord[] = [];
  /** Whether packs have numbers of the population, whose records stand right behind the message at which was counted. */
  readonly #counts: boolean;
  readonly #clock: "event" | "stored";
  readonly #unwritten = new UnwrittenRecords();
  /** Whether ids are tied, so that records between partitions stand right behind the message that made them. */
  readonly #ties: boolean;
  #position = 0;
  #storedMs = 0;

  constructor(packs: readonly PackDefinition[], settings: SettingsInput) {
    this.#clock = settings.clock ?? "stored";
    this.#counts = packs.some(({ population, rfm }) => population.length > 0 || (rfm?.recut ?? null) !== null);
    this.#ties = (settings.identity?.ties ?? "none") !== "none";
    this.#control("settings", settings);
    for (const pack of packs) this.#control(`pack.${pack.name}`, { pack: pack.name, version: pack.version, hash: pack.hash, text: pack.text });
  }

  /** One message on the log's event subject; its position. */
  event(data: string, storedMs: number): number {
    return this.#append(`${logSubjects(SHARD).event}.x`, data, storedMs);
  }

  /** A record on a control subject; its position. */
  control(type: string, data: string, storedMs: number): number {
    return this.#append(`${logSubjects(SHARD).controlPrefix}${type}`, data, storedMs);
  }

  advance(to: number): void {
    this.#control("advance", { to });
  }

  /** A message without content, with either clock; its position. */
  tick(to: number): number {
    const prefix = logSubjects(SHARD).controlPrefix;
    return this.#clock === "event" ? this.#append(`${prefix}advance`, JSON.stringify({ to }), to) : this.#append(`${prefix}tick`, "", to);
  }

  /** Records of numbers of the population that stand behind the last message, since this was last asked. */
  records(): CutsRecord[] {
    return this.#records.splice(0);
  }

  /** Takes a snapshot and goes on, as a checkpoint does; with `restart` a new fold goes on from it. */
  checkpoint(options: { readonly restart: boolean }): void {
    this.#run();
    const { partitions, records } = this.#fold.snapshot();
    if (!options.restart) return;
    this.#fold = new WorkerFold(SHARD, 0, 1);
    this.#fold.restore({ position: 1, logTime: this.#framer.logTime, records, partitions });
  }

  effects(): readonly PublishedEvent[] {
    this.#run();
    return this.#effects;
  }

  contacts(): PublishedContact[] {
    this.#run();
    const all = Array.from({ length: PARTITIONS }, (_, partition) => this.#fold.contacts(partition)).flat();
    return all.map((text) => JSON.parse(text) as PublishedContact);
  }

  #control(type: string, record: unknown): void {
    this.#append(`${logSubjects(SHARD).controlPrefix}${type}`, JSON.stringify(record), 0);
  }

  #append(subject: string, data: string | Buffer, storedMs: number, contentType = ""): number {
    const at = ++this.#position;
    this.#storedMs = Math.max(this.#storedMs, storedMs);
    this.#framer.add({ position: position(at), storedMs: epochMs(storedMs), subject, contentType, data: typeof data === "string" ? Buffer.from(data) : data });
    if (this.#counts || this.#ties || this.#framer.size >= BATCH_EVENTS) this.#run();
    return at;
  }

  #writeCuts(): void {
    for (const { record } of this.#cuts.unwritten()) {
      this.#records.push(record);
      const subject = logSubjects(SHARD).cuts(record.pack);
      this.#append(subject, cutsText(record), this.#storedMs);
    }
  }

  #run(): void {
    if (this.#framer.messages === 0) return;
    const [batch] = this.#framer.take().perWorker;
    if (batch === undefined) return;
    const result = this.#fold.batch(batch.buffer, batch.size);
    const { effects, outcomes } = result;
    for (const [outcome, count] of Object.entries(outcomes)) this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + count;
    let start = 0;
    for (const end of effects.ends) {
      const event = JSON.parse(Buffer.from(effects.bodies.subarray(start, end)).toString()) as PublishedEvent;
      if (event.data.axis === "contact") this.confirmed.push(event.data.contact.hash ?? "");
      else this.#effects.push(event);
      start = end;
    }
    this.#cuts.take([result]);
    this.#writeCuts();
    this.#writeRecords(result);
  }

  #writeRecords(result: FoldedBatch): void {
    this.#unwritten.take([result]);
    const { records } = logSubjects(SHARD);
    for (let message = this.#unwritten.next(); message !== undefined; message = this.#unwritten.next())
      this.#append(records, message.data, this.#storedMs, RECORDS_TYPE);
  }
}
