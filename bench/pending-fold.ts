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
/** Of a time step: the default of `time.grain_ms`. */
export const GRAIN_MS = 100;
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

  /** So many contacts, each heard of once. Their deadlines, if they have one, lie a millisecond apart. */
  fill(contacts: number, herd: Herd): void {
    this.#people(contacts, (index) => json(`one-${index}`, START + index, herd, false));
  }

  /** So many contacts more, whose deadlines lie all at one moment, before those of all others. */
  fillHerd(contacts: number): void {
    this.#people(contacts, (index) => json(`herd-${index}`, START - 86_400_000, "waited for", false));
  }

  #people(contacts: number, event: (index: number) => string): void {
    for (let from = 0; from < contacts; from += PER_MESSAGE) {
      const count = Math.min(PER_MESSAGE, contacts - from);
      this.#add(Array.from({ length: count }, (_, index) => event(from + index)));
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

  /** Steps of one grain, from the moment of the first deadline until so many have fired. */
  fire(deadlines: number): Firing {
    const due = this.nextDeadline;
    const before = this.#effects;
    const began = threadMs();
    let steps = 0;
    let free = 0;
    let worst = 0;
    for (; this.#effects - before < deadlines && Number.isFinite(this.nextDeadline); steps++) {
      const first = this.nextDeadline - due;
      const began = threadMs();
      this.#add([json("clock", due + steps * GRAIN_MS, "left out")]);
      this.#run();
      free = Math.max(free, steps * GRAIN_MS) + threadMs() - began;
      worst = Math.max(worst, free - first);
    }
    return { fired: this.#effects - before, steps, ms: threadMs() - began, worstDelayMs: worst };
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

/** Those who are only waited for have no messageId, so that no window of duplicates is measured with them. */
function json(userId: string, timeMs: number, herd: Herd, named = true): string {
  const context = { traits: { outside: herd === "left out" } };
  const messageId = named ? { messageId: `${userId}-${timeMs}` } : {};
  return JSON.stringify({ type: "track", event: "Visited", userId, ...messageId, timestamp: new Date(timeMs).toISOString(), context });
}
