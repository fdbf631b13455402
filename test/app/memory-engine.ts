// An engine on a log and an output in memory, with one worker and a state folder of its own: real flow, real checkpoints, no
// broker. Log time is moved by the events (event clock), so that a story gives the same state whenever it is run.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { loadConfig } from "../../src/app/config.ts";
import { startEngine, THIS_MACHINE } from "../../src/app/engine.ts";
import { createLog } from "../../src/app/log.ts";
import type { RunningEngine } from "../../src/app/running-engine.ts";
import type { CheckpointFiles } from "../../src/flow/checkpoint-files.ts";
import { MemoryLog } from "../../src/flow/memory-log.ts";
import { MemoryDeadLetters, MemoryOutput } from "../../src/flow/memory-output.ts";
import type { UnreadablePolicy } from "../../src/flow/outbox-start.ts";
import { epochMs } from "../../src/model/ids.ts";
import { logSubjects } from "../../src/model/log.ts";
import type { DeadLetterSink } from "../../src/model/output.ts";
import { packFrom } from "../support/pack.ts";

const PACK = packFrom(`
pack: counting
version: 1
events: { hit: Hit }
measures: { hits: { count: hit } }
scores: { heat: { decay: { half_life: 1h }, points: { hit: { add: 10, cap: 500 per 1d } } } }
stages: { order: [cold, hot], moves: [{ to: hot, from: cold, if: heat >= 15 }, { to: cold, from: hot, if: heat < 5 }] }
`);

export const STORY_BEGINS = Date.parse("2026-01-05T00:00:00Z");

export interface MemoryEngineOptions {
  /** The disk that checkpoints go to; default: this machine's. */
  readonly files?: CheckpointFiles;
  readonly checkpointEverySeconds?: number;
  /** Settings and other keys of the configuration. */
  readonly set?: Readonly<Record<string, string>>;
  /** Where an earlier engine of the test has left off. */
  readonly from?: MemoryEngine;
  /** Another output than the earlier engine's. */
  readonly output?: MemoryOutput;
  readonly dead?: DeadLetterSink;
  readonly unreadable?: UnreadablePolicy;
  /** When to stop and clean up; default: when the test ends. */
  readonly later?: (undo: () => void | Promise<void>) => void;
}

export interface MemoryEngine {
  readonly engine: RunningEngine;
  /** The shard's folder. */
  readonly folder: string;
  readonly state: string;
  readonly log: MemoryLog;
  readonly output: MemoryOutput;
  /** What messages are stamped with, ms. */
  readonly clock: { now: number };
  /** One hit for each name, a second of log time apart, and all of it applied and acknowledged. */
  hit(contacts: readonly string[], more?: Readonly<Record<string, unknown>>): Promise<void>;
}

export async function startMemoryEngine(options: MemoryEngineOptions = {}): Promise<MemoryEngine> {
  const later = options.later ?? onTestFinished;
  const { from } = options;
  const state = from?.state ?? mkdtempSync(join(tmpdir(), "tidemark-engine-"));
  const given = { state, clock: "event", workers: "1", "checkpoint.every_s": String(options.checkpointEverySeconds ?? 3600), ...options.set };
  const { config } = loadConfig({ env: {}, flags: Object.entries(given).map(([key, value]) => ({ key, value, label: `--${key}` })) });
  const clock = from?.clock ?? { now: STORY_BEGINS };
  const log = from?.log ?? new MemoryLog({ clock: () => epochMs(clock.now) });
  const output = options.output ?? from?.output ?? new MemoryOutput();
  const engine = await startEngine({
    config,
    packs: [PACK],
    parts: { log, output, dead: options.dead ?? new MemoryDeadLetters() },
    logger: createLog({ level: "silent", format: "json" }),
    now: () => clock.now,
    ...(options.unreadable === undefined ? {} : { unreadable: options.unreadable }),
    ...(options.files === undefined ? {} : { machine: { ...THIS_MACHINE, files: options.files } }),
  });
  later(async () => {
    await engine.stop().catch(() => {});
    rmSync(state, { recursive: true, force: true });
  });
  const hit: MemoryEngine["hit"] = async (contacts, more = {}) => {
    let last = 0;
    for (const userId of contacts) {
      clock.now += 1000;
      const event = { type: "track", event: "Hit", userId, timestamp: new Date(clock.now).toISOString(), ...more };
      last = (await log.append(`${logSubjects("0").event}.test`, Buffer.from(JSON.stringify(event)))) ?? last;
    }
    while (engine.status().position < last) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  return { engine, folder: join(state, "0"), state, log, output, clock, hit };
}
