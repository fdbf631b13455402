// What a worker says of its contacts when somebody asks: one of them, all of a partition, who stands where, how the numbers of
// `rfm` lie. It only reads, as of the log time that it is given.

import { exportContact } from "../engine/export.ts";
import { isPast, momentOf } from "../engine/history.ts";
import { viewContact } from "../engine/view.ts";
import { explainContact } from "../engine/why/why.ts";
import type { ContactKey } from "../model/ids.ts";
import type { Program } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import type { Partition } from "./partition.ts";
import type { PopulationSlice, SlotCursor } from "./protocol.ts";
import { RfmGrids, type RfmSlice } from "./rfm-grid.ts";
import { walkSlots } from "./slot-walk.ts";
import { TargetCounter } from "./target-counts.ts";

type PackCounts = { stages: Record<string, number>; segments: Record<string, number>; audiences: Record<string, number> };

/** JSON text of the contact in this slot, as of the moment that it has come to. */
export function viewSlot(program: Program, { rows }: Partition, slot: number, logTime: number, why = false): string {
  const row = rows.load(slot, logTime);
  const now = momentOf(row, logTime);
  const view = viewContact(program, row, rows.keys.at(slot), now);
  return JSON.stringify(why ? { ...view, why: explainContact(program, row, now) } : view);
}

/** Where an id without a row leads to; null for one that nothing is known of. */
export function redirectText({ people: { redirects } }: Partition, id: ContactKey): string | null {
  const entry = redirects.find(id);
  return entry < 0 ? null : JSON.stringify({ redirect: redirects.target(entry) });
}

/** JSON text of all that is held of the contact in this slot. */
export function exportSlot(program: Program, { rows }: Partition, slot: number, logTime: number): string {
  const row = rows.load(slot, logTime);
  return JSON.stringify(exportContact(program, row, rows.keys.at(slot), momentOf(row, logTime)));
}

/** Who is where, of so many contacts from `from` on. */
export function countPlaces(
  { packs }: Pick<Program, "packs">,
  partitions: readonly Partition[],
  from: SlotCursor,
  slots: number,
  logTime: number,
): PopulationSlice {
  const counts: Record<string, PackCounts> = Object.fromEntries(
    packs.map((pack) => [
      pack.name,
      {
        stages: zeros(pack.stages?.order ?? []),
        segments: zeros(pack.segments?.list.map((segment) => segment.name) ?? []),
        audiences: zeros(pack.audiences.map((audience) => audience.name)),
      },
    ]),
  );
  const targets = new TargetCounter(packs);
  let contacts = 0;
  const next = walkSlots(partitions, from, slots, logTime, (row) => {
    contacts++;
    countOne({ packs }, row, counts);
    targets.add(row, logTime);
  });
  return { contacts, packs: counts, ...targets.take(), next };
}

/**
 * R x F, segments and numbers in effect, of every pack with `rfm`, of so many contacts from `from` on. Whoever is in history is not counted: how long ago is
 * not known yet.
 */
export function countRfm({ packs }: Pick<Program, "packs">, partitions: readonly Partition[], from: SlotCursor, slots: number, logTime: number): RfmSlice {
  const grids = new RfmGrids(packs, logTime);
  const see = (row: Row): void => {
    if (!isPast(row)) grids.add(row, logTime);
  };
  const next = grids.counts ? walkSlots(partitions, from, slots, logTime, see) : null;
  return { grid: grids.take(), next };
}

const zeros = (names: readonly string[]): Record<string, number> => Object.fromEntries(names.map((name) => [name, 0]));

function countOne({ packs }: Pick<Program, "packs">, row: Row, counts: Readonly<Record<string, PackCounts>>): void {
  for (const pack of packs) {
    const of = counts[pack.name];
    if (of === undefined) continue;
    if (pack.stages !== null) add(of.stages, pack.stages.order[row.numbers[pack.stages.place] as number]);
    if (pack.segments !== null) add(of.segments, pack.segments.list[row.numbers[pack.segments.place] as number]?.name);
    for (const audience of pack.audiences) if (row.numbers[audience.place] === 1) add(of.audiences, audience.name);
  }
}

function add(counts: Record<string, number>, name: string | undefined): void {
  if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
}
