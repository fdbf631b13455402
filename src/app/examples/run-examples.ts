// Runs the examples of one pack, each on an engine of its own, and says of every line what did not come as expected. Time
// first: whatever falls due up to the line's moment happens before anything is done in it. Pure: the same pack and examples
// give the same results.

import type { ContactKey } from "../../model/ids.ts";
import type { PackDefinition } from "../../packs/definition.ts";
import type { Example, ExamplesFile, StoryLine } from "../../packs/story.ts";
import { Coverage, type CoverageReport } from "./coverage.ts";
import { type Failure, judge, pointsFault, type Scene } from "./judge.ts";
import { StoryFold, type Told } from "./story-fold.ts";

export interface ExampleResult {
  readonly name: string;
  /** Where it stands in the examples file. */
  readonly line: number;
  readonly failures: readonly Failure[];
}

export interface ExamplesResult {
  readonly examples: readonly ExampleResult[];
  readonly coverage: CoverageReport;
}

/** `only`: those whose name contains it. Coverage is of those that ran. */
export function runExamples(pack: PackDefinition, { begins, examples }: ExamplesFile, only = ""): ExamplesResult {
  const coverage = new Coverage(pack);
  const chosen = examples.filter(({ name }) => name.includes(only));
  const results = chosen.map((example) => ({ name: example.name, line: example.line, failures: tell(example, new StoryFold(pack, begins), pack, coverage) }));
  return { examples: results, coverage: coverage.report() };
}

function tell(example: Example, fold: StoryFold, pack: PackDefinition, coverage: Coverage): Failure[] {
  return example.lines.flatMap((line) => {
    const told: Told[] = [];
    const faults: Failure[] = [];
    const take = (out: readonly Told[]) => {
      const scene = { pack, view: fold.view(line.who), told: out };
      coverage.note(scene);
      const fault = pointsFault(scene);
      if (fault !== null) faults.push({ line: line.line, at: line.at, ...fault });
      told.push(...out);
    };
    take(fold.advance(line.atMs));
    for (const message of line.messages) take(fold.say(line.who, message));
    const scene = sceneOf(line, told, fold, pack);
    return [...faults, ...expectationsOf(line, scene)];
  });
}

/** What is told of somebody else is not this line's. */
function sceneOf(line: StoryLine, told: readonly Told[], fold: StoryFold, pack: PackDefinition): Scene {
  return { pack, view: fold.view(line.who), told: told.filter(({ data }) => isAbout(data, line.who)) };
}

function isAbout(data: Told["data"], who: ContactKey): boolean {
  const { id, kind } = (data.contact ?? {}) as Partial<ContactKey>;
  return id === who.id && kind === who.kind;
}

function expectationsOf(line: StoryLine, scene: Scene): Failure[] {
  return line.expect.flatMap((expectation) => {
    const verdict = judge(expectation, scene);
    return verdict === null ? [] : [{ line: expectation.line, at: line.at, ...verdict }];
  });
}
