// `enter` and `leave`: a transition is the occasion. With `after` the stay (or the absence) that it begins must not break
// before the time is over; a series ends where it breaks.

import { isoTime } from "../../model/ids.ts";
import { formatDuration } from "../../packs/durations.ts";
import type { Look } from "../look.ts";
import { fires } from "../occasion.ts";
import type { Pending } from "../pending.ts";
import type { PackTouch, Transition } from "../touch.ts";

export function lookAtPlaces(at: Look, kind: "enter" | "leave"): void {
  const afterMs = at.trigger.definition.afterMs ?? 0;
  if (afterMs > 0) return lookAtStay(at, kind, afterMs);
  if (at.running && at.touched.transitions.some((transition) => breaks(at.pending(), transition, kind))) at.giveUp("no_longer_true");
  const matches = at.touched.transitions.filter((transition) => begins(at, transition, kind));
  if (matches.length === 0) return;
  const stays = kind === "leave" ? matches[0] : matches.findLast((transition) => !passedThrough(at.touched, transition));
  const of = stays ?? (matches[0] as Transition);
  const place = placeId(of, kind);
  const over = at.trigger.definition.series && at.touched.transitions.some((later) => later.number > of.number && breaks({ p: place }, later, kind));
  fires(at, { id: String(of.number), place, was: of.was, because: of.because, passedThrough: stays === undefined || over });
}

function lookAtStay(at: Look, kind: "enter" | "leave", afterMs: number): void {
  const due = at.takeDue();
  const broken = due !== null && at.touched.transitions.some((transition) => breaks(due, transition, kind));
  for (const transition of at.touched.transitions) {
    if (!Number.isNaN(at.due) && breaks(at.pending(), transition, kind)) at.forget();
    if (!begins(at, transition, kind) || (kind === "enter" && passedThrough(at.touched, transition)) || !at.stillTrue()) continue;
    at.wait(at.touch.now + afterMs, { o: String(transition.number), p: placeId(transition, kind), b: at.touch.now, w: transition.was });
  }
  if (due === null || broken) return;
  fires(at, {
    id: due.o,
    was: due.w ?? null,
    carried: due.c ?? {},
    because: { cause: "time", after: formatDuration(afterMs), since: isoTime(due.b) },
  });
}

/** Whether the transition is this trigger's occasion. A place where a merged contact stood, and of which that was told, is none. */
function begins({ trigger, touch }: Look, of: Transition, kind: "enter" | "leave"): boolean {
  if (kind === "enter" && touch.merge?.told.get(trigger)?.includes(placeId(of, kind))) return false;
  const { when, from } = trigger.definition;
  if (when.kind !== "enter" && when.kind !== "leave") return false;
  const name = kind === "enter" ? entered(of) : left(of);
  if (name === null || !when.places.some((place) => place.axis === of.axis && place.name === name)) return false;
  return from === null || (of.from !== null && from.includes(of.from));
}

const entered = (of: Transition): string | null => (of.axis === "audience" && !of.entered ? null : of.to);
const left = (of: Transition): string | null => (of.axis === "audience" && of.entered ? null : of.from);
const placeId = (of: Transition, kind: "enter" | "leave"): string => `${of.axis}/${kind === "enter" ? of.to : of.from}`;

/** Whether the transition ends the stay (or the absence) that the pending occasion asks for. */
function breaks(pending: Pick<Pending, "p">, of: Transition, kind: "enter" | "leave"): boolean {
  const name = kind === "enter" ? left(of) : entered(of);
  return name !== null && pending.p === `${of.axis}/${name}`;
}

/** A stage that was entered and left in this touch. */
function passedThrough(touched: PackTouch, of: Transition): boolean {
  return of.axis === "stage" && touched.transitions.findLast((other) => other.axis === "stage") !== of;
}
