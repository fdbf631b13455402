// Log lines of a running engine: pino, on stderr, because stdout belongs to what a command was asked for. JSON where a
// machine reads, one plain line on a terminal. There is one line for a batch of work or a change of state, and none for an
// event; secrets never reach a line because only masked values are handed to it. What is counted is in metrics/.

import { Writable } from "node:stream";
import { type Logger, pino } from "pino";
import { TidemarkError } from "../model/errors.ts";

export type { Logger };

export interface LogOptions {
  readonly level: string;
  readonly format: "auto" | "json" | "plain";
  /** stderr, unless a test or an embedder says otherwise. */
  readonly out?: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

export function createLog(options: LogOptions): Logger {
  const out = options.out ?? process.stderr;
  const plain = options.format === "plain" || (options.format === "auto" && out.isTTY === true);
  const settings = { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label: string) => ({ level: label }) } };
  return pino(settings, plain ? plainLines(out) : out);
}

/** An error as a log line has it: what a person can act on without its stack, anything else with it. */
export const loggable = (error: unknown): Record<string, unknown> =>
  error instanceof TidemarkError ? { code: error.code, error: error.message, hint: error.hint } : { err: error };

/** `19:56:09.120 info  engine is live  position=42`. */
function plainLines(out: NodeJS.WritableStream): Writable {
  return new Writable({
    write(line: Buffer, _encoding, done) {
      out.write(plainLine(line.toString()));
      done();
    },
  });
}

function plainLine(json: string): string {
  const { level, time, msg, err, ...rest } = JSON.parse(json) as Record<string, unknown>;
  const fields = Object.entries(rest).map(([name, value]) => `  ${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const error = typeof err === "object" && err !== null && "message" in err ? `  error=${JSON.stringify(err.message)}` : "";
  return `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${msg ?? ""}${fields.join("")}${error}\n`;
}
