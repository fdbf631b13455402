// Transitions and triggers as they leave: CloudEvents 1.0, structured JSON (DESIGN 9), but for the `id`, which is the
// effect's identity and belongs to the fold.

import { isoTime } from "../model/ids.ts";
import type { PackProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import type { Candidate, Decided } from "./actions.ts";
import { placesOf, standingOf } from "./explain.ts";
import type { Outgoing, Touch, Transition } from "./touch.ts";

/** Where effects come from: `source` is `/tidemark/<created>/<pack>`. */
export interface Source {
  readonly shard: string;
  /** When the log was begun, from `settings`, ISO 8601. */
  readonly created: string;
}

export function describeTransition(of: Transition, pack: PackProgram, touch: Touch, source: Source): Outgoing {
  const to = of.to ?? "none";
  const data = {
    pack: pack.name,
    version: pack.definition.version,
    origin: "live",
    axis: of.axis,
    from: of.axis === "audience" ? null : of.from,
    to: of.axis === "audience" ? of.to : to,
    sequence: of.number,
    contact: contactOf(touch),
    was: of.was,
    now: of.now,
    because: of.because,
  };
  return {
    family: "transition",
    subject: `tidemark.transitions.${pack.name}.${of.axis}.${to}.${source.shard}`,
    event: frame("transition", pack, touch, source, data),
  };
}

/** What every trigger of a touch is described against. */
export interface Scene {
  readonly packs: readonly PackProgram[];
  readonly row: Row;
  readonly touch: Touch;
  readonly source: Source;
}

/** `sequence` is the effect's number among the pack's triggers for this contact. */
export function describeTrigger({ candidate, channel, disposition, policy }: Decided, sequence: number, scene: Scene): Outgoing {
  const { pack } = candidate.touched;
  const { name } = candidate.trigger.definition;
  const { row, touch, source } = scene;
  const data = {
    key: `${pack.name}/${name}/${touch.contact.id}/${candidate.occasion}`,
    trigger: name,
    pack: pack.name,
    version: pack.definition.version,
    origin: "live",
    sequence,
    ...(disposition === "send" ? {} : { reason: disposition.withheld }),
    ...(policy === undefined ? {} : { policy }),
    action: actionOf(candidate, channel),
    contact: {
      ...contactOf(touch),
      locale: pack.locale < 0 ? null : (row.text(pack.locale) ?? null),
      timezone: pack.timezone < 0 ? null : (row.text(pack.timezone) ?? null),
      carry: carryOf(candidate, row, touch.now),
    },
    was: candidate.was,
    now: standingOf(pack, row, touch.now),
    also: alsoOf(pack, scene),
    because: candidate.because,
  };
  const family = disposition === "send" ? "trigger" : "withheld";
  const place = disposition === "send" ? `triggers.${channel}` : `withheld.${disposition.withheld}`;
  return { family, subject: `tidemark.${place}.${pack.name}.${name}.${source.shard}`, event: frame(family, pack, touch, source, data) };
}

function actionOf(of: Candidate, channel: string): Record<string, unknown> {
  const { purpose, priority } = of.trigger.definition;
  const { message, params } = of.action;
  const expires = of.expiresAt === null ? null : isoTime(of.expiresAt);
  return { channel, message, step: of.step, purpose, priority, params, variant: null, expires, goal: null };
}

/** Where the contact stands in the other packs. */
function alsoOf(pack: PackProgram, { packs, row }: Scene): Record<string, unknown> {
  const others = packs.filter((other) => other !== pack && (other.stages !== null || other.segments !== null));
  return Object.fromEntries(others.map((other) => [other.name, placesOf(other, row)]));
}

const contactOf = (touch: Touch) => ({ id: touch.contact.id, kind: touch.contact.kind, alsoKnownAs: [] });

function carryOf(of: Candidate, row: Row, now: number): Record<string, unknown> {
  return Object.fromEntries(of.trigger.carry.map(({ item, own }) => [item.as, own === null ? (of.carried[item.as] ?? null) : own(row, now)]));
}

function frame(family: Outgoing["family"], pack: PackProgram, touch: Touch, source: Source, data: Record<string, unknown>): Record<string, unknown> {
  return {
    source: `/tidemark/${source.created}/${pack.name}`,
    type: `io.tidemark.${family}.v1`,
    subject: touch.contact.id,
    time: isoTime(touch.now),
    datacontenttype: "application/json",
    dataschema: `urn:tidemark:${family}:v1`,
    partitionkey: touch.contact.id,
    data,
  };
}
