// Transitions and triggers as they leave: CloudEvents 1.0, structured JSON (DESIGN 9), but for the `id`, which is the
// effect's identity and belongs to the fold.

import { isoTime } from "../model/ids.ts";
import type { PackProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { alsoKnownAs } from "./also-known.ts";
import { keyOf } from "./answers.ts";
import { causeOf, placesOf, standingOf } from "./explain.ts";
import { goalText, goalUntil } from "./goals.ts";
import type { Cancel, Outgoing, Touch, Transition } from "./touch.ts";
import { variantOf } from "./variants.ts";
import type { Candidate, Decided, Outcome } from "./wants.ts";

/** Where effects come from: `source` is `/tidemark/<created>/<pack>`. */
export interface Source {
  readonly shard: string;
  /** When the log was begun, from `settings`, ISO 8601. */
  readonly created: string;
}

export function describeTransition(of: Transition, pack: PackProgram, touch: Touch, also: readonly string[], source: Source): Outgoing {
  const to = of.to ?? "none";
  const data = {
    pack: pack.name,
    version: pack.definition.version,
    origin: originOf(touch),
    axis: of.axis,
    ...(of.grid === undefined ? {} : { grid: of.grid }),
    from: of.axis === "audience" ? null : of.from,
    to: of.axis === "audience" ? of.to : to,
    sequence: of.number,
    contact: contactOf(touch, also),
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
  const { touched, trigger } = candidate;
  const withheld = typeof disposition === "object" ? disposition.withheld : null;
  const reason = { ...(withheld === null ? {} : { reason: withheld }), ...(policy === undefined ? {} : { policy }) };
  const data = dataOf(candidate, { sequence, ...reason }, actionOf(candidate, channel, scene), scene);
  const family = withheld === null ? "trigger" : "withheld";
  const place = withheld === null ? `triggers.${channel}` : `withheld.${withheld}`;
  const { pack } = touched;
  const subject = `tidemark.${place}.${pack.name}.${trigger.definition.name}.${scene.source.shard}`;
  return { family, subject, event: frame(family, pack, scene.touch, scene.source, data) };
}

/** The same frame as the steps that it takes back, once for all their channels. */
export function describeCancel(of: Cancel, channel: string, sequence: number, scene: Scene): Outgoing {
  const { touched, trigger, step } = of;
  const { pack } = touched;
  const { definition } = trigger;
  const { message, params } = definition.steps[step - 1] ?? definition.steps[0];
  const action = {
    channel,
    message,
    step,
    cancel: true,
    purpose: definition.purpose,
    priority: definition.priority,
    params,
    variant: variantOf(definition, pack.name, scene.touch.contact),
    expires: null,
    goal: null,
  };
  const because = { ...causeOf(touched, scene.touch, -1), ended: of.why };
  const data = dataOf({ ...of, because }, { sequence }, action, scene);
  const subject = `tidemark.triggers.${channel}.${pack.name}.${definition.name}.${scene.source.shard}`;
  return { family: "trigger", subject, event: frame("trigger", pack, scene.touch, scene.source, data) };
}

/** How an occasion came out. It has no number of its own: `sequence` counts what was to be sent. */
export function describeOutcome(of: Outcome, { row, touch, source }: Scene): Outgoing {
  const { touched, trigger } = of;
  const { pack } = touched;
  const { name } = trigger.definition;
  const data = {
    key: keyOf(pack, trigger, touch.contact, of.occasion),
    trigger: name,
    pack: pack.name,
    version: pack.definition.version,
    origin: originOf(touch),
    outcome: of.heldOut ? "held_out" : of.reached ? "reached" : "not_reached",
    reached: of.reached,
    variant: variantOf(trigger.definition, pack.name, touch.contact),
    step: of.step,
    goal: { ...goalText(trigger), since: isoTime(of.openedAt), until: isoTime(of.until) },
    revenue: of.revenue,
    answered: of.answered,
    contact: contactOf(touch, alsoKnownAs(row)),
    because: of.because,
  };
  return { family: "outcome", subject: `tidemark.outcomes.${pack.name}.${name}.${source.shard}`, event: frame("outcome", pack, touch, source, data) };
}

/** What a trigger and its taking back have in common. */
function dataOf(
  of: Pick<Candidate, "touched" | "trigger" | "occasion" | "was" | "carried" | "because" | "origin">,
  numbered: Record<string, unknown>,
  action: Record<string, unknown>,
  scene: Scene,
): Record<string, unknown> {
  const { pack } = of.touched;
  const { name } = of.trigger.definition;
  const { row, touch } = scene;
  return {
    key: keyOf(pack, of.trigger, touch.contact, of.occasion),
    trigger: name,
    pack: pack.name,
    version: pack.definition.version,
    origin: of.origin ?? originOf(touch),
    ...numbered,
    action,
    contact: {
      ...contactOf(touch, alsoKnownAs(row)),
      locale: pack.locale < 0 ? null : (row.text(pack.locale) ?? null),
      timezone: pack.timezone < 0 ? null : (row.text(pack.timezone) ?? null),
      carry: carryOf(of, row, touch.now),
    },
    was: of.was,
    now: standingOf(pack, row, touch.now),
    also: alsoOf(pack, scene),
    because: of.because,
  };
}

function actionOf(of: Candidate, channel: string, { row, touch }: Scene): Record<string, unknown> {
  const { definition } = of.trigger;
  const { message, params } = of.action;
  const until = goalUntil(of.trigger, of.occasion, row, touch.now);
  return {
    channel,
    message,
    step: of.step,
    purpose: definition.purpose,
    priority: definition.priority,
    params,
    variant: variantOf(definition, of.touched.pack.name, touch.contact),
    expires: of.expiresAt === null ? null : isoTime(of.expiresAt),
    goal: until === null ? null : { ...goalText(of.trigger), until: isoTime(until) },
  };
}

/** Where the contact stands in the other packs. */
function alsoOf(pack: PackProgram, { packs, row }: Scene): Record<string, unknown> {
  const others = packs.filter((other) => other !== pack && (other.stages !== null || other.segments !== null));
  return Object.fromEntries(others.map((other) => [other.name, placesOf(other, row)]));
}

/** `history`: caused by what was marked as history, or owed since then. */
const originOf = ({ history }: Touch): "live" | "history" => (history === undefined ? "live" : "history");

const contactOf = (touch: Touch, also: readonly string[]) => ({ id: touch.contact.id, kind: touch.contact.kind, alsoKnownAs: also });

function carryOf(of: Pick<Candidate, "trigger" | "carried">, row: Row, now: number): Record<string, unknown> {
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
