// Pending deadlines of one partition, in the order (deadline, slot). Derived: the deadline itself lies in the contact's row, and
// this can be rebuilt from the rows at any time without a visible difference. A heap with four children a node over typed
// arrays, with the place of every slot known, so that a deadline can be set again without a search. Nothing here reads a clock.

const ABSENT = -1;

export class Timers {
  /** Slots, as a heap. */
  #heap = new Int32Array(64);
  #size = 0;
  /** By slot: deadline, and where the slot is in the heap. */
  #at = new Float64Array(64);
  #place = new Int32Array(64).fill(ABSENT);

  get size(): number {
    return this.#size;
  }

  /** Earliest deadline, Infinity where nothing is pending. */
  get next(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#at[this.#heap[0] as number] as number);
  }

  /** The slot whose deadline is next, the lowest among equals. Only where `next` is finite. */
  get nextSlot(): number {
    return this.#heap[0] as number;
  }

  /** Sets, moves or (Infinity) takes away the deadline of a slot. */
  set(slot: number, deadline: number): void {
    if (slot >= this.#place.length) this.#growSlots(slot);
    const place = this.#place[slot] as number;
    if (place === ABSENT) {
      if (deadline === Number.POSITIVE_INFINITY) return;
      this.#at[slot] = deadline;
      this.#insert(slot);
      return;
    }
    if (deadline === Number.POSITIVE_INFINITY) {
      this.#remove(place, slot);
      return;
    }
    if (this.#at[slot] === deadline) return;
    this.#at[slot] = deadline;
    this.#sift(place, slot);
  }

  #insert(slot: number): void {
    if (this.#size === this.#heap.length) this.#heap = grown(this.#heap, this.#size * 2);
    const place = this.#size++;
    this.#heap[place] = slot;
    this.#place[slot] = place;
    this.#sift(place, slot);
  }

  #remove(place: number, slot: number): void {
    this.#place[slot] = ABSENT;
    const last = this.#heap[--this.#size] as number;
    if (last === slot) return;
    this.#heap[place] = last;
    this.#place[last] = place;
    this.#sift(place, last);
  }

  #before(a: number, b: number): boolean {
    const difference = (this.#at[a] as number) - (this.#at[b] as number);
    return difference < 0 || (difference === 0 && a < b);
  }

  #sift(from: number, slot: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 2;
      const above = this.#heap[parent] as number;
      if (!this.#before(slot, above)) break;
      this.#put(place, above);
      place = parent;
    }
    for (;;) {
      const child = this.#smallestChild(place);
      if (child < 0 || !this.#before(this.#heap[child] as number, slot)) break;
      this.#put(place, this.#heap[child] as number);
      place = child;
    }
    this.#put(place, slot);
  }

  #smallestChild(place: number): number {
    const first = place * 4 + 1;
    if (first >= this.#size) return -1;
    const end = Math.min(first + 4, this.#size);
    let smallest = first;
    for (let child = first + 1; child < end; child++) if (this.#before(this.#heap[child] as number, this.#heap[smallest] as number)) smallest = child;
    return smallest;
  }

  #put(place: number, slot: number): void {
    this.#heap[place] = slot;
    this.#place[slot] = place;
  }

  #growSlots(slot: number): void {
    const size = Math.max(slot + 1, this.#place.length * 2);
    const known = this.#place.length;
    this.#place = grown(this.#place, size).fill(ABSENT, known);
    const at = new Float64Array(size);
    at.set(this.#at);
    this.#at = at;
  }
}

function grown(array: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(size);
  larger.set(array);
  return larger;
}
