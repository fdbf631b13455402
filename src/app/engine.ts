// A running engine: started bottom-up (state folder, checkpoint, log, workers, outbox, flow), stopped in the order of the flow,
// with a checkpoint at the end. It answers questions by asking the workers, and ends with the first error that cannot be
// survived: recovery is a start, and nothing else.

import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { LRUCache } from "lru-cache";
import { type Checkpoint, CheckpointStore } from "../flow/checkpoint.ts";
import { type CheckpointFiles, diskFiles } from "../flow/checkpoint-files.ts";
import { Framer } from "../flow/frame.ts";
import { type AckedOutput, Outbox } from "../flow/outbox.ts";
import type { UnreadablePolicy } from "../flow/outbox-start.ts";
import { type Pool, type PoolOptions, WorkerPool } from "../flow/pool.ts";
import { lockStateFolder, type StateLock } from "../flow/state-lock.ts";
import { TidemarkError } from "../model/errors.ts";
import { type ContactKey, type EpochMs, epochMs, outputSequence, type Position, position } from "../model/ids.ts";
import { type Log, type LogMark, type LogMessage, type LogState, logSubjects } from "../model/log.ts";
import { distrust, fingerprintOf, lost } from "../model/log-trust.ts";
import type { DeadLetterSink, OutputStream } from "../model/output.ts";
import type { Settings } from "../model/settings.ts";
import type { ContactOptions, Engine, EngineStatus, RfmView, StagesView } from "../model/status.ts";
import type { PackDefinition } from "../packs/definition.ts";
import type { PolicyDefinition } from "../packs/policy-definition.ts";
import type { Config } from "./config.ts";
import { Counters } from "./counters.ts";
import { cutsText, PendingCuts } from "./cuts.ts";
import { type Logger, loggable } from "./log.ts";
import { type Done, Pipeline } from "./pipeline.ts";
import { ENGINE_VERSION, otherZoneRules, settlePacks, settlePolicy, settleSettings } from "./settings.ts";
import { Ticks } from "./ticks.ts";

export interface EngineParts {
  readonly log: Log;
  readonly output: OutputStream;
  readonly dead: DeadLetterSink;
}

export interface EngineOptions {
  readonly config: Config;
  readonly packs: readonly PackDefinition[];
  /** null: what is live in the log stays. */
  readonly policy?: PolicyDefinition | null;
  readonly parts: EngineParts;
  readonly logger: Logger;
  readonly unreadable?: UnreadablePolicy;
  /** Told of every batch: how long its workers took, and what was dead in it. */
  readonly onBatch?: (done: Done) => void;
  readonly now?: () => number;
  /** What is wrong right now with what the engine runs on, or null. */
  readonly trouble?: () => string | null;
  /** The machine that it runs on; threads and the disk of this one, unless the simulator puts its own in their place. */
  readonly machine?: Machine;
}

export interface Machine {
  readonly workers: (options: PoolOptions) => Promise<Pool>;
  readonly files: CheckpointFiles;
  readonly lock: (folder: string) => Promise<StateLock>;
}

export const THIS_MACHINE: Machine = { workers: WorkerPool.open, files: diskFiles, lock: lockStateFolder };

/** Contacts whose last look-up is kept. */
const LOOK_UPS_KEPT = 1000;
/** Name of the count in a checkpoint; `doctor` shows it. */
export const DIFFERENCES = "outputDifferences";
/** How often the log is asked how far ahead it is. */
const LAG_EVERY_MS = 1000;

