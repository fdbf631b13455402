// What the proofs have found about a pack, each with its place in the text. A definition does not know where its parts stood,
// so the text is read again and a part is found by its path of keys and indexes. An `error` is proven: the pack cannot do what
// it says. A `warning` is a part that does less than it seems to.

import type { Problem } from "../definition.ts";
import { ProblemList } from "../problems.ts";
import { readYaml, type YamlNode } from "../yaml-source.ts";
import { type Possible, Questions, type Wanted } from "./possible.ts";

export interface Finding extends Problem {
  readonly level: "error" | "warning";
}

/** Keys of maps and indexes of lists from the root of the pack. */
export type PackPath = readonly (string | number)[];

export class FindingList {
  readonly #questions = new Questions();
  readonly #root: YamlNode | undefined;
  readonly #problems: ProblemList;
  readonly #levels = new Map<string, Finding["level"]>();
  readonly #undecided: string[] = [];

  constructor(of: { readonly text: string }, file: string) {
    const source = readYaml(of.text, file);
    this.#root = source.ok ? source.root : undefined;
    this.#problems = source.ok ? source.problems : new ProblemList(file, () => ({ line: 1, column: 1 }));
  }

  error(path: PackPath, code: string, message: string, hint: string): void {
    this.#add("error", path, code, message, hint);
  }

  warning(path: PackPath, code: string, message: string, hint: string): void {
    this.#add("warning", path, code, message, hint);
  }

  /** Can these hold together? */
  possible(wanted: readonly Wanted[]): Possible {
    return this.#questions.possible(wanted);
  }

  /** A question that could not be answered. */
  undecided(question: string): void {
    this.#undecided.push(question);
  }

  get open(): readonly string[] {
    return this.#undecided;
  }

  lineOf(path: PackPath): number {
    return this.#problems.lineOf(this.#at(path));
  }

  /** In the order of the text. */
  sorted(): readonly Finding[] {
    return this.#problems.sorted().map((problem) => ({ ...problem, level: this.#levels.get(problem.code) ?? "warning" }));
  }

  #add(level: Finding["level"], path: PackPath, code: string, message: string, hint: string): void {
    this.#levels.set(code, level);
    this.#problems.add(this.#at(path), code, message, hint);
  }

  /** Of the deepest part of the path that is there: what was adopted from elsewhere may not be in this text. */
  #at(path: PackPath): number {
    let node = this.#root;
    let at = node?.at ?? 0;
    for (const step of path) {
      const next = childOf(node, step);
      if (next === undefined) break;
      at = next.at;
      node = next.node;
    }
    return at;
  }
}

function childOf(node: YamlNode | undefined, step: string | number): { readonly node: YamlNode; readonly at: number } | undefined {
  if (node?.kind === "list" && typeof step === "number") {
    const item = node.items[step];
    return item === undefined ? undefined : { node: item, at: item.at };
  }
  const entry = node?.kind === "map" ? node.entries.find(({ key }) => key === step) : undefined;
  return entry === undefined ? undefined : { node: entry.value, at: entry.at };
}
