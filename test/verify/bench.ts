// Where a check works: a folder of its own, servers and engines that end with it whatever happens, and a seeded choice of
// random moments, printed so that a failure can be repeated.

import { mkdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { OwnServer } from "../../src/demo/own-handle.ts";
import { startOwnServer } from "../../src/demo/own-server.ts";
import { natsServerPath } from "./nats-server-path.ts";

export const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");

export interface BenchOptions {
  /** Fewer kills, fewer combinations: what CI runs. */
  readonly short: boolean;
  readonly seed: number;
  /** How many seeds a check of random stories takes; undefined: as many as it finds right. */
  readonly seeds?: number | undefined;
  readonly say: (line: string) => void;
}

export class Bench {
  readonly short: boolean;
  readonly seed: number;
  readonly seeds: number | undefined;
  readonly folder: string;
  readonly #say: (line: string) => void;
  readonly #closing: (() => Promise<void>)[] = [];
  #random: number;

  constructor(name: string, options: BenchOptions) {
    this.short = options.short;
    this.seed = options.seed;
    this.seeds = options.seeds;
    this.#say = options.say;
    this.#random = options.seed >>> 0;
    this.folder = join(projectRoot, ".tidemark", "verify", `${process.pid}-${name}`);
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
  }

  say(line: string): void {
    this.#say(`  ${line}`);
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  /** A nats-server of this check, stopped with it. */
  async server(name = "nats"): Promise<OwnServer> {
    const server = await startOwnServer({ binary: natsServerPath(), folder: this.file(name) });
    this.atClose(() => server.stop());
    return server;
  }

  atClose(end: () => Promise<void>): void {
    this.#closing.push(end);
  }

  /** A whole number in [from, to), the same for the same seed (mulberry32). */
  random(from: number, to: number): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(this.#random ^ (this.#random >>> 15), this.#random | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return from + Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * (to - from));
  }

  /** Ends what was started, the last first. The folder stays when TIDEMARK_VERIFY_KEEP is set. */
  async close(): Promise<void> {
    for (const end of this.#closing.reverse()) await end().catch((error: unknown) => this.say(`while closing: ${error}`));
    if (process.env.TIDEMARK_VERIFY_KEEP === undefined) rmSync(this.folder, { recursive: true, force: true });
  }
}
