// What a row remembers of an event that can be taken back (undo.ts): its last occurrences, bounded.

import type { RememberProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";

/** One occurrence. Short names: it lies in the row. */
export interface Occurrence {
  /** Hash of the key. */
  readonly k: number;
  /** Event time, and the moment at which it was recorded. */
  readonly t: number;
  readonly n: number;
  /** Its amount, null for none, and what is left of it. */
  readonly v: number | null;
  r: number;
  /** By measure: the amount at a path of its own, null for none. */
  readonly a: readonly (number | null)[];
  /** By rule: what was credited, and how often the score had been reset by then. */
  readonly p: readonly (readonly [credited: number, resets: number])[];
  /** By purchase history: the amount that counted, null for none. */
  readonly q: readonly (number | null)[];
  /** By mean of the population, likewise; only where there is one. */
  readonly m?: readonly (number | null)[];
  /** 1: taken back. */
  u?: 1;
}

export const occurrences = (of: RememberProgram, row: Row): Occurrence[] => JSON.parse(row.text(of.memory) ?? "[]") as Occurrence[];

export const keepOccurrences = (of: RememberProgram, row: Row, memory: readonly Occurrence[]): void => row.setText(of.memory, JSON.stringify(memory));
