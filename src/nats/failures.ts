// What can go wrong between us and the broker, sorted into the two kinds that matter: what a moment's patience cures
// (a restart, a new leader, a lost answer) and what it does not. `patiently` is the one place that waits and asks again.

import { setTimeout as sleep } from "node:timers/promises";
import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { TidemarkError } from "../model/errors.ts";

/** How long a request goes on being repeated before it counts as unreachable. */
export const PATIENCE_MS = 30_000;

/** Error codes of the JetStream API that we tell apart. */
export const API_ERRORS = {
  wrongLastLink: 10070,
  wrongLastSequence: 10071,
  wrongLastSequenceUnknown: 10164,
  streamNotFound: 10059,
  streamFull: 10077,
  noMessageFound: 10037,
  messageDeleteFailed: 10057,
} as const;

/** What patiently() needs of a connection. */
export interface Reachable {
  readonly url: string;
  readonly connected: boolean;
  readonly closed: boolean;
  ready(signal?: AbortSignal): Promise<void>;
}

/**
 * Calls until it succeeds or fails for good. Waits while the connection is down. After `forMs` of failures that could have
 * passed it throws BROKER_UNREACHABLE; Infinity leaves that to the signal. Other failures are thrown as they are.
 */
export async function patiently<T>(broker: Reachable, call: () => Promise<T>, options: { forMs?: number; signal?: AbortSignal } = {}): Promise<T> {
  const until = performance.now() + (options.forMs ?? PATIENCE_MS);
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, 500)) {
    await readyUntil(broker, until, options.signal);
    try {
      return await call();
    } catch (error) {
      if (error instanceof TidemarkError) throw error;
      if (broker.closed || (isPassing(error) && performance.now() > until)) throw unreachable(broker, error);
      if (!isPassing(error)) throw error;
      await sleep(pauseMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
    }
  }
}

/** Whether the same request may succeed a little later: the connection broke, nobody answered, or a cluster has no leader. */
export function isPassing(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.status === 503 && error.code !== API_ERRORS.streamFull;
  if (error instanceof errors.TimeoutError || error instanceof errors.RequestError || error instanceof errors.ConnectionError) return true;
  return isNobodyThere(error);
}

/**
 * Nobody listens where the request went. The client reports that as JetStream not being enabled, but right after a restart it only
 * means "not yet"; where the API itself says so about our account (then it is the cause), it is meant.
 */
export function isNobodyThere(error: unknown): boolean {
  if (error instanceof errors.NoRespondersError) return true;
  return error instanceof Error && error.name === "JetStreamNotEnabled" && !(error.cause instanceof JetStreamApiError);
}

/** The API's error code, where it is an answer of the API. */
export const apiCode = (error: unknown): number | undefined => (error instanceof JetStreamApiError ? error.code : undefined);

/** The text of an error for a person: never a stack. */
export const whyOf = (error: unknown): string => (error instanceof Error && error.message !== "" ? error.message : String(error));

function unreachable(broker: Reachable, error: unknown): TidemarkError {
  return new TidemarkError("BROKER_UNREACHABLE", `nats-server at ${broker.url} does not answer: ${whyOf(error)}`, { cause: error });
}

async function readyUntil(broker: Reachable, until: number, signal: AbortSignal | undefined): Promise<void> {
  if (broker.connected) return signal?.throwIfAborted();
  const leftMs = until - performance.now();
  if (!Number.isFinite(leftMs)) return broker.ready(signal);
  const limit = AbortSignal.timeout(Math.max(1, Math.ceil(leftMs)));
  try {
    await broker.ready(signal === undefined ? limit : AbortSignal.any([signal, limit]));
  } catch (error) {
    if (limit.aborted && signal?.aborted !== true) throw unreachable(broker, new Error("not connected"));
    throw error;
  }
}
