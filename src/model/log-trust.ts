// Whether a log may be read on (DESIGN 2). A broker can come back shorter after a power failure, a stream can be deleted and made
// anew, messages can be purged before they were read: each must stop the reader loudly, and none may be mistaken for another.
// Pure functions over what a Log answers; every implementation of the port judges by them, and so does a start that has a
// checkpoint. Asking the log is not here.

import { createHash } from "node:crypto";
import { TidemarkError } from "./errors.ts";
import { type EpochMs, epochMs, isoTime, type Position, position } from "./ids.ts";
import type { LogMark, LogMessage, LogState } from "./log.ts";

/** The mark of a reader that has taken nothing yet. */
export const firstMark = (createdMs: EpochMs): LogMark => ({ createdMs, position: position(0), storedMs: epochMs(0), fingerprint: "" });

export const markOf = (createdMs: EpochMs, message: LogMessage): LogMark => ({
  createdMs,
  position: message.position,
  storedMs: message.storedMs,
  fingerprint: fingerprintOf(message),
});

/** SHA-256 (hex) over subject and bytes. */
export const fingerprintOf = (message: Pick<LogMessage, "subject" | "data">): string =>
  createHash("sha256").update(message.subject).update("\0").update(message.data).digest("hex");

/**
 * Whether a log may be read on after `mark` (DESIGN 2): it was created when ours was, it is not shorter than we remember, and
 * the message we took last (`found`) is the same, or is gone because the log's beginning has moved on at most to the message
 * after it. The error says what differs; undefined where nothing does.
 */
export function distrust(mark: LogMark, state: LogState, found: LogMessage | undefined): TidemarkError | undefined {
  if (state.createdMs !== mark.createdMs) {
    return changed(`${state.stream} was created at ${isoTime(state.createdMs)}, the one that was read at ${isoTime(mark.createdMs)}`);
  }
  if (state.last < mark.position) return changed(`${state.stream} ends at ${state.last}, but has been read up to ${mark.position}`);
  if (mark.position === 0) return undefined;
  if (found === undefined) return lost(state, position(mark.position + 1));
  if (found.storedMs !== mark.storedMs || fingerprintOf(found) !== mark.fingerprint)
    return changed(`${state.stream} holds another message at ${mark.position} than the one that was read`);
  return undefined;
}

/** INPUT_LOST where the log begins after `next`, the first message that is still needed; LOG_CHANGED where it ends before the message in front of it. */
export function misplaced(state: LogState, next: Position): TidemarkError | undefined {
  if (next > state.last + 1) return changed(`${state.stream} ends at ${state.last}, but has been read up to ${next - 1}`);
  return lost(state, next);
}

/** INPUT_LOST where the log begins after `next`. */
export function lost(state: LogState, next: Position): TidemarkError | undefined {
  if (state.first <= next) return undefined;
  const count = state.first - next;
  return new TidemarkError(
    "INPUT_LOST",
    `input lost: ${count.toLocaleString("en")} message${count === 1 ? "" : "s"} purged from ${state.stream} before being read (${next} to ${state.first - 1})`,
  );
}

const changed = (what: string): TidemarkError => new TidemarkError("LOG_CHANGED", `the log is not the one that was read: ${what}`);

/** How far a reader is, and what it remembers of the last message. Hashing waits until somebody asks: most messages are never asked about. */
export class ReadPlace {
  next: Position;
  #given: LogMark | undefined;
  #last: LogMessage | undefined;
  #createdMs: EpochMs | undefined;

  constructor(from: Position, mark: LogMark | undefined) {
    this.next = from;
    this.#given = mark;
    this.#createdMs = mark?.createdMs;
  }

  took(message: LogMessage): void {
    this.#last = message;
    this.next = position(message.position + 1);
  }

  /** `createdMs` is that of the stream now: the first one seen is the one remembered. */
  mark(createdMs: EpochMs): LogMark {
    this.#createdMs ??= createdMs;
    if (this.#last !== undefined) return markOf(this.#createdMs, this.#last);
    return this.#given ?? firstMark(this.#createdMs);
  }
}
