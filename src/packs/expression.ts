// Conditions: CEL's syntax tree -> a typed Expression whose names are resolved against the pack.
//
// Types are checked here and not by the CEL library, for three reasons: integers and reals mix, a message can say which
// name was meant, and what the engine can find the exact moment for must be decided now. An atom (a comparison) may hold
// one term that moves with the clock by itself (a score, days_since, hours_since, days_in_stage), scaled and shifted, under
// < <= > >=. All else about such terms is refused with advice: an equality on a real would hold for no time at all.
// Paths of a message are in message-path.ts; what the operators do at run time is in the engine.

import { RE2JS } from "re2js";
import { type CelNode, parseCel, sourceOf } from "./cel.ts";
import type { CallName, Expression, ValueType } from "./definition.ts";
import { listed, shapeOf } from "./fields.ts";
import { MESSAGE_ROOTS, pathOf } from "./message-path.ts";
import { article, type Names } from "./names.ts";
import type { ProblemList } from "./problems.ts";
import { LIMITS } from "./schema.ts";
import type { YamlNode, YamlScalar } from "./yaml-source.ts";

/** What a condition may speak of: a message (`where`), a contact, or a contact whose stage is not known yet (`while`). */
export type Vocabulary = "where" | "standing" | "while";

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
  return new Reader(node, vocabulary, names, problems).read(parsed.root)?.expression ?? null;
}

/** An expression and what the clock does to it. */
interface Term {
  readonly expression: Expression;
  /** Terms in its arithmetic that move with the clock by themselves. */
  readonly moving: number;
  /** Whether a comparison of such a term is somewhere inside. */
  readonly timed: boolean;
}

type Form<E = Expression> = E extends Expression ? Omit<E, "text" | "type"> : never;

const STRING_TESTS: ReadonlySet<string> = new Set(["contains", "startsWith", "endsWith", "matches"]);
const STRING_CHANGES: ReadonlySet<string> = new Set(["lowerAscii", "upperAscii"]);
const METHODS = [...STRING_TESTS, ...STRING_CHANGES, "size"];
const OF_MOMENT: ReadonlySet<string> = new Set(["days_since", "hours_since", "never"]);
const FUNCTIONS = ["days_since", "hours_since", "never", "missing", "has", "double", "int", "string", "size"];
const MACROS: ReadonlySet<string> = new Set(["exists", "exists_one", "all", "map", "filter", "bind"]);
const CLOCK_FUNCTIONS: ReadonlySet<string> = new Set([
  "duration",
  "timestamp",
  "now",
  "getDayOfWeek",
  "getHours",
  "getFullYear",
  "getMonth",
  "getDate",
  "getDayOfMonth",
]);
const CONTACT_WORDS: ReadonlySet<string> = new Set(["stage", "segment", "days_in_stage", "identified"]);

class Reader {
  readonly #source: YamlScalar;
  readonly #vocabulary: Vocabulary;
  readonly #names: Names;
  readonly #problems: ProblemList;

  constructor(source: YamlScalar, vocabulary: Vocabulary, names: Names, problems: ProblemList) {
    this.#source = source;
    this.#vocabulary = vocabulary;
    this.#names = names;
    this.#problems = problems;
  }

  read(node: CelNode): Term | null {
    switch (node.op) {
      case "value":
        return this.#literal(node, node.args);
      case "id":
        return this.#identifier(node, node.args);
      case ".":
      case "[]":
        return this.#access(node);
      case "call":
        return this.#call(node, node.args[0], node.args[1]);
      case "rcall":
        return this.#method(node, node.args[0], node.args[1], node.args[2]);
      case "!_":
        return this.#not(node, node.args);
      case "-_":
        return this.#negate(node, node.args);
      case "&&":
      case "||":
        return this.#logic(node, node.op, node.args[0], node.args[1]);
      case "?:":
        return this.#choice(node, ...node.args);
      case "==":
      case "!=":
        return this.#equality(node, node.op, node.args[0], node.args[1]);
      case "in":
        return this.#membership(node, node.args[0], node.args[1]);
      case "list":
        return this.#refuse(node, "wrong-type", "a list stands only to the right of `in`", "write x in [...]");
      case "<":
      case "<=":
      case ">":
      case ">=":
        return this.#order(node, node.op, node.args[0], node.args[1]);
      case "+":
      case "-":
      case "*":
      case "/":
      case "%":
        return this.#arithmetic(node, node.op, node.args[0], node.args[1]);
      default:
        return this.#refuse(node, "not-in-conditions", `\`${sourceOf(node).slice(0, 40)}\` is not part of conditions`, null);
    }
  }

