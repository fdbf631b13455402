// What the demo says when it ends: one object, and the same as text for a person. Everything in it was either asked of the engine or
// seen on the output stream.

import { isoTime } from "../model/ids.ts";
import type { EngineStatus, StagesView } from "../model/status.ts";
import type { CameBack, Story } from "./story.ts";
import type { SeenEffect } from "./story-effect.ts";
import type { Watch } from "./story-watch.ts";
import { brief, fullTime, grouped, longDate, whatHappened, whereFrom, why } from "./story-words.ts";

export interface DemoSummary {
  /** False where Ctrl-C ended it early. */
  readonly finished: boolean;
  readonly simulated: {
    readonly from: string;
    readonly to: string;
    readonly days: number;
    readonly people: number;
    readonly seed: number;
    /** Of the messages published, those of the year before, which come first and at once. */
    readonly messagesBefore: number;
  };
  readonly wallSeconds: number;
  readonly eventsPerSecond: number;
  /** Messages sent, one event each, and events that the engine has counted: equal unless it stood still at the end. */
  readonly published: number;
  readonly events: number;
  readonly outcomes: EngineStatus["outcomes"];
  readonly contacts: number;
  readonly population: StagesView["packs"];
  readonly transitions: number;
  readonly triggers: number;
  readonly withheld: number;
  readonly deadlinesFired: number;
  /** Most frequent first; as they arrived on the output stream. */
  readonly triggersByName: readonly { readonly trigger: string; readonly count: number }[];
  /** What was seen on the output stream, to be held against what the engine says it sent. */
  readonly received: { readonly transitions: number; readonly triggers: number; readonly unreadable: number };
  readonly timeMs: EngineStatus["time"];
  readonly lag: { readonly highestMessages: number; readonly highestSeconds: number };
  readonly movedByTimeAlone: { readonly contacts: number; readonly transitions: number; readonly example: Told | null };
  readonly cameBack: { readonly contacts: number; readonly example: readonly Told[] | null };
  readonly followed: { readonly contact: string; readonly steps: readonly Told[]; readonly now: unknown };
}

/** An effect in words. */
export interface Told {
  readonly time: string;
  readonly contact: string;
  readonly pack: string;
  readonly what: string;
  readonly why: string;
  /** Of a transition that asked for a score: the rules that it is made of. */
  readonly from: readonly string[];
}

export interface SummaryParts {
  readonly finished: boolean;
  readonly people: number;
  readonly seed: number;
  readonly wallMs: number;
  readonly status: EngineStatus;
  readonly stages: StagesView;
  readonly story: Story;
  readonly watch: Pick<Watch, "startMs" | "latestMs" | "messages" | "messagesBefore" | "highestLag">;
  readonly followed: { readonly id: string; readonly now: unknown };
}

export function summarise(parts: SummaryParts): DemoSummary {
  const { status, story, watch } = parts;
  const example = story.cameBack;
  return {
    finished: parts.finished,
    simulated: {
      from: isoTime(watch.startMs),
      to: isoTime(watch.latestMs),
      days: round((watch.latestMs - watch.startMs) / 86_400_000),
      people: parts.people,
      seed: parts.seed,
      messagesBefore: watch.messagesBefore,
    },
    wallSeconds: round(parts.wallMs / 1000),
    eventsPerSecond: parts.wallMs > 0 ? Math.round((status.events / parts.wallMs) * 1000) : 0,
    published: watch.messages,
    events: status.events,
    outcomes: status.outcomes,
    contacts: parts.stages.contacts,
    population: parts.stages.packs,
    transitions: status.transitions,
    triggers: status.triggers,
    withheld: status.withheld,
    deadlinesFired: status.deadlinesFired,
    triggersByName: [...story.triggers].map(([trigger, count]) => ({ trigger, count })).sort((a, b) => b.count - a.count || (a.trigger < b.trigger ? -1 : 1)),
    received: { transitions: story.transitions, triggers: story.triggersSeen, unreadable: story.unreadable },
    timeMs: status.time,
    lag: { highestMessages: watch.highestLag.messages, highestSeconds: round(watch.highestLag.seconds) },
    movedByTimeAlone: {
      contacts: story.contactsMovedByTime,
      transitions: story.movesByTime,
      example: story.movedByTime === undefined ? null : told(story.movedByTime),
    },
    cameBack: { contacts: story.comebacks, example: example === undefined ? null : comeback(example) },
    followed: { contact: parts.followed.id, steps: story.hero.map(told), now: parts.followed.now ?? null },
  };
}

/** The summary for a person, line by line. Sentences may be longer than the terminal is wide. */
export function summaryLines(summary: DemoSummary): string[] {
  return [
    ...headLines(summary),
    "",
    ...Object.entries(summary.population).flatMap(([pack, axes]) => placeLines(pack, axes)),
    "",
    "Triggers",
    ...wrapped(summary.triggersByName.map(({ trigger, count }) => `${trigger} ${grouped(count)}`)),
    "",
    "Where the time went (wall time of each part, side by side)",
    `  ${Object.entries(summary.timeMs)
      .map(([part, ms]) => `${part} ${brief(ms / 1000)} s`)
      .join(" · ")}`,
    "",
    ...timeLines(summary),
    ...comebackLines(summary),
    ...followedLines(summary),
  ];
}

