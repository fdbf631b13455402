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

  /** The ids are the UTF-8 of `old` and `user`. */
  add(event: number, kinds: number, partition: number, old: Uint8Array, user: Uint8Array): void {
    if (this.length === this.ends.length) this.#growColumns();
    const end = this.#end + TIE_HEADER_BYTES + old.length + user.length;
    if (end > this.bytes.length) this.#growBytes(end);
    this.bytes[this.#end] = kinds;
    this.bytes[this.#end + 1] = 0;
    this.bytes.writeUInt16LE(old.length, this.#end + 2);
    this.bytes.set(old, this.#end + TIE_HEADER_BYTES);
    this.bytes.set(user, this.#end + TIE_HEADER_BYTES + old.length);
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
