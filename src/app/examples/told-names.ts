// What left the engine, by the names that people use: `welcome`, `nurture/2` for a step of a series, `nurture: cancelled` for
// what takes the rest of it back, `active: in` for an audience, `grade: A2` for a grid. A trigger that goes out on several channels is one trigger.

import type { PackDefinition } from "../../packs/definition.ts";
import { namesOf } from "../../packs/pack-names.ts";
import type { Left } from "../../packs/story.ts";
import type { Told } from "./story-fold.ts";

export interface Heard {
  readonly triggers: readonly Left[];
  readonly withheld: readonly Left[];
  readonly outcomes: readonly Left[];
  readonly transitions: readonly Left[];
}

export function heard(told: readonly Told[], pack: PackDefinition): Heard {
  const of = (family: string) => told.filter(({ type }) => type === `io.tidemark.${family}.v1`);
  const series = new Set(namesOf(pack).series);
  const named = (family: string, as: (data: Told["data"]) => string | null) =>
    distinct(of(family)).map(({ data }) => ({ name: triggerName(data, series), as: as(data) }));
  return {
    triggers: named("trigger", (data) => (isCancel(data) ? "cancelled" : null)),
    withheld: named("withheld", ({ reason }) => String(reason)),
    outcomes: distinct(of("outcome")).map(({ data }) => ({
      name: triggerName(data, series),
      as: String(data.outcome),
      ...(data.answered === true ? { answered: true as const } : {}),
    })),
    transitions: of("transition").map(transitionName),
  };
}

/** What takes back the rest of a series that ended early. */
const isCancel = ({ action }: Told["data"]): boolean => (action as { readonly cancel?: boolean } | undefined)?.cancel === true;

function triggerName(data: Told["data"], series: ReadonlySet<string>): string {
  const name = String(data.trigger);
  const { step } = (data.action ?? {}) as { readonly step?: number };
  return series.has(name) && step !== undefined && !isCancel(data) ? `${name}/${step}` : name;
}

/** The same intent on another channel is not another trigger. */
function distinct(told: readonly Told[]): Told[] {
  const seen = new Set<string>();
  return told.filter(({ data, time }) => {
    const id = JSON.stringify([data.key, (data.action as { readonly step?: number } | undefined)?.step, isCancel(data), data.reason, time]);
    return !seen.has(id) && seen.add(id);
  });
}

function transitionName({ data }: Told): Left {
  const name = String(data.to);
  if (data.axis === "grid") return { name: String(data.grid), as: name };
  return { name, as: data.axis === "audience" ? ((data.now as { readonly in?: boolean }).in === true ? "in" : "out") : null };
}

export const leftText = ({ name, as, answered }: Left): string => `${name}${as === null ? "" : `: ${as}`}${answered === true ? " (answered)" : ""}`;
