// `triggers:` exactly one *when* each, and which of the other keys go with it. A key that does not go with its *when* is a
// mistake, never ignored: whoever wrote it expects something of it.

import { readCondition } from "../condition/expression.ts";
import type { Place, TriggerDefinition, When } from "../definition.ts";
import { type Fields, listed, readDuration, readFields, readNamed, readNumber, readOneOrMany, shapeOf } from "../fields.ts";
import { article, type Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { BLOCKS, LIMITS, WHENS } from "../schema.ts";
import type { YamlNode } from "../yaml-source.ts";
import { readAction, readOwner, readPriority, readPurpose } from "./actions.ts";
import { readCarry } from "./carry.ts";
import { readEventNames } from "./moves.ts";
import { readGoal, readSteps, readVariants } from "./series.ts";
import { readBy, readDate, readEvery, readReaches } from "./whens.ts";

type TriggerFields = Fields<(typeof BLOCKS.trigger.keys)[number]>;
type Kind = (typeof WHENS)[number];

/** Which *when* each of these keys goes with. */
const GOES_WITH = {
  without: ["started"],
  within: ["started"],
  from: ["enter", "leave"],
  for: ["rises", "falls", "silent"],
  after: ["enter", "leave", "event", "date"],
  before: ["date"],
  by: ["overdue"],
  at: ["every"],
} as const satisfies Partial<Record<keyof TriggerFields, readonly Kind[]>>;

/** How often each fires where the pack does not say. */
const USUALLY: Readonly<Record<Kind, Exclude<TriggerDefinition["repeat"], object>>> = {
  enter: "always",
  leave: "always",
  event: "always",
  started: "always",
  date: "always",
  every: "always",
  broadcast: "always",
  silent: "once_per_silence",
  overdue: "once_per_silence",
  rises: "never",
  falls: "never",
  reaches: "once_per_number",
};

/** Stands where the *when* could not be read; such a pack is never given out. */
const NO_WHEN: When = { kind: "event", events: [] };

export function readTriggers(node: YamlNode | undefined, names: Names, problems: ProblemList): TriggerDefinition[] {
  return readNamed(node, "triggers", LIMITS.triggers, problems, "name: { enter: place, channel: ..., message: ... }").flatMap(({ key, value }) => {
    const fields = readFields(value, BLOCKS.trigger, `trigger \`${key}\``, problems);
    return fields === undefined ? [] : readTrigger(key, fields, names, problems);
  });
}

function readTrigger(name: string, fields: TriggerFields, names: Names, problems: ProblemList): TriggerDefinition {
  const what = `trigger \`${name}\``;
  const kind = readKind(fields, what, problems);
  if (kind !== undefined) checkKeys(fields, kind, what, problems);
  const forMs = readDuration(fields.for, `\`for\` of ${what}`, problems);
  const steps = fields.steps === undefined ? null : readSteps(fields.steps, fields, what, names, problems);
  if (steps !== null) checkSeries(fields, kind, steps, what, problems);
  const silenceMs = steps === null ? forMs : steps[0].afterMs;
  const when = kind === undefined ? NO_WHEN : readWhen(fields, kind, silenceMs, what, names, problems);
  return {
    name,
    when,
    from: fields.from === undefined ? null : readFrom(fields.from, when, what, names, problems),
    in: fields.in === undefined ? null : readPlaces(fields.in, `\`in\` of ${what}`, names, problems),
    if: fields.if === undefined ? null : readCondition(fields.if, "standing", `the \`if\` of ${what}`, names, problems),
    forMs: when.kind === "silent" ? null : forMs,
    afterMs: kind === "date" ? null : readDuration(fields.after, `\`after\` of ${what}`, problems),
    repeat: readRepeat(fields.repeat, kind, what, problems),
    series: steps !== null,
    steps: steps ?? [readAction(fields, what, problems)],
    goal: readGoal(fields.goal, what, names, problems),
    variants: readVariants(fields.variants, what, problems),
    carry: fields.carry === undefined ? [] : readCarry(fields.carry, kind === "event" || kind === "started", what, names, problems),
    purpose: readPurpose(fields.purpose, what, problems),
    priority: readPriority(fields.priority, what, problems),
    owner: readOwner(fields.owner, what, problems),
  };
}

function readKind(fields: TriggerFields, what: string, problems: ProblemList): Kind | undefined {
  const said = WHENS.filter((kind) => fields[kind] !== undefined);
  const [kind] = said;
  if (said.length === 1) return kind;
  if (kind !== undefined) problems.add(fields.start, "one-of", `${what} has ${listed(said)}: two occasions`, "make it one trigger for each");
  else if (!fields.refused) problems.add(fields.start, "one-of", `${what} does not say when`, `say one of ${listed(WHENS, "or")}`);
  return undefined;
}

/** A series says by its steps when it is what would otherwise be said of the trigger. */
function checkSeries(fields: TriggerFields, kind: Kind | undefined, steps: TriggerDefinition["steps"], what: string, problems: ProblemList): void {
  if (fields.after !== undefined && (kind === "enter" || kind === "leave" || kind === "event"))
    problems.add(fields.after.at, "key-not-here", `${what}: \`after\` does not go with \`steps\``, "each step has an `after` of its own");
  if (kind !== "silent") return;
  if (fields.for !== undefined)
    problems.add(
      fields.for.at,
      "key-not-here",
      `${what}: \`for\` does not go with \`steps\` of \`silent\``,
      "the first step's `after` is how long the silence lasts",
    );
  else if (steps[0].afterMs === 0)
    problems.add(
      (fields.steps as YamlNode).at,
      "bad-value",
      `${what}: the first step of a silence comes after no time`,
      "its `after` is how long the silence lasts, such as 30d",
    );
}

function checkKeys(fields: TriggerFields, kind: Kind, what: string, problems: ProblemList): void {
  for (const key of Object.keys(GOES_WITH) as (keyof typeof GOES_WITH)[]) {
    const node = fields[key];
    const kinds: readonly Kind[] = GOES_WITH[key];
    if (node !== undefined && !kinds.includes(kind))
      problems.add(node.at, "key-not-here", `${what}: \`${key}\` does not go with \`${kind}\``, keyHint(key, kind) ?? `it goes with ${listed(kinds)}`);
  }
}

function keyHint(key: string, kind: Kind): string | null {
  if (key === "for" && (kind === "enter" || kind === "event")) return "`after` fires later, if it is still true then";
  if (key === "after" && (kind === "rises" || kind === "falls")) return "`for` asks that the value stays there that long";
  if (key === "after" && kind === "silent") return "`for` is how long the silence lasts";
  return key === "after" && kind === "started" ? "`within` is how long it waits" : null;
}

function readWhen(fields: TriggerFields, kind: Kind, forMs: number | null, what: string, names: Names, problems: ProblemList): When {
  const node = fields[kind] as YamlNode;
  switch (kind) {
    case "enter":
    case "leave":
      return { kind, places: readPlaces(node, `\`${kind}\` of ${what}`, names, problems) };
    case "event":
      return { kind, events: readEventNames(node, what, names, problems) };
    case "rises":
    case "falls":
      return readThreshold(node, kind, what, names, problems);
    case "silent":
      if (fields.for === undefined && fields.steps === undefined && !fields.refused)
        problems.add(fields.start, "missing-key", `${what}: \`silent\` needs \`for\``, "say how long the silence lasts, such as for: 30d");
      return { kind, events: readEventNames(node, what, names, problems), forMs: forMs ?? 0 };
    case "started":
      return readStarted(node, fields, what, names, problems);
    case "reaches":
      return readReaches(node, what, names, problems) ?? NO_WHEN;
    case "overdue":
      return { kind, events: readEventNames(node, what, names, problems), by: readBy(fields, what, problems) };
    case "date":
      return readDate(node, fields, what, names, problems) ?? NO_WHEN;
    case "broadcast":
      if (node.kind !== "scalar" || node.value !== true)
        problems.add(node.at, "bad-value", `\`broadcast\` of ${what} is ${shapeOf(node)}; it can only be true`, null);
      return { kind };
    case "every":
      return readEvery(node, fields, what, problems) ?? NO_WHEN;
  }
}

function readStarted(node: YamlNode, fields: TriggerFields, what: string, names: Names, problems: ProblemList): When {
  if (fields.without === undefined)
    problems.add(fields.start, "missing-key", `${what}: \`started\` needs \`without\``, "name the event that should have followed");
  if (fields.within === undefined)
    problems.add(fields.start, "missing-key", `${what}: \`started\` needs \`within\``, "say how long to wait for it, such as within: 1h");
  return {
    kind: "started",
    events: readEventNames(node, what, names, problems),
    without: fields.without === undefined ? [] : readEventNames(fields.without, what, names, problems),
    withinMs: readDuration(fields.within, `\`within\` of ${what}`, problems) ?? 0,
  };
}

function readThreshold(node: YamlNode, kind: "rises" | "falls", what: string, names: Names, problems: ProblemList): When {
  const [entry] = node.kind === "map" ? node.entries : [];
  if (node.kind !== "map" || entry === undefined || node.entries.length > 1) {
    problems.add(
      node.at,
      "wrong-shape",
      `\`${kind}\` of ${what} is ${node.kind === "map" ? "more or less than one threshold" : shapeOf(node)}`,
      `such as ${kind}: { engagement: 40 }`,
    );
    return NO_WHEN;
  }
  const at = readNumber(entry.value, `\`${kind}\` of ${what}`, problems);
  const value = names.threshold(entry.key, entry.at, what);
  return value === undefined || at === undefined ? NO_WHEN : { kind, of: { op: value.kind, name: entry.key, text: entry.key, type: "number" }, at };
}

function readPlaces(node: YamlNode, what: string, names: Names, problems: ProblemList): Place[] {
  const places = readOneOrMany(node, what, problems, LIMITS.list).map((item) => names.place(item, what));
  return places.filter((place, index): place is Place => place !== undefined && places.findIndex((other) => other?.name === place.name) === index);
}

/** The stages or segments that were left: of the kind that is entered. */
function readFrom(node: YamlNode, when: When, what: string, names: Names, problems: ProblemList): string[] {
  const places = readPlaces(node, `\`from\` of ${what}`, names, problems);
  if (when.kind !== "enter" && when.kind !== "leave") return [];
  const axes = new Set(when.places.map(({ axis }) => axis));
  for (const { axis, name } of places) {
    if (axis === "audience")
      problems.add(node.at, "wrong-kind", `${what}: \`from\` is a stage or segment, and \`${name}\` is an audience`, "ask for an audience with `in`");
    else if (axes.size > 0 && !axes.has(axis))
      problems.add(
        node.at,
        "wrong-kind",
        `${what}: \`from\` is ${article(axis)}, and what it ${when.kind}s is ${article([...axes][0] ?? "")}`,
        "ask for it with `in`",
      );
    else if (when.kind === "leave" && when.places.length > 0 && !when.places.some((place) => place.name === name))
      problems.add(node.at, "never-applies", `${what} leaves another place than \`${name}\` and never fires`, "take the `from` out");
  }
  return places.map(({ name }) => name);
}

function readRepeat(node: YamlNode | undefined, kind: Kind | undefined, what: string, problems: ProblemList): TriggerDefinition["repeat"] {
  if (node === undefined) return kind === undefined ? "always" : USUALLY[kind];
  if (node.kind === "scalar" && node.value === "never") return kind === "reaches" ? "once_per_number" : "never";
  if (node.kind === "scalar" && node.value === "always") return node.value;
  if (node.kind !== "scalar" || !/^\d/.test(node.text)) {
    const hint = node.kind === "scalar" ? problems.near(node.text, ["never", "always"]) : null;
    problems.add(node.at, "bad-value", `\`repeat\` of ${what} is ${shapeOf(node)}; it can be \`never\`, \`always\` or a duration`, hint);
    return "never";
  }
  return { withinMs: readDuration(node, `\`repeat\` of ${what}`, problems) ?? 0 };
}
