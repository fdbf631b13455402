// `rises` and `falls`: a number crosses a threshold, and with `for` stays on that side. `memory` is the side it was on.

import { isoTime } from "../../model/ids.ts";
import { formatDuration } from "../../packs/durations.ts";
import type { NumberTerm, TriggerProgram } from "../../packs/program.ts";
import type { Row } from "../../packs/row.ts";
import type { Look } from "../look.ts";
import { fires } from "../occasion.ts";

/** 1 at the threshold or above it, 0 below it or where there is no value. */
export const sideOf = (term: NumberTerm, row: Row, now: number, threshold: number): number => (term.value(row, now) >= threshold ? 1 : 0);

/** Whether the value is on another side than when it was last looked at. */
export const hasCrossed = ({ term, memory }: TriggerProgram, row: Row, now: number, threshold: number): boolean =>
  term !== null && sideOf(term, row, now, threshold) !== row.numbers[memory];

export function lookAtThreshold(at: Look, kind: "rises" | "falls", threshold: number): void {
  const { trigger, row, touch } = at;
  const { term } = trigger;
  if (term === null) return;
  const value = term.value(row, touch.now);
  const side = value >= threshold ? 1 : 0;
  const before = row.numbers[trigger.memory] as number;
  row.numbers[trigger.memory] = side;
  const crossed = side !== before && side === (kind === "rises" ? 1 : 0);
  const { forMs } = trigger.definition;
  if (side !== before && !crossed) at.giveUp("no_longer_true");
  if (forMs === null) {
    if (crossed) fires(at, { id: String(touch.now), was: null, carried: {}, because: { ...at.cause(), checks: [checkOf(term, kind, threshold, value)] } });
    return;
  }
  if (crossed) at.wait(touch.now + forMs, { o: String(touch.now), b: touch.now });
  const due = at.takeDue();
  if (due === null) return;
  const checks = [checkOf(term, kind, threshold, value)];
  fires(at, { id: due.o, was: null, because: { cause: "time", for: formatDuration(forMs), since: isoTime(due.b), checks } });
}

const checkOf = (term: NumberTerm, kind: "rises" | "falls", threshold: number, value: number) => ({
  if: `${term.text} ${kind === "rises" ? ">=" : "<"} ${threshold}`,
  value: Number.isNaN(value) ? null : Math.round(value * 100) / 100,
});
