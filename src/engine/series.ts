// A series: the steps of one trigger, one after the other, from an occasion on (docs/packs.md "series"). A contact has at most one
// for each trigger. It lies in the row where a pending occasion lies: the moment of the next step, and in the text which step that is
// and on which channels the steps before were sent.
//
// It ends with its last step. When it ends before, and something of it was sent, whoever sent it is told by one cancel message
// under the same key. That message asks nobody: no policy holds it back.

import { isoTime } from "../model/ids.ts";
import { formatDuration } from "../packs/durations.ts";
import type { Row } from "../packs/row.ts";
import { YES } from "../packs/terms/truth.ts";
import type { Look, Occasion } from "./look.ts";
import { giveUp, type Pending, runningSeries } from "./pending.ts";
import type { Cancel } from "./touch.ts";
import { type Decided, isWithheldFor } from "./wants.ts";

/** A place that was only passed through gets no series; a step that would have been sent at once is withheld. */
export function beginSeries(at: Look, of: Occasion): void {
  const { steps } = at.trigger.definition;
  if (of.passedThrough === true) {
    const condition = at.trigger.steps[0] ?? null;
    if (steps[0].afterMs === 0 && (condition === null || condition.truth(at.row, at.touch.now) === YES)) at.want(0, of);
    return;
  }
  at.giveUp("replaced");
  const { now } = at.touch;
  const began = of.began ?? now;
  // A silence begins its series with the step that makes it one; of all others a moment that is not after now has passed.
  const passed = at.trigger.definition.when.kind === "silent" ? now - 1 : now;
  const next = steps.findIndex(({ afterMs }) => afterMs === 0 || began + afterMs > passed);
  if (next < 0) return;
  at.row.numbers[at.trigger.fired] = now;
  const state: Pending = {
    o: of.id,
    b: began,
    ...(of.place === undefined ? {} : { p: of.place }),
    ...(of.was === null ? {} : { w: of.was }),
    ...(of.event === undefined ? {} : { e: of.event }),
    ...(of.messageId === undefined ? {} : { m: of.messageId }),
    ...(of.carried === undefined ? {} : { c: of.carried }),
    s: next,
  };
  if (steps[next]?.afterMs === 0 || began + (steps[next]?.afterMs ?? 0) <= now) step(at, state, of.because);
  else proceed(at, state, next);
}

/** The step that is due, if one is. */
export function runDueStep(at: Look): void {
  if (!at.running || !((at.row.numbers[at.trigger.due] as number) <= at.touch.now)) return;
  const state = at.pending();
  const after = at.trigger.definition.steps[state.s as number]?.afterMs ?? 0;
  const event = state.e === undefined ? {} : { event: state.e, messageId: state.m ?? null };
  step(at, state, { cause: "time", after: formatDuration(after), since: isoTime(state.b), ...event });
}

/** Asks for step `state.s` if it still holds, and waits for the one after it either way. */
function step(at: Look, state: Pending, because: Record<string, unknown>): void {
  const index = state.s as number;
  const condition = at.trigger.steps[index] ?? null;
  const known = index < at.trigger.definition.steps.length;
  if (known && at.stillTrue() && (condition === null || condition.truth(at.row, at.touch.now) === YES))
    at.want(index, { id: state.o, former: state.n, was: state.w ?? null, carried: state.c ?? {}, because });
  proceed(at, state, index + 1);
}

function proceed(at: Look, state: Pending, next: number): void {
  const { steps } = at.trigger.definition;
  const { now } = at.touch;
  // A changed pack may have fewer steps, or earlier ones: what has passed is not made up for.
  let index = next;
  while (index < steps.length && state.b + (steps[index]?.afterMs ?? 0) <= now) index++;
  if (index === steps.length) return at.forget();
  const { l: _, ...rest } = state;
  at.wait(state.b + (steps[index]?.afterMs ?? 0), { ...rest, s: index, ...(index === next ? {} : { l: next }) });
}

/** A step of a series was decided on: the channels it was sent on are kept, and where consent refused all of them the series is over. */
export function noteStep(decided: readonly Decided[], row: Row, cancels: Cancel[]): void {
  const [{ candidate }] = decided as readonly [Decided];
  const { trigger, touched } = candidate;
  const state = runningSeries(trigger, row);
  if (state === null || state.o !== candidate.occasion) return;
  if (decided.every(({ disposition }) => isWithheldFor(disposition, "consent"))) {
    giveUp(touched, trigger, row, "consent", cancels);
    return;
  }
  const sent = decided.filter(({ disposition }) => disposition === "send").map(({ channel }) => channel);
  if (sent.length === 0) return;
  row.setText(trigger.pending, JSON.stringify({ ...state, g: [...new Set([...(state.g ?? []), ...sent])] }));
}
