// What a request body is taken apart into: elements that should be events, and what stands beside them and holds for all.

import type { SpanTable } from "./span-table.ts";

/** The value at [start, end) of `source`. */
export interface Element {
  readonly source: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Set where it is known already that this is no event, and why. */
  readonly broken?: string;
  /** Where its fields lie, as a scanner of EDGE_PATHS has found them; where it is absent nobody has looked yet. */
  readonly spans?: SpanTable;
  readonly row?: number;
  /** Place in the request, where that is not its place among the elements. */
  readonly index?: number;
}

/** What stands beside a batch and holds for its events; slices of JSON. */
export interface Level {
  readonly sentAt?: Uint8Array | undefined;
  readonly context?: Uint8Array | undefined;
}

export interface Elements {
  readonly kind: "elements";
  readonly elements: readonly Element[];
  readonly level: Level;
  /** `writeKey` at the root. */
  readonly writeKey: string | undefined;
  /** Items that a mapping has no event for. */
  readonly ignored?: number;
}

export type Body = Elements | { readonly kind: "broken"; readonly error: string };
