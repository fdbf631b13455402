// `events:` -> what an event changes, and for every message type and name the events that it may be.

import type { EventDefinition, MessageType, PackDefinition } from "../definition.ts";
import type { PopulationProgram } from "../population.ts";
import type { EventProgram, MeasureProgram, PackProgram, Program, ScoreProgram } from "../program.ts";
import type { PurchasesProgram } from "../purchases.ts";
import type { PackFields } from "./fields.ts";
import { compileRemembered } from "./undo.ts";
import { compileWhere } from "./where.ts";

/** What an event may change; measures and purchases come with the name of the event that they are of. */
export interface EventParts {
  readonly measures: readonly { readonly event: string; readonly program: MeasureProgram }[];
  readonly scores: readonly ScoreProgram[];
  readonly purchases: readonly { readonly event: string; readonly program: PurchasesProgram }[];
  readonly means: readonly { readonly event: string; readonly program: PopulationProgram }[];
  /** Events that something is counted of for numbers of the population. */
  readonly counted: ReadonlySet<string>;
}

export function compileEvents(pack: PackDefinition, parts: EventParts, fields: PackFields): EventProgram[] {
  const events = pack.events.map((event) => compileEvent(event, parts, fields));
  const remembered = compileRemembered(pack, events, fields);
  if (remembered.size === 0) return events;
  return events.map((event, index) => ({
    ...event,
    remembered: remembered.get(event.name) ?? null,
    undoes: remembered.get(pack.events[index]?.undoes ?? "") ?? null,
  }));
}

function compileEvent(of: EventDefinition, { measures, scores, purchases, means, counted }: EventParts, fields: PackFields): EventProgram {
  return {
    name: of.name,
    where: of.where === null ? null : compileWhere(of.where, (path) => fields.project(path)),
    value: fields.project(of.value),
    key: fields.project(of.key),
    hand: of.stage === null ? null : { stage: fields.project(of.stage.from), by: fields.project(of.stage.by), reason: fields.project(of.stage.reason) },
    once:
      of.once === null ? null : { per: fields.project(of.once.per), inMs: of.once.inMs, list: fields.list(`once/${of.name}`, fields.eventMeaning(of.name)) },
    measures: measures.filter((measure) => measure.event === of.name).map((measure) => measure.program),
    points: scores.flatMap((score) => score.points.filter((rule) => rule.name === of.name).map((rule) => ({ score, rule }))),
    counts: counted.has(of.name) || counted.has(of.undoes ?? ""),
    means: means.filter((one) => one.event === of.name).map((one) => one.program),
    purchases: purchases.filter((one) => one.event === of.name).map((one) => one.program),
    remembered: null,
    undoes: null,
  };
}

/** For every type and name that some pack mentions, which events it may be; built once, asked for every message. */
export function dispatch(packs: readonly PackProgram[]): Program["candidates"] {
  const named = new Map<string, number[][]>();
  const anyName = new Map<MessageType, number[][]>();
  const types: readonly MessageType[] = ["track", "page", "screen", "identify", "group", "alias"];
  const candidatesOf = (type: MessageType, name: string | null) =>
    packs.map((pack) =>
      pack.definition.events.flatMap((event, index) =>
        event.match.some((match) => match.type === type && (match.names === null || (name !== null && match.names.includes(name)))) ? [index] : [],
      ),
    );
  for (const type of types) anyName.set(type, candidatesOf(type, null));
  for (const pack of packs)
    for (const event of pack.definition.events)
      for (const match of event.match) for (const name of match.names ?? []) named.set(`${match.type}\n${name}`, candidatesOf(match.type, name));
  return (type, name) => named.get(`${type}\n${name}`) ?? (anyName.get(type) as number[][]);
}
