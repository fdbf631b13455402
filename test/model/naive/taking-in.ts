// What an event does to measures and scores of a pack, in the order of docs/packs.md ("The order within an event"): first all measures, event by
// event in the order of the pack, then all scores. And which repeats are no events at all ("once").

import { type Occurrence, occurrencesOf, type PackState } from "./contact.ts";
import { textIn } from "./measures.ts";
import { at, type NaiveEvent } from "./message.ts";
import { hitScores } from "./scores.ts";
import { takeOccurrence, undo } from "./undo.ts";
import { placed } from "./windows.ts";

export function takeIn(state: PackState, event: NaiveEvent, eventAt: number, happened: readonly string[], now: number): void {
  const turn = [...state.occurrences.values()].reduce((sum, all) => sum + all.length, 0);
  const all = happened.map((name, index): [string, Occurrence] => [name, { ...placed(state, eventAt, now), event, turn: turn + index }]);
  for (const [name, occurrence] of all) {
    const definition = state.pack.events.find((one) => one.name === name);
    if (definition === undefined) throw new Error(`no event ${name}`);
    if (definition.undoes !== null) undo(state, definition, occurrence, now);
    state.occurrences.set(name, [...occurrencesOf(state, name), occurrence]);
    takeOccurrence(state, definition, occurrence);
  }
  for (const [name, occurrence] of all) hitScores(state, name, occurrence, now);
}

/** Whether `once` drops it; one that counts is remembered. */
export function isRepeat(state: PackState, name: string, event: NaiveEvent, eventAt: number, now: number): boolean {
  const once = state.pack.events.find((one) => one.name === name)?.once ?? null;
  const text = once === null ? undefined : textIn(at(event.message, once.per));
  if (once === null || text === undefined) return false;
  const key = `${name} ${text}`;
  const known = state.once.get(key);
  const counts = known !== undefined && now - known < once.inMs;
  if (counts && Math.abs(eventAt - known) < once.inMs) return true;
  state.once.set(key, counts ? Math.max(known, eventAt) : eventAt);
  return false;
}
