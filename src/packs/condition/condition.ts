// The syntax tree of a condition walked from the top: each operator is handed to the file that knows it (names.ts, calls.ts, operators.ts).

import { readCall, readMethod } from "./calls.ts";
import { type CelNode, sourceOf } from "./cel.ts";
import { readAccess, readIdentifier, readLiteral } from "./names.ts";
import { readArithmetic, readChoice, readEquality, readLogic, readMembership, readNegated, readNot, readOrder } from "./operators.ts";
import type { Reading, Term } from "./reading.ts";

export function readPart(r: Reading, node: CelNode): Term | null {
  switch (node.op) {
    case "value":
      return readLiteral(r, node, node.args);
    case "id":
      return readIdentifier(r, node, node.args);
    case ".":
    case "[]":
      return readAccess(r, node);
    case "call":
      return readCall(r, node, node.args[0], node.args[1]);
    case "rcall":
      return readMethod(r, node, node.args[0], node.args[1], node.args[2]);
    case "!_":
      return readNot(r, node, node.args);
    case "-_":
      return readNegated(r, node, node.args);
    case "&&":
    case "||":
      return readLogic(r, node, node.op, node.args[0], node.args[1]);
    case "?:":
      return readChoice(r, node, ...node.args);
    case "==":
    case "!=":
      return readEquality(r, node, node.op, node.args[0], node.args[1]);
    case "in":
      return readMembership(r, node, node.args[0], node.args[1]);
    case "list":
      return r.refuse(node, "wrong-type", "a list stands only to the right of `in`", "write x in [...]");
    case "<":
    case "<=":
    case ">":
    case ">=":
      return readOrder(r, node, node.op, node.args[0], node.args[1]);
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      return readArithmetic(r, node, node.op, node.args[0], node.args[1]);
    default:
      return r.refuse(node, "not-in-conditions", `\`${sourceOf(node).slice(0, 40)}\` is not part of conditions`, null);
  }
}
