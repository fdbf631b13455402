// Conditions: operators, with their types and with what the clock may do to their sides. A comparison takes at most one
// value that moves with the clock, because the engine has to know the moment at which it turns.

import type { Expression } from "../definition.ts";
import { listed } from "../fields.ts";
import { article } from "../names.ts";
import { type CelNode, sourceOf } from "./cel.ts";
import { readLiteral } from "./names.ts";
import { fits, joined, type Reading, type Term } from "./reading.ts";

export function readNot(r: Reading, node: CelNode, of: CelNode): Term | null {
  const term = readBool(r, of, "!");
  return term && r.term(node, "bool", { op: "!", of: term.expression }, 0, term.timed);
}

export function readLogic(r: Reading, node: CelNode, op: "&&" | "||", a: CelNode, b: CelNode): Term | null {
  const left = readBool(r, a, op);
  const right = readBool(r, b, op);
  if (left === null || right === null) return null;
  return r.term(node, "bool", { op, left: left.expression, right: right.expression }, 0, left.timed || right.timed);
}

function readBool(r: Reading, node: CelNode, op: string): Term | null {
  const term = r.read(node);
  if (term === null || fits(term, "bool")) return term;
  if (term.expression.type === "moment") return r.moment(node, term);
  return r.refuse(
    node,
    "wrong-type",
    `\`${op}\` asks for true or false, and \`${term.expression.text.slice(0, 40)}\` is ${article(term.expression.type)}`,
    "compare it with something",
  );
}

export function readNegated(r: Reading, node: CelNode, of: CelNode): Term | null {
  // A negative number is a literal to a reader, and to `in [...]`.
  if (of.op === "value" && (typeof of.args === "number" || typeof of.args === "bigint")) {
    const literal = readLiteral(r, of, of.args);
    return literal?.expression.op === "literal" ? r.term(node, "number", { op: "literal", value: -Number(literal.expression.value) }) : literal;
  }
  const term = readNumber(r, of, "-");
  return term && r.term(node, "number", { op: "negate", of: term.expression }, term.moving, term.timed);
}

function readNumber(r: Reading, node: CelNode, op: string): Term | null {
  const term = r.read(node);
  if (term === null || fits(term, "number")) return term;
  if (term.expression.type === "moment") return r.moment(node, term);
  return r.refuse(node, "wrong-type", `\`${op}\` asks for a number, and \`${term.expression.text.slice(0, 40)}\` is ${article(term.expression.type)}`, null);
}

export function readChoice(r: Reading, node: CelNode, asked: CelNode, a: CelNode, b: CelNode): Term | null {
  const condition = readBool(r, asked, "?");
  const left = r.read(a);
  const right = r.read(b);
  if (condition === null || left === null || right === null) return null;
  for (const [term, of] of [
    [left, a],
    [right, b],
  ] as const) {
    if (term.expression.type === "moment") return r.moment(of, term);
    if (term.moving > 0)
      return r.refuse(
        of,
        "moving-value",
        `\`${term.expression.text.slice(0, 60)}\` moves with the clock and cannot be chosen by \`?:\``,
        "compare in each branch: c ? x > 1 : x > 2",
      );
  }
  const list = [left, right].find((side) => side.expression.type === "list");
  if (list !== undefined) return refuseList(r, node, "?:", list);
  const type = joined(left, right);
  if (type === null)
    return r.refuse(
      node,
      "wrong-type",
      `\`?:\` chooses between ${article(left.expression.type)} and ${article(right.expression.type)}`,
      "both sides are of one type",
    );
  return r.term(
    node,
    type,
    { op: "?:", condition: condition.expression, left: left.expression, right: right.expression },
    0,
    condition.timed || left.timed || right.timed,
  );
}

export function readEquality(r: Reading, node: CelNode, op: "==" | "!=", a: CelNode, b: CelNode): Term | null {
  const pair = readPair(r, node, op, a, b);
  if (pair === null) return null;
  const [left, right] = pair;
  const moving = left.moving > 0 ? left : right;
  if (moving.moving > 0)
    return r.refuse(
      node,
      "equality-on-real",
      `\`${moving.expression.text.slice(0, 60)}\` is a real number that moves with the clock: \`${op}\` would hold for no time at all`,
      "use >= or <",
    );
  checkWord(r, left.expression, right.expression, b);
  checkWord(r, right.expression, left.expression, a);
  return r.term(node, "bool", { op, left: left.expression, right: right.expression });
}

