// What lies on the broker's disk, and what an operator can do to it: copies of the JetStream directory that are put back, whole or
// a stream at a time, while the server is down; and the purges, deletions and removals that `nats stream` has words for.

import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { OwnServer } from "../../src/demo/own-handle.ts";

/** The JetStream directory, or one stream in it. */
export type Part = "all" | { readonly stream: string };

const folderOf = (server: OwnServer): string => join(server.folder, "jetstream");
const withinOf = (part: Part): string => (part === "all" ? "." : join("jetstream", "$G", "streams", part.stream));

/** Stops the server, does something to its disk, and starts it again on the same port. Whoever is connected stays and comes back. */
export async function whileDown(server: OwnServer, work: () => void): Promise<void> {
  const { pid } = server;
  server.kill("SIGTERM");
  while (isRunning(pid)) await sleep(20);
  work();
  await server.restart();
}

/** A copy of everything as it is now; the server is down for a moment. */
export async function backUp(server: OwnServer, to: string): Promise<void> {
  await whileDown(server, () => replace(folderOf(server), to));
}

/** Puts a part of a copy in the place of what is there. */
export async function putBack(server: OwnServer, from: string, part: Part): Promise<void> {
  await whileDown(server, () => replace(join(from, withinOf(part)), join(folderOf(server), withinOf(part))));
}

/** Replaces a folder by a copy of another. */
export function replace(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}

/** With a connection of its own. */
export async function withManager<T>(url: string, work: (manager: JetStreamManager) => Promise<T>): Promise<T> {
  const connection = await connect({ servers: url, name: "operator" });
  try {
    return await work(await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
