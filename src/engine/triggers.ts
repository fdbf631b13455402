// Triggers: which occasions a touch begins, ends or brings due, and what each trigger then wants to have sent (docs/packs.md
// "triggers"). It is asked after all packs have moved. What becomes of it is decided over all packs in actions.ts.

import type { TriggerProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import type { Dropped } from "./dropped.ts";
import { goalMatters, lookAtGoal } from "./goals.ts";
import { isMuted } from "./history.ts";
import type { TriggerLimits } from "./limits.ts";
import { Look } from "./look.ts";
import { fires } from "./occasion.ts";
import { runDueStep } from "./series.ts";
import type { PackTouch, Touch } from "./touch.ts";
import type { Wants } from "./wants.ts";
import { lookAtDate } from "./whens/date.ts";
import { lookAtEvent } from "./whens/event.ts";
import { lookAtEvery } from "./whens/every.ts";
import { lookAtOverdue } from "./whens/overdue.ts";
import { lookAtPlaces } from "./whens/places.ts";
import { hasChanged, lookAtReaches } from "./whens/reaches.ts";
import { lookAtSilence } from "./whens/silence.ts";
import { lookAtStarted } from "./whens/started.ts";
import { hasCrossed, lookAtThreshold } from "./whens/threshold.ts";

/** Looks at every trigger of a pack in its order; what it has to say is added to `wants`. */
export function fire(touched: PackTouch, row: Row, touch: Touch, limits: TriggerLimits, dropped: Dropped, wants: Wants): void {
  for (const trigger of touched.pack.triggers) {
    const refused = touch.refused?.includes(trigger) === true;
    if (!refused && !mayMatter(trigger, touched, row, touch) && !goalMatters(trigger, touched, row, touch.now)) continue;
    const at = new Look(touched, trigger, row, touch, limits, dropped, wants);
    lookAtGoal(at);
    if (refused && at.running) at.giveUp("consent");
    look(at);
    runDueStep(at);
  }
}

/** Most triggers have nothing to do with most touches: this says so without looking closer. */
function mayMatter(trigger: TriggerProgram, touched: PackTouch, row: Row, touch: Touch): boolean {
  if (trigger.due >= 0 && (row.numbers[trigger.due] as number) <= touch.now) return true;
  const { when } = trigger.definition;
  switch (when.kind) {
    case "enter":
    case "leave":
      return touched.transitions.length > 0;
    case "event":
      return isOneOf(touched.matched, trigger.events);
    case "rises":
    case "falls":
      return hasCrossed(trigger, row, touch.now, when.at);
    case "reaches":
      return hasChanged(trigger, row, touch.now, when.at);
    case "date":
      return true;
    case "every":
      return touch.event === null && !isMuted(touch);
    case "broadcast":
      return touch.broadcast?.trigger === trigger.definition.name;
    case "silent":
    case "overdue":
      return touch.event === null || isOneOf(touched.matched, trigger.events);
    case "started":
      return isOneOf(touched.matched, trigger.events) || isOneOf(touched.matched, trigger.without);
  }
}

function isOneOf(matched: readonly number[], events: readonly number[]): boolean {
  for (const event of matched) if (events.includes(event)) return true;
  return false;
}

function look(at: Look): void {
  const { when } = at.trigger.definition;
  switch (when.kind) {
    case "enter":
    case "leave":
      lookAtPlaces(at, when.kind);
      return;
    case "event":
      lookAtEvent(at);
      return;
    case "rises":
    case "falls":
      lookAtThreshold(at, when.kind, when.at);
      return;
    case "reaches":
      lookAtReaches(at, when.at);
      return;
    case "overdue":
      lookAtOverdue(at, when.by);
      return;
    case "date":
      lookAtDate(at);
      return;
    case "every":
      lookAtEvery(at);
      return;
    case "broadcast":
      lookAtBroadcast(at);
      return;
    case "silent":
      lookAtSilence(at, when.forMs);
      return;
    case "started":
      lookAtStarted(at, when.withinMs);
      return;
  }
}

/** The record is the occasion: its id names it in the key. */
function lookAtBroadcast(at: Look): void {
  const { broadcast } = at.touch;
  if (broadcast === undefined || broadcast.trigger !== at.trigger.definition.name) return;
  fires(at, { id: broadcast.id, was: null, because: { cause: "broadcast", broadcast: broadcast.id } });
}
