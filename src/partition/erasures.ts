// What requests to forget ask to be erased from the streams, and how far that is. The fold erases nothing: it remembers, so that whoever
// starts next knows what is left to do (app/erasing.ts), and whoever asks is told the truth. `forget` records begin an erasure,
// `erased` records close one stream of it; said again, an `erased` changes nothing. There is no id here, only hashes.
//
// Bounded as tombstones are: `forgotten.capacity` ids together (the oldest erasure goes), `forgotten.keep_ms` of log time.

import type { ErasedRecord, ForgetRecord, SoughtContact } from "../model/forget.ts";
import type { Erasable, ErasedByStream } from "../model/privacy.ts";
import type { Settings } from "../model/settings.ts";

export interface Erasure {
  readonly request: string;
  /** Log time and position of the record, and when the log stored it. */
  readonly at: number;
  readonly position: number;
  readonly storedMs: number;
  /** Once nothing is left to do, the first alone: whose request it was. */
  readonly contacts: readonly SoughtContact[];
  readonly erase: readonly Erasable[];
  readonly erased: ErasedByStream;
}

/** Whether the streams that a request names are all done. */
export const isErased = ({ erase, erased }: Pick<Erasure, "erase" | "erased">): boolean => erase.every((what) => erased[what] !== undefined);

export class Erasures {
  readonly #limits: Settings["forgotten"];
  /** By request, the oldest first. */
  readonly #all = new Map<string, Erasure>();
  #ids = 0;
  /** Another number after each change. */
  version = 0;

  constructor(limits: Settings["forgotten"]) {
    this.#limits = limits;
  }

  /** A record that asks for nothing to be erased changes nothing. Answers how many that were not done had to make room. */
  begin({ request, contacts, erase }: ForgetRecord, when: Pick<Erasure, "at" | "position" | "storedMs">): number {
    if (erase === undefined) return 0;
    const sought = contacts.map(({ kind, hash, probe }) => ({ kind, hash, probe }));
    return this.#keep({ request, ...when, contacts: sought, erase, erased: {} });
  }

  /** One stream is done. What nobody asked for, or is done already, stays as it is. */
  note({ request, what, type: _, ...erased }: ErasedRecord): void {
    const known = this.#all.get(request);
    if (known === undefined || !known.erase.includes(what) || known.erased[what] !== undefined) return;
    const next = { ...known, erased: { ...known.erased, [what]: erased } };
    this.#set(isErased(next) ? { ...next, contacts: next.contacts.slice(0, 1) } : next);
  }

  find(request: string): Erasure | undefined {
    return this.#all.get(request);
  }

  /** What is not done, the oldest first. */
  pending(): readonly Erasure[] {
    return [...this.#all.values()].filter((one) => !isErased(one));
  }

  /** All of it, as a checkpoint keeps it; `restore` takes it back. */
  all(): readonly Erasure[] {
    return [...this.#all.values()];
  }

  restore(all: readonly Erasure[]): void {
    for (const one of all) this.#keep(one);
  }

  /** Log time from which the oldest is no longer kept; Infinity where there is none. */
  get nextExpiry(): number {
    const oldest = this.#oldest;
    return oldest === undefined ? Number.POSITIVE_INFINITY : oldest.at + this.#limits.keep_ms + 1;
  }

  expire(now: number): void {
    while (this.nextExpiry <= now) this.#remove(this.#oldest as Erasure);
  }

  get #oldest(): Erasure | undefined {
    return this.#all.values().next().value;
  }

  /** The newest of a name counts, from its own moment. */
  #keep(of: Erasure): number {
    const before = this.#all.get(of.request);
    if (before !== undefined) this.#remove(before);
    let gone = 0;
    while (this.#oldest !== undefined && this.#ids + of.contacts.length > this.#limits.capacity) {
      if (!isErased(this.#oldest)) gone++;
      this.#remove(this.#oldest);
    }
    this.#set(of);
    return gone;
  }

  /** In the place of what there was of the same name. */
  #set(of: Erasure): void {
    this.#ids += of.contacts.length - (this.#all.get(of.request)?.contacts.length ?? 0);
    this.#all.set(of.request, of);
    this.version++;
  }

  #remove({ request, contacts }: Erasure): void {
    this.#all.delete(request);
    this.#ids -= contacts.length;
    this.version++;
  }
}
