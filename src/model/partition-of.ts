// Contact id -> partition: FNV-1a, 32 bits, over the id as it can stand in a NATS subject, mod 64. It is what nats-server's
// own `{{partition(64,…)}}` gives for that token, so a broker can route as we do. Fixed for the life of a log.

import { PARTITION_COUNT, type PartitionId, partitionId } from "./ids.ts";

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/** The partition where the contact with this id lives; its kind does not matter. */
export function partitionOf(id: string): PartitionId {
  const bytes = encoder.encode(id);
  return partitionOfBytes(bytes, 0, bytes.length);
}

/** As partitionOf, for the id's UTF-8 at [start, end). */
export const partitionOfBytes = (bytes: Uint8Array, start: number, end: number): PartitionId =>
  partitionId(tokenHash(bytes, start, end) & (PARTITION_COUNT - 1));

/** FNV-1a 32 over the bytes, with those that may not stand in a subject's token written as %XX. As a signed integer. */
export function tokenHash(bytes: Uint8Array, start: number, end: number): number {
  let hash = OFFSET_BASIS | 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (IN_TOKEN[byte] === 1) {
      hash = Math.imul(hash ^ byte, PRIME);
      continue;
    }
    hash = Math.imul(hash ^ 0x25, PRIME);
    hash = Math.imul(hash ^ (HEX_DIGITS[byte >> 4] as number), PRIME);
    hash = Math.imul(hash ^ (HEX_DIGITS[byte & 15] as number), PRIME);
  }
  return hash;
}

/** The id as a subject's token: `.`, `*`, `>`, `%`, space and what is not printable ASCII as %XX. */
export function subjectToken(id: string): string {
  let token = "";
  for (const byte of encoder.encode(id)) token += IN_TOKEN[byte] === 1 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  return token;
}

const encoder = new TextEncoder();
const HEX_DIGITS = encoder.encode("0123456789ABCDEF");
const IN_TOKEN = Uint8Array.from({ length: 256 }, (_, byte) => (byte > 0x20 && byte < 0x7f && !".*>%".includes(String.fromCharCode(byte)) ? 1 : 0));
