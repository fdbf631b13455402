// The mistakes found in one pack: collected with their offsets, given out with line and column in the order of the text.
// A pack has either no problems or at least one; nothing here decides which, and nothing here knows YAML.

import type { Problem } from "./definition.ts";
import { didYouMean } from "./nearest.ts";

/** More than this helps nobody: what goes beyond is counted in one last line. */
export const MAX_PROBLEMS = 100;

const HINTED = 1_000;

/** `file:line:col  code  message  (hint)`, one line a problem. */
export const formatProblems = (problems: readonly Problem[]): string[] =>
  problems.map(({ file, line, column, code, message, hint }) => `${file}:${line}:${column}  ${code}  ${message}${hint === null ? "" : `  (${hint})`}`);

/** Where an offset of the text lies; both from 1. */
export type PositionOf = (offset: number) => { readonly line: number; readonly column: number };

export class ProblemList {
  readonly #found: (Problem & { readonly offset: number })[] = [];
  readonly #file: string;
  readonly #positionOf: PositionOf;

  constructor(file: string, positionOf: PositionOf) {
    this.#file = file;
    this.#positionOf = positionOf;
  }

  add(offset: number, code: string, message: string, hint: string | null = null): void {
    this.#found.push({ offset, file: this.#file, ...this.#positionOf(offset), code, message, hint });
  }

  /**
   * `did you mean ...?`, but not for the thousandth mistake: looking through all names for each of very many wrong ones
   * would take minutes, and nobody is shown that many.
   */
  near(word: string, known: Iterable<string>): string | null {
    return this.count < HINTED ? didYouMean(word, known) : null;
  }

  get count(): number {
    return this.#found.length;
  }

  lineOf(offset: number): number {
    return this.#positionOf(offset).line;
  }

  /** In the order of the text; what stands at one place in the order in which it was found. */
  sorted(): readonly Problem[] {
    const ordered = this.#found.toSorted((a, b) => a.offset - b.offset).map(({ offset: _, ...problem }) => problem);
    const last = ordered[MAX_PROBLEMS - 1];
    if (ordered.length <= MAX_PROBLEMS || last === undefined) return ordered;
    const rest = ordered.length - MAX_PROBLEMS + 1;
    return [...ordered.slice(0, MAX_PROBLEMS - 1), { ...last, code: "too-many-problems", message: `and ${rest} more problems from here on`, hint: null }];
  }
}
