// What an engine is started with: its configuration and packs, the broker's ports, and the machine that it runs on.

import type { CheckpointFiles } from "../flow/checkpoint-files.ts";
import type { UnreadablePolicy } from "../flow/outbox-start.ts";
import type { Pool, PoolOptions } from "../flow/pool.ts";
import type { StateLock } from "../flow/state-lock.ts";
import type { Log } from "../model/log.ts";
import type { DeadLetterSink, OutputStream } from "../model/output.ts";
import type { PackDefinition } from "../packs/definition.ts";
import type { PolicyDefinition } from "../packs/policy-definition.ts";
import type { Config } from "./config.ts";
import type { Logger } from "./log.ts";
import type { Done } from "./pipeline.ts";

export interface EngineParts {
  readonly log: Log;
  readonly output: OutputStream;
  readonly dead: DeadLetterSink;
}

export interface EngineOptions {
  readonly config: Config;
  readonly packs: readonly PackDefinition[];
  /** true: nobody named them. On a log with other packs they are then not begun. */
  readonly packsByDefault?: boolean;
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
