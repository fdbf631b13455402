// What two rows have counted of each event, as one (docs/identity.md, "Measures"): all that happened to both, with a mark where they were made one,
// so that what hangs on the order knows which of it was whose.

import { dayAt } from "../calendar.ts";
import { type Entry, type History, historyOf, type PackState, zoneOf } from "../contact.ts";
import { purchasesOf } from "../rfm.ts";

const REMEMBERED = 64;

export function joinHistories(own: PackState, other: PackState, zoned: PackState, now: number): Pick<PackState, "histories" | "occurrences" | "valued"> {
  const day = dayAt(zoneOf(zoned), now);
  return {
    histories: joined(own.histories, other.histories, (name) => joinHistory(name, own, other, { now, day })),
    occurrences: joined(own.occurrences, other.occurrences, (name) => [...(own.occurrences.get(name) ?? []), ...(other.occurrences.get(name) ?? [])]),
    valued: joined(own.valued, other.valued, (name) => [...(own.valued.get(name) ?? []), ...(other.valued.get(name) ?? [])]),
  };
}

/** By event and value: the later moment. */
export function joinOnce(own: PackState["once"], other: PackState["once"]): Map<string, number> {
  return joined(own, other, (key) => Math.max(own.get(key) ?? Number.NEGATIVE_INFINITY, other.get(key) ?? Number.NEGATIVE_INFINITY));
}

const joined = <T>(own: ReadonlyMap<string, T>, other: ReadonlyMap<string, T>, join: (name: string) => T): Map<string, T> =>
  new Map([...new Set([...own.keys(), ...other.keys()])].map((name) => [name, join(name)]));

function joinHistory(name: string, own: PackState, other: PackState, at: { readonly now: number; readonly day: number }): History {
  const [one, two] = [historyOf(own, name), historyOf(other, name)];
  const entries = [...one.entries, ...two.entries];
  const inOrder = [...one.remembered, ...two.remembered].sort((a, b) => a.occurrence.cameAt - b.occurrence.cameAt);
  return {
    entries,
    known: [...one.known, ...two.known],
    ever: [...one.ever, { ...at, other: two.ever }],
    remembered: inOrder.slice(-REMEMBERED),
    standing: one.standing + two.standing,
    lowered: [],
    purchasesFrom: { rfm: entries.length, value: entries.length },
    bought: { rfm: [...bought(own, name, "rfm"), ...bought(other, name, "rfm")], value: [...bought(own, name, "value"), ...bought(other, name, "value")] },
  };
}

function bought(state: PackState, name: string, part: "rfm" | "value"): Entry[] {
  const of = state.pack[part];
  return of === null || of.event !== name ? [] : purchasesOf(state, { ...of, part });
}
