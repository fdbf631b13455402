// Where a contact has to stand for a trigger that is only for those in a place, or to be left alone by a policy.

import type { Axis } from "./definition.ts";

/** Whether a contact stands in a stage, segment or audience. */
export interface PlaceTest {
  readonly axis: Axis;
  readonly name: string;
  readonly place: number;
  readonly index: number;
}
