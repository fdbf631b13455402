// `grids:` -> which cell a contact is in, and when that may next be another one. Only the two bounds around a score can be
// crossed next, so no others are asked.

import type { GridAxis, GridDefinition } from "../definition.ts";
import { cellsOf } from "../pack-names.ts";
import type { GridProgram } from "../program.ts";
import type { Row } from "../row.ts";
import { compileNumber, type Names } from "../terms/compile.ts";
import type { Term } from "../terms/term.ts";
import type { NextChange } from "../terms/truth.ts";
import type { PackFields } from "./fields.ts";

export function compileGrid(of: GridDefinition, fields: PackFields, names: Names): GridProgram {
  const rows = compileAxis(of.rows, names);
  const columns = compileAxis(of.columns, names);
  const cells = cellsOf(of);
  const what = `grid/${of.name}`;
  return {
    name: of.name,
    cells,
    cellAt: (row, now) => {
      const letter = rows.markAt(row, now);
      const digit = columns.markAt(row, now);
      return letter < 0 || digit < 0 ? -1 : letter * of.columns.at.length + digit;
    },
    next: (row, now) => Math.min(rows.next(row, now), columns.next(row, now)),
    place: fields.number(what, -1, cells),
    since: fields.number(`${what}/since`, Number.NaN, cells),
  };
}

/** What a grid is in a condition. */
export const gridTerm = (of: GridProgram): Term => ({ kind: "text", at: (row, now) => of.cells[of.cellAt(row, now)], edges: [of.next], continuous: false });

interface Axis {
  /** Index of the mark, from the best; -1 below all bounds. */
  readonly markAt: (row: Row, now: number) => number;
  readonly next: NextChange;
}

function compileAxis(of: GridAxis, names: Names): Axis {
  const score = compileNumber({ op: "score", name: of.score, text: of.score, type: "number" }, names);
  const bounds = of.at.map(({ from }) => from);
  const markAt = (row: Row, now: number): number => {
    const value = score.value(row, now);
    return bounds.findIndex((bound) => value >= bound);
  };
  const next: NextChange = (row, now) => {
    const mark = markAt(row, now);
    // The bound that holds the score up, and the one above it.
    const around = mark < 0 ? [bounds.at(-1)] : [bounds[mark], bounds[mark - 1]];
    return around.reduce(
      (first: number, bound) => (bound === undefined ? first : Math.min(first, score.nextCrossing(row, now, bound))),
      Number.POSITIVE_INFINITY,
    );
  };
  return { markAt, next };
}
