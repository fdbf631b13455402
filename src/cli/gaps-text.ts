// The words of `gaps`: a table of places against channels for each pack, and lists of what is not there.

import type { TargetView } from "../model/status.ts";
import type { PackGaps } from "../packs/check/gaps.ts";
import { type Looked, shortTime } from "./published.ts";
import { counted, table } from "./terminal.ts";

export interface Edge {
  readonly from: string;
  readonly to: string;
  /** Contacts that stand in `from` now, and steps from there to `to` among what was looked at. */
  readonly standing: number;
  readonly steps: number;
}

export interface GapReport extends PackGaps {
  /** The packs that do run, where the engine that was asked has not this one; null where it has, and where none was asked. */
  readonly notLive: readonly string[] | null;
  /** Contacts by place (`stage lead`); null where no engine was asked. */
  readonly contacts: Readonly<Record<string, number>> | null;
  /** Triggers that have not fired for so long; null where nobody was asked. */
  readonly unfired: readonly string[] | null;
  /** From each stage to the next of the order, and where contacts stop. */
  readonly edges: readonly Edge[] | null;
  /** How the pack's targets stand; null where no engine was asked or the pack has none. */
  readonly targets: Readonly<Record<string, TargetView>> | null;
}

/** `farEnough`: what was looked at reaches back all the days. A shard that began last week, or a --look that ends there, does not. */
export function linesOfGaps(reports: readonly GapReport[], days: number, looked: Looked | null, farEnough: boolean): readonly string[] {
  const unfiredTitle = farEnough ? `not fired for ${days} days` : `not fired as far back as was looked, which is less than ${days} days`;
  return [
    ...reports.flatMap((report, index) => [...(index === 0 ? [] : [""]), ...linesOfPack(report, unfiredTitle)]),
    ...(looked === null
      ? []
      : [
          "",
          `looked through ${counted(looked.messages, "published message")}${looked.since === null ? "" : ` back to ${shortTime(looked.since)}`}${looked.more ? "; older ones were not looked at (--look)" : ""}`,
        ]),
  ];
}

function linesOfPack(report: GapReport, unfiredTitle: string): string[] {
  const { pack, notLive, unserved, silentMoves, unfired, edges } = report;
  return [
    pack,
    ...(notLive === null ? [] : [`  not live on the engine that was asked, which runs ${notLive.join(", ")}: say whose gaps with --pack FILE`]),
    ...(report.places.length === 0 ? [] : placesTable(report).map((line) => `  ${line}`)),
    ...list(
      "no trigger for",
      unserved.map(({ axis, name }) => `${axis} ${name}`),
    ),
    ...list(
      "no trigger on the step",
      silentMoves.map(({ from, to, line }) => `${from} > ${to} (line ${line})`),
    ),
    ...list(unfiredTitle, unfired ?? []),
    ...list(
      "from stage to stage",
      (edges ?? []).map(({ from, to, standing, steps }) => `${from} > ${to}: ${standing} stand there, ${steps} went on`),
    ),
    ...stops(report),
    ...list("targets", Object.entries(report.targets ?? {}).map(targetLine)),
  ];
}

function placesTable({ channels, places, contacts }: GapReport): string[] {
  const head = ["", ...(contacts === null ? [] : ["contacts"]), ...channels];
  const rows = places.map(({ axis, name, triggers }) => [
    `${axis} ${name}`,
    ...(contacts === null ? [] : [String(contacts[`${axis} ${name}`] ?? 0)]),
    ...channels.map((channel) => (triggers[channel] === undefined ? "-" : String(triggers[channel].length))),
  ]);
  return table([head, ...rows]);
}

/** The edge that the fewest of those who could go have gone over, where anybody stands before it. */
function stops({ edges }: GapReport): string[] {
  const rate = ({ standing, steps }: NonNullable<typeof edges>[number]) => steps / (steps + standing);
  const held = (edges ?? []).filter(({ standing }) => standing > 0).toSorted((a, b) => rate(a) - rate(b));
  const [worst] = held;
  return worst === undefined ? [] : [`  most contacts stop between ${worst.from} and ${worst.to}`];
}

function targetLine([name, view]: [string, TargetView]): string {
  const { percent, target, within, entered, reached, open } = view;
  const still = `${open.reached} of ${open.entered} whose time still runs`;
  if (percent === null) return `${name}: ${target} % within ${within}; nobody's time is over yet (${still})`;
  return `${name}: ${percent} % of ${target} % within ${within}${isBehind(view) ? ", behind" : ""} (${reached} of ${entered}; ${still})`;
}

const list = (title: string, items: readonly string[]): string[] => (items.length === 0 ? [] : [`  ${title}`, ...items.map((item) => `    ${item}`)]);

/** A target that is missed; one of which nothing is known yet is not. */
export const isBehind = ({ percent, target }: TargetView): boolean => percent !== null && percent < target;
