// One event's bytes -> the values that the packs ask for.
//
// A program names the paths it reads (a Projection). `decodeEvent` fills a DecodedEvent that is used again for every event:
// nothing is allocated for what nobody asked for. The scanner reads the bytes once; what it declines (escapes in keys, odd
// numbers) goes to JSON.parse, which is also the oracle in the tests. CloudEvents envelopes are unwrapped here.

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
  /** Event time by docs/packs.md before any clamping; NaN where a given time cannot be read. */
  timeMs: number;
  /** One for each path of the projection. */
  readonly values: (JsonValue | undefined)[];
}
