// Who is where on R x F, and what they have spent: what `GET /v1/rfm` shows. Counted by walking over the contacts of a worker, a few at a time, when
// it is asked, added up over slices and workers. Amounts are whole 1/10,000 until they are shown.

import type { RfmCell, RfmCounts } from "../model/status.ts";
import type { PackProgram } from "../packs/program.ts";
import { AXES, axisScore, type RfmProgram, rfmInputs } from "../packs/rfm-score.ts";
import type { Row } from "../packs/row.ts";
import type { SlotCursor } from "./protocol.ts";

interface Cell {
  contacts: number;
  amount: number;
}

interface PackGrid {
  readonly bins: number;
  readonly grid: Record<string, Cell>;
  readonly segments: Record<string, Cell>;
  without: number;
  readonly cuts: { readonly number: number; readonly at: number; readonly now: number; readonly bounds: Readonly<Record<string, readonly number[] | null>> };
}

/** By pack, of some contacts. */
export type RfmGrid = Readonly<Record<string, PackGrid>>;

/** Of a few contacts of a worker; `next` is where to go on, null at the end. */
export interface RfmSlice {
  readonly grid: RfmGrid;
  readonly next: SlotCursor | null;
}

export class RfmGrids {
  readonly #packs: readonly { readonly pack: PackProgram; readonly rfm: RfmProgram }[];
  readonly #grids: Record<string, PackGrid> = {};

  constructor(packs: readonly PackProgram[], now: number) {
    this.#packs = packs.flatMap((pack) => (pack.rfm === null ? [] : [{ pack, rfm: pack.rfm }]));
    for (const { pack, rfm } of this.#packs) this.#grids[pack.name] = emptyGrid(pack, rfm, now);
  }

  /** Whether there is anything to count. */
  get counts(): boolean {
    return this.#packs.length > 0;
  }

  add(row: Row, now: number): void {
    for (const { pack, rfm } of this.#packs) {
      const of = this.#grids[pack.name] as PackGrid;
      const inputs = rfmInputs(rfm, row, now);
      const amount = inputs === null ? 0 : Math.round(inputs.monetary * 10_000);
      const segment = pack.segments?.list[row.numbers[pack.segments.place] as number]?.name;
      if (segment !== undefined) addTo(of.segments, segment, amount);
      const code = 10 * axisScore(rfm, "r", row, now) + axisScore(rfm, "f", row, now);
      if (inputs === null || Number.isNaN(code)) of.without++;
      else addTo(of.grid, String(code), amount);
    }
  }

  take(): RfmGrid {
    return this.#grids;
  }
}

/** Grids of different contacts as one. */
export function viewOf(parts: readonly RfmGrid[]): RfmCounts {
  const names = Object.keys(parts[0] ?? {});
  return { packs: Object.fromEntries(names.map((name) => [name, together(parts.flatMap((part) => part[name] ?? []))])) };
}

function together(parts: readonly PackGrid[]): RfmCounts["packs"][string] {
  const [{ bins, cuts }] = parts as [PackGrid];
  const known = Number.isFinite(cuts.at);
  return {
    bins,
    grid: summed(parts.map(({ grid }) => grid)),
    segments: summed(parts.map(({ segments }) => segments)),
    without: parts.reduce((sum, { without }) => sum + without, 0),
    cuts: {
      number: cuts.number,
      at: known ? new Date(cuts.at).toISOString() : null,
      ageSeconds: known ? Math.max(0, Math.round((cuts.now - cuts.at) / 1000)) : null,
      bounds: cuts.bounds,
    },
  };
}

function summed(parts: readonly Record<string, Cell>[]): Record<string, RfmCell> {
  const cells: Record<string, Cell> = {};
  for (const part of parts)
    for (const [name, { contacts, amount }] of Object.entries(part)) {
      cells[name] ??= { contacts: 0, amount: 0 };
      cells[name].contacts += contacts;
      cells[name].amount += amount;
    }
  return Object.fromEntries(Object.entries(cells).map(([name, { contacts, amount }]) => [name, { contacts, amount: amount / 10_000 }]));
}

function emptyGrid(pack: PackProgram, rfm: RfmProgram, now: number): PackGrid {
  const live = pack.population.find(({ name }) => name === "rfm")?.live;
  return {
    bins: rfm.bins,
    grid: {},
    segments: Object.fromEntries(pack.segments?.list.map(({ name }) => [name, { contacts: 0, amount: 0 }]) ?? []),
    without: 0,
    cuts: {
      number: rfm.cuts.number,
      at: live?.at ?? Number.NaN,
      now,
      bounds: Object.fromEntries(AXES.map((axis) => [axis, rfm.cuts.axes[axis]?.bounds ?? null])),
    },
  };
}

function addTo(cells: Record<string, Cell>, name: string, amount: number): void {
  cells[name] ??= { contacts: 0, amount: 0 };
  cells[name].contacts++;
  cells[name].amount += amount;
}
