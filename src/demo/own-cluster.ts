// Three servers of our own as one JetStream cluster: fewer than three elect no leader. The handle is that of the first, which
// is the one that a test kills; the other two live as long as it is wanted. Starting one server is not here.

import { setTimeout as sleep } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { TidemarkError } from "../model/errors.ts";
import type { OwnServer } from "./own-handle.ts";

/** Starts the i-th server with these lines in its configuration. */
export type StartMember = (index: number, clusterLines: string) => Promise<OwnServer>;

export const CLUSTER_SIZE = 3;

const LEADER_WITHIN_MS = 20_000;

/** @param routes one free port for each member, for its traffic with the others */
export async function startOwnCluster(routes: readonly number[], start: StartMember): Promise<OwnServer> {
  const members: OwnServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.stop()));
  };
  try {
    for (const index of routes.keys()) members.push(await start(index, clusterLines(routes, index)));
    const [first] = members;
    if (first === undefined) throw new TypeError("a cluster without members");
    await leaderElected(first.url);
    return { ...handleOf(first), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function clusterLines(routes: readonly number[], index: number): string {
  const others = routes.filter((_, i) => i !== index).map((port) => `"nats-route://127.0.0.1:${port}"`);
  return `cluster { name: "tidemark-own", listen: "127.0.0.1:${routes[index]}", routes: [${others.join(", ")}] }\n`;
}

/** Url, port and folder stay the same over restarts; the pid does not. */
function handleOf(first: OwnServer): OwnServer {
  return {
    url: first.url,
    port: first.port,
    get pid() {
      return first.pid;
    },
    folder: first.folder,
    kill: (signal) => first.kill(signal),
    restart: async () => {
      await first.restart();
      await leaderElected(first.url);
    },
    stop: () => first.stop(),
  };
}

/** A server answers before the cluster has a leader, and refuses every request for JetStream until it has one. */
async function leaderElected(url: string): Promise<void> {
  const connection = await connect({ servers: url });
  const deadline = Date.now() + LEADER_WITHIN_MS;
  try {
    for (;;) {
      const failure = await askForAccount(connection);
      if (failure === undefined) return;
      if (Date.now() > deadline)
        throw new TidemarkError("BROKER_UNREACHABLE", `Our own cluster has no JetStream leader after ${LEADER_WITHIN_MS / 1000} s: ${failure}`);
      await sleep(100);
    }
  } finally {
    await connection.close();
  }
}

async function askForAccount(connection: Awaited<ReturnType<typeof connect>>): Promise<string | undefined> {
  try {
    await (await jetstreamManager(connection, { checkAPI: false, timeout: 2_000 })).getAccountInfo();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
