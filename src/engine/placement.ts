// What a contact that lived before a pack, or before a part of it, is given when it is taken over: a place, without a word
// (DESIGN 5). Nobody is told of the first stage, segment and audiences that such a contact has, and no threshold that it had
// passed by then counts as crossed; what changes from there on is told like everything else. A silence of which nothing was
// recorded begins at this moment: an old contact was not silent just because nobody was listening.
//
// Which parts are new is a question of layouts and lies in partition/migration.ts.

import type { TriggerProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { isExcluded } from "./exclusion.ts";
import { bear, enterFirstStage, MAX_FLIPS, settle } from "./places.ts";
import type { PackTouch, Touch } from "./touch.ts";
import { reachedNow } from "./whens/reaches.ts";
import { sideOf } from "./whens/threshold.ts";

/** Of one pack: what rows of an older layout know nothing of. */
export interface NewParts {
  readonly pack: boolean;
  readonly stages: boolean;
  readonly segments: boolean;
  /** Indexes of the grids and of the audiences that rows do know of. */
  readonly knownGrids: readonly number[];
  readonly knownAudiences: readonly number[];
  /** New triggers on `rises`, `falls`, `reaches` and `silent`. */
  readonly triggers: readonly TriggerProgram[];
}

export function placeQuietly(touched: PackTouch, row: Row, touch: Touch, parts: NewParts): void {
  touched.begin();
  // As if they had changed as often as they may: only new audiences are looked at.
  for (let flips = 0; flips < MAX_FLIPS; flips++) touched.flipped.push(...parts.knownAudiences);
  if (!isExcluded(touched.pack, row, touch.now)) {
    if (parts.pack) bear(touched, row, touch);
    else if (parts.stages) enterFirstStage(touched, row, touch);
    settle(touched, row, touch, parts);
  }
  for (const trigger of parts.triggers) {
    const { term, memory } = trigger;
    const { when } = trigger.definition;
    if (when.kind === "reaches") {
      row.numbers[memory] = reachedNow(trigger, row, touch.now, when.at);
      continue;
    }
    row.numbers[memory] = term !== null && (when.kind === "rises" || when.kind === "falls") ? sideOf(term, row, touch.now, when.at) : touch.now;
  }
}
