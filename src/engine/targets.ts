// What targets are measured by (docs/packs.md "targets"): of each contact the moment at which it last came into the stage that a
// target counts from, and whether it came into the other in time. Kept as steps are made, read when somebody asks how it stands;
// nothing else of a contact depends on it. The rate is that of the whole population, so it is counted over all rows.

import type { StagesProgram, TargetsProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";

/** A step into the stage `to` at `now`, which is told. */
export function noteTargets({ targets }: StagesProgram, row: Row, to: number, now: number): void {
  for (const [index, target] of targets.of.entries()) {
    if (target.to === to) {
      const since = row.lists[targets.list]?.get(index) ?? Number.NaN;
      if (since > 0 && now - since <= target.definition.withinMs) row.changeList(targets.list).put(index, -since);
    }
    if (target.from === to) row.changeList(targets.list).put(index, now);
  }
}

/** Those whose time was over, and of them those who went on in time; those whose time still runs, and of them those who have gone on. */
export interface TargetCount {
  entered: number;
  reached: number;
  openEntered: number;
  openReached: number;
}

export const noTargetCount = (): TargetCount => ({ entered: 0, reached: 0, openEntered: 0, openReached: 0 });

/** Adds a contact to the counts as of `now`; `counts` are in the order of the targets. */
export function countTargets({ list, of }: TargetsProgram, row: Row, now: number, counts: readonly TargetCount[]): void {
  const kept = row.lists[list];
  if (kept === undefined) return;
  for (let at = 0; at < kept.length; at++) {
    const index = kept.buckets[at] as number;
    const moment = kept.amounts[at] as number;
    const count = counts[index] as TargetCount;
    const withinMs = of[index]?.definition.withinMs ?? 0;
    const ago = now - Math.abs(moment);
    if (ago < withinMs) add(count, "openEntered", "openReached", moment < 0);
    else if (ago < 2 * withinMs) add(count, "entered", "reached", moment < 0);
  }
}

function add(count: TargetCount, entered: keyof TargetCount, reached: keyof TargetCount, hasReached: boolean): void {
  count[entered]++;
  if (hasReached) count[reached]++;
}
