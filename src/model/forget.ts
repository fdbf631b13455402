// The `forget` record: asks a log to forget a contact without naming it. The log keeps the record as long as it keeps anything, so the
// contact stands there as a hash, beside what leads to it: the probe that the keys are indexed by, and the partition where it lives.

import { CONTACT_HASH_DIGITS, contactHash, contactProbe } from "./contact-hash.ts";
import { CONTACT_KINDS, type ContactKey, type ContactKind, PARTITION_COUNT } from "./ids.ts";
import { partitionOf } from "./partition-of.ts";

export interface ForgetRecord {
  readonly type: "forget";
  /** Name of the request: whatever is said about it later says this. */
  readonly request: string;
  readonly kind: ContactKind;
  readonly hash: string;
  readonly probe: number;
  /** Where the contact lives: this partition confirms. All of them drop it. */
  readonly partition: number;
}

/** `request`: up to 64 letters, digits, `-`, `_`, `.` and `:`. */
export const forgetRecord = (contact: ContactKey, request: string): ForgetRecord => ({
  type: "forget",
  request,
  kind: contact.kind,
  hash: contactHash(contact),
  probe: contactProbe(contact),
  partition: partitionOf(contact.id),
});

/** What such a record must have, or undefined. */
export function readForget({ request, kind, hash, probe, partition }: Readonly<Record<string, unknown>>): ForgetRecord | undefined {
  if (typeof request !== "string" || !FORGET_REQUEST.test(request) || typeof hash !== "string" || !HASH.test(hash)) return undefined;
  if (!isWhole(probe, 0xffff_ffff) || !isWhole(partition, PARTITION_COUNT - 1)) return undefined;
  const known = CONTACT_KINDS.find((one) => one === kind);
  return known === undefined ? undefined : { type: "forget", request, kind: known, hash, probe, partition };
}

export const FORGET_REQUEST = /^[\w.:-]{1,64}$/;
const HASH = new RegExp(`^[0-9a-f]{${CONTACT_HASH_DIGITS}}$`);
const isWhole = (value: unknown, last: number): value is number => typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= last;

/** What a partition says of a contact that it was asked to forget. */
export interface ForgetAnswer {
  readonly request: string;
  readonly hash: string;
  readonly position: number;
  /** Whether there was such a contact. */
  readonly found: boolean;
  /** Series that were taken back. */
  readonly takenBack: number;
}
