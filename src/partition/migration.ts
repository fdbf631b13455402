// A contact's row in the layout of the packs before -> in the layout of the packs now. A field keeps its value where its id
// (which has the hash of its definition in it) is the same; stages and segments are matched by name, since their places in the
// order may have changed; what is new is empty, and `newParts` says what that is, so that the engine can place the contact there.

import type { NewParts } from "../engine/placement.ts";
import type { PackProgram, Program } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";

export class Migration {
  readonly #numbers: readonly (readonly [from: number, to: number])[];
  readonly #lists: readonly (readonly [from: number, to: number])[];
  readonly #texts: readonly (readonly [from: number, to: number])[];
  /** Places that hold an index into an order of names, with old index -> new index. */
  readonly #renumbered: readonly Renumbered[];
  /** By pack, as the engine takes over a contact. */
  readonly newParts: readonly NewParts[];

  constructor(before: Program, after: Program) {
    this.#numbers = pairs(before.layout.numbers, after.layout.numbers);
    this.#lists = pairs(before.layout.lists, after.layout.lists);
    this.#texts = pairs(before.layout.texts, after.layout.texts);
    this.#renumbered = after.packs.flatMap((pack) => {
      const old = before.packs.find((other) => other.name === pack.name);
      return old === undefined ? [] : renumbered(old, pack);
    });
    const known = new Set(before.layout.numbers);
    this.newParts = after.packs.map((pack) => newPartsOf(pack, (place) => !known.has(after.layout.numbers[place] as string)));
  }

  move(from: Row, to: Row): void {
    to.clear();
    for (const [a, b] of this.#numbers) to.numbers[b] = from.numbers[a] as number;
    for (const of of this.#renumbered) renumber(of, to);
    for (const [a, b] of this.#lists) {
      const list = from.lists[a];
      if (list !== undefined) for (let i = 0; i < list.length; i++) to.lists[b]?.push(list.buckets[i] as number, list.amounts[i] as number);
    }
    for (const [a, b] of this.#texts) to.setText(b, from.text(a));
    to.tailChanged = true;
  }
}

function pairs(before: readonly string[], after: readonly string[]): [number, number][] {
  const places = new Map(after.map((id, index) => [id, index]));
  return before.flatMap((id, index): [number, number][] => {
    const place = places.get(id);
    return place === undefined ? [] : [[index, place]];
  });
}

interface Renumbered {
  readonly place: number;
  /** Place of the moment at which it was entered; -1 where there is none. */
  readonly since: number;
  readonly to: readonly number[];
}

function renumbered(before: PackProgram, after: PackProgram): Renumbered[] {
  const places: Renumbered[] = [];
  if (before.stages !== null && after.stages !== null) {
    const { order } = after.stages;
    const to = before.stages.order.map((name) => order.indexOf(name));
    const origins = after.stages.origins.filter((place) => place >= 0);
    for (const place of [after.stages.place, after.stages.previous, ...origins]) places.push({ place, since: -1, to });
  }
  if (before.segments !== null && after.segments !== null) {
    const { list, place, since } = after.segments;
    places.push({ place, since, to: before.segments.list.map((segment) => list.findIndex((other) => other.name === segment.name)) });
  }
  return places;
}

/** Who stood in a segment that is gone stands in none. */
function renumber({ place, since, to }: Renumbered, row: Row): void {
  if (Number.isNaN(row.numbers[place] as number)) return;
  const index = to[row.numbers[place] as number] ?? -1;
  row.numbers[place] = index;
  if (index < 0 && since >= 0) row.numbers[since] = Number.NaN;
}

function newPartsOf(pack: PackProgram, isNew: (place: number) => boolean): NewParts {
  return {
    pack: isNew(pack.born),
    stages: pack.stages !== null && isNew(pack.stages.place),
    segments: pack.segments !== null && isNew(pack.segments.place),
    knownGrids: pack.grids.flatMap((grid, index) => (isNew(grid.place) ? [] : [index])),
    knownAudiences: pack.audiences.flatMap((audience, index) => (isNew(audience.place) ? [] : [index])),
    triggers: pack.triggers.filter((trigger) => (trigger.term !== null || trigger.definition.when.kind === "silent") && isNew(trigger.memory)),
  };
}

/** Stages that `after` no longer has: contacts may stand in them, so such a version is refused. */
export function stagesGone(before: PackProgram, after: { readonly stages: { readonly order: readonly string[] } | null }): string[] {
  return before.stages?.order.filter((stage) => !(after.stages?.order.includes(stage) ?? false)) ?? [];
}
