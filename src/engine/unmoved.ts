// New cut points move few: most contacts lie in the same bins under them as before. This tells for whom nothing has changed, from
// a few numbers of the row wherever they lie, so that a sweep passes them without unpacking anything. It says so only where looking
// at the contact would change nothing but when it is looked at next. What a look does is in recut.ts.

import { type CutMoves, isBetween } from "../packs/cut-moves.ts";
import type { PopulationProgram } from "../packs/population.ts";
import type { PackProgram } from "../packs/program.ts";
import { dayAt, startOfDay } from "../packs/purchases.ts";
import { DEADLINE, type NumbersAt } from "../packs/row.ts";

/**
 * Until when a pack may leave a contact as it is, which is behind the numbers in effect: Infinity for as long as it would have anyway; NaN where it has to be looked at now.
 * Good only while no deadline of the contact has passed: until then what is counted of it is what it has.
 */
export function unmovedUntil(pack: PackProgram, { numbers, base }: NumbersAt, now: number): number {
  if (Number.isNaN(numbers[base + pack.born] as number)) return Number.POSITIVE_INFINITY;
  let until = Number.POSITIVE_INFINITY;
  for (const item of pack.population) {
    const seen = numbers[base + item.seen] as number;
    if (seen === item.live.number) continue;
    const next = untilOf(item, item.live.moves.get(seen), numbers, base, now);
    if (Number.isNaN(next)) return Number.NaN;
    if (next < until) until = next;
  }
  return until;
}

/** Takes down that the contact is under the numbers in effect, and when it is to be looked at because of them. Whether that is its next deadline. */
export function markUnmoved(pack: PackProgram, { numbers, base }: NumbersAt, until: number): boolean {
  for (const { seen, live } of pack.population) numbers[base + seen] = live.number;
  if (until >= (numbers[base + pack.deadline] as number)) return false;
  numbers[base + pack.deadline] = until;
  if (until >= (numbers[base + DEADLINE] as number)) return false;
  numbers[base + DEADLINE] = until;
  return true;
}

/** Who has bought nothing is in no bin, whatever the cut points: NaN lies between nothing. */
function untilOf({ ranks, live: { rfm } }: PopulationProgram, moves: CutMoves | undefined, numbers: Float64Array, base: number, now: number): number {
  if (ranks === null || rfm === null) return Number.NaN;
  if (moves === undefined) return Number.isNaN(numbers[base + ranks.any] as number) ? Number.POSITIVE_INFINITY : Number.NaN;
  if (ranks.f >= 0 && moves.f.length > 0 && isBetween(moves.f, numbers[base + ranks.f] as number)) return Number.NaN;
  if (ranks.m >= 0 && moves.m.length > 0 && isBetween(moves.m, numbers[base + ranks.m] as number)) return Number.NaN;
  const isAskedSooner = moves.soonerUpTo > 0 && rfm.recencyAsked;
  if (ranks.r < 0 || (moves.r.length === 0 && !isAskedSooner)) return Number.POSITIVE_INFINITY;
  const { purchases } = rfm;
  const last = numbers[base + ranks.r] as number;
  const days = Math.max(0, dayAt(purchases, now) - last);
  if (isBetween(moves.r, days)) return Number.NaN;
  if (!isAskedSooner || days >= moves.soonerUpTo) return Number.POSITIVE_INFINITY;
  const next = moves.passes.find((pass) => pass > days);
  return next === undefined ? Number.POSITIVE_INFINITY : startOfDay(purchases, last + next);
}
