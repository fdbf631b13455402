// `event`: the event is the occasion. With `after`, and in a series, the first one is kept: others change nothing while it waits.

import { isoTime } from "../../model/ids.ts";
import { formatDuration } from "../../packs/durations.ts";
import { causeOf } from "../explain.ts";
import type { Look } from "../look.ts";
import { begun, fires, occasionOf } from "../occasion.ts";
import type { EventFacts } from "../touch.ts";

export function lookAtEvent(at: Look): void {
  const { trigger, touched, touch } = at;
  const afterMs = trigger.definition.afterMs ?? 0;
  const due = afterMs > 0 ? at.takeDue() : null;
  const event = touch.event === null ? -1 : (trigger.events.find((index) => touched.matched.includes(index)) ?? -1);
  if (due !== null) {
    const because = { cause: "time", after: formatDuration(afterMs), event: due.e ?? null, messageId: due.m ?? null, occurredAt: isoTime(due.b) };
    fires(at, { id: due.o, was: null, carried: due.c ?? {}, because });
  } else if (event >= 0 && touch.event !== null && !at.running) lookAtOne(at, touch.event, event, afterMs);
}

function lookAtOne(at: Look, event: EventFacts, index: number, afterMs: number): void {
  const { trigger, touched, touch } = at;
  const occasion = occasionOf(event);
  if (afterMs > 0) {
    const comesDue = event.at + afterMs;
    if (Number.isNaN(at.due) && comesDue > touch.now && at.stillTrue()) at.wait(comesDue, begun(at, event, index, occasion));
    return;
  }
  const because = causeOf(touched, touch, index);
  if (!trigger.definition.series) {
    fires(at, { id: occasion, was: null, carried: at.carryFrom(event), because });
    return;
  }
  const { e, m, c } = begun(at, event, index, occasion);
  const named = { ...(e === undefined ? {} : { event: e }), ...(m === undefined ? {} : { messageId: m }) };
  fires(at, { id: occasion, began: event.at, was: null, carried: c ?? {}, because, ...named });
}
