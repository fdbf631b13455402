// Runs a command line in this process, as main.ts would, and gives back all that a person would see.

import { PassThrough, Readable } from "node:stream";
import { runCommandLine } from "../../src/cli/program.ts";

export interface Ended {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

export async function run(args: string, options: { readonly stdin?: string; readonly more?: readonly string[] } = {}): Promise<Ended> {
  const [stdout, stderr] = [collector(), collector()];
  const words = [...args.split(" ").filter((word) => word !== ""), ...(options.more ?? [])];
  const exit = await runCommandLine(words, { stdin: Readable.from([Buffer.from(options.stdin ?? "")]), stdout: stdout.stream, stderr: stderr.stream });
  return { exit, out: stdout.text(), err: stderr.text() };
}

export const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

function collector(): { readonly stream: PassThrough; readonly text: () => string } {
  const stream = new PassThrough();
  let text = "";
  stream.on("data", (chunk) => {
    text += String(chunk);
  });
  return { stream, text: () => text };
}
