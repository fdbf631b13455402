// One condition while it is being read: what it may speak of, and what every part needs: reading a part of its own, making a term,
// refusing a part. Whatever is refused is reported at its own column and gives null, and the rest is read on.

import type { Expression, ValueType } from "../definition.ts";
import type { Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import type { YamlScalar } from "../yaml-source.ts";
import { type CelNode, sourceOf } from "./cel.ts";

/** What a condition may speak of: a message (`where`), a contact, a contact whose stage is not known yet (`while`),
 * or what a contact says of itself, before anything is counted (`exclude`). */
export type Vocabulary = "where" | "standing" | "while" | "exclude";

/** An expression and what the clock does to it. */
export interface Term {
  readonly expression: Expression;
  /** Terms in its arithmetic that move with the clock by themselves. */
  readonly moving: number;
  /** Whether a comparison of such a term is somewhere inside. */
  readonly timed: boolean;
}

type Form<E = Expression> = E extends Expression ? Omit<E, "text" | "type"> : never;

/** Hands a part to whoever knows its operator. */
export type ReadPart = (reading: Reading, node: CelNode) => Term | null;

export class Reading {
  readonly source: YamlScalar;
  readonly vocabulary: Vocabulary;
  readonly names: Names;
  readonly problems: ProblemList;
  readonly #readPart: ReadPart;

  constructor(source: YamlScalar, vocabulary: Vocabulary, names: Names, problems: ProblemList, readPart: ReadPart) {
    this.source = source;
    this.vocabulary = vocabulary;
    this.names = names;
    this.problems = problems;
    this.#readPart = readPart;
  }

  /** Null where the part was refused. */
  read(node: CelNode): Term | null {
    return this.#readPart(this, node);
  }

  moment(node: CelNode, term: Term): null {
    const text = term.expression.text.slice(0, 40);
    return this.refuse(
      node,
      "moment",
      `\`${text}\` is a moment and cannot be compared or computed with`,
      `use days_since(${text}), hours_since(${text}) or never(${text})`,
    );
  }

  nested(node: CelNode): null {
    return this.refuse(
      node,
      "nested-comparison",
      `\`${sourceOf(node).slice(0, 80)}\` holds a comparison that turns with the clock inside another`,
      "join comparisons with && and ||",
    );
  }

  term(node: CelNode, type: ValueType, form: Form, moving = 0, timed = false): Term {
    return { expression: { text: sourceOf(node), type, ...form } as Expression, moving, timed };
  }

  refuse(node: CelNode, code: string, message: string, hint: string | null): null {
    return this.refuseAt(node.start, code, message, hint);
  }

  refuseAt(index: number, code: string, message: string, hint: string | null): null {
    this.problems.add(this.source.offsetOf(index), code, message, hint);
    return null;
  }
}

export const fits = (term: Term, type: ValueType): boolean => term.expression.type === type || term.expression.type === "dyn";

/** The type of both, or null where they differ; what a message holds (`dyn`) fits anything. */
export function joined(a: Term, b: Term): ValueType | null {
  if (a.expression.type === "dyn") return b.expression.type;
  return b.expression.type === "dyn" || a.expression.type === b.expression.type ? a.expression.type : null;
}
