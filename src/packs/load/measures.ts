// `measures:` what is kept of one event each. Which keys go with which kind is a table; a key that does not go with its kind is a
// mistake, never ignored.

import type { CalendarUnit, CalendarWindow, MeasureDefinition, MeasureKind, PropertyPath, ValueType, Window } from "../definition.ts";
import { type Parsed, parseDayWindow, parseWindow } from "../durations.ts";
import { type Fields, listed, readDuration, readFields, readNamed, refuseWord, shapeOf } from "../fields.ts";
import { MESSAGE_ROOTS, readPath } from "../message-path.ts";
import type { Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { BLOCKS, LIMITS } from "../schema.ts";
import type { YamlNode } from "../yaml-source.ts";

type MeasureFields = Fields<(typeof BLOCKS.measure.keys)[number]>;

const KINDS = [
  ...["count", "sum", "min", "max", "first", "last", "latest", "earliest"],
  ...["days", "distinct", "sessions", "gap", "streak", "top"],
] as const satisfies readonly MeasureKind[];

/** Which kinds each key goes with. */
const GOES_WITH = {
  of: ["sum", "min", "max", "latest", "earliest", "distinct", "top"],
  window: ["count", "sum", "days", "distinct", "sessions"],
  type: ["latest", "earliest"],
  limit: ["distinct"],
  quiet: ["sessions"],
  unit: ["days", "streak"],
  keep: ["top"],
} as const satisfies Partial<Record<keyof MeasureFields, readonly MeasureKind[]>>;

/** Kinds that read the event's value where they have no `of`. */
const OF_VALUES: ReadonlySet<MeasureKind> = new Set<MeasureKind>(["sum", "min", "max", "latest", "earliest"]);
const TYPES = ["number", "string", "bool"] as const;
const UNITS = ["day", "week", "month"] as const satisfies readonly CalendarUnit[];
const QUIET_MS = 30 * 60_000;

export function readMeasures(node: YamlNode | undefined, names: Names, problems: ProblemList): MeasureDefinition[] {
  return readNamed(node, "measures", LIMITS.measures, problems, "name: { count: event }").flatMap(({ key, value }) => {
    const measure = readMeasure(key, value, names, problems);
    // A measure that could not be read still has its name, so that its users are not reported too.
    names.values.set(key, { kind: "measure", type: measure === undefined ? "dyn" : valueTypeOf(measure), words: null });
    return measure ?? [];
  });
}

/** `24h` as a window, or null with a problem. */
export function readWindow(node: YamlNode, what: string, problems: ProblemList, parse: (text: string) => Parsed<Window> = parseWindow): Window | null {
  if (node.kind !== "scalar" || node.value === null) {
    problems.add(node.at, "wrong-type", `${what} is ${shapeOf(node)} where a duration was expected`, "such as 30d");
    return null;
  }
  const window = parse(node.text);
  if (window.ok) return window.value;
  problems.add(node.at, "bad-window", `${what}: ${window.message}`, window.hint);
  return null;
}

function valueTypeOf(of: MeasureDefinition): ValueType {
  if (of.kind === "first" || of.kind === "last") return "moment";
  return of.kind === "top" && (of.keep ?? 1) > 1 ? "list" : of.type;
}

function readMeasure(name: string, node: YamlNode, names: Names, problems: ProblemList): MeasureDefinition | undefined {
  const what = `measure \`${name}\``;
  const fields = readFields(node, BLOCKS.measure, what, problems);
  if (fields === undefined) return undefined;
  const kind = readKind(fields, what, problems);
  if (kind === undefined) return undefined;
  checkKeys(fields, kind, what, problems);
  const event = readEventName(fields[kind] as YamlNode, what, names, problems);
  const of = readOf(fields, kind, event, what, names, problems);
  const unit = kind === "days" || kind === "streak" ? readUnit(fields.unit, what, problems) : null;
  return {
    name,
    kind,
    event,
    of,
    window: goes(fields, "window", kind) ? readAnyWindow(fields.window as YamlNode, kind, unit, what, problems) : null,
    type: kind === "top" ? "string" : kind === "latest" || kind === "earliest" ? readType(fields, of, what, problems) : "number",
    limit: kind === "distinct" ? readCount(fields.limit, `\`limit\` of ${what}`, LIMITS.distinct, LIMITS.distinct_most, problems) : null,
    quietMs: kind === "sessions" ? (readDuration(fields.quiet, `\`quiet\` of ${what}`, problems) ?? QUIET_MS) : null,
    unit,
    keep: kind === "top" ? readCount(fields.keep, `\`keep\` of ${what}`, 1, LIMITS.top, problems) : null,
  };
}

function readKind(fields: MeasureFields, what: string, problems: ProblemList): MeasureKind | undefined {
  const said = KINDS.filter((kind) => fields[kind] !== undefined);
  const [kind] = said;
  if (said.length === 1) return kind;
  // A kind that was refused (misspelled) explains why none is left.
  if (!fields.refused || kind !== undefined)
    problems.add(
      fields.start,
      "one-of",
      kind === undefined ? `${what} does not say what it keeps` : `${what} is ${listed(said)} at once`,
      `say one of ${listed(KINDS, "or")}`,
    );
  return undefined;
}

const goes = (fields: MeasureFields, key: keyof typeof GOES_WITH, kind: MeasureKind): boolean =>
  fields[key] !== undefined && (GOES_WITH[key] as readonly MeasureKind[]).includes(kind);

function checkKeys(fields: MeasureFields, kind: MeasureKind, what: string, problems: ProblemList): void {
  for (const key of Object.keys(GOES_WITH) as (keyof typeof GOES_WITH)[]) {
    const node = fields[key];
    if (node !== undefined && !goes(fields, key, kind))
      problems.add(node.at, "key-not-here", `${what}: \`${key}\` does not go with \`${kind}\``, `it goes with ${listed(GOES_WITH[key])}`);
  }
  if ((kind === "distinct" || kind === "top") && fields.of === undefined && !fields.refused)
    problems.add(fields.start, "missing-key", `${what}: \`${kind}\` needs \`of\``, "name the property whose values count, such as of: properties.category");
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

function readOf(fields: MeasureFields, kind: MeasureKind, event: string, what: string, names: Names, problems: ProblemList): PropertyPath | null {
  if (goes(fields, "of", kind)) return readPath(fields.of as YamlNode, MESSAGE_ROOTS, `\`of\` of ${what}`, problems);
  if (fields.of === undefined && OF_VALUES.has(kind) && names.events.get(event)?.hasValue === false)
    problems.add(
      (fields[kind] as YamlNode).at,
      "no-value",
      `${what}: event \`${event}\` has no \`value\``,
      `give the event a \`value\`, or the measure an \`of\`, such as of: properties.revenue`,
    );
  return null;
}

/** The event's own value is an amount; of anything else it has to be said, or it is a text. */
function readType(fields: MeasureFields, of: PropertyPath | null, what: string, problems: ProblemList): MeasureDefinition["type"] {
  const node = fields.type;
  if (node === undefined) return of === null && fields.of === undefined ? "number" : "string";
  const type = node.kind === "scalar" ? TYPES.find((known) => known === node.value) : undefined;
  if (type === undefined) refuseWord(node, `the type of ${what}`, TYPES, problems);
  else if (of === null && fields.of === undefined && type !== "number")
    problems.add(node.at, "bad-value", `${what} is of the event's value, which is a number and no ${type}`, "name the property with `of`");
  return type ?? "number";
}

function readAnyWindow(node: YamlNode, kind: MeasureKind, unit: CalendarUnit | null, what: string, problems: ProblemList): Window | CalendarWindow | null {
  if (unit === "week" || unit === "month") return readUnitsWindow(node, unit, what, problems);
  return readWindow(node, `the window of ${what}`, problems, kind === "days" ? parseDayWindow : parseWindow);
}

/** Months are of different lengths, so a window of them is a number. */
function readUnitsWindow(node: YamlNode, unit: "week" | "month", what: string, problems: ProblemList): CalendarWindow | null {
  const most = LIMITS.window_units;
  if (node.kind === "scalar" && typeof node.value === "number" && Number.isInteger(node.value) && node.value >= 1 && node.value <= most)
    return { unit, buckets: node.value };
  problems.add(
    node.at,
    "bad-window",
    `the window of ${what} is ${shapeOf(node)}; with \`unit: ${unit}\` it is a whole number of ${unit}s, from 1 to ${most}`,
    `1 is the ${unit} of the moment, 2 that and the one before`,
  );
  return null;
}

function readUnit(node: YamlNode | undefined, what: string, problems: ProblemList): CalendarUnit {
  if (node === undefined) return "day";
  const unit = node.kind === "scalar" ? UNITS.find((known) => known === node.value) : undefined;
  if (unit === undefined) refuseWord(node, `the unit of ${what}`, UNITS, problems);
  return unit ?? "day";
}

function readCount(node: YamlNode | undefined, what: string, usual: number, most: number, problems: ProblemList): number {
  if (node === undefined) return usual;
  if (node.kind === "scalar" && typeof node.value === "number" && Number.isInteger(node.value) && node.value >= 1 && node.value <= most) return node.value;
  problems.add(node.at, "bad-value", `${what} is ${shapeOf(node)}; it is a whole number from 1 to ${most}`, `without it, it is ${usual}`);
  return usual;
}
