// `tidemark run` as a process that a check can ask, stop and kill.

import type { ChildProcess } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { RfmView } from "../../src/model/status.ts";
import type { Bench } from "./bench.ts";
import { ended, lastLines, lastObject, spawnTidemark, textOf } from "./command.ts";

export interface EngineOptions {
  readonly url: string;
  readonly packs: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where its checkpoints go; by default the check's own `state`. */
  readonly state?: string;
  /** More words for `tidemark run`. */
  readonly flags?: readonly string[];
  /** A program to start it with: `[program, its arguments]`, to which the command line is added. */
  readonly through?: readonly string[];
}

/** How an engine ended that was not asked to: what it printed as its last word, and its exit code. */
export interface EngineFailure {
  readonly exit: number | null;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export interface RunSummary {
  readonly digest: string;
  readonly position: number;
}

const READY_WITHIN_MS = 60_000;
const CAUGHT_UP_WITHIN_MS = 300_000;
const FAILS_WITHIN_MS = 60_000;
const POLL_MS = 50;

export class EngineProcess {
  readonly #child: ChildProcess;
  readonly #http: string;
  readonly #stdout: Promise<string>;
  readonly #stderr: Promise<string>;
  readonly #ended: Promise<number | null>;
  #over = false;

  private constructor(child: ChildProcess, http: string) {
    this.#child = child;
    this.#http = http;
    this.#stdout = textOf(child.stdout);
    this.#stderr = textOf(child.stderr);
    this.#ended = ended(child);
    void this.#ended.then(() => {
      this.#over = true;
    });
  }

  /** Event clock, state in the check's folder, HTTP on a free port, a checkpoint every second. Does not wait. */
  static async start(bench: Bench, options: EngineOptions): Promise<EngineProcess> {
    const http = `127.0.0.1:${await freePort()}`;
    const env = {
      NATS_URL: options.url,
      TIDEMARK_CLOCK: "event",
      TIDEMARK_PACKS: options.packs.join(","),
      TIDEMARK_STATE: options.state ?? bench.file("state"),
      TIDEMARK_HTTP_ADDRESS: http,
      TIDEMARK_CHECKPOINT_EVERY_S: "1",
      TIDEMARK_LOG_LEVEL: "warn",
      ...options.env,
    };
    const engine = new EngineProcess(spawnTidemark(["run", "--json", ...(options.flags ?? [])], { env, through: options.through ?? [] }), http);
    bench.atClose(() => engine.kill());
    return engine;
  }

  /** Until it has caught up with its log once. */
  async ready(): Promise<void> {
    await this.#until("ready", READY_WITHIN_MS, async () => (await this.#get("/readyz")).ok);
  }

  /** Until everything up to this position of the log is done and acknowledged. */
  async reaches(position: number): Promise<void> {
    await this.#until(`at position ${position}`, CAUGHT_UP_WITHIN_MS, async () => (await this.metric("tidemark_log_acknowledged_position")) >= position);
  }

  /** Until this metric is at least so much. */
  async sees(metric: string, atLeast: number): Promise<void> {
    await this.#until(`at ${metric} ${atLeast}`, CAUGHT_UP_WITHIN_MS, async () => (await this.metric(metric)) >= atLeast);
  }

  async metric(name: string): Promise<number> {
    const text = await (await this.#get("/metrics")).text();
    return Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, "m").exec(text)?.[1] ?? 0);
  }

  /** Any request, and what it was answered with; the text as it is. */
  async ask(method: string, path: string, withinMs = 60_000): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(`http://${this.#http}${path}`, { method, signal: AbortSignal.timeout(withinMs) });
    return { status: response.status, text: await response.text() };
  }

  /** What `GET /v1/rfm` says, by pack. */
  async rfm(): Promise<RfmView["packs"]> {
    return ((await (await this.#get("/v1/rfm")).json()) as RfmView).packs;
  }

  /** A clean stop; its summary. */
  async stop(): Promise<RunSummary> {
    this.#child.kill("SIGTERM");
    const code = await this.#ended;
    if (code !== 0) throw new Error(`run: exit ${code} on SIGTERM: ${lastLines(await this.#stderr)}`);
    const { digest, position } = lastObject(await this.#stdout, "run");
    if (typeof digest !== "string" || typeof position !== "number") throw new Error("run --json: no digest or no position in its summary");
    return { digest, position };
  }

  /** kill -9, and nothing else. */
  async kill(): Promise<void> {
    if (!this.#over) this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /** Any signal, and nothing else: SIGSTOP, SIGCONT. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** host:port of its HTTP. */
  get http(): string {
    return this.#http;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Until it ends by itself, with what it said. Throws where it goes on, or ends without a word of its own. */
  async failure(withinMs = FAILS_WITHIN_MS): Promise<EngineFailure> {
    const exit = await Promise.race([this.#ended, sleep(withinMs, "running" as const, { ref: false })]);
    if (exit === "running") throw new Error(`run goes on, and did not end within ${withinMs / 1000} s`);
    const said = lastLines(await this.#stderr, 1);
    const { error } = /^\{"error":/.test(said) ? (JSON.parse(said) as { error: Omit<EngineFailure, "exit"> }) : { error: undefined };
    if (error === undefined) throw new Error(`run: exit ${this.#child.signalCode ?? exit} without an error of its own: ${said}`);
    return { exit, code: error.code, message: error.message, hint: error.hint };
  }

  /** The signal that ended it, or what it said when it ended otherwise. */
  async diedOf(): Promise<string> {
    const code = await this.#ended;
    return this.#child.signalCode ?? `exit ${code}: ${lastLines(await this.#stderr)}`;
  }

  get over(): boolean {
    return this.#over;
  }

  async #until(what: string, withinMs: number, holds: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (performance.now() < deadline) {
      if (this.#over) throw new Error(`run ended while it should become ${what}: exit ${await this.#ended}: ${lastLines(await this.#stderr)}`);
      if (await holds().catch(() => false)) return;
      await sleep(POLL_MS);
    }
    throw new Error(`run is not ${what} after ${withinMs / 1000} s`);
  }

  #get(path: string): Promise<Response> {
    return fetch(`http://${this.#http}${path}`, { signal: AbortSignal.timeout(5000) });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
