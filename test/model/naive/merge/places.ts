// Where a person stands that was two (docs/identity.md, "Places"), and the one net step of each axis.

import type { PackState } from "../contact.ts";
import { type Instant, record } from "../moves.ts";

/** Where a contact stood before. */
export interface Stood {
  readonly stage: string | null;
  readonly segment: string | null;
  readonly audiences: ReadonlySet<string>;
  readonly cells: ReadonlyMap<string, string>;
}

export const stoodOf = ({ stage, segment, audiences, cells }: PackState): Stood => ({
  stage,
  segment,
  audiences: new Set(audiences),
  cells: new Map(cells),
});

export function joinPlaces(state: PackState, other: PackState): void {
  joinStage(state, other);
  if (state.segment === null) {
    state.segment = other.segment;
    state.segmentSince = other.segmentSince;
  }
  for (const name of other.audiences) state.audiences.add(name);
}

/** The stage that is further on, with all that belongs to it. */
function joinStage(state: PackState, other: PackState): void {
  const order = state.pack.stages?.order ?? [];
  const [own, theirs] = [order.indexOf(state.stage ?? ""), order.indexOf(other.stage ?? "")];
  if (theirs < own) return;
  if (theirs > own) {
    state.stage = other.stage;
    state.stageSince = other.stageSince;
    state.stayUntil = other.stayUntil;
    replace(state.cameFrom, other.cameFrom);
    return replace(state.heldSince, other.heldSince);
  }
  joinHeld(state, other);
  state.stageSince = Math.min(state.stageSince, other.stageSince);
  state.stayUntil = Math.max(state.stayUntil, other.stayUntil);
}

/** A `for` began at the entry into the stage at the earliest; it goes on from the later of the two, where neither has been broken. */
function joinHeld(state: PackState, other: PackState): void {
  for (const [move, since] of [...state.heldSince]) {
    const too = other.heldSince.get(move);
    if (too === undefined) state.heldSince.delete(move);
    else state.heldSince.set(move, Math.max(since, state.stageSince, too, other.stageSince));
  }
}

function replace<K, V>(own: Map<K, V>, other: ReadonlyMap<K, V>): void {
  own.clear();
  for (const [key, value] of other) own.set(key, value);
}

/** Each axis that ends elsewhere than it stood is one step. */
export function netSteps(state: PackState, stood: Stood, instant: Instant): void {
  const { pack, cells, audiences, segment, stage } = state;
  for (const { name } of pack.grids) {
    const [from, to] = [stood.cells.get(name) ?? null, cells.get(name) ?? null];
    if (from !== to) record(state, instant, { axis: "grid", grid: name, from, to });
  }
  for (const { name } of pack.audiences) {
    const [before, now] = [stood.audiences.has(name), audiences.has(name)];
    if (before !== now) record(state, instant, { axis: "audience", from: before ? name : null, to: now ? name : null });
  }
  if (stood.segment !== segment) record(state, instant, { axis: "segment", from: stood.segment, to: segment });
  if (stood.stage !== stage) record(state, instant, { axis: "stage", from: stood.stage, to: stage, told: { move: `${stood.stage} to ${stage}` } });
}
