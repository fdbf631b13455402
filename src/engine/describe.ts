// Transitions and triggers as they leave: CloudEvents 1.0, structured JSON (DESIGN 9), but for the `id`, which is the
// effect's identity and belongs to the fold.

import { isoTime } from "../model/ids.ts";
import type { PackProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { placesOf, standingOf } from "./explain.ts";
import type { Outgoing, Touch, Transition } from "./touch.ts";
import type { Firing } from "./triggers.ts";

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

export function describeTrigger(
  of: Firing,
  sequence: number,
  pack: PackProgram,
  packs: readonly PackProgram[],
  row: Row,
  touch: Touch,
  source: Source,
): Outgoing {
  const { definition } = of.trigger;
  const { id } = touch.contact;
  const data = {
    key: `${pack.name}/${definition.name}/${id}/${of.occasion}`,
    trigger: definition.name,
    pack: pack.name,
    version: pack.definition.version,
    origin: "live",
    sequence,
    ...(of.withheld === null ? {} : { reason: of.withheld }),
    action: {
      channel: definition.channel,
      message: definition.message,
      step: 1,
      purpose: "marketing",
      priority: "normal",
      params: {},
      variant: null,
      expires: null,
      goal: null,
    },
    contact: {
      ...contactOf(touch),
      locale: pack.locale < 0 ? null : (row.text(pack.locale) ?? null),
      timezone: pack.timezone < 0 ? null : (row.text(pack.timezone) ?? null),
      carry: carryOf(of, row, touch.now),
    },
    was: of.was,
    now: standingOf(pack, row, touch.now),
    also: Object.fromEntries(
      packs.filter((other) => other !== pack && (other.stages !== null || other.segments !== null)).map((other) => [other.name, placesOf(other, row)]),
    ),
    because: of.because,
  };
  const family = of.withheld === null ? "trigger" : "withheld";
  const subject =
    of.withheld === null
      ? `tidemark.triggers.${definition.channel}.${pack.name}.${definition.name}.${source.shard}`
      : `tidemark.withheld.${of.withheld}.${pack.name}.${definition.name}.${source.shard}`;
  return { family, subject, event: frame(family, pack, touch, source, data) };
}

const contactOf = (touch: Touch) => ({ id: touch.contact.id, kind: touch.contact.kind, alsoKnownAs: [] });

function carryOf(of: Firing, row: Row, now: number): Record<string, unknown> {
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
