// What a broker is and can do, for `doctor`: its version, limits, what it holds of ours, and how far away it is. It looks and
// changes nothing. Judging what it finds (too little disk, an old server) is not here.

import type { JetStreamAccountStats, StreamInfo } from "@nats-io/jetstream";
import { z } from "zod";
import { TidemarkError } from "../model/errors.ts";
import type { EpochMs } from "../model/ids.ts";
import type { Broker } from "./connection.ts";
import { patiently, whyOf } from "./failures.ts";
import { placeOf } from "./stream-settings.ts";

/** A limit of -1 stands for none. */
export interface BrokerFacts {
  readonly url: string;
  readonly server: { readonly name: string; readonly version: string; readonly cluster: string | null };
  readonly maxPayloadBytes: number;
  /**
   * How often files are synced to disk, ms, of the server that does it least often; 0: before every acknowledgement; null: not told, which
   * is the rule. Before 2.10 it is fixed; since then only system accounts may ask, unless an operator shares `$SYS.REQ.SERVER.PING.JSZ` with ours.
   */
  readonly syncIntervalMs: number | null;
  /** Of several round trips, ms. */
  readonly roundTripMs: { readonly least: number; readonly median: number };
  readonly jetstream: {
    readonly domain: string | null;
    readonly storageBytes: number;
    readonly storageLimitBytes: number;
    readonly memoryBytes: number;
    readonly memoryLimitBytes: number;
    readonly streams: number;
    readonly streamsLimit: number;
    readonly consumers: number;
    readonly consumersLimit: number;
  };
  readonly capabilities: readonly Capability[];
  /** Ours: those whose names begin with TIDEMARK_, by name. */
  readonly streams: readonly StreamFacts[];
}

export interface Capability {
  readonly name: string;
  /** First version that has it. */
  readonly since: string;
  readonly available: boolean;
  /** What it means for an operator of Tidemark. */
  readonly meaning: string;
}

export interface StreamFacts {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly createdMs: EpochMs;
  readonly messages: number;
  readonly bytes: number;
  /** An empty stream has first = last + 1. */
  readonly first: number;
  readonly last: number;
  readonly deleted: number;
  readonly consumers: number;
  readonly replicas: number;
  /** How many of them are up to date right now. */
  readonly replicasCurrent: number;
  /** Of a clustered stream: who leads it, null while nobody does. */
  readonly leader: string | null;
  readonly storage: string;
  /** `async`, which 2.12 brought: acknowledged before it is written. */
  readonly persistMode: string;
  readonly retention: string;
  readonly discard: string;
  /** 0: no limit. */
  readonly maxAgeMs: number;
  readonly maxBytes: number;
  readonly maxMessages: number;
}

/** Throws BROKER_UNREACHABLE where the broker stops answering. */
export async function probeBroker(broker: Broker): Promise<BrokerFacts> {
  const info = broker.nc.info;
  if (info === undefined) throw new TidemarkError("BROKER_UNREACHABLE", `nats-server at ${broker.url} did not introduce itself`);
  const account = await patiently(broker, () => broker.jsm.getAccountInfo(), { forMs: PATIENCE_MS });
  return {
    url: broker.url,
    server: { name: info.server_name, version: info.version, cluster: info.cluster ?? null },
    maxPayloadBytes: info.max_payload,
    syncIntervalMs: isAtLeast(info.version, "2.10.0") ? await askSyncInterval(broker) : FIXED_SYNC_MS,
    roundTripMs: await roundTrips(broker),
    jetstream: jetstreamFacts(account),
    capabilities: capabilitiesOf(info.version),
    streams: await ourStreams(broker),
  };
}

/** What each version brings that matters here; the floor is 2.9. */
export function capabilitiesOf(version: string): Capability[] {
  return CAPABILITIES.map((capability) => ({ ...capability, available: isAtLeast(version, capability.since) }));
}

const PATIENCE_MS = 5_000;
/** Of servers before 2.10 (server/filestore.go, defaultSyncInterval); later ones sync every two minutes unless they are told otherwise. */
const FIXED_SYNC_MS = 60_000;
const ASK_SYNC_MS = 1_000;
/** After this long without another answer all servers of a cluster have given theirs. */
const SYNC_STALL_MS = 200;
const ROUND_TRIPS = 9;

