// What the engine published, seen from outside: by a plain NATS subscriber as it happens, and in the output stream afterwards.
// Neither uses the engine's own code for it. Also where its log ends.

import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { outputSubjects, TIDEMARK_ID_HEADER } from "../../src/model/effect.ts";
import { logSubjects } from "../../src/model/log.ts";
import type { Bench } from "./bench.ts";
import { must } from "./check.ts";

export interface Published {
  readonly subject: string;
  readonly id: string;
  readonly body: string;
}

const FAMILIES = ["tidemark.transitions.>", "tidemark.triggers.>", "tidemark.withheld.>"];

/** Collects all three families from the moment it is made; closed with the check. */
export async function subscribe(bench: Bench, url: string): Promise<Published[]> {
  const connection = await connect({ servers: url, name: "verify" });
  bench.atClose(() => connection.close());
  const seen: Published[] = [];
  for (const subject of FAMILIES) {
    connection.subscribe(subject, {
      callback: (_error, message) => {
        seen.push({ subject: message.subject, id: message.headers?.get(TIDEMARK_ID_HEADER) ?? "", body: message.string() });
      },
    });
  }
  await connection.flush();
  return seen;
}

/** Everything in the output stream but epoch records, in order. */
export async function readOutputs(url: string, shard = "0"): Promise<Published[]> {
  const connection = await connect({ servers: url, name: "verify" });
  try {
    return await readStream(connection, shard);
  } finally {
    await connection.close();
  }
}

/** Where the shard's log ends, as the broker says. */
export async function lastPosition(url: string, shard = "0"): Promise<number> {
  const connection = await connect({ servers: url, name: "verify" });
  try {
    const manager = await jetstreamManager(connection);
    return (await manager.streams.info(logSubjects(shard).stream)).state.last_seq;
  } finally {
    await connection.close();
  }
}

/** Publishes some bytes as an event; whether the log took them. */
export async function publishRaw(url: string, text: string, shard = "0"): Promise<boolean> {
  const connection = await connect({ servers: url, name: "verify" });
  try {
    const answer = await connection.request(`${logSubjects(shard).event}.raw`, text, { timeout: 1000 });
    return answer.json<{ seq?: number }>().seq !== undefined;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

async function readStream(connection: NatsConnection, shard: string): Promise<Published[]> {
  const { stream, epoch } = outputSubjects(shard);
  const consumer = await jetstream(connection).consumers.get(stream);
  const all: Published[] = [];
  if ((await consumer.info(true)).num_pending === 0) return all;
  const messages = await consumer.consume({ max_messages: 5000 });
  for await (const message of messages) {
    if (message.subject !== epoch) all.push({ subject: message.subject, id: message.headers?.get(TIDEMARK_ID_HEADER) ?? "", body: message.string() });
    if (message.info.pending === 0) break;
  }
  return all;
}

/** Each effect once, in the order of identities. */
export function mustBeOnceAndInOrder(published: readonly Published[]): void {
  let last: readonly number[] = [0, 0, 0];
  for (const { id, subject } of published) {
    const here = id.split("-").slice(-3).map(Number);
    must(here.length === 3 && here.every(Number.isInteger), `${subject}: "${id}" is no identity`);
    must(compare(last, here) < 0, `${id} on ${subject} stands after ${last.join("-")}: repeated or out of order`);
    last = here;
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((part, at) => part !== b[at]);
  return index === -1 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

export const family = (published: readonly Published[], name: "transitions" | "triggers" | "withheld"): Published[] =>
  published.filter(({ subject }) => subject.startsWith(`tidemark.${name}.`));
