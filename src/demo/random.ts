// The demo's own random numbers: sfc32 (Chris Doty-Humphrey, PractRand), seeded by splitting. The population must be the
// same on every machine and Node version, so nothing here or above it uses Math.random, a clock, or a function of Math whose
// last bit is not fixed; shapes are made from + - * / of uniform numbers. Not for secrets.

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** Any two numbers; equal pairs give equal streams, and neighbouring ones are unrelated. */
  constructor(seed: number, stream = 0) {
    this.#a = mix(seed);
    this.#b = mix(seed / 0x1_0000_0000 + 0x9e37);
    this.#c = mix(stream + 0x7f4a);
    for (let i = 0; i < 15; i++) this.#step();
  }

  /** At least 0 and below 1, in steps of 2^-32. */
  next(): number {
    return this.#step() / 0x1_0000_0000;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Mostly short, now and then three times the mean: 3 · mean · u², whose mean is `mean`. */
  skewed(mean: number): number {
    const u = this.next();
    return 3 * mean * u * u;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[Math.floor(this.next() * list.length)] as T;
  }

  /** One of the keys, each as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let rest = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) {
      rest -= weight;
      if (rest < 0) return key;
    }
    return (entries.at(-1) as [K, number])[0];
  }

  #step(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}

/** MurmurHash3's finaliser: spreads small seeds over all 32 bits. */
function mix(value: number): number {
  let bits = Math.floor(value) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
