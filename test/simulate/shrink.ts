// A failing story made short: steps are left out, in large runs first and then one by one, as long as it still fails. What is left is
// named by the places of its steps in the story of the seed, so that a command can repeat it.

import type { Story } from "./story.ts";

export interface Cut {
  /** Places of the steps that are kept, from 0. */
  readonly kept: readonly number[];
  /** Without the background of small troubles. */
  readonly calm: boolean;
}

export const wholeOf = (story: Story): Cut => ({ kept: story.steps.map((_, place) => place), calm: false });

export const cutTo = (story: Story, { kept, calm }: Cut): Story => ({
  ...story,
  background: calm ? 0 : story.background,
  steps: kept.flatMap((place) => story.steps[place] ?? []),
});

/** The shortest that was found within so many ms of real time. */
export async function shrink(story: Story, fails: (story: Story) => Promise<boolean>, withinMs: number): Promise<Cut> {
  const end = performance.now() + withinMs;
  let best = wholeOf(story);
  const attempt = async (cut: Cut): Promise<boolean> => {
    if (performance.now() > end || !(await fails(cutTo(story, cut)))) return false;
    best = cut;
    return true;
  };
  await attempt({ ...best, calm: true });
  for (let size = best.kept.length >> 1; size >= 1 && performance.now() < end; size >>= 1) {
    for (let from = 0; from < best.kept.length; ) {
      const kept = best.kept.filter((_, i) => i < from || i >= from + size);
      if (!(await attempt({ ...best, kept }))) from += size;
    }
  }
  return best;
}

/** `0-3,7,12`, or `none`. */
export function formatPlaces(places: readonly number[]): string {
  if (places.length === 0) return NONE;
  const runs: [number, number][] = [];
  for (const place of places) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === place - 1) run[1] = place;
    else runs.push([place, place]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}

const NONE = "none";

/** The inverse; undefined for anything else. */
export function parsePlaces(text: string): number[] | undefined {
  const places: number[] = [];
  if (text === NONE) return places;
  for (const part of text.split(",")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) return undefined;
    for (let place = Number(match[1]); place <= Number(match[2] ?? match[1]); place++) places.push(place);
  }
  return places;
}
