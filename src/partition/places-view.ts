// Who is where and how targets stand, over all workers: their counts added up, and rates made of them.

import type { PlacesCounts, PlacesView, TargetsView, TargetView } from "../model/status.ts";
import { formatDuration } from "../packs/durations.ts";
import type { Population, TargetAims, TargetCounts, TargetSlice } from "./protocol.ts";

export function viewOfPlaces(parts: readonly Population[]): PlacesCounts {
  const { contacts, packs, targets } = parts
    .map(({ contacts, packs, targets }) => ({ contacts, packs, targets }))
    .reduce((sum, part) => added(sum, part) as typeof sum);
  const views = targetsOf(targets, parts[0]?.aims ?? {});
  return {
    contacts,
    packs: Object.fromEntries(
      Object.entries(packs).map(([name, places]): [string, PlacesView] => {
        const own = views[name];
        return [name, own === undefined ? places : { ...places, targets: own }];
      }),
    ),
  };
}

export function viewOfTargets(slices: readonly TargetSlice[]): TargetsView {
  return targetsOf(
    slices.map(({ counts }) => counts).reduce((sum, part) => added(sum, part) as TargetCounts, {}),
    slices[0]?.aims ?? {},
  );
}

function targetsOf(counts: TargetCounts, aims: TargetAims): TargetsView {
  return Object.fromEntries(
    Object.entries(counts).map(([pack, targets]) => [
      pack,
      Object.fromEntries(
        Object.entries(targets).map(([name, { entered, reached, openEntered, openReached }]): [string, TargetView] => {
          const { percent, withinMs } = aims[pack]?.[name] ?? { percent: Number.NaN, withinMs: 0 };
          return [
            name,
            {
              target: percent,
              percent: entered === 0 ? null : Math.round((reached / entered) * 10_000) / 100,
              within: formatDuration(withinMs),
              entered,
              reached,
              open: { entered: openEntered, reached: openReached },
            },
          ];
        }),
      ),
    ]),
  );
}

/** Sums numbers at equal places of two trees of numbers. */
function added(a: unknown, b: unknown): unknown {
  if (typeof a === "number" || typeof b === "number") return ((a as number | undefined) ?? 0) + ((b as number | undefined) ?? 0);
  const left = (a ?? {}) as Record<string, unknown>;
  const right = (b ?? {}) as Record<string, unknown>;
  return Object.fromEntries([...new Set([...Object.keys(left), ...Object.keys(right)])].map((key) => [key, added(left[key], right[key])]));
}
