// Two hashes of a contact. The probe leads to its slot: the index over the keys is made of it. The hash names it where its id
// must not stand: in the log's `forget` records, in tombstones, in what confirms a forget. Both are part of the log's format.
//
// The hash is a pseudonym, not a secret: it is not keyed, so whoever can guess an id can check the guess.

import { createHash } from "node:crypto";
import type { ContactKey } from "./ids.ts";

/** 32 hex digits: the first 128 bits of SHA-256 over `tidemark contact`, kind and id, each ended by a line feed (UTF-8). */
export const contactHash = ({ kind, id }: ContactKey): string =>
  createHash("sha256").update(`tidemark contact\n${kind}\n${id}\n`).digest("hex").slice(0, CONTACT_HASH_DIGITS);

export const CONTACT_HASH_DIGITS = 32;

/** 32 bits: FNV-1a over UTF-16 code units, begun with another number for each kind, mixed again as MurmurHash3 does at its end. */
export function contactProbe(contact: ContactKey): number {
  let hash = contact.kind === "user" ? 0x811c9dc5 : 0x050c5d1f;
  const { id } = contact;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return finished(hash);
}

/** The same of an id that lies at [start, end) as ASCII; -1 where it is more than that. */
export function asciiProbe(kind: ContactKey["kind"], bytes: Uint8Array, start: number, end: number): number {
  let hash = kind === "user" ? 0x811c9dc5 : 0x050c5d1f;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte > 0x7f) return -1;
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return finished(hash);
}

/** As MurmurHash3 ends. */
function finished(of: number): number {
  let hash = of ^ (of >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
