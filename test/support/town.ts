// A town: a log in memory, the real framer and some workers that fold it, and what the engine itself writes between: records between
// partitions, right behind the message that made them or later. Event clock. For tests about who is who.

import { RECORDS_TYPE } from "../../src/app/record-writer.ts";
import { UnwrittenRecords } from "../../src/app/unwritten-records.ts";
import { type FramedBatch, Framer } from "../../src/flow/frame.ts";
import { formatIdentity } from "../../src/model/effect.ts";
import { forgetRecord } from "../../src/model/forget.ts";
import { type ContactKey, epochMs, position } from "../../src/model/ids.ts";
import { type LogMessage, logSubjects } from "../../src/model/log.ts";
import { partitionOf } from "../../src/model/partition-of.ts";
import type { SettingsInput } from "../../src/model/settings.ts";
import type { PackDefinition } from "../../src/packs/definition.ts";
import { mergeEffects } from "../../src/partition/effects.ts";
import { WorkerFold } from "../../src/partition/fold.ts";
import type { BatchResult, CountedItem, SnapshotResult } from "../../src/partition/protocol.ts";

const SHARD = "0";
const subjects = logSubjects(SHARD);

export interface TownOptions {
  readonly packs: readonly PackDefinition[];
  readonly policy?: string;
  readonly settings?: Partial<SettingsInput>;
  readonly workers?: number;
  /** Records are written after so many messages, not after each (1). */
  readonly lag?: number;
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads into what comes out as it is
type Json = any;

const keyOf = (contact: string): ContactKey => (contact.startsWith("anon:") ? { kind: "anonymous", id: contact.slice(5) } : { kind: "user", id: contact });

export class Town {
  readonly #workers: number;
  readonly #lag: number;
  #framer: Framer;
  #folds: WorkerFold[];
  readonly #unwritten = new UnwrittenRecords();
  readonly log: LogMessage[] = [];
  readonly effects: { readonly identity: string; readonly subject: string; readonly body: Json }[] = [];
  readonly outcomes: Record<string, number> = {};
  readonly dropped: Record<string, number> = {};
  readonly #counted: CountedItem[] = [];
  #since = 0;
  #sent = 0;

  constructor({ packs, policy, settings = {}, workers = 2, lag = 1 }: TownOptions) {
    this.#workers = workers;
    this.#lag = lag;
    this.#framer = new Framer({ shard: SHARD, workers, maxLeadMs: Number.POSITIVE_INFINITY });
    this.#folds = Array.from({ length: workers }, (_, worker) => new WorkerFold(SHARD, worker, workers));
    this.#record(subjects.settings, { type: "settings", created: "2026-01-01T00:00:00Z", clock: "event", identity: { ties: "all" }, ...settings });
    for (const pack of packs) this.pack(pack);
    if (policy !== undefined) this.#record(subjects.policy, { type: "policy", text: policy });
  }

  pack(pack: PackDefinition): void {
    this.#record(subjects.pack(pack.name), { type: "pack", pack: pack.name, version: pack.version, hash: pack.hash, text: pack.text });
  }

