// One event's bytes -> the values that the packs ask for.
//
// A program names the paths it reads (a Projection). `decode` fills a DecodedEvent that is used again for every event:
// nothing is allocated for what nobody asked for. The bytes are scanned once, and checked to the end; only the values at the
// asked paths are made, exactly as JSON.parse would make them (the oracle of the tests). CloudEvents envelopes, batches and
// who may not be a contact are not here: `flow/frame.ts` has dealt with them.

import { contactField, idField } from "../model/contact-id.ts";
import { BACKFILL_PATH, HEAD, HEAD_PATHS, nameOf, typeOf } from "../model/event-head.ts";
import { eventTime } from "../model/event-time.ts";
import { PathScanner } from "../model/json-paths.ts";
import { skipSpace } from "../model/json-scan.ts";
import { valueAt } from "../model/json-value.ts";
import type { DeadReason } from "../model/output.ts";
import type { MessageType, PropertyPath } from "../packs/definition.ts";

/** JSON values as JSON.parse gives them; undefined where the path leads nowhere. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

export interface Projection {
  /** Paths from the message's root. A first part of "group" stands for `traits` of a group message, and `traits` then is absent. */
  readonly paths: readonly PropertyPath[];
}

export interface DecodedEvent {
  type: MessageType;
  /** Track's `event`; page's and screen's `name` ("" where absent); "" for the others. */
  name: string;
  messageId: string | undefined;
  userId: string | undefined;
  anonymousId: string | undefined;
  /** `context.tidemark.backfill` is true: it tells history. */
  historical: boolean;
  /** Event time by docs/packs.md before any clamping; NaN where a given time cannot be read. */
  timeMs: number;
  /** One for each path of the projection. */
  readonly values: (JsonValue | undefined)[];
}

export interface Decoder {
  /** Fills `out` from the JSON object at [start, end), or says why it is no event (then `out` means nothing). */
  decode(bytes: Uint8Array, start: number, end: number, storedMs: number, out: DecodedEvent): DeadReason | null;
  /** An event to fill, with a place for each path. */
  newEvent(): DecodedEvent;
}

export function createDecoder(projection: Projection): Decoder {
  const scanner = new PathScanner([...HEAD_PATHS, BACKFILL_PATH, ...projection.paths.map(inMessage)]);
  const presence = projection.paths.map(presenceOf);
  const { starts, ends } = scanner;

  function decode(bytes: Uint8Array, start: number, end: number, storedMs: number, out: DecodedEvent): DeadReason | null {
    const first = skipSpace(bytes, start, end);
    const after = scanner.scan(bytes, first, end);
    if (after < 0 || skipSpace(bytes, after, end) !== end) return "broken_json";
    const type = bytes[first] === 0x7b ? typeOf(bytes, scanner) : undefined;
    const name = type === undefined ? undefined : nameOf(bytes, scanner, type);
    if (type === undefined || name === undefined) return "not_an_event";
    if (contactField(bytes, scanner) < 0) return "no_id";
    out.timeMs = eventTime(bytes, scanner, storedMs);
    if (Number.isNaN(out.timeMs)) return "bad_time";
    out.type = type;
    out.name = name;
    out.messageId = idField(bytes, scanner, HEAD.messageId);
    out.userId = idField(bytes, scanner, HEAD.userId);
    out.anonymousId = idField(bytes, scanner, HEAD.anonymousId);
    out.historical = isTrue(bytes, starts[HEAD_PATHS.length] as number);
    readValues(bytes, type === "group" ? NOT_IN_GROUP : ONLY_IN_GROUP, out.values);
    return null;
  }

  function readValues(bytes: Uint8Array, absent: Presence, values: (JsonValue | undefined)[]): void {
    for (let index = 0; index < presence.length; index++) {
      const start = starts[FIRST_VALUE + index] as number;
      values[index] = start < 0 || presence[index] === absent ? undefined : (valueAt(bytes, start, ends[FIRST_VALUE + index] as number) as JsonValue);
    }
  }

  return { decode, newEvent: () => emptyEvent(projection.paths.length) };
}

/** Places of the projection's paths begin behind the head and the mark of history. */
const FIRST_VALUE = HEAD_PATHS.length + 1;

/** Whether the value that begins here is the literal `true`: nothing else begins with a t. */
const isTrue = (bytes: Uint8Array, start: number): boolean => start >= 0 && bytes[start] === 0x74;

const emptyEvent = (paths: number): DecodedEvent => ({
  type: "track",
  name: "",
  messageId: undefined,
  userId: undefined,
  anonymousId: undefined,
  historical: false,
  timeMs: 0,
  values: new Array<JsonValue | undefined>(paths).fill(undefined),
});

// `traits` of a group message describe the group, not the contact: they are read by paths that begin with "group" and no others.
const ANYWHERE = 0;
const ONLY_IN_GROUP = 1;
const NOT_IN_GROUP = 2;
type Presence = typeof ANYWHERE | typeof ONLY_IN_GROUP | typeof NOT_IN_GROUP;

const presenceOf = (path: PropertyPath): Presence => (path[0] === "group" ? ONLY_IN_GROUP : path[0] === "traits" ? NOT_IN_GROUP : ANYWHERE);
const inMessage = (path: PropertyPath): PropertyPath => (path[0] === "group" ? ["traits", ...path.slice(1)] : path);
