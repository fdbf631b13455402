// Contact -> slot. Slots are given out one after another, in the order in which contacts come, and that order is part of the
// state; the index over them is derived. Ids lie as UTF-8 in chunks that are only appended to: no object per contact.
//
// All contacts of a partition share the low bits of the hash that routed them, so the index uses a hash of its own.

import type { ContactKey } from "../model/ids.ts";

const CHUNK_BYTES = 1 << 18;

export class Keys {
  #chunks: Buffer[] = [];
  /** Bytes used of the last chunk. */
  #used = CHUNK_BYTES;
  /** By slot. */
  #chunk = new Uint32Array(256);
  #start = new Uint32Array(256);
  #length = new Uint16Array(256);
  #kind = new Uint8Array(256);
  #hash = new Uint32Array(256);
  #count = 0;
  /** Slot + 1 by hash; 0 is empty. At most half full. */
  #index = new Int32Array(512);

  get count(): number {
    return this.#count;
  }

  /** -1 where the contact is not known. */
  find(contact: ContactKey): number {
    const hash = hashOf(contact);
    const mask = this.#index.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = (this.#index[at] as number) - 1;
      if (slot < 0) return -1;
      if (this.#hash[slot] === hash && this.#is(slot, contact)) return slot;
    }
  }

  /** The next slot, for a contact that is not known yet. */
  add(contact: ContactKey): number {
    const slot = this.#count++;
    if (slot === this.#chunk.length) this.#growSlots();
    const bytes = Buffer.byteLength(contact.id);
    if (this.#used + bytes > CHUNK_BYTES) {
      this.#chunks.push(Buffer.allocUnsafeSlow(CHUNK_BYTES));
      this.#used = 0;
    }
    const chunk = this.#chunks.length - 1;
    (this.#chunks[chunk] as Buffer).write(contact.id, this.#used, "utf8");
    this.#chunk[slot] = chunk;
    this.#start[slot] = this.#used;
    this.#length[slot] = bytes;
    this.#kind[slot] = contact.kind === "user" ? 1 : 0;
    this.#hash[slot] = hashOf(contact);
    this.#used += bytes;
    if (this.#count * 2 > this.#index.length) this.#rebuild();
    else this.#enter(slot);
    return slot;
  }

  at(slot: number): ContactKey {
    const start = this.#start[slot] as number;
    const id = (this.#chunks[this.#chunk[slot] as number] as Buffer).toString("utf8", start, start + (this.#length[slot] as number));
    return { kind: this.#kind[slot] === 1 ? "user" : "anonymous", id };
  }

  /** Ids of the first `count` slots: bytes back to back, their lengths (as u32) and kinds (1: user). */
  dump(count: number): { bytes: Buffer; lengths: Uint8Array; kinds: Uint8Array } {
    const lengths = Uint32Array.from(this.#length.subarray(0, count));
    const bytes = Buffer.allocUnsafeSlow(lengths.reduce((sum, length) => sum + length, 0));
    let at = 0;
    for (let slot = 0; slot < count; slot++) {
      const start = this.#start[slot] as number;
      at += (this.#chunks[this.#chunk[slot] as number] as Buffer).copy(bytes, at, start, start + (lengths[slot] as number));
    }
    return { bytes, lengths: new Uint8Array(lengths.buffer), kinds: this.#kind.slice(0, count) };
  }

  #is(slot: number, contact: ContactKey): boolean {
    if ((this.#kind[slot] === 1) !== (contact.kind === "user")) return false;
    const { id } = contact;
    const length = this.#length[slot] as number;
    const bytes = this.#chunks[this.#chunk[slot] as number] as Buffer;
    const start = this.#start[slot] as number;
    if (length !== id.length) return length > id.length && this.at(slot).id === id;
    for (let i = 0; i < length; i++) {
      const code = id.charCodeAt(i);
      if (code > 0x7f) return this.at(slot).id === id;
      if (bytes[start + i] !== code) return false;
    }
    return true;
  }

  #enter(slot: number): void {
    const mask = this.#index.length - 1;
    let at = (this.#hash[slot] as number) & mask;
    while (this.#index[at] !== 0) at = (at + 1) & mask;
    this.#index[at] = slot + 1;
  }

  #rebuild(): void {
    this.#index = new Int32Array(this.#index.length * 2);
    for (let slot = 0; slot < this.#count; slot++) this.#enter(slot);
  }

  #growSlots(): void {
    const size = this.#chunk.length * 2;
    const enlarge = <A extends Uint32Array | Uint16Array | Uint8Array>(larger: A, array: A): A => {
      larger.set(array);
      return larger;
    };
    this.#chunk = enlarge(new Uint32Array(size), this.#chunk);
    this.#start = enlarge(new Uint32Array(size), this.#start);
    this.#length = enlarge(new Uint16Array(size), this.#length);
    this.#kind = enlarge(new Uint8Array(size), this.#kind);
    this.#hash = enlarge(new Uint32Array(size), this.#hash);
  }
}

/** FNV-1a over UTF-16 code units, mixed again as MurmurHash3 does at its end. */
function hashOf(contact: ContactKey): number {
  let hash = contact.kind === "user" ? 0x811c9dc5 : 0x050c5d1f;
  const { id } = contact;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
