// One worker's part in the numbers of the population: at the first step at which log time has passed a multiple of an item's
// `every`, its partitions give their counts, which are added up here and leave with the batch; and when a `cuts` record stands in
// the log, it is put into effect. Only the number after the live one counts, so whoever repeats an older one changes nothing.

import { type CutsRecord, type PopulationProgram, takeNumbers } from "../packs/population.ts";
import type { Program } from "../packs/program.ts";
import { bucketOf } from "./histogram.ts";
import type { Partition } from "./partition.ts";
import type { Due, ItemCounts } from "./population-counts.ts";
import type { CountedItem, LiveNumber } from "./protocol.ts";

/** What is due to be counted at this step, over all partitions of the worker. */
export const countAll = (partitions: Iterable<Partition>, position: number, logTime: number): CountedItem[] =>
  together(
    [...partitions].map((partition) => partition.rows.counts.due(logTime)),
    position,
    logTime,
  );

/** What was counted before and does not stand in the log, as far as it was read. */
export const countOwed = (partitions: Iterable<Partition>, position: number, logTime: number): CountedItem[] =>
  together(
    [...partitions].map((partition) => partition.rows.counts.owed(logTime)),
    position,
    logTime,
  );

function together(due: readonly (readonly Due[])[], position: number, logTime: number): CountedItem[] {
  const parts = new Map<PopulationProgram, ItemCounts[]>();
  for (const ofOne of due)
    for (const { item, counts } of ofOne) {
      const known = parts.get(item);
      if (known === undefined) parts.set(item, [counts]);
      else known.push(counts);
    }
  return [...parts].map(([item, counts]) => ({
    pack: item.pack,
    of: item.name,
    meaning: item.meaning,
    plan: item.plan,
    number: item.live.number + 1,
    position,
    logTime,
    ...sumOf(counts),
  }));
}

/** Counts of several partitions, or of several workers, as one. Where one of them is coarse, all are made so. */
export function sumOf(parts: readonly ItemCounts[]): ItemCounts {
  const coarse = parts.some((part) => part.coarse);
  const names = Object.keys(parts[0]?.samples ?? {});
  return {
    samples: Object.fromEntries(
      names.map((name) => [
        name,
        merged(
          parts.map((part) => part.samples[name] ?? []),
          coarse,
        ),
      ]),
    ),
    coarse,
    events: parts.reduce((sum, { events }) => sum + events, 0),
    sum: parts.reduce((total, { sum }) => total + sum, 0),
  };
}

function merged(parts: readonly (readonly (readonly [number, number])[])[], coarse: boolean): [number, number][] {
  const counts = new Map<number, number>();
  for (const part of parts)
    for (const [value, count] of part) {
      const key = coarse ? bucketOf(value) : value;
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
  return [...counts];
}

/** Puts the record's numbers into effect if they are the next ones; `restoring`: whatever their number is. Returns what they are of. */
export function takeCuts(program: Program, record: CutsRecord, text: string, restoring: boolean): PopulationProgram | undefined {
  const item = itemsOf(program).find(({ pack, name, meaning }) => pack === record.pack && name === record.of && meaning === record.meaning);
  if (item === undefined || (!restoring && record.number !== item.live.number + 1)) return undefined;
  takeNumbers(item, record, text);
  return item;
}

export const liveNumbers = (program: Program): LiveNumber[] =>
  itemsOf(program).map(({ pack, name, meaning, live }) => ({ pack, of: name, meaning, number: live.number }));

/** The records behind what is in effect, for a checkpoint. */
export const cutsRecords = (program: Program): string[] => itemsOf(program).flatMap(({ live }) => live.records);

export const itemsOf = (program: Program): PopulationProgram[] => program.packs.flatMap((pack) => pack.population);
