// The `forget` record: asks a log to forget somebody without naming them. The log keeps the record as long as it keeps anything, so each
// id of the contact stands there as a hash, beside what leads to it: the probe that keys are indexed by, and the partition where it
// lives. The first is the contact; the others are what else it is known by. It says what is to be erased from the streams as well, and an
// `erased` record says of one of them that it is done: so whoever starts next can go on, without ever knowing the id.

import { CONTACT_HASH_DIGITS, contactHash, contactProbe } from "./contact-hash.ts";
import { CONTACT_KINDS, type ContactKey, type ContactKind, GIVEN_NAME, PARTITION_COUNT } from "./ids.ts";
import { partitionOf } from "./partition-of.ts";
import { ERASABLE, type Erasable, type Erased } from "./privacy.ts";

export interface HashedContact {
  readonly kind: ContactKind;
  readonly hash: string;
  readonly probe: number;
  readonly partition: number;
}

export interface ForgetRecord {
  readonly type: "forget";
  /** Name of the request: whatever is said about it later says this. */
  readonly request: string;
  /** The partition of the first confirms; all of them drop what they have. */
  readonly contacts: readonly [HashedContact, ...HashedContact[]];
  /** What is to be erased from the streams; absent: nothing. */
  readonly erase?: readonly Erasable[];
}

/** What it takes to find an id that is known by its hash alone. */
export type SoughtContact = Pick<HashedContact, "kind" | "hash" | "probe">;

/** Of one request and one stream nothing is left to be erased. Said again, it changes nothing. */
export interface ErasedRecord extends Erased {
  readonly type: "erased";
  readonly request: string;
  readonly what: Erasable;
}

/** `request`: a GIVEN_NAME. */
export const forgetRecord = ([first, ...others]: readonly [ContactKey, ...ContactKey[]], request: string, erase: readonly Erasable[] = []): ForgetRecord => ({
  type: "forget",
  request,
  contacts: [hashed(first), ...others.map(hashed)],
  ...(erase.length === 0 ? {} : { erase }),
});

export const soughtContact = (contact: ContactKey): SoughtContact => ({ kind: contact.kind, hash: contactHash(contact), probe: contactProbe(contact) });

const hashed = (contact: ContactKey): HashedContact => ({
  kind: contact.kind,
  hash: contactHash(contact),
  probe: contactProbe(contact),
  partition: partitionOf(contact.id),
});

/** Ids that one record may name. */
export const MAX_FORGET = 64;

/** What such a record must have, or undefined. */
export function readForget({ request, contacts, erase = [] }: Readonly<Record<string, unknown>>): ForgetRecord | undefined {
  if (typeof request !== "string" || !GIVEN_NAME.test(request) || !Array.isArray(contacts) || contacts.length > MAX_FORGET) return undefined;
  const [first, ...others] = contacts.map(readHashed);
  if (first === undefined || others.includes(undefined)) return undefined;
  if (!Array.isArray(erase) || !erase.every((name) => (ERASABLE as readonly unknown[]).includes(name))) return undefined;
  const streams = ERASABLE.filter((name) => erase.includes(name));
  return { type: "forget", request, contacts: [first, ...(others as HashedContact[])], ...(streams.length === 0 ? {} : { erase: streams }) };
}

/** The same of an `erased` record. */
export function readErased({ request, what, erased, left, unread }: Readonly<Record<string, unknown>>): ErasedRecord | undefined {
  const stream = ERASABLE.find((name) => name === what);
  if (typeof request !== "string" || !GIVEN_NAME.test(request) || stream === undefined || !isCount(erased) || !isCount(left)) return undefined;
  if (unread !== undefined && !isCount(unread)) return undefined;
  return { type: "erased", request, what: stream, erased, left, ...(unread === undefined ? {} : { unread }) };
}

const isCount = (value: unknown): value is number => isWhole(value, Number.MAX_SAFE_INTEGER);

function readHashed(of: unknown): HashedContact | undefined {
  if (typeof of !== "object" || of === null) return undefined;
  const { kind, hash, probe, partition } = of as Readonly<Record<string, unknown>>;
  const known = CONTACT_KINDS.find((one) => one === kind);
  if (known === undefined || typeof hash !== "string" || !HASH.test(hash)) return undefined;
  return isWhole(probe, 0xffff_ffff) && isWhole(partition, PARTITION_COUNT - 1) ? { kind: known, hash, probe, partition } : undefined;
}

const HASH = new RegExp(`^[0-9a-f]{${CONTACT_HASH_DIGITS}}$`);
const isWhole = (value: unknown, last: number): value is number => typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= last;

/** Whether the hashed contact is this one. */
export const isHashed = ({ hash }: Pick<HashedContact, "hash">, contact: ContactKey): boolean => contactHash(contact) === hash;

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
