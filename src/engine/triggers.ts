// Triggers: which occasions a touch begins, ends or brings due, and what each trigger then wants to have sent (docs/packs.md
// "triggers"). It is asked after all packs have moved. What becomes of it is decided over all packs in actions.ts.

import type { TriggerProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import type { Candidate } from "./actions.ts";
import { Look, type TriggerLimits } from "./look.ts";
import type { Dropped, PackTouch, Touch } from "./touch.ts";
import { lookAtEvent } from "./when-event.ts";
import { lookAtPlaces } from "./when-places.ts";
import { lookAtSilence } from "./when-silence.ts";
import { lookAtStarted } from "./when-started.ts";
import { lookAtThreshold } from "./when-threshold.ts";

/** Looks at every trigger of a pack in its order; what fires is added to `candidates`. */
export function fire(touched: PackTouch, row: Row, touch: Touch, limits: TriggerLimits, dropped: Dropped, candidates: Candidate[]): void {
  for (const trigger of touched.pack.triggers) {
    if (!mayMatter(trigger, touched, row, touch)) continue;
    const candidate = look(new Look(touched, trigger, row, touch, limits, dropped));
    if (candidate !== null) candidates.push(candidate);
  }
}

/** Most triggers have nothing to do with most touches: this says so without looking closer. */
function mayMatter(trigger: TriggerProgram, touched: PackTouch, row: Row, touch: Touch): boolean {
  if (trigger.due >= 0 && (row.numbers[trigger.due] as number) <= touch.now) return true;
  switch (trigger.definition.when.kind) {
    case "enter":
    case "leave":
      return touched.transitions.length > 0;
    case "event":
      return isOneOf(touched.matched, trigger.events);
    case "rises":
    case "falls":
      return true;
    case "silent":
      return touch.event === null || isOneOf(touched.matched, trigger.events);
    case "started":
      return isOneOf(touched.matched, trigger.events) || isOneOf(touched.matched, trigger.without);
  }
}

function isOneOf(matched: readonly number[], events: readonly number[]): boolean {
  for (const event of matched) if (events.includes(event)) return true;
  return false;
}

function look(at: Look): Candidate | null {
  const { when } = at.trigger.definition;
  switch (when.kind) {
    case "enter":
    case "leave":
      return lookAtPlaces(at, when.kind);
    case "event":
      return lookAtEvent(at);
    case "rises":
    case "falls":
      return lookAtThreshold(at, when.kind, when.at);
    case "silent":
      return lookAtSilence(at, when.forMs);
    case "started":
      return lookAtStarted(at, when.withinMs);
  }
}
