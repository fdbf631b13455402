// Triggers: their conditions as closures, and what each kind of *when* has to remember of a contact. What it remembers has the
// hash of the *when* in its id: a trigger that waits for something else begins anew.

import type { CarryItem, Expression, GoalDefinition, Place, TriggerDefinition, When } from "../definition.ts";
import { ANSWERED_KEY } from "../message-path.ts";
import type { PlaceTest } from "../place-test.ts";
import type { CarryProgram, Condition, GoalProgram, TriggerProgram } from "../program.ts";
import { compileCondition, compileNumber, type Names } from "../terms/compile.ts";
import { valueOfTerm } from "../terms/term.ts";
import { knownZone, type ZoneOfRow } from "../windows.ts";
import type { PackFields } from "./fields.ts";

/** What a trigger asks of the rest of its pack. */
export interface TriggerContext {
  readonly names: Names;
  readonly placeTest: (of: Place) => PlaceTest;
  /** Place of a trait that is a date. */
  readonly dateTrait: (name: string) => number;
  /** null: UTC. */
  readonly zone: ZoneOfRow | null;
}

export function compileTrigger(of: TriggerDefinition, fields: PackFields, context: TriggerContext): TriggerProgram {
  const { when } = of;
  const what = `trigger/${of.name}`;
  const waits = of.series || when.kind === "started" || (of.afterMs ?? 0) > 0 || of.forMs !== null;
  const memory = MEMORY[when.kind];
  const meaning = JSON.stringify(when);
  const { names } = context;
  return {
    definition: of,
    condition: conditionOf(of.if, names),
    in: of.in === null ? null : of.in.map(context.placeTest),
    fired: fields.number(`${what}/fired`, Number.NaN),
    due: waits ? fields.number(`${what}/due`, Number.NaN, meaning) : -1,
    pending: waits ? fields.text(`${what}/pending`, meaning) : -1,
    memory: memory === undefined ? -1 : fields.number(`${what}/memory`, memory, meaning),
    mark: MARKS.has(when.kind) ? fields.number(`${what}/mark`, Number.NaN, meaning) : -1,
    rhythm: when.kind === "overdue" ? { first: fields.number(`${what}/first`, Number.NaN, meaning), count: fields.number(`${what}/count`, 0, meaning) } : null,
    date: when.kind === "date" ? context.dateTrait(when.trait) : -1,
    zone: context.zone ?? UTC,
    term: when.kind === "rises" || when.kind === "falls" || when.kind === "reaches" ? compileNumber(when.of, names) : null,
    events: "events" in when ? eventIndexes(when.events, fields) : [],
    without: when.kind === "started" ? eventIndexes(when.without, fields) : [],
    carry: of.carry.map((item) => compileCarry(item, fields, names)),
    steps: of.steps.map((step) => conditionOf(step.if, names)),
    goal: of.goal === null ? null : compileGoal(of.goal, what, fields),
  };
}

/** What `memory` is before anything happened, of those that have one. */
const MEMORY: Readonly<Partial<Record<When["kind"], number>>> = {
  rises: 0,
  falls: 0,
  reaches: 0,
  silent: Number.NaN,
  overdue: Number.NaN,
  started: Number.NaN,
  date: Number.NaN,
};
const MARKS: ReadonlySet<When["kind"]> = new Set(["silent", "overdue", "started", "date", "every", "broadcast"]);
const UTC: ZoneOfRow = () => knownZone("UTC");

function compileCarry(item: CarryItem, fields: PackFields, names: Names): CarryProgram {
  if (item.from === "event") return { item, projected: fields.project(item.path), own: null };
  const term = item.from === "trait" ? names.trait(item.name) : names.measure(item.name);
  return { item, projected: -1, own: (row, now) => valueOfTerm(term, row, now) };
}

function compileGoal(of: GoalDefinition, what: string, fields: PackFields): GoalProgram {
  const key = fields.project(of.events.length === 0 ? null : ANSWERED_KEY);
  return { events: eventIndexes(of.events, fields), key, until: fields.number(`${what}/goal/until`, Number.NaN), state: fields.text(`${what}/goal`) };
}

const conditionOf = (of: Expression | null, names: Names): Condition | null => (of === null ? null : compileCondition(of, names));
const eventIndexes = (events: readonly string[], fields: PackFields): number[] => events.map((name) => fields.eventIndex(name));
