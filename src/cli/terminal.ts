// Where a command reads and writes: stdout carries what was asked for and nothing else, stderr the rest. A test hands in
// its own. Writing waits when the reader is slower than we are, so that a dump of any size needs no memory.

import { once } from "node:events";
import type { Readable } from "node:stream";

export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
}

export type TerminalStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

export const processTerminal = (): Terminal => ({ stdin: process.stdin, stdout: process.stdout, stderr: process.stderr });

/** Resolves when there is room for more. */
export async function write(stream: TerminalStream, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, "drain");
}

export const writeLine = (stream: TerminalStream, line: string): Promise<void> => write(stream, `${line}\n`);

/** One JSON document, indented where a person is looking. */
export const writeJson = (stream: TerminalStream, value: unknown): Promise<void> =>
  writeLine(stream, JSON.stringify(value, null, stream.isTTY === true ? 2 : undefined));

/** `1 event`, `2 events`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** A size as people say it: `12 kB`, `3 MB`, `1.5 GB`. */
export function megabytes(bytes: number): string {
  if (bytes >= 1024 ** 3) return `${(bytes / 1024 ** 3).toFixed(1)} GB`;
  return bytes >= 1024 ** 2 ? `${Math.round(bytes / 1024 ** 2)} MB` : `${Math.ceil(bytes / 1024)} kB`;
}

/** Rows with their columns aligned; the last column is as long as it likes. */
export function table(rows: readonly (readonly string[])[], gap = "  "): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join(gap)
      .trimEnd(),
  );
}

/** A line on stderr that is drawn over itself on a terminal, at most a few times a second; nothing elsewhere. */
export class Progress {
  readonly #stream: TerminalStream;
  readonly #everyMs: number;
  #nextMs = 0;
  #drawn = false;

  constructor(stream: TerminalStream, everyMs = 200) {
    this.#stream = stream;
    this.#everyMs = everyMs;
  }

  show(line: () => string): void {
    if (this.#stream.isTTY !== true) return;
    const now = performance.now();
    if (now < this.#nextMs) return;
    this.#nextMs = now + this.#everyMs;
    this.#drawn = true;
    this.#stream.write(`\r\u001b[2K${line()}`);
  }

  /** Leaves an empty line behind, ready for the next output. */
  end(): void {
    if (this.#drawn) this.#stream.write("\r\u001b[2K");
    this.#drawn = false;
  }
}
