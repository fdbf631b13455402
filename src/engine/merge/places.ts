// Where a person stands that two rows knew (docs/identity.md "Places"). What they were told apart is brought together, everything
// settles without a word, and then each axis is told once, if it ends elsewhere than the person was known to stand: at most one
// net transition for a stage, a segment, a grid and an audience.

import { isoTimeOrNull } from "../../model/ids.ts";
import type { PackProgram, StagesProgram } from "../../packs/program.ts";
import type { Row } from "../../packs/row.ts";
import { explainStep, settle, tell } from "../places.ts";
import { noteTargets } from "../targets.ts";
import type { PackTouch, Standing, Touch } from "../touch.ts";
import { copyNumber, takeLeast, takeMost } from "./numbers.ts";

/** Numbers at the places where a pack keeps where a contact stands, as they were. */
export interface Stood {
  readonly at: (place: number) => number;
}

export function stoodIn({ stages, segments, grids, audiences }: PackProgram, row: Row): Stood {
  const places = [
    ...(stages === null ? [] : [stages.place, stages.since]),
    ...(segments === null ? [] : [segments.place, segments.since]),
    ...grids.flatMap(({ place, since }) => [place, since]),
    ...audiences.map(({ place }) => place),
  ];
  const numbers = new Map(places.map((place) => [place, row.numbers[place] as number]));
  return { at: (place) => numbers.get(place) ?? Number.NaN };
}

/** The stage further on stays, with all that belongs to it; who stands in an audience by one of them is inside; a segment is the person's own. */
export function mergePlaces({ stages, segments, audiences }: PackProgram, row: Row, from: Row): void {
  if (stages !== null) {
    mergeStages(stages, row, from);
    mergeTargets(stages, row, from);
  }
  if (segments !== null && (row.numbers[segments.place] as number) < 0) {
    copyNumber(row, from, segments.place);
    copyNumber(row, from, segments.since);
  }
  for (const { place } of audiences) takeMost(row, from, place);
}

function mergeStages(stages: StagesProgram, row: Row, from: Row): void {
  const [own, other] = [row.numbers[stages.place] as number, from.numbers[stages.place] as number];
  const moments = stages.moves.flatMap(({ held }) => (held < 0 ? [] : [held]));
  const origins = stages.origins.filter((place) => place >= 0);
  if (other > own) for (const place of [stages.place, stages.since, stages.previous, stages.stayUntil, ...origins, ...moments]) copyNumber(row, from, place);
  if (other !== own) return;
  if ((from.numbers[stages.since] as number) < (row.numbers[stages.since] as number)) copyNumber(row, from, stages.previous);
  takeLeast(row, from, stages.since);
  takeMost(row, from, stages.stayUntil);
  // Held since both did, which Math.max says: missing in one of them is missing.
  for (const place of moments) row.numbers[place] = Math.max(row.numbers[place] as number, from.numbers[place] as number);
}

/** How far a contact is with a target: the own where there is something, else the other's. */
function mergeTargets({ targets }: StagesProgram, row: Row, from: Row): void {
  if (targets.list < 0) return;
  const { buckets, amounts, length } = from.lists[targets.list] as Row["lists"][number];
  for (let i = 0; i < length; i++)
    if (Number.isNaN(row.lists[targets.list]?.get(buckets[i] as number))) row.changeList(targets.list).put(buckets[i] as number, amounts[i] as number);
}

/** Settles in silence, and tells what is different from `before`. */
export function settleOnce(touched: PackTouch, row: Row, touch: Touch, before: Stood): void {
  settle(touched, row, { ...touch, silent: true });
  for (const grid of touched.pack.grids) {
    const [from, to] = [before.at(grid.place), row.numbers[grid.place] as number];
    if (from === to) continue;
    const was: Standing = { cell: grid.cells[from] ?? null, since: isoTimeOrNull(before.at(grid.since)) };
    tellOne(touched, row, touch, { axis: "grid", grid: grid.name, from: grid.cells[from] ?? null, to: grid.cells[to] ?? null, entered: true, was });
  }
  for (const { name, place } of touched.pack.audiences) {
    const inside = row.numbers[place] === 1;
    if ((before.at(place) === 1) !== inside) tellOne(touched, row, touch, { axis: "audience", from: name, to: name, entered: inside, was: { in: !inside } });
  }
  tellSegment(touched, row, touch, before);
  tellStage(touched, row, touch, before);
}

function tellSegment(touched: PackTouch, row: Row, touch: Touch, before: Stood): void {
  const { segments } = touched.pack;
  if (segments === null || before.at(segments.place) === row.numbers[segments.place]) return;
  const from = segments.list[before.at(segments.place)]?.name ?? null;
  const to = segments.list[row.numbers[segments.place] as number]?.name ?? null;
  tellOne(touched, row, touch, { axis: "segment", from, to, entered: true, was: { segment: from, since: isoTimeOrNull(before.at(segments.since)) } });
}

function tellStage(touched: PackTouch, row: Row, touch: Touch, before: Stood): void {
  const { stages } = touched.pack;
  if (stages === null || before.at(stages.place) === row.numbers[stages.place]) return;
  const from = stages.order[before.at(stages.place)] ?? null;
  const to = stages.order[row.numbers[stages.place] as number] ?? null;
  if (stages.targets.list >= 0) noteTargets(stages, row, row.numbers[stages.place] as number, touch.now);
  tellOne(touched, row, touch, { axis: "stage", from, to, entered: true, was: { stage: from, since: isoTimeOrNull(before.at(stages.since)) } });
  row.numbers[stages.number] = row.numbers[touched.pack.transitions] as number;
}

type Told = Omit<Parameters<typeof tell>[3], "because">;

function tellOne(touched: PackTouch, row: Row, touch: Touch, of: Told): void {
  const extra = of.axis === "stage" ? { move: `${of.from} to ${of.to}` } : {};
  tell(touched, row, touch, { ...of, because: explainStep(touched, row, touch, null, extra) });
}
