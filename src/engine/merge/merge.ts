// Two rows into one: a contact turns out to be a person that is known already, and what was kept of it becomes the person's
// (docs/identity.md "Merging rows", which is the exact meaning). Every field has a rule by what it means: what was counted adds up, what
// was first stays first, what waits goes on waiting. Then everything is looked at once, as at a deadline, and each place that is another
// one is told once.
//
// `from`, the other's row, is in the same layout and is used up. What a part of a pack means when two of it come together is in
// the files beside this one.

import type { ContactKey } from "../../model/ids.ts";
import type { When } from "../../packs/definition.ts";
import type { PackProgram, TriggerProgram } from "../../packs/program.ts";
import { FIRST_SEEN, LAST_SEEN, type Layout, type Row } from "../../packs/row.ts";
import { alsoKnown, noteAlsoKnown } from "../also-known.ts";
import { isAnswered, renamed } from "../answers.ts";
import type { Dropped } from "../dropped.ts";
import { isExcluded } from "../exclusion.ts";
import { giveUp } from "../pending.ts";
import type { Rename } from "../policy/held.ts";
import { endBroken } from "../recut.ts";
import type { PackTouch, Touch } from "../touch.ts";
import { sideOf } from "../whens/threshold.ts";
import { mergeMeasure, mergePurchases, purchasesOf } from "./measures.ts";
import { mergeMemories } from "./memory.ts";
import { copyList, copyNumber, takeLeast, takeMost } from "./numbers.ts";
import { mergePlaces, type Stood, settleOnce, stoodIn } from "./places.ts";
import { mergeScore } from "./scores.ts";
import { mergeTrait } from "./traits.ts";
import { adoptTrigger, type Leftovers, mergeTrigger, ofOther } from "./triggers.ts";

export interface Incoming {
  readonly from: Row;
  readonly old: ContactKey;
}

/** What belongs to no pack. `generation`, whether the contact is identified, and where it is in history, stay the person's. */
export function mergeContact(row: Row, { from, old }: Incoming, now: number): void {
  takeLeast(row, from, FIRST_SEEN);
  takeMost(row, from, LAST_SEEN);
  noteAlsoKnown(row, [...alsoKnown(from), { ...old, at: now }]);
}

/** One pack of both: the other's whole part where the person's has not begun, the rules of the parts where both have. */
export function mergePack(touched: PackTouch, row: Row, { from, old }: Incoming, now: number, dropped: Dropped, left: Leftovers): void {
  const { pack } = touched;
  row.version++;
  if (!isBorn(pack, from)) return;
  if (!isBorn(pack, row)) return adopt(pack, row, from, old);
  for (const trigger of pack.triggers) mergeTrigger(trigger, touched, row, from, old, left);
  for (const trait of pack.traits) mergeTrait(trait, row, from);
  for (const measure of pack.measures) mergeMeasure(measure, row, from, now, dropped);
  for (const purchases of purchasesOf(pack)) mergePurchases(purchases, row, from);
  for (const event of pack.events) mergeMemories(event, row, from);
  mergePlaces(pack, row, from);
  takeLeast(row, from, pack.born);
  row.version++;
  for (const score of pack.scores) mergeScore(score, row, from, now);
  row.version++;
}

/** Where the person is known to stand: told before, or by the other's row where the person's had not begun. */
export const knownPlaces = (pack: PackProgram, row: Row, from: Row): Stood => stoodIn(pack, isBorn(pack, row) ? row : from);

/** Looks at a pack once all is merged. Whether it has anything to do with the contact. */
export function lookOnce(touched: PackTouch, row: Row, touch: Touch, before: Stood): boolean {
  const { pack } = touched;
  if (!isBorn(pack, row)) return false;
  touched.excluded = isExcluded(pack, row, touch.now);
  if (touched.excluded) return false;
  settleOnce(touched, row, touch, before);
  for (const trigger of pack.triggers) {
    const { when } = trigger.definition;
    if (when.kind === "enter" || when.kind === "leave") endBroken(touched, trigger, when.kind, row);
    if (when.kind === "rises" || when.kind === "falls") endBeyond(touched, trigger, when, row, touch.now);
  }
  return true;
}

/** What waits for a side of a threshold is over where the two together are on the other. */
function endBeyond(touched: PackTouch, trigger: TriggerProgram, { kind, at }: Threshold, row: Row, now: number): void {
  if (trigger.term === null || sideOf(trigger.term, row, now, at) === (kind === "rises" ? 1 : 0)) return;
  giveUp(touched, trigger, row, "no_longer_true", touched.ended);
}

type Threshold = Extract<When, { kind: "rises" | "falls" }>;

/** Of what is held: under another name in a pack that both rows know. */
export function renamer(packs: readonly PackProgram[], row: Row, { from, old }: Incoming): Rename {
  const both = new Set(packs.filter((pack) => isBorn(pack, row) && isBorn(pack, from)));
  return (item) => {
    const pack = packs.find(({ name }) => name === item.p);
    const trigger = pack?.triggers.find(({ definition }) => definition.name === item.t);
    if (pack === undefined || trigger === undefined) return item;
    if (both.has(pack)) return ofOther(trigger, item, old);
    return isAnswered(trigger) ? renamed(item, item.o, old) : item;
  };
}

/** Leftovers with nothing in them. */
export const nothingLeft = (): Leftovers => ({ wants: { cancels: [], outcomes: [] }, told: new Map<TriggerProgram, readonly string[]>() });

const isBorn = (pack: PackProgram, row: Row): boolean => !Number.isNaN(row.numbers[pack.born] as number);

/** All fields of the pack, but for those that the partition keeps for itself. */
function adopt(pack: PackProgram, row: Row, from: Row, old: ContactKey): void {
  const { layout } = row;
  const own = new Set([pack.deadline, ...pack.population.flatMap(({ seen, samples }) => [seen, ...samples.map(({ counted }) => counted)])]);
  for (const place of placesOf(layout, "numbers", pack)) if (!own.has(place)) copyNumber(row, from, place);
  for (const place of placesOf(layout, "lists", pack)) copyList(row, from, place);
  for (const place of placesOf(layout, "texts", pack)) row.setText(place, from.text(place));
  for (const trigger of pack.triggers) adoptTrigger(trigger, row, old);
}

const placesOf = (layout: Layout, kind: "numbers" | "lists" | "texts", { name }: PackProgram): number[] =>
  layout[kind].flatMap((id, place) => (id.startsWith(`${name}/`) ? [place] : []));
