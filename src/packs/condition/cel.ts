// CEL text -> syntax tree. The only file that knows the CEL library; of it only the parser is used, because types and
// names are ours (expression.ts) and the engine compiles what comes out of that. Syntax errors get the words of someone who
// writes packs. Also here: the exact source text of a part, which the library's ranges lose where brackets stand around it.

import { type ASTNode, Environment, ParseError } from "@marcbachmann/cel-js";

export type CelNode = ASTNode;

export type CelResult =
  | { readonly ok: true; readonly root: CelNode }
  | { readonly ok: false; readonly at: number; readonly message: string; readonly hint: string | null };

const environment = new Environment({ limits: { maxAstNodes: 2000, maxDepth: 64, maxListElements: 200, maxCallArguments: 8, maxMapEntries: 200 } });

export function parseCel(text: string): CelResult {
  try {
    return { ok: true, root: environment.parse(text).ast };
  } catch (error) {
    if (error instanceof ParseError) return refusal(error, text);
    if (error instanceof RangeError)
      return { ok: false, at: 0, message: "the condition is nested too deeply", hint: "split it: name a part of it as an audience" };
    throw error;
  }
}

/** The source of exactly this part, with the brackets that belong to its outermost operands. */
export function sourceOf(node: CelNode): string {
  const [start, end] = extent(node);
  return node.input.slice(start, end);
}

/** Of nodes already asked about: a long sum would otherwise be walked again for each of its parts. */
const extents = new WeakMap<CelNode, readonly [number, number]>();

function extent(node: CelNode): readonly [number, number] {
  const known = extents.get(node);
  if (known !== undefined) return known;
  const found = measured(node);
  extents.set(node, found);
  return found;
}

function measured(node: CelNode): readonly [number, number] {
  switch (node.op) {
    case "!_":
    case "-_":
      return [node.start, widened(node.args)[1]];
    case ".":
    case "[]":
    case ".?":
    case "[?]":
      return [widened(node.args[0])[0], node.end];
    case "rcall":
      return [widened(node.args[1])[0], node.end];
    case "?:":
      return [widened(node.args[0])[0], widened(node.args[2])[1]];
    case "value":
    case "id":
    case "call":
    case "list":
    case "map":
      return [node.start, node.end];
    default:
      return [widened(node.args[0])[0], widened(node.args[1])[1]];
  }
}

/** An operand's extent with the brackets around it. */
function widened(node: CelNode): readonly [number, number] {
  let [start, end] = extent(node);
  for (;;) {
    const open = skipSpace(node.input, start - 1, -1);
    const close = skipSpace(node.input, end, 1);
    if (node.input[open] !== "(" || node.input[close] !== ")") return [start, end];
    [start, end] = [open, close + 1];
  }
}

function skipSpace(text: string, from: number, step: 1 | -1): number {
  let at = from;
  while (/\s/.test(text[at] ?? "x")) at += step;
  return at;
}

function refusal(error: ParseError, text: string): Extract<CelResult, { ok: false }> {
  const at = Math.min(error.range?.start ?? 0, text.length);
  const rest = text.slice(at);
  const refuse = (message: string, hint: string | null) => ({ ok: false, at, message, hint }) as const;
  if (error.code === "limit_exceeded") return refuse("the condition is too large", "split it: name a part of it as an audience");
  if (error.code === "unterminated_string") return refuse("a quote is opened and never closed", "close it");
  if (error.code === "reserved_identifier") return refuse(`\`${/^\w+/.exec(rest)?.[0] ?? ""}\` is a word that conditions keep for themselves`, null);
  if (error.code === "invalid_macro_argument")
    return refuse("`exists`, `all`, `map` and `filter` are not part of conditions", "compare one value, or use `in [...]`");
  if (error.code === "invalid_escape_sequence") return refuse("a backslash that means nothing", 'double it, or write a raw text: r"\\d"');
  if (rest === "")
    return refuse(
      "the condition ends too early",
      /[=<>&|+*/%-]\s*$/.test(text) ? "something is missing after the last operator" : "a closing bracket is missing",
    );
  if (/^=/.test(rest)) return refuse("a single `=` compares nothing", "write ==");
  if (/^<>/.test(text.slice(Math.max(0, at - 1)))) return refuse("`<>` is not an operator", "write !=");
  const word = /^\w+/.exec(rest)?.[0];
  if (word !== undefined && /^(and|or|not|is|AND|OR|NOT|IS)$/.test(word))
    return refuse(`\`${word}\` is not an operator`, { and: "write &&", or: "write ||", not: "write !", is: "write ==" }[word.toLowerCase()] ?? null);
  if (word !== undefined) return refuse(`\`${word}\` was not expected here`, "is an operator missing before it?");
  if (/^[&|]/.test(rest)) return refuse(`a single \`${rest[0]}\` is not an operator`, `write ${rest[0]}${rest[0]}`);
  return refuse(`\`${rest[0]}\` was not expected here`, null);
}
