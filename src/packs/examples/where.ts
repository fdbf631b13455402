// A message that a `where` accepts, for examples that only name the event. The forms that packs are made of (a value that is
// equal, in a list, larger, a text that begins with or contains another, has(), &&, || and !) say themselves what would
// satisfy them. Nothing here is trusted: what is proposed is asked of the compiled condition (examples/message.ts), and for
// what has no such form the example gives the properties.

import type { Expression, PropertyPath } from "../definition.ts";

/** A message on its way: Segment JSON. */
export interface Draft {
  readonly [key: string]: unknown;
}

/** A text that is most likely no other. */
const ELSE = "something else";

/** Ways to satisfy the condition (`want` false: not to), the plainest first. What the draft has already stays as it is. */
export function* satisfying(of: Expression, want: boolean, draft: Draft): Generator<Draft> {
  switch (of.op) {
    case "!":
      yield* satisfying(of.of, !want, draft);
      return;
    case "&&":
    case "||":
      yield* (of.op === "&&") === want ? both(of.left, of.right, want, draft) : either(of.left, of.right, want, draft);
      return;
    case "has":
      if (of.of.op === "path") yield* want ? put(draft, of.of.path, "x") : [draft];
      return;
    case "path":
      yield* put(draft, of.path, want);
      return;
    case "call":
      yield* withText(of, want, draft);
      return;
    case "literal":
      if (of.value === want) yield draft;
      return;
    default:
      yield* compared(of, want, draft);
  }
}

/** The value at a path of a message; `name` is the name of the track, page or screen. */
export function valueIn(message: Draft, path: PropertyPath): unknown {
  if (path.length === 1 && path[0] === "name") return message.type === "track" ? message.event : (message.name ?? "");
  let value: unknown = message;
  for (const step of path) value = typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[step] : undefined;
  return value;
}

/** The draft with a value at a path; lists and maps on the way are made. */
export function withValue(draft: Draft, path: PropertyPath, value: unknown): Draft {
  return placed(draft, path, value) as Draft;
}

function placed(into: unknown, [step, ...rest]: PropertyPath, value: unknown): unknown {
  if (step === undefined) return value;
  if (typeof step === "number") {
    const list = Array.isArray(into) ? [...into] : [];
    while (list.length < step) list.push({});
    list[step] = placed(list[step], rest, value);
    return list;
  }
  const map = typeof into === "object" && into !== null && !Array.isArray(into) ? (into as Record<string, unknown>) : {};
  return { ...map, [step]: placed(map[step], rest, value) };
}

function* both(left: Expression, right: Expression, want: boolean, draft: Draft): Generator<Draft> {
  for (const half of satisfying(left, want, draft)) yield* satisfying(right, want, half);
}

function* either(left: Expression, right: Expression, want: boolean, draft: Draft): Generator<Draft> {
  yield* satisfying(left, want, draft);
  yield* satisfying(right, want, draft);
}

/** What the example gave, or an earlier part of the condition, comes first. */
function* put(draft: Draft, path: PropertyPath, value: unknown): Generator<Draft> {
  if (path.length === 1 && path[0] === "name") yield draft.type === "track" || draft.name !== undefined ? draft : { ...draft, name: value };
  else yield valueIn(draft, path) === undefined ? withValue(draft, path, value) : draft;
}

type Compared = Extract<Expression, { readonly left: Expression }>;
const MIRRORED: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!=" };
const OPPOSITE: Readonly<Record<string, string>> = { "<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==" };

/** A path against a literal, whichever stands on the left. */
function* compared(of: Expression, want: boolean, draft: Draft): Generator<Draft> {
  if (!("left" in of)) return;
  if (of.op === "in") yield* contained(of, want, draft);
  const left = pathOf(of.left);
  const path = left ?? pathOf(of.right);
  const other = left === null ? of.left : of.right;
  const operator = left === null ? MIRRORED[of.op] : of.op;
  if (path === null || other.op !== "literal" || operator === undefined || MIRRORED[operator] === undefined) return;
  yield* put(draft, path, beside(other.value, want ? operator : (OPPOSITE[operator] as string)));
}

/** A value that stands to the literal as the operator says. */
function beside(value: string | number | boolean, operator: string): unknown {
  if (operator === "==" || operator === "<=" || operator === ">=") return value;
  if (typeof value === "boolean") return !value;
  if (typeof value === "string") return operator === "<" ? "" : `${value}x`;
  return operator === "<" ? value - 1 : value + 1;
}

function* contained(of: Compared, want: boolean, draft: Draft): Generator<Draft> {
  const path = pathOf(of.left);
  if (path !== null && of.right.op === "list") {
    if (!want) yield* put(draft, path, ELSE);
    else for (const item of of.right.items) if (item.op === "literal") yield* put(draft, path, item.value);
  }
  const list = pathOf(of.right);
  if (list !== null && of.left.op === "literal") yield* put(draft, list, want ? [of.left.value] : []);
}

/** Parts of a text add up: begins with one and contains another. */
function* withText(of: Extract<Expression, { op: "call" }>, want: boolean, draft: Draft): Generator<Draft> {
  const path = of.args[0] === undefined ? null : pathOf(of.args[0]);
  const part = of.args[1]?.op === "literal" ? String(of.args[1].value) : null;
  if (path === null || part === null || of.name === "matches") return;
  const known = valueIn(draft, path);
  const text = typeof known === "string" ? known : "";
  if (!want) yield* put(draft, path, ELSE);
  else if (path.length === 1) yield* put(draft, path, part);
  else if (known === undefined) yield withValue(draft, path, part);
  else {
    yield draft;
    if (typeof known === "string") for (const joined of joins(text, part, of.name)) yield withValue(draft, path, joined);
  }
}

/** Texts made of both; for `contains` the part may stand anywhere. */
function joins(text: string, part: string, name: string): string[] {
  if (name === "startsWith") return [part + text];
  if (name === "endsWith") return [text + part];
  return Array.from({ length: text.length + 1 }, (_, at) => text.slice(0, at) + part + text.slice(at));
}

/** A path, also within a call that changes only how it is read. */
function pathOf(of: Expression): PropertyPath | null {
  if (of.op === "path") return of.path;
  const [inner] = of.op === "call" && ["lowerAscii", "upperAscii", "string", "double", "int"].includes(of.name) ? of.args : [];
  return inner === undefined ? null : pathOf(inner);
}
