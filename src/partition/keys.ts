// Contact -> slot. Slots are given out one after another, in the order in which contacts come; one whose contact has left is given
// to the next who comes, the last freed first. Which slots are free, and in which order, is part of the state; the index over them is
// derived. Ids lie as UTF-8 in chunks: no object per contact. Of a contact that has left no byte of its id stays.
//
// All contacts of a partition share the low bits of the hash that routed them, so the index uses a hash of its own.

import { asciiProbe, contactProbe } from "../model/contact-hash.ts";
import type { ContactKey, ContactKind } from "../model/ids.ts";
import { copyKeys, FREE, type KeysCopy, type KeysDump } from "./keys-copy.ts";

const CHUNK_BYTES = 1 << 18;

export class Keys {
  #chunks: Buffer[] = [];
  /** Bytes used of the last chunk. */
  #used = CHUNK_BYTES;
  /** By slot. Of a free slot the length is the room that its last id has left. */
  #chunk = new Uint32Array(256);
  #start = new Uint32Array(256);
  #length = new Uint16Array(256);
  #kind = new Uint8Array(256);
  #hash = new Uint32Array(256);
  #slots = 0;
  /** The next to be given out stands last. */
  #free: number[] = [];
  /** Slot + 1 by hash; 0 is empty. At most half full. */
  #index = new Int32Array(512);
  #copy: KeysCopy | undefined;

  /** Contacts. */
  get count(): number {
    return this.#slots - this.#free.length;
  }

  /** Slots, free ones among them. */
  get slots(): number {
    return this.#slots;
  }

  isFree(slot: number): boolean {
    return this.#kind[slot] === FREE;
  }

  /** -1 where the contact is not known. */
  find(contact: ContactKey): number {
    return this.findHashed(contactProbe(contact), (slot) => this.is(slot, contact));
  }

  /** The slot with this `contactProbe` that `is` the one; -1 where there is none. */
  findHashed(hash: number, is: (slot: number) => boolean): number {
    const mask = this.#index.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = (this.#index[at] as number) - 1;
      if (slot < 0) return -1;
      if (this.#hash[slot] === hash && is(slot)) return slot;
    }
  }

