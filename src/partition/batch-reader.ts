// Reads the entries of a batch one after another, as protocol.ts writes them. The same reader is each entry in turn: nothing is made for one.

import { ENTRY_HEADER_BYTES } from "./protocol.ts";

export class BatchReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #size: number;
  #next = 0;
  kind = 0;
  position = 0;
  logTime = 0;
  /** When the log stored the message; of a tie, when the event that says so was. */
  storedMs = 0;
  /** Of the event in its message. */
  index = 0;
  partition = 0;
  /** The payload is `bytes` from here to there. */
  start = 0;
  end = 0;

  constructor(buffer: ArrayBuffer, size: number) {
    this.bytes = new Uint8Array(buffer, 0, size);
    this.#view = new DataView(buffer);
    this.#size = size;
  }

  /** Goes on to the next entry; false behind the last. */
  next(): boolean {
    const at = this.#next;
    if (at >= this.#size) return false;
    const view = this.#view;
    this.kind = view.getUint32(at, true);
    this.start = at + ENTRY_HEADER_BYTES;
    this.end = this.start + view.getUint32(at + 4, true);
    this.position = view.getFloat64(at + 8, true);
    this.logTime = view.getFloat64(at + 16, true);
    this.storedMs = view.getFloat64(at + 24, true);
    this.index = view.getUint32(at + 32, true);
    this.partition = view.getUint32(at + 36, true);
    this.#next = (this.end + 7) & ~7;
    return true;
  }

  get payload(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }
}
