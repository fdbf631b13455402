// What holds with this broker, told before it is needed: what a crash of the engine, a crash of nats-server, a power failure and
// the loss of a server may take, and what the streams' limits do. It follows from the broker's facts alone; what it cannot know
// (how often a server syncs its files) it says so and takes the weaker side. docs/guarantees.md tells why each of it is so.

import { outputSubjects } from "../model/effect.ts";
import { logSubjects } from "../model/log.ts";
import type { BrokerFacts, StreamFacts } from "../nats/probe.ts";

export const GUARANTEE_CASES = ["engine_killed", "broker_killed", "power_lost", "server_lost", "two_engines", "log_limits", "output_limits"] as const;
export type GuaranteeCase = (typeof GUARANTEE_CASES)[number];

/** `partly`: under the condition that the text names. */
export interface Statement {
  readonly case: GuaranteeCase;
  readonly holds: "yes" | "partly" | "no";
  /** One sentence or two, for a person. */
  readonly text: string;
}

/** In words that fit a column. */
export const CASE_NAMES: Readonly<Record<GuaranteeCase, string>> = {
  engine_killed: "kill -9 of the engine",
  broker_killed: "kill -9 of nats-server",
  power_lost: "power failure of a broker's machine",
  server_lost: "loss of a broker's disk",
  two_engines: "two engines on one shard",
  log_limits: "limits of the log",
  output_limits: "limits of the output",
};

/** One statement for each case, in the order of GUARANTEE_CASES. A stream that is not there yet counts as `tidemark run` makes it. */
export function guaranteeOf(facts: BrokerFacts, shard: string): readonly Statement[] {
  const log = facts.streams.find(({ name }) => name === logSubjects(shard).stream);
  const output = facts.streams.find(({ name }) => name === outputSubjects(shard).stream);
  const broker = weakestOf(facts, [log, output]);
  return [engineKilled(), brokerKilled(broker), powerLost(broker), serverLost(broker), twoEngines(broker), logLimits(log), outputLimits(output)];
}

/** The weaker of log and output in everything: an effect needs both. */
interface Weakest {
  readonly replicas: number;
  readonly current: number;
  readonly onDisk: boolean;
  /** Acknowledged only once it is written. */
  readonly written: boolean;
  readonly clustered: boolean;
  readonly syncIntervalMs: number | null;
  /** Before 2.10 it cannot be set. */
  readonly syncFixed: boolean;
}

function weakestOf(facts: BrokerFacts, streams: readonly (StreamFacts | undefined)[]): Weakest {
  const there = streams.filter((stream) => stream !== undefined);
  const replicas = Math.min(...(there.length < streams.length ? [1] : []), ...there.map((stream) => stream.replicas));
  return {
    replicas,
    current: Math.min(replicas, ...there.map((stream) => stream.replicasCurrent)),
    onDisk: there.every(({ storage }) => storage === "file"),
    written: there.every(({ persistMode }) => persistMode !== "async"),
    clustered: facts.server.cluster !== null,
    syncIntervalMs: facts.syncIntervalMs,
    syncFixed: facts.capabilities.some(({ since, available }) => since === "2.10.0" && !available),
  };
}

const engineKilled = (): Statement => ({
  case: "engine_killed",
  holds: "yes",
  text: "Nothing is lost, repeated or reordered: the next start goes on from its checkpoint and holds back what the output has.",
});

function brokerKilled({ onDisk, written, replicas }: Weakest): Statement {
  const of = (holds: Statement["holds"], text: string): Statement => ({ case: "broker_killed", holds, text });
  if (onDisk && !written)
    return of(
      "no",
      "A stream has `persist_mode: async`: what was acknowledged and not yet written can be gone; the engine stops where it can tell (LOG_CHANGED, OUTPUT_DIFFERS).",
    );
  if (onDisk)
    return of("yes", "Nothing is lost, repeated or reordered: what was acknowledged is with the kernel, and the engine waits until the server is back.");
  if (replicas > 1) return of("partly", "The streams are kept in memory: it holds as long as the other servers live.");
  return of("no", "The streams are kept in memory and are gone with it; the engine then stops (LOG_CHANGED).");
}

function powerLost(broker: Weakest): Statement {
  const of = (holds: Statement["holds"], text: string): Statement => ({ case: "power_lost", holds, text });
  if (broker.onDisk && broker.written && broker.syncIntervalMs === 0)
    return of("yes", "Nothing is lost: the server syncs every message to disk before it acknowledges it.");
  const gone = broker.onDisk ? `what was acknowledged ${syncOf(broker)} can be gone` : "the streams, which are kept in memory, are gone";
  if (broker.replicas > 1)
    return of("partly", `It holds while the others of the ${broker.replicas} servers stay up and in touch; if several fail together, ${gone}.`);
  const shorter = `${gone[0]?.toUpperCase()}${gone.slice(1)}, from the log and from the output`;
  const cure = broker.syncFixed
    ? "Newer servers (2.10) can sync before they acknowledge (`sync_interval: always`)."
    : "`sync_interval: always`, or three replicas, close that.";
  return of("no", `${shorter}; the engine stops where it can tell (LOG_CHANGED, OUTPUT_DIFFERS). ${cure}`);
}

