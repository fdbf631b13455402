// Amounts by bucket number, ascending: what a window, a cap, a set of days or a memory of moments is kept in. Only buckets
// that hold something are there. The table packs the list as it is (partition/tails.ts), so buckets are whole numbers from 0.
// A window's buckets that are over are dropped when something is added.

export class BucketList {
  buckets = new Float64Array(8);
  amounts = new Float64Array(8);
  length = 0;

  /** Adds `amount` to `bucket` and drops the buckets up to and including `cut`. */
  add(bucket: number, amount: number, cut: number): void {
    this.drop(cut);
    let at = this.length;
    while (at > 0 && (this.buckets[at - 1] as number) > bucket) at--;
    if (at > 0 && this.buckets[at - 1] === bucket) {
      this.amounts[at - 1] = (this.amounts[at - 1] as number) + amount;
      return;
    }
    this.#openAt(at);
    this.buckets[at] = bucket;
    this.amounts[at] = amount;
  }

  /** The amount of a bucket; NaN where it holds nothing. */
  get(bucket: number): number {
    for (let at = 0; at < this.length; at++) if (this.buckets[at] === bucket) return this.amounts[at] as number;
    return Number.NaN;
  }

  /** Lets `bucket` hold `amount` and nothing else. */
  put(bucket: number, amount: number): void {
    for (let at = 0; at < this.length; at++) if (this.buckets[at] === bucket) this.removeAt(at);
    this.insert(bucket, amount);
  }

  /** Takes `amount` out of `bucket` again; a bucket that is left with nothing goes. */
  take(bucket: number, amount: number): void {
    for (let at = 0; at < this.length; at++) {
      if (this.buckets[at] !== bucket) continue;
      const left = (this.amounts[at] as number) - amount;
      if (left === 0) this.removeAt(at);
      else this.amounts[at] = left;
      return;
    }
  }

  /** Puts an entry of its own behind all that are not after it: entries of one bucket stay in the order in which they came. */
  insert(bucket: number, amount: number): void {
    let at = this.length;
    while (at > 0 && (this.buckets[at - 1] as number) > bucket) at--;
    this.#openAt(at);
    this.buckets[at] = bucket;
    this.amounts[at] = amount;
  }

  /** Index of the entry with this amount, or -1. */
  indexOfAmount(amount: number): number {
    for (let at = this.length - 1; at >= 0; at--) if (this.amounts[at] === amount) return at;
    return -1;
  }

  /** Keeps an amount once: in the latest bucket in which it was seen. */
  putLatest(bucket: number, amount: number): void {
    const known = this.indexOfAmount(amount);
    if (known >= 0) {
      if ((this.buckets[known] as number) >= bucket) return;
      this.removeAt(known);
    }
    this.insert(bucket, amount);
  }

  removeAt(at: number): void {
    this.buckets.copyWithin(at, at + 1, this.length);
    this.amounts.copyWithin(at, at + 1, this.length);
    this.length--;
  }

  /** Number of entries after `cut`. */
  count(cut: number): number {
    let from = 0;
    while (from < this.length && (this.buckets[from] as number) <= cut) from++;
    return this.length - from;
  }

  /** Sum over the buckets after `cut`. */
  sum(cut: number): number {
    let total = 0;
    for (let i = this.length - 1; i >= 0 && (this.buckets[i] as number) > cut; i--) total += this.amounts[i] as number;
    return total;
  }

  /** The oldest bucket after `cut`, or NaN where there is none. */
  oldest(cut: number): number {
    for (let i = 0; i < this.length; i++) if ((this.buckets[i] as number) > cut) return this.buckets[i] as number;
    return Number.NaN;
  }

  drop(cut: number): void {
    let gone = 0;
    while (gone < this.length && (this.buckets[gone] as number) <= cut) gone++;
    if (gone === 0) return;
    this.buckets.copyWithin(0, gone, this.length);
    this.amounts.copyWithin(0, gone, this.length);
    this.length -= gone;
  }

  /** Appends a bucket that lies after all others: how the table unpacks a list. */
  push(bucket: number, amount: number): void {
    if (this.length === this.buckets.length) this.#grow();
    this.buckets[this.length] = bucket;
    this.amounts[this.length++] = amount;
  }

  /** Room for one entry at `at`. */
  #openAt(at: number): void {
    if (this.length === this.buckets.length) this.#grow();
    this.buckets.copyWithin(at + 1, at, this.length);
    this.amounts.copyWithin(at + 1, at, this.length);
    this.length++;
  }

  #grow(): void {
    const buckets = new Float64Array(this.length * 2);
    const amounts = new Float64Array(this.length * 2);
    buckets.set(this.buckets);
    amounts.set(this.amounts);
    this.buckets = buckets;
    this.amounts = amounts;
  }
}