  /** The slot of a contact that is not known yet. */
  add(contact: ContactKey): number {
    const slot = this.#free.pop() ?? this.#slots++;
    if (slot === this.#chunk.length) this.#growSlots();
    this.#keepForCopy(slot);
    this.#place(slot, contact.id);
    this.#kind[slot] = kindOf(contact.kind);
    this.#hash[slot] = contactProbe(contact);
    if (this.#slots * 2 > this.#index.length) this.#rebuild();
    else this.#enter(slot);
    return slot;
  }

  /** The contact leaves: its slot is free, its id is overwritten. */
  remove(slot: number): void {
    this.#keepForCopy(slot);
    this.#takeOut(slot);
    const start = this.#start[slot] as number;
    (this.#chunks[this.#chunk[slot] as number] as Buffer).fill(0, start, start + (this.#length[slot] as number));
    this.#kind[slot] = FREE;
    this.#hash[slot] = 0;
    this.#free.push(slot);
  }

  /** As `find`, for an id of ASCII alone that lies at [start, end); -1 also for one that does not. No text is made of it. */
  findAscii(kind: ContactKind, bytes: Uint8Array, start: number, end: number): number {
    const hash = asciiProbe(kind, bytes, start, end);
    return hash < 0 ? -1 : this.findHashed(hash, (slot) => this.isAscii(slot, kind, bytes, start, end));
  }

  /** Whether the slot is that of the contact whose id lies at [start, end). */
  isAscii(slot: number, kind: ContactKind, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#kind[slot] !== kindOf(kind) || this.#length[slot] !== end - start) return false;
    const own = this.#chunks[this.#chunk[slot] as number] as Buffer;
    for (let at = start, from = this.#start[slot] as number; at < end; at++, from++) if (own[from] !== bytes[at]) return false;
    return true;
  }

  /** Whether the slot is this contact's. */
  is(slot: number, contact: ContactKey): boolean {
    if (this.#kind[slot] !== kindOf(contact.kind)) return false;
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

  at(slot: number): ContactKey {
    return { kind: nameOf(this.#kind[slot]), id: this.#bytes(slot).toString("utf8") };
  }

  /** Begins a copy of the keys as they are now; a copy that was begun before is given up. */
  beginCopy(): KeysCopy {
    this.#copy = copyKeys({
      slots: this.#slots,
      free: Uint32Array.from(this.#free),
      read: (slot) => ({ kind: this.#kind[slot] as number, bytes: this.isFree(slot) ? NOTHING : this.#bytes(slot) }),
    });
    return this.#copy;
  }

  /** The inverse of a copy's dump. */
  static restore(dump: KeysDump): Keys {
    const keys = new Keys();
    const bytes = Buffer.from(dump.bytes);
    let at = 0;
    for (const [slot, length] of dump.lengths.entries()) {
      if (dump.kinds[slot] === FREE) keys.#addFree();
      else keys.add({ kind: nameOf(dump.kinds[slot]), id: bytes.toString("utf8", at, at + length) });
      at += length;
    }
    keys.#free = [...dump.free];
    return keys;
  }

  #keepForCopy(slot: number): void {
    if (this.#copy?.done === true) this.#copy = undefined;
    else this.#copy?.keep(slot);
  }

  #addFree(): void {
    const slot = this.#slots++;
    if (slot === this.#chunk.length) this.#growSlots();
    this.#kind[slot] = FREE;
  }

  #bytes(slot: number): Buffer {
    const start = this.#start[slot] as number;
    return (this.#chunks[this.#chunk[slot] as number] as Buffer).subarray(start, start + (this.#length[slot] as number));
  }

  /** Into the room that the slot's last id has left where it is enough: ids of one producer are mostly of one length. */
  #place(slot: number, id: string): void {
    const bytes = Buffer.byteLength(id);
    const room = this.#kind[slot] === FREE ? (this.#length[slot] as number) : 0;
    if (room < bytes) this.#makeRoom(slot, bytes);
    (this.#chunks[this.#chunk[slot] as number] as Buffer).write(id, this.#start[slot] as number, "utf8");
    this.#length[slot] = bytes;
  }

  #makeRoom(slot: number, bytes: number): void {
    if (this.#used + bytes > CHUNK_BYTES) {
      this.#chunks.push(Buffer.allocUnsafeSlow(CHUNK_BYTES));
      this.#used = 0;
    }
    this.#chunk[slot] = this.#chunks.length - 1;
    this.#start[slot] = this.#used;
    this.#used += bytes;
  }

  #enter(slot: number): void {
    const mask = this.#index.length - 1;
    let at = (this.#hash[slot] as number) & mask;
    while (this.#index[at] !== 0) at = (at + 1) & mask;
    this.#index[at] = slot + 1;
  }

  /** Linear probing without tombstones: what follows in the run moves back where it may. */
  #takeOut(slot: number): void {
    const mask = this.#index.length - 1;
    let hole = (this.#hash[slot] as number) & mask;
    while (this.#index[hole] !== slot + 1) hole = (hole + 1) & mask;
    for (let at = (hole + 1) & mask; this.#index[at] !== 0; at = (at + 1) & mask) {
      const home = (this.#hash[(this.#index[at] as number) - 1] as number) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      this.#index[hole] = this.#index[at] as number;
      hole = at;
    }
    this.#index[hole] = 0;
  }

  #rebuild(): void {
    this.#index = new Int32Array(this.#index.length * 2);
    for (let slot = 0; slot < this.#slots; slot++) if (!this.isFree(slot)) this.#enter(slot);
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

/** As a kind is kept; FREE beside these. */
const kindOf = (kind: ContactKind): number => (kind === "user" ? 1 : 0);
const nameOf = (kind: number | undefined): ContactKind => (kind === 1 ? "user" : "anonymous");

const NOTHING = Buffer.alloc(0);
