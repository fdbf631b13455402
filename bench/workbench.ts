// Where a benchmark works: how thorough it should be, a folder that goes when it is over, a nats-server of its own with
// connections to it, and a line on stderr now and then for whoever waits. What it started ends with it, whatever happens.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { OwnServer } from "../src/demo/own-handle.ts";
import { startOwnServer } from "../src/demo/own-server.ts";
import { type Broker, connectBroker } from "../src/nats/connection.ts";
import type { RoundOptions } from "./rounds.ts";

export interface Effort {
  /** A few seconds, to see that everything runs; the figures then mean nothing. */
  readonly short: boolean;
  /** The large sizes as well. */
  readonly full: boolean;
  readonly rounds: number;
}

export class Workbench {
  readonly effort: Effort;
  readonly folder: string;
  readonly #closing: (() => Promise<void> | void)[] = [];

  constructor(effort: Effort) {
    this.effort = effort;
    this.folder = mkdtempSync(join(tmpdir(), "tidemark-bench-"));
    this.atClose(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  /** The one for `--short`, else the other. */
  sized<T>(short: T, usual: T): T {
    return this.effort.short ? short : usual;
  }

  get rounds(): RoundOptions {
    return this.effort.short ? { rounds: 1, warmUp: 0 } : { rounds: this.effort.rounds, warmUp: 1 };
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  say(line: string): void {
    process.stderr.write(`  ${line}\n`);
  }

  async server(): Promise<OwnServer> {
    const server = await startOwnServer({ binary: natsServerBinary(), folder: this.file("nats") });
    this.atClose(() => server.stop());
    return server;
  }

  async broker(server: OwnServer, name: string): Promise<Broker> {
    const broker = await connectBroker({ url: server.url, name });
    this.atClose(() => broker.close());
    return broker;
  }

  atClose(end: () => Promise<void> | void): void {
    this.#closing.push(end);
  }

  /** Ends what was started, the last first. */
  async close(): Promise<void> {
    for (const end of this.#closing.splice(0).reverse()) await end();
  }
}

/** What `npm run bench` found or fetched, now or earlier, else the one on PATH. */
export function natsServerBinary(): string {
  const named = process.env["TIDEMARK_NATS_SERVER"] ?? "";
  const fetched = resolve(import.meta.dirname, "../.tidemark/bin/nats-server");
  return named !== "" ? named : existsSync(fetched) ? fetched : "nats-server";
}

/** Processor time that a process has used, ms; undefined where the system does not say it as Linux does. */
export function processorMs(pid: number): number | undefined {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1) ?? "";
    const [user, system] = afterName.split(" ").slice(11, 13).map(Number);
    return user === undefined || system === undefined ? undefined : (user + system) * MS_PER_TICK;
  } catch {
    return undefined;
  }
}

/** Linux counts for its programs in hundredths of a second, whatever the kernel does inside. */
const MS_PER_TICK = 10;
