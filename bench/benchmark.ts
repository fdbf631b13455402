// A benchmark by its name: what main.ts can run, and what comes out of it.

import type { Workbench } from "./workbench.ts";

export interface Benchmark {
  readonly name: string;
  /** One line: what is measured against what. */
  readonly about: string;
  run(bench: Workbench): Promise<Report>;
}

export interface Report {
  /** For a person. */
  readonly lines: readonly string[];
  /** The same for a machine, with every round. Plain JSON. */
  readonly figures: Readonly<Record<string, unknown>>;
}

export const thousands = (value: number): string => Math.round(value).toLocaleString("en-US");
export const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
export const milliseconds = (ms: number): string => `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;

/** First column to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((sofar, row) => row.map((cell, column) => Math.max(cell.length, sofar[column] ?? 0)), []);
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
