// A JSON object with some of its fields set, put together from slices into one buffer: what a field is set to takes the place of its value, or
// stands at the front of the object where it has none. Everything else is copied byte for byte. It is made for the edge's hot path: nothing is
// allocated for an event but its view of a buffer that many share.

import type { Spans } from "../model/event-head.ts";

export class ObjectEdits {
  #room = new Uint8Array(ROOM_BYTES);
  #used = 0;
  #source: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #spans: Spans = { starts: new Int32Array(0), ends: new Int32Array(0) };
  #places: Spans = { starts: new Int32Array(0), ends: new Int32Array(0) };
  readonly #inserted: Edit[] = [];
  readonly #replaced: Edit[] = [];

  /** The object at [start, end), which is not empty, and where a scanner has found its fields. */
  begin(source: Uint8Array, start: number, end: number, spans: Spans): void {
    this.#source = source;
    this.#start = start;
    this.#end = end;
    this.#spans = spans;
    this.#inserted.length = 0;
    this.#replaced.length = 0;
  }

  /** Sets a field to the JSON at [from, to) of `value`. `key` is its name with quotes and colon. */
  put(key: Uint8Array, field: number, value: Uint8Array, from = 0, to = value.length): void {
    const at = this.#spans.starts[field] as number;
    const edit = { key, field, at, after: this.#spans.ends[field] as number, value, from, to };
    (at < 0 ? this.#inserted : this.#replaced).push(edit);
  }

  /** The edited object, which stays as it is when others follow. */
  end(): Edited {
    this.#makeRoom();
    const begun = this.#used;
    this.#byte(OPEN);
    const placed = this.#placed(this.#used + this.#insertedBytes());
    for (const { key, field, value, from, to } of this.#inserted) {
      this.#copy(key, 0, key.length);
      placed.starts[field] = this.#used;
      this.#copy(value, from, to);
      placed.ends[field] = this.#used;
      this.#byte(COMMA);
    }
    let at = this.#start + 1;
    if (this.#replaced.length > 1) this.#replaced.sort((a, b) => a.at - b.at);
    for (const { at: place, after, value, from, to } of this.#replaced) {
      this.#copy(this.#source, at, place);
      this.#copy(value, from, to);
      at = after;
    }
    this.#copy(this.#source, at, this.#end);
    return { bytes: this.#room, start: begun, end: this.#used, spans: this.#replaced.length === 0 ? placed : undefined };
  }

  /** Where the fields lie once the object's first one stands at `rest`, as long as nothing in it is replaced. */
  #placed(rest: number): Spans {
    const { starts, ends } = this.#spans;
    if (this.#places.starts.length !== starts.length) this.#places = { starts: new Int32Array(starts.length), ends: new Int32Array(starts.length) };
    const by = rest - this.#start - 1;
    for (let field = 0; field < starts.length; field++) {
      const at = starts[field] as number;
      this.#places.starts[field] = at < 0 ? -1 : at + by;
      this.#places.ends[field] = (ends[field] as number) + by;
    }
    return this.#places;
  }

  #insertedBytes(): number {
    let bytes = 0;
    for (const { key, from, to } of this.#inserted) bytes += key.length + to - from + 1;
    return bytes;
  }

  #makeRoom(): void {
    let bytes = this.#end - this.#start + this.#insertedBytes();
    for (const { from, to } of this.#replaced) bytes += to - from;
    if (this.#used + bytes <= this.#room.length) return;
    // What was handed out keeps the old buffer for as long as it is needed.
    this.#room = new Uint8Array(Math.max(ROOM_BYTES, bytes));
    this.#used = 0;
  }

  #byte(byte: number): void {
    this.#room[this.#used++] = byte;
  }

  #copy(source: Uint8Array, from: number, to: number): void {
    this.#room.set(from === 0 && to === source.length ? source : source.subarray(from, to), this.#used);
    this.#used += to - from;
  }
}

/** The object at [start, end) of a buffer that many share: whoever reads one after the other reads one buffer. */
export interface Edited {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Where its fields lie, until the next object is edited; undefined where only a scan can tell. */
  readonly spans: Spans | undefined;
}

interface Edit {
  readonly key: Uint8Array;
  readonly field: number;
  /** Where the field's value is now. */
  readonly at: number;
  readonly after: number;
  readonly value: Uint8Array;
  readonly from: number;
  readonly to: number;
}

const ROOM_BYTES = 256 * 1024;
const OPEN = 0x7b;
const COMMA = 0x2c;
