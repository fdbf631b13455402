// What YAML's own messages mean for someone who writes packs: the parser says what surprised it, this file what to do.
// Most surprises have one of three causes: a bracket, a `: ` or a `#` inside a text that is not quoted.

export interface Cure {
  readonly at: number;
  readonly message: string;
  readonly hint: string;
}

const QUOTE_IT = "quote the whole text, or put it on its own line";

/** `code` and `message` are the parser's; `at` is where it gave up. */
export function cureFor(code: string, message: string, at: number, text: string): Cure {
  const line = lineAt(text, at);
  const before = line.text.slice(0, at - line.start);
  const rest = text.slice(at);
  switch (code) {
    case "TAB_AS_INDENT":
      return { at, message: "a tab cannot indent", hint: "indent with two spaces" };
    case "MULTIPLE_DOCS":
      return { at, message: "a second document begins here", hint: "a file holds one pack: take the `---` out" };
    case "TAG_RESOLVE_FAILED":
      return { at, message: "YAML reads a leading `!` as a tag", hint: "quote the condition, or write it in brackets: (!x)" };
    case "BAD_SCALAR_START":
      return { at, message: `a text cannot begin with ${rest[0] === "`" ? "a backtick" : `\`${rest[0] ?? ""}\``}`, hint: "quote it" };
    case "BAD_DQ_ESCAPE":
      return { at, message: "a backslash that means nothing in double quotes", hint: "use single quotes around the whole text, or double the backslash" };
    case "BAD_ALIAS":
      return { at, message: "`*` and `&` have a meaning of their own in YAML", hint: "quote it" };
    case "MISSING_CHAR":
      return unclosed(at, message, text);
    case "MULTILINE_IMPLICIT_KEY":
      return { at, message: "a line without a colon and a space after its key", hint: "write `key: value`" };
    case "BAD_INDENT":
      return badIndent(at, message, text);
    case "BLOCK_AS_IMPLICIT_KEY":
    case "BLOCK_IN_FLOW":
      return innerColon(at, rest, line.text);
    case "UNEXPECTED_TOKEN":
      return unexpectedToken(at, before, rest);
    default:
      if (/call stack/i.test(message)) return { at, message: "nested too deeply", hint: "a pack needs five or six levels" };
      return { at, message: firstLine(message), hint: QUOTE_IT };
  }
}

/** The parser notices at the end of the file; an unclosed quote is the last of its kind. */
function unclosed(at: number, message: string, text: string): Cure {
  if (!message.includes("quote")) return { at, message: firstLine(message), hint: "close the bracket" };
  const quote = message.includes("'") ? "'" : '"';
  const opened = Math.max(0, text.lastIndexOf(quote, at));
  return { at: opened, message: `a ${quote} is opened and never closed`, hint: `close it, or quote the whole text if the ${quote} belongs to it` };
}

function badIndent(at: number, message: string, text: string): Cure {
  const flow = /^Flow (map|sequence)/.exec(message);
  if (flow === null) return { at, message: "this line is indented unlike its neighbours", hint: "keys of one block begin in the same column" };
  const bracket = flow[1] === "map" ? "{" : "[";
  const opened = lastUnclosed(text.slice(0, at), bracket);
  const comment = / #.*[}\]]/.test(lineAt(text, opened).text);
  const hint = comment ? "` #` begins a comment and swallows what follows: quote the text" : `close it with ${bracket === "{" ? "}" : "]"}`;
  return { at: opened, message: `the ${bracket} here is never closed`, hint };
}

/** `a: x == 1 ? 2 : 3` is a map inside a map to YAML. */
function innerColon(at: number, rest: string, line: string): Cure {
  const upToEnd = rest.split("\n")[0] ?? "";
  if (/: /.test(upToEnd)) return { at, message: "YAML reads the `: ` in this text as a new key", hint: QUOTE_IT };
  return {
    at,
    message: `this line already has a value, so nothing can be indented under it: \`${line.trim().slice(0, 60)}\``,
    hint: "put the value on its own line, or take the indentation back",
  };
}

function unexpectedToken(at: number, before: string, rest: string): Cure {
  const next = rest[0] ?? "";
  const opened = lastOpening(before);
  if (/["']\s*$/.test(before) && !/^[\]}[{,]/.test(next))
    return { at, message: "a text that begins with a quote ends at the closing quote", hint: "quote the whole of it once more: '\"x\" == y'" };
  if (next === "[" || next === "{") return { at, message: `a bare \`${next}\` cannot stand inside a text in ${opened ?? "{ }"}`, hint: QUOTE_IT };
  if (next === "]" || next === "}") return { at, message: `a \`${next}\` too many, or inside a text that is not quoted`, hint: `take it out, or ${QUOTE_IT}` };
  if (/^\s*-?\s*\w/.test(before) || /^\w/.test(next))
    return {
      at,
      message: "something other than a key or a list item was expected here",
      hint: `line it up with its block; if it belongs to a text, ${QUOTE_IT}`,
    };
  return { at, message: `\`${next}\` was not expected here`, hint: QUOTE_IT };
}

/** The line around an offset, and where it starts. */
function lineAt(text: string, at: number): { readonly text: string; readonly start: number } {
  const start = text.lastIndexOf("\n", Math.max(0, at - 1)) + 1;
  const end = text.indexOf("\n", start);
  return { text: text.slice(start, end < 0 ? text.length : end), start };
}

function lastUnclosed(text: string, bracket: "{" | "["): number {
  const closing = bracket === "{" ? "}" : "]";
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at--) {
    if (text[at] === closing) depth++;
    else if (text[at] === bracket && depth-- === 0) return at;
  }
  return Math.max(0, text.lastIndexOf(bracket));
}

const lastOpening = (before: string): string | undefined =>
  before.lastIndexOf("[") > before.lastIndexOf("{") ? "[ ]" : before.includes("{") ? "{ }" : undefined;

const firstLine = (message: string): string => message.split("\n")[0] ?? message;
