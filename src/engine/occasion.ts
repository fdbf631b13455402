// An occasion has come, or begins to wait: what names it, what is kept of it, and that the trigger fires or begins its series. Which
// occasions there are is said by each kind of *when* (whens/).

import type { Look, Occasion } from "./look.ts";
import type { Pending } from "./pending.ts";
import { beginSeries } from "./series.ts";
import type { EventFacts } from "./touch.ts";

/** The occasion has come: the trigger fires or begins its series, if it may do so again and still holds. */
export function fires(at: Look, of: Occasion): void {
  if (!at.mayRepeat() || !at.stillTrue()) return;
  if (at.trigger.definition.series) beginSeries(at, of);
  else at.want(0, of);
}

/** The messageId, or where there is none the event's place in the log. */
export const occasionOf = (event: EventFacts): string => event.messageId ?? `${event.position}.${event.index}`;

/** An occasion that an event begins and that waits. */
export function begun(at: Look, event: EventFacts, index: number, occasion: string): Pending {
  const name = at.touched.pack.events[index]?.name;
  return {
    o: occasion,
    b: event.at,
    c: at.keepFrom(event),
    ...(name === undefined ? {} : { e: name }),
    ...(event.messageId === undefined ? {} : { m: event.messageId }),
  };
}
