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

/** How whoever asks for something may name it (a request to forget, a broadcast), so that it can be said again. */
export const GIVEN_NAME = /^[\w.:-]{1,64}$/;
export const GIVEN_NAME_RULE = "up to 64 letters, digits, `-`, `_`, `.` and `:`";

export const epochMs = (value: number): EpochMs => value as EpochMs;
export const position = (value: number): Position => value as Position;
export const partitionId = (value: number): PartitionId => value as PartitionId;
export const outputSequence = (value: number): OutputSequence => value as OutputSequence;

/** ISO 8601 in UTC with milliseconds, the only form in which a time leaves Tidemark. Throws RangeError for what is no moment. */
export function isoTime(at: number): string {
  if (at === formattedMs) return formatted;
  formatted = at >= 0 && at < YEAR_10000_MS && Number.isInteger(at) ? format(at) : new Date(at).toISOString();
  formattedMs = at;
  return formatted;
}

/** Null where there is no moment: missing, or never. */
export const isoTimeOrNull = (at: number): string | null => (Number.isFinite(at) ? isoTime(at) : null);

/** The same moment is asked for many times in a row. */
let formattedMs = Number.NaN;
let formatted = "";

const DAY_MS = 86_400_000;
const YEAR_10000_MS = 253_402_300_800_000;
/** Days whose date is kept as text. Days that are this many apart share a place: those of a contact's history rarely do. */
const DAYS_KEPT = 1024;
const keptDays = new Int32Array(DAYS_KEPT).fill(-1);
const dates: string[] = Array.from({ length: DAYS_KEPT }, () => "");
const TWO: readonly string[] = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, "0"));
const THREE: readonly string[] = Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, "0"));

/** As Date does it, which takes several times as long: a fifth of what a deadline costs. */
function format(at: number): string {
  const day = Math.floor(at / DAY_MS);
  const ms = at - day * DAY_MS;
  const [hour, minute, second] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60];
  return `${dateOf(day)}T${TWO[hour]}:${TWO[minute]}:${TWO[second]}.${THREE[ms % 1000]}Z`;
}

function dateOf(day: number): string {
  const place = day % DAYS_KEPT;
  if (keptDays[place] !== day) {
    keptDays[place] = day;
    dates[place] = new Date(day * DAY_MS).toISOString().slice(0, 10);
  }
  return dates[place] as string;
}
