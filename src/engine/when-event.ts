// `event`: the event is the occasion. With `after` the first one is kept, and others change nothing while it waits.

import { isoTime } from "../model/ids.ts";
import { formatDuration } from "../packs/durations.ts";
import type { Candidate } from "./actions.ts";
import { causeOf } from "./explain.ts";
import { begun, type Look, occasionOf } from "./look.ts";

export function lookAtEvent(at: Look): Candidate | null {
  const { trigger, touched, touch } = at;
  const afterMs = trigger.definition.afterMs ?? 0;
  const due = afterMs > 0 ? at.takeDue() : null;
  const event = touch.event === null ? -1 : (trigger.events.find((index) => touched.matched.includes(index)) ?? -1);
  if (due !== null) {
    const because = { cause: "time", after: formatDuration(afterMs), event: due.e ?? null, messageId: due.m ?? null, occurredAt: isoTime(due.b) };
    return at.fires({ id: due.o, was: null, carried: due.c ?? {}, because });
  }
  if (event < 0 || touch.event === null) return null;
  const occasion = occasionOf(touch.event);
  if (afterMs === 0) return at.fires({ id: occasion, was: null, carried: at.carryFrom(touch.event), because: causeOf(touched, touch, event) });
  const comesDue = touch.event.at + afterMs;
  if (Number.isNaN(at.due) && comesDue > touch.now && at.stillTrue()) at.wait(comesDue, begun(at, touch.event, event, occasion));
  return null;
}
