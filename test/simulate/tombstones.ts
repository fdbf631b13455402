// Tombstones, written a second time and apart from the engine, from docs/packs.md and docs/privacy.md: whom a `forget` record meant, by
// a hash, and as of when. Part of NaivePeople.

import { createHash } from "node:crypto";
import type { Settings } from "../../src/model/settings.ts";

/** `user/x` or `anonymous/x`. */
export type Id = string;

const hashes = new Map<Id, string>();

export function hashOf(id: Id): string {
  const known = hashes.get(id);
  if (known !== undefined) return known;
  const at = id.indexOf("/");
  const hash = createHash("sha256")
    .update(`tidemark contact\n${id.slice(0, at)}\n${id.slice(at + 1)}\n`)
    .digest("hex")
    .slice(0, 32);
  hashes.set(id, hash);
  return hash;
}

export class NaiveTombstones {
  readonly #limits: Settings["forgotten"];
  /** The oldest first. */
  #all: { readonly hash: string; readonly at: number }[] = [];

  constructor(limits: Settings["forgotten"]) {
    this.#limits = limits;
  }

  /** Returns whether the oldest had to go. */
  remember(hash: string, at: number): boolean {
    this.#all = [...this.#all.filter((one) => one.hash !== hash), { hash, at }];
    if (this.#all.length <= this.#limits.capacity) return false;
    this.#all.shift();
    return true;
  }

  step(logTime: number): void {
    this.#all = this.#all.filter(({ at }) => logTime - at <= this.#limits.keep_ms);
  }

  /** Whether what this id did at `at` is to be forgotten. */
  cover(id: Id, at: number): boolean {
    return this.#all.length > 0 && this.#all.some((one) => one.hash === hashOf(id) && at <= one.at);
  }
}
