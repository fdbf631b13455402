// Runs the examples of one pack, each on an engine of its own, and says of every line what did not come as expected. Time
// first: whatever falls due up to the line's moment happens before anything is done in it. Pure: the same pack and examples
// give the same results.

import type { ContactKey } from "../../model/ids.ts";
import type { PackDefinition } from "../../packs/definition.ts";
import type { Answered, Example, ExamplesFile, StoryLine } from "../../packs/story.ts";
import { Coverage, type CoverageReport } from "./coverage.ts";
import { type Failure, judge, pointsFault, type Scene } from "./judge.ts";
import { SentKeys } from "./sent-keys.ts";
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
export function runExamples(pack: PackDefinition, { begins, policy, examples }: ExamplesFile, only = ""): ExamplesResult {
  const coverage = new Coverage(pack);
  const chosen = examples.filter(({ name }) => name.includes(only));
  const results = chosen.map((example) => ({
    name: example.name,
    line: example.line,
    failures: tell(example, new StoryFold(pack, begins, policy), pack, coverage),
  }));
  return { examples: results, coverage: coverage.report() };
}

function tell(example: Example, fold: StoryFold, pack: PackDefinition, coverage: Coverage): Failure[] {
  const unheard = new Map<string, Told[]>();
  const sent = new SentKeys();
  return example.lines.flatMap((line) => {
    const faults: Failure[] = [];
    const take = (told: readonly Told[]) => {
      const scene = { pack, view: fold.view(line.who), told };
      coverage.note(scene);
      sent.take(told);
      const fault = pointsFault(scene);
      if (fault !== null) faults.push({ line: line.line, at: line.at, ...fault });
      for (const one of told) unheard.set(personOf(one), [...(unheard.get(personOf(one)) ?? []), one]);
    };
    take(fold.advance(line.atMs));
    for (const message of line.messages) {
      // What falls due before it may be what it answers.
      if (message.answers !== undefined) take(fold.advance(message.atMs));
      const said = sent.answering(line.who, message);
      if (said === null) faults.push(unanswerable(line, message.answers as Answered));
      else take(fold.say(line.who, said));
    }
    for (const trigger of line.broadcasts) take(fold.broadcast(pack.name, trigger));
    const person = JSON.stringify([line.who.kind, line.who.id]);
    const scene = { pack, view: fold.view(line.who), told: unheard.get(person) ?? [] };
    unheard.delete(person);
    return [...faults, ...expectationsOf(line, scene)];
  });
}

/** It is not done, so that what follows shows what is missing and not what a message without a key would have done. */
const unanswerable = ({ at, who }: StoryLine, { trigger, line }: Answered): Failure => ({
  line,
  at,
  what: "answers",
  expected: `something that ${trigger} has sent to ${who.id}`,
  got: "nothing was sent that could be answered",
});

/** What is told of one is kept for the next line that is about them. */
function personOf({ data }: Told): string {
  const { id, kind } = (data.contact ?? {}) as Partial<ContactKey>;
  return JSON.stringify([kind, id]);
}

function expectationsOf(line: StoryLine, scene: Scene): Failure[] {
  return line.expect.flatMap((expectation) => {
    const verdict = judge(expectation, scene);
    return verdict === null ? [] : [{ line: expectation.line, at: line.at, ...verdict }];
  });
}
