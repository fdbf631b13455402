// How the naive model shows a contact at a moment: what `replay --contacts` prints, as far as the pages define it.

import type { ContactKey } from "../../../src/model/ids.ts";
import type { Value } from "./conditions.ts";
import { cellAt, type NaiveContact, type PackState, scopeAt } from "./contact.ts";
import { measureValue } from "./measures.ts";
import { type NaiveRfm, rfmAt } from "./rfm.ts";
import { scoreAt } from "./scores.ts";
import { type NaiveValue, valueAt } from "./value.ts";

export interface NaiveContactView {
  readonly contact: ContactKey & { readonly generation: number; readonly alsoKnownAs: readonly string[] };
  /** Of a contact in history: as of when everything is. */
  readonly asOf: number | null;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly packs: Record<string, NaivePackView>;
}

export interface NaivePackView {
  readonly stage: { readonly name: string; readonly since: number } | null;
  readonly segment: { readonly name: string; readonly since: number } | null;
  readonly audiences: string[];
  readonly scores: Record<string, { readonly value: number; readonly points: Record<string, number> }>;
  readonly grids: Record<string, string | null>;
  readonly measures: Record<string, Value>;
  readonly rfm: NaiveRfm | null;
  readonly value: NaiveValue | null;
}

export function viewOf(contact: NaiveContact, logTime: number): NaiveContactView {
  const asOf = contact.inHistory ? contact.moment : null;
  const at = asOf ?? logTime;
  const packs = Object.fromEntries(contact.packs.map((state) => [state.pack.name, packView(state, at)]));
  return {
    contact: { ...contact.key, generation: contact.generation, alsoKnownAs: namesOf(contact) },
    asOf,
    firstSeen: contact.firstSeen,
    lastSeen: contact.lastSeen,
    packs,
  };
}

/** The texts of the ids that a person is also known by, each once. */
export const namesOf = ({ alsoKnownAs }: NaiveContact): string[] => [...new Set(alsoKnownAs.map(({ id }) => id))];

function packView(state: PackState, at: number): NaivePackView {
  return {
    stage: state.stage === null ? null : { name: state.stage, since: state.stageSince },
    segment: state.segment === null ? null : { name: state.segment, since: state.segmentSince },
    audiences: [...state.audiences].sort(),
    scores: Object.fromEntries(state.pack.scores.map((score) => [score.name, pointsOf(scoreAt(state, score, at))])),
    grids: Object.fromEntries(state.pack.grids.map(({ name }) => [name, cellAt(state, name, scopeAt(state, at)) ?? null])),
    rfm: rfmAt(state, at) ?? null,
    value: valueAt(state, at) ?? null,
    measures: Object.fromEntries(state.pack.measures.map((measure) => [measure.name, measureValue(state, measure.name, at)])),
  };
}

const pointsOf = ({ value, points }: { value: number; points: Record<string, number> }) => ({ value, points });
