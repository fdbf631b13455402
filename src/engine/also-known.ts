// Other ids that a person is known by, as the row keeps them: whose row or name was merged into this one, and when. The newest are
// kept, so many of them.

import type { ContactKey } from "../model/ids.ts";
import { BOUNDS } from "../packs/bounds.ts";
import { ALSO_KNOWN, type Row } from "../packs/row.ts";

/** Ids that a row remembers. */
export const ALSO_KNOWN_KEPT = BOUNDS.also_known.most;

export interface AlsoKnown extends ContactKey {
  /** Log time at which it was merged, ms. */
  readonly at: number;
}

/** In the order in which they were merged. */
export function alsoKnown(row: Row): readonly AlsoKnown[] {
  const text = row.text(ALSO_KNOWN);
  if (text === undefined) return [];
  return (JSON.parse(text) as Stored[]).map(([kind, id, at]) => ({ kind: kind === "u" ? "user" : "anonymous", id, at }));
}

/** Their ids alone, as views and effects tell them. */
export const alsoKnownAs = (row: Row): string[] => [...new Set(alsoKnown(row).map(({ id }) => id))];

/** One that is there already moves to the end. */
export function noteAlsoKnown(row: Row, others: readonly AlsoKnown[]): void {
  let all = alsoKnown(row);
  for (const other of others) all = [...all.filter(({ kind, id }) => kind !== other.kind || id !== other.id), other];
  const stored = all.slice(-ALSO_KNOWN_KEPT).map(({ kind, id, at }): Stored => [kind === "user" ? "u" : "a", id, at]);
  row.setText(ALSO_KNOWN, stored.length === 0 ? undefined : JSON.stringify(stored));
}

/** Short: it lies in the row. */
type Stored = readonly [kind: "u" | "a", id: string, at: number];
