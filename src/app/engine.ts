// A start, bottom-up: the lock on the state folder, the checkpoint, the log (which must be ours before anything is written), settings
// and packs, workers, outbox. Whatever fails closes what was opened. What then runs is running-engine.ts.

import { join } from "node:path";
import { type Checkpoint, CheckpointStore } from "../flow/checkpoint.ts";
import { diskFiles } from "../flow/checkpoint-files.ts";
import { Framer } from "../flow/frame.ts";
import { Outbox } from "../flow/outbox.ts";
import { WorkerPool } from "../flow/pool.ts";
import { lockStateFolder } from "../flow/state-lock.ts";
import { TidemarkError } from "../model/errors.ts";
import { outputSequence, type Position, position } from "../model/ids.ts";
import { type Log, type LogState, logSubjects } from "../model/log.ts";
import { distrust, lost } from "../model/log-trust.ts";
import { markOfCheckpoint } from "./checkpoints.ts";
import type { EngineOptions, Machine } from "./engine-options.ts";
import { RunningEngine } from "./running-engine.ts";
import { defaultPacks, ENGINE_VERSION, otherZoneRules, settlePacks, settlePolicy, settleSettings } from "./settings.ts";

export const THIS_MACHINE: Machine = { workers: WorkerPool.open, files: diskFiles, lock: lockStateFolder };

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
  const { config, packs: named, parts, logger, machine = THIS_MACHINE } = options;
  const checkpoint = await store.latest();
  for (const warning of store.warnings) logger.warn(warning);
  const state = await parts.log.state();
  await mustBeOurs(parts.log, checkpoint, state);
  const settings = await settleSettings(parts.log, config, state.createdMs);
  const rules = otherZoneRules(settings);
  if (rules !== null) logger.warn(rules);
  const packs = options.packsByDefault === true ? await defaultPacks(parts.log, config.shard, named) : named;
  if (packs.length < named.length)
    logger.warn({ notBegun: named.map(({ name }) => name) }, "no pack was named, and the log has others: they go on, and the default packs are not begun");
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
    const goneUpTo = await store.oldestPosition();
    return new RunningEngine({ ...options, packs }, { goneUpTo, store, checkpoint, settings, framer, pool, outbox, logState: state, release, stopping });
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
