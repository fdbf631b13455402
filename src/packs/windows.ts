// Windows over a row's bucket lists: which bucket a moment falls into, what is still inside, and when the window next loses
// one (docs/packs.md "measures").

import type { Window } from "./definition.ts";
import type { Row } from "./row.ts";

/** The last bucket that is out of the window at `now`. */
export const windowCut = (window: Window, now: number): number => Math.floor(now / window.bucketMs) - window.buckets;

/** When the oldest bucket that the window still holds leaves it. */
export function windowEdge(row: Row, list: number, window: Window, now: number): number {
  const oldest = row.lists[list]?.oldest(windowCut(window, now)) ?? Number.NaN;
  return Number.isNaN(oldest) ? Number.POSITIVE_INFINITY : (oldest + window.buckets) * window.bucketMs;
}
