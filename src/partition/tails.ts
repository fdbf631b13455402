// The packed tail of a contact: bucket lists and texts, which most contacts have few of. A tail is a run of entries in the
// order of the fields, only of those that hold something; the same contents always give the same bytes.
//
//   entry: varint tag (field * 2 for a list, field * 2 + 1 for a text) · length (list: u32, text: varint) · payload
//   list:  varint buckets, first as it is, then differences · byte 1: amounts are zigzag varints, 0: float64
//
// Tails lie in an arena of chunks in sizes of 16 bytes with a free list for each size. Where a tail lies is nobody's business
// and not part of the state. A place that is released is overwritten: what a contact was must not outlive it.

import type { BucketList } from "../packs/bucket-list.ts";
import type { Row } from "../packs/row.ts";

const CHUNK_BYTES = 1 << 20;
const UNIT = 16;
/** Twice this is still a whole number that a double holds exactly (2^51). */
const MAX_SAFE_ZIGZAG = 2_251_799_813_685_248;

export class TailArena {
  #chunks: Buffer[] = [];
  #used = CHUNK_BYTES;
  /** Free places by size class, as chunk * CHUNK_BYTES + start. */
  #free = new Map<number, number[]>();

  /** Bytes of the arena and where in them a tail lies. */
  bytesAt(place: number): Buffer {
    return this.#chunks[Math.floor(place / CHUNK_BYTES)] as Buffer;
  }

  startOf(place: number): number {
    return place % CHUNK_BYTES;
  }

  put(bytes: Uint8Array, length: number): number {
    const place = this.#allocate(length);
    this.bytesAt(place).set(bytes.subarray(0, length), this.startOf(place));
    return place;
  }

  release(place: number, length: number): void {
    const size = sizeClass(length);
    const start = this.startOf(place);
    this.bytesAt(place).fill(0, start, start + size * UNIT);
    const places = this.#free.get(size);
    if (places === undefined) this.#free.set(size, [place]);
    else places.push(place);
  }

  #allocate(length: number): number {
    const size = sizeClass(length);
    const free = this.#free.get(size)?.pop();
    if (free !== undefined) return free;
    const bytes = size * UNIT;
    if (this.#used + bytes > CHUNK_BYTES) {
      // A tail that no chunk could hold (hundreds of pending triggers that carry much) gets one of its own size.
      this.#chunks.push(Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, bytes)));
      this.#used = 0;
    }
    const place = (this.#chunks.length - 1) * CHUNK_BYTES + this.#used;
    this.#used += bytes;
    return place;
  }
}

const sizeClass = (length: number): number => Math.ceil(length / UNIT);

/** Packs a row's lists and texts into a buffer of its own, which grows as needed. */
export class TailPacker {
  bytes = Buffer.allocUnsafeSlow(4096);
  #at = 0;

  wipe(): void {
    this.bytes.fill(0);
  }

  /** Number of bytes in `bytes`; 0 for a row that has none. */
  pack(row: Row): number {
    this.#at = 0;
    for (let field = 0; field < row.lists.length; field++) {
      const list = row.lists[field] as BucketList;
      if (list.length > 0) this.#list(field, list);
    }
    for (let field = 0; field < row.layout.texts.length; field++) {
      const text = row.text(field);
      if (text !== undefined) this.#text(field, text);
    }
    return this.#at;
  }

  #text(field: number, text: string): void {
    const length = Buffer.byteLength(text);
    this.#reserve(length + 20);
    this.#varint(field * 2 + 1);
    this.#varint(length);
    this.#at += this.bytes.write(text, this.#at, "utf8");
  }

  #list(field: number, list: BucketList): void {
    this.#reserve(list.length * 18 + 40);
    this.#varint(field * 2);
    // The length is known only afterwards, so it has four bytes of its own.
    const lengthAt = this.#at;
    this.#at += 4;
    const start = this.#at;
    this.#varint(list.length);
    let before = 0;
    for (let i = 0; i < list.length; i++) {
      const bucket = list.buckets[i] as number;
      this.#varint(bucket - before);
      before = bucket;
    }
    this.#amounts(list);
    this.bytes.writeUInt32LE(this.#at - start, lengthAt);
  }

  #amounts(list: BucketList): void {
    let whole = true;
    for (let i = 0; i < list.length; i++) {
      const amount = list.amounts[i] as number;
      if (amount !== Math.floor(amount) || Math.abs(amount) > MAX_SAFE_ZIGZAG || Object.is(amount, -0)) whole = false;
    }
    this.bytes[this.#at++] = whole ? 1 : 0;
    for (let i = 0; i < list.length; i++) {
      const amount = list.amounts[i] as number;
      if (whole) this.#varint(amount < 0 ? -amount * 2 - 1 : amount * 2);
      else this.#at = this.bytes.writeDoubleLE(amount, this.#at);
    }
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.bytes[this.#at++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.#at++] = rest;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.#at + bytes));
    this.bytes.copy(larger, 0, 0, this.#at);
    this.bytes = larger;
  }
}

/** Reads a tail back into a row whose lists and texts are empty. Texts are decoded when somebody asks. */
export class TailReader {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  unpack(row: Row, bytes: Buffer, start: number, length: number): void {
    this.#bytes = bytes;
    this.#at = start;
    const end = start + length;
    while (this.#at < end) {
      const tag = this.#varint();
      if (tag % 2 === 0) {
        this.#at += 4;
        this.#list(row.lists[tag / 2] as BucketList);
        continue;
      }
      const textLength = this.#varint();
      row.setPackedText((tag - 1) / 2, bytes, this.#at, this.#at + textLength);
      this.#at += textLength;
    }
  }

  #list(list: BucketList): void {
    const count = this.#varint();
    let bucket = 0;
    for (let i = 0; i < count; i++) {
      bucket += this.#varint();
      list.push(bucket, 0);
    }
    const whole = this.#bytes[this.#at++] === 1;
    for (let i = 0; i < count; i++) list.amounts[i] = whole ? this.#zigzag() : this.#double();
  }

  #zigzag(): number {
    const coded = this.#varint();
    return coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2;
  }

  #double(): number {
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  #varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  }
}
