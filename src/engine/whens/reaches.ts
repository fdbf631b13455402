// `reaches`: a number comes to one of several values or above. `memory` has a bit for each: reached at some time, or where the
// trigger may repeat, at it or above it now.

import { powerOfTwo } from "../../model/portable.ts";
import type { TriggerProgram } from "../../packs/program.ts";
import type { Row } from "../../packs/row.ts";
import { LIMITS } from "../../packs/schema.ts";
import type { Look } from "../look.ts";
import { fires } from "../occasion.ts";

export function lookAtReaches(at: Look, numbers: readonly number[]): void {
  const { trigger, row, touch } = at;
  const before = row.numbers[trigger.memory] as number;
  const now = reachedNow(trigger, row, touch.now, numbers);
  const fresh = numbers.findLast((_, index) => hasReached(now, index) && !hasReached(before, index));
  row.numbers[trigger.memory] = stillReached(trigger, row, touch.now, numbers);
  if (fresh === undefined) return;
  const check = { if: `${trigger.term?.text} >= ${fresh}`, value: shownOf(trigger, row, touch.now) };
  fires(at, { id: String(touch.now), was: null, because: { ...at.cause(), reached: fresh, checks: [check] } });
}

/** Which of the numbers the value is at or above, as bits. */
export function reachedNow({ term }: TriggerProgram, row: Row, now: number, numbers: readonly number[]): number {
  const value = term?.value(row, now) ?? Number.NaN;
  return numbers.reduce((bits, number, index) => (value >= number ? bits + powerOfTwo(index) : bits), 0);
}

/** Whether another number is reached, or left where that counts, than when it was last looked at. */
export const hasChanged = (trigger: TriggerProgram, row: Row, now: number, numbers: readonly number[]): boolean =>
  stillReached(trigger, row, now, numbers) !== row.numbers[trigger.memory];

/** `memory` as it is to be after this moment, told or not. */
export function stillReached(trigger: TriggerProgram, row: Row, now: number, numbers: readonly number[]): number {
  const reached = reachedNow(trigger, row, now, numbers);
  return remembers(trigger) ? union(row.numbers[trigger.memory] as number, reached, numbers.length) : reached;
}

/** When one of the numbers that still count may be reached, or (where it may repeat) may be left. */
export function nextOfReaches(trigger: TriggerProgram, row: Row, now: number, numbers: readonly number[]): number {
  const reached = row.numbers[trigger.memory] as number;
  let next = Number.POSITIVE_INFINITY;
  for (const [index, number] of numbers.entries())
    if (!remembers(trigger) || !hasReached(reached, index)) next = Math.min(next, trigger.term?.nextCrossing(row, now, number) ?? next);
  return next;
}

const remembers = ({ definition }: TriggerProgram): boolean => definition.repeat === "once_per_number";
/** Whether the number at `index` is among those that `bits` stands for. */
export const hasReached = (bits: number, index: number): boolean => Math.floor(bits / powerOfTwo(index)) % 2 === 1;

/** What either of two contacts that are one has reached. */
export const unionOfReached = (a: number, b: number): number => union(a, b, LIMITS.reaches);

function union(a: number, b: number, bits: number): number {
  let all = 0;
  for (let index = 0; index < bits; index++) if (hasReached(a, index) || hasReached(b, index)) all += powerOfTwo(index);
  return all;
}

function shownOf({ term }: TriggerProgram, row: Row, now: number): number | null {
  const value = term?.value(row, now) ?? Number.NaN;
  return Number.isNaN(value) ? null : Math.round(value * 100) / 100;
}
