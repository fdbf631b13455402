// A disk that is really small: a file system in memory, mounted on a folder of the check, with a file in it that takes up as much
// room as the check wants. Mounting needs root; where that is not given, the check is not run.

import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { NotRun } from "./check.ts";

const PIECE = Buffer.alloc(4096, "x");

export class SmallDisk {
  readonly folder: string;

  static mount(bench: Bench, name: string, bytes: number): SmallDisk {
    const folder = bench.file(name);
    mkdirSync(folder, { recursive: true });
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tidemark-verify", folder], { stdio: "pipe" });
    } catch (error) {
      throw new NotRun(`a small disk cannot be mounted here: ${error instanceof Error ? error.message.split("\n").at(-2) : error}`);
    }
    bench.atClose(async () => void execFileSync("umount", ["-l", folder]));
    return new SmallDisk(folder);
  }

  private constructor(folder: string) {
    this.folder = folder;
  }

  get free(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }

  /** Leaves about so many bytes of room. */
  fill(leave: number): void {
    this.makeRoom();
    const file = openSync(this.#filler, "w");
    try {
      for (let left = this.free - leave; left > 0; left -= PIECE.length) writeSync(file, PIECE);
    } finally {
      closeSync(file);
    }
  }

  makeRoom(): void {
    rmSync(this.#filler, { force: true });
  }

  get #filler(): string {
    return join(this.folder, "filler");
  }
}
