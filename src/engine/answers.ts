// Answers: what a sender's webhook reports of a message (opened, clicked, replied) names the message by the `key` that its trigger
// carried, in `context.tidemark.key` (docs/packs.md "goal"). Whether that is the key of an occasion is found by building the key, never by
// taking one apart: ids and message ids may have a slash in them.
//
// A merge gives an occasion another key, while what was sent before keeps its own. So an occasion of which something may have been sent
// remembers the keys that it had before, the newest ones.

import type { ContactKey } from "../model/ids.ts";
import { BOUNDS } from "../packs/bounds.ts";
import type { PackProgram, TriggerProgram } from "../packs/program.ts";
import type { PackTouch, Touch } from "./touch.ts";

/** Short names: it lies in the row. */
export interface Named {
  /** Occasion: the last part of its key. */
  readonly o: string;
  /** Contact and occasion as they stood at the end of its key before a merge, oldest first. */
  readonly n?: readonly string[];
}

/** The `key` of all that is sent and told of an occasion. */
export const keyOf = (pack: PackProgram, { definition }: TriggerProgram, contact: ContactKey, occasion: string): string =>
  keyEnding(pack, definition.name, endOf(contact, occasion));

/** Whether the event of this touch is an answer to the occasion. */
export function answers(of: { readonly touched: PackTouch; readonly trigger: TriggerProgram; readonly touch: Touch }, occasion: Named): boolean {
  const { touched, trigger, touch } = of;
  const given = trigger.goal === null ? undefined : touch.event?.values[trigger.goal.key];
  if (typeof given !== "string") return false;
  const { name } = trigger.definition;
  return [endOf(touch.contact, occasion.o), ...(occasion.n ?? [])].some((end) => given === keyEnding(touched.pack, name, end));
}

/** Whether somebody may ask for answers to an occasion of this trigger. */
export const isAnswered = ({ goal }: TriggerProgram): boolean => goal !== null && goal.key >= 0;

/** The occasion as another contact's, under a name that it may have there: what was sent of it can still be answered. */
export function renamed<Of extends Named>(of: Of, occasion: string, old: ContactKey): Of {
  return { ...of, o: occasion, n: [...(of.n ?? []), endOf(old, of.o)].slice(-BOUNDS.former_keys.most) };
}

const endOf = ({ id }: ContactKey, occasion: string): string => `${id}/${occasion}`;
const keyEnding = ({ name }: PackProgram, trigger: string, end: string): string => `${name}/${trigger}/${end}`;