  // Values

  #literal(node: CelNode, value: unknown): Term | null {
    if (typeof value === "string") return this.#term(node, "string", { op: "literal", value });
    if (typeof value === "boolean") return this.#term(node, "bool", { op: "literal", value });
    if (typeof value === "number") return this.#term(node, "number", { op: "literal", value });
    if (typeof value === "bigint") {
      if (value > BigInt(Number.MAX_SAFE_INTEGER)) return this.#refuse(node, "bad-value", `${value} is beyond the whole numbers that are exact`, null);
      return this.#term(node, "number", { op: "literal", value: Number(value) });
    }
    if (value === null)
      return this.#refuse(
        node,
        "not-in-conditions",
        "`null` is not part of conditions",
        this.#vocabulary === "where" ? "use !has(...)" : "use missing(x) or never(x)",
      );
    return this.#refuse(
      node,
      "not-in-conditions",
      `\`${sourceOf(node).slice(0, 40)}\` is not part of conditions`,
      "numbers are written 5 or 5.0, texts in quotes",
    );
  }

  #identifier(node: CelNode, name: string): Term | null {
    if (this.#vocabulary === "where") return this.#messageWord(node, name);
    if (name === "identified") return this.#term(node, "bool", { op: "identified" });
    if (CONTACT_WORDS.has(name)) return this.#standing(node, name as "stage" | "segment" | "days_in_stage");
    const value = this.#names.values.get(name);
    if (value === undefined) return this.#unknown(node, name);
    return this.#term(node, value.type, { op: value.kind, name }, value.kind === "score" ? 1 : 0);
  }

  /** The words about where a contact stands; scores are computed before that is known. */
  #standing(node: CelNode, name: "stage" | "segment" | "days_in_stage"): Term | null {
    if (this.#vocabulary === "while")
      return this.#refuse(
        node,
        "too-early",
        `\`${name}\` is not known where scores are computed`,
        "scores come first: use traits, measures and the scores above",
      );
    const there = name === "segment" ? this.#names.segments : this.#names.stages;
    if (there.length === 0)
      return this.#refuse(node, "unknown-name", `this pack has no ${name === "segment" ? "segments" : "stages"}, so \`${name}\` is never anything`, null);
    return name === "days_in_stage" ? this.#term(node, "number", { op: name }, 1) : this.#term(node, "string", { op: name });
  }

  #messageWord(node: CelNode, name: string): Term | null {
    if (name === "name") return this.#term(node, "string", { op: "path", path: ["name"] });
    if (MESSAGE_ROOTS.includes(name)) return this.#refuse(node, "wrong-type", `\`${name}\` alone is no value`, `name one of its keys: ${name}.something`);
    if (this.#names.declared.has(name) || CONTACT_WORDS.has(name))
      return this.#refuse(
        node,
        "if-in-where",
        `\`${name}\` is about the contact; a \`where\` is about the message`,
        "use it in an `if`; a `where` knows properties, context, traits and name",
      );
    return this.#refuse(
      node,
      "unknown-name",
      `\`${name}\` is unknown in a \`where\``,
      this.#problems.near(name, [...MESSAGE_ROOTS, "name"]) ?? "a `where` knows properties, context, traits and name; quote it if it is a text",
    );
  }

  #unknown(node: CelNode, name: string): null {
    const declared = this.#names.declared.get(name);
    if (declared !== undefined && name === this.#names.reading) {
      const hint = declared.kind === "audience" ? "for a way out that differs from the way in, use `until`" : "name what it should depend on";
      return this.#refuse(node, "self-reference", `\`${name}\` cannot depend on itself`, hint);
    }
    if (declared !== undefined) {
      const may = this.#vocabulary === "while" ? "a `while` may use traits, measures and the scores above it" : "an audience may use the ones above it";
      return this.#refuse(
        node,
        "too-early",
        `\`${name}\` is ${article(declared.kind)} that is computed later (line ${this.#problems.lineOf(declared.at)})`,
        may,
      );
    }
    if (name === "properties" || name === "context" || name === "name") return this.#whereInIf(node, name);
    if (CLOCK_FUNCTIONS.has(name))
      return this.#refuse(node, "not-in-conditions", `\`${name}\` is not part of conditions`, "use days_since(x), hours_since(x) or days_in_stage");
    if (name === "traits") return this.#refuse(node, "wrong-type", "`traits` alone is no value", "name one of them: traits.something");
    if (name === "population" || name === "value" || name === "rfm")
      return this.#refuse(node, "not-yet", `\`${name}\` is not in this version of the language`, "write the number itself");
    const hint = this.#problems.near(name, [...this.#names.declared.keys(), ...CONTACT_WORDS]);
    if (hint !== null) return this.#refuse(node, "unknown-name", `\`${name}\` is unknown`, hint);
    if (this.#names.traits.has(name)) return this.#refuse(node, "unknown-name", `\`${name}\` is unknown`, `\`${name}\` is a trait: write traits.${name}`);
    if (this.#names.events.has(name)) return this.#refuse(node, "unknown-name", `\`${name}\` is unknown`, `\`${name}\` is an event: count it with a measure`);
    const [axis] = this.#names.axesOf(name);
    if (axis !== undefined) return this.#refuse(node, "unknown-name", `\`${name}\` is unknown`, `\`${name}\` is ${article(axis)}: write ${axis} == "${name}"`);
    return this.#refuse(node, "unknown-name", `\`${name}\` is unknown`, "name a measure, score, band or audience; quote it if it is a text");
  }

  #whereInIf(node: CelNode, name: string): null {
    return this.#refuse(
      node,
      "where-in-if",
      `\`${name}\` is about the message; an \`if\` is about the contact`,
      "put it into the `where` of an event, or keep it as a trait",
    );
  }

  #access(node: CelNode): Term | null {
    const root = rootOf(node);
    if (this.#vocabulary === "where") return this.#path(node, root);
    if (root === "properties" || root === "context" || root === "event") return this.#whereInIf(node, root);
    if (root === "population" || root === "value")
      return this.#refuse(node, "not-yet", `\`${root}\` is not in this version of the language`, "write the number itself");
    if (root !== "traits") return this.#refuse(node, "not-in-conditions", `\`${sourceOf(node).slice(0, 40)}\`: only \`traits\` has parts in an \`if\``, null);
    if (node.op !== "." || node.args[0].op !== "id")
      return this.#refuse(node, "not-in-conditions", "a trait is one value and has no parts", "keep the part as a trait of its own, with `from`");
    return this.#trait(node, node.args[1]);
  }

  #trait(node: CelNode, name: string): Term | null {
    const type = this.#names.traits.get(name);
    if (type !== undefined) return this.#term(node, type, { op: "trait", name });
    const known = [...this.#names.traits.keys()];
    const hint =
      this.#problems.near(name, known) ?? (known.length === 0 ? "keep it under `traits:` first" : `the traits kept are ${listed(known.slice(0, 12))}`);
    return this.#refuseAt(node.pos, "unknown-trait", `there is no trait \`${name}\``, hint);
  }

  #path(node: CelNode, root: string | null): Term | null {
    if (root !== null && !MESSAGE_ROOTS.includes(root)) return this.#messageWord(firstOf(node), root);
    const path = pathOf(node);
    if (path.ok) return this.#term(node, "dyn", { op: "path", path: path.value });
    return this.#refuseAt(path.at, "bad-path", path.message, path.hint);
  }

  // Functions

  #call(node: CelNode, name: string, args: readonly CelNode[]): Term | null {
    const [of] = args;
    if (CLOCK_FUNCTIONS.has(name))
      return this.#refuse(
        node,
        "not-in-conditions",
        `\`${name}()\` is not part of conditions`,
        "use days_since(x), hours_since(x) or days_in_stage, and compare with a number",
      );
    if (METHODS.includes(name) && name !== "size") return this.#refuse(node, "not-in-conditions", `\`${name}\` belongs behind a text`, `write x.${name}(...)`);
    if (!FUNCTIONS.includes(name))
      return this.#refuse(
        node,
        "unknown-function",
        `there is no function \`${name}\``,
        this.#problems.near(name, [...FUNCTIONS, ...METHODS]) ?? `the functions are ${listed(FUNCTIONS)}`,
      );
    if (of === undefined || args.length !== 1) return this.#refuse(node, "wrong-arguments", `\`${name}\` takes one value, not ${args.length}`, null);
    if (OF_MOMENT.has(name)) return this.#ofMoment(node, name as "days_since" | "hours_since" | "never", of);
    if (name === "missing") return this.#missing(node, of);
    if (name === "has") return this.#has(node, of);
    return name === "size" ? this.#size(node, of) : this.#convert(node, name as "double" | "int" | "string", of);
  }

  #ofMoment(node: CelNode, op: "days_since" | "hours_since" | "never", of: CelNode): Term | null {
    if (this.#vocabulary === "where")
      return this.#refuse(node, "if-in-where", `\`${op}\` is about the contact; a \`where\` is about the message`, "use it in an `if`");
    if (of.op === "id" && this.#names.events.has(of.args) && !this.#names.declared.has(of.args))
      return this.#refuse(
        of,
        "wrong-type",
        `\`${op}\` asks for a moment, and \`${of.args}\` is an event`,
        `add a measure, such as last_${of.args}: { last: ${of.args} }`,
      );
    const moment = this.read(of);
    if (moment === null) return null;
    const { expression } = moment;
    if (expression.type !== "moment")
      return this.#refuse(
        of,
        "wrong-type",
        `\`${op}\` asks for a moment, and \`${expression.text.slice(0, 40)}\` is ${article(expression.type)}`,
        op === "never" ? "use missing(x)" : "name a `first` or `last` measure, or a date trait",
      );
    return op === "never" ? this.#term(node, "bool", { op, of: expression }) : this.#term(node, "number", { op, of: expression }, 1);
  }

  #missing(node: CelNode, of: CelNode): Term | null {
    if (this.#vocabulary === "where")
      return this.#refuse(node, "if-in-where", "`missing` is about the contact; a `where` is about the message", "use !has(...)");
    const asked = this.read(of);
    if (asked === null) return null;
    if (!["measure", "score", "band", "trait", "stage", "segment"].includes(asked.expression.op))
      return this.#refuse(of, "wrong-arguments", "`missing` asks for one name", "name a trait, measure, band, `stage` or `segment`");
    return this.#term(node, "bool", { op: "missing", of: asked.expression });
  }

  #has(node: CelNode, of: CelNode): Term | null {
    if (of.op !== "." && of.op !== "[]")
      return this.#refuse(
        of,
        "wrong-arguments",
        this.#vocabulary === "where" ? "`has` asks for a path" : "`has` asks for a trait",
        this.#vocabulary === "where" ? "such as has(properties.plan)" : "such as has(traits.country); use !missing(x) for the others",
      );
    const asked = this.#access(of);
    return asked === null ? null : this.#term(node, "bool", { op: "has", of: asked.expression });
  }

  #size(node: CelNode, of: CelNode): Term | null {
    const sized = this.read(of);
    if (sized === null) return null;
    if (!fits(sized, "string"))
      return this.#refuse(
        of,
        "wrong-type",
        `\`size\` asks for a text, and \`${sized.expression.text.slice(0, 40)}\` is ${article(sized.expression.type)}`,
        null,
      );
    return this.#term(node, "number", { op: "call", name: "size", args: [sized.expression] });
  }

  #convert(node: CelNode, name: "double" | "int" | "string", of: CelNode): Term | null {
    const from = this.read(of);
    if (from === null) return null;
    const { type } = from.expression;
    if (type === "moment") return this.#moment(of, from);
    if (type === "bool" && name !== "string") return this.#refuse(of, "wrong-type", `\`${name}\` cannot convert a bool`, "use x ? 1 : 0");
    if (from.moving > 0 && name !== "double")
      return this.#refuse(
        node,
        "moving-value",
        `\`${from.expression.text.slice(0, 60)}\` moves with the clock; \`${name}\` would jump at moments nobody can foresee`,
        "compare it as it is",
      );
    if (from.timed) return this.#nested(node);
    return this.#term(node, name === "string" ? "string" : "number", { op: "call", name, args: [from.expression] }, from.moving);
  }

  #method(node: CelNode, name: string, on: CelNode, args: readonly CelNode[]): Term | null {
    if (MACROS.has(name)) return this.#refuse(node, "not-in-conditions", `\`${name}\` is not part of conditions`, "compare one value, or use `in [...]`");
    if (CLOCK_FUNCTIONS.has(name) || /^get[A-Z]/.test(name))
      return this.#refuse(node, "not-in-conditions", `\`${name}()\` is not part of conditions`, "use days_since(x), hours_since(x) or days_in_stage");
    if (!METHODS.includes(name))
      return this.#refuse(
        node,
        "unknown-function",
        `there is no function \`${name}\` behind a value`,
        this.#problems.near(name, METHODS) ?? `there are ${listed(METHODS)}`,
      );
    const wanted = STRING_TESTS.has(name) ? 1 : 0;
    if (args.length !== wanted)
      return this.#refuse(node, "wrong-arguments", `\`${name}\` takes ${wanted === 1 ? "one value" : "no value"}, not ${args.length}`, null);
    if (name === "size") return this.#size(node, on);
    const receiver = this.#text(on, name);
    const [given] = args;
    if (given === undefined) return receiver && this.#term(node, "string", { op: "call", name: name as CallName, args: [receiver.expression] });
    const argument = name === "matches" ? this.#pattern(given) : this.#text(given, name);
    if (receiver === null || argument === null) return null;
    return this.#term(node, "bool", { op: "call", name: name as CallName, args: [receiver.expression, argument.expression] });
  }

  #text(node: CelNode, name: string): Term | null {
    const term = this.read(node);
    if (term === null || fits(term, "string")) return term;
    return this.#refuse(
      node,
      "wrong-type",
      `\`${name}\` asks for a text, and \`${term.expression.text.slice(0, 40)}\` is ${article(term.expression.type)}`,
      null,
    );
  }

  #pattern(node: CelNode): Term | null {
    if (node.op !== "value" || typeof node.args !== "string")
      return this.#refuse(node, "bad-pattern", "`matches` takes a pattern that is written out", "a text in quotes");
    try {
      RE2JS.compile(node.args);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return this.#refuse(node, "bad-pattern", `the pattern cannot be used: ${why.split("\n")[0]}`, "patterns are RE2: no look-around and no back-references");
    }
    return this.#literal(node, node.args);
  }

  // Operators

  #not(node: CelNode, of: CelNode): Term | null {
    const term = this.#bool(of, "!");
    return term && this.#term(node, "bool", { op: "!", of: term.expression }, 0, term.timed);
  }

  #logic(node: CelNode, op: "&&" | "||", a: CelNode, b: CelNode): Term | null {
    const left = this.#bool(a, op);
    const right = this.#bool(b, op);
    if (left === null || right === null) return null;
    return this.#term(node, "bool", { op, left: left.expression, right: right.expression }, 0, left.timed || right.timed);
  }

  #bool(node: CelNode, op: string): Term | null {
    const term = this.read(node);
    if (term === null || fits(term, "bool")) return term;
    if (term.expression.type === "moment") return this.#moment(node, term);
    return this.#refuse(
      node,
      "wrong-type",
      `\`${op}\` asks for true or false, and \`${term.expression.text.slice(0, 40)}\` is ${article(term.expression.type)}`,
      "compare it with something",
    );
  }

  #negate(node: CelNode, of: CelNode): Term | null {
    // A negative number is a literal to a reader, and to `in [...]`.
    if (of.op === "value" && (typeof of.args === "number" || typeof of.args === "bigint")) {
      const literal = this.#literal(of, of.args);
      return literal?.expression.op === "literal" ? this.#term(node, "number", { op: "literal", value: -Number(literal.expression.value) }) : literal;
    }
    const term = this.#number(of, "-");
    return term && this.#term(node, "number", { op: "negate", of: term.expression }, term.moving, term.timed);
  }

  #number(node: CelNode, op: string): Term | null {
    const term = this.read(node);
    if (term === null || fits(term, "number")) return term;
    if (term.expression.type === "moment") return this.#moment(node, term);
    return this.#refuse(
      node,
      "wrong-type",
      `\`${op}\` asks for a number, and \`${term.expression.text.slice(0, 40)}\` is ${article(term.expression.type)}`,
      null,
    );
  }

  #choice(node: CelNode, asked: CelNode, a: CelNode, b: CelNode): Term | null {
    const condition = this.#bool(asked, "?");
    const left = this.read(a);
    const right = this.read(b);
    if (condition === null || left === null || right === null) return null;
    for (const [term, of] of [
      [left, a],
      [right, b],
    ] as const) {
      if (term.expression.type === "moment") return this.#moment(of, term);
      if (term.moving > 0)
        return this.#refuse(
          of,
          "moving-value",
          `\`${term.expression.text.slice(0, 60)}\` moves with the clock and cannot be chosen by \`?:\``,
          "compare in each branch: c ? x > 1 : x > 2",
        );
    }
    const type = joined(left, right);
    if (type === null)
      return this.#refuse(
        node,
        "wrong-type",
        `\`?:\` chooses between ${article(left.expression.type)} and ${article(right.expression.type)}`,
        "both sides are of one type",
      );
    return this.#term(
      node,
      type,
      { op: "?:", condition: condition.expression, left: left.expression, right: right.expression },
      0,
      condition.timed || left.timed || right.timed,
    );
  }

  #equality(node: CelNode, op: "==" | "!=", a: CelNode, b: CelNode): Term | null {
    const pair = this.#pair(node, op, a, b);
    if (pair === null) return null;
    const [left, right] = pair;
    const moving = left.moving > 0 ? left : right;
    if (moving.moving > 0)
      return this.#refuse(
        node,
        "equality-on-real",
        `\`${moving.expression.text.slice(0, 60)}\` is a real number that moves with the clock: \`${op}\` would hold for no time at all`,
        "use >= or <",
      );
    this.#checkWord(left.expression, right.expression, b);
    this.#checkWord(right.expression, left.expression, a);
    return this.#term(node, "bool", { op, left: left.expression, right: right.expression });
  }

  #order(node: CelNode, op: "<" | "<=" | ">" | ">=", a: CelNode, b: CelNode): Term | null {
    const pair = this.#pair(node, op, a, b);
    if (pair === null) return null;
    const [left, right] = pair;
    for (const [term, of] of [
      [left, a],
      [right, b],
    ] as const)
      if (term.expression.type === "bool")
        return this.#refuse(of, "wrong-type", `\`${op}\` orders numbers and texts, and \`${term.expression.text.slice(0, 40)}\` is a bool`, "use && and ||");
    if (left.moving + right.moving > 1)
      return this.#refuse(
        node,
        "two-moving-values",
        `\`${sourceOf(node).slice(0, 80)}\` compares two values that move with the clock, and nobody can foresee when they cross`,
        "compare each with a number, and join the two with &&",
      );
    return this.#term(node, "bool", { op, left: left.expression, right: right.expression }, 0, left.moving + right.moving > 0);
  }

  /** Both sides of a comparison: no moments, one type, no comparison inside that the clock turns. */
  #pair(node: CelNode, op: string, a: CelNode, b: CelNode): readonly [Term, Term] | null {
    const left = this.read(a);
    const right = this.read(b);
    if (left === null || right === null) return null;
    if (left.expression.type === "moment") return this.#moment(a, left);
    if (right.expression.type === "moment") return this.#moment(b, right);
    if (left.timed || right.timed) return this.#nested(node);
    if (joined(left, right) !== null) return [left, right];
    const hint = quotedHint(left.expression, right.expression);
    return this.#refuse(
      node,
      "wrong-type",
      `\`${op}\` compares ${article(left.expression.type)} (\`${left.expression.text.slice(0, 40)}\`) with ${article(right.expression.type)} (\`${right.expression.text.slice(0, 40)}\`)`,
      hint,
    );
  }

  #membership(node: CelNode, a: CelNode, b: CelNode): Term | null {
    const left = this.read(a);
    const right = b.op === "list" ? this.#list(b, b.args, left) : this.#listValue(b);
    if (left === null || right === null) return null;
    if (left.expression.type === "moment") return this.#moment(a, left);
    if (left.moving > 0)
      return this.#refuse(
        node,
        "equality-on-real",
        `\`${left.expression.text.slice(0, 60)}\` is a real number that moves with the clock: \`in\` would hold for no time at all`,
        "use >= and <",
      );
    if (left.timed) return this.#nested(node);
    return this.#term(node, "bool", { op: "in", left: left.expression, right: right.expression });
  }

  #list(node: CelNode, items: readonly CelNode[], left: Term | null): Term | null {
    if (items.length === 0) return this.#refuse(node, "bad-value", "nothing is `in` an empty list", "list what it may be");
    const terms: Expression[] = [];
    for (const item of items) {
      const term = this.read(item);
      if (term === null) continue;
      if (term.expression.op !== "literal")
        this.#refuse(item, "wrong-type", "a list holds numbers, texts and true or false, written out", "use || for what has to be computed");
      else if (left !== null && joined(left, term) === null && left.expression.type !== "moment")
        this.#refuse(
          item,
          "wrong-type",
          `\`${left.expression.text.slice(0, 40)}\` is ${article(left.expression.type)} and is never \`${term.expression.text.slice(0, 40)}\``,
          quotedHint(left.expression, term.expression),
        );
      else if (left !== null) this.#checkWord(left.expression, term.expression, item);
      terms.push(term.expression);
    }
    return terms.length < items.length ? null : this.#term(node, "list", { op: "list", items: terms });
  }

  /** `x in properties.tags`: a list of the message. */
  #listValue(node: CelNode): Term | null {
    const term = this.read(node);
    if (term === null || (term.expression.op === "path" && term.expression.type === "dyn")) return term;
    return this.#refuse(
      node,
      "wrong-type",
      `\`in\` asks for a list, and \`${term.expression.text.slice(0, 40)}\` is ${article(term.expression.type)}`,
      term.expression.type === "string" ? 'write x in ["a", "b"], or x.contains("a")' : "write x in [...]",
    );
  }

  #arithmetic(node: CelNode, op: "+" | "-" | "*" | "/" | "%", a: CelNode, b: CelNode): Term | null {
    const texts = op === "+";
    const left = texts ? this.read(a) : this.#number(a, op);
    const right = texts ? this.read(b) : this.#number(b, op);
    if (left === null || right === null) return null;
    for (const [term, of] of [
      [left, a],
      [right, b],
    ] as const) {
      if (term.expression.type === "moment") return this.#moment(of, term);
      if (!fits(term, "number") && !(texts && fits(term, "string")))
        return this.#refuse(
          of,
          "wrong-type",
          `\`${op}\` adds numbers, or joins texts, and \`${term.expression.text.slice(0, 40)}\` is ${article(term.expression.type)}`,
          null,
        );
    }
    const type = joined(left, right);
    if (type === null)
      return this.#refuse(
        node,
        "wrong-type",
        `\`+\` joins ${article(left.expression.type)} and ${article(right.expression.type)}`,
        "convert one with string(x) or double(x)",
      );
    if (left.timed || right.timed) return this.#nested(node);
    if (left.moving + right.moving > 1)
      return this.#refuse(
        node,
        "two-moving-values",
        `\`${sourceOf(node).slice(0, 80)}\` joins two values that move with the clock, and nobody can foresee when it passes a number`,
        "compare each with a number, and join the two with &&",
      );
    if (right.moving > 0 && op === "/")
      return this.#refuse(
        node,
        "moving-value",
        `\`${right.expression.text.slice(0, 60)}\` moves with the clock and cannot divide`,
        "turn it round: compare it with a product",
      );
    if (left.moving + right.moving > 0 && op === "%")
      return this.#refuse(
        node,
        "moving-value",
        `\`${sourceOf(node).slice(0, 60)}\`: a value that moves with the clock has no remainder`,
        "use `repeat`, `for` or `after` for what comes again",
      );
    return this.#term(node, type, { op, left: left.expression, right: right.expression }, left.moving + right.moving);
  }

  // What is said about terms

  /** A text that a band, the stage or the segment can never be is a typing mistake. */
  #checkWord(of: Expression, against: Expression, node: CelNode): void {
    if (against.op !== "literal" || typeof against.value !== "string") return;
    const words = this.#wordsOf(of);
    if (words === null || words.includes(against.value)) return;
    const what = of.op === "band" ? `the band \`${of.name}\`` : `the ${of.op}`;
    this.#refuse(
      node,
      of.op === "band" ? "unknown-band" : of.op === "stage" ? "unknown-stage" : "unknown-segment",
      `${what} is never "${against.value.slice(0, 40)}"`,
      this.#problems.near(against.value, words) ?? `it can be ${listed(words.slice(0, 12), "or")}`,
    );
  }

  #wordsOf(of: Expression): readonly string[] | null {
    if (of.op === "stage") return this.#names.stages;
    if (of.op === "segment") return this.#names.segments;
    return of.op === "band" ? (this.#names.values.get(of.name)?.words ?? null) : null;
  }

  #moment(node: CelNode, term: Term): null {
    const text = term.expression.text.slice(0, 40);
    return this.#refuse(
      node,
      "moment",
      `\`${text}\` is a moment and cannot be compared or computed with`,
      `use days_since(${text}), hours_since(${text}) or never(${text})`,
    );
  }

  #nested(node: CelNode): null {
    return this.#refuse(
      node,
      "nested-comparison",
      `\`${sourceOf(node).slice(0, 80)}\` holds a comparison that turns with the clock inside another`,
      "join comparisons with && and ||",
    );
  }

  #term(node: CelNode, type: ValueType, form: Form, moving = 0, timed = false): Term {
    return { expression: { text: sourceOf(node), type, ...form } as Expression, moving, timed };
  }

  #refuse(node: CelNode, code: string, message: string, hint: string | null): null {
    return this.#refuseAt(node.start, code, message, hint);
  }

  #refuseAt(index: number, code: string, message: string, hint: string | null): null {
    this.#problems.add(this.#source.offsetOf(index), code, message, hint);
    return null;
  }
}

const fits = (term: Term, type: ValueType): boolean => term.expression.type === type || term.expression.type === "dyn";

/** The type of both, or null where they differ; what a message holds (`dyn`) fits anything. */
function joined(a: Term, b: Term): ValueType | null {
  if (a.expression.type === "dyn") return b.expression.type;
  return b.expression.type === "dyn" || a.expression.type === b.expression.type ? a.expression.type : null;
}

function quotedHint(a: Expression, b: Expression): string | null {
  const literal = [a, b].find((side) => side.op === "literal");
  const other = literal === a ? b : a;
  if (literal?.op !== "literal") return null;
  if (other.type === "string" && literal.type !== "string") return `write "${literal.text}"`;
  return other.type === "number" && typeof literal.value === "string" && Number.isFinite(Number(literal.value)) ? `write ${literal.value}` : null;
}

/** The first word of `a.b["c"].d`. */
function rootOf(node: CelNode): string | null {
  const first = firstOf(node);
  return first.op === "id" ? first.args : null;
}

function firstOf(node: CelNode): CelNode {
  return node.op === "." || node.op === "[]" ? firstOf(node.args[0]) : node;
}
