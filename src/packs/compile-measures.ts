// `measures:` -> where each lies in the row, how an event changes it and how it is read.

import type { Term } from "./compile-condition.ts";
import type { PackFields } from "./compile-fields.ts";
import type { MeasureDefinition } from "./definition.ts";
import type { MeasureProgram } from "./program.ts";
import type { Row } from "./row.ts";
import { windowCut, windowEdge } from "./windows.ts";

export function compileMeasure(of: MeasureDefinition, fields: PackFields): MeasureProgram {
  const meaning = meaningOf(of, fields);
  const what = `measure/${of.name}`;
  const initial = of.kind === "count" || of.kind === "sum" ? 0 : Number.NaN;
  const place = of.window !== null ? fields.list(what, meaning) : fields.number(what, initial, meaning);
  return { name: of.name, kind: of.kind, of: fields.project(of.of), window: of.window, place, value: readerOf(of, place) };
}

/** What a measure is in a condition. */
export function measureTerm(of: MeasureProgram): Term {
  const { window, place } = of;
  return { kind: "number", at: of.value, edges: window === null ? [] : [(row, now) => windowEdge(row, place, window, now)], continuous: false };
}

/** Which messages a measure takes and what it reads of them: a count does not care about the event's value. */
function meaningOf(of: MeasureDefinition, fields: PackFields): unknown {
  const reads = of.kind === "sum" || of.kind === "min" || of.kind === "max" ? (of.of ?? fields.event(of.event).value) : null;
  return [of.kind, fields.eventMeaning(of.event), reads, of.window];
}

function readerOf(of: MeasureDefinition, place: number): (row: Row, now: number) => number {
  const { window } = of;
  const unit = of.kind === "sum" || of.kind === "min" || of.kind === "max" ? 10_000 : 1;
  if (window !== null) return (row, now) => (row.lists[place]?.sum(windowCut(window, now)) ?? 0) / unit;
  return unit === 1 ? (row) => row.numbers[place] as number : (row) => (row.numbers[place] as number) / unit;
}
