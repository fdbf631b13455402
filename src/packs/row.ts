// The scratch row: one contact, unpacked. The engine sees nothing else of a contact, and the compiled packs know the places
// in it. How rows lie in memory is the table's secret (partition/table.ts), which loads and stores this object.
//
// A row has numbers (counts, moments, totals; NaN is "missing"), bucket lists (windows and caps: what fell into which bucket,
// only buckets that hold something) and texts (string traits, what a pending trigger carries). A field is known by its id,
// which has the hash of its definition in it, so that a new version of a pack keeps what did not change.
// What a bucket list can do is in bucket-list.ts.

import { BucketList } from "./bucket-list.ts";

export interface Layout {
  /** Ids of the number fields; the index is the place in Row.numbers. */
  readonly numbers: readonly string[];
  /** What a number is before anything happened. */
  readonly initial: Float64Array;
  readonly lists: readonly string[];
  readonly texts: readonly string[];
}

/** Places that every row has, whatever the packs. */
export const DEADLINE = 0;
export const FIRST_SEEN = 1;
export const LAST_SEEN = 2;
export const GENERATION = 3;
/** 1 for a contact known by a user id, 0 for an anonymous one. */
export const IDENTIFIED = 4;
/** The moment up to which a contact in history has lived; NaN for one of the present. */
export const AS_OF = 5;
/** Place of the text that every row has: other ids of the person (engine/also-known.ts). */
export const ALSO_KNOWN = 0;

export class LayoutBuilder {
  readonly #numbers = new Map<string, { index: number; initial: number }>();
  readonly #lists = new Map<string, number>();
  readonly #texts = new Map<string, number>();

  constructor() {
    this.number("contact/deadline", Number.POSITIVE_INFINITY);
    this.number("contact/first_seen", Number.NaN);
    this.number("contact/last_seen", Number.NaN);
    this.number("contact/generation", 0);
    this.number("contact/identified", 0);
    this.number("contact/as_of", Number.NaN);
    this.text("contact/also_known");
  }

  number(id: string, initial: number): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known.index;
    const index = this.#numbers.size;
    this.#numbers.set(id, { index, initial });
    return index;
  }

  list(id: string): number {
    return place(this.#lists, id);
  }

  text(id: string): number {
    return place(this.#texts, id);
  }

  build(): Layout {
    return {
      numbers: [...this.#numbers.keys()],
      initial: Float64Array.from([...this.#numbers.values()].map((field) => field.initial)),
      lists: [...this.#lists.keys()],
      texts: [...this.#texts.keys()],
    };
  }
}

function place(places: Map<string, number>, id: string): number {
  const known = places.get(id);
  if (known !== undefined) return known;
  places.set(id, places.size);
  return places.size - 1;
}

/** The numbers of a contact where they lie: from `base` on. */
export interface NumbersAt {
  readonly numbers: Float64Array;
  readonly base: number;
}

export class Row implements NumbersAt {
  readonly layout: Layout;
  readonly numbers: Float64Array;
  readonly base = 0;
  readonly lists: BucketList[];
  readonly #texts: (string | undefined)[];
  /** Where a text still lies undecoded in #bytes; -1 where it is decoded or absent. */
  readonly #start: Int32Array;
  readonly #end: Int32Array;
  #bytes: Buffer = Buffer.alloc(0);
  /** Whether a list or text has changed since the row was loaded, so that its packed tail must be written again. */
  tailChanged = false;
  /** Another number whenever traits, measures or points may be others than before: what was computed from them may be kept until then. */
  version = 0;

  constructor(layout: Layout) {
    this.layout = layout;
    this.numbers = Float64Array.from(layout.initial);
    this.lists = layout.lists.map(() => new BucketList());
    this.#texts = layout.texts.map(() => undefined);
    this.#start = new Int32Array(layout.texts.length).fill(-1);
    this.#end = new Int32Array(layout.texts.length);
  }

  /** Makes it the row of a contact that nothing is known of. */
  clear(): void {
    this.numbers.set(this.layout.initial);
    this.clearTail();
  }

  clearTail(): void {
    this.version++;
    for (const list of this.lists) list.length = 0;
    for (let i = 0; i < this.#texts.length; i++) {
      this.#texts[i] = undefined;
      this.#start[i] = -1;
    }
    this.tailChanged = false;
  }

  text(index: number): string | undefined {
    const start = this.#start[index] as number;
    if (start >= 0) {
      this.#texts[index] = this.#bytes.toString("utf8", start, this.#end[index]);
      this.#start[index] = -1;
    }
    return this.#texts[index];
  }

  setText(index: number, value: string | undefined): void {
    if (value === this.text(index)) return;
    this.#texts[index] = value;
    this.tailChanged = true;
  }

  /** The text lies in `bytes` and is decoded when somebody asks: how the table unpacks a text. The bytes must not change before. */
  setPackedText(index: number, bytes: Buffer, start: number, end: number): void {
    this.#bytes = bytes;
    this.#start[index] = start;
    this.#end[index] = end;
  }

  addToList(index: number, bucket: number, amount: number, cut: number): void {
    this.changeList(index).add(bucket, amount, cut);
  }

  /** A list that is about to be changed. */
  changeList(index: number): BucketList {
    this.tailChanged = true;
    return this.lists[index] as BucketList;
  }
}
