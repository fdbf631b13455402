// Who was forgotten, by docs/packs.md ("Forgetting"): what a `forget` record takes back of a contact, and what it remembers so that what the
// contact did before does not come back. Not here: ids that lead to the contact (people.ts).
//
// Not modelled: how long and how many tombstones are kept, and what becomes of records that are kept while somebody is forgotten: in these
// logs each stands behind the message that made it.

import { contactHash } from "../../../src/model/contact-hash.ts";
import { type HashedContact, isHashed } from "../../../src/model/forget.ts";
import type { ContactKey } from "../../../src/model/ids.ts";
import type { NaiveContact } from "./contact.ts";
import type { NaiveEffect } from "./effects.ts";
import { told } from "./touch.ts";
import { cancelSeries, type Wanted } from "./triggers.ts";

export class Tombstones {
  /** By hash: T of the last time. */
  readonly #at = new Map<string, number>();

  put(of: HashedContact, now: number): void {
    this.#at.set(of.hash, now);
  }

  /** Whether what the contact did at `at` is to be forgotten. */
  covers(contact: ContactKey, at: number): boolean {
    return at <= (this.#at.get(contactHash(contact)) ?? Number.NEGATIVE_INFINITY);
  }
}

export const isOneOf = (of: HashedContact, contact: ContactKey): boolean => isHashed(of, contact);

/** Each series of which something was sent is taken back; nothing else of the contact leaves. */
export function takeBack(contact: NaiveContact, now: number): NaiveEffect[] {
  const wanted = contact.packs.map((state): Wanted => {
    const all: Wanted = { cancels: [], wishes: [], closings: [] };
    for (const trigger of state.pack.triggers) {
      const memory = state.triggers.get(trigger.name);
      if (memory?.series) cancelSeries({ state, trigger, memory, wanted: all }, memory.series, "forgotten");
    }
    return all;
  });
  return told(contact, [], wanted, now, { cause: "forget", merged: null });
}
