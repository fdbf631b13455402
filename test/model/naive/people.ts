// Who is who, by docs/identity.md: for each id at most one of a row and a redirect, what an event ties, and the records that go from one id to
// another. Not here: what becomes of two rows that are made one (merge/), and what an event does to a row (touch.ts).
//
// Records stand in the log where `replay` of a file puts them: behind the message that made them, in the order (from, to, number), and those
// that they make in turn behind them. So the model needs no numbers: it takes them in that order, each once.

import type { ContactKey } from "../../../src/model/ids.ts";
import { partitionOf } from "../../../src/model/partition-of.ts";
import type { Value } from "./conditions.ts";
import type { NaiveContact } from "./contact.ts";
import { type NaiveEvent, usableId } from "./message.ts";

export type Body =
  | { readonly kind: "merge"; readonly old: ContactKey; readonly row: NaiveContact | null }
  | { readonly kind: "forward"; readonly event: NaiveEvent; readonly eventAt: number }
  | { readonly kind: "tie"; readonly into: ContactKey };

export interface NaiveRecord {
  readonly to: ContactKey;
  /** The ids that it came through, the first being the one that made it. */
  readonly trail: readonly ContactKey[];
  /** Log time at which the first of the trail made it. */
  readonly made: number;
  readonly body: Body;
}

export interface Tie {
  readonly old: ContactKey;
  readonly user: ContactKey;
  /** Of an `alias`: what is tied leaves a redirect alone where there is nothing of it. */
  readonly isSilent: boolean;
}

interface Rules {
  readonly ties: "none" | "alias" | "all";
  readonly two_users: "refuse" | "merge";
  readonly idBytes: number;
}

const HOPS = 8;
const TIED_BEFORE = 8;

export const nameOf = ({ kind, id }: ContactKey): string => `${kind} ${id}`;

