// A contact as `GET /v1/contacts/{id}` and `replay --contacts` give it (DESIGN 9), as of a moment.

import { type ContactKey, isoTime } from "../model/ids.ts";
import type { PackProgram, Program, TriggerProgram } from "../packs/program.ts";
import { FIRST_SEEN, GENERATION, LAST_SEEN, type Row } from "../packs/row.ts";
import { alsoKnownAs } from "./also-known.ts";
import { nextOfPack } from "./deadline.ts";
import { isExcluded } from "./exclusion.ts";
import { audiencesOf, bandsOf, gridsOf, measuresOf, momentOf, pointsOfScore, rfmOf, scoresOf, segmentName, worthOf } from "./explain.ts";
import { goalText, openGoal } from "./goals.ts";
import { isPast } from "./history.ts";
import { runningSeries } from "./pending.ts";
import { viewPolicy } from "./policy/view.ts";

/** JSON in the form of DESIGN 9; only what each pack has. `now` is the log time to show scores and windows at. */
export function viewContact(program: Program, row: Row, contact: ContactKey, now: number): Record<string, unknown> {
  return {
    contact: { id: contact.id, kind: contact.kind, alsoKnownAs: alsoKnownAs(row), generation: row.numbers[GENERATION] },
    firstSeen: momentOf(row, FIRST_SEEN),
    lastSeen: momentOf(row, LAST_SEEN),
    // Where it still lives through its past: everything here is as of then.
    ...(isPast(row) ? { history: { asOf: isoTime(now) } } : {}),
    ...(program.policy === null ? {} : { policy: viewPolicy(program.policy, row, now) }),
    packs: Object.fromEntries(program.packs.map((pack) => [pack.name, viewPack(pack, row, now)])),
  };
}

function viewPack(pack: PackProgram, row: Row, now: number): Record<string, unknown> {
  const { stages, segments } = pack;
  const scores = scoresOf(pack, row, now);
  const excluded = isExcluded(pack, row, now);
  const next = excluded ? Number.POSITIVE_INFINITY : nextOfPack(pack, row, now);
  return {
    version: pack.definition.version,
    ...(excluded ? { excluded } : {}),
    nextDeadline: Number.isFinite(next) ? new Date(next).toISOString() : null,
    ...(stages === null
      ? {}
      : {
          stage: {
            name: stages.order[row.numbers[stages.place] as number] ?? null,
            since: momentOf(row, stages.since),
            previous: stages.order[row.numbers[stages.previous] as number] ?? null,
            sequence: row.numbers[stages.number],
          },
        }),
    ...(segments === null ? {} : { segment: segmentName(pack, row) === null ? null : { name: segmentName(pack, row), since: momentOf(row, segments.since) } }),
    ...(pack.scores.length === 0
      ? {}
      : { scores: Object.fromEntries(pack.scores.map((score) => [score.name, { value: scores[score.name], points: pointsOfScore(score, row, now) }])) }),
    ...(pack.rfm === null ? {} : { rfm: rfmOf(pack, row, now) }),
    ...(pack.grids.length === 0 ? {} : { grids: gridsOf(pack, row, now) }),
    ...(pack.value === null ? {} : { value: worthOf(pack, row, now) }),
    ...(pack.bands.length === 0 ? {} : { bands: bandsOf(pack, row, now) }),
    ...(pack.audiences.length === 0 ? {} : { audiences: audiencesOf(pack, row) }),
    ...(pack.measures.length === 0 ? {} : { measures: measuresOf(pack, row, now) }),
    ...named("series", pack, (trigger) => seriesView(trigger, row)),
    ...named("goals", pack, (trigger) => goalView(trigger, row)),
  };
}

/** By trigger, what a contact has of it; nothing at all where it has none. */
function named(what: string, { triggers }: PackProgram, view: (trigger: TriggerProgram) => Record<string, unknown> | null): Record<string, unknown> {
  const found = triggers.map((trigger) => [trigger.definition.name, view(trigger)] as const).filter(([, shown]) => shown !== null);
  return found.length === 0 ? {} : { [what]: Object.fromEntries(found) };
}

function seriesView(trigger: TriggerProgram, row: Row): Record<string, unknown> | null {
  const running = runningSeries(trigger, row);
  if (running === null) return null;
  const step = running.s ?? 0;
  return {
    occasion: running.o,
    since: isoTime(running.b),
    step: step + 1,
    of: trigger.definition.steps.length,
    due: momentOf(row, trigger.due),
    sent: running.g ?? [],
  };
}

function goalView(trigger: TriggerProgram, row: Row): Record<string, unknown> | null {
  const open = openGoal(trigger, row);
  return open === null ? null : { ...goalText(trigger), occasion: open.occasion, step: open.step, until: isoTime(open.until) };
}
