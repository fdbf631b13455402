// A contact's row as it travels between partitions, and back. Fields go by their ids, which have the hash of their definition in them, so
// that a record that was written before a change of packs still finds them; what no pack knows any more is left behind. Only what is not
// as it was in the beginning is written. Stages and segments go by name, as their order may be another one by then.

import type { PackProgram, Program } from "../packs/program.ts";
import { DEADLINE, type Row } from "../packs/row.ts";

export interface RowRecord {
  /** By id of the field; a text stands for the name of a place. */
  readonly numbers: Readonly<Record<string, number | string>>;
  /** Buckets and amounts in turn. */
  readonly lists: Readonly<Record<string, readonly number[]>>;
  readonly texts: Readonly<Record<string, string>>;
}

/** `row` is in the layout of `program`. */
export function recordOf(program: Program, row: Row): RowRecord {
  const { layout } = row;
  const { named, left } = planOf(program);
  const numbers: Record<string, number | string> = {};
  for (const [place, id] of layout.numbers.entries()) {
    const value = row.numbers[place] as number;
    if (Object.is(value, layout.initial[place]) || left.has(place)) continue;
    numbers[id] = named.get(place)?.[value] ?? value;
  }
  const lists: Record<string, number[]> = {};
  for (const [index, id] of layout.lists.entries()) {
    const list = row.lists[index];
    if (list === undefined || list.length === 0) continue;
    lists[id] = Array.from({ length: list.length * 2 }, (_, at) => (at % 2 === 0 ? list.buckets[at / 2] : list.amounts[(at - 1) / 2]) as number);
  }
  const texts: Record<string, string> = {};
  for (const [index, id] of layout.texts.entries()) {
    const text = row.text(index);
    if (text !== undefined) texts[id] = text;
  }
  return { numbers, lists, texts };
}

/** Makes `row`, which is in the layout of `program`, what the record says. */
export function fillFrom(record: RowRecord, program: Program, row: Row): void {
  row.clear();
  const { named, ...places } = planOf(program);
  for (const [id, value] of Object.entries(record.numbers)) {
    const place = places.numbers.get(id);
    if (place === undefined) continue;
    row.numbers[place] = typeof value === "number" ? value : (named.get(place)?.indexOf(value) ?? -1);
  }
  for (const [id, entries] of Object.entries(record.lists)) {
    const list = row.lists[places.lists.get(id) ?? -1];
    for (let i = 0; list !== undefined && i < entries.length; i += 2) list.push(entries[i] as number, entries[i + 1] as number);
  }
  for (const [id, text] of Object.entries(record.texts)) {
    const place = places.texts.get(id);
    if (place !== undefined) row.setText(place, text);
  }
  row.tailChanged = true;
}

/** What of a program's rows travels, and how. */
interface Plan {
  /** Places of numbers that are indexes into an order of names, with that order. */
  readonly named: ReadonlyMap<number, readonly string[]>;
  /** Places of what belongs to where the row lies: when it is looked at next, and as what it is counted there. */
  readonly left: ReadonlySet<number>;
  /** By id. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly lists: ReadonlyMap<string, number>;
  readonly texts: ReadonlyMap<string, number>;
}

const plans = new WeakMap<Program, Plan>();

function planOf(program: Program): Plan {
  const known = plans.get(program);
  if (known !== undefined) return known;
  const { packs, layout } = program;
  const byId = (ids: readonly string[]) => new Map(ids.map((id, index) => [id, index]));
  const plan: Plan = {
    named: new Map(packs.flatMap(namedOf)),
    left: new Set([DEADLINE, ...packs.flatMap(leftOf)]),
    numbers: byId(layout.numbers),
    lists: byId(layout.lists),
    texts: byId(layout.texts),
  };
  plans.set(program, plan);
  return plan;
}

function namedOf({ stages, segments }: PackProgram): [number, readonly string[]][] {
  const origins = stages?.origins.filter((place) => place >= 0) ?? [];
  const ofStages = stages === null ? [] : [stages.place, stages.previous, ...origins];
  return [
    ...ofStages.map((place): [number, readonly string[]] => [place, stages?.order ?? []]),
    ...(segments === null ? [] : [[segments.place, segments.list.map(({ name }) => name)] as [number, readonly string[]]]),
  ];
}

const leftOf = (pack: PackProgram): number[] => [
  pack.deadline,
  ...pack.population.flatMap(({ seen, samples }) => [seen, ...samples.map(({ counted }) => counted)]),
];
