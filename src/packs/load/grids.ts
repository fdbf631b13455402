// `grids:` letters and digits by lower bounds of two scores, as lead grades are drawn: "A1" to "D4".

import type { GridAxis, GridDefinition } from "../definition.ts";
import { readNamed, readNumber, shapeOf } from "../fields.ts";
import type { Names } from "../names.ts";
import { cellsOf } from "../pack-names.ts";
import type { ProblemList } from "../problems.ts";
import { LIMITS } from "../schema.ts";
import type { YamlEntry, YamlNode } from "../yaml-source.ts";

const FORM = "name: { score: { A: 80, B: 0 }, other: { 1: 50, 2: 0 } }";
const NO_AXIS: GridAxis = { score: "", at: [] };

export function readGrids(node: YamlNode | undefined, names: Names, problems: ProblemList): GridDefinition[] {
  const grids = readNamed(node, "grids", LIMITS.grids, problems, FORM).map(({ key, value }) => readGrid(key, value, names, problems));
  for (const grid of grids) names.values.set(grid.name, { kind: "grid", type: "string", words: cellsOf(grid) });
  return grids;
}

function readGrid(name: string, node: YamlNode, names: Names, problems: ProblemList): GridDefinition {
  const what = `grid \`${name}\``;
  const empty = { name, rows: NO_AXIS, columns: NO_AXIS };
  if (node.kind !== "map" || node.entries.length !== 2) {
    const has = node.kind === "map" ? `of ${node.entries.length} ${node.entries.length === 1 ? "score" : "scores"}` : shapeOf(node);
    problems.add(node.at, "wrong-shape", `${what} is ${has}; a grid is of two scores`, `such as ${FORM}`);
    return empty;
  }
  const [rows, columns] = node.entries as [YamlEntry, YamlEntry];
  return {
    name,
    rows: readAxis(rows, /^[A-Z]$/, "a capital letter, such as A", what, names, problems),
    columns: readAxis(columns, /^[0-9]$/, "a digit, such as 1", what, names, problems),
  };
}

/** Marks from the best to the least: in any other order one of them is a slip. */
function readAxis({ key, at, value }: YamlEntry, mark: RegExp, form: string, what: string, names: Names, problems: ProblemList): GridAxis {
  if (names.values.get(key)?.kind !== "score") names.unknownScore({ kind: "scalar", at, value: key, text: key, torn: false, offsetOf: () => at }, what);
  const marks: { mark: string; from: number }[] = [];
  if (value.kind !== "map" || value.entries.length === 0) {
    problems.add(value.at, "wrong-shape", `${what}, \`${key}\` is ${shapeOf(value)}; it holds marks with their lower bounds`, `such as ${FORM}`);
    return { score: key, at: marks };
  }
  for (const entry of value.entries) {
    if (!mark.test(entry.key)) problems.add(entry.at, "bad-name", `${what}, \`${key}\`: \`${entry.key.slice(0, 40)}\` is no mark`, `a mark here is ${form}`);
    const from = readNumber(entry.value, `${what}, \`${key}\`, \`${entry.key.slice(0, 40)}\``, problems);
    const before = marks.at(-1);
    if (from === undefined) continue;
    if (before !== undefined && from >= before.from)
      problems.add(
        entry.at,
        "bad-order",
        `${what}, \`${key}\`: \`${entry.key}\` begins at ${from} and stands after \`${before.mark}\`, which begins at ${before.from}`,
        "write the best first: each lower bound below the one before",
      );
    marks.push({ mark: entry.key, from });
  }
  return { score: key, at: marks };
}
