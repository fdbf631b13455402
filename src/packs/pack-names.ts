// What a pack has named, for whoever speaks of it from outside: examples, and a deployment that adopts it.

import type { GridDefinition, PackDefinition, TriggerDefinition } from "./definition.ts";

export interface PackNames {
  readonly stages: readonly string[];
  readonly segments: readonly string[];
  readonly audiences: readonly string[];
  readonly grids: readonly string[];
  /** As they fire: `welcome`, and each step of a series as `welcome/1`. */
  readonly triggers: readonly string[];
  /** Series as a whole, whose steps are above. */
  readonly series: readonly string[];
  /** Measures, scores, grids, bands, audiences, and r, f, m and rfm: what conditions name. `moment` is a measure that is a time. */
  readonly values: ReadonlyMap<string, "moment" | "value">;
}

export function namesOf(pack: PackDefinition): PackNames {
  const audiences = pack.audiences.map(({ name }) => name);
  const values = [...pack.scores, ...pack.grids, ...pack.bands, ...pack.audiences].map(({ name }) => [name, "value"] as const);
  const measures = pack.measures.map(({ name, kind }) => [name, kind === "first" || kind === "last" ? "moment" : "value"] as const);
  const rfm = pack.rfm === null ? [] : (["r", "f", "m", "rfm"] as const).map((name) => [name, "value"] as const);
  return {
    stages: pack.stages?.order ?? [],
    segments: pack.segments?.list.map(({ name }) => name) ?? [],
    audiences,
    grids: pack.grids.map(({ name }) => name),
    triggers: pack.triggers.flatMap(firedAs),
    series: pack.triggers.filter(({ series }) => series).map(({ name }) => name),
    values: new Map([...values, ...measures, ...rfm]),
  };
}

/** Every cell of a grid, row by row. */
export const cellsOf = ({ rows, columns }: GridDefinition): string[] => rows.at.flatMap((row) => columns.at.map((column) => row.mark + column.mark));

/** The names under which a trigger can fire: its own, or those of the steps of a series. */
export const firedAs = ({ name, series, steps }: TriggerDefinition): readonly string[] => (series ? steps.map((_, index) => `${name}/${index + 1}`) : [name]);
