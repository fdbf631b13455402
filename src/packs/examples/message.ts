// A named event of a pack -> a Segment message that is this event, for examples. What the example gives is taken as it is;
// what the event's `where` asks for beyond that is made up, and then asked of the compiled condition itself: a message leaves
// this file only if the engine will know it for the event. Ids and times are not here.

import { compileWhere } from "../compile/where.ts";
import type { EventDefinition, PropertyPath } from "../definition.ts";
import { YES } from "../terms/truth.ts";
import { type Draft, satisfying, valueIn, withValue } from "./where.ts";

/** What an example says of an event beyond its name. */
export interface Given {
  /** The name of the track, page or screen, where the event allows several. */
  readonly name?: string;
  readonly value?: unknown;
  readonly key?: unknown;
  readonly properties?: unknown;
  readonly context?: unknown;
  readonly traits?: unknown;
}

export type MessageResult = { readonly ok: true; readonly message: Draft } | { readonly ok: false; readonly why: string; readonly hint: string | null };

/** Proposals that are looked at before giving up. */
const MAX_TRIES = 200;

export function messageFor(event: EventDefinition, given: Given): MessageResult {
  const missing = (["value", "key"] as const).find((what) => given[what] !== undefined && event[what] === null);
  if (missing !== undefined) return { ok: false, why: `the event \`${event.name}\` has no \`${missing}\``, hint: "give it under `properties`" };
  let tries = 0;
  for (const bare of bareMessages(event, given)) {
    const filled = fill(bare, event, given);
    for (const message of event.where === null ? [filled] : satisfying(event.where, true, filled)) {
      if (isEvent(event, message)) return { ok: true, message };
      if (++tries >= MAX_TRIES) break;
    }
  }
  return refusal(event, given);
}

/** Kind and name, and nothing else. */
function* bareMessages(event: EventDefinition, given: Given): Generator<Draft> {
  for (const { type, names } of event.match)
    for (const name of names === null ? [given.name] : names.filter((one) => given.name === undefined || one === given.name)) {
      if (type === "track") yield { type, event: name ?? "Something Done" };
      else yield name === undefined ? { type } : { type, name };
    }
}

function fill(bare: Draft, event: EventDefinition, given: Given): Draft {
  let message = bare;
  for (const part of ["properties", "context", "traits"] as const) if (given[part] !== undefined) message = { ...message, [part]: given[part] };
  if (given.value !== undefined && event.value !== null) message = withValue(message, event.value, given.value);
  if (given.key !== undefined && event.key !== null) message = withValue(message, event.key, given.key);
  return message;
}

/** The same closure that the engine asks. */
export function isEvent(event: EventDefinition, message: Draft): boolean {
  const name = String(valueIn(message, ["name"]));
  if (!event.match.some(({ type, names }) => type === message.type && (names === null || names.includes(name)))) return false;
  if (event.where === null) return true;
  const paths: PropertyPath[] = [];
  const where = compileWhere(event.where, (path) => paths.push(path) - 1);
  return (
    where(
      paths.map((path) => valueIn(message, path)),
      name,
    ) === YES
  );
}

function refusal(event: EventDefinition, given: Given): MessageResult {
  const where = event.where?.text ?? "";
  if (given.name !== undefined && event.match.every(({ names }) => names !== null && !names.includes(given.name as string)))
    return { ok: false, why: `\`${given.name}\` is no message of the event \`${event.name}\``, hint: null };
  const gave = given.properties !== undefined || given.context !== undefined || given.traits !== undefined;
  return {
    ok: false,
    why: gave
      ? `what is given is not the event \`${event.name}\`, which asks for ${where}`
      : `no message could be made up for \`${event.name}\`, which asks for ${where}`,
    hint: gave ? "give what its `where` asks for" : `write { event: ${event.name}, properties: { ... } } with what its \`where\` asks for`,
  };
}
