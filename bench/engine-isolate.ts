// One contestant of the engine benchmark, in a thread of its own: makes its input once, then runs a round whenever it is asked
// to. A round begins with an empty state and ends when the last effect is encoded.

import assert from "node:assert/strict";
import { parentPort, workerData } from "node:worker_threads";
import { Framer } from "../src/flow/frame.ts";
import type { LogMessage } from "../src/model/log.ts";
import { WorkerFold } from "../src/partition/fold.ts";
import { configWith, eventsOfLives, inLog, inMessages, LIVES_CLOCK, mustBeApplied, type PackName, packsNamed } from "./workload.ts";

export interface IsolateOrder {
  readonly work: "parse" | "engine";
  readonly packs: readonly PackName[];
  readonly events: number;
  readonly perMessage: number;
}

export interface IsolateRound {
  readonly events: number;
  /** Of the input. */
  readonly bytes: number;
  /** Processor time of this thread, so that others who use the machine count little. */
  readonly ms: number;
  readonly framingMs: number;
  readonly effects: number;
  readonly effectBytes: number;
}

const port = parentPort;
assert(port !== null, "this file is a worker of engine.ts");
const order = workerData as IsolateOrder;
const config = configWith(LIVES_CLOCK);

const messages = [...inMessages(eventsOfLives(order.events), order.perMessage)];
const bytes = messages.reduce((sum, message) => sum + message.length, 0);
const log = [...inLog(config, packsNamed(order.packs), messages)];
port.on("message", (wish: "round" | "end") => {
  if (wish === "end") port.close();
  else port.postMessage(order.work === "parse" ? parseAll() : foldAll(log));
});
port.postMessage("ready");

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function parseAll(): IsolateRound {
  const began = threadMs();
  let events = 0;
  for (const message of messages) {
    const parsed = JSON.parse(message.toString("utf8")) as unknown;
    events += Array.isArray(parsed) ? parsed.length : 1;
  }
  return { events, bytes, ms: threadMs() - began, framingMs: 0, effects: 0, effectBytes: 0 };
}

/** In batches of the usual size, the buffer of one used again for the next, as between the pipeline and its worker. */
function foldAll(log: readonly LogMessage[]): IsolateRound {
  const framer = new Framer({ shard: config.shard, workers: 1, maxLeadMs: Number.POSITIVE_INFINITY });
  const fold = new WorkerFold(config.shard, 0, 1);
  let round: IsolateRound = { events: 0, bytes, ms: 0, framingMs: 0, effects: 0, effectBytes: 0 };
  let buffers: ArrayBuffer[] = [];
  let applied = 0;
  for (let next = 0; next < log.length; ) {
    const began = threadMs();
    while (next < log.length && framer.size < config.batch.events) framer.add(log[next++] as LogMessage);
    const { perWorker, events } = framer.take(buffers);
    const framed = threadMs();
    const [batch] = perWorker;
    assert(batch !== undefined);
    const { buffer, effects, outcomes } = fold.batch(batch.buffer, batch.size);
    const done = threadMs();
    buffers = [buffer];
    applied += outcomes.applied;
    round = {
      events: round.events + events,
      bytes,
      ms: round.ms + done - began,
      framingMs: round.framingMs + framed - began,
      effects: round.effects + effects.ends.length,
      effectBytes: round.effectBytes + effects.bodies.length,
    };
  }
  mustBeApplied(applied, round.events);
  return round;
}
