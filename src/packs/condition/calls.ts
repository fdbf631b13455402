// Conditions: functions and what stands behind a text (docs/packs.md, "Conditions").

import { RE2JS } from "re2js";
import type { CallName } from "../definition.ts";
import { listed } from "../fields.ts";
import { article } from "../names.ts";
import type { CelNode } from "./cel.ts";
import { CLOCK_FUNCTIONS, readAccess, readLiteral } from "./names.ts";
import { fits, type Reading, type Term } from "./reading.ts";

const STRING_TESTS: ReadonlySet<string> = new Set(["contains", "startsWith", "endsWith", "matches"]);
const STRING_CHANGES: ReadonlySet<string> = new Set(["lowerAscii", "upperAscii"]);
const METHODS = [...STRING_TESTS, ...STRING_CHANGES, "size"];
const OF_MOMENT: ReadonlySet<string> = new Set(["days_since", "hours_since", "never"]);
const FUNCTIONS = ["days_since", "hours_since", "never", "missing", "has", "double", "int", "string", "size"];
const MACROS: ReadonlySet<string> = new Set(["exists", "exists_one", "all", "map", "filter", "bind"]);

export function readCall(r: Reading, node: CelNode, name: string, args: readonly CelNode[]): Term | null {
  const [of] = args;
  if (CLOCK_FUNCTIONS.has(name))
    return r.refuse(
      node,
      "not-in-conditions",
      `\`${name}()\` is not part of conditions`,
      "use days_since(x), hours_since(x) or days_in_stage, and compare with a number",
    );
  if (METHODS.includes(name) && name !== "size") return r.refuse(node, "not-in-conditions", `\`${name}\` belongs behind a text`, `write x.${name}(...)`);
  if (!FUNCTIONS.includes(name))
    return r.refuse(
      node,
      "unknown-function",
      `there is no function \`${name}\``,
      r.problems.near(name, [...FUNCTIONS, ...METHODS]) ?? `the functions are ${listed(FUNCTIONS)}`,
    );
  if (of === undefined || args.length !== 1) return r.refuse(node, "wrong-arguments", `\`${name}\` takes one value, not ${args.length}`, null);
  if (OF_MOMENT.has(name)) return readOfMoment(r, node, name as "days_since" | "hours_since" | "never", of);
  if (name === "missing") return readMissing(r, node, of);
  if (name === "has") return readHas(r, node, of);
  return name === "size" ? readSize(r, node, of) : readConversion(r, node, name as "double" | "int" | "string", of);
}

function readOfMoment(r: Reading, node: CelNode, op: "days_since" | "hours_since" | "never", of: CelNode): Term | null {
  if (r.vocabulary === "where") return r.refuse(node, "if-in-where", `\`${op}\` is about the contact; a \`where\` is about the message`, "use it in an `if`");
  if (r.vocabulary === "exclude" && op !== "never")
    return r.refuse(node, "moving-value", "`exclude` may not turn with the clock", "a contact is left out by what it says of itself: use traits as they are");
  if (of.op === "id" && r.names.events.has(of.args) && !r.names.declared.has(of.args))
    return r.refuse(
      of,
      "wrong-type",
      `\`${op}\` asks for a moment, and \`${of.args}\` is an event`,
      `add a measure, such as last_${of.args}: { last: ${of.args} }`,
    );
  const moment = r.read(of);
  if (moment === null) return null;
  const { expression } = moment;
  if (expression.type !== "moment")
    return r.refuse(
      of,
      "wrong-type",
      `\`${op}\` asks for a moment, and \`${expression.text.slice(0, 40)}\` is ${article(expression.type)}`,
      op === "never" ? "use missing(x)" : "name a `first` or `last` measure, or a date trait",
    );
  return op === "never" ? r.term(node, "bool", { op, of: expression }) : r.term(node, "number", { op, of: expression }, 1);
}

function readMissing(r: Reading, node: CelNode, of: CelNode): Term | null {
  if (r.vocabulary === "where") return r.refuse(node, "if-in-where", "`missing` is about the contact; a `where` is about the message", "use !has(...)");
  const asked = r.read(of);
  if (asked === null) return null;
  if (!["measure", "score", "grid", "band", "trait", "rfm", "population", "value", "stage", "segment"].includes(asked.expression.op))
    return r.refuse(of, "wrong-arguments", "`missing` asks for one name", "name a trait, measure, band, `stage` or `segment`");
  return r.term(node, "bool", { op: "missing", of: asked.expression });
}

