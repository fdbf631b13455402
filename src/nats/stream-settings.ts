// Streams as Tidemark needs them: created where they are missing, held against our needs where they are there. A setting that
// could silently drop, change or double a message makes a stream unsuitable; sizes and ages are the operator's choice.
// Which settings each stream has is not here: see jetstream-log.ts, jetstream-output.ts and dead-letters.ts.

import { DiscardPolicy, PersistMode, RetentionPolicy, StorageType, type StreamConfig, type StreamInfo } from "@nats-io/jetstream";
import { TidemarkError } from "../model/errors.ts";
import { type EpochMs, epochMs } from "../model/ids.ts";
import type { Broker } from "./connection.ts";
import { API_ERRORS, apiCode, patiently, whyOf } from "./failures.ts";

export interface StreamWish {
  readonly name: string;
  readonly description: string;
  /** All of these, and no others than these and `mayTake`. */
  readonly subjects: readonly string[];
  readonly mayTake?: readonly string[];
  /** Oldest message kept, ms; 0: no limit. Of an existing stream it is checked only against `minAgeMs`. */
  readonly maxAgeMs: number;
  /** An existing stream that drops messages younger than this is unsuitable. */
  readonly minAgeMs?: number;
  /** -1: no limit of its own. Not checked of an existing stream. */
  readonly maxBytes: number;
  /** How long the ids of messages are remembered; the server's default where it is not given. Not checked of an existing stream. */
  readonly duplicateWindowMs?: number;
  /** Whether other streams may be sourced into it. */
  readonly mayHaveSources: boolean;
}

/** The stream as it is now. Throws STREAM_UNSUITABLE with every difference. */
export async function ensureStream(broker: Broker, wish: StreamWish): Promise<StreamInfo> {
  const info = (await streamInfo(broker, wish.name)) ?? (await createStream(broker, wish));
  const differences = differencesOf(info.config, wish);
  if (differences.length > 0) throw new TidemarkError("STREAM_UNSUITABLE", `stream ${wish.name} cannot be used: ${differences.join("; ")}`);
  return info;
}

/** undefined where there is no such stream. */
export async function streamInfo(broker: Broker, name: string, signal?: AbortSignal): Promise<StreamInfo | undefined> {
  const options = signal === undefined ? {} : { signal, forMs: Number.POSITIVE_INFINITY };
  try {
    return await patiently(broker, () => broker.jsm.streams.info(name), options);
  } catch (error) {
    if (apiCode(error) === API_ERRORS.streamNotFound) return undefined;
    throw error;
  }
}

export interface StreamPlace {
  readonly stream: string;
  readonly createdMs: EpochMs;
  /** An empty stream has first = last + 1. */
  readonly first: number;
  readonly last: number;
}

export const placeOf = (info: StreamInfo): StreamPlace => ({
  stream: info.config.name,
  createdMs: epochMs(Date.parse(info.created)),
  first: info.state.messages === 0 ? info.state.last_seq + 1 : info.state.first_seq,
  last: info.state.last_seq,
});

const NANOS_PER_MS = 1_000_000;

async function createStream(broker: Broker, wish: StreamWish): Promise<StreamInfo> {
  const config: Partial<StreamConfig> & { name: string } = {
    name: wish.name,
    description: wish.description,
    subjects: [...wish.subjects],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    storage: StorageType.File,
    max_age: wish.maxAgeMs * NANOS_PER_MS,
    max_bytes: wish.maxBytes,
    ...(wish.duplicateWindowMs === undefined ? {} : { duplicate_window: wish.duplicateWindowMs * NANOS_PER_MS }),
  };
  try {
    return await patiently(broker, () => broker.jsm.streams.add(config));
  } catch (error) {
    if (error instanceof TidemarkError) throw error;
    throw new TidemarkError("STREAM_UNSUITABLE", `stream ${wish.name} cannot be created: ${whyOf(error)}`, { cause: error });
  }
}

/** What makes a stream with this configuration unsuitable, for a person; nothing where it will do. */
export function differencesOf(has: StreamConfig, wish: StreamWish): string[] {
  const out: string[] = [];
  const need = (holds: boolean, what: string) => {
    if (!holds) out.push(what);
  };
  need(has.retention === RetentionPolicy.Limits, `retention is ${has.retention}, must be limits`);
  need(has.discard === DiscardPolicy.Old, `discard is ${has.discard}, must be old`);
  need(has.storage === StorageType.File, `storage is ${has.storage}, must be file`);
  need(has.mirror === undefined, "it is a mirror, must take messages itself");
  need(wish.mayHaveSources || (has.sources ?? []).length === 0, "it has sources, must have none");
  // Acknowledged before it is written: kill -9 of the server would lose what engines and producers were told is safe.
  need(has.persist_mode !== PersistMode.Async, "persist_mode is async, must be default; it cannot be changed, so the stream has to be made anew");
  need(has.max_msgs_per_subject <= 0, `max_msgs_per_subject is ${has.max_msgs_per_subject}, must be unlimited`);
  for (const flag of ["deny_delete", "deny_purge", "sealed", "no_ack", "allow_rollup_hdrs", "allow_msg_counter"] as const)
    need(has[flag] !== true, `${flag} is set, must not be`);
  need(has.subject_transform === undefined, "it has a subject transform, must have none");
  const tooYoung = wish.minAgeMs !== undefined && has.max_age > 0 && has.max_age < wish.minAgeMs * NANOS_PER_MS;
  need(!tooYoung, `max_age is ${Math.round(has.max_age / NANOS_PER_MS / 3_600_000)} h, must be at least ${Math.round((wish.minAgeMs ?? 0) / 3_600_000)} h`);
  out.push(...subjectDifferences(has.subjects ?? [], wish));
  return out;
}

function subjectDifferences(has: readonly string[], wish: StreamWish): string[] {
  const allowed = new Set([...wish.subjects, ...(wish.mayTake ?? [])]);
  const missing = wish.subjects.filter((subject) => !has.includes(subject)).map((subject) => `subject ${subject} is missing`);
  const extra = has.filter((subject) => !allowed.has(subject)).map((subject) => `subject ${subject} does not belong there`);
  return [...missing, ...extra];
}
