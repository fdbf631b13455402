// An example of a pack as it was written, checked and resolved: what happens to whom at which moment, as messages, and what is
// expected then. Plain data, made by examples.ts and run by src/app/examples. docs/testing-packs.md says what it means.

import type { ContactKey, EpochMs } from "../model/ids.ts";
import type { Draft } from "./examples/where.ts";
import type { PolicyDefinition } from "./policy-definition.ts";

export interface ExamplesFile {
  readonly file: string;
  /** When every story begins. */
  readonly begins: EpochMs;
  /** What stands over the pack in every story; null: nothing. */
  readonly policy: PolicyDefinition | null;
  readonly examples: readonly Example[];
}

export interface Example {
  readonly name: string;
  /** In the file, from 1. */
  readonly line: number;
  readonly lines: readonly StoryLine[];
}

export interface StoryLine {
  readonly line: number;
  /** As it was written, such as `1d 1h`. */
  readonly at: string;
  readonly atMs: EpochMs;
  /** Who does it, and whom `expect` is about. */
  readonly who: ContactKey;
  /** In order; none comes before the one before it. */
  readonly messages: readonly StoryMessage[];
  /** Triggers that are sent for, after what is done. */
  readonly broadcasts: readonly string[];
  readonly expect: readonly Expectation[];
}

/** A Segment message without contact, id and time. */
export interface StoryMessage {
  readonly message: Draft;
  /** When it comes. */
  readonly atMs: number;
  /** When it was done: before `atMs` for a late one. */
  readonly doneMs: number;
  /** What it answers: it carries the key of the newest message of that trigger. */
  readonly answers?: Answered;
}

export interface Answered {
  /** Of the pack. */
  readonly trigger: string;
  /** In the file, from 1. */
  readonly line: number;
}

export type Scalar = string | number | boolean | null;

export type Expectation = { readonly line: number } & (
  | { readonly kind: "stage" | "segment"; readonly is: string | null }
  /** A measure, score, grid, band or audience by its name; null: it has no value. */
  | { readonly kind: "value"; readonly name: string; readonly is: Scalar | readonly Scalar[] }
  /** The audiences that the contact is in, all of them. */
  | { readonly kind: "audiences"; readonly are: readonly string[] }
  /** All that left since the line before: no more and no fewer. */
  | { readonly kind: "triggers" | "withheld" | "outcomes"; readonly are: readonly Left[] }
  | { readonly kind: "transitions"; readonly are: readonly Left[] }
  | { readonly kind: "no"; readonly names: readonly string[] }
  /** Why the last move since the line before was made. */
  | { readonly kind: "because"; readonly of: readonly { readonly key: string; readonly is: Scalar }[] }
);

/** What left the engine, by name; `as` is the reason of a withheld trigger, the outcome of a goal, `in` or `out` of an audience, the cell of a grid. */
export interface Left {
  readonly name: string;
  readonly as: string | null;
  /** Of a goal: the event that met it was an answer. */
  readonly answered?: true;
}
