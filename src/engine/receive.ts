// An event comes to one pack: its traits, which of the pack's events it is, what these record, and where the contact stands then.
// Between two deadlines no answer changes without an event, so in a pack that does not know the message nothing changes.

import type { Observed } from "../packs/population.ts";
import type { EventProgram, PackProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { MISSING, YES } from "../packs/terms/truth.ts";
import type { Dropped } from "./dropped.ts";
import { isExcluded } from "./exclusion.ts";
import type { EngineLimits } from "./limits.ts";
import { applyMeasures } from "./measures.ts";
import { isRepeat } from "./once.ts";
import { setByHand } from "./outside-hand.ts";
import { bear, EVERYTHING, settle } from "./places.ts";
import { addPurchase, observe } from "./purchases.ts";
import { hit } from "./scores.ts";
import type { EventFacts, PackTouch, Touch } from "./touch.ts";
import { applyTraits } from "./traits.ts";
import { remember, takeBack } from "./undo.ts";

/** Where events are received: what is dropped and counted on the way is the engine's. */
export interface Receiving {
  readonly limits: EngineLimits;
  readonly dropped: Dropped;
  /** Values of events that means of the population take. */
  readonly observed: Observed[];
  /** Whether the last event may have changed what is counted of the contact for numbers of the population. */
  counted: boolean;
}

/** What an event does to one pack; answers whether it changes anything there. */
export function receive(to: Receiving, touched: PackTouch, row: Row, touch: Touch, event: EventFacts, candidates: readonly number[]): boolean {
  const { pack } = touched;
  const isNew = Number.isNaN(row.numbers[pack.born] as number);
  let traits = false;
  if (isNew) to.counted = true;
  if (pack.exclude !== null) {
    traits = takeTraits(to, pack, row, event);
    if (traits) to.counted = true;
    if (isExcluded(pack, row, touch.now)) {
      to.dropped.excluded += candidates.length;
      touched.excluded = true;
      return false;
    }
  }
  if (isNew) bear(touched, row, touch);
  match(to, touched, row, event, candidates, touch.now);
  if (pack.exclude === null) traits = takeTraits(to, pack, row, event);
  if (!isNew && !traits && touched.matched.length === 0) return false;
  row.version++;
  if (touched.matched.length > 0) record(to, pack, touched.matched, row, event, touch.now);
  settle(touched, row, touch, setByHand(touched, row, touch, to.dropped) ? BUT_STAGES : EVERYTHING);
  return true;
}

/** Where an outside hand has set the stage, no move applies at this instant. */
const BUT_STAGES = { ...EVERYTHING, stages: false };

function takeTraits(to: Receiving, pack: PackProgram, row: Row, event: EventFacts): boolean {
  return applyTraits(pack.traits, row, event, to.limits.traitBytes, to.dropped);
}

function match(to: Receiving, touched: PackTouch, row: Row, event: EventFacts, candidates: readonly number[], now: number): void {
  for (const index of candidates) {
    const { where, once } = touched.pack.events[index] as EventProgram;
    const truth = where === null ? YES : where(event.values, event.name);
    if (truth === MISSING) to.dropped.condition_missing++;
    if (truth !== YES) continue;
    if (once !== null && isRepeat(once, row, event, now, to.dropped)) to.dropped.once_repeated++;
    else touched.matched.push(index);
  }
}

function record(to: Receiving, pack: PackProgram, matched: readonly number[], row: Row, event: EventFacts, now: number): void {
  const recording = { row, event, now, textBytes: to.limits.traitBytes, dropped: to.dropped, observed: to.observed };
  for (const index of matched) {
    const of = pack.events[index];
    if (of === undefined) continue;
    if (of.counts) to.counted = true;
    applyMeasures(of, recording);
    for (const mean of of.means) observe(mean, of.value, recording);
    for (const purchases of of.purchases) addPurchase(purchases, of.value, row, event, now, to.dropped);
    if (of.undoes !== null) takeBack(of.undoes, of, recording);
  }
  row.version++;
  for (const index of matched) {
    const { points, remembered } = pack.events[index] as EventProgram;
    if (remembered !== null)
      remember(
        remembered,
        recording,
        points.map(({ score, rule }) => hit(score, rule, row, event.at, now)),
      );
    else for (const { score, rule } of points) hit(score, rule, row, event.at, now);
  }
}
