// `measures:` -> where each lies in the row, how it is read and what it is in a condition.

import type { CalendarUnit, MeasureDefinition } from "../definition.ts";
import { measureNumber, streakEdge, topValues } from "../measure-value.ts";
import type { MeasureProgram, MeasureState, UnitsProgram } from "../program.ts";
import type { Row } from "../row.ts";
import type { Term } from "../terms/term.ts";
import { MISSING, NO, YES } from "../terms/truth.ts";
import { compileCalendar, compileWindow, type WindowProgram, windowEdge, type ZoneOfRow } from "../windows.ts";
import type { PackFields } from "./fields.ts";

export function compileMeasure(of: MeasureDefinition, fields: PackFields, zone: ZoneOfRow | null): MeasureProgram {
  const state = stateOf(of, fields, zone);
  const value = measureNumber(state);
  return { name: of.name, of: fields.project(of.of), value, term: termOf(state, value), ...state };
}

function stateOf(of: MeasureDefinition, fields: PackFields, zone: ZoneOfRow | null): MeasureState {
  const meaning = meaningOf(of, fields);
  const what = `measure/${of.name}`;
  const window = of.window === null ? null : compileWindow(of.window, zone);
  const placeOf = (initial: number) => (window !== null ? fields.list(what, meaning) : fields.number(what, initial, meaning));
  switch (of.kind) {
    case "count":
    case "sum":
      return { kind: of.kind, window, place: placeOf(0) };
    case "min":
    case "max":
    case "first":
    case "last":
      return { kind: of.kind, place: placeOf(Number.NaN) };
    case "latest":
    case "earliest": {
      const place = of.type === "string" ? fields.text(what, meaning) : fields.number(what, Number.NaN, meaning);
      return { kind: of.kind, type: of.type, place, at: fields.number(`${what}/at`, Number.NaN, meaning) };
    }
    case "days":
      return { kind: of.kind, window, ...unitsOf(what, meaning, of.unit ?? "day", fields, zone) };
    case "streak":
      return { kind: of.kind, ...unitsOf(what, meaning, of.unit ?? "day", fields, zone) };
    case "distinct":
      return { kind: of.kind, window, limit: of.limit ?? 0, place: fields.list(what, meaning) };
    case "sessions":
      return { kind: of.kind, window, quietMs: of.quietMs ?? 0, place: placeOf(0), last: fields.number(`${what}/last`, Number.NaN, meaning) };
    case "gap":
      return {
        kind: of.kind,
        count: fields.number(`${what}/count`, 0, meaning),
        first: fields.number(`${what}/first`, Number.NaN, meaning),
        last: fields.number(`${what}/last`, Number.NaN, meaning),
      };
    case "top":
      return { kind: of.kind, keep: of.keep ?? 1, place: fields.text(what, meaning) };
  }
}

/** Which messages a measure takes and what it reads of them: a count does not care about the event's value. */
function meaningOf(of: MeasureDefinition, fields: PackFields): unknown {
  const common = [of.kind, fields.eventMeaning(of.event)];
  switch (of.kind) {
    case "sum":
    case "min":
    case "max":
      return [...common, of.of ?? fields.event(of.event).value, of.window];
    case "latest":
    case "earliest":
      return [...common, of.of ?? fields.event(of.event).value, of.type];
    case "distinct":
      return [...common, of.of, of.window];
    case "top":
      return [...common, of.of];
    case "sessions":
      return [...common, of.quietMs, of.window];
    case "streak":
      return [...common, of.unit];
    case "days":
      return [...common, of.unit === "day" ? null : of.unit, of.window];
    default:
      return [...common, null, of.window];
  }
}

function unitsOf(what: string, meaning: unknown, unit: CalendarUnit, fields: PackFields, zone: ZoneOfRow | null): UnitsProgram {
  return {
    list: fields.list(what, meaning),
    folded: fields.number(`${what}/folded`, 0, meaning),
    until: fields.number(`${what}/until`, Number.NaN, meaning),
    ...compileCalendar(unit, zone),
  };
}

function termOf(of: MeasureState, value: MeasureProgram["value"]): Term {
  const timeless = { edges: [], continuous: false } as const;
  switch (of.kind) {
    case "latest":
    case "earliest":
      if (of.type === "string") return { kind: "text", at: (row) => row.text(of.place), ...timeless };
      if (of.type === "bool") return { kind: "truth", at: (row) => TRUTHS[row.numbers[of.place] as number] ?? MISSING, ...timeless };
      return { kind: "number", at: value, ...timeless };
    case "top": {
      const values = topValues(of.place, of.keep);
      if (of.keep === 1) return { kind: "text", at: (row) => values(row)[0], ...timeless };
      return { kind: "texts", at: values, ...timeless };
    }
    case "streak":
      return { kind: "number", at: value, edges: [(row, now) => streakEdge(of, row, now)], continuous: false };
    default:
      return { kind: "number", at: value, edges: windowEdges(of), continuous: false };
  }
}

const TRUTHS = [NO, YES] as const;

function windowEdges(of: MeasureState): Term["edges"] {
  const window: WindowProgram | null = "window" in of ? of.window : null;
  if (window === null) return [];
  const list = of.kind === "days" ? of.list : "place" in of ? of.place : -1;
  return [(row: Row, now: number) => windowEdge(row, list, window, now)];
}
