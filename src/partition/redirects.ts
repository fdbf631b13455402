// Which ids are no contacts of their own any more, and to whom they lead: the person that a tie said they are (docs/identity.md). An
// id leads to one contact; what was tied to it before is remembered beside it, a few of them, so that a shared device that goes
// back and forth between its users makes no record each time.
//
// Ids and targets lie as keys of contacts do, by number and without an object each; a target is there once, however many ids lead to
// it. An id whose redirect was removed keeps its number, and leads nowhere; one that is forgotten leaves it to the next that comes.

import type { ContactKey } from "../model/ids.ts";
import { BOUNDS } from "../packs/bounds.ts";
import { Keys } from "./keys.ts";
import type { KeysCopy, KeysDump } from "./keys-copy.ts";

/** Persons that one id was tied to before, at most; the one that was tied longest ago is forgotten first. */
const TIED_BEFORE = BOUNDS.tied_before.most;
const NOWHERE = -1;
const FIRST_ENTRIES = 64;
/** Only ever asked, and never found in. */
const NO_KEYS = new Keys();
const NO_TARGETS = new Int32Array(0);

export interface RedirectsDump {
  readonly from: KeysDump;
  readonly to: KeysDump;
  readonly targets: Int32Array;
  readonly before: readonly (readonly [entry: number, targets: readonly number[]])[];
}

export class Redirects {
  /** Most partitions of most logs have none: room is made for the first. */
  #from = NO_KEYS;
  #to = NO_KEYS;
  /** By number of the id: number of its target. */
  #targets = NO_TARGETS;
  readonly #before: Map<number, readonly number[]>;
  #size = 0;

  constructor(dump?: RedirectsDump) {
    this.#before = new Map(dump?.before);
    if (dump === undefined) return;
    this.#from = Keys.restore(dump.from);
    this.#to = Keys.restore(dump.to);
    this.#targets = new Int32Array(Math.max(FIRST_ENTRIES, dump.targets.length)).fill(NOWHERE);
    this.#targets.set(dump.targets);
    this.#size = this.#targets.reduce((count, target) => (target === NOWHERE ? count : count + 1), 0);
  }

  /** Number of the id's redirect; -1 where it has none. */
  find(id: ContactKey): number {
    if (this.#size === 0) return -1;
    const entry = this.#from.find(id);
    return entry < 0 || this.#targets[entry] === NOWHERE ? -1 : entry;
  }

  target(entry: number): ContactKey {
    return this.#to.at(this.#targets[entry] as number);
  }

  /** Whether the anonymous id at [start, end) leads to the user whose id lies behind it up to `userEnd`; false also where that cannot be told from ASCII. */
  leadsToAscii(bytes: Uint8Array, start: number, end: number, userEnd: number): boolean {
    if (this.#size === 0) return false;
    const entry = this.#from.findAscii("anonymous", bytes, start, end);
    const target = entry < 0 ? NOWHERE : (this.#targets[entry] as number);
    return target !== NOWHERE && this.#to.isAscii(target, "user", bytes, end, userEnd);
  }

  leadsTo(entry: number, contact: ContactKey): boolean {
    return this.#to.is(this.#targets[entry] as number, contact);
  }

  /** Whether the id was tied to the contact before it led where it leads now. */
  wasTiedTo(entry: number, contact: ContactKey): boolean {
    return this.#before.get(entry)?.some((target) => this.#to.is(target, contact)) === true;
  }

  /** The id cannot go there, and is not asked again. */
  refuse(id: ContactKey, to: ContactKey): void {
    this.#remember(this.#entryOf(id), this.#numberOf(to));
  }

  wasRefused(id: ContactKey, to: ContactKey): boolean {
    const entry = this.#before.size === 0 ? -1 : this.#from.find(id);
    return entry >= 0 && this.#targets[entry] === NOWHERE && this.wasTiedTo(entry, to);
  }

  set(id: ContactKey, to: ContactKey): void {
    const entry = this.#entryOf(id);
    if (this.#targets[entry] === NOWHERE) this.#size++;
    this.#targets[entry] = this.#numberOf(to);
  }

  /** The id leads to another contact from here on, and remembers the one before. */
  moveOn(entry: number, to: ContactKey): void {
    this.#remember(entry, this.#targets[entry] as number);
    this.#targets[entry] = this.#numberOf(to);
  }

  /** The id stays where it leads, and remembers that it was tied to this one too. */
  note(entry: number, to: ContactKey): void {
    this.#remember(entry, this.#numberOf(to));
  }

  remove(entry: number): void {
    this.#targets[entry] = NOWHERE;
    this.#before.delete(entry);
    this.#size--;
  }

  /** Nothing leads from this contact or to it any more, and its id is not kept. */
  forget(probe: number, is: (contact: ContactKey) => boolean): void {
    const from = this.#from.findHashed(probe, (entry) => is(this.#from.at(entry)));
    if (from >= 0) this.#takeOut(from);
    const to = this.#to.findHashed(probe, (target) => is(this.#to.at(target)));
    if (to < 0) return;
    // Numbers one after another, a fraction of a nanosecond each: a partition of a hundred thousand redirects takes some 30 µs.
    for (let entry = 0; entry < this.#from.slots; entry++) if (this.#targets[entry] === to) this.#takeOut(entry);
    for (const [entry, before] of this.#before)
      if (before.includes(to))
        this.#before.set(
          entry,
          before.filter((target) => target !== to),
        );
    this.#to.remove(to);
  }

  #takeOut(entry: number): void {
    if (this.#targets[entry] !== NOWHERE) this.#size--;
    this.#targets[entry] = NOWHERE;
    this.#before.delete(entry);
    this.#from.remove(entry);
  }

  /** As they are now; the ids themselves are copied when the copy is finished. */
  beginCopy(): RedirectsCopy | undefined {
    if (this.#from.slots === 0) return undefined;
    return {
      from: this.#from.beginCopy(),
      to: this.#to.beginCopy(),
      targets: this.#targets.slice(0, this.#from.slots),
      before: [...this.#before].sort(([a], [b]) => a - b),
    };
  }

  #entryOf(id: ContactKey): number {
    if (this.#from === NO_KEYS) {
      this.#from = new Keys();
      this.#to = new Keys();
      this.#targets = new Int32Array(FIRST_ENTRIES).fill(NOWHERE);
    }
    const known = this.#from.find(id);
    const entry = known < 0 ? this.#from.add(id) : known;
    if (entry >= this.#targets.length) this.#grow();
    return entry;
  }

  #remember(entry: number, target: number): void {
    const others = (this.#before.get(entry) ?? []).filter((one) => one !== target);
    this.#before.set(entry, [...others, target].slice(-TIED_BEFORE));
  }

  #numberOf(to: ContactKey): number {
    const known = this.#to.find(to);
    return known < 0 ? this.#to.add(to) : known;
  }

  #grow(): void {
    const larger = new Int32Array(this.#targets.length * 2).fill(NOWHERE);
    larger.set(this.#targets);
    this.#targets = larger;
  }
}

/** Of one moment, to be finished later. */
export interface RedirectsCopy {
  readonly from: KeysCopy;
  readonly to: KeysCopy;
  readonly targets: Int32Array;
  readonly before: readonly (readonly [entry: number, targets: readonly number[]])[];
}

export function finishRedirects({ from, to, targets, before }: RedirectsCopy): RedirectsDump {
  for (const keys of [from, to]) keys.slice(Number.POSITIVE_INFINITY);
  return { from: from.finish(), to: to.finish(), targets, before };
}
