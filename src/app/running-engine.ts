// An engine that runs: it reads until it is stopped or fails, answers questions by asking the workers, says when a checkpoint is due, and
// ends with the first error that cannot be survived: recovery is a start (engine.ts), and nothing else.

import { setTimeout as sleep } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import type { Checkpoint, CheckpointStore } from "../flow/checkpoint.ts";
import type { Framer } from "../flow/frame.ts";
import type { Outbox } from "../flow/outbox.ts";
import type { Pool } from "../flow/pool.ts";
import { TidemarkError } from "../model/errors.ts";
import { type ContactKey, type EpochMs, epochMs, position } from "../model/ids.ts";
import { type LogState, logSubjects } from "../model/log.ts";
import type { Settings } from "../model/settings.ts";
import type { ContactOptions, Engine, EngineStatus, PlacesCounts, RfmCounts, RfmView, StagesView, TargetsView } from "../model/status.ts";
import type { BatchResult } from "../partition/protocol.ts";
import { Checkpoints, DIFFERENCES, markOfCheckpoint } from "./checkpoints.ts";
import { Counters, historyOf } from "./counters.ts";
import { cutsText, PendingCuts } from "./cuts.ts";
import type { EngineOptions } from "./engine-options.ts";
import { Forgets } from "./forgets.ts";
import { loggable } from "./log.ts";
import { type Done, Pipeline } from "./pipeline.ts";
import { RecordWriter } from "./record-writer.ts";
import { SharedCount } from "./shared-count.ts";
import { Ticks } from "./ticks.ts";

/** Contacts whose last look-up is kept. */
const LOOK_UPS_KEPT = 1000;
const FORGET_PAUSE_MS = 10;
/** How often the log is asked how far ahead it is. */
const LAG_EVERY_MS = 1000;

/** What a start has opened. */
export interface Opened {
  readonly store: CheckpointStore;
  /** Nothing in the state folder is of before this position; 0 where that is not known. */
  readonly goneUpTo: number;
  readonly checkpoint: Checkpoint | null;
  readonly settings: Settings;
  readonly framer: Framer;
  readonly pool: Pool;
  readonly outbox: Outbox;
  readonly logState: LogState;
  readonly release: () => Promise<void>;
  readonly stopping: AbortController;
}

