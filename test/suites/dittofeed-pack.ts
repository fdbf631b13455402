// Dittofeed's segment definitions in our language: one pack for a case, one audience for a segment. What the language does not
// say, or says differently, is a reason instead of a pack.

interface Operator {
  readonly type: string;
  readonly value?: string | number;
  readonly windowSeconds?: number;
  readonly comparator?: string;
}

interface Node {
  readonly type: string;
  readonly id: string;
  readonly children?: readonly string[];
  readonly path?: string;
  readonly event?: string;
  readonly operator?: Operator;
  readonly times?: number;
  readonly timesOperator?: string;
  readonly withinSeconds?: number;
  readonly properties?: readonly { readonly path: string; readonly operator: Operator }[];
  readonly whereProperties?: readonly { readonly path: string; readonly operator: Operator }[];
  readonly hasProperties?: readonly { readonly path: string; readonly operator: Operator }[];
}

export interface Segment {
  readonly name: string;
  readonly definition: { readonly entryNode: Node; readonly nodes: readonly Node[] };
}

export type PackText = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/** Audiences are called `s0`, `s1` … in the order of the segments. */
export function packTextOf(segments: readonly Segment[]): PackText {
  const pack = new Parts();
  try {
    const audiences = segments.map(({ definition }, index) => `  s${index}: ${JSON.stringify(pack.condition(definition.entryNode, definition.nodes))}`);
    return { ok: true, text: `${pack.text()}audiences:\n${audiences.join("\n")}\n` };
  } catch (error) {
    if (error instanceof NotSaid) return { ok: false, why: error.message };
    throw error;
  }
}

class NotSaid extends Error {}

class Parts {
  readonly #events = ["  anything: { any: true }"];
  readonly #traits = new Map<string, string>();
  readonly #measures = ["  seen: { count: anything }"];
  #stages = "";

  text(): string {
    const traits = [...this.#traits.values()].map((line) => `  ${line}`);
    const block = (name: string, lines: readonly string[]) => (lines.length === 0 ? "" : `${name}:\n${lines.join("\n")}\n`);
    return `pack: suite\nversion: 1\n${block("events", this.#events)}${block("traits", traits)}${block("measures", this.#measures)}${this.#stages}`;
  }

  condition(node: Node, nodes: readonly Node[]): string {
    switch (node.type) {
      case "And":
      case "Or":
        return (node.children ?? [])
          .map((id) => `(${this.condition(nodes.find((other) => other.id === id) as Node, nodes)})`)
          .join(node.type === "And" ? " && " : " || ");
      case "Everyone":
        return "seen >= 0";
      case "Trait":
        return this.#trait(node);
      case "Performed":
        return this.#performed(node);
      case "LastPerformed":
        return this.#lastPerformed(node);
      default:
        throw new NotSaid(`${node.type}: nothing in the language`);
    }
  }

  #trait({ path = "", operator = { type: "" } }: Node): string {
    const type = operator.type === "Within" ? "date" : typeof operator.value === "number" ? "number" : "string";
    const name = `t${[...this.#traits.keys()].indexOf(path) < 0 ? this.#traits.size : [...this.#traits.keys()].indexOf(path)}`;
    this.#traits.set(path, `${name}: { type: ${type}, from: traits.${path} }`);
    const of = `traits.${name}`;
    switch (operator.type) {
      case "Within":
        return `hours_since(${of}) <= ${hours(operator.windowSeconds)}`;
      case "Exists":
        return `has(${of}) && ${of} != ""`;
      case "NotExists":
        return `missing(${of}) || ${of} == ""`;
      case "HasBeen":
        return this.#hasBeen(of, operator);
      default:
        return compared(of, operator);
    }
  }

  /** A stage that one is in as long as the trait has the value. */
  #hasBeen(of: string, { value, comparator, windowSeconds }: Operator): string {
    const is = JSON.stringify(`${of} == ${JSON.stringify(value)}`);
    const isNot = JSON.stringify(`${of} != ${JSON.stringify(value)}`);
    this.#stages = `stages:\n  order: [other, is]\n  moves:\n    - { to: is, from: other, if: ${is} }\n    - { to: other, from: is, if: ${isNot} }\n`;
    return `stage == "is" && days_in_stage ${comparator === "LT" ? "<" : ">="} ${(windowSeconds ?? 0) / 86_400}`;
  }

  #performed({ event = "", times = 1, timesOperator = ">=", withinSeconds, properties = [] }: Node): string {
    const name = this.#event(event, properties);
    if (withinSeconds === undefined) return `${this.#measure(`count: ${name}`)} ${timesOperator === "=" ? "==" : timesOperator} ${times}`;
    const last = this.#measure(`last: ${name}`);
    const recent = `hours_since(${last}) <= ${hours(withinSeconds)}`;
    if (timesOperator === ">=" && times === 1) return recent;
    if ((timesOperator === "=" && times === 0) || (timesOperator === "<" && times === 1)) return `never(${last}) || !(${recent})`;
    throw new NotSaid(`${timesOperator} ${times} within ${withinSeconds} s: windows are whole minutes, hours or days`);
  }

  #lastPerformed({ event = "", whereProperties = [], hasProperties = [] }: Node): string {
    const name = this.#event(event, whereProperties);
    return hasProperties
      .map(({ path, operator }) => {
        if (operator.type === "NotExists") throw new NotSaid("the last event's missing property: `latest` keeps the last that there was");
        return compared(this.#measure(`latest: ${name}, of: properties.${path}, type: ${typeof operator.value}`), operator);
      })
      .join(" && ");
  }

  #event(track: string, properties: readonly { readonly path: string; readonly operator: Operator }[]): string {
    const name = `e${this.#events.length}`;
    const where = properties.map(({ path, operator }) => compared(`properties.${path}`, operator)).join(" && ");
    this.#events.push(`  ${name}: { track: ${JSON.stringify(track)}${where === "" ? "" : `, where: ${JSON.stringify(where)}`} }`);
    return name;
  }

  #measure(definition: string): string {
    const name = `m${this.#measures.length}`;
    this.#measures.push(`  ${name}: { ${definition} }`);
    return name;
  }
}

const OPERATORS: Readonly<Record<string, string>> = { Equals: "==", NotEquals: "!=", GreaterThanOrEqual: ">=", LessThan: "<" };

function compared(of: string, { type, value }: Operator): string {
  if (type === "Exists" && of.startsWith("properties.")) return `has(${of})`;
  const operator = OPERATORS[type];
  if (operator === undefined) throw new NotSaid(`${type} of a value: nothing in the language`);
  return `${of} ${operator} ${JSON.stringify(value)}`;
}

const hours = (seconds = 0): string => `${seconds}.0 / 3600.0`;
