// A copy of all keys of a partition as they were at one moment, made in slices while contacts come and leave: what table-copy.ts is
// for rows. Keys of contacts that came since lie behind its end; a slot that changes hands before it was copied is first kept
// as it was.

/** Kind of a slot that nobody has, beside 1 for a user and 0 for an anonymous contact. Part of the snapshot's format. */
export const FREE = 2;

export interface KeysDump {
  /** Ids back to back, by slot. */
  readonly bytes: Uint8Array;
  readonly lengths: Uint32Array;
  readonly kinds: Uint8Array;
  /** Free slots; the next to be given out stands last. */
  readonly free: Uint32Array;
}

interface StoredKey {
  readonly kind: number;
  /** Valid until the slot changes hands. Empty for a free slot. */
  readonly bytes: Buffer;
}

export interface KeysPlan {
  readonly slots: number;
  readonly free: Uint32Array;
  readonly read: (slot: number) => StoredKey;
}

/** Keys kept as they were, at most, and the slots that the copy goes ahead by when that many are. */
const KEPT_KEYS = 4096;
const AHEAD_SLOTS = 64;

export class KeysCopy {
  readonly #plan: KeysPlan;
  readonly #kept = new Map<number, StoredKey>();
  readonly #lengths: Uint32Array;
  readonly #kinds: Uint8Array;
  readonly #parts: Uint8Array[] = [];
  #next = 0;

  constructor(plan: KeysPlan) {
    this.#plan = plan;
    this.#lengths = new Uint32Array(plan.slots);
    this.#kinds = new Uint8Array(plan.slots);
  }

  get done(): boolean {
    return this.#next === this.#plan.slots;
  }

  /** The slot is about to change hands. */
  keep(slot: number): void {
    if (slot < this.#next || slot >= this.#plan.slots || this.#kept.has(slot)) return;
    const { kind, bytes } = this.#plan.read(slot);
    this.#kept.set(slot, { kind, bytes: Buffer.from(bytes) });
    if (this.#kept.size >= KEPT_KEYS) this.slice(AHEAD_SLOTS);
  }

  /** Copies the keys of the next `slots`. */
  slice(slots: number): void {
    const end = Math.min(this.#plan.slots, this.#next + slots);
    const ids: Buffer[] = [];
    for (; this.#next < end; this.#next++) ids.push(this.#take(this.#next));
    // One copy for all: what they view may be overwritten when this returns.
    this.#parts.push(Buffer.concat(ids));
  }

  /** All of it, once it is done. */
  finish(): KeysDump {
    if (!this.done) throw new RangeError("the copy is not whole yet");
    return { bytes: Buffer.concat(this.#parts), lengths: this.#lengths, kinds: this.#kinds, free: this.#plan.free };
  }

  #take(slot: number): Buffer {
    const { kind, bytes } = this.#kept.get(slot) ?? this.#plan.read(slot);
    this.#kept.delete(slot);
    this.#kinds[slot] = kind;
    this.#lengths[slot] = bytes.length;
    return bytes;
  }
}
