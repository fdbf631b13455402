// `once: { per, in }`: whether a message repeats an event that counted a short while ago (docs/packs.md "events"). What is
// remembered is bounded: the moments of the last values, as hashes.

import { textHash } from "../model/text-hash.ts";
import { BOUNDS } from "../packs/bounds.ts";
import type { OnceProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import type { Dropped } from "./dropped.ts";
import { textOf } from "./kept-values.ts";
import type { EventFacts } from "./touch.ts";

/** A message that is no repeat is remembered from here on. */
export function isRepeat(once: OnceProgram, row: Row, event: EventFacts, now: number, dropped: Dropped): boolean {
  const text = textOf(event.values[once.per]);
  if (text === undefined) return false;
  const value = textHash(text);
  const list = row.lists[once.list];
  const known = list?.indexOfAmount(value) ?? -1;
  const before = known < 0 ? Number.NaN : (list?.buckets[known] as number);
  if (now - before < once.inMs && Math.abs(event.at - before) < once.inMs) return true;
  remember(once, row, value, Number.isNaN(before) ? event.at : Math.max(before, event.at), now, dropped);
  return false;
}

function remember(once: OnceProgram, row: Row, value: number, at: number, now: number, dropped: Dropped): void {
  const list = row.changeList(once.list);
  const known = list.indexOfAmount(value);
  if (known >= 0) list.removeAt(known);
  list.drop(now - once.inMs);
  if (now - at >= once.inMs) return;
  list.insert(at, value);
  if (list.length <= BOUNDS.once_values.most) return;
  list.removeAt(0);
  dropped.once_forgotten++;
}
