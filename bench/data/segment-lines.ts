// What the data scripts share: where the data lies, what to do when it does not, and how a script prints its lines. The data
// itself is never part of the project.

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** A Segment message with its time; `json` is one line. */
export interface TimedMessage {
  readonly timeMs: number;
  readonly json: string;
}

const projectRoot = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** The folder of the data sets: TIDEMARK_DATA, else ../shared/data beside the project. */
export const defaultDataFolder = (): string => resolve(process.env.TIDEMARK_DATA ?? join(projectRoot, "..", "shared", "data"));

/** A data set's file, or undefined where it is absent. */
export function dataFile(path: string, folder = defaultDataFolder()): string | undefined {
  const file = join(folder, path);
  return existsSync(file) ? file : undefined;
}

/** Runs a script: `[--data FOLDER] [--optional]`, lines to stdout in the order given. */
export async function printLines(path: string, messages: (file: string) => Iterable<TimedMessage>): Promise<void> {
  const { values } = parseArgs({ options: { data: { type: "string" }, optional: { type: "boolean", default: false } } });
  const folder = values.data === undefined ? defaultDataFolder() : resolve(values.data);
  const file = dataFile(path, folder);
  if (file === undefined) {
    process.stderr.write(`not run: no data at ${join(folder, path)}\n`);
    process.exitCode = values.optional ? 0 : 1;
    return;
  }
  await write(messages(file));
}

/** In pieces, waiting for the reader: a pipe into `feed` holds little. A reader that has enough ends it without an error. */
async function write(messages: Iterable<TimedMessage>): Promise<void> {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  let piece = "";
  for (const { json } of messages) {
    piece += `${json}\n`;
    if (piece.length < 65_536) continue;
    await written(piece);
    piece = "";
  }
  await written(piece);
}

const written = (piece: string): Promise<void> => new Promise((done) => process.stdout.write(piece, () => done()));
