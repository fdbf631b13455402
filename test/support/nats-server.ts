// A real nats-server for a test: started on a free port with a store of its own, stopped when the test (or the file) is over.
// `npm test` hands the binary down as TIDEMARK_NATS_SERVER; a plain vitest run takes one from PATH or the one that `npm test`
// has fetched before. A test that needs a server and cannot have one fails: it is never skipped.

import { accessSync, constants } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import type { OwnServer } from "../../src/demo/own-handle.ts";
import { type OwnServerOptions, startOwnServer } from "../../src/demo/own-server.ts";

export type { OwnServer } from "../../src/demo/own-handle.ts";

type ServerOptions = Omit<OwnServerOptions, "binary">;

/** For one test: call it inside `test`; the server is stopped when that test ends. */
export async function startTestServer(options: ServerOptions = {}): Promise<OwnServer> {
  const server = await startOwnServer({ ...options, binary: natsServerBinary() });
  onTestFinished(() => server.stop());
  return server;
}

/** For all tests of a file or a `describe`: call it at its top; the function it returns gives the server once tests run. */
export function useNatsServer(options: ServerOptions = {}): () => OwnServer {
  let server: OwnServer | undefined;
  beforeAll(async () => {
    server = await startOwnServer({ ...options, binary: natsServerBinary() });
  }, 30_000);
  afterAll(() => server?.stop());
  return () => {
    if (server === undefined) throw new Error("The server is there only while tests run: call this inside a test.");
    return server;
  };
}

/** Path of the binary. Throws with what to do where there is none. */
export function natsServerBinary(): string {
  const named = process.env["TIDEMARK_NATS_SERVER"];
  if (named !== undefined && named !== "") return named;
  const found = candidates().find(isExecutable);
  if (found === undefined)
    throw new Error("No nats-server: run `npm test`, which fetches one, or put one on PATH (https://github.com/nats-io/nats-server/releases).");
  return found;
}

function candidates(): string[] {
  // Debian installs it where only root's PATH looks.
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin"];
  return [
    ...folders.filter((folder) => folder !== "").map((folder) => join(folder, "nats-server")),
    resolve(import.meta.dirname, "../../.tidemark/bin/nats-server"),
  ];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
