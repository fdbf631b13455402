// `started` … `without` … `within`: something was begun and not brought to its end in time. The newest beginning counts.

import { isoTime } from "../../model/ids.ts";
import { formatDuration } from "../../packs/durations.ts";
import type { Look } from "../look.ts";
import { begun, fires, occasionOf } from "../occasion.ts";
import type { EventFacts } from "../touch.ts";

/** `memory` is the largest event time of `without`, `mark` the event time of the pending event. */
export function lookAtStarted(at: Look, withinMs: number): void {
  const { trigger, touch, touched } = at;
  const due = at.takeDue();
  if (touch.event !== null) {
    if (trigger.without.some((index) => touched.matched.includes(index))) endStarted(at, touch.event);
    const event = trigger.events.find((index) => touched.matched.includes(index));
    if (event !== undefined) begin(at, touch.event, event, withinMs);
  }
  if (due === null) return;
  const because = {
    cause: "time",
    started: due.e ?? null,
    messageId: due.m ?? null,
    occurredAt: isoTime(due.b),
    without: touched.pack.events[trigger.without[0] as number]?.name ?? null,
    within: formatDuration(withinMs),
  };
  const named = { ...(due.e === undefined ? {} : { event: due.e }), ...(due.m === undefined ? {} : { messageId: due.m }) };
  fires(at, { id: due.o, was: null, carried: due.c ?? {}, because, ...named });
}

function endStarted(at: Look, event: EventFacts): void {
  const { numbers } = at.row;
  const { memory, mark } = at.trigger;
  if (!((numbers[memory] as number) >= event.at)) numbers[memory] = event.at;
  if (event.at >= (numbers[mark] as number)) at.giveUp("no_longer_true");
}

function begin(at: Look, event: EventFacts, index: number, withinMs: number): void {
  const { trigger, row, touch, touched } = at;
  if ((row.numbers[trigger.memory] as number) >= event.at) return;
  if (at.hasPending && event.at < (row.numbers[trigger.mark] as number)) return;
  const comesDue = event.at + withinMs;
  if (comesDue <= touch.now) return;
  const key = touched.pack.events[index]?.key ?? -1;
  const named = key < 0 ? undefined : event.values[key];
  const occasion = typeof named === "string" || typeof named === "number" ? String(named) : occasionOf(event);
  row.numbers[trigger.mark] = event.at;
  if (at.running) at.giveUp("replaced");
  at.wait(comesDue, begun(at, event, index, occasion));
}