export async function startEngine(options: EngineOptions): Promise<RunningEngine> {
  const folder = join(options.config.state, options.config.shard);
  const { lock: lockFolder, files } = options.machine ?? THIS_MACHINE;
  const lock = await lockFolder(folder);
  try {
    const store = await CheckpointStore.open(folder, files);
    const engine = await begin(options, store, () => lock.release());
    engine.run();
    return engine;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function begin(options: EngineOptions, store: CheckpointStore, release: () => Promise<void>): Promise<RunningEngine> {
  const { config, packs, parts, logger, machine = THIS_MACHINE } = options;
  const checkpoint = await store.latest();
  for (const warning of store.warnings) logger.warn(warning);
  const state = await parts.log.state();
  await mustBeOurs(parts.log, checkpoint, state);
  const settings = await settleSettings(parts.log, config, state.createdMs);
  const rules = otherZoneRules(settings);
  if (rules !== null) logger.warn(rules);
  const written = await settlePacks(parts.log, config.shard, packs);
  if (written.length > 0) logger.info({ packs: written }, "packs written to the log");
  const { policy = null } = options;
  if (policy !== null && (await settlePolicy(parts.log, config.shard, policy))) logger.info({ policy: policy.name }, "policy written to the log");
  if (policy === null && (await parts.log.lastOn(logSubjects(config.shard).policy)) !== undefined)
    logger.warn("a policy is live in the log, but none is in the configuration: it goes on");
  const framer = new Framer({
    shard: config.shard,
    workers: config.workers,
    maxLeadMs: config.time.max_lead_ms,
    ...(options.now === undefined ? {} : { now: options.now }),
  });
  if (checkpoint !== null) framer.restore(checkpoint.manifest.logTimeMs, settings);
  const restore =
    checkpoint === null
      ? null
      : {
          position: checkpoint.manifest.log.position,
          logTime: checkpoint.manifest.logTimeMs,
          records: checkpoint.manifest.records,
          partitions: checkpoint.partitions,
        };
  const pool = await machine.workers({ shard: config.shard, workers: config.workers, restore }).catch((error: unknown) => {
    throw checkpoint === null || checkpoint.manifest.engine === ENGINE_VERSION ? error : unusable(checkpoint, error);
  });
  const stopping = new AbortController();
  try {
    const outbox = await Outbox.open({
      output: parts.output,
      shard: config.shard,
      from:
        checkpoint === null ? { identity: null, sequence: outputSequence(0) } : { ...checkpoint.manifest.output, position: checkpoint.manifest.log.position },
      engine: ENGINE_VERSION,
      signal: stopping.signal,
      startedAt: new Date((options.now ?? Date.now)()).toISOString(),
      unreadable: options.unreadable ?? "stop",
      logLast: state.last,
      strict: checkpoint !== null || state.first <= 1,
      limits: { messages: config.outbox.window },
    });
    await mustExplain(parts.log, outbox.sentUpTo);
    return new RunningEngine(options, { store, checkpoint, settings, framer, pool, outbox, logState: state, release, stopping });
  } catch (error) {
    stopping.abort();
    await pool.close();
    throw error;
  }
}

/** Before anything is written: the log is the one that the checkpoint was made from, and still holds what comes after it. */
async function mustBeOurs(log: Log, checkpoint: Checkpoint | null, state: LogState): Promise<void> {
  if (checkpoint === null) {
    const missing = lost(state, position(1));
    if (missing !== undefined) throw missing;
    return;
  }
  const mark = markOfCheckpoint(checkpoint);
  const wrong = distrust(mark, state, mark.position === 0 ? undefined : await log.at(mark.position));
  if (wrong !== undefined) throw wrong;
}

/**
 * An effect of a position that the log does not have comes from a message that the broker has lost. The log is asked once more: an
 * engine that still runs elsewhere may have published what has come since the start began.
 */
async function mustExplain(log: Log, sentUpTo: Position): Promise<void> {
  const { stream, last } = await log.state();
  if (sentUpTo <= last) return;
  throw new TidemarkError("OUTPUT_DIFFERS", `The output holds effects of position ${sentUpTo}, but ${stream} ends at ${last}: the end of the log is lost.`);
}

/** Every byte was verified, so it is not damaged: it was made by another version whose state this one does not read. */
function unusable({ manifest }: Checkpoint, error: unknown): TidemarkError {
  const why = error instanceof Error ? error.message : String(error);
  return new TidemarkError(
    "STATE_DAMAGED",
    `The checkpoint of position ${manifest.log.position}, made by version ${manifest.engine}, cannot be used by version ${ENGINE_VERSION}: ${why}.`,
  );
}

interface Running {
  readonly store: CheckpointStore;
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
  readonly #running: Running;
  readonly #counters = new Counters();
  readonly #pipeline: Pipeline;
  readonly #cuts = new PendingCuts();
  readonly #ticks: Ticks;
  readonly #ended = Promise.withResolvers<void>();
  readonly #reading = new AbortController();
  #phase: EngineStatus["phase"] = "starting";
  #position: number;
  #lastInLog: number;
  #lagFrom: EpochMs = epochMs(0);
  /** Of earlier starts, as far as a checkpoint remembers them. */
  #differencesBefore = 0;
  #checkpointed: EngineStatus["checkpoint"] = null;
  #checkpointFailures = 0;
  #checkpointFailure: EngineStatus["checkpointFailure"] = null;
  #checkpointing: Promise<void> = Promise.resolve();
  #checkpointsAsked = 0;
  #timers: NodeJS.Timeout[] = [];
  #flow: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #digest = "";
  readonly #lookUps = new LRUCache<string, { readonly batches: number; readonly answer: Promise<unknown | undefined> }>({ max: LOOK_UPS_KEPT });

  constructor(options: EngineOptions, running: Running) {
    const { checkpoint, framer, pool, outbox, logState, settings } = running;
    const { config, parts } = options;
    this.#options = options;
    this.#running = running;
    this.#position = checkpoint?.manifest.log.position ?? 0;
    this.#lastInLog = logState.last;
    if (checkpoint !== null) {
      this.#counters.restore(checkpoint.manifest.counters);
      this.#differencesBefore = checkpoint.manifest.counters[DIFFERENCES] ?? 0;
      const { createdAt, log } = checkpoint.manifest;
      this.#checkpointed = {
        position: log.position,
        atMs: Date.parse(createdAt),
        tookMs: 0,
        bytes: checkpoint.manifest.files.reduce((sum, file) => sum + file.bytes, 0),
      };
    }
    this.#pipeline = new Pipeline(
      { shard: config.shard, log: parts.log, framer, pool, outbox, dead: parts.dead, counters: this.#counters, batchEvents: config.batch.events },
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
      messages: counters.messages,
      events: counters.events,
      outcomes: { ...counters.outcomes },
      deadByReason: { ...counters.deadByReason },
      dropped: { ...counters.dropped },
      transitions: counters.transitions,
      triggers: counters.triggers,
      withheld: counters.withheld,
      withheldByReason: { ...counters.withheldByReason },
      heldBack: stats.heldBack,
      outputDifferences: this.#outputDifferences,
      outboxRetries: stats.retries,
      deadlinesFired: counters.deadlinesFired,
      contacts: this.#pipeline.contacts,
      nextDeadlineMs: this.#pipeline.nextDeadline,
      duplicatesReachMs: Math.min(this.#running.settings.duplicates.window_ms, this.#pipeline.duplicatesReachMs),
      checkpoint: this.#checkpointed,
      checkpointFailures: this.#checkpointFailures,
      checkpointFailure: this.#checkpointFailure,
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

  stages(): Promise<StagesView> {
    return this.#running.pool.stages();
  }

  rfm(): Promise<RfmView> {
    return this.#running.pool.rfm();
  }

  async digest(): Promise<string> {
    return this.#digest === "" ? this.#running.pool.digest() : this.#digest;
  }

  checkpoint(): Promise<void> {
    this.#checkpointsAsked++;
    const next = this.#checkpointing
      .catch(() => {})
      .then(() => this.#takeCheckpoint())
      .catch((error: unknown) => this.#checkpointFailed(error))
      .finally(() => this.#checkpointsAsked--);
    this.#checkpointing = next;
    return next;
  }

  stop(): Promise<void> {
    return this.#close(undefined);
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
    this.#caughtUp();
    if (this.#phase === "live") void this.#writeCuts();
    this.#options.onBatch?.(done);
    this.#ticks.arm();
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
    this.#options.logger.info({ position: this.#position, contacts: this.#pipeline.contacts }, "live");
    const differences = this.#running.outbox.stats.differences;
    if (differences > 0) this.#options.logger.warn({ differences }, "another version computed effects differently; what it published stands");
    void this.#writeCuts();
    this.#warnOfOtherPacks().catch((error: unknown) => this.#options.logger.warn(loggable(error), "the live packs could not be listed"));
    this.#ticks.arm();
  }

  /** What is live stays live, also when the configuration no longer names it. */
  async #warnOfOtherPacks(): Promise<void> {
    const configured = new Set(this.#options.packs.map((pack) => pack.name));
    const others = Object.keys((await this.stages()).packs).filter((name) => !configured.has(name));
    if (others.length > 0) this.#options.logger.warn({ packs: others }, "live in the log, but not in the configuration: they go on");
  }

  async #measureLag(): Promise<void> {
    try {
      const { last } = await this.#options.parts.log.state();
      // A log that came back without its last messages ends earlier than it did, and there is nothing more to wait for.
      this.#lastInLog = Math.max(this.#position, last);
      this.#caughtUp();
      if (this.#phase === "live") await this.#writeCuts();
    } catch {
      // The reader meets the same broker and says what is wrong; a gauge that is a second older does no harm.
    }
  }

  #checkpointQuietly(): void {
    if (this.#phase !== "live" && this.#phase !== "replaying") return;
    // One that waits for the broker must not have others queue up behind it.
    if (this.#checkpointsAsked > 0 || this.#position === this.#checkpointed?.position) return;
    this.checkpoint().catch((error: unknown) => this.#options.logger.error(loggable(error), "no checkpoint was taken; the one before stays good"));
  }

  /** Counted and shown, because each failure makes the next start replay more; what to do about it is the caller's to say. */
  #checkpointFailed(error: unknown): never {
    this.#checkpointFailures++;
    this.#checkpointFailure = { atMs: this.#now(), message: error instanceof Error ? error.message : String(error) };
    throw error;
  }

  /** Of one log position for all partitions. It counts once every effect up to there is acknowledged and all files are on disk. */
  async #takeCheckpoint(): Promise<void> {
    const { pool, outbox, store, framer } = this.#running;
    // Before the log's settings there is no state, only dead letters, and nothing that a start could go on from.
    const { last } = this.#pipeline;
    if (framer.settings === undefined || last === undefined) return;
    const began = performance.now();
    // The outbox is asked at the barrier too: asked later, it would answer for a later position, and a start from here would
    // take for part of this state what only comes after it.
    const taken = await this.#pipeline.barrier(
      () => Promise.all([pool.snapshot(), outbox.whenAcked(last.position)]),
      () => this.#counters.save(),
    );
    const [snapshot, output] = taken.answer;
    const info = await store.write({
      ...this.#manifest(last, taken.logTimeMs, output),
      records: [...snapshot.records],
      counters: { ...taken.counted, [DIFFERENCES]: this.#outputDifferences },
      partitions: snapshot.partitions,
    });
    const tookMs = performance.now() - began;
    this.#counters.time.checkpoints += tookMs;
    this.#checkpointed = { position: info.position, atMs: Date.parse(info.createdAt), tookMs, bytes: info.bytes };
    this.#checkpointFailure = null;
    this.#options.logger.info({ position: info.position, ms: Math.round(tookMs), bytes: info.bytes }, "checkpoint");
  }

  #manifest(last: LogMessage, logTimeMs: number, output: AckedOutput) {
    const { logState } = this.#running;
    return {
      engine: ENGINE_VERSION,
      shard: this.#options.config.shard,
      createdAt: new Date(this.#now()).toISOString(),
      log: {
        stream: logState.stream,
        createdMs: logState.createdMs,
        position: last.position,
        fingerprint: { storedMs: last.storedMs, sha256: fingerprintOf(last) },
      },
      output: { stream: output.stream, createdMs: output.createdMs, sequence: output.sequence, identity: output.identity, engine: output.engine ?? null },
      logTimeMs,
    };
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

function markOfCheckpoint({ manifest }: Checkpoint): LogMark {
  const { createdMs, position: at, fingerprint } = manifest.log;
  return { createdMs, position: at, storedMs: fingerprint?.storedMs ?? epochMs(0), fingerprint: fingerprint?.sha256 ?? "" };
}

const after = (ms: number): Promise<TidemarkError> =>
  new Promise((resolve) =>
    setTimeout(() => resolve(new TidemarkError("STOP_CUT_SHORT", `the stop took longer than ${ms / 1000} s and was cut short`)), ms).unref(),
  );
