// The checkpoints that a running engine takes, one after another: of one log position for all partitions, with what is counted and where
// the output stands at that position. What a checkpoint is on the disk is flow/checkpoint.ts, when one is due its caller's to say.

import { performance } from "node:perf_hooks";
import type { Checkpoint, CheckpointStore } from "../flow/checkpoint.ts";
import type { Framer } from "../flow/frame.ts";
import type { AckedOutput, Outbox } from "../flow/outbox.ts";
import type { Pool } from "../flow/pool.ts";
import { epochMs } from "../model/ids.ts";
import type { LogMark, LogMessage, LogState } from "../model/log.ts";
import { fingerprintOf } from "../model/log-trust.ts";
import type { EngineStatus } from "../model/status.ts";
import type { Counters } from "./counters.ts";
import { type Logger, loggable } from "./log.ts";
import type { Pipeline } from "./pipeline.ts";
import { ENGINE_VERSION } from "./settings.ts";

/** Name of the count in a checkpoint; `doctor` shows it. */
export const DIFFERENCES = "outputDifferences";
/** The same of contacts in history. */
export const IN_HISTORY = "inHistory";

export interface CheckpointParts {
  readonly store: CheckpointStore;
  readonly framer: Framer;
  readonly pool: Pool;
  readonly outbox: Outbox;
  readonly logState: LogState;
  readonly shard: string;
  readonly pipeline: Pipeline;
  readonly counters: Counters;
  readonly differences: () => number;
  readonly logger: Logger;
  readonly now: () => number;
  /** One counts, and nothing in the state folder is of before this position. */
  readonly taken: (goneUpTo: number) => void;
}

export class Checkpoints {
  readonly #parts: CheckpointParts;
  #last: EngineStatus["checkpoint"] = null;
  #failures = 0;
  #failure: EngineStatus["checkpointFailure"] = null;
  #newest: Promise<void> = Promise.resolve();
  #asked = 0;

  /** `from`: the one that the engine was started from. */
  constructor(from: Checkpoint | null, parts: CheckpointParts) {
    this.#parts = parts;
    if (from === null) return;
    const { createdAt, log, files } = from.manifest;
    this.#last = { position: log.position, atMs: Date.parse(createdAt), tookMs: 0, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
  }

  status(): Pick<EngineStatus, "checkpoint" | "checkpointFailures" | "checkpointFailure"> {
    return { checkpoint: this.#last, checkpointFailures: this.#failures, checkpointFailure: this.#failure };
  }

  /** Behind those that were asked for before. Rejects where it could not be taken; the one before stays good. */
  take(): Promise<void> {
    this.#asked++;
    const next = this.#newest
      .catch(() => {})
      .then(() => this.#takeOne())
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#asked--);
    this.#newest = next;
    return next;
  }

  /** Unless nothing has come since the last one, or one is under way: one that waits for the broker must not have others queue up behind it. */
  takeQuietly(position: number): void {
    if (this.#asked > 0 || position === this.#last?.position) return;
    this.take().catch((error: unknown) => this.#parts.logger.error(loggable(error), "no checkpoint was taken; the one before stays good"));
  }

  /** Counted and shown, because each failure makes the next start replay more; what to do about it is the caller's to say. */
  #fail(error: unknown): never {
    this.#failures++;
    this.#failure = { atMs: this.#parts.now(), message: error instanceof Error ? error.message : String(error) };
    throw error;
  }

  /** Of one log position for all partitions. It counts once every effect up to there is acknowledged and all files are on disk. */
  async #takeOne(): Promise<void> {
    const { pool, outbox, store, framer, pipeline, counters, differences } = this.#parts;
    // Before the log's settings there is no state, only dead letters, and nothing that a start could go on from.
    const { last } = pipeline;
    if (framer.settings === undefined || last === undefined) return;
    const began = performance.now();
    // The outbox is asked at the barrier too: asked later, it would answer for a later position, and a start from here would
    // take for part of this state what only comes after it.
    const taken = await pipeline.barrier(
      () => Promise.all([pool.snapshot(), outbox.whenAcked(last.position)]),
      () => ({ ...counters.save(), [IN_HISTORY]: pipeline.inHistory }),
    );
    const [snapshot, output] = taken.answer;
    const info = await store.write({
      ...this.#manifest(last, taken.logTimeMs, output),
      records: [...snapshot.records],
      counters: { ...taken.counted, [DIFFERENCES]: differences() },
      partitions: snapshot.partitions,
    });
    const tookMs = performance.now() - began;
    counters.time.checkpoints += tookMs;
    this.#last = { position: info.position, atMs: Date.parse(info.createdAt), tookMs, bytes: info.bytes };
    this.#failure = null;
    this.#parts.taken(await store.oldestPosition());
    this.#parts.logger.info({ position: info.position, ms: Math.round(tookMs), bytes: info.bytes }, "checkpoint");
  }

  #manifest(last: LogMessage, logTimeMs: number, output: AckedOutput) {
    const { logState, shard } = this.#parts;
    return {
      engine: ENGINE_VERSION,
      shard,
      createdAt: new Date(this.#parts.now()).toISOString(),
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
}

export function markOfCheckpoint({ manifest }: Checkpoint): LogMark {
  const { createdMs, position: at, fingerprint } = manifest.log;
  return { createdMs, position: at, storedMs: fingerprint?.storedMs ?? epochMs(0), fingerprint: fingerprint?.sha256 ?? "" };
}
