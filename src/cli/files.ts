// Files that commands read from and write to. Trouble with them is the user's to mend, so it is always one clear line and never
// an error event that nobody listens to.

import { once } from "node:events";
import { closeSync, createReadStream, openSync, writeSync } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { TidemarkError } from "../model/errors.ts";
import type { Terminal } from "./terminal.ts";

/** The file's bytes, or stdin's for `-`. Opened before anything else is done, so that a wrong name costs nothing. Throws FILE_UNREADABLE. */
export async function openInput(file: string, terminal: Terminal): Promise<Readable> {
  if (file === "-") return terminal.stdin;
  try {
    if ((await stat(file)).isDirectory()) throw Object.assign(new Error("it is a folder"), { code: "EISDIR" });
    const stream = createReadStream(file, { highWaterMark: 1024 * 1024 });
    await once(stream, "open");
    return stream;
  } catch (error) {
    throw new TidemarkError("FILE_UNREADABLE", `${file} cannot be read (${codeOf(error)})`, { cause: error });
  }
}

const CHUNK_BYTES = 256 * 1024;

/** Lines to a file, in large pieces and at once: whoever produces them waits for the disk instead of filling memory. Throws FILE_UNREADABLE. */
export class LineFile {
  readonly #file: string;
  readonly #descriptor: number;
  #waiting: (string | Uint8Array)[] = [];
  #waitingBytes = 0;

  constructor(file: string) {
    this.#file = file;
    this.#descriptor = this.#attempt(() => openSync(file, "w"));
  }

  line(text: string | Uint8Array): void {
    this.#waiting.push(text, "\n");
    this.#waitingBytes += text.length + 1;
    if (this.#waitingBytes >= CHUNK_BYTES) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#descriptor);
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#waiting.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
    this.#waiting = [];
    this.#waitingBytes = 0;
    // A write may take only a part of it.
    for (let at = 0; at < bytes.length; ) at += this.#attempt(() => writeSync(this.#descriptor, bytes, at));
  }

  #attempt<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw new TidemarkError("FILE_UNREADABLE", `${this.#file} cannot be written (${codeOf(error)})`, { cause: error });
    }
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
