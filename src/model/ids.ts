// The kinds of numbers and names that must never be mixed up. Each is a plain number or string at run time and a
// type of its own at compile time. All times in Tidemark are whole milliseconds since 1970 (UTC); nothing is in seconds.

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** Milliseconds since 1970-01-01T00:00:00Z, whole. */
export type EpochMs = Branded<number, "EpochMs">;
/** Sequence number of a message in a log, from 1. "Position" in the log and "sequence" in the stream are one number. */
export type Position = Branded<number, "Position">;
/** Partition of a log, 0 to 63. Fixed for the life of the log. */
export type PartitionId = Branded<number, "PartitionId">;
/** Sequence number of a message in an output stream, from 1; 0 stands before the first. */
export type OutputSequence = Branded<number, "OutputSequence">;

/** Partitions of one log: part of the format, not a setting. */
export const PARTITION_COUNT = 64;

/** A contact known by a user id, or only by an anonymous id: userId "42" and anonymousId "42" are two people. */
export const CONTACT_KINDS = ["user", "anonymous"] as const;
export type ContactKind = (typeof CONTACT_KINDS)[number];

export interface ContactKey {
  readonly kind: ContactKind;
  readonly id: string;
}

export const epochMs = (value: number): EpochMs => value as EpochMs;
export const position = (value: number): Position => value as Position;
export const partitionId = (value: number): PartitionId => value as PartitionId;
export const outputSequence = (value: number): OutputSequence => value as OutputSequence;

/** ISO 8601 in UTC with milliseconds, the only form in which a time leaves Tidemark. */
export function isoTime(at: number): string {
  if (at !== formattedMs) {
    formatted = new Date(at).toISOString();
    formattedMs = at;
  }
  return formatted;
}

/** The same moment is asked for many times in a row. */
let formattedMs = Number.NaN;
let formatted = "";
