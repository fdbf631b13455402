// New numbers of the population reach a contact: cut points, a mean, a quantile (packs/population.ts). The contact is looked at
// under the new ones before anything else happens to it, as of the moment of its next touch or of the sweep. What moves because
// everyone's measure has changed, and not because of anything the contact did, is told only where the pack says `fire`; else
// the contact stands in its new place without a word, as when a pack takes over contacts that were there before (placement.ts).
// The next transition then tells the place in which it silently stood as what it `was`.

import type { PackProgram, TriggerProgram } from "../packs/program.ts";
import type { NumbersAt, Row } from "../packs/row.ts";
import { nextOfPack } from "./deadline.ts";
import { isExcluded } from "./exclusion.ts";
import { segmentName } from "./explain.ts";
import { giveUp, hasPending, pendingIn } from "./pending.ts";
import { settle } from "./places.ts";
import type { PackTouch, Touch } from "./touch.ts";
import { stillReached } from "./whens/reaches.ts";
import { sideOf } from "./whens/threshold.ts";

/** Whether numbers have come since the contact was last looked at. */
export function isBehind({ population }: PackProgram, { numbers, base }: NumbersAt): boolean {
  for (const { seen, live } of population) if (numbers[base + seen] !== live.number) return true;
  return false;
}

/** Looks at one pack under the numbers in effect. Returns whether what moved is to be told. */
export function recutPack(touched: PackTouch, row: Row, touch: Touch): boolean {
  const { pack } = touched;
  const loud = pack.population.some(({ seen, live, othersMoved }) => row.numbers[seen] !== live.number && othersMoved === "fire");
  markSeen(pack, row);
  row.version++;
  if (Number.isNaN(row.numbers[pack.born] as number)) return false;
  if (isExcluded(pack, row, touch.now)) {
    touched.excluded = true;
    return false;
  }
  if (loud) settle(touched, row, touch);
  else placeUnder(touched, row, { ...touch, silent: true });
  return loud;
}

/** A contact that is new, or was just placed, stands under the numbers in effect. */
export function markSeen(pack: PackProgram, row: Row): void {
  for (const { seen, live } of pack.population) row.numbers[seen] = live.number;
}

function placeUnder(touched: PackTouch, row: Row, touch: Touch): void {
  const { pack } = touched;
  settle(touched, row, touch);
  for (const trigger of pack.triggers) {
    const { when } = trigger.definition;
    if (trigger.term !== null && (when.kind === "rises" || when.kind === "falls")) {
      const side = sideOf(trigger.term, row, touch.now, when.at);
      if (side !== row.numbers[trigger.memory]) giveUp(touched, trigger, row, "no_longer_true", touched.ended);
      row.numbers[trigger.memory] = side;
    } else if (when.kind === "reaches") {
      row.numbers[trigger.memory] = stillReached(trigger, row, touch.now, when.at);
    } else if (when.kind === "enter" || when.kind === "leave") endBroken(touched, trigger, when.kind, row);
  }
  // What was due at this very moment stays due.
  const { numbers } = row;
  numbers[pack.deadline] = Math.min(numbers[pack.deadline] as number, nextOfPack(pack, row, touch.now));
}

/** An occasion that waits for a stay, or for an absence, ends with it also when nobody is told. */
export function endBroken(touched: PackTouch, trigger: TriggerProgram, kind: "enter" | "leave", row: Row): void {
  if (!hasPending(trigger, row)) return;
  const { p = "" } = pendingIn(trigger, row);
  if (standsAt(p, touched.pack, row) !== (kind === "enter")) giveUp(touched, trigger, row, "no_longer_true", touched.ended);
}

/** `segment/loyal`: whether the contact stands there. */
function standsAt(place: string, pack: PackProgram, row: Row): boolean {
  const [axis, name] = place.split("/", 2);
  if (axis === "audience") return row.numbers[pack.audiences.find((audience) => audience.name === name)?.place ?? -1] === 1;
  if (axis === "segment") return segmentName(pack, row) === name;
  return pack.stages?.order[row.numbers[pack.stages.place] as number] === name;
}
