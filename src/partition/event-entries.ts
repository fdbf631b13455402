// From the bytes of an event to the partition that it is for: an event is decoded, dated and given to its contact, or it is a dead
// letter; a tie is looked up, or given to the partition of the old id. What was forgotten gets no further than here.

import type { IncomingEvent } from "../engine/apply.ts";
import type { ContactKey } from "../model/ids.ts";
import type { OutcomeKind } from "../model/outcome.ts";
import type { BatchReader } from "./batch-reader.ts";
import type { DecodedEvent } from "./decode.ts";
import type { LiveRecords, Reading } from "./live-records.ts";
import type { Partition } from "./partition.ts";
import type { ForwardRecord } from "./people-records.ts";
import type { DeadEvent } from "./protocol.ts";
import { isOfDevice, oldIdEnd, readTie, TIE_HEADER_BYTES } from "./ties.ts";

export class EventEntries {
  readonly #records: LiveRecords;
  #dead: DeadEvent[] = [];
  #history = 0;

  constructor(records: LiveRecords) {
    this.#records = records;
  }

  /** An event, for a contact that lives in this partition. */
  apply(of: Partition, entry: BatchReader): OutcomeKind {
    const { decoder, decoded } = this.#reading;
    const { bytes, start, end, storedMs } = entry;
    const reason = decoder.decode(bytes, start, end, storedMs, decoded);
    const contact = reason === null ? contactOf(decoded) : undefined;
    if (reason !== null || contact === undefined)
      return this.#bury(entry, reason ?? "no_id", `the event at ${entry.position}, index ${entry.index}, cannot be read`);
    const event = this.#dated(decoded, entry);
    if (this.isForgotten(contact, event.at)) return "forgotten";
    const outcome = of.event(contact, event, entry.logTime, { bytes, start, end, storedMs });
    if (event.historical && outcome === "applied") this.#history++;
    return outcome === "too_large" ? this.#bury(entry, outcome, "with what says where it goes it is larger than limits.record_bytes") : outcome;
  }

  /** A tie of an old id that lives, or would, in this partition. */
  tie(of: Partition, { bytes, start, end, storedMs: at, position, logTime }: BatchReader): void {
    // Nearly all ties are known: SDKs say who an anonymous id is with every event.
    if (isOfDevice(bytes, start) && of.people.redirects.leadsToAscii(bytes, start + TIE_HEADER_BYTES, oldIdEnd(bytes, start), end)) return;
    const { old, to } = readTie(bytes, start, end);
    if (this.isForgotten(to, at)) return;
    const tied = old.filter((id) => !this.isForgotten(id, at));
    if (tied.length > 0) of.tie(tied, to, position, logTime);
  }

  /** One that was sent on. It was read once before that: what it is not by the live packs it is not for anybody. */
  readForward({ event: bytes, at, storedMs, position, index }: ForwardRecord): IncomingEvent {
    const { decoder, decoded } = this.#reading;
    if (decoder.decode(bytes, 0, bytes.length, storedMs, decoded) !== null) throw new RangeError("an event that was sent on cannot be read");
    const { type, name, messageId, historical, values } = decoded;
    return { type, name, at, messageId, position, index, historical, values };
  }

  /** Whether what the contact did at `at` is to be forgotten. */
  isForgotten(contact: ContactKey, at: number): boolean {
    return this.#records.forgotten?.covers(contact, at) === true;
  }

  /** Events that are dead letters since somebody asked, and how many were applied that told history. */
  take(): { readonly dead: readonly DeadEvent[]; readonly historyEvents: number } {
    const taken = { dead: this.#dead, historyEvents: this.#history };
    this.#dead = [];
    this.#history = 0;
    return taken;
  }

  /** What is history has happened by now; anything else may be ahead by as much as clocks may differ. */
  #dated({ type, name, timeMs, messageId, historical, values }: DecodedEvent, { position, index, logTime }: BatchReader): IncomingEvent {
    const { settings, live } = this.#records;
    if (settings === null || live === null) throw before();
    const latest = settings.clock === "event" ? Number.POSITIVE_INFINITY : logTime + (historical ? 0 : settings.time.skew_ms);
    if (timeMs > latest) live.engine.dropped.time_ahead++;
    return { type, name, at: Math.min(timeMs, latest), messageId, position, index, historical, values };
  }

  #bury({ position, index, bytes, start, end }: BatchReader, reason: DeadEvent["reason"], error: string): "deadLetter" {
    this.#dead.push({ position, index, reason, error, body: bytes.slice(start, end) });
    return "deadLetter";
  }

  get #reading(): Reading {
    const { reading } = this.#records;
    if (reading === null) throw before();
    return reading;
  }
}

const before = (): RangeError => new RangeError("an event before the settings");

/** The user id if there is one, else the anonymous id (docs/packs.md "Contact"). */
function contactOf(event: DecodedEvent): ContactKey | undefined {
  if (event.userId !== undefined) return { kind: "user", id: wellFormed(event.userId) };
  return event.anonymousId === undefined ? undefined : { kind: "anonymous", id: wellFormed(event.anonymousId) };
}

/** Ids are kept as UTF-8, which cannot hold half of a surrogate pair: such an id is the one that it would be read back as. */
const wellFormed = (id: string): string => (id.isWellFormed() ? id : id.toWellFormed());
