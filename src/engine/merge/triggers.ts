// Triggers of two rows as one (docs/identity.md "Triggers"): what either has fired, reached or spent counts for the person, and what
// either waits for goes on waiting. A person has one occasion, one series and one goal for each trigger; where both have one it is
// the person's own, but for `started`, which keeps the newest as ever.
//
// An occasion of `enter` and `leave` is the number of a transition, which two rows count apart: the other's is told with whose it was.

import type { ContactKey } from "../../model/ids.ts";
import type { Place } from "../../packs/definition.ts";
import type { PackProgram, TriggerProgram } from "../../packs/program.ts";
import type { Row } from "../../packs/row.ts";
import { isAnswered, type Named, renamed } from "../answers.ts";
import { closeUnreached, openGoal } from "../goals.ts";
import { cancel, giveUp, hasPending, pendingIn } from "../pending.ts";
import type { PackTouch } from "../touch.ts";
import type { Wants } from "../wants.ts";
import { unionOfReached } from "../whens/reaches.ts";
import { silenceStart } from "../whens/silence.ts";
import { addNumber, copyNumber, takeLeast, takeMissing, takeMost } from "./numbers.ts";

/** What of a merge is to be told beside what the triggers themselves find. */
export interface Leftovers {
  readonly wants: Pick<Wants, "cancels" | "outcomes">;
  /** By trigger: places of which the other was told, and where the person did not stand. Entering one is no news. */
  readonly told: Map<TriggerProgram, readonly string[]>;
}

/** Before `born` and the places of the two are one. */
export function mergeTrigger(trigger: TriggerProgram, touched: PackTouch, row: Row, from: Row, old: ContactKey, left: Leftovers): void {
  const places = toldOf(trigger, touched.pack, row, from);
  const told = places.length > 0;
  if (told) left.told.set(trigger, places);
  const lasts = { own: row.numbers[trigger.memory] as number, other: from.numbers[trigger.memory] as number };
  const silence = mergeMemory(trigger, touched.pack, row, from);
  const whose = trigger.due >= 0 ? mergePending(trigger, touched, { row, from, old, told }, left) : "own";
  if (trigger.due >= 0 && isBroken(trigger, row, silence, lasts[whose])) giveUp(touched, trigger, row, "no_longer_true", left.wants.cancels);
  if (trigger.goal !== null) mergeGoal(trigger, touched, row, from, old, left);
  takeMost(row, from, trigger.fired);
}

interface Two {
  readonly row: Row;
  readonly from: Row;
  readonly old: ContactKey;
  readonly told: boolean;
}

/** Places of this `enter` where the other stands, the person does not, and the trigger has fired or waits. */
function toldOf(trigger: TriggerProgram, pack: PackProgram, row: Row, from: Row): string[] {
  const { when } = trigger.definition;
  if (when.kind !== "enter") return [];
  const fired = from.numbers[trigger.fired] as number;
  const waitsIn = hasPending(trigger, from) ? pendingIn(trigger, from).p : undefined;
  return when.places
    .map((place) => ({ id: `${place.axis}/${place.name}`, own: standsSince(place, pack, row), since: standsSince(place, pack, from) }))
    .filter(({ id, own, since }) => own === null && since !== null && (fired >= since || waitsIn === id))
    .map(({ id }) => id);
}

/** Since when a row stands in the place: from the beginning, where that is not kept; null where it does not. */
function standsSince({ axis, name }: Place, { stages, segments, audiences }: PackProgram, { numbers }: Row): number | null {
  if (axis === "audience") return audiences.some((one) => one.name === name && numbers[one.place] === 1) ? Number.NEGATIVE_INFINITY : null;
  const at = axis === "stage" ? stages : segments;
  const names = axis === "stage" ? stages?.order : segments?.list.map((one) => one.name);
  return at !== null && names?.[numbers[at.place] as number] === name ? (numbers[at.since] as number) : null;
}

/** What each kind of *when* remembers. Answers with the beginning of the silence, or the last event, that is the person's now. */
function mergeMemory(trigger: TriggerProgram, pack: PackProgram, row: Row, from: Row): number {
  const { memory, mark, rhythm } = trigger;
  switch (trigger.definition.when.kind) {
    case "rises":
    case "falls":
      takeMost(row, from, memory);
      return Number.NaN;
    case "reaches":
      row.numbers[memory] = unionOfReached(row.numbers[memory] as number, from.numbers[memory] as number);
      return Number.NaN;
    case "silent":
      return mergeSilence(trigger, pack, row, from);
    case "overdue":
      if (rhythm !== null) {
        addNumber(row, from, rhythm.count);
        takeLeast(row, from, rhythm.first);
      }
      takeMost(row, from, memory);
      if (from.numbers[mark] === row.numbers[memory]) copyNumber(row, from, mark);
      return row.numbers[memory] as number;
    case "started":
      takeMost(row, from, memory);
      return Number.NaN;
    case "date":
      takeMissing(row, from, memory);
      takeMost(row, from, mark);
      return Number.NaN;
    case "every":
    case "broadcast":
      takeMost(row, from, mark);
      return Number.NaN;
    case "enter":
    case "leave":
    case "event":
      return Number.NaN;
  }
}

