// `undoes`: an event that takes back what another did, by its `key` (docs/packs.md "events"). Of an event that can be taken back
// the row remembers the last ones: when, how much, and what each rule was credited. What has been forgotten is taken back by
// its amount alone, or counted as unmatched. How single measures go back is in unmeasure.ts.

import { textHash } from "../model/text-hash.ts";
import { BOUNDS } from "../packs/bounds.ts";
import type { EventProgram, RememberProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { amountOf } from "../packs/text-values.ts";
import { nothingDropped } from "./dropped.ts";
import { keepOccurrences, type Occurrence, occurrences } from "./occurrences.ts";
import { emptyPurchases, purchaseAmount, removeAmount, removePurchase } from "./purchases.ts";
import type { Recording } from "./recording.ts";
import { takePoints } from "./scores.ts";
import { emptyMeasure, lowerSums, rebuildExtremes, takeMeasure } from "./unmeasure.ts";

/** After the event's measures and points; `credited` is what its rules were given. */
export function remember(of: RememberProgram, to: Recording, credited: readonly number[]): void {
  const { row, event, now } = to;
  const { measures, points, purchases, means, value, key } = of.event;
  row.numbers[of.standing] = (row.numbers[of.standing] as number) + 1;
  const text = keyOf(event.values[key]);
  if (text === undefined) return;
  const amount = orNull(amountOf(event.values[value]));
  const memory = occurrences(of, row);
  // What is missing was counted when the purchase was made.
  const counting = nothingDropped();
  memory.push({
    k: textHash(text),
    t: event.at,
    n: now,
    v: amount,
    r: Math.max(0, amount ?? 0),
    a: measures.map((measure) => (measure.of < 0 ? null : orNull(amountOf(event.values[measure.of])))),
    p: points.map(({ score }, index) => [credited[index] ?? 0, resetsOf(row, score.resets)]),
    q: purchases.map((one) => orNull(purchaseAmount(one, value, event, counting))),
    ...(means.length === 0 ? {} : { m: means.map(({ mean }) => (mean === null ? null : orNull(purchaseAmount(mean, value, event, counting)))) }),
  });
  const kept = memory.slice(-BOUNDS.undo_occurrences.most);
  if (kept.length < memory.length && memory[0]?.u === undefined) to.dropped.undo_forgotten++;
  keepOccurrences(of, row, kept);
}

/** `by` takes back what `of` did. */
export function takeBack(of: RememberProgram, by: EventProgram, to: Recording): void {
  const { row, event, dropped } = to;
  const amount = amountOf(event.values[by.value]);
  const text = keyOf(event.values[by.key]);
  const memory = occurrences(of, row);
  const key = text === undefined ? -1 : textHash(text);
  const known = memory.some(({ k }) => k === key);
  if (!known && !Number.isNaN(amount)) {
    lowerSums(of.event, row, Math.abs(amount));
    for (const purchases of of.event.purchases) removeAmount(purchases, row, Math.abs(amount), to.now);
    dropped.undo_by_amount++;
  } else if (!memory.some(({ k, u }) => k === key && u === undefined)) dropped.undo_unmatched++;
  else {
    takeOccurrences(of, memory, key, Number.isNaN(amount) ? Number.POSITIVE_INFINITY : Math.abs(amount), to);
    keepOccurrences(of, row, memory);
  }
}

/** The newest first, until the amount is used up: one that it covers goes, of another only the amount. */
function takeOccurrences(of: RememberProgram, memory: readonly Occurrence[], key: number, amount: number, to: Recording): void {
  let left = amount;
  for (const one of [...memory].reverse()) {
    if (one.k !== key || one.u !== undefined || !(left > 0)) continue;
    const taken = Math.min(left, one.r);
    if (left >= one.r) takeWhole(of, one, to);
    else takePart(of, one, taken, to);
    one.r -= taken;
    left -= taken;
  }
  const standing = memory.filter(({ u }) => u === undefined);
  if (to.row.numbers[of.standing] === 0) {
    for (const measure of of.event.measures) emptyMeasure(measure, to.row);
    for (const purchases of of.event.purchases) emptyPurchases(purchases, to.row);
  } else if (to.row.numbers[of.standing] === standing.length)
    for (const [index, measure] of of.event.measures.entries()) rebuildExtremes(measure, index, standing, to.row);
}

function takeWhole(of: RememberProgram, one: Occurrence, { row, now, observed }: Recording): void {
  const { measures, points, purchases, means } = of.event;
  one.u = 1;
  row.numbers[of.standing] = (row.numbers[of.standing] as number) - 1;
  for (const [index, measure] of measures.entries())
    takeMeasure(measure, row, one.t, measure.of < 0 ? (one.v === null ? 0 : leftOf(one)) : (one.a[index] ?? 0), 1);
  for (const [index, { score, rule }] of points.entries()) {
    const [credited, resets] = one.p[index] ?? [0, 0];
    if (credited !== 0) takePoints(score, rule, row, { credited, at: one.t, recorded: one.n, live: resets === resetsOf(row, score.resets) });
  }
  for (const [index, purchase] of purchases.entries()) {
    const counted = one.q[index] ?? null;
    if (counted !== null) removePurchase(purchase, row, one.t, leftOfCounted(one, counted), now);
  }
  for (const [index, mean] of means.entries()) {
    const counted = one.m?.[index] ?? null;
    if (counted !== null) observed.push({ of: mean, at: one.t, events: -1, amount: -leftOfCounted(one, counted) });
  }
}

/** Only the amount: the occurrence still stands. */
function takePart(of: RememberProgram, one: Occurrence, amount: number, { row, now, observed }: Recording): void {
  for (const measure of of.event.measures) if (measure.of < 0) takeMeasure(measure, row, one.t, amount, 0);
  for (const [index, purchase] of of.event.purchases.entries()) if ((one.q[index] ?? null) !== null) removePurchase(purchase, row, one.t, amount, now, 0);
  for (const [index, mean] of of.event.means.entries())
    if ((one.m?.[index] ?? null) !== null) observed.push({ of: mean, at: one.t, events: 0, amount: -amount });
}

/** What the occurrence still adds to a sum: an amount below 0 is never lowered. */
const leftOf = (one: Occurrence): number => ((one.v ?? 0) > 0 ? one.r : (one.v ?? 0));
const leftOfCounted = (one: Occurrence, counted: number): number => (counted > 0 ? one.r : counted);

const keyOf = (found: unknown): string | undefined => (typeof found === "string" || typeof found === "number" ? String(found) : undefined);
const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
const resetsOf = (row: Row, place: number): number => (place < 0 ? 0 : (row.numbers[place] as number));
