// Conditions: CEL's syntax tree -> a typed Expression whose names are resolved against the pack.
//
// Types are checked here and not by the CEL library, for three reasons: integers and reals mix, a message can say which
// name was meant, and what the engine can find the exact moment for must be decided now. An atom (a comparison) may hold
// one term that moves with the clock by itself (a score, days_since, hours_since, days_in_stage), scaled and shifted, under
// < <= > >=. All else about such terms is refused with advice: an equality on a real would hold for no time at all.
// Paths of a message are in message-path.ts; what the operators do at run time is in the engine.

import type { Expression } from "../definition.ts";
import { shapeOf } from "../fields.ts";
import { article, type Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { LIMITS } from "../schema.ts";
import type { YamlNode } from "../yaml-source.ts";
import { parseCel } from "./cel.ts";
import { readPart } from "./condition.ts";
import { Reading, type Vocabulary } from "./reading.ts";

/** Stands where a condition could not be read; such a pack is never given out. */
export const BROKEN: Expression = { op: "literal", value: false, text: "", type: "bool" };

/** A condition: bool. Null where it has problems, which are then in the list. */
export function readCondition(node: YamlNode, vocabulary: Vocabulary, what: string, names: Names, problems: ProblemList): Expression | null {
  const read = readExpression(node, vocabulary, what, names, problems);
  if (read === null || read.type === "bool" || read.type === "dyn") return read;
  const cure =
    read.type === "number"
      ? `compare it, such as \`${read.text.slice(0, 40)} > 0\``
      : read.type === "moment"
        ? `use days_since(${read.text.slice(0, 40)}) or !never(...)`
        : "compare it with something";
  problems.add(node.kind === "scalar" ? node.offsetOf(0) : node.at, "wrong-type", `${what} is ${article(read.type)}; a condition is true or false`, cure);
  return null;
}

/** Any expression. */
export function readExpression(node: YamlNode, vocabulary: Vocabulary, what: string, names: Names, problems: ProblemList): Expression | null {
  if (node.kind !== "scalar" || node.value === null || node.text.trim() === "") {
    problems.add(
      node.at,
      "wrong-shape",
      `${what} is ${node.kind === "scalar" ? "empty" : shapeOf(node)} where a condition was expected`,
      node.kind === "scalar" ? null : "quote a condition that has brackets in it",
    );
    return null;
  }
  if (node.text.length > LIMITS.condition) {
    problems.add(node.at, "too-long", `${what} is longer than ${LIMITS.condition} characters`, "split it: name a part of it as an audience");
    return null;
  }
  const parsed = parseCel(node.text);
  if (!parsed.ok) {
    const hint = node.torn && parsed.at >= node.text.trimEnd().length ? "in { } and [ ] a comma ends a text: quote the whole condition" : parsed.hint;
    problems.add(node.offsetOf(parsed.at), "condition-syntax", `${what}: ${parsed.message}`, hint);
    return null;
  }
  return new Reading(node, vocabulary, names, problems, readPart).read(parsed.root)?.expression ?? null;
}
