// New, returning, resurrecting and dormant people by period, as PostHog's lifecycle insight counts them: a pack with two windows
// (of months: of the calendar) must give the same counts at the end of every period. Read where the data is found (../shared/data).

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dataFile } from "../../bench/data/segment-lines.ts";
import { StoryFold } from "../../src/app/examples/story-fold.ts";
import { lines, run } from "../cli/command-line.ts";
import { packFrom } from "../support/pack.ts";

interface Case {
  readonly id: string;
  readonly period: "day" | "week" | "month";
  readonly tz?: string;
  readonly from?: string;
  readonly to?: string;
  readonly buckets?: readonly string[];
  readonly events: Readonly<Record<string, readonly string[]>> | string;
  /** Person -> the ids that are one. */
  readonly identity?: Readonly<Record<string, readonly string[]>>;
  readonly expect: Readonly<Record<string, readonly number[]>>;
}

const file = dataFile("suites/lifecycle_cases.json");
const cases: readonly Case[] = file === undefined ? [] : (JSON.parse(readFileSync(file, "utf8")) as { cases: readonly Case[] }).cases;
const DAY = 86_400_000;

const expectedOf = (one: Case) => Object.fromEntries(Object.entries(one.expect).map(([name, counts]) => [name, counts.map(Math.abs)]));

describe.each(cases.filter(({ identity }) => identity === undefined))("$id", (one) => {
  test("counts as PostHog does", () => {
    expect(counted(one)).toEqual(expectedOf(one));
  });
});

describe.each(cases.filter(({ identity }) => identity !== undefined))("$id", (one) => {
  test("counts as PostHog does", { timeout: 120_000 }, async () => {
    expect(await countedOverIds(one)).toEqual(expectedOf(one));
  });
});

/** The first id of a person is the user's, the others are tied to it with its first event: replayed to the end of each period. */
async function countedOverIds(one: Case): Promise<Record<string, number[]>> {
  const where = mkdtempSync(join(tmpdir(), "tidemark-lifecycle-"));
  const persons = Object.values(one.identity ?? {});
  const users = new Set(persons.map(([user]) => user));
  const messages = eventsOf(one).map(({ at, who }, index) => ({
    ...{ type: "track", event: "Acted", messageId: `m${index}`, timestamp: new Date(at).toISOString() },
    ...(users.has(who) ? { userId: who } : { anonymousId: who }),
  }));
  const [first] = messages;
  const ties = persons.flatMap(([userId, ...others]) => others.map((anonymousId) => ({ type: "identify", userId, anonymousId, timestamp: first?.timestamp })));
  writeFileSync(join(where, "pack.yaml"), lifecyclePack(one.period === "day" ? 1 : 7));
  writeFileSync(join(where, "events.ndjson"), [first, ...ties, ...messages.slice(1)].map((message) => `${JSON.stringify(message)}\n`).join(""));
  const counts: Record<string, number[]> = Object.fromEntries(Object.keys(one.expect).map((name) => [name, []]));
  for (const start of startsOf(one)) {
    const end = nextPeriod(one, start) - 1;
    writeFileSync(
      join(where, "until.ndjson"),
      readFileSync(join(where, "events.ndjson"), "utf8")
        .split("\n")
        .filter((line) => line !== "" && Date.parse(JSON.parse(line).timestamp) <= end)
        .join("\n"),
    );
    const { exit } = await run(
      `replay ${where}/until.ndjson --pack ${where}/pack.yaml --set clock=event --until ${new Date(end).toISOString()} --contacts ${where}/contacts`,
    );
    expect(exit).toBe(0);
    const people = lines(readFileSync(join(where, "contacts"), "utf8")).map((line) => JSON.parse(line) as { packs: { lifecycle?: { audiences: string[] } } });
    for (const [name, list] of Object.entries(counts)) list.push(people.filter(({ packs }) => packs.lifecycle?.audiences.includes(name) === true).length);
  }
  return counts;
}

