// One trigger in one touch, and the questions that every kind of trigger asks: does it still hold, may it fire again, what
// waits (pending.ts), what is carried along. When an occasion begins and ends is said by each kind of *when* (whens/), what comes
// of it then is in occasion.ts.

import type { StepDefinition } from "../packs/definition.ts";
import type { PlaceTest } from "../packs/place-test.ts";
import type { TriggerProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { YES } from "../packs/terms/truth.ts";
import type { Dropped } from "./dropped.ts";
import { causeOf, pointsOf } from "./explain.ts";
import type { TriggerLimits } from "./limits.ts";
import { forgetPending, giveUp, hasPending, type Pending, pendingIn } from "./pending.ts";
import type { Ended, EventFacts, PackTouch, Standing, Touch } from "./touch.ts";
import type { Wants } from "./wants.ts";

/** What has come about: the last part of the key, and what a reader will want to know of it. */
export interface Occasion {
  readonly id: string;
  /** Ends of the keys under which something of it was sent before a merge. */
  readonly former?: readonly string[] | undefined;
  /** From where a series counts, ms; the moment of the touch where it is not given. */
  readonly began?: number;
  /** Of enter and leave: the place whose stay or absence must not break. */
  readonly place?: string;
  /** The event that began it, and the message. */
  readonly event?: string;
  readonly messageId?: string;
  readonly was: Standing | null;
  readonly because: Record<string, unknown>;
  readonly carried?: Record<string, unknown>;
  readonly passedThrough?: boolean;
}

/** One trigger in one touch, and the questions that every kind of trigger asks. */
export class Look {
  readonly touched: PackTouch;
  readonly trigger: TriggerProgram;
  readonly row: Row;
  readonly touch: Touch;
  readonly wants: Wants;
  readonly #limits: TriggerLimits;
  readonly #dropped: Dropped;

  constructor(touched: PackTouch, trigger: TriggerProgram, row: Row, touch: Touch, limits: TriggerLimits, dropped: Dropped, wants: Wants) {
    this.wants = wants;
    this.touched = touched;
    this.trigger = trigger;
    this.row = row;
    this.touch = touch;
    this.#limits = limits;
    this.#dropped = dropped;
  }

  /** `in` and `if`. */
  stillTrue(): boolean {
    return holds(this.trigger, this.row, this.touch.now);
  }

  mayRepeat(): boolean {
    const { repeat } = this.trigger.definition;
    const fired = this.row.numbers[this.trigger.fired] as number;
    if (Number.isNaN(fired) || repeat === "always" || repeat === "once_per_silence" || repeat === "once_per_number") return true;
    return repeat !== "never" && this.touch.now - fired >= repeat.withinMs;
  }

  /** Step `index` is wanted now, for the reasons of `of`. */
  want(index: number, of: Occasion): void {
    const { row, touch, trigger, touched } = this;
    const conditions = [trigger.condition, trigger.steps[index] ?? null];
    const checks = [...((of.because["checks"] as unknown[] | undefined) ?? []), ...conditions.flatMap((condition) => condition?.checks(row, touch.now) ?? [])];
    const action = trigger.definition.steps[index] as StepDefinition;
    this.wants.candidates.push({
      touched,
      trigger,
      occasion: of.id,
      former: of.former,
      step: index + 1,
      action,
      expiresAt: action.expiresMs === null ? null : touch.now + action.expiresMs,
      was: of.was,
      carried: of.carried ?? {},
      because: { ...of.because, checks, points: of.because["points"] ?? pointsOf(touched.pack, row, touch.now) },
      passedThrough: of.passedThrough ?? false,
      stillTrue: (row, now) => holds(trigger, row, now),
    });
  }

  /** What waits is given up, and a series that goes on ends; `why` stands in its cancel message. */
  giveUp(why: Ended): void {
    giveUp(this.touched, this.trigger, this.row, why, this.wants.cancels);
  }

  /** Whether something waits or a series goes on. */
  get hasPending(): boolean {
    return hasPending(this.trigger, this.row);
  }

  /** Whether a series goes on. */
  get running(): boolean {
    return this.trigger.definition.series && this.hasPending && this.pending().s !== undefined;
  }

  /** When what waits comes due; NaN where nothing waits, be it that a series goes on. */
  get due(): number {
    return this.running ? Number.NaN : (this.row.numbers[this.trigger.due] as number);
  }

  wait(due: number, pending: Pending): void {
    const text = JSON.stringify(pending);
    this.row.numbers[this.trigger.due] = due;
    this.row.setText(this.trigger.pending, text);
  }

  forget(): void {
    forgetPending(this.trigger, this.row);
  }

  /** The pending occasion if it comes due in this touch; it is taken out. */
  takeDue(): Pending | null {
    if (!(this.due <= this.touch.now)) return null;
    const pending = this.pending();
    this.forget();
    return pending;
  }

  pending(): Pending {
    return pendingIn(this.trigger, this.row);
  }

  /** Event properties that the trigger carries when it fires at once. */
  carryFrom(event: EventFacts): Record<string, unknown> {
    return this.#carry(event, Number.POSITIVE_INFINITY);
  }

  /** The same for an occasion that waits: what does not fit into the row is dropped and counted. */
  keepFrom(event: EventFacts): Record<string, unknown> {
    return this.#carry(event, this.#limits.carryBytes);
  }

  #carry(event: EventFacts, maxBytes: number): Record<string, unknown> {
    const carried: Record<string, unknown> = {};
    // Braces are two bytes; each item has two quotes, a colon and, but for the last, a comma.
    let bytes = 1;
    for (const { item, projected } of this.trigger.carry) {
      if (projected < 0) continue;
      const value = event.values[projected] ?? null;
      const size = maxBytes === Number.POSITIVE_INFINITY ? 0 : Buffer.byteLength(JSON.stringify(value)) + Buffer.byteLength(item.as) + 4;
      if (bytes + size > maxBytes) {
        this.#dropped.carry_too_large++;
        continue;
      }
      bytes += size;
      carried[item.as] = value;
    }
    return carried;
  }

  cause(): Record<string, unknown> {
    return causeOf(this.touched, this.touch, -1);
  }
}

/** `in` and `if` of a trigger. */
export function holds(trigger: TriggerProgram, row: Row, now: number): boolean {
  if (trigger.in !== null && !trigger.in.some((place) => standsIn(place, row))) return false;
  return trigger.condition === null || trigger.condition.truth(row, now) === YES;
}

export const standsIn = (place: PlaceTest, row: Row): boolean => row.numbers[place.place] === place.index;
