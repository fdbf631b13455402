// How the targets of all packs stand over the contacts of one worker: counted over the rows when somebody asks, alone or beside who is where, a few contacts
// at a time (slot-walk.ts). It only reads.

import { isPast } from "../engine/history.ts";
import { countTargets, noTargetCount, type TargetCount } from "../engine/targets.ts";
import type { PackProgram, Program, StagesProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import type { Partition } from "./partition.ts";
import type { SlotCursor, TargetAims, TargetCounts, TargetSlice } from "./protocol.ts";
import { walkSlots } from "./slot-walk.ts";

/** Of so many contacts from `from` on. */
export function countTargetSlice(
  { packs }: Pick<Program, "packs">,
  partitions: readonly Partition[],
  from: SlotCursor,
  contacts: number,
  logTime: number,
): TargetSlice {
  const counter = new TargetCounter(packs);
  const next = counter.counts ? walkSlots(partitions, from, contacts, logTime, (row) => counter.add(row, logTime)) : null;
  const { targets, aims } = counter.take();
  return { counts: targets, aims, next };
}

export class TargetCounter {
  readonly #of: readonly { readonly pack: string; readonly stages: StagesProgram; readonly counts: readonly TargetCount[] }[];

  constructor(packs: readonly PackProgram[]) {
    this.#of = packs.flatMap(({ name, stages }) =>
      stages === null || stages.targets.of.length === 0 ? [] : [{ pack: name, stages, counts: stages.targets.of.map(noTargetCount) }],
    );
  }

  /** Whether there is anything to count. */
  get counts(): boolean {
    return this.#of.length > 0;
  }

  /** Whoever is in history is passed over: how it goes on there is not known yet. */
  add(row: Row, now: number): void {
    if (isPast(row)) return;
    for (const { stages, counts } of this.#of) countTargets(stages.targets, row, now, counts);
  }

  take(): { readonly targets: TargetCounts; readonly aims: TargetAims } {
    const byName = <T>(pick: (of: StagesProgram["targets"]["of"][number], count: TargetCount) => T): Record<string, Record<string, T>> =>
      Object.fromEntries(
        this.#of.map(({ pack, stages, counts }) => [
          pack,
          Object.fromEntries(stages.targets.of.map((of, index) => [of.definition.name, pick(of, counts[index] as TargetCount)])),
        ]),
      );
    return {
      targets: byName((_, count) => count),
      aims: byName(({ definition: { percent, withinMs } }) => ({ percent, withinMs })),
    };
  }
}