/** The later silence is the person's; it is spent if it was for the one whose it is. */
function mergeSilence(trigger: TriggerProgram, pack: PackProgram, row: Row, from: Row): number {
  const { memory, mark } = trigger;
  const began = Number.isNaN(row.numbers[memory]) && Number.isNaN(from.numbers[memory]);
  const start = began
    ? Math.min(silenceStart(trigger, pack, row), silenceStart(trigger, pack, from))
    : Math.max(orLeast(row.numbers[memory] as number), orLeast(from.numbers[memory] as number));
  if (from.numbers[mark] === start) copyNumber(row, from, mark);
  takeMost(row, from, memory);
  return start;
}

const orLeast = (at: number): number => (Number.isNaN(at) ? Number.NEGATIVE_INFINITY : at);

/** Whose it is that waits now. */
function mergePending(trigger: TriggerProgram, touched: PackTouch, { row, from, old, told }: Two, left: Leftovers): "own" | "other" {
  const { mark, due, pending } = trigger;
  const isStarted = trigger.definition.when.kind === "started";
  if (!hasPending(trigger, from)) {
    if (told) giveUp(touched, trigger, row, "replaced", left.wants.cancels);
    if (isStarted && !hasPending(trigger, row)) takeMost(row, from, mark);
    return "own";
  }
  const other = pendingIn(trigger, from);
  const named = ofOther(trigger, other, old);
  const newer = isStarted && (from.numbers[mark] as number) > (row.numbers[mark] as number);
  if (hasPending(trigger, row) && !told && !newer) {
    cancel(touched, trigger, named, "replaced", left.wants.cancels);
    return "own";
  }
  giveUp(touched, trigger, row, "replaced", left.wants.cancels);
  if (isStarted) copyNumber(row, from, mark);
  copyNumber(row, from, due);
  row.setText(pending, JSON.stringify(named));
  return "other";
}

/** What waits is over by something that the other one did. `last`: of a rhythm, the last event of the one whose it is. */
function isBroken(trigger: TriggerProgram, row: Row, since: number, last: number): boolean {
  if (!hasPending(trigger, row)) return false;
  const { kind } = trigger.definition.when;
  if (kind === "started") return (row.numbers[trigger.memory] as number) >= (row.numbers[trigger.mark] as number);
  if (kind === "overdue") return since > last;
  return kind === "silent" && since > pendingIn(trigger, row).b;
}

function mergeGoal(trigger: TriggerProgram, touched: PackTouch, row: Row, from: Row, old: ContactKey, left: Leftovers): void {
  const { goal } = trigger;
  const text = goal === null ? undefined : from.text(goal.state);
  if (goal === null || text === undefined) return;
  from.setText(goal.state, JSON.stringify(ofOther(trigger, JSON.parse(text) as Named, old)));
  const own = openGoal(trigger, row);
  if (own !== null) return closeUnreached(touched, trigger, from, { cause: "replaced", by: own.occasion }, left.wants.outcomes);
  if (openGoal(trigger, from) === null && row.text(goal.state) !== undefined) return;
  copyNumber(row, from, goal.until);
  row.setText(goal.state, from.text(goal.state));
}

/** What was told of an occasion while it was the other's can still be answered where a pack is taken over whole, and occasions keep their names. */
export function adoptTrigger(trigger: TriggerProgram, row: Row, old: ContactKey): void {
  if (!isAnswered(trigger)) return;
  for (const place of [trigger.goal?.state ?? -1, trigger.definition.series ? trigger.pending : -1]) {
    const text = place < 0 ? undefined : row.text(place);
    if (text === undefined) continue;
    const state = JSON.parse(text) as Named;
    row.setText(place, JSON.stringify(renamed(state, state.o, old)));
  }
}

/** An occasion of the other under the name that it has here. */
export function ofOther<Of extends Named>(trigger: TriggerProgram, of: Of, old: ContactKey): Of {
  const occasion = occasionOfOther(trigger, of.o, old);
  return isAnswered(trigger) ? renamed(of, occasion, old) : { ...of, o: occasion };
}

/** `3@anon-7`; what is named by a moment or by a message is its own name anywhere. */
function occasionOfOther({ definition }: TriggerProgram, occasion: string, old: ContactKey): string {
  const isNumber = definition.when.kind === "enter" || definition.when.kind === "leave";
  return isNumber && !occasion.includes("@") ? `${occasion}@${old.id}` : occasion;
}