function syncOf({ syncIntervalMs }: Weakest): string {
  if (syncIntervalMs === null) return "since the last sync (the server does not tell how often it syncs; two minutes unless it was told otherwise)";
  return `in the last ${syncIntervalMs >= 120_000 ? `${Math.round(syncIntervalMs / 60_000)} minutes` : `${Math.max(1, Math.round(syncIntervalMs / 1000))} s`}`;
}

function serverLost({ replicas, current, clustered }: Weakest): Statement {
  const of = (holds: Statement["holds"], text: string): Statement => ({ case: "server_lost", holds, text });
  if (replicas === 1) {
    const cure = clustered ? "`nats stream edit --replicas 3` uses the cluster that is there." : "A cluster of three with three replicas closes that.";
    return of(
      "no",
      `There is one copy: log and output are gone with it, and the contacts of the last checkpoint remain (\`tidemark inspect --export\`). ${cure}`,
    );
  }
  const spare = Math.floor((replicas - 1) / 2);
  const now = current < replicas ? ` Right now only ${current} of ${replicas} replicas are up to date.` : "";
  if (spare === 0) return of("partly", `Nothing is lost with two replicas, but nothing is taken until both are there again.${now}`);
  return of(
    current - 1 > replicas / 2 ? "yes" : "partly",
    `Nothing is lost: of ${replicas} servers ${spare === 1 ? "one" : spare} at a time may be lost, and the others go on.${now}`,
  );
}

/** Links are asked for on a single server only (src/nats/jetstream-output.ts). */
function twoEngines({ clustered }: Weakest): Statement {
  const of = (holds: Statement["holds"], text: string): Statement => ({ case: "two_engines", holds, text });
  if (!clustered) return of("yes", "The newer one wins, and nothing that the older one still has on its way is stored: it stops (OWNER_LOST).");
  return of(
    "partly",
    "The newer one wins and the older one stops (OWNER_LOST). In a cluster, what the older one had on its way at that very moment can leave an effect out; the engine then stops (OUTPUT_DIFFERS).",
  );
}

function logLimits(log: StreamFacts | undefined): Statement {
  const limits = limitsOf(log);
  if (limits === "" && isWhole(log))
    return { case: "log_limits", holds: "yes", text: "None: the log keeps everything, and contacts can be computed from it again." };
  if (limits === "")
    return {
      case: "log_limits",
      holds: "partly",
      text: "None, but messages were deleted from the log (a forgotten contact's, or by hand): without its state folder an engine computes other contacts from what is left, and stops where it can tell (INPUT_LOST, OUTPUT_DIFFERS). Back the folder up.",
    };
  return {
    case: "log_limits",
    holds: "partly",
    text: `The log keeps ${limits}: an engine that is away for longer stops for good (INPUT_LOST), and older contacts are in the state folder alone. Back it up.`,
  };
}

function outputLimits(output: StreamFacts | undefined): Statement {
  const limits = limitsOf(output);
  if (limits === "") return { case: "output_limits", holds: "yes", text: "None: a start after any time knows what was sent." };
  return {
    case: "output_limits",
    holds: "partly",
    text: `The output keeps ${limits}: a start after a longer time has to be told whether the rest was sent (OUTPUT_UNREADABLE).`,
  };
}

/** It has every message since it was made. */
const isWhole = (log: StreamFacts | undefined): boolean => log === undefined || (log.first === 1 && log.deleted === 0);

const HOUR_MS = 3_600_000;
const MB = 1024 * 1024;

/** "" where there are none. */
function limitsOf(stream: StreamFacts | undefined): string {
  if (stream === undefined) return "";
  const { maxAgeMs, maxBytes, maxMessages } = stream;
  const limits = [
    ...(maxAgeMs > 0 ? [maxAgeMs >= 48 * HOUR_MS ? `${Math.round(maxAgeMs / 24 / HOUR_MS)} days` : `${Math.round(maxAgeMs / HOUR_MS)} hours`] : []),
    ...(maxBytes > 0 ? [maxBytes >= 1024 * MB ? `${(maxBytes / 1024 / MB).toFixed(1)} GB` : `${Math.round(maxBytes / MB)} MB`] : []),
    ...(maxMessages > 0 ? [`${maxMessages} messages`] : []),
  ];
  return limits.length === 0 ? "" : `at most ${limits.join(" and ")}`;
}
