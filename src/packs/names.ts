// What a pack has named so far. The loaders fill it in the order in which the engine computes things, and conditions are
// read against what is in it at that moment: so a forward reference is simply a name that is not there yet, and the
// message can still say where it is declared. Also the one place that says "unknown …, did you mean …".

import type { Axis, Place, ValueType } from "./definition.ts";
import { listed } from "./fields.ts";
import type { ProblemList } from "./problems.ts";
import type { YamlScalar } from "./yaml-source.ts";

export type ValueKind = "measure" | "score" | "grid" | "band" | "audience" | "rfm";

export interface NamedValue {
  readonly kind: ValueKind;
  readonly type: ValueType;
  /** Of a band or grid: the texts that it can be. */
  readonly words: readonly string[] | null;
}

export class Names {
  /** Event name -> whether it has a `value`. */
  readonly events = new Map<string, { readonly hasValue: boolean; readonly setsStage: boolean }>();
  readonly traits = new Map<string, ValueType>();
  /** Measures, scores, bands and audiences read so far: they share one namespace. */
  readonly values = new Map<string, NamedValue>();
  /** All of them, also those not yet read. */
  readonly declared = new Map<string, { readonly kind: ValueKind; readonly at: number }>();
  /** The score or audience that is being read, which may not speak of itself. */
  reading = "";
  /** Names in `population`. */
  readonly population = new Set<string>();
  /** What `value` gives. */
  readonly worth = new Set<string>();
  /** Bins of `rfm`; 0 where the pack has none. */
  bins = 0;
  stages: readonly string[] = [];
  segments: readonly string[] = [];
  readonly audiences = new Set<string>();
  readonly #problems: ProblemList;

  constructor(problems: ProblemList) {
    this.#problems = problems;
  }

  /** Notes a name of the shared namespace; a second use is a problem. */
  declare(name: string, kind: ValueKind, at: number): boolean {
    const first = this.declared.get(name);
    if (first === undefined) {
      this.declared.set(name, { kind, at });
      return true;
    }
    this.#problems.add(
      at,
      "name-taken",
      `\`${name}\` is already ${first.kind === "rfm" ? "a name of rfm" : article(first.kind)} (line ${this.#problems.lineOf(first.at)})`,
      "measures, scores, bands and audiences share one set of names: rename one",
    );
    return false;
  }

  /** The event that a scalar names, or undefined with a problem. */
  event(node: YamlScalar, what: string): string | undefined {
    if (this.events.has(node.text)) return node.text;
    this.#problems.add(
      node.at,
      "unknown-event",
      `${what}: there is no event \`${short(node.text)}\``,
      this.#problems.near(node.text, this.events.keys()) ?? this.#elsewhere(node.text, "event"),
    );
    return undefined;
  }

  stage(node: YamlScalar, what: string): string | undefined {
    if (this.stages.includes(node.text)) return node.text;
    this.#problems.add(
      node.at,
      "unknown-stage",
      `${what}: there is no stage \`${short(node.text)}\``,
      this.#problems.near(node.text, this.stages) ?? this.#elsewhere(node.text, "stage"),
    );
    return undefined;
  }

  /** A stage, segment or audience. */
  place(node: YamlScalar, what: string): Place | undefined {
    const axes = this.axesOf(node.text);
    const [axis] = axes;
    if (axis !== undefined && axes.length === 1) return { axis, name: node.text };
    if (axis === undefined)
      this.#problems.add(
        node.at,
        "unknown-place",
        `${what}: there is no stage, segment or audience \`${short(node.text)}\``,
        this.#problems.near(node.text, this.places()) ?? this.#elsewhere(node.text, "place"),
      );
    else
      this.#problems.add(
        node.at,
        "ambiguous-name",
        `${what}: \`${node.text}\` is ${listed(axes, "and")
          .replaceAll("`", "")
          .replace(/\w+/g, (word) => (word === "and" ? word : article(word)))}`,
        "rename one of them",
      );
    return undefined;
  }

  axesOf(name: string): readonly Axis[] {
    const axes: Axis[] = [];
    if (this.stages.includes(name)) axes.push("stage");
    if (this.segments.includes(name)) axes.push("segment");
    if (this.audiences.has(name)) axes.push("audience");
    return axes;
  }

  places(): readonly string[] {
    return [...this.stages, ...this.segments, ...this.audiences];
  }

  /** A measure or score that is a number: what thresholds watch. */
  threshold(name: string, at: number, what: string): (NamedValue & { readonly kind: "measure" | "score" }) | undefined {
    const value = this.values.get(name);
    if (value !== undefined && (value.kind === "measure" || value.kind === "score") && value.type === "number") return { ...value, kind: value.kind };
    if (value === undefined)
      this.#problems.add(
        at,
        "unknown-name",
        `${what}: there is no measure or score \`${short(name)}\``,
        this.#problems.near(name, this.#numbers()) ?? this.#elsewhere(name, "value"),
      );
    else
      this.#problems.add(
        at,
        "wrong-type",
        `${what}: \`${name}\` is ${value.type === "moment" ? "a moment" : article(value.kind)}, not a number`,
        value.type === "moment" ? "use `silent` for time since the last event" : "name a count, a sum, a min or max, or a score",
      );
    return undefined;
  }

  /** Reports a name that had to be a score. */
  unknownScore(node: YamlScalar, what: string): void {
    const scores = [...this.values].filter(([, value]) => value.kind === "score").map(([name]) => name);
    this.#problems.add(
      node.at,
      "unknown-name",
      `${what}: there is no score \`${short(node.text)}\``,
      this.#problems.near(node.text, scores) ?? this.#elsewhere(node.text, "value"),
    );
  }

  /** "`order` is an event": what a name is, when it is not what was asked for. */
  #elsewhere(name: string, asked: string): string | null {
    if (asked !== "event" && this.events.has(name)) return `\`${name}\` is an event`;
    const declared = this.declared.get(name);
    if (declared !== undefined) return `\`${name}\` is ${article(declared.kind)}`;
    if (this.traits.has(name)) return `\`${name}\` is a trait`;
    const [axis] = this.axesOf(name);
    if (axis !== undefined) return `\`${name}\` is ${article(axis)}`;
    return asked === "event" && this.events.size > 0 && this.events.size <= 12 ? `the events are ${listed([...this.events.keys()])}` : null;
  }

  #numbers(): string[] {
    return [...this.values].filter(([, value]) => value.type === "number").map(([name]) => name);
  }
}

export const article = (word: string): string => `${/^[aeiou]/.test(word) ? "an" : "a"} ${word}`;

const short = (word: string): string => word.slice(0, 80);
