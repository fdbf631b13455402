// The engine in this process, driven the way the pipeline drives it but with nothing asynchronous around it: log messages go
// through the framer into one worker's fold, and effects and contacts come out as they would be published. For comparisons with
// the naive model on many small logs; whole pipelines are compared by `npm run verify`.

import { Framer } from "../../../src/flow/frame.ts";
import { epochMs, position } from "../../../src/model/ids.ts";
import { logSubjects } from "../../../src/model/log.ts";
import type { SettingsInput } from "../../../src/model/settings.ts";
import type { PackDefinition } from "../../../src/packs/definition.ts";
import { WorkerFold } from "../../../src/partition/fold.ts";
import type { PublishedContact, PublishedEvent } from "./compare.ts";

const SHARD = "0";
const PARTITIONS = 64;
const BATCH_EVENTS = 500;

export class InProcessEngine {
  readonly #framer = new Framer({ shard: SHARD, workers: 1, now: () => Number.MAX_SAFE_INTEGER });
  #fold = new WorkerFold(SHARD, 0, 1);
  readonly #effects: PublishedEvent[] = [];
  readonly outcomes: Record<string, number> = {};
  #position = 0;

  constructor(packs: readonly PackDefinition[], settings: SettingsInput) {
    this.#control("settings", settings);
    for (const pack of packs) this.#control(`pack.${pack.name}`, { pack: pack.name, version: pack.version, hash: pack.hash, text: pack.text });
  }

  /** One message on the log's event subject; its position. */
  event(data: string, storedMs: number): number {
    return this.#append(`${logSubjects(SHARD).event}.x`, data, storedMs);
  }

  advance(to: number): void {
    this.#control("advance", { to });
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

  #append(subject: string, data: string, storedMs: number): number {
    const at = ++this.#position;
    this.#framer.add({ position: position(at), storedMs: epochMs(storedMs), subject, contentType: "", data: Buffer.from(data) });
    if (this.#framer.size >= BATCH_EVENTS) this.#run();
    return at;
  }

  #run(): void {
    if (this.#framer.messages === 0) return;
    const [batch] = this.#framer.take().perWorker;
    if (batch === undefined) return;
    const { effects, outcomes } = this.#fold.batch(batch.buffer, batch.size);
    for (const [outcome, count] of Object.entries(outcomes)) this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + count;
    let start = 0;
    for (const end of effects.ends) {
      this.#effects.push(JSON.parse(Buffer.from(effects.bodies.subarray(start, end)).toString()) as PublishedEvent);
      start = end;
    }
  }
}