export function readOrder(r: Reading, node: CelNode, op: "<" | "<=" | ">" | ">=", a: CelNode, b: CelNode): Term | null {
  const pair = readPair(r, node, op, a, b);
  if (pair === null) return null;
  const [left, right] = pair;
  for (const [term, of] of [
    [left, a],
    [right, b],
  ] as const)
    if (term.expression.type === "bool")
      return r.refuse(of, "wrong-type", `\`${op}\` orders numbers and texts, and \`${term.expression.text.slice(0, 40)}\` is a bool`, "use && and ||");
  if (left.moving + right.moving > 1)
    return r.refuse(
      node,
      "two-moving-values",
      `\`${sourceOf(node).slice(0, 80)}\` compares two values that move with the clock, and nobody can foresee when they cross`,
      "compare each with a number, and join the two with &&",
    );
  return r.term(node, "bool", { op, left: left.expression, right: right.expression }, 0, left.moving + right.moving > 0);
}

/** Both sides of a comparison: no moments, one type, no comparison inside that the clock turns. */
function readPair(r: Reading, node: CelNode, op: string, a: CelNode, b: CelNode): readonly [Term, Term] | null {
  const left = r.read(a);
  const right = r.read(b);
  if (left === null || right === null) return null;
  if (left.expression.type === "moment") return r.moment(a, left);
  if (right.expression.type === "moment") return r.moment(b, right);
  if (left.timed || right.timed) return r.nested(node);
  const list = [left, right].find((side) => side.expression.type === "list");
  if (list !== undefined) return refuseList(r, node, op, list);
  if (joined(left, right) !== null) return [left, right];
  const hint = quotedHint(left.expression, right.expression);
  return r.refuse(
    node,
    "wrong-type",
    `\`${op}\` compares ${article(left.expression.type)} (\`${left.expression.text.slice(0, 40)}\`) with ${article(right.expression.type)} (\`${right.expression.text.slice(0, 40)}\`)`,
    hint,
  );
}

/** A `top` that keeps several values. */
function refuseList(r: Reading, node: CelNode, does: string, list: Term): null {
  const text = list.expression.text.slice(0, 40);
  return r.refuse(node, "wrong-type", `\`${text}\` is a list, and \`${does}\` asks for one value`, `ask \`"..." in ${text}\`, or keep one`);
}

export function readMembership(r: Reading, node: CelNode, a: CelNode, b: CelNode): Term | null {
  const left = r.read(a);
  const right = b.op === "list" ? readList(r, b, b.args, left) : readListValue(r, b);
  if (left === null || right === null) return null;
  if (left.expression.type === "moment") return r.moment(a, left);
  if (left.moving > 0)
    return r.refuse(
      node,
      "equality-on-real",
      `\`${left.expression.text.slice(0, 60)}\` is a real number that moves with the clock: \`in\` would hold for no time at all`,
      "use >= and <",
    );
  if (left.timed) return r.nested(node);
  if (left.expression.type === "list") return refuseList(r, a, "in", left);
  if (right.expression.op === "measure" && !fits(left, "string"))
    return r.refuse(
      a,
      "wrong-type",
      `\`${right.expression.text.slice(0, 40)}\` is a list of texts, and \`${left.expression.text.slice(0, 40)}\` is ${article(left.expression.type)}`,
      quotedHint(left.expression, { ...right.expression, type: "string" }),
    );
  return r.term(node, "bool", { op: "in", left: left.expression, right: right.expression });
}

function readList(r: Reading, node: CelNode, items: readonly CelNode[], left: Term | null): Term | null {
  if (items.length === 0) return r.refuse(node, "bad-value", "nothing is `in` an empty list", "list what it may be");
  const terms: Expression[] = [];
  for (const item of items) {
    const term = r.read(item);
    if (term === null) continue;
    if (term.expression.op !== "literal")
      r.refuse(item, "wrong-type", "a list holds numbers, texts and true or false, written out", "use || for what has to be computed");
    else if (left !== null && joined(left, term) === null && left.expression.type !== "moment" && left.expression.type !== "list")
      r.refuse(
        item,
        "wrong-type",
        `\`${left.expression.text.slice(0, 40)}\` is ${article(left.expression.type)} and is never \`${term.expression.text.slice(0, 40)}\``,
        quotedHint(left.expression, term.expression),
      );
    else if (left !== null) checkWord(r, left.expression, term.expression, item);
    terms.push(term.expression);
  }
  return terms.length < items.length ? null : r.term(node, "list", { op: "list", items: terms });
}

