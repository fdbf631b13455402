// Whether a message is an event, judged by its head alone: type and name, size, whose it is, when it was. The framer asks this of
// all that stands in a log, and the HTTP edge of all that comes in, so that the two cannot disagree. The invariant: what is
// judged an event here is one on every machine, because nothing but the bytes, the limits and the stored time is looked at.

import { contactPartition, FORBIDDEN_ID, NO_ID } from "../model/contact-id.ts";
import { headProblem, type Spans } from "../model/event-head.ts";
import { eventTime, isPossibleTime } from "../model/event-time.ts";
import type { DeadReason } from "../model/output.ts";
import type { Settings } from "../model/settings.ts";

export interface EventLimits {
  readonly event_bytes: number;
  readonly id_bytes: number;
  readonly maxFutureMs: number;
}

/** The limits of a log. */
export const limitsOf = ({ limits, time }: Settings): EventLimits => ({
  event_bytes: limits.event_bytes,
  id_bytes: limits.id_bytes,
  maxFutureMs: time.max_future_ms,
});

export interface Fault {
  readonly reason: DeadReason;
  /** What is wrong, for a person. */
  readonly error: string;
}

/** Judges one message after another; what it found out about the last one that is an event can be read off it. */
export class EventJudge {
  readonly #limits: EventLimits;
  /** Of the contact. */
  partition = 0;
  /** Event time, ms. */
  timeMs = 0;

  constructor(limits: EventLimits) {
    this.#limits = limits;
  }

  /** The JSON object at [start, end), whose head a scanner has found in `spans`; undefined where it is an event. */
  fault(payload: Uint8Array, start: number, end: number, spans: Spans, storedMs: number): Fault | undefined {
    const { event_bytes, id_bytes, maxFutureMs } = this.#limits;
    if (end - start > event_bytes) return { reason: "too_large", error: `${end - start} bytes; limits.event_bytes is ${event_bytes}` };
    const problem = headProblem(payload, spans);
    if (problem !== undefined) return { reason: "not_an_event", error: problem };
    const partition = contactPartition(payload, spans, id_bytes);
    if (partition < 0) return idFault(partition, id_bytes);
    const timeMs = eventTime(payload, spans, storedMs);
    if (!isPossibleTime(timeMs, storedMs, maxFutureMs)) return { reason: "bad_time", error: timeProblem(timeMs) };
    this.partition = partition;
    this.timeMs = timeMs;
    return undefined;
  }
}

function idFault(code: number, idBytes: number): Fault {
  if (code === NO_ID) return { reason: "no_id", error: "neither `userId` nor `anonymousId`" };
  if (code === FORBIDDEN_ID)
    return { reason: "forbidden_id", error: "the id (`userId`, else `anonymousId`) stands for nobody in particular, or is neither a text nor a number" };
  return { reason: "too_large", error: `the id is longer than limits.id_bytes, ${idBytes}` };
}

/** 1990 to 2100 in seconds. */
const SECONDS_FROM = 631_152_000;
const SECONDS_TO = 4_102_444_800;

function timeProblem(timeMs: number): string {
  if (Number.isNaN(timeMs)) return "a time that is neither ISO 8601 nor epoch milliseconds";
  if (timeMs >= SECONDS_FROM && timeMs < SECONDS_TO) return `${timeMs} is before 1990: times are ISO 8601 or milliseconds, and this looks like seconds`;
  return `${Number.isFinite(timeMs) && Math.abs(timeMs) <= 8.64e15 ? new Date(timeMs).toISOString() : timeMs} is before 1990 or more than time.max_future_ms past the stored time`;
}
