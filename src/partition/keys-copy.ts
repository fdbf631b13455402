// A copy of all keys of a partition as they were at one moment (slot-copy.ts): what a snapshot has of them, and how it is put together.
// Of ids one buffer is made, which grows by doubling: a partition of 80,000 contacts has one or two megabytes of them.

import { type Copyist, SlotCopy } from "./slot-copy.ts";

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

export interface StoredKey {
  readonly kind: number;
  /** Valid until the slot changes hands. Empty for a free slot. */
  readonly bytes: Buffer;
}

export interface KeysPlan {
  readonly slots: number;
  readonly free: Uint32Array;
  readonly read: (slot: number) => StoredKey;
}

export type KeysCopy = SlotCopy<StoredKey, KeysDump>;

export const copyKeys = (plan: KeysPlan): KeysCopy => new SlotCopy(new KeysCopyist(plan));

const FIRST_BYTES = 1 << 10;

class KeysCopyist implements Copyist<StoredKey, KeysDump> {
  readonly slots: number;
  readonly #plan: KeysPlan;
  readonly #lengths: Uint32Array;
  readonly #kinds: Uint8Array;
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #used = 0;

  constructor(plan: KeysPlan) {
    this.slots = plan.slots;
    this.#plan = plan;
    this.#lengths = new Uint32Array(plan.slots);
    this.#kinds = new Uint8Array(plan.slots);
  }

  read(slot: number): StoredKey {
    return this.#plan.read(slot);
  }

  own({ kind, bytes }: StoredKey): StoredKey {
    return { kind, bytes: Buffer.from(bytes) };
  }

  write(slot: number, { kind, bytes }: StoredKey): void {
    this.#kinds[slot] = kind;
    this.#lengths[slot] = bytes.length;
    if (this.#used + bytes.length > this.#bytes.length) this.#grow(this.#used + bytes.length);
    bytes.copy(this.#bytes, this.#used);
    this.#used += bytes.length;
  }

  dump(): KeysDump {
    return { bytes: this.#bytes.subarray(0, this.#used), lengths: this.#lengths, kinds: this.#kinds, free: this.#plan.free };
  }

  #grow(most: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(most, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#used);
    this.#bytes = larger;
  }
}
