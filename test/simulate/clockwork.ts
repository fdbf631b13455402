// Virtual time, and the processes that live in it. Everything that takes time in a story (an answer of the broker, a sync of a file, a
// batch at a worker, a timer) is a job with a moment; one job is done after another, in the order of their moments, and what
// it sets going is finished before the next. So a story has one course, however slow the machine is that plays it.
//
// A process is what a job may belong to. Killed, none of its jobs is ever done, so its promises never settle and it is gone in the
// middle of whatever it did. Paused, its jobs wait and are done late, in their order, when it wakes up: what SIGSTOP does.
// Timers of the code under test find their process through the asynchronous context in which they are set.

import { AsyncLocalStorage } from "node:async_hooks";
import { syncBuiltinESMExports } from "node:module";
import timersPromises from "node:timers/promises";

export class Process {
  readonly name: string;
  #state: "running" | "paused" | "dead" = "running";
  readonly #held: (() => void)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get running(): boolean {
    return this.#state === "running";
  }

  get dead(): boolean {
    return this.#state === "dead";
  }

  kill(): void {
    this.#state = "dead";
    this.#held.length = 0;
  }

  pause(): void {
    if (this.#state === "running") this.#state = "paused";
  }

  /** What waited is done one after another, as jobs of their own. */
  wake(clockwork: Clockwork): void {
    if (this.#state !== "paused") return;
    this.#state = "running";
    for (const run of this.#held.splice(0)) clockwork.after(0, run, this);
  }

  take(run: () => void): void {
    if (this.#state === "running") run();
    else if (this.#state === "paused") this.#held.push(run);
  }

  /** Runs code as this process: the timers that it sets, now and later, belong to it. */
  enter<T>(clockwork: Clockwork, code: () => T): T {
    install();
    return context.run({ process: this, clockwork }, code);
  }
}

interface Job {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  readonly process: Process | undefined;
  cancelled: boolean;
}

export class Clockwork {
  /** Virtual ms since the story began; never goes back. */
  now = 0;
  jobsDone = 0;
  readonly #jobs = new JobHeap();
  #order = 0;

  /** Does it after so many ms; as a job of the process, if one is given. The answer cancels it. */
  after(ms: number, run: () => void, process?: Process): () => void {
    const job: Job = { at: this.now + Math.max(0, ms), order: this.#order++, run: () => (job.cancelled ? undefined : run()), process, cancelled: false };
    this.#jobs.push(job);
    return () => {
      job.cancelled = true;
    };
  }

  /** Does what is due until the condition holds; false where `withinMs` pass, or nothing is left to do, before it does. */
  async until(condition: () => boolean, withinMs: number): Promise<boolean> {
    const end = this.now + withinMs;
    // What was set going from outside goes as far as it can before time moves.
    await everythingSettled();
    while (!condition()) {
      const next = this.#jobs.first;
      if (next === undefined || next.at > end) {
        this.now = Math.max(this.now, end);
        return false;
      }
      await this.#turn();
    }
    return true;
  }

  async run(forMs: number): Promise<void> {
    await this.until(() => false, forMs);
  }

  /** Time passes at once, as for a machine that sleeps: what would have been due comes late. */
  leap(ms: number): void {
    this.now += ms;
  }

  async #turn(): Promise<void> {
    const job = this.#jobs.pop() as Job;
    if (job.cancelled) return;
    this.now = Math.max(this.now, job.at);
    this.jobsDone++;
    if (job.process === undefined) job.run();
    else job.process.take(job.run);
    await everythingSettled();
  }
}

/** The first job is the earliest; of equal moments the one that was asked for first. */
class JobHeap {
  readonly #jobs: Job[] = [];

  get first(): Job | undefined {
    return this.#jobs[0];
  }

  push(job: Job): void {
    const jobs = this.#jobs;
    let at = jobs.push(job) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!comesBefore(job, jobs[parent] as Job)) break;
      jobs[at] = jobs[parent] as Job;
      at = parent;
    }
    jobs[at] = job;
  }

  pop(): Job | undefined {
    const jobs = this.#jobs;
    const first = jobs[0];
    const last = jobs.pop();
    if (last === undefined || jobs.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= jobs.length) break;
      if (child + 1 < jobs.length && comesBefore(jobs[child + 1] as Job, jobs[child] as Job)) child++;
      if (!comesBefore(jobs[child] as Job, last)) break;
      jobs[at] = jobs[child] as Job;
      at = child;
    }
    jobs[at] = last;
    return first;
  }
}

const comesBefore = (a: Job, b: Job): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** The real timers; every promise that can go on has gone on when the real setImmediate comes. */
const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  sleep: timersPromises.setTimeout,
  nextTurn: timersPromises.setImmediate,
};
const everythingSettled = (): Promise<void> => new Promise((resolve) => real.setImmediate(resolve));

interface Context {
  readonly process: Process;
  readonly clockwork: Clockwork;
}
const context = new AsyncLocalStorage<Context>();

/** What the code under test holds of a timer. */
class VirtualTimer {
  cancel: () => void = () => {};
  unref(): this {
    return this;
  }
}

/** Timers of a process become jobs; everybody else keeps the real ones. */
function install(): void {
  if (installed) return;
  installed = true;
  const globals = globalThis as unknown as Record<string, unknown>;
  globals["setTimeout"] = (run: () => void, ms = 0, ...args: []) => once(run, ms) ?? real.setTimeout(run, ms, ...args);
  globals["setImmediate"] = (run: () => void, ...args: []) => once(run, 0) ?? real.setImmediate(run, ...args);
  globals["setInterval"] = (run: () => void, ms: number, ...args: []) => repeated(run, ms) ?? real.setInterval(run, ms, ...args);
  globals["clearTimeout"] = (timer: unknown) => (timer instanceof VirtualTimer ? timer.cancel() : real.clearTimeout(timer as NodeJS.Timeout));
  globals["clearInterval"] = (timer: unknown) => (timer instanceof VirtualTimer ? timer.cancel() : real.clearInterval(timer as NodeJS.Timeout));
  const promises = timersPromises as unknown as Record<string, unknown>;
  promises["setTimeout"] = (ms: number, value: unknown, options?: { signal?: AbortSignal }) => slept(ms, options?.signal) ?? real.sleep(ms, value, options);
  promises["setImmediate"] = () => slept(0, undefined) ?? real.nextTurn();
  syncBuiltinESMExports();
}
let installed = false;

function once(run: () => void, ms: number): VirtualTimer | undefined {
  const found = context.getStore();
  if (found === undefined) return undefined;
  const timer = new VirtualTimer();
  timer.cancel = found.clockwork.after(
    ms,
    () => {
      timer.cancel = () => {};
      context.run(found, run);
    },
    found.process,
  );
  return timer;
}

function repeated(run: () => void, ms: number): VirtualTimer | undefined {
  const found = context.getStore();
  if (found === undefined) return undefined;
  const timer = new VirtualTimer();
  let stopped = false;
  const again = (): void => {
    if (stopped) return;
    const cancel = found.clockwork.after(
      ms,
      () => {
        again();
        context.run(found, run);
      },
      found.process,
    );
    timer.cancel = () => {
      stopped = true;
      cancel();
    };
  };
  again();
  return timer;
}

function slept(ms: number, signal: AbortSignal | undefined): Promise<void> | undefined {
  const found = context.getStore();
  if (found === undefined) return undefined;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const cancel = found.clockwork.after(
      ms,
      () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      },
      found.process,
    );
    const abort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
  });
}