export class People {
  readonly #rules: Rules;
  readonly #rows = new Map<string, NaiveContact>();
  readonly #redirects = new Map<string, { readonly old: ContactKey; readonly to: ContactKey }>();
  /** By id: the persons that it was tied to. */
  readonly #before = new Map<string, readonly ContactKey[]>();
  #records: { readonly from: number; readonly to: number; readonly record: NaiveRecord }[] = [];

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  rows(): NaiveContact[] {
    return [...this.#rows.values()];
  }

  row(of: ContactKey): NaiveContact | undefined {
    return this.#rows.get(nameOf(of));
  }

  put(contact: NaiveContact): void {
    this.#rows.set(nameOf(contact.key), contact);
  }

  redirectOf(of: ContactKey): ContactKey | undefined {
    return this.#redirects.get(nameOf(of))?.to;
  }

  /** A record made here: by the first of its trail, or by the last, where it is sent on. */
  send(record: NaiveRecord): void {
    const from = partitionOf((record.trail.at(-1) as ContactKey).id);
    this.#records.push({ from, to: partitionOf(record.to.id), record });
  }

  /** The row, if there is one, and whatever leads to it or from it; nobody was tied to it before. */
  forget(is: (contact: ContactKey) => boolean): void {
    for (const [name, { key }] of this.#rows) if (is(key)) this.#rows.delete(name);
    for (const [name, { old, to }] of this.#redirects) if (is(old) || is(to)) this.#removeRedirect(name);
    for (const [name, before] of this.#before) {
      const others = before.filter((one) => !is(one));
      this.#before.set(name, others);
    }
  }

  #removeRedirect(name: string): void {
    this.#redirects.delete(name);
    this.#before.delete(name);
  }

  /** All records that were made since this was last asked, in the order of the log. */
  records(): NaiveRecord[] {
    const taken = this.#records.sort((a, b) => a.from - b.from || a.to - b.to);
    this.#records = [];
    return taken.map(({ record }) => record);
  }

  /** What an event says of ids: which are one person's. `isForgotten`: what it says of this one does not count. */
  tiesOf({ message, contact: user }: NaiveEvent, isForgotten: (contact: ContactKey) => boolean): Tie[] {
    const { ties } = this.#rules;
    if (ties === "none" || user.kind !== "user" || isForgotten(user)) return [];
    const anonymous = this.#usable("anonymous", message.anonymousId);
    const both = ties === "all" && anonymous !== null && !isForgotten(anonymous) ? [{ old: anonymous, user, isSilent: false }] : [];
    return message.type === "alias" ? [...both, ...this.#aliasTies(user, message.previousId, isForgotten)] : both;
  }

  #usable(kind: ContactKey["kind"], value: unknown): ContactKey | null {
    const id = usableId(value as Value, this.#rules.idBytes);
    return id === undefined ? null : { kind, id };
  }

  #aliasTies(user: ContactKey, previousId: unknown, isForgotten: (contact: ContactKey) => boolean): Tie[] {
    const anonymous = this.#usable("anonymous", previousId);
    if (anonymous === null) return [];
    const all = [anonymous, { kind: "user", id: anonymous.id } as const].filter((one) => !isForgotten(one));
    if (all.length < 2) return all.map((old) => ({ old, user, isSilent: false }));
    const isAnyKnown = all.some((one) => this.#isKnown(one));
    return all.map((old) => ({ old, user, isSilent: !this.#isKnown(old) && (isAnyKnown || old.kind === "user") }));
  }

  #isKnown(of: ContactKey): boolean {
    return this.row(of) !== undefined || this.redirectOf(of) !== undefined;
  }

  /** The tie takes effect where `old` lives; `bring` handles what is due of the row that is taken out. */
  tie({ old, user, isSilent }: Tie, now: number, bring: (row: NaiveContact) => void, trail: readonly ContactKey[] = []): void {
    const redirect = this.redirectOf(old);
    if (redirect !== undefined) return this.#tieAgain(old, redirect, user, now, trail);
    const row = this.row(old);
    if (same(old, user) || row?.alsoKnownAs.some((one) => same(one, user))) return;
    if (row !== undefined) bring(row);
    this.#rows.delete(nameOf(old));
    this.#redirects.set(nameOf(old), { old, to: user });
    this.#remember(old, user);
    if (!isSilent) this.send({ to: user, trail: [old], made: now, body: { kind: "merge", old, row: row ?? null } });
  }

  #tieAgain(old: ContactKey, person: ContactKey, user: ContactKey, now: number, trail: readonly ContactKey[]): void {
    if (same(person, user) || same(old, user)) return;
    const isNew = !(this.#before.get(nameOf(old)) ?? []).some((one) => same(one, user));
    const merges = this.#rules.two_users === "merge";
    if (!merges) this.#redirects.set(nameOf(old), { old, to: user });
    this.#remember(old, user);
    if (!isNew) return;
    if (!merges) this.send({ to: user, trail: [old], made: now, body: { kind: "merge", old, row: null } });
    else if (trail.length < HOPS) this.send({ to: user, trail: [...trail, old], made: now, body: { kind: "tie", into: person } });
  }

  #remember(old: ContactKey, user: ContactKey): void {
    const before = (this.#before.get(nameOf(old)) ?? []).filter((one) => !same(one, user));
    this.#before.set(nameOf(old), [...before, user].slice(-TIED_BEFORE));
  }

  /** Whether a record goes on to where the id leads; where that is a circle or too far, the redirect is gone and the record ends here. */
  goesOn(record: NaiveRecord): boolean {
    const { to, trail } = record;
    const next = this.redirectOf(to);
    if (next === undefined) return false;
    if (trail.length >= HOPS || trail.some((one) => same(one, next))) {
      this.#removeRedirect(nameOf(to));
      return false;
    }
    this.send({ ...record, to: next, trail: [...trail, to] });
    return true;
  }
}

/** All ids that a record is about. */
export function idsOf({ to, trail, body }: NaiveRecord): readonly ContactKey[] {
  const more = body.kind === "merge" ? [body.old] : body.kind === "tie" ? [body.into] : [];
  return [to, ...more, ...trail];
}

export const same = (a: ContactKey, b: ContactKey): boolean => a.kind === b.kind && a.id === b.id;
