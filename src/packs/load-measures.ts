// `measures:` numbers and moments kept of one event each.

import type { MeasureDefinition, PropertyPath, Window } from "./definition.ts";
import { parseWindow } from "./durations.ts";
import { type Fields, listed, readFields, readNamed, shapeOf } from "./fields.ts";
import { MESSAGE_ROOTS, readPath } from "./message-path.ts";
import type { Names } from "./names.ts";
import type { ProblemList } from "./problems.ts";
import { BLOCKS, LIMITS } from "./schema.ts";
import type { YamlNode } from "./yaml-source.ts";

type Kind = MeasureDefinition["kind"];
type MeasureFields = Fields<(typeof BLOCKS.measure.keys)[number]>;

const KINDS: readonly Kind[] = ["count", "sum", "min", "max", "first", "last"];
const OF_VALUES: ReadonlySet<Kind> = new Set<Kind>(["sum", "min", "max"]);
const WINDOWED: ReadonlySet<Kind> = new Set<Kind>(["count", "sum"]);

export function readMeasures(node: YamlNode | undefined, names: Names, problems: ProblemList): MeasureDefinition[] {
  return readNamed(node, "measures", LIMITS.measures, problems, "name: { count: event }").flatMap(({ key, value }) => {
    const measure = readMeasure(key, value, names, problems);
    // A measure that could not be read still has its name, so that its users are not reported too.
    names.values.set(key, {
      kind: "measure",
      type: measure?.kind === "first" || measure?.kind === "last" ? "moment" : measure === undefined ? "dyn" : "number",
      words: null,
    });
    return measure ?? [];
  });
}

/** `24h` as a window, or null with a problem. */
export function readWindow(node: YamlNode, what: string, problems: ProblemList): Window | null {
  if (node.kind !== "scalar" || node.value === null) {
    problems.add(node.at, "wrong-type", `${what} is ${shapeOf(node)} where a duration was expected`, "such as 30d");
    return null;
  }
  const window = parseWindow(node.text);
  if (window.ok) return window.value;
  problems.add(node.at, "bad-window", `${what}: ${window.message}`, window.hint);
  return null;
}

function readMeasure(name: string, node: YamlNode, names: Names, problems: ProblemList): MeasureDefinition | undefined {
  const what = `measure \`${name}\``;
  const fields = readFields(node, BLOCKS.measure, what, problems);
  if (fields === undefined) return undefined;
  const said = KINDS.filter((kind) => fields[kind] !== undefined);
  const [kind] = said;
  if (kind === undefined || said.length > 1) {
    // A kind that was refused (misspelled, or of a later version) explains why none is left.
    if (!fields.refused || kind !== undefined)
      problems.add(
        fields.start,
        "one-of",
        kind === undefined ? `${what} does not say what it keeps` : `${what} is ${listed(said)} at once`,
        `say one of ${listed(KINDS, "or")}`,
      );
    return undefined;
  }
  const event = readEventName(fields[kind] as YamlNode, what, names, problems);
  const of = readOf(fields, kind, event, what, names, problems);
  return { name, kind, event, of, window: readMeasureWindow(fields, kind, what, problems) };
}

function readEventName(node: YamlNode, what: string, names: Names, problems: ProblemList): string {
  if (node.kind === "scalar" && node.value !== null) return names.event(node, what) ?? "";
  problems.add(
    node.at,
    "wrong-shape",
    `${what} is of ${shapeOf(node)}; a measure is of one event`,
    node.kind === "list" ? "name an event that is any of these tracks" : "name an event of the pack",
  );
  return "";
}

function readOf(fields: MeasureFields, kind: Kind, event: string, what: string, names: Names, problems: ProblemList): PropertyPath | null {
  const { of } = fields;
  if (of !== undefined && !OF_VALUES.has(kind))
    problems.add(of.at, "key-not-here", `${what}: \`of\` does not go with \`${kind}\``, "only sum, min and max read a number");
  else if (of !== undefined) return readPath(of, MESSAGE_ROOTS, `\`of\` of ${what}`, problems);
  else if (OF_VALUES.has(kind) && names.events.get(event)?.hasValue === false)
    problems.add(
      (fields[kind] as YamlNode).at,
      "no-value",
      `${what}: event \`${event}\` has no \`value\``,
      `give the event a \`value\`, or the measure an \`of\`, such as of: properties.revenue`,
    );
  return null;
}

function readMeasureWindow(fields: MeasureFields, kind: Kind, what: string, problems: ProblemList): Window | null {
  const node = fields.window;
  if (node === undefined) return null;
  if (WINDOWED.has(kind)) return readWindow(node, `the window of ${what}`, problems);
  problems.add(node.at, "key-not-here", `${what}: \`window\` does not go with \`${kind}\``, "only count and sum have windows");
  return null;
}
