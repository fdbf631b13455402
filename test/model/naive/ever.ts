// What a measure goes by that hangs on the order of things: all occurrences of an event in log order, with the rows that were merged in between.
// A measure is what it takes from one after the other, and says for itself what becomes of it where two rows are made one (docs/identity.md,
// "Merging rows").

import type { Occurrence } from "./contact.ts";

export type Ever = readonly (Occurrence | MergedIn)[];

/** Where another row was merged in, with all that it had. */
export interface MergedIn {
  readonly other: Ever;
  readonly now: number;
  /** The day of now, in the zone that the two have from then on. */
  readonly day: number;
}

export interface Reading<S> {
  readonly begin: () => S;
  readonly take: (sum: S, one: Occurrence) => S;
  readonly merge: (own: S, other: S, at: MergedIn) => S;
}

export const readEver = <S>(ever: Ever, reading: Reading<S>): S =>
  ever.reduce<S>((sum, one) => (isMerge(one) ? reading.merge(sum, readEver(one.other, reading), one) : reading.take(sum, one)), reading.begin());

/** All occurrences, those of the rows that were merged included. */
export const allOf = (ever: Ever): Occurrence[] => ever.flatMap((one) => (isMerge(one) ? allOf(one.other) : [one]));

const isMerge = (one: Occurrence | MergedIn): one is MergedIn => "other" in one;
