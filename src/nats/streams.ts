// Streams by name: whether they are there, and away with them. The demo uses it on somebody else's server, where it must not
// touch what it did not make; it names exactly the streams it means.

import { outputSubjects } from "../model/effect.ts";
import { logSubjects } from "../model/log.ts";
import type { Broker } from "./connection.ts";
import { API_ERRORS, apiCode, patiently } from "./failures.ts";
import { streamInfo } from "./stream-settings.ts";

/** The streams that belong to one shard alone. */
export const shardStreams = (shard: string): string[] => [logSubjects(shard).stream, outputSubjects(shard).stream];

/** Those of `names` that exist, in the same order. */
export async function streamsExist(broker: Broker, names: readonly string[]): Promise<string[]> {
  const infos = await Promise.all(names.map((name) => streamInfo(broker, name)));
  return names.filter((_, i) => infos[i] !== undefined);
}

/** Deletes them with everything in them; those that are not there are fine. */
export async function deleteStreams(broker: Broker, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => deleteStream(broker, name)));
}

async function deleteStream(broker: Broker, name: string): Promise<void> {
  try {
    await patiently(broker, () => broker.jsm.streams.delete(name));
  } catch (error) {
    if (apiCode(error) !== API_ERRORS.streamNotFound) throw error;
  }
}
