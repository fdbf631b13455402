// `expect:` of a line of a story: where the contact stands, what its numbers are, and what left since the line before. Every
// name is looked up in the pack, so that an expectation can only fail for what happened, never for how it was spelled.

import { listed, shapeOf } from "../fields.ts";
import { namesOf, type PackNames } from "../pack-names.ts";
import type { ProblemList } from "../problems.ts";
import type { Expectation, Left, Scalar } from "../story.ts";
import type { YamlEntry, YamlNode } from "../yaml-source.ts";
import type { LineContext } from "./line-context.ts";
import { parseSpan } from "./span.ts";
import { EXAMPLE_LIMITS, EXPECT_WORDS } from "./words.ts";

export function readExpect(node: YamlNode, context: LineContext, problems: ProblemList): Expectation[] {
  if (node.kind !== "map" || node.entries.length === 0) {
    problems.add(
      node.at,
      "wrong-shape",
      `\`expect\` of ${context.what} is ${node.kind === "map" ? "empty" : shapeOf(node)}`,
      "such as `expect: { stage: lead, triggers: [welcome] }`",
    );
    return [];
  }
  if (node.entries.length > EXAMPLE_LIMITS.expectations)
    problems.add(
      node.at,
      "too-many",
      `\`expect\` of ${context.what} has ${node.entries.length} entries; at most ${EXAMPLE_LIMITS.expectations} are allowed`,
      null,
    );
  const reading = new Reading(context, namesOf(context.pack), problems);
  return node.entries.slice(0, EXAMPLE_LIMITS.expectations).flatMap((entry) => {
    const expectation = reading.entry(entry);
    return expectation === null ? [] : [{ line: problems.lineOf(entry.at), ...expectation } as Expectation];
  });
}

/** An expectation before it is said in which line it stands. */
type Unplaced = WithoutLine<Expectation>;
type WithoutLine<T> = T extends unknown ? Omit<T, "line"> : never;

class Reading {
  readonly #context: LineContext;
  readonly #names: PackNames;
  readonly #problems: ProblemList;

  constructor(context: LineContext, names: PackNames, problems: ProblemList) {
    this.#context = context;
    this.#names = names;
    this.#problems = problems;
  }

  entry({ key, at, value }: YamlEntry): Unplaced | null {
    const names = this.#names;
    switch (key) {
      case "stage":
      case "segment":
        return { kind: key, is: this.#place(value, key, key === "stage" ? names.stages : names.segments) };
      case "audiences":
        return { kind: key, are: this.#left(value, key, names.audiences).map(({ name }) => name) };
      case "triggers":
      case "withheld":
      case "outcomes":
        return { kind: key, are: this.#left(value, key, [...names.triggers, ...names.series]) };
      case "transitions":
        return { kind: key, are: this.#left(value, key, [...names.stages, ...names.segments, ...names.audiences, ...names.grids, "none"]) };
      case "no":
        return { kind: key, names: this.#left(value, key, [...names.triggers, ...names.series]).map(({ name }) => name) };
      case "because":
        return { kind: key, of: this.#because(value) };
      default:
        return this.#value(key, at, value);
    }
  }

  #place(node: YamlNode, word: "stage" | "segment", known: readonly string[]): string | null {
    if (node.kind === "scalar" && (node.value === null || node.text === "none")) return null;
    if (node.kind === "scalar" && known.includes(node.text)) return node.text;
    this.#unknown(node, `\`${word}\``, known, `${word}`);
    return null;
  }

  /** Names, or `name: how` for what left in more than one way. */
  #left(node: YamlNode, word: string, known: readonly string[]): Left[] {
    const items = node.kind === "list" ? node.items : node.kind === "scalar" && node.value === null ? [] : [node];
    return items.flatMap((item) => {
      const [entry] = item.kind === "map" ? item.entries : [];
      const left =
        item.kind === "scalar"
          ? { name: item.text, as: null }
          : entry?.value.kind === "scalar"
            ? { name: entry.key, as: entry.value.text }
            : { name: "", as: null };
      if (known.includes(left.name)) return [left];
      this.#unknown(item, `\`${word}\``, known, word === "transitions" ? "stage, segment, audience or grid" : word === "audiences" ? "audience" : "trigger");
      return [];
    });
  }

  #because(node: YamlNode): { key: string; is: Scalar }[] {
    if (node.kind !== "map") {
      this.#problems.add(
        node.at,
        "wrong-shape",
        `\`because\` of ${this.#context.what} is ${shapeOf(node)} where a map was expected`,
        "such as `because: { for: 7d }`",
      );
      return [];
    }
    return node.entries.map(({ key, value }) => ({ key, is: value.kind === "scalar" ? value.value : null }));
  }

  #value(key: string, at: number, node: YamlNode): Unplaced | null {
    const { values } = this.#names;
    const type = values.get(key);
    if (type === undefined) {
      const known = [...EXPECT_WORDS, ...values.keys()];
      this.#problems.add(
        at,
        "unknown-name",
        `\`expect\` of ${this.#context.what}: \`${key.slice(0, 80)}\` is neither a word of it nor a measure, score, grid, band or audience of the pack`,
        this.#problems.near(key, known) ?? `its words are ${listed(EXPECT_WORDS)}`,
      );
      return null;
    }
    if (node.kind === "map") {
      this.#problems.add(node.at, "wrong-shape", `\`${key}\` is a map where a value was expected`, null);
      return null;
    }
    if (node.kind === "list") return { kind: "value", name: key, is: node.items.map((item) => (item.kind === "scalar" ? item.value : null)) };
    const span = type === "moment" && typeof node.value === "string" ? parseSpan(node.value) : null;
    if (span !== null) return { kind: "value", name: key, is: new Date(this.#context.begins + span).toISOString() };
    return { kind: "value", name: key, is: node.text === "missing" || node.text === "none" ? null : node.value };
  }

  #unknown(node: YamlNode, what: string, known: readonly string[], kind: string): void {
    const said = node.kind === "scalar" ? node.text : shapeOf(node);
    this.#problems.add(
      node.at,
      "unknown-name",
      `${what} of ${this.#context.what}: the pack has no ${kind} \`${said.slice(0, 80)}\``,
      this.#problems.near(said, known) ?? (known.length > 0 && known.length <= 12 ? `there are ${listed(known)}` : null),
    );
  }
}
