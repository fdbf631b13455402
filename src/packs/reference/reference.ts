// The reference of the language: for every key of every block what it means, what it takes, what holds without it, and an
// example. The page for people (reference/page.ts, docs/language.md) and the JSON Schema for editors (json-schema.ts,
// docs/pack.schema.json) are both made from it, and a test loads every example and asks that no word of schema.ts is missing.
// The exact meaning is in docs/packs.md.

import type { Shape } from "./shapes.ts";

export interface Word {
  /** One or two sentences; Markdown. */
  readonly means: string;
  readonly takes: Shape;
  /** What holds where it is left out; undefined: nothing. */
  readonly otherwise?: string;
  /** As it stands in its block, or (for a block without a name of its own) as it stands around it. */
  readonly example: string;
}

export interface BlockReference {
  readonly title: string;
  /** What the block is for, and where it stands. */
  readonly about: string;
  /** Keys that must be there. */
  readonly required: readonly string[];
  /** Sets of keys of which one must be there whole; undefined: nothing but `required` is asked. */
  readonly either?: readonly (readonly string[])[];
  /** Keys of which exactly one must be there. */
  readonly oneOf: readonly string[];
  /** Keys that stand for nothing but together with others need not be given one by one. */
  readonly words: Readonly<Record<string, Word>>;
  /** Where its examples go in the pack that the test loads: under a key of the pack, among the moves, or instead of a key. */
  readonly stands: { readonly under: string } | { readonly instead: string } | "among the moves" | "on top";
}

/** A word without a default. */
export const word = (means: string, takes: Shape, example: string, otherwise?: string): Word =>
  otherwise === undefined ? { means, takes, example } : { means, takes, example, otherwise };
