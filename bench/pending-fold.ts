// A fold with very many contacts of whom nothing is heard any more, each with a deadline pending or, for comparison, none: the same
// packs, the same rows, the same events of others. It is driven through framer and worker fold as the pipeline drives them, without a
// broker. Time is the events' own, so a herd's deadlines come due when the benchmark says so.

import { Framer } from "../src/flow/frame.ts";
import { epochMs, position } from "../src/model/ids.ts";
import { logSubjects } from "../src/model/log.ts";
import { loadPack } from "../src/packs/load/load.ts";
import { WorkerFold } from "../src/partition/fold.ts";
import { configWith, inLog, LIVES_CLOCK } from "./workload.ts";

const START = Date.UTC(2026, 0, 1);
const GRAIN_MS = 100;
const PER_MESSAGE = 100;
/** The others: so many that each comes again and again, and few enough that their rows are the smaller part. */
const ACTIVE = 10_000;
const PACK = `pack: pending
version: 1
traits: { outside: bool }
exclude: traits.outside
events: { visit: Visited }
measures: { visits: { count: visit } }
triggers: { quiet: { silent: visit, for: 30d, channel: email, message: m } }
`;

/** Who the silent ones are: people whom the pack waits for, or people whom it leaves out, so that it waits for nothing. */
export type Herd = "waited for" | "left out";

export interface Firing {
  readonly fired: number;
  readonly steps: number;
  /** Processor time of the fold for all of them. */
  readonly ms: number;
  /** Of the last to fire behind its moment, with a step every grain and each step taking the processor time that it took. */
  readonly worstDelayMs: number;
}

export class PendingFold {
  readonly #framer = new Framer({ shard: "0", workers: 1, maxLeadMs: Number.POSITIVE_INFINITY });
  readonly #fold = new WorkerFold("0", 0, 1);
  #buffers: ArrayBuffer[] = [];
  #position = 0;
  #visits = 0;
  #effects = 0;
  nextDeadline = Number.POSITIVE_INFINITY;

  constructor() {
    const loaded = loadPack(PACK, "pending.yaml");
    if (!loaded.ok) throw new Error(`the pack of the benchmark: ${loaded.problems[0]?.message}`);
    for (const message of inLog(configWith(LIVES_CLOCK), [loaded.pack], [])) {
      this.#framer.add(message);
      this.#position = message.position;
    }
    this.#run();
  }

  /** So many contacts, each heard of once. Their deadlines, if they have one, lie a millisecond apart or all at one moment. */
  fill(contacts: number, herd: Herd, apartMs: number): void {
    for (let from = 0; from < contacts; from += PER_MESSAGE) {
      const count = Math.min(PER_MESSAGE, contacts - from);
      this.#add(Array.from({ length: count }, (_, index) => json(`herd-${from + index}`, START + (from + index) * apartMs, herd)));
      if (from % 10_000 === 0) this.#run();
    }
    this.#run();
  }

  /** Processor time, ms, for so many events of the others; none of the silent ones' deadlines comes due. */
  visits(events: number): number {
    const messages = Array.from({ length: Math.ceil(events / PER_MESSAGE) }, () => Array.from({ length: PER_MESSAGE }, () => this.#visit()));
    const began = threadMs();
    for (const [index, message] of messages.entries()) {
      this.#add(message);
      if (index % 10 === 9) this.#run();
    }
    this.#run();
    return threadMs() - began;
  }

  /** Steps of one grain, from the moment of the first deadline until nothing of the herd is due. */
  fireAll(): Firing {
    const due = this.nextDeadline;
    const before = this.#effects;
    const began = threadMs();
    let steps = 0;
    let free = 0;
    for (; this.nextDeadline <= due + steps * GRAIN_MS; steps++) {
      const began = threadMs();
      this.#add([json("clock", due + steps * GRAIN_MS, "left out")]);
      this.#run();
      free = Math.max(free, steps * GRAIN_MS) + threadMs() - began;
    }
    return { fired: this.#effects - before, steps, ms: threadMs() - began, worstDelayMs: free };
  }

  #visit(): string {
    const visit = this.#visits++;
    return json(`active-${visit % ACTIVE}`, START + 86_400_000 + visit, "waited for");
  }

  #add(events: readonly string[]): void {
    const data = Buffer.from(`[${events.join(",")}]`);
    this.#framer.add({ position: position(++this.#position), storedMs: epochMs(START), subject: `${logSubjects("0").event}.bench`, contentType: "", data });
  }

  #run(): void {
    const [batch] = this.#framer.take(this.#buffers).perWorker;
    if (batch === undefined) throw new Error("the framer has no worker");
    const { buffer, effects, nextDeadline } = this.#fold.batch(batch.buffer, batch.size);
    this.#buffers = [buffer];
    this.#effects += effects.ends.length;
    this.nextDeadline = nextDeadline;
  }
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function json(userId: string, timeMs: number, herd: Herd): string {
  const context = { traits: { outside: herd === "left out" } };
  return JSON.stringify({ type: "track", event: "Visited", userId, messageId: `${userId}-${timeMs}`, timestamp: new Date(timeMs).toISOString(), context });
}