function headLines(summary: DemoSummary): string[] {
  const { simulated, outcomes } = summary;
  const early = summary.finished ? "" : " (stopped early)";
  return [
    `${longDate(Date.parse(simulated.from))} to ${longDate(Date.parse(simulated.to))}: ${grouped(Math.round(simulated.days))} days of ${grouped(simulated.people)} people in ${brief(summary.wallSeconds)} s${early}, after ${grouped(simulated.messagesBefore)} events of the year before`,
    `${grouped(summary.events)} events, ${grouped(summary.eventsPerSecond)} a second, of ${grouped(summary.contacts)} contacts; lag at most ${grouped(summary.lag.highestMessages)} messages`,
    `  ${Object.entries(outcomes)
      .map(([kind, count]) => `${OUTCOME_WORDS[kind as keyof typeof outcomes]} ${grouped(count)}`)
      .join(" · ")}`,
    ...(summary.events < summary.published
      ? [`${grouped(summary.published - summary.events)} messages were published and not taken: the engine stood still`]
      : []),
    `${grouped(summary.transitions)} transitions, ${grouped(summary.triggers)} triggers, ${grouped(summary.withheld)} withheld, ${grouped(summary.deadlinesFired)} deadlines`,
  ];
}

const OUTCOME_WORDS: Readonly<Record<keyof EngineStatus["outcomes"], string>> = {
  applied: "applied",
  duplicate: "duplicate",
  late: "late",
  forgotten: "forgotten",
  deadLetter: "dead letters",
};

function placeLines(pack: string, axes: StagesView["packs"][string]): string[] {
  const rows = [
    ["stages", axes.stages],
    ["segments", axes.segments],
    ["audiences", axes.audiences],
  ] as const;
  return [pack, ...rows.filter(([, places]) => Object.keys(places).length > 0).map(([axis, places]) => `  ${axis.padEnd(9)}  ${placesText(places)}`)];
}

const placesText = (places: Readonly<Record<string, number>>): string =>
  Object.entries(places)
    .map(([place, count]) => `${place} ${grouped(count)}`)
    .join(" · ");

/** The items in lines of about 100 columns. */
function wrapped(items: readonly string[]): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + item.length < 100) lines[lines.length - 1] = `${line} · ${item}`;
    else lines.push(`  ${item}`);
  }
  return lines;
}

function timeLines({ movedByTimeAlone }: DemoSummary): string[] {
  const { contacts, transitions, example } = movedByTimeAlone;
  return [
    `${grouped(contacts)} contacts moved by time alone (${grouped(transitions)} moves)${example === null ? "" : ", for example"}`,
    ...(example === null ? [] : toldLines(example, true)),
    "",
  ];
}

function comebackLines({ cameBack }: DemoSummary): string[] {
  const { contacts, example } = cameBack;
  return [
    `${grouped(contacts)} contacts lapsed, were written to, and bought again${example === null ? "" : ", for example"}`,
    ...(example ?? []).flatMap((step) => toldLines(step, true)),
    "",
  ];
}

function followedLines({ followed }: DemoSummary): string[] {
  const lines = followed.steps.flatMap((step, i) => toldLines(step, false, followed.steps[i - 1]));
  return [`${followed.contact}, from the first visit on`, ...lines, ...nowLine(followed.now)];
}

/** One line and, below it, where scores come from. A reason that the step before has just given is not repeated. */
function toldLines(step: Told, named: boolean, before?: Told): string[] {
  const head = `  ${fullTime(Date.parse(step.time))}  ${named ? `${step.contact}  ` : ""}${step.what}`;
  const isKnown = before !== undefined && before.time === step.time && before.why === step.why;
  return [isKnown ? head : `${head}   because ${step.why}`, ...step.from.map((line) => `${" ".repeat(20)}${line}`)];
}

/** Where the followed contact stands at the end: `b2b-funnel: evangelist, engagement 12.3, fit 100`. */
function nowLine(now: unknown): string[] {
  const packs = fields(fields(now).packs);
  return Object.entries(packs).map(([pack, value]) => {
    const state = fields(value);
    const place = [fields(state.stage).name, fields(state.segment).name].filter((name) => typeof name === "string");
    const scores = Object.entries(fields(state.scores)).map(([score, is]) => `${score} ${brief(Number(fields(is).value))}`);
    return `  in the end        ${pack}: ${[...place, ...scores].join(", ")}`;
  });
}

function told(effect: SeenEffect): Told {
  return {
    time: isoTime(effect.timeMs),
    contact: effect.contact.id,
    pack: effect.pack,
    what: whatHappened(effect),
    why: why(effect),
    from: effect.family === "transition" ? whereFrom(effect) : [],
  };
}

const comeback = ({ lapsed, reached, returned }: CameBack): Told[] => [lapsed, reached, returned].map(told);

const fields = (value: unknown): Readonly<Record<string, unknown>> => (typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {});
const round = (value: number): number => Math.round(value * 100) / 100;