  /** One message of Segment events as they are; those without a time or a messageId are given one. */
  send(atMs: number, ...events: readonly Record<string, unknown>[]): void {
    const timed = events.map((event) => ({ messageId: `m${++this.#sent}`, timestamp: new Date(atMs).toISOString(), ...event }));
    this.#put(`${subjects.event}.shop`, Buffer.from(JSON.stringify(timed)));
    this.#since++;
    if (this.#since >= this.#lag) this.settle();
  }

  /** Log time goes on, and everything due by then happens. */
  advance(toMs: number): void {
    this.settle();
    this.#record(subjects.advance, { type: "advance", to: toMs });
  }

  /** Asks to forget somebody, by all of these names. */
  forget(first: string, ...others: readonly string[]): void {
    this.#put(subjects.forget, Buffer.from(JSON.stringify(forgetRecord([keyOf(first), ...others.map(keyOf)], `request-${this.log.length}`))));
  }

  /** All that a checkpoint would hold, as it would be written. */
  stored(): Buffer {
    const { records, partitions } = this.snapshot();
    return Buffer.concat([...records.map((text) => Buffer.from(text)), ...partitions.map(({ bytes }) => bytes)]);
  }

  /** Writes what is to be written, until nothing is left. */
  settle(): void {
    this.#since = 0;
    for (let message = this.#unwritten.next(); message !== undefined; message = this.#unwritten.next()) this.#put(subjects.records, message.data, RECORDS_TYPE);
  }

  /** The engine begins again from a snapshot of now, as a start does; records that the log does not hold are the state's to know. */
  restart(): void {
    const snapshot = this.snapshot();
    const { logTime, settings } = this.#framer;
    const framer = new Framer({ shard: SHARD, workers: this.#workers, maxLeadMs: Number.POSITIVE_INFINITY });
    if (settings !== undefined) framer.restore(logTime, settings);
    this.#framer = framer;
    const before = this.#unwritten.count;
    const opened = this.#folds.map((_, worker) => {
      const fold = new WorkerFold(SHARD, worker, this.#workers);
      const partitions = snapshot.partitions.filter(({ partition }) => partition % this.#workers === worker);
      fold.restore({ position: this.log.length, logTime, records: snapshot.records, partitions });
      this.#folds[worker] = fold;
      return fold.opened();
    });
    const again = new UnwrittenRecords();
    again.take(opened);
    if (again.count !== before) throw new Error(`${before} records were to be written, and ${again.count} are known after a restart`);
  }

  snapshot(): SnapshotResult {
    const parts = this.#folds.map((fold) => fold.snapshot());
    return { records: parts[0]?.records ?? [], partitions: parts.flatMap(({ partitions }) => partitions) };
  }

  digest(): string {
    const digests = this.#folds.flatMap((fold) => fold.digests()).sort((a, b) => a.partition - b.partition);
    return digests.map(({ digest }) => digest).join();
  }

  /** `anon:x` is anonymous. What stands there: the view, `{ redirect }`, or null. */
  view(contact: string, why = false): Json {
    const key = keyOf(contact);
    const partition = partitionOf(key.id);
    const text = this.#folds[partition % this.#workers]?.contact(key, partition, { why }) ?? null;
    return text === null ? null : JSON.parse(text);
  }

  /** What is counted for numbers of the population when log time goes on to here. */
  counted(toMs: number): readonly CountedItem[] {
    this.#counted.length = 0;
    this.advance(toMs);
    return [...this.#counted];
  }

  contacts(): Json[] {
    return Array.from({ length: 64 }, (_, partition) => this.#folds[partition % this.#workers]?.contacts(partition) ?? []).flatMap((texts) =>
      texts.map((text) => JSON.parse(text)),
    );
  }

  #record(subject: string, record: Record<string, unknown>): void {
    this.#put(subject, Buffer.from(JSON.stringify(record)));
  }

  #put(subject: string, data: Uint8Array, contentType = ""): void {
    const message: LogMessage = { position: position(this.log.length + 1), storedMs: epochMs(Date.parse("2036-01-01T00:00:00Z")), subject, contentType, data };
    this.log.push(message);
    this.#framer.add(message);
    this.#take(foldBatch(this.#framer.take(), this.#folds));
  }

  #take(results: readonly BatchResult[]): void {
    this.#unwritten.take(results);
    for (const { outcomes, dropped, counted } of results) {
      this.#counted.push(...counted);
      for (const [kind, count] of Object.entries(outcomes)) this.outcomes[kind] = (this.outcomes[kind] ?? 0) + count;
      for (const [what, count] of Object.entries(dropped)) this.dropped[what] = (this.dropped[what] ?? 0) + count;
    }
    for (const effect of mergeEffects(results.map(({ effects }) => effects)))
      this.effects.push({ identity: formatIdentity(SHARD, effect), subject: effect.subject, body: JSON.parse(Buffer.from(effect.body).toString()) });
  }
}

function foldBatch(batch: FramedBatch, folds: readonly WorkerFold[]): BatchResult[] {
  return batch.perWorker.map(({ buffer, size }, worker) => ({ ...(folds[worker] as WorkerFold).batch(buffer, size), busyMs: 0 }));
}

/** The same log folded with so many workers and messages in a batch. */
export function foldLog(log: readonly LogMessage[], workers: number, batch: number): { effects: string[]; digest: string } {
  const framer = new Framer({ shard: SHARD, workers, maxLeadMs: Number.POSITIVE_INFINITY });
  const folds = Array.from({ length: workers }, (_, worker) => new WorkerFold(SHARD, worker, workers));
  const effects: string[] = [];
  for (let at = 0; at < log.length; at += batch) {
    for (const message of log.slice(at, at + batch)) framer.add(message);
    const results = foldBatch(framer.take(), folds);
    for (const effect of mergeEffects(results.map((result) => result.effects)))
      effects.push(`${formatIdentity(SHARD, effect)} ${effect.subject} ${Buffer.from(effect.body).toString()}`);
  }
  const digests = folds.flatMap((fold) => fold.digests()).sort((a, b) => a.partition - b.partition);
  return { effects, digest: digests.map(({ digest }) => digest).join() };
}
