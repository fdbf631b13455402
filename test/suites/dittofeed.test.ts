// The segment cases of Dittofeed's own tests, with a clock, in our language: each case becomes a pack, each segment an audience,
// and what they expect must be so at the moment at which they expect it. Read where the data is found (../shared/data); the
// table below says which cases are not run, and why.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { dataFile } from "../../bench/data/segment-lines.ts";
import { StoryFold } from "../../src/app/examples/story-fold.ts";
import type { Draft } from "../../src/packs/examples/where.ts";
import { packFrom } from "../support/pack.ts";
import { packTextOf, type Segment } from "./dittofeed-pack.ts";

/** docs/testing-packs.md has the same table. */
const NOT_RUN: Readonly<Record<number, string>> = {
  36: "fewer than two in 500 seconds",
  44: "the last event's missing property",
  48: "people are put into a segment by hand",
  66: "a trait that is a list",
  70: "a random bucket",
};

interface Case {
  readonly case: number;
  readonly description: string;
  readonly segments: readonly Segment[];
  readonly steps: readonly Step[];
}

interface Step {
  readonly advanceMs?: number;
  /** The segments in another definition. A case is run where our words for it stay the same: a pack that is told again changes nothing. */
  readonly redefine?: { readonly segments?: readonly Segment[] };
  readonly submit?: readonly (Draft & { readonly userId: string; readonly timestamp: string })[];
  readonly expect?: {
    readonly at: string;
    readonly description?: string;
    readonly users?: readonly { readonly id: string; readonly segments?: Record<string, boolean | null> }[];
  };
}

const file = dataFile("suites/dittofeed_cases.json");
const suite = file === undefined ? null : (JSON.parse(readFileSync(file, "utf8")) as { clock_start: string; cases: readonly Case[] });
const cases = suite?.cases ?? [];

test("the table is complete: what is not run cannot be said, and all else is run", () => {
  if (suite === null) return;
  const unsaid = cases.filter(({ segments, steps }) => !packTextOf(segments).ok || steps.some((step) => isOther(segments, step))).map((one) => one.case);
  expect(unsaid).toEqual(Object.keys(NOT_RUN).map(Number));
});

describe.each(cases.filter((one) => NOT_RUN[one.case] === undefined))("case $case: $description", ({ segments, steps }) => {
  test("is as Dittofeed expects it", () => {
    expect(found(segments, steps)).toEqual(expected(steps));
  });
});

function isOther(segments: readonly Segment[], { redefine }: Step): boolean {
  const [before, after] = [packTextOf(segments), packTextOf(redefine?.segments ?? segments)];
  return !before.ok || !after.ok || before.text !== after.text;
}

function expected(steps: readonly Step[]): unknown[] {
  return steps.flatMap(({ expect: wanted }) =>
    (wanted?.users ?? []).flatMap(({ id, segments }) => Object.entries(segments ?? {}).map(([name, is]) => ({ at: wanted?.at, id, name, is: is === true }))),
  );
}

function found(segments: readonly Segment[], steps: readonly Step[]): unknown[] {
  const written = packTextOf(segments);
  if (!written.ok) throw new Error(written.why);
  const pack = packFrom(written.text);
  let now = Date.parse(suite?.clock_start ?? "");
  const fold = new StoryFold(pack, now);
  return steps.flatMap((step) => {
    now += step.advanceMs ?? 0;
    fold.advance(now);
    for (const { userId, timestamp, offsetMs: _, ...message } of step.submit ?? [])
      fold.say({ kind: "user", id: userId }, { message, atMs: now, doneMs: Date.parse(timestamp) });
    return (step.expect?.users ?? []).flatMap(({ id, segments: asked }) => {
      const view = fold.view({ kind: "user", id })?.packs as { suite: { audiences: readonly string[] } } | undefined;
      return Object.keys(asked ?? {}).map((name) => {
        const index = segments.findIndex((segment) => segment.name === name);
        return { at: step.expect?.at, id, name, is: view?.suite.audiences.includes(`s${index}`) === true };
      });
    });
  });
}