/** People by state at the last millisecond of each period. */
function counted(one: Case): Record<string, number[]> {
  const pack = packFrom(one.period === "month" ? MONTHLY_PACK : lifecyclePack(one.period === "day" ? 1 : 7));
  const events = eventsOf(one);
  const fold = new StoryFold(pack, 0);
  const counts: Record<string, number[]> = Object.fromEntries(Object.keys(one.expect).map((name) => [name, []]));
  let told = 0;
  for (const start of startsOf(one)) {
    const end = startOfDay(nextPeriod(one, start) + DAY / 2, one.tz) - 1;
    for (; (events[told]?.at ?? Number.POSITIVE_INFINITY) <= end; told++) {
      const { at, who } = events[told] as { at: number; who: string };
      const message = { type: "track", event: "Acted", traits: { test: one.id.startsWith("exclude") && who === "p1" } };
      fold.say({ kind: "user", id: who }, { message, atMs: at, doneMs: at });
    }
    fold.advance(end);
    for (const [name, list] of Object.entries(counts)) list.push([...new Set(events.map(({ who }) => who))].filter((who) => isIn(fold, who, name)).length);
  }
  return counts;
}

function isIn(fold: StoryFold, id: string, audience: string): boolean {
  const view = fold.view({ kind: "user", id })?.packs as { lifecycle: { audiences: readonly string[] } } | undefined;
  return view?.lifecycle.audiences.includes(audience) === true;
}

const HEAD = `
pack: lifecycle
version: 1
events: { act: Acted }
traits: { test: bool }
exclude: traits.test
measures:
`;

const lifecyclePack = (days: number): string => `${HEAD}
  first_act: { first: act }
  this:      { count: act, window: ${days}d }
  both:      { count: act, window: ${2 * days}d }
audiences:
  new:          this >= 1 && days_since(first_act) < ${days}
  returning:    this >= 1 && both > this
  resurrecting: this >= 1 && both == this && days_since(first_act) >= ${days}
  dormant:      this == 0 && both >= 1
`;

const MONTHLY_PACK = `${HEAD}
  ever: { days: act, unit: month }
  this: { days: act, unit: month, window: 1 }
  both: { days: act, unit: month, window: 2 }
audiences:
  new:          this == 1 && ever == 1
  returning:    this == 1 && both == 2
  resurrecting: this == 1 && both == 1 && ever > 1
  dormant:      this == 0 && both == 1
`;

/** Some cases say that their events are those of another. */
function eventsOf(one: Case): { readonly at: number; readonly who: string }[] {
  const given =
    typeof one.events === "string" ? cases.find(({ id }) => id === /^same as ([a-z-]+?),?(?: |$)/.exec(one.events as string)?.[1])?.events : one.events;
  return Object.entries(given ?? {})
    .flatMap(([who, moments]) => (moments as readonly string[]).map((moment) => ({ at: Date.parse(moment), who })))
    .toSorted((a, b) => a.at - b.at);
}

function startsOf(one: Case): number[] {
  const { from, to, buckets, tz } = one;
  if (buckets !== undefined) return buckets.map((day) => startOfDay(Date.parse(day) + DAY / 2, tz));
  const starts: number[] = [];
  for (let at = Date.parse(from ?? ""); at <= Date.parse(to ?? ""); at = nextPeriod(one, at)) starts.push(startOfDay(at + DAY / 2, tz));
  return starts;
}

/** Days and weeks later, or (by UTC) a month later. */
function nextPeriod({ period }: Case, start: number): number {
  if (period !== "month") return start + (period === "day" ? 1 : 7) * DAY;
  const date = new Date(start);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate());
}

/** Midnight, where they live, of the day whose noon in UTC is given (or near it). */
function startOfDay(noon: number, tz = "UTC"): number {
  const day = new Date(Math.floor(noon / DAY) * DAY);
  for (let offset = -14; offset <= 14; offset += 0.5) {
    const at = day.getTime() + offset * 3_600_000;
    const parts = new Intl.DateTimeFormat("en-CA", { timeZone: tz, dateStyle: "short", timeStyle: "medium", hour12: false }).format(at);
    if (parts.startsWith(day.toISOString().slice(0, 10)) && /\b(00|24):00:00$/.test(parts)) return at;
  }
  throw new Error(`no midnight on ${day.toISOString()} in ${tz}`);
}