function readHas(r: Reading, node: CelNode, of: CelNode): Term | null {
  if (of.op !== "." && of.op !== "[]")
    return r.refuse(
      of,
      "wrong-arguments",
      r.vocabulary === "where" ? "`has` asks for a path" : "`has` asks for a trait",
      r.vocabulary === "where" ? "such as has(properties.plan)" : "such as has(traits.country); use !missing(x) for the others",
    );
  const asked = readAccess(r, of);
  return asked === null ? null : r.term(node, "bool", { op: "has", of: asked.expression });
}

function readSize(r: Reading, node: CelNode, of: CelNode): Term | null {
  const sized = r.read(of);
  if (sized === null) return null;
  if (!fits(sized, "string"))
    return r.refuse(of, "wrong-type", `\`size\` asks for a text, and \`${sized.expression.text.slice(0, 40)}\` is ${article(sized.expression.type)}`, null);
  return r.term(node, "number", { op: "call", name: "size", args: [sized.expression] });
}

function readConversion(r: Reading, node: CelNode, name: "double" | "int" | "string", of: CelNode): Term | null {
  const from = r.read(of);
  if (from === null) return null;
  const { type } = from.expression;
  if (type === "moment") return r.moment(of, from);
  if (type === "list") return r.refuse(of, "wrong-type", `\`${name}\` cannot convert a list`, `ask \`"..." in ${from.expression.text.slice(0, 40)}\``);
  if (type === "bool" && name !== "string") return r.refuse(of, "wrong-type", `\`${name}\` cannot convert a bool`, "use x ? 1 : 0");
  if (from.moving > 0 && name !== "double")
    return r.refuse(
      node,
      "moving-value",
      `\`${from.expression.text.slice(0, 60)}\` moves with the clock; \`${name}\` would jump at moments nobody can foresee`,
      "compare it as it is",
    );
  if (from.timed) return r.nested(node);
  return r.term(node, name === "string" ? "string" : "number", { op: "call", name, args: [from.expression] }, from.moving);
}

export function readMethod(r: Reading, node: CelNode, name: string, on: CelNode, args: readonly CelNode[]): Term | null {
  if (MACROS.has(name)) return r.refuse(node, "not-in-conditions", `\`${name}\` is not part of conditions`, "compare one value, or use `in [...]`");
  if (CLOCK_FUNCTIONS.has(name) || /^get[A-Z]/.test(name))
    return r.refuse(node, "not-in-conditions", `\`${name}()\` is not part of conditions`, "use days_since(x), hours_since(x) or days_in_stage");
  if (!METHODS.includes(name))
    return r.refuse(
      node,
      "unknown-function",
      `there is no function \`${name}\` behind a value`,
      r.problems.near(name, METHODS) ?? `there are ${listed(METHODS)}`,
    );
  const wanted = STRING_TESTS.has(name) ? 1 : 0;
  if (args.length !== wanted)
    return r.refuse(node, "wrong-arguments", `\`${name}\` takes ${wanted === 1 ? "one value" : "no value"}, not ${args.length}`, null);
  if (name === "size") return readSize(r, node, on);
  const receiver = readText(r, on, name);
  const [given] = args;
  if (given === undefined) return receiver && r.term(node, "string", { op: "call", name: name as CallName, args: [receiver.expression] });
  const argument = name === "matches" ? readPattern(r, given) : readText(r, given, name);
  if (receiver === null || argument === null) return null;
  return r.term(node, "bool", { op: "call", name: name as CallName, args: [receiver.expression, argument.expression] });
}

function readText(r: Reading, node: CelNode, name: string): Term | null {
  const term = r.read(node);
  if (term === null || fits(term, "string")) return term;
  return r.refuse(node, "wrong-type", `\`${name}\` asks for a text, and \`${term.expression.text.slice(0, 40)}\` is ${article(term.expression.type)}`, null);
}

function readPattern(r: Reading, node: CelNode): Term | null {
  if (node.op !== "value" || typeof node.args !== "string")
    return r.refuse(node, "bad-pattern", "`matches` takes a pattern that is written out", "a text in quotes");
  try {
    RE2JS.compile(node.args);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return r.refuse(node, "bad-pattern", `the pattern cannot be used: ${why.split("\n")[0]}`, "patterns are RE2: no look-around and no back-references");
  }
  return readLiteral(r, node, node.args);
}