export class RunningEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #running: Opened;
  readonly #counters = new Counters();
  readonly #pipeline: Pipeline;
  readonly #cuts = new PendingCuts();
  readonly #records: RecordWriter;
  readonly forgets: Forgets;
  readonly #ticks: Ticks;
  readonly #checkpoints: Checkpoints;
  readonly #ended = Promise.withResolvers<void>();
  readonly #live = Promise.withResolvers<void>();
  readonly #reading = new AbortController();
  #phase: EngineStatus["phase"] = "starting";
  #position: number;
  #lastInLog: number;
  #lagFrom: EpochMs = epochMs(0);
  /** Of earlier starts, as far as a checkpoint remembers them. */
  #differencesBefore = 0;
  #timers: NodeJS.Timeout[] = [];
  #flow: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #digest = "";
  readonly #lookUps = new LRUCache<string, { readonly batches: number; readonly answer: Promise<unknown | undefined> }>({ max: LOOK_UPS_KEPT });

  readonly #places = new SharedCount<PlacesCounts>(
    () => this.#running.pool.stages(),
    () => this.#handed,
  );
  readonly #rfm = new SharedCount<RfmCounts>(
    () => this.#running.pool.rfm(),
    () => this.#handed,
  );

  constructor(options: EngineOptions, running: Opened) {
    const { checkpoint, framer, pool, outbox, logState, settings } = running;
    const { config, parts } = options;
    this.#options = options;
    this.#running = running;
    this.#position = checkpoint?.manifest.log.position ?? 0;
    this.#lastInLog = logState.last;
    if (checkpoint !== null) {
      this.#counters.restore(checkpoint.manifest.counters);
      this.#differencesBefore = checkpoint.manifest.counters[DIFFERENCES] ?? 0;
    }
    const failed = (error: unknown): void => options.logger.warn(loggable(error), "records between partitions could not be written");
    this.#records = new RecordWriter({ log: parts.log, shard: config.shard, limit: config.records.unwritten, failed, now: this.#now }, pool.opened);
    const { batch, shard } = config;
    const room = (signal: AbortSignal) => this.#records.room(signal);
    this.#pipeline = new Pipeline(
      { shard, log: parts.log, framer, pool, outbox, dead: parts.dead, counters: this.#counters, batchEvents: batch.events, room },
      (done) => this.#onDone(done),
    );
    this.#ticks = new Ticks({
      log: parts.log,
      shard: config.shard,
      grainMs: settings.time.grain_ms,
      now: this.#now,
      due: () => ({
        deadlineMs: settings.clock === "stored" && this.#phase === "live" ? this.#pipeline.nextDeadline : Number.POSITIVE_INFINITY,
        logTimeMs: framer.logTime,
      }),
      failed: (error) => options.logger.warn(loggable(error), "a tick could not be written"),
    });
    this.#cuts.take(pool.opened);
    this.#checkpoints = new Checkpoints(checkpoint, {
      ...running,
      shard,
      pipeline: this.#pipeline,
      counters: this.#counters,
      differences: () => this.#outputDifferences,
      logger: options.logger,
      now: this.#now,
      taken: (goneUpTo) => this.forgets.took(goneUpTo),
    });
    this.forgets = new Forgets(running.goneUpTo, () => this.#checkpointForForgets());
    this.#ended.promise.catch(() => {});
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Begins to read. Whatever ends the flow but a stop ends the engine. */
  run(): void {
    const { checkpoint, pool, outbox } = this.#running;
    this.#phase = "replaying";
    const from = position(this.#position + 1);
    this.#flow = this.#pipeline.run(from, this.#reading.signal, checkpoint === null ? undefined : markOfCheckpoint(checkpoint));
    const failure = Promise.race([this.#flow.then(() => new Promise<never>(() => {})), pool.died, outbox.failed, this.#pipeline.failed]);
    failure.catch((error: unknown) => void this.#close(error));
    this.#timers = [
      setInterval(() => void this.#measureLag(), LAG_EVERY_MS).unref(),
      setInterval(() => this.#checkpointQuietly(), this.#options.config.checkpoint.every_s * 1000).unref(),
    ];
    this.#caughtUp();
    const forgotten = Math.max(...pool.opened.map(({ newestForget }) => newestForget));
    if (forgotten > 0) this.forgets.need(forgotten);
  }

  status(): EngineStatus {
    const { framer, outbox } = this.#running;
    const counters = this.#counters;
    const { stats } = outbox;
    const lagMessages = Math.max(0, this.#lastInLog - this.#position);
    return {
      shard: this.#options.config.shard,
      phase: this.#phase,
      trouble: this.#options.trouble?.() ?? stats.trouble,
      position: stats.ackedPosition,
      taken: this.#pipeline.last?.position ?? this.#position,
      logTimeMs: framer.logTime,
      lagMessages,
      lagSeconds: lagMessages === 0 || this.#lagFrom === 0 ? 0 : Math.max(0, (this.#now() - this.#lagFrom) / 1000),
      ...counters.counted(),
      stampedBack: counters.stampedBack,
      heldBack: stats.heldBack,
      outputDifferences: this.#outputDifferences,
      outboxRetries: stats.retries,
      ticks: this.#ticks.written,
      repeatedTicks: this.#ticks.repeated,
      contacts: this.#pipeline.contacts,
      unwrittenRecords: this.#unwrittenRecords,
      history: historyOf(counters, this.#pipeline.inHistory),
      nextDeadlineMs: this.#pipeline.nextDeadline,
      duplicatesReachMs: Math.min(this.#running.settings.duplicates.window_ms, this.#pipeline.duplicatesReachMs),
      ...this.#checkpoints.status(),
      time: { ...counters.time },
    };
  }

  /** Asked again before anything new was taken, a contact is the same: a page that polls does not keep the workers busy. */
  contact(key: ContactKey, options: ContactOptions = {}): Promise<unknown | undefined> {
    const name = `${key.kind}/${options.why === true}/${key.id}`;
    const { batches } = this.#pipeline;
    const known = this.#lookUps.get(name);
    if (known?.batches === batches) return known.answer;
    const answer = this.#running.pool.contact(key, options);
    this.#lookUps.set(name, { batches, answer });
    answer.catch(() => this.#lookUps.delete(name));
    return answer;
  }

  /** The last position that the workers were given. */
  get #handed(): number {
    return Math.max(this.#pipeline.handed, this.#position);
  }

  stages(): Promise<StagesView> {
    return this.#places.ask();
  }

  targets(): Promise<TargetsView> {
    return this.#running.pool.targets();
  }

  rfm(): Promise<RfmView> {
    return this.#rfm.ask();
  }

  get pool(): Pick<Pool, "erasures" | "forgetOf" | "held"> {
    return this.#running.pool;
  }

  /** Resolves when it has caught up with its log once. */
  get live(): Promise<void> {
    return this.#live.promise;
  }

  async digest(): Promise<string> {
    return this.#digest === "" ? this.#running.pool.digest() : this.#digest;
  }

  checkpoint(): Promise<void> {
    return this.#checkpoints.take();
  }

  stop(): Promise<void> {
    return this.#close(undefined);
  }

  get #unwrittenRecords(): EngineStatus["unwrittenRecords"] {
    const { count, oldestMs } = this.#records.unwritten;
    return { count, oldestSeconds: oldestMs === undefined ? 0 : Math.max(0, (this.#now() - oldestMs) / 1000) };
  }

  get #outputDifferences(): number {
    return this.#differencesBefore + this.#running.outbox.stats.differences;
  }

  readonly #now = (): number => (this.#options.now ?? Date.now)();

  #onDone(done: Done): void {
    this.#position = done.batch.lastPosition;
    this.#lastInLog = Math.max(this.#lastInLog, this.#position);
    this.#lagFrom = this.#pipeline.last?.storedMs ?? epochMs(0);
    this.#cuts.take(done.results);
    this.#records.take(done.results);
    this.#tellOfTwoUsers(done.results);
    for (const answer of done.results.flatMap(({ forgets }) => forgets)) {
      this.#lookUps.clear();
      this.forgets.applied(answer);
    }
    this.#caughtUp();
    if (this.#phase === "live") void this.#writeOwn();
    this.#options.onBatch?.(done);
    this.#ticks.arm();
  }

  /** What the engine itself has to say in the log. */
  async #writeOwn(): Promise<void> {
    await Promise.all([this.#writeCuts(), this.#records.write()]);
  }

  /** Never in silence: one line for a batch. */
  #tellOfTwoUsers(results: readonly BatchResult[]): void {
    const refused = results.reduce((sum, { dropped }) => sum + (dropped["two_users_refused"] ?? 0), 0);
    if (refused > 0) this.#options.logger.warn({ refused }, "an id that was one user's is seen with another: they stay two (identity.two_users)");
  }

  /** Numbers of the population that were counted and are not in the log yet; one that could not be stored is tried again with the next batch, or within a second. */
  async #writeCuts(): Promise<void> {
    const { log } = this.#options.parts;
    const { cuts } = logSubjects(this.#options.config.shard);
    for (const { record, again } of this.#cuts.unwritten()) {
      try {
        await log.append(cuts(record.pack), Buffer.from(cutsText(record)));
      } catch (error) {
        again();
        this.#options.logger.warn(loggable(error), "numbers of the population could not be written");
      }
    }
  }

  #caughtUp(): void {
    if (this.#phase !== "replaying" || this.#position < this.#lastInLog) return;
    this.#phase = "live";
    this.#live.resolve();
    this.#options.logger.info({ position: this.#position, contacts: this.#pipeline.contacts }, "live");
    const differences = this.#running.outbox.stats.differences;
    if (differences > 0)
      this.#options.logger.warn(
        { differences },
        "effects of another version, or of nobody knows which, are computed differently now; what was published stands",
      );
    void this.#writeOwn();
    this.#warnOfOtherPacks().catch((error: unknown) => this.#options.logger.warn(loggable(error), "the live packs could not be listed"));
    this.#ticks.arm();
  }

  /** What is live stays live, also when the configuration no longer names it. */
  async #warnOfOtherPacks(): Promise<void> {
    const configured = new Set(this.#options.packs.map((pack) => pack.name));
    const others = (await this.#running.pool.packs()).filter((name) => !configured.has(name));
    if (others.length > 0) this.#options.logger.warn({ packs: others }, "live in the log, but not in the configuration: they go on");
  }

  async #measureLag(): Promise<void> {
    try {
      const { last } = await this.#options.parts.log.state();
      // A log that came back without its last messages ends earlier than it did, and there is nothing more to wait for.
      this.#lastInLog = Math.max(this.#position, last);
      this.#caughtUp();
      if (this.#phase === "live") await this.#writeOwn();
    } catch {
      // The reader meets the same broker and says what is wrong; a gauge that is a second older does no harm.
    }
  }

  #checkpointQuietly(): void {
    if (this.#phase === "live" || this.#phase === "replaying") this.#checkpoints.takeQuietly(this.#position);
  }

  /** A start that has read nothing yet has nothing that a checkpoint could stand on: a tick is something. */
  async #checkpointForForgets(): Promise<void> {
    if (this.#pipeline.last === undefined) await this.#options.parts.log.append(logSubjects(this.#options.config.shard).tick, new Uint8Array(0));
    while (this.#pipeline.last === undefined && !this.#reading.signal.aborted) await sleep(FORGET_PAUSE_MS);
    if (!this.#reading.signal.aborted) await this.checkpoint();
  }

  /** Stops once, whatever asks for it: reading, then the workers and the outbox, then the last checkpoint, then everything that was opened. */
  #close(error: unknown): Promise<void> {
    this.#closing ??= this.#shutDown(error);
    return this.#closing;
  }

  async #shutDown(error: unknown): Promise<void> {
    const { logger, config } = this.#options;
    this.#phase = "stopping";
    this.#ticks.stop();
    for (const timer of this.#timers) clearInterval(timer);
    this.#reading.abort();
    let failure = error;
    if (failure === undefined) {
      const orderly = this.#finish();
      failure = await Promise.race([
        orderly.then(
          () => undefined,
          (reason: unknown) => reason,
        ),
        after(config.stop.deadline_s * 1000),
      ]);
      orderly.catch(() => {});
    }
    this.#running.stopping.abort();
    await this.#running.pool.close();
    await this.#running.release();
    this.#phase = "stopped";
    if (failure === undefined) this.#ended.resolve();
    else {
      logger.error({ ...loggable(failure), position: this.#position }, "stopped by an error");
      this.#ended.reject(failure);
    }
  }

  async #finish(): Promise<void> {
    await this.#flow;
    await this.checkpoint();
    this.#digest = await this.#running.pool.digest();
  }
}

const after = (ms: number): Promise<TidemarkError> =>
  new Promise((resolve) =>
    setTimeout(() => resolve(new TidemarkError("STOP_CUT_SHORT", `the stop took longer than ${ms / 1000} s and was cut short`)), ms).unref(),
  );
