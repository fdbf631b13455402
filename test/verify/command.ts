// Tidemark's own command line as a child process, in the Node that the check asks for: what a user would type, and nothing
// of the engine imported.

import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { projectRoot } from "./bench.ts";

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Node binary; by default the one that runs this. */
  readonly node?: string;
  /** A program and its arguments, to which the command line is added. */
  readonly through?: readonly string[];
  /** stdout goes to this file instead of into the answer. */
  readonly into?: string;
}

export interface CommandAnswer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `tidemark ...args`; the caller ends it, and at the latest it ends with this process. */
export function spawnTidemark(args: readonly string[], options: CommandOptions = {}): ChildProcess {
  const [program = "", ...words] = [...(options.through ?? []), options.node ?? process.execPath, join(projectRoot, "src", "main.ts"), ...args];
  const child = spawn(program, words, {
    cwd: projectRoot,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  child.once("close", () => running.delete(child));
  return child;
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export async function tidemark(args: readonly string[], options: CommandOptions = {}): Promise<CommandAnswer> {
  const child = spawnTidemark(args, options);
  const file = options.into === undefined ? undefined : createWriteStream(options.into);
  if (file !== undefined) child.stdout?.pipe(file);
  const [code, stdout, stderr] = await Promise.all([
    ended(child),
    file === undefined ? textOf(child.stdout) : finished(file).then(() => ""),
    textOf(child.stderr),
  ]);
  return { code, stdout, stderr };
}

/** Runs it and reads its `--json` answer; throws with what it said when it does not end well. */
export async function tidemarkJson(args: readonly string[], options: CommandOptions = {}): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await tidemark([...args, "--json"], options);
  if (code !== 0) throw new Error(`tidemark ${args.join(" ")}: exit ${code}: ${lastLines(stderr)}`);
  return lastObject(stdout, args.join(" "));
}

export function lastObject(stdout: string, what: string): Record<string, unknown> {
  const line = stdout.trim().split("\n").at(-1) ?? "";
  try {
    return JSON.parse(stdout) as Record<string, unknown>;
  } catch {
    try {
      return JSON.parse(line) as Record<string, unknown>;
    } catch {
      throw new Error(`tidemark ${what}: no JSON on stdout, but "${line.slice(0, 200)}"`);
    }
  }
}

export const ended = (child: ChildProcess): Promise<number | null> => new Promise((done) => child.once("close", (code) => done(code)));

export async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = "";
  if (stream === null) return text;
  stream.setEncoding("utf8");
  for await (const piece of stream) text += piece;
  return text;
}

export const lastLines = (text: string, count = 4): string => text.trim().split("\n").slice(-count).join(" | ");