/** `x in properties.tags`: a list of the message. */
function readListValue(r: Reading, node: CelNode): Term | null {
  const term = r.read(node);
  if (term === null || (term.expression.op === "path" && term.expression.type === "dyn") || term.expression.type === "list") return term;
  return r.refuse(
    node,
    "wrong-type",
    `\`in\` asks for a list, and \`${term.expression.text.slice(0, 40)}\` is ${article(term.expression.type)}`,
    term.expression.type === "string" ? 'write x in ["a", "b"], or x.contains("a")' : "write x in [...]",
  );
}

export function readArithmetic(r: Reading, node: CelNode, op: "+" | "-" | "*" | "/" | "%", a: CelNode, b: CelNode): Term | null {
  const texts = op === "+";
  const left = texts ? r.read(a) : readNumber(r, a, op);
  const right = texts ? r.read(b) : readNumber(r, b, op);
  if (left === null || right === null) return null;
  for (const [term, of] of [
    [left, a],
    [right, b],
  ] as const) {
    if (term.expression.type === "moment") return r.moment(of, term);
    if (!fits(term, "number") && !(texts && fits(term, "string")))
      return r.refuse(
        of,
        "wrong-type",
        `\`${op}\` adds numbers, or joins texts, and \`${term.expression.text.slice(0, 40)}\` is ${article(term.expression.type)}`,
        null,
      );
  }
  const type = joined(left, right);
  if (type === null)
    return r.refuse(
      node,
      "wrong-type",
      `\`+\` joins ${article(left.expression.type)} and ${article(right.expression.type)}`,
      "convert one with string(x) or double(x)",
    );
  if (left.timed || right.timed) return r.nested(node);
  if (left.moving + right.moving > 1)
    return r.refuse(
      node,
      "two-moving-values",
      `\`${sourceOf(node).slice(0, 80)}\` joins two values that move with the clock, and nobody can foresee when it passes a number`,
      "compare each with a number, and join the two with &&",
    );
  if (right.moving > 0 && op === "/")
    return r.refuse(
      node,
      "moving-value",
      `\`${right.expression.text.slice(0, 60)}\` moves with the clock and cannot divide`,
      "turn it round: compare it with a product",
    );
  if (left.moving + right.moving > 0 && op === "%")
    return r.refuse(
      node,
      "moving-value",
      `\`${sourceOf(node).slice(0, 60)}\`: a value that moves with the clock has no remainder`,
      "use `repeat`, `for` or `after` for what comes again",
    );
  return r.term(node, type, { op, left: left.expression, right: right.expression }, left.moving + right.moving);
}

/** A text that a band, the stage or the segment can never be is a typing mistake. */
function checkWord(r: Reading, of: Expression, against: Expression, node: CelNode): void {
  if (against.op !== "literal" || typeof against.value !== "string") return;
  const words = wordsOf(r, of);
  if (words === null || words.includes(against.value)) return;
  const what = of.op === "band" || of.op === "grid" ? `the ${of.op} \`${of.name}\`` : `the ${of.op}`;
  r.refuse(
    node,
    of.op === "band" ? "unknown-band" : of.op === "grid" ? "unknown-cell" : of.op === "stage" ? "unknown-stage" : "unknown-segment",
    `${what} is never "${against.value.slice(0, 40)}"`,
    r.problems.near(against.value, words) ?? `it can be ${listed(words.slice(0, 12), "or")}`,
  );
}

function wordsOf(r: Reading, of: Expression): readonly string[] | null {
  if (of.op === "stage") return r.names.stages;
  if (of.op === "segment") return r.names.segments;
  return of.op === "band" || of.op === "grid" ? (r.names.values.get(of.name)?.words ?? null) : null;
}

function quotedHint(a: Expression, b: Expression): string | null {
  const literal = [a, b].find((side) => side.op === "literal");
  const other = literal === a ? b : a;
  if (literal?.op !== "literal") return null;
  if (other.type === "string" && literal.type !== "string") return `write "${literal.text}"`;
  return other.type === "number" && typeof literal.value === "string" && Number.isFinite(Number(literal.value)) ? `write ${literal.value}` : null;
}