const CAPABILITIES: readonly Omit<Capability, "available">[] = [
  { name: "ordered pull consumers", since: "2.9.0", meaning: "needed: the log is read through one" },
  { name: "several filters per consumer", since: "2.10.0", meaning: "a sender may take several trigger families with one consumer" },
  { name: "stream metadata and compression", since: "2.10.0", meaning: "the log may be stored compressed" },
  { name: "subject transforms", since: "2.10.0", meaning: "the log may source a stream with other subjects" },
  { name: "sourcing of trigger streams", since: "2.10.14", meaning: "before it, a stream that sources ours stalls: the expected sequence travels along" },
  { name: "time to live per message", since: "2.11.0", meaning: "not used by Tidemark" },
];

/** Compares the leading numbers only: a pre-release counts as its release. */
function isAtLeast(version: string, wanted: string): boolean {
  const [has, needs] = [version, wanted].map((text) => text.split(/[.-]/, 3).map((part) => Number.parseInt(part, 10) || 0));
  for (let i = 0; i < 3; i++) {
    const difference = (has?.[i] ?? 0) - (needs?.[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** Each server of a cluster answers for itself, and the weakest counts. */
export async function askSyncInterval(broker: Broker): Promise<number | null> {
  const answers: (number | undefined)[] = [];
  try {
    const options = { strategy: "stall", maxWait: ASK_SYNC_MS, stall: SYNC_STALL_MS } as const;
    for await (const answer of await broker.nc.requestMany("$SYS.REQ.SERVER.PING.JSZ", "", options)) answers.push(syncInterval(answer.string()));
  } catch {
    // Nobody listens there for us, or we may not ask: then it is not told.
    return null;
  }
  return answers.length === 0 || answers.includes(undefined) ? null : Math.max(...(answers as number[]));
}

const jszSchema = z.object({ data: z.object({ config: z.object({ sync_interval: z.number(), sync_always: z.boolean().default(false) }) }) });
const NANOS_PER_MS = 1_000_000;

function syncInterval(text: string): number | undefined {
  try {
    const { config } = jszSchema.parse(JSON.parse(text)).data;
    return config.sync_always ? 0 : config.sync_interval / NANOS_PER_MS;
  } catch {
    return undefined;
  }
}

async function roundTrips(broker: Broker): Promise<BrokerFacts["roundTripMs"]> {
  const times: number[] = [];
  for (let i = 0; i < ROUND_TRIPS; i++) {
    const sentAt = performance.now();
    await broker.nc.flush();
    times.push(performance.now() - sentAt);
  }
  times.sort((a, b) => a - b);
  return { least: times[0] ?? 0, median: times[ROUND_TRIPS >> 1] ?? 0 };
}

const jetstreamFacts = (account: JetStreamAccountStats): BrokerFacts["jetstream"] => ({
  domain: account.domain ?? null,
  storageBytes: account.storage,
  storageLimitBytes: account.limits.max_storage,
  memoryBytes: account.memory,
  memoryLimitBytes: account.limits.max_memory,
  streams: account.streams,
  streamsLimit: account.limits.max_streams,
  consumers: account.consumers,
  consumersLimit: account.limits.max_consumers,
});

async function ourStreams(broker: Broker): Promise<StreamFacts[]> {
  const found: StreamFacts[] = [];
  try {
    for await (const info of broker.jsm.streams.list()) if (info.config.name.startsWith("TIDEMARK_")) found.push(streamFacts(info));
  } catch (error) {
    throw new TidemarkError("BROKER_UNREACHABLE", `nats-server at ${broker.url} does not list its streams: ${whyOf(error)}`, { cause: error });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function streamFacts(info: StreamInfo): StreamFacts {
  const { config, state } = info;
  const { first, last, createdMs } = placeOf(info);
  return {
    name: config.name,
    subjects: config.subjects ?? [],
    createdMs,
    messages: state.messages,
    bytes: state.bytes,
    first,
    last,
    deleted: state.num_deleted ?? 0,
    consumers: state.consumer_count,
    replicas: config.num_replicas,
    replicasCurrent: info.cluster?.replicas === undefined ? 1 : 1 + info.cluster.replicas.filter((peer) => peer.current && peer.offline !== true).length,
    leader: info.cluster?.leader ?? null,
    storage: config.storage,
    persistMode: config.persist_mode ?? "default",
    retention: config.retention,
    discard: config.discard,
    maxAgeMs: config.max_age / 1_000_000,
    maxBytes: config.max_bytes,
    maxMessages: config.max_msgs,
  };
}
