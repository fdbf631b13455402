// A tie: an event says that an old id (anonymous, or the previousId of an alias) and a user id are one person. It goes to the
// partition of the old id beside its event, which goes to that of the user. Written by framing from the event's bytes, read by the
// worker; the ids are their UTF-8.
//
//   u8 kinds of the old id (1 anonymous, 2 user, 3 both) · u8 0 · u16 bytes of the old id, little endian · old id · user id

import type { ContactKey } from "../model/ids.ts";

export const OLD_ANONYMOUS = 1;
export const OLD_USER = 2;
export const TIE_HEADER_BYTES = 4;

export interface Tie {
  /** Each kind in which the old id may be known. */
  readonly old: readonly ContactKey[];
  readonly to: ContactKey;
}

export function readTie(bytes: Uint8Array, start: number, end: number): Tie {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kinds = text[start] as number;
  const user = start + TIE_HEADER_BYTES + text.readUInt16LE(start + 2);
  const id = text.toString("utf8", start + TIE_HEADER_BYTES, user);
  const old: ContactKey[] = [];
  if ((kinds & OLD_ANONYMOUS) !== 0) old.push({ kind: "anonymous", id });
  if ((kinds & OLD_USER) !== 0) old.push({ kind: "user", id });
  return { old, to: { kind: "user", id: text.toString("utf8", user, end) } };
}

/** Whether the tie that begins here is of an anonymous id alone. */
export const isOfDevice = (bytes: Uint8Array, start: number): boolean => bytes[start] === OLD_ANONYMOUS;
/** Where the old id ends, which begins behind the header, and the user's begins. */
export const oldIdEnd = (bytes: Uint8Array, start: number): number =>
  start + TIE_HEADER_BYTES + (bytes[start + 2] as number) + (bytes[start + 3] as number) * 256;

/** Ties of one message, back to back; used again for the next. */
export class TieList {
  length = 0;
  /** Index of the event among the entries of the message, and the partition of the old id. */
  events = new Int32Array(16);
  partitions = new Int32Array(16);
  ends = new Int32Array(16);
  bytes = Buffer.alloc(2048);
  #end = 0;

  clear(): void {
    this.length = 0;
    this.#end = 0;
  }

  /** The ids are the UTF-8 at [start, end) of their bytes. */
  add(
    event: number,
    kinds: number,
    partition: number,
    old: Uint8Array,
    oldStart: number,
    oldEnd: number,
    user: Uint8Array,
    userStart: number,
    userEnd: number,
  ): void {
    if (this.length === this.ends.length) this.#growColumns();
    const length = oldEnd - oldStart;
    const end = this.#end + TIE_HEADER_BYTES + length + userEnd - userStart;
    if (end > this.bytes.length) this.#growBytes(end);
    const { bytes } = this;
    let at = this.#end;
    bytes[at++] = kinds;
    bytes[at++] = 0;
    bytes[at++] = length & 0xff;
    bytes[at++] = length >> 8;
    // Byte by byte: ids are short, and a view of them would cost more than the copy.
    for (let i = oldStart; i < oldEnd; i++) bytes[at++] = old[i] as number;
    for (let i = userStart; i < userEnd; i++) bytes[at++] = user[i] as number;
    this.events[this.length] = event;
    this.partitions[this.length] = partition;
    this.ends[this.length++] = end;
    this.#end = end;
  }

  startOf(index: number): number {
    return index === 0 ? 0 : (this.ends[index - 1] as number);
  }

  #growColumns(): void {
    const enlarged = (column: Int32Array): Int32Array<ArrayBuffer> => {
      const larger = new Int32Array(column.length * 2);
      larger.set(column);
      return larger;
    };
    this.events = enlarged(this.events);
    this.partitions = enlarged(this.partitions);
    this.ends = enlarged(this.ends);
  }

  #growBytes(needed: number): void {
    const larger = Buffer.alloc(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.#end);
    this.bytes = larger;
  }
}
