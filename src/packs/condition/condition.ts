// One condition while it is being read: the syntax tree walked from the top, each operator handed to the file that knows it
// (names.ts, calls.ts, operators.ts), and what they all need: making a term, refusing a part.
// Whatever is refused is reported at its own column and gives null, and the rest is read on.

import type { Expression, ValueType } from "../definition.ts";
import type { Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import type { YamlScalar } from "../yaml-source.ts";
import { readCall, readMethod } from "./calls.ts";
import { type CelNode, sourceOf } from "./cel.ts";
import { readAccess, readIdentifier, readLiteral } from "./names.ts";
import { readArithmetic, readChoice, readEquality, readLogic, readMembership, readNegated, readNot, readOrder } from "./operators.ts";

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

export class Reading {
  readonly source: YamlScalar;
  readonly vocabulary: Vocabulary;
  readonly names: Names;
  readonly problems: ProblemList;

  constructor(source: YamlScalar, vocabulary: Vocabulary, names: Names, problems: ProblemList) {
    this.source = source;
    this.vocabulary = vocabulary;
    this.names = names;
    this.problems = problems;
  }

  read(node: CelNode): Term | null {
    switch (node.op) {
      case "value":
        return readLiteral(this, node, node.args);
      case "id":
        return readIdentifier(this, node, node.args);
      case ".":
      case "[]":
        return readAccess(this, node);
      case "call":
        return readCall(this, node, node.args[0], node.args[1]);
      case "rcall":
        return readMethod(this, node, node.args[0], node.args[1], node.args[2]);
      case "!_":
        return readNot(this, node, node.args);
      case "-_":
        return readNegated(this, node, node.args);
      case "&&":
      case "||":
        return readLogic(this, node, node.op, node.args[0], node.args[1]);
      case "?:":
        return readChoice(this, node, ...node.args);
      case "==":
      case "!=":
        return readEquality(this, node, node.op, node.args[0], node.args[1]);
      case "in":
        return readMembership(this, node, node.args[0], node.args[1]);
      case "list":
        return this.refuse(node, "wrong-type", "a list stands only to the right of `in`", "write x in [...]");
      case "<":
      case "<=":
      case ">":
      case ">=":
        return readOrder(this, node, node.op, node.args[0], node.args[1]);
      case "+":
      case "-":
      case "*":
      case "/":
      case "%":
        return readArithmetic(this, node, node.op, node.args[0], node.args[1]);
      default:
        return this.refuse(node, "not-in-conditions", `\`${sourceOf(node).slice(0, 40)}\` is not part of conditions`, null);
    }
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
